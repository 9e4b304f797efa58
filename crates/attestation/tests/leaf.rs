//! Leaf bytes, pinned by a published leaf hash: entry 735 of Sigstore's staging log
//! `log2025-alpha1`, as the case `rekor2-happy-path` of sigstore-conformance holds it.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use rekindle_attestation::body::hashedrekord_v002::{self, HashedRekord, VerifierBytes};
use rekindle_attestation::{Attestation, Limits, Verifier, json, read_bundle};
use sha2::{Digest, Sha256};

/// SHA-256(0x00 || leaf), proven to be in that log by its checkpoint of size 736.
const LEAF_HASH: &str = "78470eff2921878c2141726b650bf349099c37850a731f287a6accf35d40441f";

fn b64(text: &str) -> Bytes {
    STANDARD.decode(text).unwrap().into()
}

fn leaf_hash(leaf: &[u8]) -> String {
    hex::encode(Sha256::new().chain_update([0]).chain_update(leaf).finalize())
}

fn published() -> HashedRekord {
    HashedRekord {
        algorithm: "SHA2_256".into(),
        digest: b64(DIGEST),
        signature: b64(SIGNATURE),
        key_details: "PKIX_ECDSA_P256_SHA_256".into(),
        verifier: VerifierBytes::Certificate(b64(CERTIFICATE)),
    }
}

#[test]
fn the_leaf_has_the_published_hash() {
    let record = published();
    let leaf = record.leaf();
    assert_eq!(leaf.len(), 3175);
    assert_eq!(leaf_hash(&leaf), LEAF_HASH);
    assert_eq!(HashedRekord::parse_leaf(&leaf).unwrap(), record);
    record.verify().unwrap();
}

#[test]
fn the_request_is_exact_and_is_read_back() {
    let record = published();
    let expected = format!(
        r#"{{"hashedRekordRequestV002":{{"digest":"{DIGEST}","signature":{{"content":"{SIGNATURE}","verifier":{{"x509Certificate":{{"rawBytes":"{CERTIFICATE}"}},"keyDetails":"PKIX_ECDSA_P256_SHA_256"}}}}}}}}"#
    );
    assert_eq!(record.request(), expected);
    assert_eq!(HashedRekord::parse_request(&record.request()).unwrap(), record);
    let snake = expected
        .replace("hashedRekordRequestV002", "hashed_rekord_request_v002")
        .replace("x509Certificate", "x509_certificate")
        .replace("rawBytes", "raw_bytes")
        .replace("keyDetails", "key_details");
    assert_eq!(HashedRekord::parse_request(snake.as_bytes()).unwrap(), record);
}

#[test]
fn requests_that_a_server_refuses() {
    let good = String::from_utf8(published().request().to_vec()).unwrap();
    for (from, to, code) in [
        ("{\"digest\"", "{\"more\":1,\"digest\"", "request_malformed"),
        ("{\"rawBytes\"", "{\"more\":1,\"rawBytes\"", "request_malformed"),
        ("hashedRekordRequestV002", "dsseRequestV002", "request_malformed"),
        ("x509Certificate", "certificate", "request_malformed"),
        ("\"digest\"", "\"digest\":\"\",\"digest\"", "duplicate_key"),
        (DIGEST, "", "request_malformed"),
        (DIGEST, "*", "bad_base64"),
        (DIGEST, "\"", "not_json"),
        ("PKIX_ECDSA_P256_SHA_256", "PKIX_ED25519_PH", "key_type_unsupported"),
        ("PKIX_ECDSA_P256_SHA_256", "nonsense", "key_type_unsupported"),
        (
            "\"x509Certificate\"",
            "\"publicKey\":{\"rawBytes\":\"AAAA\"},\"x509Certificate\"",
            "request_malformed",
        ),
        ("\"x509Certificate\"", "\"x509_certificate\":{},\"x509Certificate\"", "request_malformed"),
    ] {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good);
        let error = HashedRekord::parse_request(changed.as_bytes()).unwrap_err();
        assert_eq!(error.code(), code, "{from} -> {to}: {error}");
    }
    let huge = format!("{good}{}", " ".repeat(200_000));
    assert_eq!(
        HashedRekord::parse_request(huge.as_bytes()).unwrap_err().code(),
        "document_too_large"
    );
}

