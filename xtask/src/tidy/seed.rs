//! docs/seed.md: every type is declared, every kind exists, every test is there.

use std::collections::BTreeSet;

use anyhow::Result;
use rekindle_events::Kind;

use crate::workspace;

const TABLE: &str = "docs/seed.md";
const TESTS: &str = "tests/it/seed.rs";
/// The points of the seed's test plan.
const POINTS: usize = 8;

pub(super) fn findings() -> Result<Vec<String>> {
    let table = workspace::read(&workspace::root().join(TABLE))?;
    let tests = workspace::read(&workspace::root().join(TESTS)).unwrap_or_default();
    let mut findings = Vec::new();
    let mut named = BTreeSet::new();
    for [what, path, kind, test] in rows(&table) {
        if !declared(path)? {
            findings.push(format!("{TABLE}: {what}: {path} is not declared"));
        }
        if kind.parse::<Kind>().is_err() {
            findings.push(format!("{TABLE}: {what}: there is no event {kind}"));
        }
        if !tests.contains(&format!("fn {test}(")) {
            findings.push(format!("{TABLE}: {what}: {TESTS} has no {test}"));
        }
        named.insert(test);
    }
    for point in 1..=POINTS {
        let prefix = format!("seed_{point}_");
        if !named.iter().any(|test| test.starts_with(&prefix)) {
            findings.push(format!("{TABLE}: point {point} of the test plan is missing"));
        }
    }
    Ok(findings)
}

/// What, type, kind, test; without the headings.
fn rows(table: &str) -> Vec<[&str; 4]> {
    table
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains("| `rekindle_"))
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [what, path, kind, test] = cells[..] else {
                return None;
            };
            Some([what, path.trim_matches('`'), kind.trim_matches('`'), test.trim_matches('`')])
        })
        .collect()
}

/// Whether the crate that a path starts with declares what it ends with.
fn declared(path: &str) -> Result<bool> {
    let folder = path.split("::").next().unwrap_or_default();
    let folder = folder.trim_start_matches("rekindle_");
    let name = path.rsplit("::").next().unwrap_or_default();
    let prefix = format!("crates/{folder}/src/");
    for file in workspace::files("rs")? {
        if !workspace::relative(&file).starts_with(&prefix) {
            continue;
        }
        let text = workspace::read(&file)?;
        if text.lines().any(|line| declares(line.trim_start(), name)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn declares(line: &str, name: &str) -> bool {
    ["pub struct ", "pub enum ", "pub trait "]
        .into_iter()
        .filter_map(|keyword| line.strip_prefix(keyword)?.strip_prefix(name))
        .any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_without_headings() {
        let table = "| seed | Rust type | event | test |\n| --- | --- | --- | --- |\n\
            | A: x | `rekindle_a::A` | `rekor.entry.queued` | `seed_1_a` |\n";
        assert_eq!(rows(table), [["A: x", "rekindle_a::A", "rekor.entry.queued", "seed_1_a"]]);
    }

    #[test]
    fn a_declaration_is_the_whole_name() {
        assert!(declares("pub struct Event {", "Event"));
        assert!(declares("pub trait JobStore: Send {", "JobStore"));
        assert!(!declares("pub struct EventId([u8; 32]);", "Event"));
        assert!(!declares("struct Event;", "Event"));
    }
}
