//! One scope against hints, dimension by dimension.

mod support;

use rekindle_hints::{Coverage, Digest, Family, Hints};
use rekindle_scope::{Match, Scope, Why};
use support::{hints, nothing, scope};

#[track_caller]
fn check(words: &str, text: &str, expected: &str) {
    let verdict = scope(text).matches(&hints(words));
    assert_eq!(verdict.result.as_str(), expected, "{text} on {words}: {verdict:?}");
    assert_eq!(verdict.why.is_empty(), verdict.result == Match::Yes, "{verdict:?}");
}

#[test]
fn component_is_exact_and_case_folded() {
    check("openssl", "component:openssl", "yes");
    check("OpenSSL", "component:openssl", "yes");
    for other in ["pyopenssl", "openssl-sys", "openssl-libs", "log4j", "libssl3", "open"] {
        check(other, "component:openssl", "no");
    }
    check("pkg:deb/debian/openssl@3.0.11-1?arch=amd64", "component:openssl", "yes");
    check("pkg:pypi/pyopenssl@1.0", "component:openssl", "no");
    check("pkg:cargo/openssl-sys@1.0", "component:openssl", "no");
    check("pkg:rpm/redhat/openssl-libs@1.0", "component:openssl", "no");
    check("zlib openssl", "component:openssl,component:log4j", "yes");
    check("cpe:2.3:a:openssl:openssl:3.0.11:*:*:*:*:*:*:*", "component:openssl", "yes");
    check("cpe:2.3:a:openssl:pyopenssl:3.0.11:*:*:*:*:*:*:*", "component:openssl", "no");
}

#[test]
fn component_with_namespace() {
    check("pkg:npm/%40angular/core@1", "component:core", "yes");
    check("pkg:npm/%40angular/core@1", "component:@angular/core", "yes");
    check("pkg:npm/%40other/core@1", "component:@angular/core", "no");
    check("core", "component:@angular/core", "no");
    check(
        "pkg:maven/org.apache.logging.log4j/log4j-core@2",
        "component:org.apache.logging.log4j/log4j-core",
        "yes",
    );
    check("pkg:golang/github.com/Acme/Tool@v1", "component:github.com/acme/tool", "yes");
}

#[test]
fn component_prefix() {
    check("openssl-libs", "component:openssl*", "yes");
    check("openssl", "component:openssl*", "yes");
    check("pyopenssl", "component:openssl*", "no");
    check("pkg:rpm/opensuse/bash@1", "component:open*", "no");
    check("pkg:npm/%40angular/core@1", "component:@angular/*", "yes");
    check("pkg:npm/%40angularjs/core@1", "component:@angular/*", "no");
    check("anything", "component:*", "yes");
    check("", "component:*", "no");
}

#[test]
fn purl_compares_in_both_directions() {
    let openssl = "pkg:deb/debian/openssl@3.0.11-1?arch=amd64";
    check(openssl, "purl:pkg:deb/debian/openssl", "yes");
    check(openssl, "purl:pkg:deb/debian/openssl@3.0.11-1", "yes");
    check(openssl, "purl:pkg:deb/debian/openssl@3.0.12-1", "no");
    check(openssl, "purl:pkg:deb/ubuntu/openssl", "no");
    check(openssl, "purl:pkg:deb/debian/openssl?arch=amd64", "yes");
    check(openssl, "purl:pkg:deb/debian/openssl?arch=arm64", "no");
    check(openssl, "purl:pkg:deb/debian/openssl?distro=bookworm", "yes");
    check("pkg:golang/example.com/a", "purl:pkg:golang/example.com/a@v1.0.0", "maybe");
    check("pkg:npm/%40angular/core@1.0.0", "purl:pkg:npm/%40angular/*", "yes");
    check("pkg:npm/%40angularjs/core@1.0.0", "purl:pkg:npm/%40angular/*", "no");
    check("pkg:npm/core@1.0.0", "purl:pkg:npm/*", "yes");
    check("pkg:pypi/core@1.0.0", "purl:pkg:npm/*", "no");
    check("openssl", "purl:pkg:deb/debian/openssl", "no");
    check("pkg:golang/github.com/Acme/Tool@v1", "purl:pkg:golang/github.com/acme/tool@v1", "yes");
    // The second product decides, whatever the first says.
    check("pkg:npm/a@1 pkg:npm/a", "purl:pkg:npm/a@2", "maybe");
    check("pkg:npm/a@1 pkg:npm/a@2", "purl:pkg:npm/a@2", "yes");
}

