//! A real Rekor v2: rekor-tiles on a folder for writes, a file server for reads.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};
use aws_lc_rs::{
    encoding::AsDer as _,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use rekindle_proof::{LogKey, Origin};
use tokio::process::{Child, Command};
use tower_http::services::ServeDir;

use super::{LogConfig, ORIGIN, attest::pem, http, program};

/// Start of a DER public key of Ed25519; 32 bytes follow.
const ED25519_SPKI: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// The server needs about a second; a loaded machine ten.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Another program may take a free port before the server does.
const TRIES: u32 = 3;

/// A running server; dropping it ends it.
pub(crate) struct RekorTiles {
    /// Where to post.
    pub(crate) write_url: String,
    /// Where to read.
    pub(crate) read_url: String,
    /// The log's public key.
    pub(crate) public_key_pem: String,
    /// The same, to verify with.
    pub(crate) key: LogKey,
    /// The log's storage.
    pub(crate) storage: PathBuf,
    /// Version of the server as it prints it.
    pub(crate) version: String,
    // Held for its drop, which kills it.
    _server: Child,
}

impl RekorTiles {
    /// Starts one; `REKINDLE_REKOR_TILES` names the program.
    pub(crate) async fn start(dir: &Path) -> Result<Self> {
        let posix = program("REKINDLE_REKOR_TILES", "rekor-tiles' program `posix`")?;
        let storage = dir.join("log");
        fs::create_dir_all(&storage)?;
        let pair =
            Ed25519KeyPair::generate().map_err(|_| anyhow!("could not make the log's key"))?;
        let secret = pair.to_pkcs8v1().map_err(|_| anyhow!("could not write the log's key"))?;
        fs::write(dir.join("log.key.pem"), pem("PRIVATE KEY", secret.as_ref()))?;
        let spki = [&ED25519_SPKI[..], pair.public_key().as_ref()].concat();
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let read_url = format!("http://{}", listener.local_addr()?);
        let files = axum::Router::new().fallback_service(ServeDir::new(&storage));
        tokio::spawn(async move { axum::serve(listener, files).await });
        let (server, write_url) = serve(&posix, dir, &storage).await?;
        Ok(Self {
            write_url,
            read_url,
            public_key_pem: pem("PUBLIC KEY", &spki),
            key: LogKey::new(Origin::new(ORIGIN)?, &spki)?,
            storage,
            version: version(&posix).await,
            _server: server,
        })
    }

    /// The log for the daemon's configuration.
    pub(crate) fn config(&self) -> LogConfig<'_> {
        LogConfig {
            write_url: &self.write_url,
            read_url: &self.read_url,
            public_key_pem: &self.public_key_pem,
        }
    }
}

async fn serve(posix: &Path, dir: &Path, storage: &Path) -> Result<(Child, String)> {
    let mut last = anyhow!("no try was made");
    for _ in 0..TRIES {
        let ports = free_ports()?;
        let said = dir.join("rekor-tiles.log");
        let out = fs::File::create(&said)?;
        let mut server = Command::new(posix)
            .args(["serve", "--hostname", ORIGIN])
            .arg("--storage-dir")
            .arg(storage)
            .arg("--signer-filepath")
            .arg(dir.join("log.key.pem"))
            .args(["--http-address", "127.0.0.1", "--grpc-address", "127.0.0.1"])
            .args(["--http-port", &ports[0].to_string()])
            .args(["--grpc-port", &ports[1].to_string()])
            .args(["--http-metrics-port", &ports[2].to_string()])
            .args(["--checkpoint-interval", "200ms", "--batch-max-age", "50ms"])
            .arg("--persistent-antispam")
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("could not start {}", posix.display()))?;
        let url = format!("http://127.0.0.1:{}", ports[0]);
        match healthy(&url, &mut server).await {
            Ok(()) => return Ok((server, url)),
            Err(error) => {
                let said = fs::read_to_string(&said).unwrap_or_default();
                last = error.context(format!("rekor-tiles said:\n{said}"));
            }
        }
    }
    Err(last)
}

async fn healthy(url: &str, server: &mut Child) -> Result<()> {
    let client = http(1, Duration::from_secs(5))?;
    let started = Instant::now();
    while started.elapsed() < READY_WITHIN {
        if let Some(status) = server.try_wait()? {
            bail!("rekor-tiles ended with {status}");
        }
        let answer = client.get(format!("{url}/healthz")).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("rekor-tiles did not answer within {} s", READY_WITHIN.as_secs())
}

/// Three ports at once, so that they differ; the server accepts no port 0.
fn free_ports() -> Result<[u16; 3]> {
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?);
    }
    let mut ports = [0; 3];
    for (port, listener) in ports.iter_mut().zip(&held) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

/// `GitVersion` of what `version` prints; a program built from source may not know it.
async fn version(posix: &Path) -> String {
    let Ok(output) = Command::new(posix).arg("version").output().await else {
        return "unknown".into();
    };
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text)
        .lines()
        .find_map(|line| line.strip_prefix("GitVersion:"))
        .map_or_else(|| "unknown".into(), |version| version.trim().to_owned())
}
