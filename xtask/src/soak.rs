//! `cargo xtask soak`: a fault scenario in full counts, with a dated report in docs/soak.md.

use std::{fmt::Write, process::Command, thread, time::Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use time::{OffsetDateTime, macros::format_description};

use crate::{
    process::{self, Ran},
    servers, workspace,
};

/// Where the reports are.
const REPORT: &str = "docs/soak.md";
/// Of a run without numbers, the last words are kept.
const LAST_LINES: usize = 20;
const HEADER: &str = "# Soak reports\n\nWritten by `cargo xtask soak`, newest last: what ran, on which commit, and its numbers.\n";

/// Which scenario.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Scenario and its arguments, passed to the program `fault`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, default_value = "kill")]
    rest: Vec<String>,
}

/// Runs it; the report is written whether it passed or not.
pub(crate) fn run(args: &Args) -> Result<()> {
    let programs = servers::install()?;
    let target = workspace::metadata()?.target_directory;
    let daemon = process::build_daemon(&target, false)?;
    let mut fault = workspace::cargo();
    fault
        .args(["run", "--locked", "--quiet", "--package", "rekindle-tests"])
        .args(["--bin", "fault", "--"])
        .args(&args.rest)
        .env("REKINDLE_BIN", daemon);
    programs.tell(&mut fault);
    let (at, started) = (OffsetDateTime::now_utc(), Instant::now());
    let ran = process::echo(&mut fault)?;
    let section = section(
        &at.format(format_description!("[year]-[month]-[day] [hour]:[minute] UTC"))?,
        &args.rest.join(" "),
        &commit()?,
        started.elapsed().as_secs(),
        &ran,
    );
    let path = workspace::root().join(REPORT);
    let before = std::fs::read_to_string(&path).unwrap_or_else(|_| HEADER.to_owned());
    workspace::write(&path, &format!("{before}{section}"))?;
    println!("added a report to {REPORT}");
    if !ran.status.success() {
        bail!("soak: the scenario failed ({}): see above", ran.status);
    }
    Ok(())
}

fn section(at: &str, arguments: &str, commit: &str, seconds: u64, ran: &Ran) -> String {
    let verdict = if ran.status.success() { "passed" } else { "FAILED" };
    let cores = thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let mut text = format!(
        "\n## {at}: `{arguments}` {verdict}\n\nCommit {commit}, {seconds} s, {cores} cores, {}, dev profile.\n\n",
        std::env::consts::OS
    );
    // Writing to a String cannot fail.
    if let Some(numbers) = numbers(&ran.stdout) {
        let _ = writeln!(text, "| what | number |\n| --- | --- |");
        for (name, value) in numbers {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let _ = writeln!(text, "| {name} | {value} |");
        }
    } else {
        let all: Vec<&str> = ran.stdout.lines().chain(ran.stderr.lines()).collect();
        let last = &all[all.len().saturating_sub(LAST_LINES)..];
        let _ = writeln!(text, "```text\n{}\n```", last.join("\n"));
    }
    text
}

/// The last line of the output that is a JSON object: the program's numbers.
fn numbers(stdout: &str) -> Option<serde_json::Map<String, Value>> {
    stdout.lines().rev().find_map(|line| serde_json::from_str(line).ok())
}

/// The commit, and whether the tree differed from it.
fn commit() -> Result<String> {
    let git = |arguments: &[&str]| {
        process::line(Command::new("git").args(arguments).current_dir(workspace::root()))
            .context("a report names its commit; run it in a git work tree")
    };
    let id = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = !git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
    Ok(if changed { format!("{id} with changes") } else { id })
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn ran(code: i32, stdout: &str) -> Ran {
        Ran {
            status: std::process::ExitStatus::from_raw(code << 8),
            stdout: stdout.to_owned(),
            stderr: String::new(),
        }
    }

    #[test]
    fn numbers_become_a_table() {
        let good = ran(0, "noise\n{\"kills\":50,\"lost\":0,\"log\":\"testlog\"}\n");
        let text = section("2026-01-02 03:04 UTC", "kill --kills 50", "abc", 7, &good);
        assert!(text.starts_with("\n## 2026-01-02 03:04 UTC: `kill --kills 50` passed\n"));
        assert!(text.contains("| kills | 50 |") && text.contains("| log | testlog |"));
    }

    #[test]
    fn a_failure_without_numbers_keeps_the_last_words() {
        let text = section("now", "kill", "abc", 7, &ran(1, "a\nb\n"));
        assert!(text.contains("FAILED") && text.contains("```text\na\nb\n```"));
    }
}
