//! Envelopes, bundles, lists, lines; unknown types; limits; what is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rekindle_extract::{ExtractError, Limits, explain, extract, extract_document};
use rekindle_hints::{Coverage, Family, Hints};
use serde_json::{Value, json};

fn read(document: &Value) -> Hints {
    extract_document(document.to_string().as_bytes(), &Limits::default()).unwrap()
}

fn vex(id: &str) -> Value {
    json!({"@context": "https://openvex.dev/ns/v0.2.0", "statements": [
        {"vulnerability": {"name": id}, "products": [{"@id": "pkg:npm/a@1"}], "status": "affected"}]})
}

fn envelope(payload: &[u8]) -> Value {
    json!({"payloadType": "application/vnd.in-toto+json", "payload": STANDARD.encode(payload), "signatures": []})
}

fn statement(predicate_type: &str, predicate: &Value) -> Value {
    json!({"type": "https://in-toto.io/Statement/v1", "predicate_type": predicate_type, "predicate": predicate,
        "subject": [{"name": "git+https://example.com/r", "digest": {"sha1": "a".repeat(40)}}]})
}

#[test]
fn every_wrapping_gives_the_same_hints() {
    let bare = read(&vex("CVE-2026-0001"));
    let envelope = envelope(vex("CVE-2026-0001").to_string().as_bytes());
    let bundle = json!({"mediaType": "x", "dsseEnvelope": envelope});
    for wrapped in
        [envelope, bundle.clone(), json!({"attestations": [{"bundle": bundle}]}), json!([bundle])]
    {
        assert_eq!(read(&wrapped), bare, "{wrapped}");
    }
    let with_bom = format!("\u{feff}{}", vex("CVE-2026-0001"));
    assert_eq!(extract_document(with_bom.as_bytes(), &Limits::default()).unwrap(), bare);
}

