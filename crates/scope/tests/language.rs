//! The language: what is read, what is printed, what is refused and where.

mod support;

use proptest::prelude::*;
use rekindle_scope::{At, Dimension, MAX_SCOPE_BYTES, MAX_VALUE_BYTES, Scope, ScopeError};
use serde_json::json;
use support::scope;

#[test]
fn canonical_form() {
    let hex = "AB".repeat(32);
    for (written, printed) in [
        ("*".to_owned(), "*".to_owned()),
        ("-".into(), "-".into()),
        ("component:openssl".into(), "component:openssl".into()),
        ("component:OpenSSL,component:openssl".into(), "component:openssl".into()),
        (
            "vuln:CVE-2026-0001;component:b,component:a".into(),
            "component:a,component:b;vuln:CVE-2026-0001".into(),
        ),
        ("cve:cve-2026-0001".into(), "vuln:CVE-2026-0001".into()),
        ("vuln:GHSA-2RFC-F4gh-j5mm".into(), "vuln:GHSA-2rfc-f4gh-j5mm".into()),
        ("component:lib*".into(), "component:lib*".into()),
        ("component:red%20hat%2c inc".replace(' ', "%20"), "component:red%20hat%2C%20inc".into()),
        ("component:a%2Ab".into(), "component:a%2Ab".into()),
        ("component:@Angular/Core".into(), "component:@angular/core".into()),
        ("component:%40angular/core".into(), "component:@angular/core".into()),
        ("purl:pkg:npm/%40angular/*".into(), "purl:pkg:npm/%40angular/*".into()),
        ("purl:pkg:PyPI/*".into(), "purl:pkg:pypi/*".into()),
        (
            "purl:pkg:deb/Debian/OpenSSL@3.0.11-1?arch=amd64".into(),
            "purl:pkg:deb/debian/openssl@3.0.11-1?arch=amd64".into(),
        ),
        (format!("digest:SHA256:{hex}"), format!("digest:sha256:{}", hex.to_lowercase())),
        ("predicate:VEX".into(), "predicate:vex".into()),
        (
            "predicate:slsa.dev/provenance/v1/".into(),
            "predicate:https://slsa.dev/provenance/v1".into(),
        ),
        (
            "status:not-affected,status:Affected".into(),
            "status:affected,status:not_affected".into(),
        ),
    ] {
        let parsed = scope(&written);
        assert_eq!(parsed.to_string(), printed, "{written}");
        assert_eq!(scope(&printed), parsed);
        assert_eq!(Scope::from_json(&parsed.to_json()).unwrap(), parsed);
        assert_eq!(serde_json::to_value(&parsed).unwrap(), json!(printed));
    }
}

#[test]
fn object_form() {
    let object = json!({"vuln": ["cve-2026-0001"], "component": ["zlib", "Red Hat, Inc; *".trim_end_matches('*')]});
    let parsed = Scope::from_json(&object).unwrap();
    assert_eq!(
        parsed.to_string(),
        "component:red%20hat%2C%20inc%3B%20,component:zlib;vuln:CVE-2026-0001"
    );
    assert_eq!(
        parsed.to_json(),
        json!({"component": ["red%20hat%2C%20inc%3B%20", "zlib"], "vuln": ["CVE-2026-0001"]})
    );
    assert_eq!(Scope::from_json(&json!("component:zlib")).unwrap(), scope("component:zlib"));
    assert_eq!(Scope::from_json(&json!({"component": "zlib"})).unwrap(), scope("component:zlib"));
    assert!(Scope::from_json(&json!({})).unwrap().is_everything());
    assert_eq!(
        serde_json::from_value::<Scope>(json!({"cve": ["CVE-2026-0001"]})).unwrap(),
        scope("vuln:CVE-2026-0001")
    );
    for (bad, code, at) in [
        (json!(null), "bad_scope_json", ""),
        (json!({"component": []}), "empty_scope", "/component"),
        (json!({"component": ["a", 1]}), "bad_scope_json", "/component/1"),
        (
            json!({"cve": ["CVE-2026-0001"], "vuln": ["CVE-2026-0002"]}),
            "duplicate_dimension",
            "/vuln",
        ),
        (json!({"vulns": ["CVE-2026-0001"]}), "unknown_dimension", "/vulns"),
        (json!({"digest": ["sha256:00"]}), "bad_value", "/digest/0"),
    ] {
        let error = Scope::from_json(&bad).unwrap_err();
        assert_eq!((error.code(), error.at()), (code, Some(&At::Pointer(at.into()))), "{bad}");
    }
}

