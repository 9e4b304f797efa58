//! Logs for the suites: the test log, and the real rekor-tiles where it is installed.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rekindle_proof::{LogKey, Origin};
use rekindle_syncd::{Entries, Follow, LogOptions};
use rekindle_testlog::TestLog;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tower_http::services::ServeDir;

use crate::wait::until;

/// Names the program of the real server; without it the scenarios on it say that they are skipped.
pub const REKOR_TILES: &str = "REKINDLE_REKOR_TILES";
/// Names the checker of a log's folder.
pub const FSCK: &str = "REKINDLE_FSCK";
/// Names the signer of real envelopes.
pub const COSIGN: &str = "REKINDLE_COSIGN";

/// What the logs of the suites call themselves.
pub const ORIGIN: &str = "rekor-local";

/// How a log is set up.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Algorithms that clients may sign with, by the server's flag names; none: all.
    pub algorithms: Option<Vec<String>>,
}

impl Setup {
    /// Only these.
    #[must_use]
    pub fn only(algorithm: &str) -> Setup {
        Setup { algorithms: Some(vec![algorithm.to_owned()]) }
    }
}

/// A log that a daemon under test writes to.
pub trait Backend: Send + Sync {
    /// As a daemon would have it configured: named `local`, followed, our own entries.
    fn options(&self) -> LogOptions;

    /// The folder with checkpoint, tiles and bundles.
    fn storage(&self) -> &Path;
}

/// The options of a followed log.
#[must_use]
pub fn followed(key: LogKey, write_url: String, read_url: String) -> LogOptions {
    LogOptions {
        name: "local".into(),
        key,
        write_url: Some(write_url),
        read_url,
        follow: Some(Follow { interval: Duration::from_millis(250), entries: Entries::Own }),
        timeout: Duration::from_secs(20),
    }
}

/// The test log in a folder of its own.
pub struct Boxed {
    /// The log.
    pub log: TestLog,
    _dir: TempDir,
}

impl Boxed {
    /// Starts one; checkpoints come fast, so that suites are short.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(setup: Setup) -> Boxed {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut options = rekindle_testlog::Options::new(dir.path());
        options.origin = ORIGIN.into();
        options.algorithms = setup.algorithms;
        options.checkpoint_interval = Duration::from_millis(20);
        let log = TestLog::start(options).await.expect("a test log");
        Boxed { log, _dir: dir }
    }

    /// How many posts have reached it.
    #[must_use]
    pub fn posts(&self) -> usize {
        self.log.requests().iter().filter(|request| request.method == "POST").count()
    }
}

impl Backend for Boxed {
    fn options(&self) -> LogOptions {
        followed(self.log.log_key(), self.log.write_url(), self.log.read_url())
    }

    fn storage(&self) -> &Path {
        self.log.dir()
    }
}

/// The real server, with its folder behind a plain file server. Ends when dropped.
pub struct RekorTiles {
    key: LogKey,
    write_url: String,
    read_url: String,
    storage: PathBuf,
    /// PEM of the log's public key.
    pub public_key: PathBuf,
    child: Child,
    files: JoinHandle<()>,
    _dir: TempDir,
}

