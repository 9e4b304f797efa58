//! Answers of real servers, when they are at hand: each is a good receipt until one byte changes.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rekindle_proof::{Hash, LogId, LogKey, Receipt, SignedCheckpoint};
use serde_json::Value;

/// Logs whose origin is in the corpus, with their published or local public keys.
const KEYS: [&str; 3] = [
    "MCowBQYDK2VwAyEAPn+AREHoBaZ7wgS1zBqpxmLSGnyhxXj4lFxSdWVB8o8=",
    "MCowBQYDK2VwAyEAYvVKjMSNCG314zNBnuGFupneEVUimeVWsrrt446Sk88=",
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEm/yH/haTzDfo+V7xOorq4dVkzDh3xo4MGSeioZq4GiRSf3J+uhhG7Q9UFAWRm/X/lgsCXGMZ5g0BLRyEfYwHiw==",
];

fn folder() -> PathBuf {
    let root = std::env::var_os("REKINDLE_CORPUS").map(PathBuf::from);
    root.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"))
        .join("bundles")
}

fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap()).unwrap()
}

fn hash(value: &Value) -> Hash {
    Hash::from_base64(value.as_str().unwrap()).unwrap()
}

fn receipts(file: &str) -> Vec<Receipt> {
    let Ok(json) = std::fs::read(folder().join(file)) else {
        eprintln!("skipped: no corpus file {file}");
        return Vec::new();
    };
    let bundle: Value = serde_json::from_slice(&json).unwrap();
    let entries = bundle["verificationMaterial"]["tlogEntries"].as_array().unwrap();
    let receipt = |entry: &Value| {
        let proof = &entry["inclusionProof"];
        Receipt {
            log: LogId::new(hash(&entry["logId"]["keyId"]).0),
            body: bytes(&entry["canonicalizedBody"]).into(),
            index: proof["logIndex"].as_str().unwrap().parse().unwrap(),
            path: proof["hashes"].as_array().unwrap().iter().map(hash).collect(),
            checkpoint: SignedCheckpoint::new(
                proof["checkpoint"]["envelope"].as_str().unwrap().to_owned().into(),
            ),
        }
    };
    entries.iter().map(receipt).collect()
}

fn key_of(receipt: &Receipt) -> LogKey {
    let origin = receipt.checkpoint.claim().unwrap().origin;
    let keys =
        KEYS.map(|spki| LogKey::new(origin.clone(), &STANDARD.decode(spki).unwrap()).unwrap());
    keys.into_iter().find(|key| key.id() == receipt.log).expect("a known log")
}

#[test]
fn real_answers_verify_and_changed_ones_do_not() {
    for file in [
        "local/v1-dsse.sigstore.json",
        "local/v2.sigstore.json",
        "local/v2-with-timestamp.sigstore.json",
        "conformance/rekor2-checkpoint-origin-not-first/bundle.sigstore.json",
        "conformance/rekor2-checkpoint-two-sigs-cosigned/bundle.sigstore.json",
    ] {
        for good in receipts(file) {
            let key = key_of(&good);
            let body = good.body.clone();
            good.clone().verify(&body, &key).unwrap_or_else(|e| panic!("{file}: {e}"));
            let fails = |bad: Receipt| bad.verify(&body, &key).is_err();
            assert!(fails(Receipt { index: good.index ^ 1, ..good.clone() }), "{file}");
            assert!(fails(Receipt { path: good.path[1..].to_vec(), ..good.clone() }), "{file}");
            assert!(fails(Receipt { body: body.slice(1..), ..good.clone() }), "{file}");
            assert!(good.verify(&body[1..], &key).is_err(), "{file}");
        }
    }
}

#[test]
fn a_witnessed_note_of_a_real_server_verifies() {
    let Ok(note) = std::fs::read(folder().join("local/checkpoint-witnessed.txt")) else {
        eprintln!("skipped: no corpus file checkpoint-witnessed.txt");
        return;
    };
    let signed = SignedCheckpoint::new(note.into());
    let key =
        LogKey::new(signed.claim().unwrap().origin, &STANDARD.decode(KEYS[1]).unwrap()).unwrap();
    assert_eq!(signed.verify(&key).unwrap().size(), 20);
}
