//! Hints for tests: complete and empty, then filled word by word.

// Each test program uses a part of it.
#![allow(dead_code, unreachable_pub)]

use rekindle_hints::{
    Component, Coverage, Digest, Family, Hints, PerDimension, ProductKey, Status, VulnId,
};
use rekindle_scope::Scope;

/// The kind that fires every policy.
pub const VERIFIED: &str = "rekor.entry.inclusion_verified";

pub fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Complete and empty: excludes whatever can be excluded.
pub fn nothing() -> Hints {
    let mut hints = Hints::unknown("https://openvex.dev/ns/v0.2.0");
    hints.predicate.family = Family::Vex;
    hints.coverage = PerDimension {
        vulnerability: Coverage::Complete,
        product: Coverage::Complete,
        digest: Coverage::Complete,
    };
    hints
}

/// Complete hints from words: package URLs, vulnerability ids, `alg:hex`, statuses, other words as component names.
pub fn hints(words: &str) -> Hints {
    let mut hints = nothing();
    for word in words.split_whitespace() {
        if word.starts_with("pkg:") || word.starts_with("cpe:") {
            hints.products.insert(ProductKey::parse(word).unwrap());
        } else if let Some(status) = Status::parse(word) {
            hints.statuses.insert(status);
        } else if let Some(id) = VulnId::sniff(word) {
            hints.vulnerabilities.insert(id);
        } else if word.contains(':') {
            hints.artifacts.insert(Digest::parse(word).unwrap());
        } else {
            hints.components.insert(Component::parse(word).unwrap());
        }
    }
    hints
}