#[test]
fn purl_ranges_stay_open() {
    let range = "purl:pkg:pypi/django?vers=vers:pypi%2F%3E%3D1.11.0%7C%3C2.0.0";
    check("pkg:pypi/django@1.11.1", range, "maybe");
    check("pkg:pypi/django", range, "maybe");
    check("pkg:pypi/flask@1", range, "no");
    check("pkg:pypi/django?vers=vers:pypi%2F%3E%3D1.11.0", "purl:pkg:pypi/django@1.12", "maybe");
    check("pkg:pypi/django?vers=vers:pypi%2F%3E%3D1.11.0", "purl:pkg:pypi/django", "yes");
}

#[test]
fn vulnerability_ids_by_canonical_form() {
    check("CVE-2026-0001 GHSA-2rfc-f4gh-j5mm", "vuln:ghsa-2RFC-f4gh-j5mm", "yes");
    check("CVE-2026-0001", "cve:cve-2026-0001", "yes");
    check("CVE-2026-00010", "vuln:CVE-2026-0001", "no");
    check("openSUSE-SU-2026:0001-1", "vuln:opensuse-su-2026:0001-1", "yes");
}

#[test]
fn digests_of_artifacts_and_materials() {
    let (one, two) = ("11".repeat(32), "22".repeat(32));
    let mut hints = hints(&format!("sha256:{one}"));
    hints.materials.insert(Digest::parse(&format!("sha256:{two}")).unwrap());
    for (digest, result) in [(one, Match::Yes), (two, Match::Yes), ("33".repeat(32), Match::No)] {
        assert_eq!(scope(&format!("digest:sha256:{digest}")).matches(&hints).result, result);
    }
}

#[test]
fn predicate_by_family_or_uri() {
    check("", "predicate:vex", "yes");
    check("", "predicate:sbom", "no");
    check("", "predicate:https://openvex.dev/ns/v0.2.0", "yes");
    check("", "predicate:openvex.dev/ns/v0.2.0/", "yes");
    check("", "predicate:https://openvex.dev/ns", "no");
    // Always complete: an unread type excludes by its name.
    let mut unknown = Hints::unknown("https://example.com/new/v1");
    unknown.predicate.family = Family::Other;
    assert_eq!(scope("predicate:vex;component:openssl").matches(&unknown).result, Match::No);
    assert_eq!(scope("predicate:https://example.com/new/v1").matches(&unknown).result, Match::Yes);
}

#[test]
fn status_absent_is_maybe() {
    check("affected", "status:affected", "yes");
    check("fixed", "status:affected", "no");
    check("", "status:affected", "maybe");
    check("unknown", "status:affected", "maybe");
    check("fixed unknown", "status:affected", "maybe");
    check("unknown", "status:unknown", "yes");
    assert_eq!(scope("status:fixed").matches(&nothing()).result, Match::Maybe(Why::StatusAbsent));
}

#[test]
fn clauses_are_joined_by_and() {
    check("openssl CVE-2026-0001", "component:openssl;vuln:CVE-2026-0001", "yes");
    check("openssl", "component:openssl;vuln:CVE-2026-0001", "no");
    check("CVE-2026-0001", "component:openssl;vuln:CVE-2026-0001", "no");
    check("", "*", "yes");
    check("openssl", "-", "no");
    let verdict =
        scope("component:zlib,component:openssl;status:fixed").matches(&hints("openssl zlib"));
    let atoms: Vec<String> = verdict.atoms.iter().map(ToString::to_string).collect();
    assert_eq!(atoms, ["component:openssl", "component:zlib"]);
    assert_eq!(verdict.why, ["status: the hints hold no status"]);
    assert_eq!(serde_json::to_value(&verdict).unwrap()["result"], "maybe");
}

#[test]
fn incomplete_coverage_never_excludes() {
    let all = [
        "component:openssl",
        "purl:pkg:npm/a@1",
        "vuln:CVE-2026-0001",
        "digest:gitCommit:",
        "status:affected",
    ];
    for coverage in [Coverage::Partial, Coverage::Unknown] {
        let mut hints = hints("zlib fixed CVE-2020-0001 pkg:npm/b@1");
        hints.coverage.product = coverage;
        hints.coverage.vulnerability = coverage;
        hints.coverage.digest = coverage;
        for text in all {
            let text = if text.ends_with(':') {
                format!("{text}{}", "0".repeat(40))
            } else {
                text.to_owned()
            };
            let verdict = scope(&text).matches(&hints);
            assert!(
                matches!(verdict.result, Match::Maybe(Why::Coverage { .. })),
                "{text}: {verdict:?}"
            );
            assert!(verdict.atoms.is_empty());
        }
        assert_eq!(scope("component:zlib").matches(&hints).result, Match::Yes);
        assert_eq!(Scope::nothing().matches(&hints).result, Match::No);
        // What is complete still excludes.
        hints.coverage.vulnerability = Coverage::Complete;
        assert_eq!(scope("component:openssl;vuln:CVE-2026-0001").matches(&hints).result, Match::No);
    }
}
