//! Documents: relative links lead somewhere, and every named task exists.

use std::path::Path;

use anyhow::Result;
use clap::CommandFactory;

use crate::workspace;

/// Links that leave the repository; nobody here can check them without a network.
const OUTSIDE: [&str; 4] = ["http://", "https://", "mailto:", "urn:"];

pub(super) fn findings() -> Result<Vec<String>> {
    let mut findings = Vec::new();
    let cli = crate::Cli::command();
    let tasks: Vec<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
    for path in workspace::files("md")? {
        let text = workspace::read(&path)?;
        let name = workspace::relative(&path);
        let folder = path.parent().unwrap_or(workspace::root());
        for link in links(&text) {
            if !resolves(folder, &link) {
                findings.push(format!("{name}: the link `{link}` leads nowhere"));
            }
        }
        for task in named_tasks(&text) {
            if !tasks.contains(&task) {
                findings.push(format!("{name}: there is no task `cargo xtask {task}`"));
            }
        }
    }
    Ok(findings)
}

/// Targets of `[text](target)` and `[name]: target`, outside of code.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_fence = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
            continue;
        }
        if in_fence {
            continue;
        }
        let line = without_code(line);
        for part in line.split("](").skip(1) {
            if let Some((target, _)) = part.split_once(')') {
                // A title may follow the address.
                let target = target.split_whitespace().next().unwrap_or_default();
                found.push(target.to_owned());
            }
        }
        let definition = line.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
        if let Some((_, target)) = definition {
            found.push(target.trim().to_owned());
        }
    }
    found
}

/// The line without what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("``")
}

fn resolves(folder: &Path, link: &str) -> bool {
    if link.starts_with('#') || OUTSIDE.iter().any(|outside| link.starts_with(outside)) {
        return true;
    }
    let file = link.split('#').next().unwrap_or_default();
    // An absolute path would lead out of the repository.
    !file.is_empty() && !file.starts_with('/') && folder.join(file).exists()
}

fn named_tasks(text: &str) -> Vec<&str> {
    text.split("cargo xtask ")
        .skip(1)
        .filter_map(|rest| {
            let end =
                rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
            // `cargo xtask TASK` and `cargo xtask --help` name none.
            let task = &rest[..end];
            (task.starts_with(|c: char| c.is_ascii_lowercase())).then_some(task)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_code() {
        let text =
            "see [a](a.md#x \"t\") and ![b](b.png), `[c](c.md)`\n```\n[d](d.md)\n```\n[e]: e.md\n";
        assert_eq!(links(text), ["a.md#x", "b.png", "e.md"]);
    }

    #[test]
    fn a_link_resolves_from_its_own_folder() {
        let folder = workspace::root().join("xtask");
        for (link, expected) in [
            ("src/main.rs", true),
            ("../Cargo.toml#L1", true),
            ("#here", true),
            ("https://example.org/x", true),
            ("src/none.rs", false),
            ("/Cargo.toml", false),
            ("", false),
        ] {
            assert_eq!(resolves(&folder, link), expected, "{link}");
        }
    }

    #[test]
    fn tasks_are_read_off_the_text() {
        let text = "run `cargo xtask tidy`, cargo xtask e2e, or `cargo xtask TASK --help`";
        assert_eq!(named_tasks(text), ["tidy", "e2e"]);
    }
}