impl RekorTiles {
    /// Starts one; none when it is not installed.
    ///
    /// # Panics
    /// When it is installed but does not start.
    pub async fn start(setup: Setup) -> Option<RekorTiles> {
        let program = std::env::var_os(REKOR_TILES)?;
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (private, public) = make_key(dir.path());
        let pem = std::fs::read(&public).expect("the public key");
        let origin = Origin::new(ORIGIN).expect("an origin");
        let key = LogKey::from_pem(origin, &pem).expect("a public key");
        let storage = dir.path().join("log");
        std::fs::create_dir(&storage).expect("a folder");
        let [http, grpc, metrics] = free_ports();
        let mut command = Command::new(program);
        command.args(["serve", "--hostname", ORIGIN, "--persistent-antispam"]);
        command.arg("--storage-dir").arg(&storage).arg("--signer-filepath").arg(&private);
        command.args(["--http-address", "127.0.0.1", "--http-port", &http.to_string()]);
        command.args(["--grpc-address", "127.0.0.1", "--grpc-port", &grpc.to_string()]);
        command.args(["--http-metrics-port", &metrics.to_string()]);
        command.args(["--checkpoint-interval", "200ms", "--batch-max-age", "50ms"]);
        if let Some(algorithms) = &setup.algorithms {
            command.args(["--client-signing-algorithms", &algorithms.join(",")]);
        }
        let said = std::fs::File::create(dir.path().join("said")).expect("a file");
        let child = command.stdout(Stdio::null()).stderr(said).spawn().expect("rekor-tiles runs");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let read_url = format!("http://{}", listener.local_addr().expect("bound"));
        let router = axum::Router::new().fallback_service(ServeDir::new(&storage));
        let files = tokio::spawn(async move {
            // Ends with the test; there is nobody to tell.
            let _ = axum::serve(listener, router).await;
        });
        let write_url = format!("http://127.0.0.1:{http}");
        let server = RekorTiles {
            key,
            write_url,
            read_url,
            storage,
            public_key: public,
            child,
            files,
            _dir: dir,
        };
        server.healthy().await;
        Some(server)
    }

    async fn healthy(&self) {
        let url = format!("{}/healthz", self.write_url);
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        until("rekor-tiles is healthy", Duration::from_secs(30), async || {
            let answer = client.get(&url).send().await;
            answer.is_ok_and(|answer| answer.status().is_success()).then_some(())
        })
        .await;
    }
}

impl Backend for RekorTiles {
    fn options(&self) -> LogOptions {
        followed(self.key.clone(), self.write_url.clone(), self.read_url.clone())
    }

    fn storage(&self) -> &Path {
        &self.storage
    }
}

impl Drop for RekorTiles {
    fn drop(&mut self) {
        // By the id of our own child; one that has ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.files.abort();
    }
}

/// What the independent checker says about a folder; none when it is not installed.
///
/// # Panics
/// When it is installed but does not run.
#[must_use]
pub fn fsck(backend: &dyn Backend) -> Option<String> {
    let program = std::env::var_os(FSCK)?;
    let dir = tempfile::tempdir().expect("a temporary folder");
    let vkey = dir.path().join("vkey");
    std::fs::write(&vkey, format!("{}\n", backend.options().key.vkey())).expect("a file");
    let output = Command::new(program)
        .arg("--ui=false")
        .arg(format!("--storage_url=file://{}/", backend.storage().display()))
        .arg("--public_key")
        .arg(&vkey)
        .args(["--origin", ORIGIN])
        .output()
        .expect("fsck runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(text(&output.stdout) + &text(&output.stderr))
}

/// An address on which nothing listens.
///
/// # Panics
/// When there is no free port.
#[must_use]
pub fn dead_url() -> String {
    let [port, _, _] = free_ports();
    format!("http://127.0.0.1:{port}")
}

/// Three ports that were free a moment ago; the server cannot take port 0.
fn free_ports() -> [u16; 3] {
    let held = [0; 3].map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    held.each_ref().map(|listener| listener.local_addr().expect("bound").port())
}

fn make_key(dir: &Path) -> (PathBuf, PathBuf) {
    let (private, public) = (dir.join("log.pem"), dir.join("log.pub.pem"));
    openssl(
        Command::new("openssl").args(["genpkey", "-algorithm", "ed25519", "-out"]).arg(&private),
    );
    let mut command = Command::new("openssl");
    openssl(command.args(["pkey", "-pubout", "-in"]).arg(&private).arg("-out").arg(&public));
    (private, public)
}

fn openssl(command: &mut Command) {
    let status = command.stderr(Stdio::null()).status().expect("openssl runs");
    assert!(status.success(), "openssl: {status}");
}
