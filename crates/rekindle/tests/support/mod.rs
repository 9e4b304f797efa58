//! The program as a user starts it, and signed envelopes made by hand.
#![allow(dead_code)] // each suite uses its part

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Each command ends within this; none takes a tenth of it on an idle machine.
pub(crate) const BOUNDED: Duration = Duration::from_secs(30);
/// What the environment of the test run must not decide.
const OURS: [&str; 8] = [
    "REKINDLE_CONFIG",
    "REKINDLE_SERVER",
    "REKINDLE_DATA_DIR",
    "REKINDLE_STORE_URL",
    "REKINDLE_HTTP_LISTEN",
    "REKINDLE_SUBMIT_DEADLINE",
    "REKINDLE_SUBMIT_IN_FLIGHT",
    "RUST_LOG",
];

/// What a command said.
pub(crate) struct Said {
    pub(crate) exit: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// The lines of the result as JSON.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The code in `error[code]: …`.
    pub(crate) fn code(&self) -> &str {
        self.err.rsplit_once("error[").and_then(|(_, rest)| rest.split(']').next()).unwrap_or("")
    }

    /// Bad input or wrong usage: exit 2, this code, no result, and no panic.
    pub(crate) fn refused(&self, code: &str) -> &Said {
        assert_eq!((self.exit, self.code()), (2, code), "{}{}", self.out, self.err);
        assert_eq!(self.out, "");
        assert!(self.err.len() < 2_000, "{}", self.err);
        self
    }

    /// The message names all of these.
    pub(crate) fn names(&self, words: &[&str]) {
        for word in words {
            assert!(self.err.contains(word), "`{word}` is not in: {}", self.err);
        }
    }
}

/// A folder to run commands in.
pub(crate) struct Desk {
    dir: TempDir,
    pub(crate) server: Option<String>,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        Desk { dir: tempfile::tempdir().unwrap(), server: None }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn run(&self, args: &[&str]) -> Said {
        self.run_with(args, b"")
    }

    pub(crate) fn run_with(&self, args: &[&str], stdin: &[u8]) -> Said {
        let mut command = Command::cargo_bin("rekindle").unwrap();
        OURS.iter().for_each(|name| {
            command.env_remove(name);
        });
        if let Some(server) = &self.server {
            command.env("REKINDLE_SERVER", server);
        }
        command.current_dir(self.dir.path()).args(args).write_stdin(stdin).timeout(BOUNDED);
        let ended = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let said = Said {
            exit: ended.status.code().unwrap_or(-1),
            out: text(ended.stdout),
            err: text(ended.stderr),
        };
        assert!(!said.err.contains("panicked"), "{}", said.err);
        said
    }

    pub(crate) fn start(&self, args: &[&str]) -> Process {
        let mut command = Process::new(env!("CARGO_BIN_EXE_rekindle"));
        OURS.iter().for_each(|name| {
            command.env_remove(name);
        });
        command.current_dir(self.dir.path()).args(args).stdin(Stdio::null());
        command
    }
}

/// A running program; it is killed when the test forgets it.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    /// Asks it to stop and says its exit code and how long it took.
    pub(crate) fn stop(&mut self) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        let pid = self.0.id().to_string();
        assert!(Process::new("kill").arg(&pid).status().unwrap().success());
        (self.0.wait().unwrap().code(), begun.elapsed())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A log in a box and a daemon that follows it, both started from the command line.
pub(crate) struct World {
    pub(crate) desk: Desk,
    pub(crate) daemon: Running,
    pub(crate) log: Running,
}

impl World {
    pub(crate) fn start() -> World {
        let mut desk = Desk::new();
        let mut log = desk.start(&["testlog", "serve", "--dir", "log", "--listen", "127.0.0.1:0"]);
        let mut log = Running(log.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
        let mut line = String::new();
        BufReader::new(log.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let url = told["url"].as_str().unwrap();
        desk.write("log.pub.pem", told["publicKey"].as_str().unwrap());
        let config = format!(
            "data_dir = \"data\"\n[http]\nlisten = \"127.0.0.1:0\"\n[[logs]]\nname = \"local\"\n\
             api = \"rekor-v2\"\nwrite_url = \"{url}\"\nread_url = \"{url}\"\norigin = \
             \"rekor-local\"\npublic_key = \"log.pub.pem\"\nfollow = {{ interval = \"200ms\" }}\n"
        );
        desk.write("rekindle.toml", config);
        let daemon = desk.serve();
        World { desk, daemon, log }
    }
}

impl Desk {
    /// Starts `serve` and takes the address out of the line that it prints.
    pub(crate) fn serve(&mut self) -> Running {
        let mut daemon = self.start(&["serve", "--config", "rekindle.toml"]);
        let mut daemon =
            Running(daemon.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
        let mut said = BufReader::new(daemon.0.stderr.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "serve ended before it was ready");
            if let Some((_, address)) = line.trim().split_once(" on http://") {
                break format!("http://{address}");
            }
        };
        // Its log is read on, so that a full pipe never blocks it.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        self.server = Some(address);
        daemon
    }
}

/// PEM around DER.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// A key of a build platform.
pub(crate) struct Signer(EcdsaKeyPair);

impl Signer {
    pub(crate) fn new() -> Signer {
        Signer(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }

    pub(crate) fn public_pem(&self) -> String {
        let spki: PublicKeyX509Der<'_> = self.0.public_key().as_der().unwrap();
        pem("PUBLIC KEY", spki.as_ref())
    }

    /// A DSSE envelope around a payload.
    pub(crate) fn envelope(&self, payload: &[u8]) -> Value {
        envelope(payload, |message| {
            self.0.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
        })
    }

    /// A signed VEX statement about this component.
    pub(crate) fn vex(&self, component: &str) -> Value {
        self.envelope(vex(component).to_string().as_bytes())
    }
}

/// A DSSE envelope, signed by whatever `sign` does with the pre-authentication encoding.
pub(crate) fn envelope(payload: &[u8], sign: impl Fn(&[u8]) -> Vec<u8>) -> Value {
    let kind = "application/vnd.in-toto+json";
    let mut pae = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    pae.extend_from_slice(payload);
    json!({
        "payloadType": kind,
        "payload": STANDARD.encode(payload),
        "signatures": [{"sig": STANDARD.encode(sign(&pae))}],
    })
}

/// An in-toto statement with an OpenVEX predicate.
pub(crate) fn vex(component: &str) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://openvex.dev/ns/v0.2.0",
        "subject": [{"name": "shop/api", "digest": {"sha256": "11".repeat(32)}}],
        "predicate": {
            "@context": "https://openvex.dev/ns/v0.2.0",
            "@id": "https://example.com/vex/1",
            "author": "shop",
            "timestamp": "2026-01-01T00:00:00Z",
            "version": 1,
            "statements": [{
                "vulnerability": {"name": "CVE-2026-0001"},
                "products": [{"@id": format!("pkg:deb/debian/{component}@3.0.11-1")}],
                "status": "not_affected",
                "justification": "vulnerable_code_not_present",
            }],
        },
    })
}

/// A file of this length that takes no room on the disk.
pub(crate) fn sparse(path: &Path, length: u64) {
    std::fs::File::create(path).unwrap().set_len(length).unwrap();
}
