//! Attestations of the size and kind that build platforms hand in, signed beforehand.

use anyhow::{Result, anyhow};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use rekindle_attestation::{
    Attestation, Envelope, Limits, Verifier, body::hashedrekord_v002::from_attestation, pae,
};
use rekindle_rekor::Prepared;
use serde_json::json;
use sha2::{Digest as _, Sha256};

/// Start of a DER public key on P-256; the point follows.
const P256_SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// One attestation, ready for either door.
#[derive(Clone)]
pub(crate) struct Signed {
    /// Body of a `POST /v1/submissions` as `application/json`.
    pub(crate) submission: Bytes,
    /// What the log is asked and what it has to keep.
    pub(crate) prepared: Prepared,
    /// Its name, `att-…`.
    pub(crate) id: String,
}

/// A key that signs attestations.
pub(crate) struct SigningKey {
    pair: EcdsaKeyPair,
    spki: Vec<u8>,
}

impl SigningKey {
    /// A new key on P-256.
    pub(crate) fn new() -> Result<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)
            .map_err(|_| anyhow!("could not make a signing key"))?;
        let spki = [&P256_SPKI[..], pair.public_key().as_ref()].concat();
        Ok(Self { pair, spki })
    }

    /// An OpenVEX statement about the `number`-th artifact of that series.
    pub(crate) fn sign(&self, series: &str, number: usize) -> Result<Signed> {
        let artifact = hex::encode(Sha256::digest(format!("{series}/{number}")));
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": format!("registry.example/{series}/{number}"), "digest": {"sha256": artifact}}],
            "predicateType": "https://openvex.dev/ns/v0.2.0",
            "predicate": {
                "@context": "https://openvex.dev/ns/v0.2.0",
                "@id": format!("https://vex.example/{series}/{number}"),
                "author": "build platform",
                "timestamp": "2026-01-01T00:00:00Z",
                "version": 1,
                "statements": [{
                    "vulnerability": {"name": format!("CVE-2026-{:04}", number % 10_000)},
                    "products": [{"@id": "pkg:deb/debian/openssl@3.0.11"}],
                    "status": "not_affected",
                    "justification": "vulnerable_code_not_in_execute_path"
                }]
            }
        });
        let payload = serde_json::to_vec(&statement)?;
        let signature = self
            .pair
            .sign(&SystemRandom::new(), &pae(PAYLOAD_TYPE, &payload))
            .map_err(|_| anyhow!("could not sign"))?;
        let envelope = json!({
            "payloadType": PAYLOAD_TYPE,
            "payload": STANDARD.encode(&payload),
            "signatures": [{"sig": STANDARD.encode(signature.as_ref())}],
        });
        let submission = json!({
            "envelope": envelope,
            "verifier": {"publicKey": pem("PUBLIC KEY", &self.spki)},
        });
        let envelope = Envelope::parse(serde_json::to_vec(&envelope)?.into(), &Limits::default())?;
        let attestation = Attestation::new(envelope, Verifier::from_der_public_key(&self.spki)?)?;
        Ok(Signed {
            submission: serde_json::to_vec(&submission)?.into(),
            prepared: Prepared::from_hashedrekord(&from_attestation(&attestation)?),
            id: attestation.id().to_string(),
        })
    }

    /// Many of a series, made on all cores.
    pub(crate) fn sign_all(&self, series: &str, count: usize) -> Result<Vec<Signed>> {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = count.div_ceil(threads).max(1);
        let parts: Vec<Result<Vec<Signed>>> = std::thread::scope(|scope| {
            let started: Vec<_> = (0..count)
                .step_by(share)
                .map(|from| {
                    let range = from..(from + share).min(count);
                    scope.spawn(move || range.map(|number| self.sign(series, number)).collect())
                })
                .collect();
            let joined = |part: std::thread::ScopedJoinHandle<'_, _>| {
                part.join().unwrap_or_else(|_| Err(anyhow!("the signer panicked")))
            };
            started.into_iter().map(joined).collect()
        });
        Ok(parts.into_iter().collect::<Result<Vec<_>>>()?.concat())
    }
}

/// One PEM block.
pub(super) fn pem(tag: &str, der: &[u8]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new(tag, der), config)
}
