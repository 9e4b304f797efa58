//! What a build platform would hand in: keys made for this run, documents, signed envelopes.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rekindle_attestation::{Envelope, Limits, Verifier, pae};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::exit::Failure;

/// Media type of in-toto statements in DSSE envelopes.
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// The curve of a signer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    /// The one that the logs of this tour take.
    P256,
    /// The one that they refuse.
    P384,
}

impl Curve {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Curve::P256 => "ECDSA P-256",
            Curve::P384 => "ECDSA P-384",
        }
    }
}

/// A key that lives as long as the tour.
pub(super) struct Signer {
    pub(super) id: &'static str,
    pub(super) verifier: Verifier,
    pair: EcdsaKeyPair,
}

impl Signer {
    pub(super) fn new(curve: Curve) -> Result<Signer, Failure> {
        let (id, scheme) = match curve {
            Curve::P256 => ("dev-p256", &ECDSA_P256_SHA256_ASN1_SIGNING),
            Curve::P384 => ("dev-p384", &ECDSA_P384_SHA384_ASN1_SIGNING),
        };
        let pair = EcdsaKeyPair::generate(scheme).map_err(failed)?;
        let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(failed)?;
        let verifier = Verifier::from_der_public_key(spki.as_ref()).map_err(failed)?;
        Ok(Signer { id, verifier, pair })
    }

    /// The statement in a signed DSSE envelope.
    pub(super) fn sign(&self, statement: &Value) -> Result<Envelope, Failure> {
        let payload = statement.to_string();
        let message = pae(PAYLOAD_TYPE, payload.as_bytes());
        let sig = self.pair.sign(&SystemRandom::new(), &message).map_err(failed)?;
        let envelope = json!({
            "payloadType": PAYLOAD_TYPE,
            "payload": STANDARD.encode(&payload),
            "signatures": [{"keyid": self.id, "sig": STANDARD.encode(sig.as_ref())}],
        });
        Envelope::parse(envelope.to_string().into(), &Limits::default()).map_err(failed)
    }
}

fn failed(error: impl Display) -> Failure {
    Failure::unknown("signing_failed", error)
}

/// One attestation of the tour, and whom it has to wake.
pub(super) struct Document {
    /// Name of its file.
    pub(super) name: &'static str,
    /// What it says, in a sentence.
    pub(super) title: &'static str,
    pub(super) curve: Curve,
    /// Scope that it is handed in with.
    pub(super) scope: Option<&'static str>,
    /// Policies that it has to wake, sorted; nobody else may wake.
    pub(super) wakes: &'static [&'static str],
    pub(super) statement: Value,
}

impl Document {
    /// Where its envelope is kept for later tries.
    pub(super) fn file(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.dsse.json", self.name))
    }
}

/// An OpenVEX document for the product of this tour.
fn vex(vulnerability: &str, subcomponent: &str, status: &str, justification: Value) -> Value {
    let mut stated = json!({
        "vulnerability": {"name": vulnerability},
        "products": [{
            "@id": "pkg:oci/shop-api?repository_url=registry.example.com/shop/api",
            "subcomponents": [{"@id": subcomponent}],
        }],
        "status": status,
    });
    if !justification.is_null() {
        stated["justification"] = justification;
    }
    statement(
        "https://openvex.dev/ns/v0.2.0",
        &json!({
            "@context": "https://openvex.dev/ns/v0.2.0",
            "@id": format!("https://shop.example.com/vex/{vulnerability}"),
            "author": "Shop Product Security",
            "timestamp": "2026-08-03T09:00:00Z",
            "version": 1,
            "statements": [stated],
        }),
    )
}

/// openssl is in the image, but the vulnerable code is never run.
pub(super) fn openssl() -> Document {
    Document {
        name: "openvex-openssl",
        title: "An OpenVEX document: the image ships openssl, CVE-2022-3602 does not affect it",
        curve: Curve::P256,
        scope: Some("component:openssl"),
        wakes: &["cve-2022-3602", "openssl", "vex-review"],
        statement: vex(
            "CVE-2022-3602",
            "pkg:deb/debian/openssl@3.0.5-4?arch=amd64",
            "not_affected",
            json!("vulnerable_code_not_in_execute_path"),
        ),
    }
}

