//! `cargo xtask layers`: the arrows between the crates, held against `cargo metadata`.
//!
//! Normal and build dependencies count; a test may look at whatever it needs, except the binary.

use anyhow::Result;

use crate::workspace::{self, Metadata, Package};

/// Who may know whom. A crate that is not listed fails: a new room states its arrows here.
const ARROWS: &[(&str, &[&str])] = &[
    ("rekindle-attestation", &[]),
    ("rekindle-hints", &[]),
    ("rekindle-proof", &[]),
    ("rekindle-queue", &[]),
    ("rekindle-extract", &["rekindle-attestation", "rekindle-hints"]),
    ("rekindle-scope", &["rekindle-hints"]),
    ("rekindle-events", &["rekindle-hints"]),
    ("rekindle-follow", &["rekindle-attestation", "rekindle-proof"]),
    ("rekindle-rekor", &["rekindle-attestation", "rekindle-proof"]),
    ("rekindle-store", &["rekindle-events", "rekindle-proof", "rekindle-queue"]),
    ("rekindle-testlog", &["rekindle-attestation", "rekindle-proof", "rekindle-rekor"]),
    (
        "rekindle-syncd",
        &[
            "rekindle-attestation",
            "rekindle-events",
            "rekindle-extract",
            "rekindle-follow",
            "rekindle-hints",
            "rekindle-proof",
            "rekindle-queue",
            "rekindle-rekor",
            "rekindle-scope",
            "rekindle-store",
        ],
    ),
    // hints: the words of a page and of a preview are the hints themselves.
    (
        "rekindle-api",
        &[
            "rekindle-events",
            "rekindle-hints",
            "rekindle-scope",
            "rekindle-store",
            "rekindle-syncd",
        ],
    ),
    ("rekindle", LIBRARIES),
    ("rekindle-tests", LIBRARIES),
    ("xtask", PURE),
];

/// No I/O, no clock, no randomness, no logging.
const PURE: &[&str] = &[
    "rekindle-attestation",
    "rekindle-hints",
    "rekindle-extract",
    "rekindle-scope",
    "rekindle-events",
    "rekindle-proof",
    "rekindle-follow",
    "rekindle-queue",
];

/// Everything that may be depended upon at all; the binary is not among them.
const LIBRARIES: &[&str] = &[
    "rekindle-attestation",
    "rekindle-hints",
    "rekindle-extract",
    "rekindle-scope",
    "rekindle-events",
    "rekindle-proof",
    "rekindle-follow",
    "rekindle-queue",
    "rekindle-rekor",
    "rekindle-store",
    "rekindle-syncd",
    "rekindle-api",
    "rekindle-testlog",
];

/// Packages through which the outside world comes in. A pure room may have one only behind a
/// feature that is named for it.
const OUTSIDE: &[&str] = &["axum", "rand", "reqwest", "sea-orm", "sqlx", "tokio", "tracing"];

/// One room for each outside world.
const DOORS: &[(&str, &[&str])] = &[
    ("sea-orm", &["rekindle-store"]),
    ("sea-orm-migration", &["rekindle-store"]),
    ("sqlx", &["rekindle-store"]),
    ("reqwest", &["rekindle-rekor", "rekindle", "rekindle-tests"]),
    ("axum", &["rekindle-api", "rekindle-testlog", "rekindle-tests"]),
];

/// Names that end up holding everything.
const BANNED: &[&str] = &["common", "core", "utils", "util", "types"];

/// Checks the workspace as it is.
pub(crate) fn run() -> Result<()> {
    workspace::report("layers", &findings(&workspace::metadata()?))
}

fn findings(metadata: &Metadata) -> Vec<String> {
    let mut findings = Vec::new();
    for package in &metadata.packages {
        let short = package.name.trim_start_matches("rekindle-");
        if BANNED.contains(&short) {
            findings.push(format!(
                "{}: a crate of this name collects everything; name it after what it knows",
                package.name
            ));
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == package.name) else {
            findings.push(format!(
                "{}: not listed in xtask/src/layers.rs: state whom it may know",
                package.name
            ));
            continue;
        };
        check(package, allowed, &mut findings);
    }
    findings
}

fn check(package: &Package, allowed: &[&str], findings: &mut Vec<String>) {
    let name = package.name.as_str();
    for dependency in &package.dependencies {
        let on = dependency.name.as_str();
        if on == "rekindle" {
            findings.push(format!("{name} -> rekindle: nobody depends on the binary"));
            continue;
        }
        if dependency.kind.as_deref() == Some("dev") {
            continue;
        }
        if dependency.path.is_some() {
            if !allowed.contains(&on) {
                findings.push(format!("{name} -> {on}: no such arrow in the plan"));
            }
            continue;
        }
        if PURE.contains(&name) && OUTSIDE.contains(&on) && !dependency.optional {
            findings.push(format!("{name} -> {on}: a pure room has no outside world"));
        }
        let door = DOORS.iter().find(|(package, _)| *package == on);
        if door.is_some_and(|(_, rooms)| !rooms.contains(&name)) {
            findings.push(format!("{name} -> {on}: another room is the only one with it"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    #[test]
    fn the_arrows_hold() {
        let findings = findings(&workspace::metadata().unwrap());
        assert!(findings.is_empty(), "{}", findings.join("\n"));
    }

    #[test]
    fn every_allowed_arrow_names_a_listed_crate() {
        for name in ARROWS.iter().flat_map(|(_, allowed)| *allowed) {
            assert!(ARROWS.iter().any(|(listed, _)| listed == name), "{name}");
        }
    }

    #[test]
    fn wrong_arrows_are_found() {
        let cases = [
            ("rekindle-proof", "rekindle-store", true, None, 1),
            ("rekindle-proof", "tokio", false, None, 1),
            ("rekindle-api", "sqlx", false, None, 1),
            ("rekindle-tests", "rekindle", true, Some("dev"), 1),
            ("rekindle-utils", "serde", false, None, 2),
            ("rekindle-proof", "tokio", false, Some("dev"), 0),
            ("rekindle-store", "rekindle-proof", true, None, 0),
        ];
        for (from, to, member, kind, expected) in cases {
            let metadata = Metadata {
                target_directory: "target".into(),
                packages: vec![Package {
                    name: from.to_owned(),
                    manifest_path: "Cargo.toml".into(),
                    dependencies: vec![Dependency {
                        name: to.to_owned(),
                        kind: kind.map(str::to_owned),
                        optional: false,
                        path: member.then(|| "elsewhere".into()),
                    }],
                }],
            };
            assert_eq!(findings(&metadata).len(), expected, "{from} -> {to}");
        }
    }
}
