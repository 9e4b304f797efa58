//! Starts and stops one log: rekor-tiles for writes, a file server for reads.

use std::{
    fs::{self, File},
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::install;
use crate::{process, workspace};

/// The server needs about a second; a loaded machine ten.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Another program may take a free port before the server does.
const TRIES: u32 = 3;
/// Written into the folder, so that `stop` knows whom to stop.
const RECORD: &str = "servers.json";

/// How to start.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Keep key, entries and logs here; a fresh folder below the target folder when not given
    #[arg(long)]
    dir: Option<PathBuf>,
    /// The log's origin
    #[arg(long, default_value = "rekor-local")]
    origin: String,
    /// Key types that the log accepts, as rekor-tiles names them
    #[arg(long)]
    client_signing_algorithms: Option<String>,
}

/// What runs; this is what `start` prints.
#[derive(Serialize, Deserialize)]
struct Running {
    dir: PathBuf,
    origin: String,
    write_url: String,
    read_url: String,
    public_key: PathBuf,
    private_key: PathBuf,
    storage_dir: PathBuf,
    log: PathBuf,
    http_port: u16,
    grpc_port: u16,
    metrics_port: u16,
    read_port: u16,
    pid: u32,
    read_pid: u32,
}

/// Starts, waits until the log answers, prints the record and leaves both running.
pub(super) fn start(args: &Args) -> Result<()> {
    let programs = install()?;
    let dir = match &args.dir {
        Some(dir) => dir.clone(),
        None => workspace::metadata()?
            .target_directory
            .join(format!("servers/run-{}", std::process::id())),
    };
    let storage = dir.join("log");
    fs::create_dir_all(&storage)
        .with_context(|| format!("could not make the folder {}", storage.display()))?;
    let dir = dir.canonicalize()?;
    let (private_key, public_key) = keys(&dir)?;
    let mut last = None;
    for _ in 0..TRIES {
        let ports = free_ports()?;
        let mut running = Running {
            origin: args.origin.clone(),
            write_url: format!("http://127.0.0.1:{}", ports[0]),
            read_url: format!("http://127.0.0.1:{}", ports[3]),
            public_key: public_key.clone(),
            private_key: private_key.clone(),
            storage_dir: dir.join("log"),
            log: dir.join("rekor-tiles.log"),
            http_port: ports[0],
            grpc_port: ports[1],
            metrics_port: ports[2],
            read_port: ports[3],
            pid: 0,
            read_pid: 0,
            dir: dir.clone(),
        };
        match launch(&mut running, &programs.rekor_tiles, args) {
            Ok(()) => {
                let record = serde_json::to_string_pretty(&running)?;
                workspace::write(&dir.join(RECORD), &record)?;
                println!("{record}");
                return Ok(());
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.context("no try was made")?)
}

/// Stops what the folder's record names.
pub(super) fn stop(dir: &Path) -> Result<()> {
    let record = workspace::read(&dir.join(RECORD))?;
    let running: Running =
        serde_json::from_str(&record).context("the record is not one that `start` wrote")?;
    let folder = running.dir.to_string_lossy().into_owned();
    for pid in [running.pid, running.read_pid] {
        // The number may belong to somebody else by now; ours names its folder.
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&line).contains(&folder) {
            process::line(Command::new("kill").arg(pid.to_string()))?;
            println!("stopped {pid}");
        } else {
            println!("{pid} runs no more");
        }
    }
    Ok(())
}

fn keys(dir: &Path) -> Result<(PathBuf, PathBuf)> {
    let (private, public) = (dir.join("log.key.pem"), dir.join("log.pub.pem"));
    if !private.exists() {
        process::line(
            Command::new("openssl")
                .args(["genpkey", "-algorithm", "ed25519", "-out"])
                .arg(&private),
        )?;
    }
    process::line(
        Command::new("openssl")
            .args(["pkey", "-pubout", "-in"])
            .arg(&private)
            .arg("-out")
            .arg(&public),
    )?;
    Ok((private, public))
}

fn launch(running: &mut Running, posix: &Path, args: &Args) -> Result<()> {
    let mut server = Command::new(posix);
    server
        .args(["serve", "--hostname", &running.origin])
        .arg("--storage-dir")
        .arg(&running.storage_dir)
        .arg("--signer-filepath")
        .arg(&running.private_key)
        .args(["--http-address", "127.0.0.1", "--grpc-address", "127.0.0.1"])
        .args(["--http-port", &running.http_port.to_string()])
        .args(["--grpc-port", &running.grpc_port.to_string()])
        .args(["--http-metrics-port", &running.metrics_port.to_string()])
        .args(["--checkpoint-interval", "200ms", "--batch-max-age", "50ms"])
        .arg("--persistent-antispam");
    if let Some(algorithms) = &args.client_signing_algorithms {
        server.args(["--client-signing-algorithms", algorithms]);
    }
    let mut server = detach(&mut server, &running.log)?;
    let mut reads = Command::new(std::env::current_exe()?);
    reads
        .args(["servers", "files", "--dir"])
        .arg(&running.storage_dir)
        .args(["--listen", &format!("127.0.0.1:{}", running.read_port)]);
    let mut reads = detach(&mut reads, &running.dir.join("files.log"))?;
    (running.pid, running.read_pid) = (server.id(), reads.id());
    let ready = wait(running, &mut server);
    if ready.is_err() {
        // Both are ours; one that has ended already cannot be killed, which is as good.
        let _ = server.kill();
        let _ = reads.kill();
        let _ = (server.wait(), reads.wait());
    }
    ready
}

/// In its own process group, so that an interrupt at the terminal leaves it running.
fn detach(command: &mut Command, log: &Path) -> Result<Child> {
    let out = File::create(log).with_context(|| format!("could not write {}", log.display()))?;
    command
        .stdin(std::process::Stdio::null())
        .stdout(out.try_clone()?)
        .stderr(out)
        .process_group(0)
        .spawn()
        .with_context(|| format!("could not start {command:?}"))
}

fn wait(running: &Running, server: &mut Child) -> Result<()> {
    let started = Instant::now();
    while started.elapsed() < READY_WITHIN {
        if let Some(status) = server.try_wait()? {
            bail!(
                "rekor-tiles ended with {status}; it said:\n{}",
                fs::read_to_string(&running.log).unwrap_or_default()
            );
        }
        let healthy = get(running.http_port, "/healthz").is_ok_and(|said| said.contains("SERVING"));
        if healthy && get(running.read_port, "/").is_ok() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    bail!(
        "rekor-tiles did not answer within {} s; see {}",
        READY_WITHIN.as_secs(),
        running.log.display()
    )
}

fn get(port: u16, path: &str) -> Result<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut said = String::new();
    stream.read_to_string(&mut said)?;
    Ok(said)
}

/// Four ports at once, so that they differ; the server accepts no port 0.
fn free_ports() -> Result<[u16; 4]> {
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?);
    }
    let mut ports = [0; 4];
    for (port, listener) in ports.iter_mut().zip(&held) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}
