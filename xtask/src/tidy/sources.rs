//! Rust files: a module doc at the top, and no more lines than the limit.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use crate::workspace;

/// Lines of a file, tests included: what one reads in one sitting.
const MAX_LINES: usize = 400;

/// The stated exceptions, each with its reason.
const EXEMPTIONS: &str = "xtask/tidy-exemptions.txt";

pub(super) fn findings() -> Result<Vec<String>> {
    let list = workspace::read(&workspace::root().join(EXEMPTIONS))?;
    let mut exempt = exemptions(&list)?;
    let mut findings = Vec::new();
    for path in workspace::files("rs")? {
        let text = workspace::read(&path)?;
        let name = workspace::relative(&path);
        if !has_module_doc(&text) {
            findings.push(format!("{name}: no module doc: start with `//!` and what it is for"));
        }
        let lines = text.lines().count();
        let stated = exempt.remove(&name).is_some();
        if lines > MAX_LINES && !stated {
            findings.push(format!(
                "{name}: {lines} lines, the limit is {MAX_LINES}: split it, or state a reason in {EXEMPTIONS}"
            ));
        }
        if lines <= MAX_LINES && stated {
            findings.push(format!(
                "{name}: {lines} lines: the exemption in {EXEMPTIONS} is no longer needed"
            ));
        }
    }
    findings.extend(
        exempt.into_keys().map(|name| format!("{EXEMPTIONS} names {name}, which does not exist")),
    );
    Ok(findings)
}

fn exemptions(list: &str) -> Result<BTreeMap<String, String>> {
    list.lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| {
            line.split_once(": ")
                .filter(|(_, reason)| !reason.trim().is_empty())
                .map(|(path, reason)| (path.to_owned(), reason.to_owned()))
                .with_context(|| format!("{EXEMPTIONS}: `{line}` is not `path: reason`"))
        })
        .collect()
}

/// The first thing in the file, attributes and plain comments aside, is its doc.
fn has_module_doc(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !is_before_doc(line))
        .is_some_and(|line| line.starts_with("//!") || line.starts_with("#![doc"))
}

fn is_before_doc(line: &str) -> bool {
    let comment = line.starts_with("//") && !line.starts_with("//!") && !line.starts_with("///");
    let attribute = line.starts_with("#![") && !line.starts_with("#![doc");
    comment || attribute
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_doc_comes_first() {
        let cases = [
            ("//! What it is.\nfn f() {}", true),
            ("// generated\n\n#![allow(dead_code)]\n//! What it is.", true),
            ("#![doc = include_str!(\"../README.md\")]", true),
            ("fn f() {}\n//! late", false),
            ("/// of the function\nfn f() {}", false),
            ("", false),
        ];
        for (text, expected) in cases {
            assert_eq!(has_module_doc(text), expected, "{text}");
        }
    }

    #[test]
    fn an_exemption_needs_a_reason() {
        assert_eq!(exemptions("# why\n\na.rs: a table\n").unwrap().len(), 1);
        assert!(exemptions("a.rs").is_err());
        assert!(exemptions("a.rs:  ").is_err());
    }
}
