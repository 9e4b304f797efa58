//! What the tour needs: a folder, two logs, the daemon; and its end.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rekindle_attestation::Verifier;
use rekindle_syncd::{Entries, Follow, LogOptions};
use rekindle_testlog::{Options, TestLog};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::exit::Failure;
use crate::wiring::{self, Daemon, Plan};

/// A look three times a second: the lie is found while somebody watches.
const INTERVAL: Duration = Duration::from_millis(300);
/// Answers come from the same process; a longer silence is a bug.
const TIMEOUT: Duration = Duration::from_secs(20);
/// An open page keeps its connection; the end does not wait for it longer than this.
const END: Duration = Duration::from_secs(3);

/// Everything that runs.
pub(super) struct World {
    /// The log that will lie.
    pub(super) local: TestLog,
    /// The log that stays honest.
    pub(super) spare: TestLog,
    pub(super) daemon: Daemon,
    pub(super) folder: Folder,
    stop: CancellationToken,
}

/// The data folder; a fresh one goes away with the tour.
pub(super) enum Folder {
    Fresh(TempDir),
    Kept(PathBuf),
}

impl Folder {
    fn open(asked: Option<&str>) -> Result<Folder, Failure> {
        let Some(asked) = asked else {
            return Ok(Folder::Fresh(tempfile::Builder::new().prefix("rekindle-").tempdir()?));
        };
        let folder = PathBuf::from(asked);
        if folder.join("rekindle.db").exists() {
            return Err(Failure::usage(
                "data_dir_used",
                format!(
                    "{asked} holds the history of an earlier run, and the tour starts from nothing: \
                     name an empty folder, or look at that history by `rekindle replay --data-dir {asked}`"
                ),
            ));
        }
        std::fs::create_dir_all(&folder)
            .map_err(|error| Failure::usage("data_dir_failed", format!("{asked}: {error}")))?;
        Ok(Folder::Kept(folder))
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Folder::Fresh(folder) => folder.path(),
            Folder::Kept(folder) => folder,
        }
    }
}

impl World {
    /// Starts both logs and the daemon on loopback.
    pub(super) async fn start(
        data_dir: Option<&str>,
        port: u16,
        keys: Vec<(String, Verifier)>,
    ) -> Result<World, Failure> {
        let folder = Folder::open(data_dir)?;
        let local = log(folder.path(), "local", 1).await?;
        let spare = log(folder.path(), "spare", 2).await?;
        let stop = CancellationToken::new();
        let plan = Plan {
            data_dir: folder.path().to_owned(),
            store_url: format!("sqlite:{}", folder.path().join("rekindle.db").display()),
            listen: format!("127.0.0.1:{port}"),
            hosts: Vec::new(),
            logs: vec![followed("local", &local), followed("spare", &spare)],
            keys,
            in_flight: 16,
            deadline: Duration::from_secs(24 * 3600),
        };
        let daemon = wiring::start(plan, stop.clone()).await?;
        Ok(World { local, spare, daemon, folder, stop })
    }

    /// Address of page and API.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.daemon.address)
    }

    /// Ends everything; the fresh folder goes last.
    pub(super) async fn end(self) -> Result<(), Failure> {
        self.stop.cancel();
        let ended = tokio::time::timeout(END, self.daemon.finished()).await;
        self.local.stop().await;
        self.spare.stop().await;
        ended.unwrap_or(Ok(()))
    }
}

async fn log(folder: &Path, name: &str, seed: u64) -> Result<TestLog, Failure> {
    let mut options = Options::new(folder.join(format!("log-{name}")));
    options.origin = format!("rekor-{name}");
    options.seed = seed;
    options.algorithms = Some(vec!["ecdsa-sha2-256-nistp256".into()]);
    TestLog::start(options).await.map_err(|error| Failure::unknown(error.code(), error))
}

fn followed(name: &str, log: &TestLog) -> LogOptions {
    LogOptions {
        name: name.into(),
        key: log.log_key(),
        write_url: Some(log.write_url()),
        read_url: log.read_url(),
        follow: Some(Follow { interval: INTERVAL, entries: Entries::Own }),
        timeout: TIMEOUT,
    }
}