#[test]
fn mistakes_have_code_and_place() {
    let long = format!("vuln:CVE-2026-0001;component:{}", "a".repeat(MAX_VALUE_BYTES + 1));
    let encoded = format!("component:{}", "*".repeat(3));
    for (text, code, byte) in [
        ("", "empty_scope", 0),
        ("component:a;", "empty_scope", 12),
        ("component:a,,component:b", "empty_scope", 12),
        ("openssl", "missing_dimension", 0),
        ("component:a,b", "missing_dimension", 12),
        ("*;component:a", "missing_dimension", 0),
        ("component:a;componnet:b", "unknown_dimension", 12),
        ("component:a,vuln:CVE-2026-0001", "mixed_dimensions", 12),
        ("component:a;vuln:CVE-2026-0001;component:b", "duplicate_dimension", 31),
        ("vuln:CVE-2026-0001;cve:CVE-2026-0002", "duplicate_dimension", 19),
        ("component:", "bad_value", 10),
        ("component:red hat", "bad_value", 13),
        ("component:zlib; vuln:CVE-2026-0001", "unknown_dimension", 15),
        ("component:pkg:npm/a", "bad_value", 10),
        ("component:%FF", "bad_value", 10),
        ("purl:npm/a", "bad_value", 5),
        ("purl:pkg:npm/a*", "bad_value", 5),
        ("purl:pkg:*", "bad_value", 5),
        ("purl:pkg:npm/a/*@1", "bad_value", 5),
        ("vuln:CVE-2026-*", "bad_value", 5),
        ("status:broken", "bad_value", 7),
        ("predicate:vexx", "bad_value", 10),
        ("predicate:?.", "bad_value", 10),
        ("digest:abcd", "bad_value", 7),
        (&encoded, "bad_value", 10),
        (&long, "value_too_long", 29),
    ] {
        let error = Scope::parse(text).expect_err(text);
        assert_eq!((error.code(), error.at()), (code, Some(&At::Byte(byte))), "{text}: {error}");
        assert!(error.to_string().len() < 400, "{error}");
    }
    assert_eq!(
        Scope::parse(&"a".repeat(MAX_SCOPE_BYTES + 1)).unwrap_err().code(),
        "scope_too_long"
    );
    // Encoded it is too long, and what is printed must parse again.
    assert_eq!(
        Scope::from_json(&json!({"component": ["ü".repeat(500)]})).unwrap_err().code(),
        "value_too_long"
    );
}

#[test]
fn unknown_dimension_suggests_the_nearest() {
    let error = Scope::parse("pkg:npm/lodash").unwrap_err();
    assert!(matches!(error, ScopeError::UnknownDimension { nearest: Some(Dimension::Purl), .. }));
    assert!(error.to_string().contains("did you mean `purl`?"), "{error}");
}

#[test]
fn parts_are_readable() {
    let scope = scope("vuln:CVE-2026-0001;component:b,component:a");
    assert_eq!(scope.dimensions().collect::<Vec<_>>(), [Dimension::Component, Dimension::Vuln]);
    let atoms: Vec<String> = scope.atoms().map(|atom| atom.to_string()).collect();
    assert_eq!(atoms, ["component:a", "component:b", "vuln:CVE-2026-0001"]);
    assert!(Scope::nothing().is_nothing() && Scope::everything().is_everything());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_024, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_parses_to_itself(text in "(component|purl|vuln|cve|digest|predicate|status):[ -~]{0,24}(;component:[!-~]{1,9})?") {
        if let Ok(parsed) = Scope::parse(&text) {
            let printed = parsed.to_string();
            let again = Scope::parse(&printed).map_err(|error| TestCaseError::fail(format!("{printed}: {error}")))?;
            prop_assert_eq!(&again, &parsed);
            prop_assert_eq!(again.to_string(), printed);
            prop_assert_eq!(Scope::from_json(&parsed.to_json()).unwrap(), parsed);
        }
    }

    #[test]
    fn any_json_value_prints_and_parses(dimension in 0..6_usize, value in "\\PC{1,20}", purl in any::<bool>()) {
        let value = if purl { format!("pkg:{value}") } else { value };
        let object = json!({Dimension::ALL[dimension].as_str(): [value]});
        if let Ok(parsed) = Scope::from_json(&object) {
            let printed = parsed.to_string();
            let again = Scope::parse(&printed).map_err(|error| TestCaseError::fail(format!("{printed}: {error}")))?;
            prop_assert_eq!(again, parsed);
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,80}") {
        let _ = Scope::parse(&text);
    }

    #[test]
    fn compatible_is_symmetric(left in some_scopes(), right in some_scopes()) {
        prop_assert_eq!(left.compatible(&right), right.compatible(&left));
        prop_assert!(left.is_nothing() || left.compatible(&left));
    }
}

fn some_scopes() -> impl Strategy<Value = Scope> {
    prop::sample::select(vec![
        "*",
        "-",
        "component:openssl",
        "component:open*",
        "component:debian/openssl",
        "component:@angular/*",
        "component:core",
        "purl:pkg:npm/%40angular/*",
        "purl:pkg:deb/debian/openssl@3",
        "purl:pkg:deb/debian/openssl@2",
        "purl:pkg:npm/%40angular/core;component:zlib",
        "vuln:CVE-2026-0001",
        "vuln:GHSA-2rfc-f4gh-j5mm",
        "predicate:vex",
        "predicate:https://openvex.dev/ns",
        "status:fixed;component:zlib",
    ])
    .prop_map(scope)
}
