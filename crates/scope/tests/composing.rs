//! An event's own scope against policies, event kinds, and the sentences that explain it.

mod support;

use rekindle_scope::{Index, OnScoped, Policy, PolicyId, Wake, explain};
use serde_json::json;
use support::{VERIFIED, hints, scope};

fn policy(id: &str, text: &str) -> Policy {
    Policy::new(PolicyId::new(id).unwrap(), scope(text))
}

/// Wakes one policy over the index, and checks that the explanation agrees.
fn wake(policy: &Policy, kind: &str, words: &str, within: Option<&str>) -> (Option<Wake>, String) {
    let (hints, within) = (hints(words), within.map(scope));
    let mut index = Index::new();
    index.insert(policy.clone());
    let wakes = index.wake(kind, &hints, within.as_ref());
    let explanation = explain(policy, kind, &hints, within.as_ref());
    assert_eq!(explanation.wake, wakes.first().cloned());
    assert_eq!(explanation.woke, !wakes.is_empty());
    (explanation.wake, explanation.reason)
}

const ALL: &str =
    "openssl pyopenssl openssl-sys openssl-libs log4j pkg:deb/debian/openssl@3 CVE-2026-0001";

#[test]
fn scope_component_openssl_wakes_only_openssl_policies() {
    for (text, woken) in [
        ("component:openssl", true),
        ("component:OPENSSL,component:log4j", true),
        ("component:openssl*", true),
        ("purl:pkg:deb/debian/openssl", true),
        ("purl:pkg:deb/debian/*", true),
        ("component:openssl;vuln:CVE-2026-0001", true),
        ("component:pyopenssl", false),
        ("component:openssl-sys", false),
        ("component:openssl-libs", false),
        ("component:log4j", false),
        ("purl:pkg:pypi/pyopenssl", false),
    ] {
        let (found, reason) = wake(&policy("p", text), VERIFIED, ALL, Some("component:openssl"));
        assert_eq!(found.is_some(), woken, "{text}: {reason}");
        assert!(found.is_none_or(|wake| wake.evaluate_only.is_none()), "{text}");
    }
}

#[test]
fn on_scoped_decides_without_interest_in_the_narrowed_axis() {
    for text in ["*", "vuln:CVE-2026-0001"] {
        let mut policy = policy("p", text);
        let (narrow, reason) = wake(&policy, VERIFIED, ALL, Some("component:OpenSSL"));
        assert_eq!(narrow.unwrap().evaluate_only.as_deref(), Some("component:openssl"));
        assert!(reason.contains("evaluated for component:openssl only"), "{reason}");
        policy.on_scoped = OnScoped::Full;
        assert_eq!(
            wake(&policy, VERIFIED, ALL, Some("component:openssl")).0.unwrap().evaluate_only,
            None
        );
        policy.on_scoped = OnScoped::Skip;
        let (none, reason) = wake(&policy, VERIFIED, ALL, Some("component:openssl"));
        assert_eq!(none, None);
        assert!(reason.contains("no interest in component") && reason.contains("skip"), "{reason}");
        assert!(wake(&policy, VERIFIED, ALL, Some("*")).0.is_some());
        assert_eq!(wake(&policy, VERIFIED, ALL, Some("-")).0, None);
    }
}

#[test]
fn a_scope_never_widens() {
    // Inside the event's scope, but not in the hints.
    let (none, reason) =
        wake(&policy("p", "component:openssl"), VERIFIED, "log4j", Some("component:openssl"));
    assert_eq!(none, None);
    assert_eq!(
        reason,
        "policy p does not wake: component: none of the scope's values is in the hints, and nothing can be missing there."
    );
    let (none, reason) =
        wake(&policy("p", "component:log4j"), VERIFIED, ALL, Some("component:openssl"));
    assert_eq!(none, None);
    assert!(
        reason.contains("narrowed to component:openssl") && reason.contains("component:log4j"),
        "{reason}"
    );
}

#[test]
fn pairs_of_scopes() {
    for (left, right, expected) in [
        ("component:openssl", "purl:pkg:deb/debian/openssl@3", true),
        ("component:debian/openssl", "component:openssl", true),
        ("component:debian/openssl", "component:ubuntu/openssl", false),
        ("component:debian/openssl", "purl:pkg:deb/ubuntu/openssl", false),
        ("component:@angular/*", "component:core", true),
        ("component:@angular/*", "purl:pkg:npm/%40angular/core", true),
        ("component:@angular/*", "purl:pkg:npm/%40other/core", false),
        ("component:open*", "component:openssl*", true),
        ("component:open*", "component:log*", false),
        ("purl:pkg:npm/%40angular/*", "purl:pkg:npm/%40angular/core@1", true),
        ("purl:pkg:npm/%40angular/*", "purl:pkg:npm/*", true),
        ("purl:pkg:npm/%40angular/*", "purl:pkg:npm/core", false),
        ("purl:pkg:npm/a@1", "purl:pkg:npm/a", true),
        ("purl:pkg:npm/a@1", "purl:pkg:npm/a@2", false),
        ("purl:pkg:npm/a", "purl:pkg:pypi/a", false),
        ("vuln:CVE-2026-0001", "vuln:CVE-2026-0002", false),
        ("vuln:CVE-2026-0001", "vuln:GHSA-2rfc-f4gh-j5mm", true),
        ("vuln:CVE-2026-0001", "component:openssl", true),
        ("predicate:vex", "predicate:sbom", false),
        ("predicate:vex", "predicate:https://openvex.dev/ns", true),
        ("status:fixed", "status:affected", false),
        ("component:a;vuln:CVE-2026-0001", "component:a;vuln:CVE-2026-0002", false),
        ("*", "component:a", true),
        ("*", "-", false),
    ] {
        assert_eq!(scope(left).compatible(&scope(right)), expected, "{left} and {right}");
        assert_eq!(scope(right).compatible(&scope(left)), expected, "{right} and {left}");
    }
}