#[test]
fn records_that_do_not_verify() {
    let change = |f: fn(&mut HashedRekord)| {
        let mut record = published();
        f(&mut record);
        record.verify().unwrap_err().code()
    };
    assert_eq!(change(|r| r.digest = vec![0; 32].into()), "signature_invalid");
    assert_eq!(change(|r| r.digest = vec![0; 31].into()), "request_malformed");
    assert_eq!(change(|r| r.algorithm = "SHA2_512".into()), "request_malformed");
    assert_eq!(change(|r| r.key_details = "PKIX_ECDSA_P384_SHA_384".into()), "request_malformed");
    assert_eq!(
        change(|r| r.verifier = VerifierBytes::PublicKey(b64(CERTIFICATE))),
        "key_unreadable"
    );
    assert_eq!(
        change(|r| r.verifier = VerifierBytes::Certificate(Bytes::new())),
        "certificate_unreadable"
    );
}

#[test]
fn only_canonical_leaves_are_read() {
    let good = String::from_utf8(published().leaf().to_vec()).unwrap();
    for (from, to) in [
        ("{\"apiVersion\"", "{ \"apiVersion\""),
        ("0.0.2", "0.0.1"),
        ("hashedrekord", "dsse"),
        ("hashedRekordV002", "hashedRekordV0_0_2"),
        ("\"kind\"", "\"more\":1,\"kind\""),
        ("SHA2_256", "SHA2\\u005f256"),
        ("SHA2_256", "SHA2_256\\\",\\\"x\\\":\\\""),
    ] {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good);
        let error = HashedRekord::parse_leaf(changed.as_bytes()).unwrap_err();
        assert_eq!(error.code(), "leaf_malformed", "{from} -> {to}: {error}");
    }
    let url_safe = good.replacen(DIGEST, &DIGEST.replace('+', "-").replace('/', "_"), 1);
    assert_eq!(HashedRekord::parse_leaf(url_safe.as_bytes()).unwrap_err().code(), "bad_base64");
    // An unknown key type can be read, as a follower must, but not verified.
    let other = good.replace("PKIX_ECDSA_P256_SHA_256", "PKIX_ED25519_PH");
    let record = HashedRekord::parse_leaf(other.as_bytes()).unwrap();
    assert_eq!(record.verify().unwrap_err().code(), "key_type_unsupported");
}

/// The shared corpus, where there is one.
fn corpus() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let dir = std::env::var_os("REKINDLE_CORPUS")
        .map_or_else(|| root.join("../shared/corpus"), PathBuf::from)
        .join("bundles");
    dir.is_dir().then_some(dir)
}

/// The stored leaves of kind hashedrekord 0.0.2 in a bundle.
fn stored_leaves(text: &[u8]) -> Vec<Bytes> {
    let Ok(value) = json::parse(text, 64) else { return Vec::new() };
    let Some(entries) = value["verificationMaterial"]["tlogEntries"].as_array() else {
        return Vec::new();
    };
    entries
        .iter()
        .filter(|e| e["kindVersion"]["kind"] == "hashedrekord")
        .filter(|e| e["kindVersion"]["version"] == "0.0.2")
        .map(|e| b64(e["canonicalizedBody"].as_str().unwrap()))
        .collect()
}

#[test]
fn corpus_leaves_are_read_and_printed_back() {
    let Some(dir) = corpus() else {
        println!("skipped: no corpus");
        return;
    };
    let mut seen = 0;
    for folder in std::fs::read_dir(dir.join("conformance")).unwrap() {
        let Ok(text) = std::fs::read(folder.unwrap().path().join("bundle.sigstore.json")) else {
            continue;
        };
        for leaf in stored_leaves(&text) {
            let record = HashedRekord::parse_leaf(&leaf).unwrap();
            assert_eq!(record.leaf(), leaf);
            record.verify().unwrap();
            seen += 1;
        }
    }
    assert!(seen > 0, "the corpus holds no hashedrekord 0.0.2 leaf");
}

