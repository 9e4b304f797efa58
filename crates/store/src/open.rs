//! Opening the ledger: lock, pragmas, migrations, writer and readers.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use sea_orm_migration::MigratorTrait;
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use tokio::sync::{Notify, mpsc, watch};

use crate::StoreError;
use crate::migration::Migrator;
use crate::sql::{Row, stmt};
use crate::writer::{self, Request};

/// How the ledger is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// `sqlite:` and a path.
    pub url: String,
    /// Commits of one group at most; each adds to the wait of the others.
    pub batch_max: usize,
    /// Whether a missing file is created.
    pub create: bool,
    /// Only read: no lock, no migration, no writer. Works beside a running daemon.
    pub read_only: bool,
}

impl Options {
    /// Read and write, created when missing.
    #[must_use]
    pub fn new(url: &str) -> Options {
        Options { url: url.into(), batch_max: 256, create: true, read_only: false }
    }

    /// Only read an existing ledger.
    #[must_use]
    pub fn reader(url: &str) -> Options {
        Options { create: false, read_only: true, ..Options::new(url) }
    }
}

/// The oldest SQLite without the bug that resets a write-ahead log under two connections.
const SQLITE_MIN: (u32, u32, u32) = (3, 51, 3);
/// Connections for reading; the writer has its own.
const READERS: u32 = 4;
/// Requests that may wait for the writer before callers wait.
const QUEUE: usize = 4_096;

/// The ledger. Cheap to clone; the last clone closes it.
#[derive(Clone)]
pub struct Store(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) readers: DatabaseConnection,
    pub(crate) requests: Option<mpsc::Sender<Request>>,
    pub(crate) sequence: watch::Receiver<u64>,
    pub(crate) jobs: Arc<Notify>,
    pub(crate) store_id: String,
    /// Dropped last: the lock outlives the connections.
    _lock: Option<File>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("store_id", &self.0.store_id).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens a ledger.
    ///
    /// # Errors
    /// Locked by another process, newer than this program, or not to be opened at all.
    pub async fn open(options: Options) -> Result<Store, StoreError> {
        let path = path_of(&options.url)?;
        if !options.create && !path.exists() {
            return Err(StoreError::NoLedger { path: path.display().to_string() });
        }
        let lock = if options.read_only { None } else { Some(lock(&path)?) };
        let (requests, sequence, jobs) = if options.read_only {
            (None, watch::channel(0).1, Arc::default())
        } else {
            let connection = connect(&path, 1, false).await?;
            check_version(&connection).await?;
            migrate(&connection).await?;
            let (sender, receiver) = mpsc::channel(QUEUE);
            let jobs = Arc::new(Notify::new());
            let last = last_sequence(&connection).await?;
            let (seen, sequence) = watch::channel(last);
            let writer = writer::Writer::new(connection, options.batch_max, seen, jobs.clone());
            writer.release_orphans().await?;
            tokio::spawn(writer.run(receiver));
            (Some(sender), sequence, jobs)
        };
        let readers = connect(&path, READERS, true).await?;
        if options.read_only {
            refuse_newer(&readers).await?;
        }
        let row = readers
            .query_one_raw(stmt("SELECT value FROM meta WHERE name = 'store_id'", []))
            .await
            .map_err(|_| StoreError::NoLedger { path: path.display().to_string() })?;
        let row = row.ok_or_else(|| StoreError::NoLedger { path: path.display().to_string() })?;
        let store_id = Row(&row).text("value")?;
        Ok(Store(Arc::new(Inner { readers, requests, sequence, jobs, store_id, _lock: lock })))
    }

    /// The random name that this ledger got when it was made.
    #[must_use]
    pub fn store_id(&self) -> &str {
        &self.0.store_id
    }

    /// Returns when the writer has stopped: after a commit that did not reach the disk.
    pub async fn stopped(&self) {
        let mut sequence = self.0.sequence.clone();
        while sequence.changed().await.is_ok() {}
    }

    /// The last sequence, as it grows.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.sequence.clone()
    }
}

fn path_of(url: &str) -> Result<PathBuf, StoreError> {
    let bad = |why: &str| StoreError::Url { url: url.into(), why: why.into() };
    let path = url.strip_prefix("sqlite:").ok_or_else(|| bad("not a sqlite: URL"))?;
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.contains('?') {
        return Err(bad("a plain path is expected"));
    }
    Ok(path.into())
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let path = path.with_extension("lock");
    let shown = path.display().to_string();
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|source| StoreError::Io { path: shown.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: shown }),
        Err(TryLockError::Error(source)) => Err(StoreError::Io { path: shown, source }),
    }
}

async fn connect(path: &Path, max: u32, read_only: bool) -> Result<DatabaseConnection, StoreError> {
    let mode = if read_only { "ro" } else { "rwc" };
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode={mode}", path.display()));
    options.max_connections(max).min_connections(1).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(move |sqlite| {
        // FULL: what was answered survives a power cut; NORMAL would lose the last commits.
        let sqlite = sqlite
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .pragma("cache_size", "-16384")
            .statement_cache_capacity(256);
        if read_only { sqlite } else { sqlite.journal_mode(SqliteJournalMode::Wal) }
    });
    Ok(Database::connect(options).await?)
}

async fn check_version(connection: &DatabaseConnection) -> Result<(), StoreError> {
    let row = connection.query_one_raw(stmt("SELECT sqlite_version() AS version", [])).await?;
    let found = row.map(|row| Row(&row).text("version")).transpose()?.unwrap_or_default();
    let mut parts = found.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    let version = (next(), next(), next());
    if version < SQLITE_MIN { Err(StoreError::SqliteTooOld { found }) } else { Ok(()) }
}

async fn migrate(connection: &DatabaseConnection) -> Result<(), StoreError> {
    refuse_newer(connection).await?;
    Migrator::up(connection, None).await?;
    Ok(())
}

async fn refuse_newer(connection: &DatabaseConnection) -> Result<(), StoreError> {
    let exists = "SELECT 1 AS one FROM sqlite_master WHERE name = 'seaql_migrations'";
    if connection.query_one_raw(stmt(exists, [])).await?.is_none() {
        return Ok(());
    }
    let known: Vec<String> =
        Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let applied = stmt("SELECT version FROM seaql_migrations ORDER BY version", []);
    for row in connection.query_all_raw(applied).await? {
        let found = Row(&row).text("version")?;
        if !known.contains(&found) {
            return Err(StoreError::SchemaNewer { found });
        }
    }
    Ok(())
}

async fn last_sequence(connection: &DatabaseConnection) -> Result<u64, StoreError> {
    let last = stmt("SELECT coalesce(max(sequence), 0) AS last FROM event", []);
    match connection.query_one_raw(last).await? {
        Some(row) => Row(&row).u64("last"),
        None => Ok(0),
    }
}
