//! Attestations and clients for the tests.
#![allow(dead_code, reason = "each test program uses its own part")]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use rekindle_attestation::body::hashedrekord_v002::from_attestation;
use rekindle_attestation::{Attestation, Envelope, Limits, Verifier};
use rekindle_rekor::{Client, Options, Prepared};
use rekindle_testlog::TestLog;

/// Start of a DER public key on P-256; the point follows.
const P256_SPKI: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200";

/// A key that signs attestations.
pub(crate) struct SigningKey(EcdsaKeyPair);

impl SigningKey {
    pub(crate) fn new() -> Self {
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
                .unwrap();
        Self(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref()).unwrap())
    }

    pub(crate) fn spki(&self) -> Vec<u8> {
        let mut der = hex::decode(P256_SPKI).unwrap();
        der.extend_from_slice(self.0.public_key().as_ref());
        der
    }

    /// A DSSE attestation about the number.
    pub(crate) fn attest(&self, number: u64) -> Attestation {
        let kind = "application/vnd.in-toto+json";
        let payload =
            format!("{{\"_type\":\"https://in-toto.io/Statement/v1\",\"number\":{number}}}");
        let pae = format!("DSSEv1 {} {kind} {} {payload}", kind.len(), payload.len());
        let sig = self.0.sign(&SystemRandom::new(), pae.as_bytes()).unwrap();
        let envelope = format!(
            r#"{{"payloadType":"{kind}","payload":"{}","signatures":[{{"sig":"{}"}}]}}"#,
            STANDARD.encode(&payload),
            STANDARD.encode(sig.as_ref())
        );
        let envelope = Envelope::parse(Bytes::from(envelope), &Limits::default()).unwrap();
        Attestation::new(envelope, Verifier::from_der_public_key(&self.spki()).unwrap()).unwrap()
    }

    pub(crate) fn prepare(&self, number: u64) -> Prepared {
        Prepared::from_hashedrekord(&from_attestation(&self.attest(number)).unwrap())
    }
}

/// A client of this log that gives up after two seconds.
pub(crate) fn client(log: &TestLog) -> Client {
    let mut options = Options::new(Some(log.write_url()), log.read_url(), log.log_key());
    options.timeout = Duration::from_secs(2);
    Client::new(options).unwrap()
}

/// Posts the numbers all at once; every one must be logged.
pub(crate) async fn fill(client: &Client, key: &SigningKey, numbers: std::ops::Range<u64>) {
    let posts = numbers.map(|n| {
        let prepared = key.prepare(n);
        async move { client.post(&prepared).await.1.name() }
    });
    let names = futures::future::join_all(posts).await;
    assert!(names.iter().all(|name| *name == "logged"), "{names:?}");
}

/// What the independent checker says about a folder; `None` where it is not installed.
pub(crate) fn fsck(dir: &Path, vkey: &str, origin: &str) -> Option<String> {
    let Some(program) = std::env::var_os("REKINDLE_FSCK") else {
        println!("skipped: no fsck");
        return None;
    };
    let keys = tempfile::tempdir().unwrap();
    let file = keys.path().join("vkey");
    std::fs::write(&file, format!("{vkey}\n")).unwrap();
    let output = Command::new(program)
        .arg("--ui=false")
        .arg(format!("--storage_url=file://{}/", dir.display()))
        .arg("--public_key")
        .arg(&file)
        .args(["--origin", origin])
        .output()
        .unwrap();
    Some(format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}