/// What is in the image.
pub(super) fn sbom() -> Document {
    const PARTS: [(&str, &str, &str); 12] = [
        ("bash", "5.2.15", "pkg:deb/debian/bash@5.2.15-2"),
        ("ca-certificates", "20230311", "pkg:deb/debian/ca-certificates@20230311"),
        ("curl", "7.88.1", "pkg:deb/debian/curl@7.88.1-10"),
        ("openssl", "3.0.7", "pkg:deb/debian/openssl@3.0.7-1"),
        ("zlib1g", "1.2.13", "pkg:deb/debian/zlib1g@1.2.13"),
        ("tzdata", "2026b", "pkg:deb/debian/tzdata@2026b-0"),
        ("cryptography", "42.0.5", "pkg:pypi/cryptography@42.0.5"),
        ("flask", "3.0.2", "pkg:pypi/flask@3.0.2"),
        ("jinja2", "3.1.4", "pkg:pypi/jinja2@3.1.4"),
        ("pyopenssl", "24.1.0", "pkg:pypi/pyopenssl@24.1.0"),
        ("requests", "2.31.0", "pkg:pypi/requests@2.31.0"),
        ("urllib3", "2.2.1", "pkg:pypi/urllib3@2.2.1"),
    ];
    let components: Vec<Value> = PARTS
        .iter()
        .map(|(name, version, purl)| {
            json!({"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl})
        })
        .collect();
    Document {
        name: "sbom",
        title: "A CycloneDX SBOM: the twelve packages in the image",
        curve: Curve::P256,
        scope: None,
        wakes: &["openssl", "pyopenssl"],
        statement: statement(
            "https://cyclonedx.org/bom",
            &json!({
                "bomFormat": "CycloneDX",
                "specVersion": "1.6",
                "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
                "version": 1,
                "metadata": {"timestamp": "2026-08-03T09:00:00Z",
                    "component": {"type": "container", "name": "shop-api", "version": "1.8.0"}},
                "components": components,
            }),
        ),
    }
}

/// How the image was built.
pub(super) fn provenance() -> Document {
    Document {
        name: "provenance",
        title: "SLSA provenance: who built the image, from which source",
        curve: Curve::P256,
        scope: None,
        wakes: &["build-provenance"],
        statement: statement(
            "https://slsa.dev/provenance/v1",
            &json!({
                "buildDefinition": {
                    "buildType": "https://ci.example.com/container/v1",
                    "externalParameters": {"ref": "refs/tags/v1.8.0"},
                    "resolvedDependencies": [{
                        "uri": "git+https://git.example.com/shop/api@refs/tags/v1.8.0",
                        "digest": {"gitCommit": "6d1f0c9b54a1e7a0e1c9b5d0f7c3a2b4c5d6e7f8"},
                    }],
                },
                "runDetails": {
                    "builder": {"id": "https://ci.example.com/runners/hosted"},
                    "metadata": {"invocationId": "https://ci.example.com/runs/4711"},
                },
            }),
        ),
    }
}

/// Signed with a key that the log does not take.
pub(super) fn refused() -> Document {
    Document {
        name: "openvex-p384",
        title: "One that the log refuses: its signing key is on a curve that this log does not take",
        curve: Curve::P384,
        scope: None,
        wakes: &[],
        statement: vex("CVE-2023-0286", "pkg:deb/debian/openssl@3.0.7-1", "fixed", Value::Null),
    }
}

/// Handed in after the log was convicted, for both logs.
pub(super) fn log4j() -> Document {
    Document {
        name: "openvex-log4j",
        title: "Life goes on: an OpenVEX document for log4j-core, for both logs",
        curve: Curve::P256,
        scope: None,
        wakes: &["log4j", "vex-review", "vex-weekly"],
        statement: vex(
            "CVE-2021-44228",
            "pkg:maven/org.apache.logging.log4j/log4j-core@2.17.1",
            "fixed",
            Value::Null,
        ),
    }
}

/// An in-toto statement about the image of this tour.
fn statement(predicate_type: &str, predicate: &Value) -> Value {
    let digest = hex::encode(Sha256::digest(b"rekindle dev: image shop/api 1.8.0"));
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "registry.example.com/shop/api", "digest": {"sha256": digest}}],
        "predicateType": predicate_type,
        "predicate": predicate,
    })
}
