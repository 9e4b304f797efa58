//! One small document per format, and the exact hints that it gives.

use rekindle_extract::{Limits, extract, extract_document};
use serde_json::{Value, json};

fn hints(document: &Value) -> Value {
    extract_document(document.to_string().as_bytes(), &Limits::default()).unwrap().to_json()
}

/// The hints without the members that are empty, for reading.
fn shown(document: &Value) -> String {
    let mut hints = hints(document);
    let object = hints.as_object_mut().unwrap();
    object.retain(|key, value| key != "schema" && key != "extractor" && *value != json!([]));
    let lines: Vec<_> = object.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    lines.join("\n")
}

fn statement(predicate_type: &str, predicate: &Value) -> Value {
    json!({"_type": "https://in-toto.io/Statement/v1", "predicateType": predicate_type,
        "subject": [{"name": "registry.example.com/shop/api", "digest": {"sha256": "1".repeat(64)}}],
        "predicate": predicate})
}

#[test]
fn the_synthetic_example_comes_out_exactly() {
    let digest = "1".repeat(64);
    let document = json!({"_type":"https://in-toto.io/Statement/v1","predicateType":"https://openvex.dev/ns/v0.2.0",
        "subject":[{"name":"registry.example.com/shop/api","digest":{"sha256":digest}}],
        "predicate":{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.com/vex/7","author":"sec@example.com",
            "timestamp":"2026-08-01T10:00:00+02:00","version":3,
            "statements":[{"vulnerability":{"name":"cve-2026-0001","aliases":["GHSA-2ABC-f4gh-j5mm"]},
                "products":[{"@id":"pkg:OCI/api?tag=v2&repository_url=registry.example.com/shop/api",
                    "subcomponents":[{"@id":"pkg:deb/Debian/OpenSSL@3.0.11-1?arch=amd64"}]}],
                "status":"not_affected","justification":"vulnerable_code_not_present"}]}});
    let expected = json!({"schema":"rekindle.hints/1","extractor":1,"predicateType":"https://openvex.dev/ns/v0.2.0",
        "family":"vex","detectedBy":"predicateType",
        "vulnerabilityIds":["CVE-2026-0001","GHSA-2abc-f4gh-j5mm"],
        "productKeys":["pkg:deb/debian/openssl@3.0.11-1?arch=amd64","pkg:oci/api?repository_url=registry.example.com%2Fshop%2Fapi&tag=v2"],
        "components":["api","openssl"],"artifactDigests":[format!("sha256:{digest}")],"materialDigests":[],
        "statuses":["not_affected"],"mayAffectDecision":true,
        "coverage":{"vulnerability":"complete","product":"complete","digest":"complete"}});
    assert_eq!(hints(&document), expected);
    let payload = document.to_string();
    let direct =
        extract("application/vnd.in-toto+json", payload.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(direct.to_json(), expected);
}

#[test]
fn openvex_of_the_first_version() {
    insta::assert_snapshot!(shown(&json!({"@context": "https://openvex.dev/ns", "version": "1", "statements": [
        {"vulnerability": "CVE-2023-1255", "products": ["pkg:apk/wolfi/git@2.39"], "subcomponents": ["pkg:apk/wolfi/libcrypto3"],
         "status": "fixed"},
        {"vulnerability": {"@id": "https://nvd.nist.gov/vuln/detail/CVE-2019-17571"}, "products": [{"@id": "https://example.com/p",
          "identifiers": {"cpe23": "cpe:2.3:a:x:lib:1:*:*:*:*:*:*:*", "purl": "pkg:npm/@a/b"},
          "hashes": {"sha-256": "2".repeat(64), "md5": "short"}}], "status": "strange"}]})), @r#"
    artifactDigests: ["sha256:2222222222222222222222222222222222222222222222222222222222222222"]
    components: ["b","git","lib","libcrypto3"]
    coverage: {"digest":"partial","product":"complete","vulnerability":"complete"}
    detectedBy: "content"
    family: "vex"
    mayAffectDecision: true
    predicateType: ""
    productKeys: ["cpe:2.3:a:x:lib:1:*:*:*:*:*:*:*","iri:https://example.com/p","pkg:apk/wolfi/git@2.39","pkg:apk/wolfi/libcrypto3","pkg:npm/%40a/b"]
    skipped: [{"count":1,"place":"statements[].products[].hashes","reason":"bad_digest"}]
    statuses: ["fixed","unknown"]
    vulnerabilityIds: ["CVE-2019-17571","CVE-2023-1255"]
    "#);
}

#[test]
fn openvex_statements_about_other_packages_are_ignored() {
    let document = |subject: &str, product: &str| {
        json!({"_type": "https://in-toto.io/Statement/v1", "predicateType": "https://openvex.dev/ns",
            "subject": [{"name": subject, "digest": {}}],
            "predicate": {"@context": "https://openvex.dev/ns/v0.2.0", "statements": [
                {"vulnerability": {"name": "CVE-2026-0001"}, "products": [{"@id": product}], "status": "affected"}]}})
    };
    let found = |subject, product| {
        hints(&document(subject, product))["vulnerabilityIds"].as_array().unwrap().len()
    };
    assert_eq!(found("pkg:npm/a@1", "pkg:npm/b@1"), 0);
    assert_eq!(found("pkg:npm/a@1", "pkg:npm/a@2"), 0);
    assert_eq!(found("pkg:npm/a@1", "pkg:npm/A@1"), 1, "npm is compared case-folded");
    assert_eq!(found("pkg:npm/a@1", "pkg:npm/a"), 1, "no version contradicts none");
    assert_eq!(found("registry.example.com/a", "pkg:npm/b@1"), 1, "an image cannot be compared");
    assert_eq!(
        hints(&document("pkg:npm/a@1", "pkg:npm/b@1"))["coverage"]["vulnerability"],
        "complete"
    );
}

#[test]
fn openvex_dialect_is_read_with_doubt() {
    insta::assert_snapshot!(shown(&json!({"context": "https://openvex.dev/ns/v0.2.0", "statements": [
        {"vulnerability": {"name": "CVE-123"}, "products": [{"@id": "pkg:npm/a", "subcomponents": [{"product": "pkg:npm/b"}]}],
         "status": "under_investigation"}]})), @r#"
    components: ["a","b"]
    coverage: {"digest":"partial","product":"partial","vulnerability":"partial"}
    detectedBy: "content"
    family: "vex"
    mayAffectDecision: true
    predicateType: ""
    productKeys: ["pkg:npm/a","pkg:npm/b"]
    skipped: [{"count":1,"place":"statements[].vulnerability","reason":"malformed"}]
    statuses: ["under_investigation"]
    vulnerabilityIds: ["other:CVE-123"]
    "#);
}

#[test]
fn cyclonedx_inventory() {
    insta::assert_snapshot!(shown(&statement("cyclonedx.org/bom/v1.4?x#y", &json!({"Data": {"bomFormat": "CycloneDX", "metadata": {
        "component": {"name": "shop", "version": "1", "group": "example"},
        "tools": {"components": [{"name": "tool", "purl": "pkg:npm/tool@1"}]}},
        "components": [
            {"bom-ref": "a", "name": "OpenSSL", "purl": "pkg:deb/debian/openssl@3", "cpe": "cpe:/a:openssl:openssl:3",
             "hashes": [{"alg": "SHA-1", "content": "a".repeat(40)}, {"alg": "SHA-256", "content": "zz"}],
             "components": [{"name": "inner", "swid": {"tagId": "t 1"}, "swhid": ["swh:1:cnt:94a9ed024d3859793618152ea559a168bbcbb5e2"]}],
             "pedigree": {"ancestors": [{"name": "old", "purl": "pkg:generic/old", "hashes": [{"alg": "MD5", "content": "b".repeat(32)}]}]},
             "externalReferences": [{"url": "https://example.com", "hashes": [{"alg": "SHA3-256", "content": "c".repeat(64)}]}]},
            {"name": "broken", "purl": "pkg:"}]}, "Timestamp": "2026-01-01T00:00:00Z"}))), @r#"
    artifactDigests: ["md5:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","sha1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","sha256:1111111111111111111111111111111111111111111111111111111111111111","sha3_256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"]
    components: ["OpenSSL","broken","inner","openssl","shop"]
    coverage: {"digest":"partial","product":"partial","vulnerability":"complete"}
    detectedBy: "predicateType"
    family: "sbom"
    mayAffectDecision: true
    predicateType: "cyclonedx.org/bom/v1.4?x#y"
    productKeys: ["cpe:2.3:a:openssl:openssl:3:*:*:*:*:*:*:*","example/shop@1","other:pkg:","pkg:deb/debian/openssl@3","swh:1:cnt:94a9ed024d3859793618152ea559a168bbcbb5e2","swid:t%201"]
    skipped: [{"count":1,"place":"components[]","reason":"malformed"},{"count":1,"place":"components[].hashes","reason":"bad_digest"}]
    "#);
}

#[test]
fn cyclonedx_vex() {
    insta::assert_snapshot!(shown(&json!({"bomFormat": "CycloneDX", "serialNumber": "urn:uuid:3E671687-395B-41F5-A30F-A58921A69B79", "version": 1,
        "metadata": {"component": {"bom-ref": "root", "name": "shop", "purl": "pkg:npm/shop@1"}},
        "vulnerabilities": [
            {"id": "cve-2026-0001", "references": [{"id": "GHSA-xxxx-xxxx-xxxx"}], "analysis": {"state": "in_triage"},
             "affects": [{"ref": "root", "versions": [{"version": "1", "status": "unaffected"}]},
                {"ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#root"}, {"ref": "pkg:npm/other@2"}]},
            {"id": "CVE-2026-0002", "affects": [{"ref": "urn:cdx:00000000-395b-41f5-a30f-a58921a69b79/1#x"}, {"ref": "gone"}]}]})), @r#"
    components: ["other","shop"]
    coverage: {"digest":"complete","product":"partial","vulnerability":"complete"}
    detectedBy: "content"
    family: "vex"
    mayAffectDecision: true
    predicateType: ""
    productKeys: ["pkg:npm/other@2","pkg:npm/shop@1","urn:cdx:00000000-395b-41f5-a30f-a58921a69b79/1#x"]
    skipped: [{"count":2,"place":"vulnerabilities[].affects[]","reason":"unresolved"}]
    statuses: ["not_affected","under_investigation","unknown"]
    vulnerabilityIds: ["CVE-2026-0001","CVE-2026-0002","GHSA-xxxx-xxxx-xxxx"]
    "#);
}

#[test]
fn slsa_provenance_of_all_versions() {
    let commit = "d".repeat(40);
    insta::assert_snapshot!(shown(&statement("https://slsa.dev/provenance/v0.2", &json!({"builder": {"id": "b"},
        "invocation": {"configSource": {"uri": "git+https://example.com/r@refs/heads/main", "digest": {"sha1": commit}}},
        "materials": [{"uri": "pkg:docker/base@v1", "digest": {"sha256": "2".repeat(64)}},
            {"uri": "pkg:oci/x@sha256:".to_owned() + &"3".repeat(64)}, {"uri": "https://example.com/f", "digest": {"sha1": "e".repeat(40)}}]}))), @r#"
    artifactDigests: ["sha256:1111111111111111111111111111111111111111111111111111111111111111"]
    components: ["base","x"]
    coverage: {"digest":"complete","product":"complete","vulnerability":"complete"}
    detectedBy: "predicateType"
    family: "provenance"
    materialDigests: ["gitCommit:dddddddddddddddddddddddddddddddddddddddd","sha1:dddddddddddddddddddddddddddddddddddddddd","sha1:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","sha256:2222222222222222222222222222222222222222222222222222222222222222","sha256:3333333333333333333333333333333333333333333333333333333333333333"]
    mayAffectDecision: true
    predicateType: "https://slsa.dev/provenance/v0.2"
    productKeys: ["pkg:docker/base@v1","pkg:oci/x@sha256:3333333333333333333333333333333333333333333333333333333333333333"]
    "#);
    insta::assert_snapshot!(shown(&statement("https://slsa.dev/provenance/v1.0?draft", &json!({
        "buildDefinition": {"externalParameters": {"purl": "pkg:npm/hidden@1"},
            "resolvedDependencies": [{"uri": "git+https://example.com/r", "digest": {"gitCommit": commit}},
                {"name": "pkg:npm/left-pad@1.3.0", "digest": {"sha512": "4".repeat(128)}, "annotations": {"mail": "a@example.com"}}]},
        "runDetails": {"builder": {"builderDependencies": [{"digest": {"sha256": "5".repeat(64)}}]},
            "byproducts": [{"digest": {"sha256": "6".repeat(64)}}]}}))), @r#"
    artifactDigests: ["sha256:1111111111111111111111111111111111111111111111111111111111111111"]
    components: ["left-pad"]
    coverage: {"digest":"complete","product":"complete","vulnerability":"complete"}
    detectedBy: "predicateType"
    family: "provenance"
    materialDigests: ["gitCommit:dddddddddddddddddddddddddddddddddddddddd","sha256:5555555555555555555555555555555555555555555555555555555555555555","sha256:6666666666666666666666666666666666666666666666666666666666666666","sha512:44444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444"]
    mayAffectDecision: true
    predicateType: "https://slsa.dev/provenance/v1.0?draft"
    productKeys: ["pkg:npm/left-pad@1.3.0"]
    "#);
    let old = statement(
        "https://in-toto.io/Provenance/v0.1",
        &json!({"recipe": {"definedInMaterial": 0}, "materials": "none"}),
    );
    insta::assert_snapshot!(shown(&old), @r#"
    artifactDigests: ["sha256:1111111111111111111111111111111111111111111111111111111111111111"]
    coverage: {"digest":"partial","product":"complete","vulnerability":"complete"}
    detectedBy: "predicateType"
    family: "provenance"
    mayAffectDecision: true
    predicateType: "https://in-toto.io/Provenance/v0.1"
    skipped: [{"count":1,"place":"predicate.materials[]","reason":"wrong_type"}]
    "#);
}

#[test]
fn in_toto_vulnerability_scans() {
    let scan = |result| {
        statement(
            "https://in-toto.io/attestation/vulns/v0.1",
            &json!({"scanner": {"uri": "x", "result": result}}),
        )
    };
    insta::assert_snapshot!(shown(&scan(json!([{"id": "CVE-2026-0001"}, {"vulnerability": {"id": "GO-2026-4403"}}, {"severity": []}]))), @r#"
    artifactDigests: ["sha256:1111111111111111111111111111111111111111111111111111111111111111"]
    coverage: {"digest":"complete","product":"complete","vulnerability":"partial"}
    detectedBy: "predicateType"
    family: "scan"
    mayAffectDecision: true
    predicateType: "https://in-toto.io/attestation/vulns/v0.1"
    skipped: [{"count":1,"place":"predicate.scanner.result[]","reason":"wrong_type"}]
    vulnerabilityIds: ["CVE-2026-0001","GO-2026-4403"]
    "#);
    let clean = hints(&scan(json!([])));
    assert_eq!(clean["coverage"]["vulnerability"], "complete");
    assert_eq!(clean["mayAffectDecision"], true, "nothing found can clear a finding");
}

#[test]
fn scanner_reports_in_cosign_frames() {
    let frame = |result| {
        statement(
            "cosign.sigstore.dev/attestation/vuln/v1",
            &json!({"scanner": {"uri": "s", "result": result}, "metadata": {}}),
        )
    };
    let id = "7".repeat(64);
    insta::assert_snapshot!(shown(&frame(json!({"SchemaVersion": 2, "Metadata": {"ImageID": format!("sha256:{id}"),
        "RepoDigests": ["example.com/a@sha256:".to_owned() + &"8".repeat(64)]},
        "Results": [{"Vulnerabilities": [{"VulnerabilityID": "CVE-2026-0001", "PkgName": "libssl3", "PkgIdentifier": {"PURL": "pkg:apk/alpine/libssl3@3"}},
            {"VulnerabilityID": "CVE-2026-0002", "PkgName": "zlib", "InstalledVersion": "1.2"}]}, {"Target": "clean"}]}))), @r#"
    artifactDigests: ["sha256:1111111111111111111111111111111111111111111111111111111111111111","sha256:7777777777777777777777777777777777777777777777777777777777777777","sha256:8888888888888888888888888888888888888888888888888888888888888888"]
    components: ["libssl3","zlib"]
    coverage: {"digest":"complete","product":"complete","vulnerability":"complete"}
    detectedBy: "predicateType"
    family: "scan"
    mayAffectDecision: true
    predicateType: "cosign.sigstore.dev/attestation/vuln/v1"
    productKeys: ["pkg:apk/alpine/libssl3@3","zlib@1.2"]
    vulnerabilityIds: ["CVE-2026-0001","CVE-2026-0002"]
    "#);
    insta::assert_snapshot!(shown(&frame(json!({"matches": [{"vulnerability": {"id": "GHSA-jfh8-c2jp-5v3q"},
        "relatedVulnerabilities": [{"id": "CVE-2021-44228"}],
        "artifact": {"name": "log4j-core", "version": "2.14", "purl": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14",
            "cpes": ["cpe:2.3:a:apache:log4j:2.14:*:*:*:*:*:*:*"]}}], "descriptor": {"name": "g"}}))), @r#"
    artifactDigests: ["sha256:1111111111111111111111111111111111111111111111111111111111111111"]
    components: ["log4j","log4j-core"]
    coverage: {"digest":"complete","product":"complete","vulnerability":"complete"}
    detectedBy: "predicateType"
    family: "scan"
    mayAffectDecision: true
    predicateType: "cosign.sigstore.dev/attestation/vuln/v1"
    productKeys: ["cpe:2.3:a:apache:log4j:2.14:*:*:*:*:*:*:*","pkg:maven/org.apache.logging.log4j/log4j-core@2.14"]
    vulnerabilityIds: ["CVE-2021-44228","GHSA-jfh8-c2jp-5v3q"]
    "#);
    insta::assert_snapshot!(shown(&frame(json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"rules": [{"id": "CVE-2026-0003"}]}},
        "results": [{"ruleId": "CVE-2026-0001"}, {"ruleIndex": 0}, {"ruleId": "CVE-2026-0002-openssl"}]}]}))), @r#"
    artifactDigests: ["sha256:1111111111111111111111111111111111111111111111111111111111111111"]
    coverage: {"digest":"complete","product":"partial","vulnerability":"partial"}
    detectedBy: "predicateType"
    family: "scan"
    mayAffectDecision: true
    predicateType: "cosign.sigstore.dev/attestation/vuln/v1"
    skipped: [{"count":1,"place":"runs[].results[]","reason":"not_an_id"}]
    vulnerabilityIds: ["CVE-2026-0001","CVE-2026-0003"]
    "#);
    insta::assert_snapshot!(shown(&frame(json!({"anything": 1}))), @r#"
    artifactDigests: ["sha256:1111111111111111111111111111111111111111111111111111111111111111"]
    coverage: {"digest":"partial","product":"unknown","vulnerability":"unknown"}
    detectedBy: "predicateType"
    family: "scan"
    mayAffectDecision: true
    predicateType: "cosign.sigstore.dev/attestation/vuln/v1"
    skipped: [{"count":1,"place":"predicate.scanner.result","reason":"unresolved"}]
    "#);
}
