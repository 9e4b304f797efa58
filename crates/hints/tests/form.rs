//! The JSON form: exact text, round trip, digest, union, and what is refused.

use rekindle_hints::{
    Component, Coverage, DetectedBy, Digest, Family, Hints, PerDimension, Predicate, ProductKey,
    SkipReason, Skipped, Status, VulnId,
};
use serde_json::json;

fn sample() -> Hints {
    Hints {
        predicate: Predicate {
            uri: "https://openvex.dev/ns/v0.2.0".into(),
            family: Family::Vex,
            detected_by: DetectedBy::PredicateType,
        },
        vulnerabilities: ["GHSA-2ABC-f4gh-j5mm", "cve-2026-0001"]
            .into_iter()
            .map(|id| VulnId::parse(id).unwrap())
            .collect(),
        products: std::iter::once(ProductKey::parse("pkg:deb/Debian/OpenSSL@3").unwrap()).collect(),
        components: std::iter::once(Component::parse("openssl").unwrap()).collect(),
        artifacts: std::iter::once(Digest::new("SHA-256", &"1".repeat(64)).unwrap()).collect(),
        statuses: [Status::NotAffected, Status::Affected].into_iter().collect(),
        coverage: PerDimension::all(Coverage::Complete),
        ..Hints::unknown("")
    }
}

#[test]
fn canonical_text_is_fixed() {
    insta::assert_snapshot!(String::from_utf8(sample().canonical()).unwrap(), @r#"{"artifactDigests":["sha256:1111111111111111111111111111111111111111111111111111111111111111"],"components":["openssl"],"coverage":{"digest":"complete","product":"complete","vulnerability":"complete"},"detectedBy":"predicateType","extractor":1,"family":"vex","materialDigests":[],"mayAffectDecision":true,"predicateType":"https://openvex.dev/ns/v0.2.0","productKeys":["pkg:deb/debian/openssl@3"],"schema":"rekindle.hints/1","statuses":["affected","not_affected"],"vulnerabilityIds":["CVE-2026-0001","GHSA-2abc-f4gh-j5mm"]}"#);
    insta::assert_snapshot!(hex::encode(sample().digest()), @"8b2f8a08a86823307d06b26e3310d6e3ccc46f0775bd274b525a9120797f3c5c");
}

#[test]
fn unknown_hints_exclude_nothing() {
    insta::assert_snapshot!(Hints::unknown("https://example.com/x").to_json(), @r#"{"artifactDigests":[],"components":[],"coverage":{"digest":"partial","product":"unknown","vulnerability":"unknown"},"detectedBy":"predicateType","extractor":1,"family":"other","materialDigests":[],"mayAffectDecision":true,"predicateType":"https://example.com/x","productKeys":[],"schema":"rekindle.hints/1","statuses":[],"vulnerabilityIds":[]}"#);
}

#[test]
fn the_form_reads_back() {
    let mut hints = sample();
    assert_eq!(Hints::from_json(&hints.to_json()).unwrap(), hints);
    hints.skipped =
        vec![Skipped { place: "subject[].digest".into(), reason: SkipReason::BadDigest, count: 2 }];
    let json = hints.to_json();
    assert_eq!(
        json["skipped"],
        json!([{"place": "subject[].digest", "reason": "bad_digest", "count": 2}])
    );
    assert_eq!(Hints::from_json(&json).unwrap(), hints);
}

#[test]
fn order_of_values_does_not_change_the_digest() {
    let mut json = sample().to_json();
    json["vulnerabilityIds"] = json!(["GHSA-2abc-f4gh-j5mm", "CVE-2026-0001", "CVE-2026-0001"]);
    json["truncated"] = json!({"ignored": true});
    assert_eq!(Hints::from_json(&json).unwrap().digest(), sample().digest());
}

#[test]
fn union_takes_all_values_and_the_lesser_coverage() {
    let mut other = Hints::unknown("https://example.com/x");
    other.vulnerabilities.insert(VulnId::parse("CVE-2026-0002").unwrap());
    let skipped = |count| Skipped { place: "x".into(), reason: SkipReason::BadId, count };
    other.skipped = vec![skipped(1)];
    let mut first = sample();
    first.skipped = vec![skipped(2)];
    first.may_affect_decision = false;
    let union = first.union(other.clone());
    assert_eq!(union.vulnerabilities.len(), 3);
    assert_eq!(union.skipped, [skipped(3)]);
    assert_eq!(union.coverage, other.coverage);
    assert_eq!((&*union.predicate.uri, union.predicate.family), ("", Family::Other));
    assert!(union.may_affect_decision);
    assert_eq!(sample().union(sample()), sample());
}

#[test]
fn what_is_no_hints_is_refused() {
    let codes: Vec<_> = [
        ("schema", json!("rekindle.hints/9")),
        ("family", json!("poem")),
        ("extractor", json!(70_000)),
        ("coverage", json!({"vulnerability": "complete", "product": "most", "digest": "complete"})),
        ("components", json!([1])),
        ("components", json!([""])),
        ("artifactDigests", json!(null)),
        ("statuses", json!(["exploitable"])),
        ("mayAffectDecision", json!("yes")),
        ("skipped", json!([{"place": "x"}])),
    ]
    .into_iter()
    .map(|(member, value)| {
        let mut json = sample().to_json();
        json[member] = value;
        let error = Hints::from_json(&json).unwrap_err();
        format!("{}: {error}", error.code())
    })
    .collect();
    insta::assert_snapshot!(codes.join("\n"), @"
    hints_schema: schema is `rekindle.hints/9`, this version reads `rekindle.hints/1`; use the version that wrote it
    hints_member: member `family` is `poem`, expected one of the words of the schema; make the hints again from the attestation
    hints_member: member `extractor` is 70000, expected a number from 0 to 65535; make the hints again from the attestation
    hints_member: member `product` is `most`, expected one of the words of the schema; make the hints again from the attestation
    hints_member: member `components` is a list, expected a list of strings; make the hints again from the attestation
    hints_value: a value of `components` is refused: the component name is empty; leave it out instead
    hints_member: member `artifactDigests` is null, expected a list of strings; make the hints again from the attestation
    hints_member: member `statuses` is a list, expected canonical statuses; make the hints again from the attestation
    hints_member: member `mayAffectDecision` is `yes`, expected a boolean; make the hints again from the attestation
    hints_member: member `reason` is missing, expected a string; make the hints again from the attestation
    ");
}