#[test]
fn aliases_of_another_database_are_maybe() {
    let words = "CVE-2026-0001 GHSA-2rfc-f4gh-j5mm CVE-2026-0002";
    let (found, _) =
        wake(&policy("p", "vuln:GHSA-2rfc-f4gh-j5mm"), VERIFIED, words, Some("vuln:CVE-2026-0001"));
    let found = found.unwrap();
    assert_eq!(found.result.as_str(), "maybe");
    assert_eq!(found.why, ["scope of the event: ids of two databases may be aliases"]);
    assert_eq!(
        wake(&policy("p", "vuln:CVE-2026-0002"), VERIFIED, words, Some("vuln:CVE-2026-0001")).0,
        None
    );
}

#[test]
fn kinds_fire_by_default_or_by_name() {
    let plain = policy("p", "*");
    for kind in Policy::DEFAULT_ON {
        assert!(plain.fires_on(kind) && wake(&plain, kind, "a", None).0.is_some());
    }
    let (none, reason) = wake(&plain, "rekor.entry.queued", "a", None);
    assert_eq!(none, None);
    assert!(reason.contains("rekor.entry.queued does not fire it"), "{reason}");
    let named =
        plain.with_on(["rekor.entry.queued", "rekor.entry.failed", "rekor.entry.queued"]).unwrap();
    assert_eq!(
        named.on.iter().map(|kind| &**kind).collect::<Vec<_>>(),
        ["rekor.entry.failed", "rekor.entry.queued"]
    );
    assert!(wake(&named, "rekor.entry.queued", "a", None).0.is_some());
    assert!(wake(&named, VERIFIED, "a", None).0.is_some());
    assert_eq!(wake(&named, "rekor.entry.logged", "a", None).0, None);
}

#[test]
fn a_wake_serialises() {
    let (found, reason) = wake(&policy("p", "component:openssl"), VERIFIED, ALL, None);
    assert_eq!(reason, "policy p wakes because the hints hold component:openssl.");
    assert_eq!(
        serde_json::to_value(found.unwrap()).unwrap(),
        json!({"policy": "p", "revision": 1, "result": "yes", "atoms": ["component:openssl"], "why": []})
    );
}

#[test]
fn policies_read_and_write_json() {
    let json = json!({
        "id": "team/openssl", "revision": 7, "scope": {"component": ["OpenSSL"]},
        "on": ["rekor.entry.logged"], "onScoped": "skip",
    });
    let policy = Policy::from_json(&json).unwrap();
    assert_eq!((policy.revision, policy.on_scoped), (7, OnScoped::Skip));
    assert_eq!(policy.to_json()["scope"], "component:openssl");
    assert_eq!(Policy::from_json(&policy.to_json()).unwrap(), policy);
    let short = Policy::from_json(&json!({"id": "a", "scope": "*"})).unwrap();
    assert_eq!((short.revision, short.on_scoped, short.on.len()), (1, OnScoped::Narrow, 0));
    let long = "x".repeat(129);
    for (bad, code) in [
        (json!([]), "bad_policy_member"),
        (json!({"scope": "*"}), "bad_policy_member"),
        (json!({"id": "a"}), "bad_policy_member"),
        (json!({"id": "a b", "scope": "*"}), "bad_policy_id"),
        (json!({"id": "", "scope": "*"}), "bad_policy_id"),
        (json!({"id": long, "scope": "*"}), "bad_policy_id"),
        (json!({"id": "a", "scope": "openssl"}), "missing_dimension"),
        (json!({"id": "a", "scope": "*", "onscoped": "skip"}), "unknown_policy_member"),
        (json!({"id": "a", "scope": "*", "onScoped": "Skip"}), "bad_on_scoped"),
        (json!({"id": "a", "scope": "*", "on": ["Entry Queued"]}), "bad_event_kind"),
        (json!({"id": "a", "scope": "*", "on": "x"}), "bad_policy_member"),
        (json!({"id": "a", "scope": "*", "revision": -1}), "bad_policy_member"),
    ] {
        assert_eq!(Policy::from_json(&bad).unwrap_err().code(), code, "{bad}");
    }
}
