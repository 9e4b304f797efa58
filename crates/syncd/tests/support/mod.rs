//! A signer, a log of a few leaves with a server that shows it, and engines over fresh ledgers.

#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod life;
pub(crate) mod log;

use std::time::Duration;

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use rekindle_attestation::{Envelope, Limits, Verifier, pae};
use rekindle_store::Store;
use rekindle_syncd::{Engine, Entries, Follow, LogOptions, Options, SubmitRequest};
use serde_json::{Value, json};
use tempfile::TempDir;

use self::log::TestLog;

pub(crate) const IN_TOTO: &str = "application/vnd.in-toto+json";
/// SHA-256 of the artifact that statements are about.
pub(crate) const ARTIFACT: &str =
    "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945";

/// Somebody with a key on P-256.
pub(crate) struct Signer {
    pair: EcdsaKeyPair,
    pub(crate) spki: Vec<u8>,
}

impl Signer {
    pub(crate) fn new() -> Signer {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        Signer { spki: der.as_ref().to_vec(), pair }
    }

    pub(crate) fn verifier(&self) -> Verifier {
        Verifier::from_der_public_key(&self.spki).unwrap()
    }

    pub(crate) fn pem(&self) -> String {
        let body = STANDARD.encode(&self.spki);
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
    }

    /// A signed envelope, as JSON.
    pub(crate) fn sign(&self, payload: &Value) -> Value {
        let payload = payload.to_string();
        let message = pae(IN_TOTO, payload.as_bytes());
        let signature = self.pair.sign(&SystemRandom::new(), &message).unwrap();
        json!({
            "payloadType": IN_TOTO,
            "payload": STANDARD.encode(payload),
            "signatures": [{"keyid": "", "sig": STANDARD.encode(signature.as_ref())}],
        })
    }

    pub(crate) fn request(&self, envelope: &Value) -> SubmitRequest {
        let raw = Bytes::from(envelope.to_string());
        SubmitRequest {
            envelope: Envelope::parse(raw, &Limits::default()).unwrap(),
            verifier: Some(self.verifier()),
            logs: Vec::new(),
            scope: None,
            urgency: None,
            deadline: None,
            may_narrow: true,
        }
    }
}

/// OpenVEX: one vulnerability affects this package.
pub(crate) fn openvex(vulnerability: &str, purl: &str) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "shop/api", "digest": {"sha256": ARTIFACT}}],
        "predicateType": "https://openvex.dev/ns/v0.2.0",
        "predicate": {
            "@context": "https://openvex.dev/ns/v0.2.0",
            "@id": "https://example.com/vex/1",
            "author": "security@example.com",
            "timestamp": "2026-08-01T10:00:00Z",
            "version": 1,
            "statements": [{
                "vulnerability": {"name": vulnerability},
                "products": [{"@id": purl}],
                "status": "affected",
                "action_statement": "update",
            }],
        },
    })
}

/// A log that is written to at `url`, followed often or not at all.
pub(crate) fn options(name: &str, log: &TestLog, url: &str, follow: bool) -> LogOptions {
    LogOptions {
        name: name.into(),
        key: log.signer.log_key().clone(),
        write_url: Some(url.into()),
        read_url: url.into(),
        follow: follow
            .then_some(Follow { interval: Duration::from_millis(50), entries: Entries::Own }),
        timeout: Duration::from_secs(5),
    }
}

/// An engine over a fresh ledger, without running jobs.
pub(crate) async fn engine(logs: Vec<LogOptions>) -> (Engine, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("rekindle.db").display());
    let store = Store::open(rekindle_store::Options::new(&url)).await.unwrap();
    (Engine::new(store, Options::new(logs)).unwrap(), dir)
}

/// An address where nobody listens.
pub(crate) const NOWHERE: &str = "http://127.0.0.1:9";
