//! Package URLs: canonical forms, derived keys, and the standard's vectors where they are at hand.

use std::fmt::Write as _;
use std::path::PathBuf;

use proptest::prelude::*;
use rekindle_hints::purl::Purl;
use serde_json::Value;

fn canonical(text: &str) -> String {
    Purl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).to_string()
}

#[test]
fn purls_have_one_form() {
    for (written, expected) in [
        (
            "pkg:OCI/api?tag=v2&repository_url=registry.example.com/shop/api",
            "pkg:oci/api?repository_url=registry.example.com%2Fshop%2Fapi&tag=v2",
        ),
        (
            "pkg:deb/Debian/OpenSSL@3.0.11-1?arch=amd64",
            "pkg:deb/debian/openssl@3.0.11-1?arch=amd64",
        ),
        ("pkg://npm/@angular/core@12", "pkg:npm/%40angular/core@12"),
        ("pkg:npm/@angular/core", "pkg:npm/%40angular/core"),
        ("PKG:npm/Foo", "pkg:npm/Foo"),
        ("pkg:golang/GitHub.com/Foo/Bar@v1", "pkg:golang/GitHub.com/Foo/Bar@v1"),
        ("pkg:pypi/Foo_Bar.Baz@1.0RC1", "pkg:pypi/foo-bar.baz@1.0rc1"),
        ("pkg:pub/Foo-Bar", "pkg:pub/foo_bar"),
        ("pkg:rpm/Fedora/Curl@1", "pkg:rpm/fedora/Curl@1"),
        ("pkg:oci/x@sha256%3AAB?arch=&a=1", "pkg:oci/x@sha256:ab?a=1"),
        ("pkg:generic/a@1.0#/x/./y/../z/", "pkg:generic/a@1.0#x/y/z"),
        ("pkg:generic/a@1%2B2 ", "pkg:generic/a@1%2B2"),
        (
            "pkg:pypi/django?vers=vers:pypi%2F%3E%3D1.11.0%7C%3C2.0.0",
            "pkg:pypi/django?vers=vers:pypi%2F%3E%3D1.11.0%7C%3C2.0.0",
        ),
    ] {
        assert_eq!(canonical(written), expected);
        assert_eq!(canonical(expected), expected);
    }
}

#[test]
fn broken_syntax_is_refused() {
    for bad in [
        "",
        "pkg:",
        "pkg:npm",
        "pkg:npm/",
        "npm/x",
        "pkg:1x/y",
        "pkg:a b/c",
        "pkg:npm/x?a",
        "pkg:npm/x?a=1&A=2",
        "pkg:npm/%ff",
        "pkg:npm/a%00b",
        "http://pkg/x",
    ] {
        assert!(Purl::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn package_keys_leave_the_version_out() {
    let key = |text: &str| Purl::parse(text).unwrap().package_key();
    assert_eq!(key("pkg:deb/debian/openssl@1?arch=amd64&distro=x#p"), "pkg:deb/debian/openssl");
    assert_eq!(
        key("pkg:oci/api@sha256:ab?repository_url=r.example/a&tag=1"),
        "pkg:oci/api?repository_url=r.example%2Fa"
    );
    assert_eq!(Purl::parse("pkg:golang/github.com/foo/bar").unwrap().component_name(), "bar");
}

#[test]
fn standard_vectors_hold() {
    let root = std::env::var_os("REKINDLE_CORPUS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus")),
        PathBuf::from,
    );
    let Ok(text) = std::fs::read(root.join("purl/purl-dev.json")) else {
        println!("skipped: no package URL vectors");
        return;
    };
    let vectors: Value = serde_json::from_slice(&text).unwrap();
    let mut wrong = String::new();
    for vector in vectors["tests"].as_array().unwrap() {
        if let Err(message) = check(vector) {
            writeln!(wrong, "{}: {message}", vector["description"]).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// One vector; a failure that the standard expects may be a rule of a type, which we do not refuse.
fn check(vector: &Value) -> Result<(), String> {
    let input = match vector["input"].as_str() {
        Some(text) => text.to_owned(),
        None => written(&vector["input"]),
    };
    let parsed = Purl::parse(&input);
    if vector["expected_failure"] == true {
        return Ok(());
    }
    let purl = parsed.map_err(|error| error.to_string())?;
    let found = match vector["expected_output"] {
        Value::String(_) => Value::from(purl.to_string()),
        _ => serde_json::json!({
            "type": &*purl.ty,
            "namespace": purl.namespace.as_deref(),
            "name": &*purl.name,
            "version": purl.version.as_deref(),
            "qualifiers": (!purl.qualifiers.is_empty()).then(|| Value::from_iter(
                purl.qualifiers.iter().map(|(key, value)| (key.to_string(), value.to_string())))),
            "subpath": purl.subpath.as_deref(),
        }),
    };
    let expected = &vector["expected_output"];
    if found == *expected { Ok(()) } else { Err(format!("{input}: {found} instead of {expected}")) }
}

/// Parts as text, everything percent-encoded that could mislead the parser.
fn written(parts: &Value) -> String {
    let encode = |value: &Value, keep: char| {
        let mut out = String::new();
        for byte in value.as_str().unwrap_or_default().bytes() {
            if byte.is_ascii_alphanumeric() || char::from(byte) == keep {
                out.push(char::from(byte));
            } else {
                write!(out, "%{byte:02x}").unwrap();
            }
        }
        out
    };
    let mut out = format!("pkg:{}", parts["type"].as_str().unwrap_or_default());
    for part in ["namespace", "name"] {
        if parts[part].is_string() {
            write!(out, "/{}", encode(&parts[part], '/')).unwrap();
        }
    }
    if parts["version"].is_string() {
        write!(out, "@{}", encode(&parts["version"], '.')).unwrap();
    }
    for (index, (key, value)) in parts["qualifiers"].as_object().into_iter().flatten().enumerate() {
        write!(out, "{}{key}={}", if index == 0 { '?' } else { '&' }, encode(value, '.')).unwrap();
    }
    if parts["subpath"].is_string() {
        write!(out, "#{}", encode(&parts["subpath"], '/')).unwrap();
    }
    out
}

proptest! {
    #[test]
    fn the_canonical_form_parses_to_itself(text in "pkg:[a-zA-Z/]{1,6}/[a-zA-Z0-9@%/?#&=._+ :~-]{0,30}|\\PC{0,20}") {
        if let Ok(purl) = Purl::parse(&text) {
            let printed = purl.to_string();
            prop_assert_eq!(Purl::parse(&printed).map(|again| again.to_string()), Ok(printed));
        }
    }
}
