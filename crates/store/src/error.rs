//! What the ledger could not do.

use rekindle_events::IllegalEvent;
use sea_orm::DbErr;

/// The ledger could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database said no.
    #[error("database: {0}")]
    Database(#[from] DbErr),
    /// The URL is not one of ours.
    #[error("store url `{url}`: {why}; such as sqlite:rekindle.db")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// Another process holds the ledger.
    #[error("{path} is held by another process: two daemons must not share one ledger")]
    Locked {
        /// The lock file.
        path: String,
    },
    /// The ledger was written by a newer program.
    #[error(
        "the ledger has migration `{found}`, which this program does not know: use a newer one"
    )]
    SchemaNewer {
        /// The unknown migration.
        found: String,
    },
    /// The ledger was never set up, and opening it must not change it.
    #[error("{path} holds no ledger of this program")]
    NoLedger {
        /// The file.
        path: String,
    },
    /// The linked SQLite has a bug that can corrupt a write-ahead log.
    #[error("SQLite {found} can corrupt its write-ahead log: 3.51.3 or newer is needed")]
    SqliteTooOld {
        /// Its version.
        found: String,
    },
    /// A row does not hold what it should.
    #[error("{what} is damaged: {why}; run `rekindle doctor`, or restore a backup")]
    Damaged {
        /// Which row.
        what: String,
        /// What is wrong.
        why: String,
    },
    /// The effects of a settlement did not fit; the job is ready again.
    #[error("a job's effects no longer fit ({what}): it runs again")]
    EffectsConflict {
        /// The precondition that failed.
        what: String,
    },
    /// A file of the ledger could not be opened.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// The writer has ended.
    #[error("the ledger is closed")]
    Closed,
    /// This handle may only read.
    #[error("the ledger was opened for reading only")]
    ReadOnly,
}

impl StoreError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::Database(_) => "store_failed",
            StoreError::Url { .. } => "store_url_invalid",
            StoreError::Locked { .. } => "store_locked",
            StoreError::SchemaNewer { .. } => "schema_newer",
            StoreError::NoLedger { .. } => "store_missing",
            StoreError::SqliteTooOld { .. } => "sqlite_too_old",
            StoreError::Damaged { .. } => "store_damaged",
            StoreError::EffectsConflict { .. } => "effects_conflict",
            StoreError::Io { .. } => "store_io",
            StoreError::Closed => "store_closed",
            StoreError::ReadOnly => "store_read_only",
        }
    }
}

/// Why a commit was not applied; nothing of it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// A precondition does not hold.
    #[error("{what}: read again and decide anew")]
    Conflict {
        /// Which.
        what: String,
    },
    /// An event cannot follow the entry's last one.
    #[error(transparent)]
    Illegal(#[from] IllegalEvent),
    /// The ledger itself failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CommitError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            CommitError::Conflict { .. } => "conflict",
            CommitError::Illegal(error) => error.code(),
            CommitError::Store(error) => error.code(),
        }
    }
}

impl From<DbErr> for CommitError {
    fn from(error: DbErr) -> CommitError {
        CommitError::Store(error.into())
    }
}
