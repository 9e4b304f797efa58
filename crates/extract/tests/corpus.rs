//! Real documents, where they are at hand: no panic, and what must hold for all hints.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rekindle_extract::{Limits, explain, extract, extract_document};
use rekindle_hints::{Coverage, Digest, Hints, ProductKey, VulnId};

fn invariants(hints: &Hints) {
    let json = hints.to_json();
    assert_eq!(Hints::from_json(&json).as_ref(), Ok(hints));
    assert_eq!(Hints::from_json(&json).unwrap().digest(), hints.digest());
    for id in &hints.vulnerabilities {
        assert_eq!(VulnId::parse(id.as_str()).as_ref(), Ok(id), "canonical");
        assert!(!id.is_other() || hints.coverage.vulnerability < Coverage::Complete);
    }
    for key in hints.products.iter().filter(|key| key.as_str().starts_with("pkg:")) {
        assert_eq!(ProductKey::parse(key.as_str()).as_ref(), Ok(key), "canonical");
        assert!(key.component().is_none_or(|name| hints.components.contains(&name)));
    }
    for digest in hints.artifacts.iter().chain(&hints.materials) {
        assert_eq!(Digest::parse(digest.as_str()).as_ref(), Ok(digest), "canonical");
    }
    assert!(!explain(hints).is_empty());
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

#[test]
fn real_documents_hold_the_invariants() {
    let root = std::env::var_os("REKINDLE_CORPUS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus")),
        PathBuf::from,
    );
    let mut all = Vec::new();
    files(&root.join("documents"), &mut all);
    files(&root.join("bundles"), &mut all);
    all.sort();
    if all.is_empty() {
        println!("skipped: no corpus of documents");
    }
    for path in all {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.strip_prefix(&root).unwrap().display();
        match extract_document(&bytes, &Limits::default()) {
            Ok(hints) => {
                println!(
                    "{name}: {} {} v{} p{} c{} a{} m{} {:?} {:?} {:?}",
                    hints.predicate.family,
                    hints.predicate.uri,
                    hints.vulnerabilities.len(),
                    hints.products.len(),
                    hints.components.len(),
                    hints.artifacts.len(),
                    hints.materials.len(),
                    hints.statuses.iter().map(|status| status.as_str()).collect::<Vec<_>>(),
                    hints.coverage,
                    hints.skipped,
                );
                invariants(&hints);
            }
            Err(error) => println!("{name}: {}: {error}", error.code()),
        }
    }
}

/// Any JSON over the words that the formats know, so that the readers get far.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let word = prop::sample::select(vec![
        "CycloneDX",
        "https://openvex.dev/ns",
        "CVE-2026-1",
        "CVE-2026-0001",
        "pkg:npm/a@1",
        "pkg:",
        "cpe:/a:b",
        "",
        "e30",
        "{\"a\":1}",
        "git+x",
        "urn:cdx:1/1#a",
        "a\u{0}",
        "https://slsa.dev/provenance/v1",
        "2.1.0",
    ]);
    let key = prop::sample::select(vec![
        "bomFormat",
        "@context",
        "statements",
        "components",
        "purl",
        "name",
        "id",
        "vulnerability",
        "products",
        "@id",
        "hashes",
        "subject",
        "predicateType",
        "predicate",
        "Data",
        "scanner",
        "result",
        "digest",
        "sha256",
        "materials",
        "uri",
        "runs",
        "version",
        "results",
        "ruleId",
        "matches",
        "artifact",
        "Results",
        "SchemaVersion",
        "Vulnerabilities",
        "affects",
        "ref",
        "vulnerabilities",
        "attestations",
        "bundle",
        "dsseEnvelope",
        "payload",
        "payloadType",
        "metadata",
        "component",
    ]);
    let leaf = prop_oneof![
        word.prop_map(serde_json::Value::from),
        any::<bool>().prop_map(Into::into),
        Just(serde_json::Value::Null),
        any::<i32>().prop_map(Into::into)
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..6).prop_map(|map| map
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn odd_documents_never_panic(document in json()) {
        let bytes = document.to_string();
        if let Ok(hints) = extract_document(bytes.as_bytes(), &Limits::default()) {
            invariants(&hints);
            let again = extract_document(bytes.as_bytes(), &Limits::default()).unwrap();
            prop_assert_eq!(again.digest(), hints.digest());
        }
        let few = Limits { max_nodes: 2, ..Limits::default() };
        let _ = extract("application/json", bytes.as_bytes(), &few);
    }

    #[test]
    fn odd_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = extract("", &bytes, &Limits::default());
        let _ = extract_document(&bytes, &Limits::default());
    }
}
