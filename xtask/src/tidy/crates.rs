//! The README's crate table names exactly the members, and the code map gives each an invariant.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::workspace;

/// The README says what, for whom and how to start; the rest belongs into docs.
const README_MAX_LINES: usize = 120;

pub(super) fn findings() -> Result<Vec<String>> {
    let readme = workspace::read(&workspace::root().join("README.md"))?;
    let map = workspace::read(&workspace::root().join("docs/architecture.md"))?;
    let members: BTreeSet<String> =
        workspace::metadata()?.packages.iter().map(workspace::Package::folder).collect();
    let mut findings = compare(&members, &table(&readme));
    let lines = readme.lines().count();
    if lines > README_MAX_LINES {
        findings.push(format!(
            "README.md: {lines} lines, the limit is {README_MAX_LINES}: move details to docs"
        ));
    }
    for member in &members {
        let name = member.trim_start_matches("crates/");
        let row = format!("### `{name}`");
        let section = map.split(&row).nth(1).unwrap_or_default();
        let own = section.split("\n#").next().unwrap_or_default();
        if !own.contains("**Invariant**") {
            findings.push(format!(
                "docs/architecture.md: no section `{row}` with an **Invariant** line"
            ));
        }
    }
    Ok(findings)
}

/// The folders that the table under the heading "Crates" links to.
fn table(readme: &str) -> Vec<String> {
    let section = readme.split("\n## Crates").nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    section
        .lines()
        .filter_map(|line| {
            let cell = line.strip_prefix("| [")?.split(" |").next()?;
            let (_, link) = cell.split_once("](")?;
            link.strip_suffix(')').map(str::to_owned)
        })
        .collect()
}

fn compare(members: &BTreeSet<String>, rows: &[String]) -> Vec<String> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for row in rows {
        if !members.contains(row) {
            findings.push(format!("README.md: the crate table has {row}, which is no member"));
        }
        if !seen.insert(row.clone()) {
            findings.push(format!("README.md: the crate table has {row} twice"));
        }
    }
    for member in members.difference(&seen) {
        findings.push(format!("README.md: the crate table lacks {member}"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_compared_with_the_members() {
        let readme = "# x\n| [no](no) | |\n\n## Crates\n\n| crate | what |\n| --- | --- |\n\
            | [a](crates/a) | A |\n| [b](crates/b) | B |\n| [b](crates/b) | B |\n\n## Next\n| [c](c) | |";
        assert_eq!(table(readme), ["crates/a", "crates/b", "crates/b"]);
        let members = BTreeSet::from(["crates/a".to_owned(), "xtask".to_owned()]);
        assert_eq!(compare(&members, &table(readme)).len(), 4);
    }
}
