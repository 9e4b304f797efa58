//! Every bad input that the door may see ends in a typed error with its code, in bounded time
//! and memory.

use std::time::{Duration, Instant};

use bytes::Bytes;
use rekindle_attestation::body::hashedrekord_v002;
use rekindle_attestation::{Attestation, Envelope, Limits, Verifier, read_bundle};

const KEY: &[u8] = include_bytes!("fixtures/p256.pub.pem");
const CERTIFICATE: &str = include_str!("fixtures/certificate.pem");
/// Over the PAE of `{}` as `application/json`, made with the key of both fixtures.
const SIGNATURE: &str = "MEYCIQDe7NOAl9ErWYh9+5z5dm/hp0cIyDb13s7CJJ5YtleiNQIhAKyKVe49DIXtylY4tDY7baUAhc4PGfnBE/bTBDUM3sBn";

fn envelope(signatures: &str) -> String {
    format!(r#"{{"payload":"e30=","payloadType":"application/json","signatures":[{signatures}]}}"#)
}

fn good() -> String {
    envelope(&format!(r#"{{"sig":"{SIGNATURE}","keyid":"k1"}}"#))
}

fn read(text: impl Into<Bytes>) -> Result<Envelope, &'static str> {
    Envelope::parse(text.into(), &Limits::default()).map_err(|e| e.code())
}

fn code(text: impl Into<Bytes>) -> &'static str {
    read(text).expect_err("must be refused")
}

fn key() -> Verifier {
    Verifier::from_pem(KEY).unwrap()
}

#[test]
fn a_good_envelope_is_taken() {
    let parsed = read(good()).unwrap();
    assert_eq!(parsed.key_hint(), Some("k1"));
    let attestation = Attestation::new(parsed, key()).unwrap();
    assert_eq!(attestation.payload(), Some(&b"{}"[..]));
    assert_eq!(attestation.payload_type(), Some("application/json"));
    assert_eq!(attestation.pae().as_ref(), b"DSSEv1 16 application/json 2 {}");
    assert_eq!(attestation.raw().as_ref(), good().as_bytes());
    // Pinned by a second implementation: ids are stored and must never change.
    let id = "att-f38529c4f5e569d0aad0ca0ef2a38bd81c124f7ba5390b8068def38d45a2855d";
    assert_eq!(attestation.id().to_string(), id);
}

#[test]
fn white_space_and_key_ids_make_no_second_attestation() {
    let one = Attestation::new(read(good()).unwrap(), key()).unwrap();
    let spaced = format!(
        "{{ \"signatures\" : [ {{ \"sig\":\"{SIGNATURE}\" }} ],\n \"payloadType\":\"application/json\", \"payload\":\"e30=\", \"more\": [1] }}"
    );
    let two = Attestation::new(read(spaced).unwrap(), key()).unwrap();
    assert_eq!(one.id(), two.id());
    let certificate = Verifier::from_pem(CERTIFICATE.as_bytes()).unwrap();
    let three = Attestation::new(read(good()).unwrap(), certificate).unwrap();
    assert_ne!(one.id(), three.id());
}

#[test]
fn json_that_is_not_strict() {
    assert_eq!(code("hello"), "not_json");
    assert_eq!(code(""), "not_json");
    assert_eq!(code(good() + "x"), "not_json");
    assert_eq!(code(format!("\u{feff}{}", good())), "not_json");
    assert_eq!(code(&b"{\"payload\":\"\xff\"}"[..]), "not_utf8");
    assert_eq!(
        code(good().replace("\"payload\"", "\"payload\":\"\",\"payload\"")),
        "duplicate_key"
    );
    assert_eq!(code(envelope(r#"{"sig":"AAAA","\u0073ig":"AAAA"}"#)), "duplicate_key");
}

#[test]
fn one_hundred_thousand_levels() {
    let started = Instant::now();
    for open in ["[", "{\"a\":", "[{\"a\":"] {
        assert_eq!(code(open.repeat(100_000)), "too_deep");
        let inside = good().replacen('{', &format!("{{\"x\":{},", open.repeat(100_000)), 1);
        assert_eq!(code(inside), "too_deep");
    }
    assert_eq!(
        read_bundle("[".repeat(100_000).as_bytes(), &Limits::default()).unwrap_err().code(),
        "too_deep"
    );
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_payload_of_one_hundred_megabytes() {
    let huge = good().replace("e30=", &"A".repeat(100 << 20));
    let started = Instant::now();
    assert_eq!(
        read_bundle(huge.as_bytes(), &Limits::default()).unwrap_err().code(),
        "document_too_large"
    );
    assert_eq!(code(huge), "document_too_large");
    assert!(started.elapsed() < Duration::from_secs(1));
    // The bound is on decoded bytes: exactly the limit is taken, one more is not.
    let limits = Limits { max_document: 4, ..Limits::default() };
    for (payload, expected) in [("AAAAAA==", None), ("AAAAAAA=", Some("document_too_large"))] {
        let result = Envelope::parse(good().replace("e30=", payload).into(), &limits);
        assert_eq!(result.err().map(|e| e.code()), expected);
    }
}

#[test]
fn many_values_cost_little() {
    let text = good().replacen('{', &format!("{{\"x\":[{}0],", "{\"\":0},".repeat(1_000_000)), 1);
    assert_eq!(code(text), "too_many_values");
}

#[test]
fn shapes_that_are_no_envelope() {
    for text in [
        "{}",
        "[]",
        "null",
        "\"x\"",
        r#"{"payload":"","payloadType":"t","signatures":{}}"#,
        r#"{"payload":"","payloadType":1,"signatures":[{"sig":"AAAA"}]}"#,
        r#"{"payload":null,"payloadType":"t","signatures":[{"sig":"AAAA"}]}"#,
        r#"{"payloadType":"t","signatures":[{"sig":"AAAA"}]}"#,
    ] {
        assert_eq!(code(text), "envelope_malformed", "{text}");
    }
    for signature in ["1", "{}", r#"{"sig":""}"#, r#"{"sig":1}"#, r#"{"sig":"AAAA","keyid":1}"#] {
        assert_eq!(code(envelope(signature)), "envelope_malformed", "{signature}");
    }
}

#[test]
fn signatures_none_many_and_wrong_base64() {
    assert_eq!(code(envelope("")), "no_signatures");
    assert_eq!(code(r#"{"payload":"","payloadType":"t"}"#), "no_signatures");
    let one = format!(r#"{{"sig":"{SIGNATURE}"}}"#);
    assert_eq!(code(envelope(&vec![one.as_str(); 17].join(","))), "too_many_signatures");
    for bad in ["AAA", "AA A", "AAAA\\n", "A-+A", "AB==", "é"] {
        assert_eq!(code(envelope(&format!(r#"{{"sig":"{bad}"}}"#))), "bad_base64", "{bad}");
        assert_eq!(code(good().replace("e30=", bad)), "bad_base64", "{bad}");
    }
    // The URL-safe alphabet is allowed by DSSE.
    let url_safe = SIGNATURE.replace('+', "-").replace('/', "_");
    assert_eq!(
        read(good().replace(SIGNATURE, &url_safe)).unwrap().signatures,
        read(good()).unwrap().signatures
    );
}

#[test]
fn a_signature_that_does_not_verify() {
    for changed in [
        good().replace("e30=", "e30K"),
        good().replace("application/json", "application/xml"),
        good().replace("MEYC", "MEYD"),
        envelope(r#"{"sig":"AAAA"}"#),
        // Every signature must verify, not only the first.
        envelope(&format!(r#"{{"sig":"{SIGNATURE}"}},{{"sig":"AAAA"}}"#)),
    ] {
        let error = Attestation::new(read(changed).unwrap(), key()).unwrap_err();
        assert_eq!(error.code(), "signature_invalid");
    }
    let mut none = read(good()).unwrap();
    none.signatures.clear();
    assert_eq!(Attestation::new(none, key()).unwrap_err().code(), "no_signatures");
}

#[test]
fn two_signatures_cannot_go_into_a_v2_log() {
    let two = envelope(&format!(r#"{{"sig":"{SIGNATURE}"}},{{"sig":"{SIGNATURE}"}}"#));
    let attestation = Attestation::new(read(two).unwrap(), key()).unwrap();
    let error = hashedrekord_v002::from_attestation(&attestation).unwrap_err();
    assert_eq!(error.code(), "too_many_signatures");
    assert!(error.to_string().contains("2 signatures, 1 allowed in a hashedrekord 0.0.2 entry"));
}

fn bundle(material: &str) -> String {
    format!(
        r#"{{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{{{material},"tlogEntries":[]}},"dsseEnvelope": {} }}"#,
        good()
    )
}

#[test]
fn bundles_give_their_parts() {
    let body: String = CERTIFICATE.lines().filter(|l| !l.starts_with("---")).collect();
    let limits = Limits::default();
    for material in [
        format!(r#""certificate":{{"rawBytes":"{body}"}}"#),
        format!(r#""x509CertificateChain":{{"certificates":[{{"rawBytes":"{body}"}}]}}"#),
    ] {
        let parts = read_bundle(bundle(&material).as_bytes(), &limits).unwrap();
        assert_eq!(parts.envelope.raw.as_ref(), good().as_bytes());
        assert!(Attestation::new(parts.envelope, parts.verifier.unwrap()).is_ok());
    }
    let parts = read_bundle(bundle(r#""publicKey":{"hint":"h"}"#).as_bytes(), &limits).unwrap();
    assert_eq!((parts.key_hint.as_deref(), parts.verifier), (Some("h"), None));
    // Deep unknown fields beside the envelope are skipped without recursion trouble.
    let deep = format!(r#""x":{}{},"publicKey":{{}}"#, "[".repeat(126), "]".repeat(126));
    assert!(read_bundle(bundle(&deep).as_bytes(), &limits).is_ok());
}

#[test]
fn bundles_that_cannot_be_used() {
    let hint = r#""publicKey":{"hint":"h"}"#;
    let raw = |text: &str| format!(r#""certificate":{{"rawBytes":"{text}"}}"#);
    for (text, expected) in [
        (bundle(hint).replace("v0.3", "v9.9"), "bundle_malformed"),
        (bundle(hint).replace("dsseEnvelope", "messageSignature"), "bundle_malformed"),
        (bundle(&format!(r#"{hint},"certificate":{{"rawBytes":""}}"#)), "bundle_malformed"),
        (bundle(r#""other":1"#), "bundle_malformed"),
        (bundle(r#""x509CertificateChain":{"certificates":[]}"#), "bundle_malformed"),
        (bundle(r#""publicKey":{"hint":1}"#), "bundle_malformed"),
        (bundle(&raw("AAAA")), "certificate_unreadable"),
        (bundle(&raw("AAA")), "bad_base64"),
        (good(), "bundle_malformed"),
        ("[]".into(), "bundle_malformed"),
        (bundle(hint).replace("e30=", "!"), "bad_base64"),
    ] {
        let error = read_bundle(text.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(error.code(), expected, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn a_flipped_byte_never_panics_and_never_verifies_as_another(at in 0usize..200, bit in 0u8..8) {
        let mut text = good().into_bytes();
        let at = at % text.len();
        text[at] ^= 1 << bit;
        let id = Attestation::new(read(good()).unwrap(), key()).unwrap().id();
        if let Ok(changed) = read(text) && let Ok(attestation) = Attestation::new(changed, key()) {
            proptest::prop_assert_eq!(attestation.id(), id);
        }
    }
}
