//! An entry of somebody else, bound to a signed root before it was parsed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use rekindle_attestation::body::hashedrekord_v002::{HashedRekord, VerifierBytes};
use rekindle_events::{Body, Event, Facts, facts};
use rekindle_proof::{Hash, SignedCheckpoint, hash, inclusion};
use serde::{Deserialize, Serialize};

use super::entry::sha256_hex;
use super::{DecideError, Inputs, LogInput, to_bytes};

/// Where a fetched leaf sits in the signed tree.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Binding {
    /// Log index, decimal.
    pub index: String,
    /// Inclusion path, hex.
    pub path: Vec<String>,
}

impl Binding {
    /// Bytes as they are stored.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        to_bytes(self)
    }
}

pub(super) fn observed(previous: Option<&Event>, inputs: &Inputs) -> Result<Facts, DecideError> {
    let log: LogInput = inputs.json("log")?;
    let key = log.key()?;
    let checkpoint = SignedCheckpoint::new(inputs.get("note")?.clone()).verify(&key)?;
    let binding: Binding = inputs.json("binding")?;
    let bad = |why: &str| DecideError::BadInput { role: "binding", why: why.into() };
    let index: u64 = binding.index.parse().map_err(|_| bad("index is no number"))?;
    let path: Result<Vec<Hash>, _> = binding.path.iter().map(|text| text.parse()).collect();
    let path = path.map_err(|_| bad("a path hash is unreadable"))?;
    let leaf = inputs.get("leaf")?;
    let leaf_hash = hash::leaf(leaf);
    inclusion::verify(index, checkpoint.size(), &leaf_hash, &path, &checkpoint.root())?;

    // Only now are the bytes parsed. An unknown kind is a fact too, not an error.
    let (kind, version) = kind_of(leaf);
    let rekord = HashedRekord::parse_leaf(leaf).ok();
    let verifier_digest = rekord.as_ref().map(|r| match &r.verifier {
        VerifierBytes::PublicKey(der) | VerifierBytes::Certificate(der) => sha256_hex(der),
    });
    Ok(Facts {
        tenant: log.tenant.as_str().into(),
        subject: format!("{}#{index}", log.origin).into(),
        previous: previous.map(Event::id),
        body: Body::EntryObserved(facts::EntryObserved {
            origin: log.origin,
            log_id: key.id().to_string(),
            log_index: index.into(),
            leaf_hash: leaf_hash.to_string(),
            entry_kind: kind,
            entry_version: version,
            artifact_digest: rekord.as_ref().map(digest_of),
            verifier_digest,
            hints_digest: None,
            extractor: 0,
        }),
    })
}

fn digest_of(rekord: &HashedRekord) -> String {
    let algorithm = match &*rekord.algorithm {
        "SHA2_384" => "sha384",
        "SHA2_512" => "sha512",
        _ => "sha256",
    };
    format!("{algorithm}:{}", hex::encode(&rekord.digest))
}

fn kind_of(leaf: &[u8]) -> (String, String) {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Frame {
        kind: String,
        api_version: String,
    }
    // Names of an unknown kind come from a stranger: only short plain ones go into facts.
    let plain = |text: &str| {
        (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
    };
    match serde_json::from_slice::<Frame>(leaf) {
        Ok(frame) if plain(&frame.kind) && plain(&frame.api_version) => {
            (frame.kind, frame.api_version)
        }
        _ => ("unknown".into(), "unknown".into()),
    }
}

/// Base64 of a key, as [`LogInput`] holds it.
pub(crate) fn spki_text(spki: &[u8]) -> String {
    STANDARD.encode(spki)
}