#[test]
fn lines_and_lists_are_united() {
    let lines = format!("{}\n\n{}\r\n", vex("CVE-2026-0001"), vex("CVE-2026-0002"));
    let united = extract_document(lines.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(united.vulnerabilities.len(), 2);
    assert_eq!(united.coverage.vulnerability, Coverage::Complete);
    assert_eq!(united, read(&vex("CVE-2026-0001")).union(read(&vex("CVE-2026-0002"))));
    let mixed = format!("{}\n{}", vex("CVE-2026-0001"), json!({"what": "else"}));
    let mixed = extract_document(mixed.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(
        (mixed.predicate.family, mixed.coverage.product),
        (Family::Other, Coverage::Unknown)
    );
    assert_eq!(read(&json!({"attestations": []})), Hints::unknown(""));
}

#[test]
fn unknown_types_give_their_subjects() {
    let hints = read(&statement("https://example.com/poem/v1", &json!({"roses": "red"})));
    insta::assert_snapshot!(hints.to_json(), @r#"{"artifactDigests":["gitCommit:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","sha1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],"components":[],"coverage":{"digest":"partial","product":"unknown","vulnerability":"unknown"},"detectedBy":"predicateType","extractor":1,"family":"other","materialDigests":[],"mayAffectDecision":true,"predicateType":"https://example.com/poem/v1","productKeys":[],"schema":"rekindle.hints/1","statuses":[],"vulnerabilityIds":[]}"#);
    assert_eq!(read(&statement("", &Value::Null)).predicate.family, Family::Other);
    let summary = read(&statement("https://slsa.dev/verification_summary/v1", &json!({})));
    assert_eq!(
        (summary.predicate.family, summary.coverage.vulnerability),
        (Family::Verdict, Coverage::Unknown)
    );
    assert_eq!(read(&json!([1, 2])).coverage.product, Coverage::Unknown);
}

#[test]
fn content_is_recognised_under_any_type() {
    let text = vex("CVE-2026-0001").to_string();
    for predicate in [
        vex("CVE-2026-0001"),
        json!({"Data": text, "Timestamp": "x"}),
        json!({"Data": STANDARD.encode(&text)}),
        json!(text),
    ] {
        for ty in ["https://cosign.sigstore.dev/attestation/v1", "https://cyclonedx.org/bom"] {
            let hints = read(&statement(ty, &predicate));
            assert_eq!(hints.vulnerabilities.len(), 1, "{ty} {predicate}");
            assert_eq!(hints.predicate.family, Family::Vex);
            assert_eq!(hints.predicate.detected_by.as_str(), "content");
            assert_eq!(&*hints.predicate.uri, ty);
        }
    }
    let tag_value = read(&statement(
        "https://cosign.sigstore.dev/attestation/v1",
        &json!("SPDXVersion: SPDX-2.3\n"),
    ));
    assert_eq!(tag_value.predicate.family, Family::Sbom);
    assert_eq!(tag_value.coverage.product, Coverage::Unknown);
}

#[test]
fn a_message_signature_gives_its_digest() {
    let bundle = json!({"messageSignature": {"messageDigest": {"algorithm": "SHA2_256", "digest": STANDARD.encode([7; 32])}}});
    let hints = read(&bundle);
    assert_eq!(
        hints.artifacts.iter().next().unwrap().as_str(),
        format!("sha256:{}", "07".repeat(32))
    );
    assert_eq!(hints.predicate.family, Family::Signature);
}

#[test]
fn limits_lower_the_coverage() {
    let limits = Limits { max_nodes: 3, max_subjects: 1, ..Limits::default() };
    let many = json!({"bomFormat": "CycloneDX", "components": [{"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}]});
    let cut = extract_document(many.to_string().as_bytes(), &limits).unwrap();
    assert_eq!(cut.products.len(), 3);
    assert_eq!(cut.coverage.product, Coverage::Partial);
    let subjects = json!({"predicateType": "https://in-toto.io/attestation/vulns", "predicate": {"scanner": {}},
        "subject": [{"digest": {"sha256": "1".repeat(64)}}, {"digest": {"sha256": "2".repeat(64)}}]});
    let cut = extract_document(subjects.to_string().as_bytes(), &limits).unwrap();
    assert_eq!((cut.artifacts.len(), cut.coverage.digest), (1, Coverage::Partial));
    insta::assert_snapshot!(explain(&cut).join("\n"), @"
    family scan (https://in-toto.io/attestation/vulns), found by its predicate type
    0 vulnerability ids, complete: there are none, so such interests are not woken
    0 product keys, partial: something may be missing, so nothing is excluded
    0 component names, partial: something may be missing, so nothing is excluded
    1 artifact digests, partial: something may be missing, so nothing is excluded
    0 material digests, partial: something may be missing, so nothing is excluded
    statuses: none; may change a decision
    stopped, more subjects than the limit at subject[]: 1 times
    ");
}

#[test]
fn bad_input_is_refused() {
    let code = |bytes: &[u8], limits: &Limits| {
        extract_document(bytes, limits).map_err(|error| error.code())
    };
    let limits = Limits::default();
    assert_eq!(code(b"", &limits), Err("document_not_json"));
    assert_eq!(code(b"{\"a\":1,\"a\":2}", &limits), Err("document_not_json"));
    assert_eq!(code(b"{}\nnonsense", &limits), Err("document_not_json"));
    assert_eq!(code(b"\xff", &limits), Err("document_not_json"));
    let deep = "[".repeat(200) + &"]".repeat(200);
    assert_eq!(code(deep.as_bytes(), &limits), Err("document_not_json"));
    let small = Limits { max_document: 40, ..limits };
    assert_eq!(code(&[b' '; 100], &small), Err("document_too_large"));
    assert_eq!(
        code(&vex("CVE-2026-0001").to_string().as_bytes()[..70], &small),
        Err("document_not_json")
    );
    assert_eq!(
        code(format!("{{\"a\":\"{}\"}}", "b".repeat(50)).as_bytes(), &small),
        Err("document_too_large")
    );
    assert_eq!(code(br#"{"payloadType":"x","payload":"*"}"#, &limits), Err("bad_base64"));
    let error = extract("application/json", b"{", &limits).unwrap_err();
    assert!(matches!(error, ExtractError::NotJson { what: "payload", .. }), "{error}");
    let text = extract("text/plain", b"hello", &limits).unwrap();
    assert_eq!(text.coverage.product, Coverage::Unknown);
    assert_eq!(extract("", b"", &limits).unwrap().coverage.digest, Coverage::Partial);
}
