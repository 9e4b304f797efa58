//! The same client against a real rekor-tiles server on this machine.
//!
//! Runs where `REKINDLE_REKOR_TILES` names the program `posix`; elsewhere it says so and passes.

mod support;

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rekindle_proof::{LogKey, Origin};
use rekindle_rekor::{Answer, Client, Options};
use support::{SigningKey, fsck};
use tower_http::services::ServeDir;

const ORIGIN: &str = "rekor-local";

/// Ends the server by its process id, whatever the test does.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn post_verify_post_again_recover() {
    let Some(program) = std::env::var_os("REKINDLE_REKOR_TILES") else {
        println!("skipped: no rekor-tiles");
        return;
    };
    for algorithm in [vec!["ed25519"], vec!["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]] {
        let dir = tempfile::tempdir().unwrap();
        let key = make_key(dir.path(), &algorithm);
        let storage = dir.path().join("log");
        std::fs::create_dir(&storage).unwrap();
        let ports = free_ports();
        let _server = start(Path::new(&program), dir.path(), &ports);
        let files = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let read_url = format!("http://{}", files.local_addr().unwrap());
        let router = axum::Router::new().fallback_service(ServeDir::new(&storage));
        let reads = tokio::spawn(async move { axum::serve(files, router).await.unwrap() });
        let write_url = format!("http://127.0.0.1:{}", ports[0]);
        healthy(&write_url).await;

        let client = Client::new(Options::new(Some(write_url), read_url, key.clone())).unwrap();
        let signing = SigningKey::new();
        // Other entries first, so that the path is not empty.
        let others = (0..5).map(|n| signing.prepare(n)).collect::<Vec<_>>();
        for answer in futures::future::join_all(others.iter().map(|p| client.post(p))).await {
            assert_eq!(answer.1.name(), "logged", "{:?}", answer.1);
        }
        let prepared = signing.prepare(5);
        let (raw, answer) = client.post(&prepared).await;
        let Answer::Logged(receipt) = answer else { panic!("{answer:?}, {raw:?}") };
        let verified = receipt.verify(&prepared.leaf, &key).unwrap();
        assert_eq!((verified.index(), verified.checkpoint().size()), (5, 6));

        let (raw, answer) = client.post(&prepared).await;
        let Answer::Known(place) = answer else { panic!("{answer:?}, {raw:?}") };
        let recovered = client.recover(&prepared.leaf, place).await.unwrap();
        let again = recovered.receipt.verify(&prepared.leaf, &key).unwrap();
        assert_eq!((again.index(), again.leaf_hash()), (5, prepared.leaf_hash));

        let bad = bytes::Bytes::from_static(b"{\"hashedRekordRequestV002\":{}}");
        let refused = rekindle_rekor::Prepared::new(bad, prepared.leaf.clone());
        assert_eq!(client.post(&refused).await.1.name(), "refused");
        if let Some(said) = fsck(&storage, &key.vkey(), ORIGIN) {
            assert!(said.contains("Successfully fsck'd"), "{said}");
        }
        reads.abort();
    }
}

fn make_key(dir: &Path, algorithm: &[&str]) -> LogKey {
    let (private, public) = (dir.join("log.pem"), dir.join("log.pub.pem"));
    let openssl = |arguments: &mut Command| {
        assert!(arguments.stderr(Stdio::null()).status().unwrap().success());
    };
    openssl(
        Command::new("openssl")
            .args(["genpkey", "-algorithm"])
            .args(algorithm)
            .arg("-out")
            .arg(&private),
    );
    openssl(
        Command::new("openssl")
            .args(["pkey", "-pubout", "-in"])
            .arg(&private)
            .arg("-out")
            .arg(&public),
    );
    LogKey::from_pem(Origin::new(ORIGIN).unwrap(), &std::fs::read(public).unwrap()).unwrap()
}

/// Three ports that were free a moment ago; the server cannot take port 0.
fn free_ports() -> [u16; 3] {
    let held = [0; 3].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    held.each_ref().map(|listener| listener.local_addr().unwrap().port())
}

fn start(program: &Path, dir: &Path, ports: &[u16; 3]) -> Server {
    let [http, grpc, metrics] = ports.map(|port| port.to_string());
    let mut command = Command::new(program);
    command
        .arg("serve")
        .arg("--storage-dir")
        .arg(dir.join("log"))
        .arg("--signer-filepath")
        .arg(dir.join("log.pem"));
    command.args(["--hostname", ORIGIN, "--http-address", "127.0.0.1", "--http-port", &http]);
    command.args([
        "--grpc-address",
        "127.0.0.1",
        "--grpc-port",
        &grpc,
        "--http-metrics-port",
        &metrics,
    ]);
    command.args([
        "--checkpoint-interval",
        "200ms",
        "--batch-max-age",
        "50ms",
        "--persistent-antispam",
    ]);
    Server(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

async fn healthy(url: &str) {
    let started = Instant::now();
    loop {
        let answer = reqwest::get(format!("{url}/healthz")).await;
        if answer.is_ok_and(|a| a.status().is_success()) {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "the server did not start");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