#[test]
fn corpus_envelopes_predict_the_leaf_that_the_server_stored() {
    let Some(dir) = corpus() else {
        println!("skipped: no corpus");
        return;
    };
    let local = dir.join("local");
    let key = Verifier::from_pem(&std::fs::read(local.join("key.pub")).unwrap()).unwrap();
    for name in ["v2.sigstore.json", "v2-with-timestamp.sigstore.json"] {
        let text = std::fs::read(local.join(name)).unwrap();
        let parts = read_bundle(&text, &Limits::default()).unwrap();
        assert!(parts.key_hint.is_some() && parts.verifier.is_none());
        let attestation = Attestation::new(parts.envelope, key.clone()).unwrap();
        let record = hashedrekord_v002::from_attestation(&attestation).unwrap();
        assert_eq!(stored_leaves(&text), [record.leaf()], "{name}");
    }
}

/// SHA-256 of the artifact.
const DIGEST: &str = "oM/HEnHW4njlfNMy/5V8P3BD/do1TEy7GQow1W76Ab8=";
/// The raw signature.
const SIGNATURE: &str = concat!(
    "MEYCIQDM0YxJn7VsUc7FvU7SBXelSzFUWewaeQlbhP5mbpVnawIhAPaZ5dns1a38KgelWWCs1SW1lyrXxVz2RtiiFKDO",
    "ELlC",
);
/// The leaf certificate, DER.
const CERTIFICATE: &str = concat!(
    "MIIIMTCCB7egAwIBAgIUJGo5qgyKJj/TX1P23VhIcFW0gi4wCgYIKoZIzj0EAwMwNzEVMBMGA1UEChMMc2lnc3RvcmUu",
    "ZGV2MR4wHAYDVQQDExVzaWdzdG9yZS1pbnRlcm1lZGlhdGUwHhcNMjUwNjEyMTIwMjE2WhcNMjUwNjEyMTIxMjE2WjAA",
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9WKdUhMKYRNGrsqtBl4wwhbuz+RNC1muGGSzMvNHwriIWC55x1KX3DiR",
    "ADCKt38HhBY1CLjnB1Hc3qxtZCrDX6OCBtYwggbSMA4GA1UdDwEB/wQEAwIHgDATBgNVHSUEDDAKBggrBgEFBQcDAzAd",
    "BgNVHQ4EFgQU/2fXeMOxe3bGQ691Q+dusSVoh90wHwYDVR0jBBgwFoAUcYYwphR8Ym/599b0BRp/X//rb6wwgaUGA1Ud",
    "EQEB/wSBmjCBl4aBlGh0dHBzOi8vZ2l0aHViLmNvbS9zaWdzdG9yZS1jb25mb3JtYW5jZS9leHRyZW1lbHktZGFuZ2Vy",
    "b3VzLXB1YmxpYy1vaWRjLWJlYWNvbi8uZ2l0aHViL3dvcmtmbG93cy9leHRyZW1lbHktZGFuZ2Vyb3VzLW9pZGMtYmVh",
    "Y29uLnltbEByZWZzL2hlYWRzL21haW4wOQYKKwYBBAGDvzABAQQraHR0cHM6Ly90b2tlbi5hY3Rpb25zLmdpdGh1YnVz",
    "ZXJjb250ZW50LmNvbTAfBgorBgEEAYO/MAECBBF3b3JrZmxvd19kaXNwYXRjaDA2BgorBgEEAYO/MAEDBCg5NzM5Nzk4",
    "OTQ1YjJhODQ4ZTkxMWJjZjFkZGRiOTcyOThjYWRlMGIxMC0GCisGAQQBg78wAQQEH0V4dHJlbWVseSBkYW5nZXJvdXMg",
    "T0lEQyBiZWFjb24wSQYKKwYBBAGDvzABBQQ7c2lnc3RvcmUtY29uZm9ybWFuY2UvZXh0cmVtZWx5LWRhbmdlcm91cy1w",
    "dWJsaWMtb2lkYy1iZWFjb24wHQYKKwYBBAGDvzABBgQPcmVmcy9oZWFkcy9tYWluMDsGCisGAQQBg78wAQgELQwraHR0",
    "cHM6Ly90b2tlbi5hY3Rpb25zLmdpdGh1YnVzZXJjb250ZW50LmNvbTCBpgYKKwYBBAGDvzABCQSBlwyBlGh0dHBzOi8v",
    "Z2l0aHViLmNvbS9zaWdzdG9yZS1jb25mb3JtYW5jZS9leHRyZW1lbHktZGFuZ2Vyb3VzLXB1YmxpYy1vaWRjLWJlYWNv",
    "bi8uZ2l0aHViL3dvcmtmbG93cy9leHRyZW1lbHktZGFuZ2Vyb3VzLW9pZGMtYmVhY29uLnltbEByZWZzL2hlYWRzL21h",
    "aW4wOAYKKwYBBAGDvzABCgQqDCg5NzM5Nzk4OTQ1YjJhODQ4ZTkxMWJjZjFkZGRiOTcyOThjYWRlMGIxMB0GCisGAQQB",
    "g78wAQsEDwwNZ2l0aHViLWhvc3RlZDBeBgorBgEEAYO/MAEMBFAMTmh0dHBzOi8vZ2l0aHViLmNvbS9zaWdzdG9yZS1j",
    "b25mb3JtYW5jZS9leHRyZW1lbHktZGFuZ2Vyb3VzLXB1YmxpYy1vaWRjLWJlYWNvbjA4BgorBgEEAYO/MAENBCoMKDk3",
    "Mzk3OTg5NDViMmE4NDhlOTExYmNmMWRkZGI5NzI5OGNhZGUwYjEwHwYKKwYBBAGDvzABDgQRDA9yZWZzL2hlYWRzL21h",
    "aW4wGQYKKwYBBAGDvzABDwQLDAk2MzI1OTY4OTcwNwYKKwYBBAGDvzABEAQpDCdodHRwczovL2dpdGh1Yi5jb20vc2ln",
    "c3RvcmUtY29uZm9ybWFuY2UwGQYKKwYBBAGDvzABEQQLDAkxMzE4MDQ1NjMwgaYGCisGAQQBg78wARIEgZcMgZRodHRw",
    "czovL2dpdGh1Yi5jb20vc2lnc3RvcmUtY29uZm9ybWFuY2UvZXh0cmVtZWx5LWRhbmdlcm91cy1wdWJsaWMtb2lkYy1i",
    "ZWFjb24vLmdpdGh1Yi93b3JrZmxvd3MvZXh0cmVtZWx5LWRhbmdlcm91cy1vaWRjLWJlYWNvbi55bWxAcmVmcy9oZWFk",
    "cy9tYWluMDgGCisGAQQBg78wARMEKgwoOTczOTc5ODk0NWIyYTg0OGU5MTFiY2YxZGRkYjk3Mjk4Y2FkZTBiMTAhBgor",
    "BgEEAYO/MAEUBBMMEXdvcmtmbG93X2Rpc3BhdGNoMIGCBgorBgEEAYO/MAEVBHQMcmh0dHBzOi8vZ2l0aHViLmNvbS9z",
    "aWdzdG9yZS1jb25mb3JtYW5jZS9leHRyZW1lbHktZGFuZ2Vyb3VzLXB1YmxpYy1vaWRjLWJlYWNvbi9hY3Rpb25zL3J1",
    "bnMvMTU2MDk4NzcwODYvYXR0ZW1wdHMvMTAWBgorBgEEAYO/MAEWBAgMBnB1YmxpYzCBiQYKKwYBBAHWeQIEAgR7BHkA",
    "dwB1ACswvNxoiMni4dgmKV50H0g5MZYC8pwzy15DQP6yrIZ6AAABl2QE9+oAAAQDAEYwRAIgcMDyOAyLXLPjZqFcfQgM",
    "vctTQo8lhUXYyU1cQDfWyy0CIB9ybqPHF1jY9pbZMHYUJd2gPtapR90L/RYQIo2SdI7NMAoGCCqGSM49BAMDA2gAMGUC",
    "MASvG7iyBIiTLy+l5YjKtSs43sNA0lg7JM/oJXwk/20B26P5Yl6SBKOHypGeoM28EAIxAOkdwVfpMuDU32aAf61O4CA1",
    "c4Sr1CjCuRmfQ3NfcxYzNTPmtTGwZuIDjKj29ZRBWA==",
);
