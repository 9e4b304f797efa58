//! Keys and signed attestations, fresh for every test.

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use rekindle_attestation::body::hashedrekord_v002::from_attestation;
use rekindle_attestation::{Attestation, Envelope, Limits, Verifier, pae};
use rekindle_rekor::Prepared;
use serde_json::{Value, json};

/// The payload type of in-toto statements.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// Somebody with a key.
pub struct Signer {
    pair: Pair,
    spki: Vec<u8>,
}

/// A signed attestation as it is handed in.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The DSSE envelope.
    pub envelope: Value,
    /// The public key that verifies it.
    pub public_key: String,
}

impl Signer {
    /// A fresh key on P-256.
    #[must_use]
    pub fn p256() -> Signer {
        Signer::ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING)
    }

    /// A fresh key on P-384.
    #[must_use]
    pub fn p384() -> Signer {
        Signer::ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING)
    }

    /// A fresh pure Ed25519 key, which a v2 log cannot take.
    ///
    /// # Panics
    /// When the system has no randomness; so for every key here.
    #[must_use]
    pub fn ed25519() -> Signer {
        let pair = Ed25519KeyPair::generate().expect("randomness");
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("a key has DER");
        Signer { spki: der.as_ref().to_vec(), pair: Pair::Ed25519(pair) }
    }

    fn ecdsa(algorithm: &'static EcdsaSigningAlgorithm) -> Signer {
        let pair = EcdsaKeyPair::generate(algorithm).expect("randomness");
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("a key has DER");
        Signer { spki: der.as_ref().to_vec(), pair: Pair::Ecdsa(pair) }
    }

    /// The public key as a PEM file.
    #[must_use]
    pub fn public_key(&self) -> String {
        pem::encode(&pem::Pem::new("PUBLIC KEY", self.spki.clone()))
    }

    /// Signs a statement.
    #[must_use]
    pub fn sign(&self, statement: &Value) -> Signed {
        self.sign_bytes(IN_TOTO, statement.to_string().as_bytes())
    }

    /// Signs any payload.
    #[must_use]
    pub fn sign_bytes(&self, payload_type: &str, payload: &[u8]) -> Signed {
        let envelope = json!({
            "payloadType": payload_type,
            "payload": STANDARD.encode(payload),
            "signatures": [{"keyid": "", "sig": self.signature(&pae(payload_type, payload))}],
        });
        Signed { envelope, public_key: self.public_key() }
    }

    /// The signature over these bytes, base64.
    ///
    /// # Panics
    /// When the system has no randomness.
    #[must_use]
    pub fn signature(&self, message: &[u8]) -> String {
        let signature = match &self.pair {
            Pair::Ecdsa(pair) => {
                pair.sign(&SystemRandom::new(), message).expect("randomness").as_ref().to_vec()
            }
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        };
        STANDARD.encode(signature)
    }
}

impl Signed {
    /// The body of a submission as `application/json`.
    #[must_use]
    pub fn body(&self) -> Value {
        json!({"envelope": self.envelope, "verifier": {"publicKey": self.public_key}})
    }

    /// The same with further members, such as `{"scope": …}`.
    #[must_use]
    pub fn body_with(&self, more: &Value) -> Value {
        let mut body = self.body();
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        body
    }

    /// The bytes that whoever knows the format would post for it.
    ///
    /// # Panics
    /// When it is no attestation that a v2 log takes.
    #[must_use]
    pub fn prepared(&self) -> Prepared {
        let raw = Bytes::from(self.envelope.to_string());
        let envelope = Envelope::parse(raw, &Limits::default()).expect("an envelope");
        let verifier = Verifier::from_pem(self.public_key.as_bytes()).expect("a public key");
        let attestation = Attestation::new(envelope, verifier).expect("a good signature");
        Prepared::from_hashedrekord(&from_attestation(&attestation).expect("a v2 key type"))
    }
}

/// Statements as real tools write them.
pub mod documents {
    use serde_json::{Value, json};

    /// SHA-256 digest of the artifact that all statements are about.
    pub const ARTIFACT: &str = "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945";

    /// A statement about the artifact.
    #[must_use]
    pub fn statement(predicate_type: &str, predicate: &Value) -> Value {
        json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "registry.example.com/shop/api", "digest": {"sha256": ARTIFACT}}],
            "predicateType": predicate_type,
            "predicate": predicate,
        })
    }

    /// OpenVEX: one vulnerability affects these packages.
    #[must_use]
    pub fn openvex(vulnerability: &str, purls: &[&str]) -> Value {
        let products: Vec<_> = purls.iter().map(|purl| json!({"@id": purl})).collect();
        let predicate = json!({
            "@context": "https://openvex.dev/ns/v0.2.0",
            "@id": format!("https://example.com/vex/{vulnerability}"),
            "author": "security@example.com",
            "timestamp": "2026-08-01T10:00:00Z",
            "version": 1,
            "statements": [{
                "vulnerability": {"name": vulnerability},
                "products": products,
                "status": "affected",
                "action_statement": "update",
            }],
        });
        statement("https://openvex.dev/ns/v0.2.0", &predicate)
    }

    /// CycloneDX: the artifact contains these packages.
    #[must_use]
    pub fn sbom(purls: &[&str]) -> Value {
        let components: Vec<_> = purls
            .iter()
            .enumerate()
            .map(|(n, purl)| {
                let name = purl.rsplit('/').next().unwrap_or(purl);
                let name = name.split('@').next().unwrap_or(name);
                json!({"type": "library", "bom-ref": format!("c{n}"), "name": name, "purl": purl})
            })
            .collect();
        let predicate = json!({
            "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
            "metadata": {"component": {"type": "container", "bom-ref": "root", "name": "api"}},
            "components": components,
        });
        statement("https://cyclonedx.org/bom", &predicate)
    }

    /// SLSA provenance 1: the artifact was built from this commit.
    #[must_use]
    pub fn provenance(commit: &str) -> Value {
        let source = "git+https://git.example.com/shop/api@refs/heads/main";
        let predicate = json!({
            "buildDefinition": {
                "buildType": "https://example.com/build/v1",
                "externalParameters": {"source": source},
                "resolvedDependencies": [{"uri": source, "digest": {"gitCommit": commit}}],
            },
            "runDetails": {"builder": {"id": "https://build.example.com/runner"}},
        });
        statement("https://slsa.dev/provenance/v1", &predicate)
    }

    /// Distinct statements, for tests that need many attestations.
    #[must_use]
    pub fn numbered(number: u64) -> Value {
        let purl = format!("pkg:npm/package-{number}@1.0.0");
        openvex("CVE-2026-0001", &[&purl])
    }
}
