//! `cargo xtask e2e`: the scenarios on real servers.

use anyhow::{Result, bail};

use crate::{process, servers, workspace};

/// What a scenario prints when a server is missing; `cargo test` may, this lane may not.
const SKIPPED: &str = "skipped:";

/// Arguments for the test program.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Passed to the test program: a filter, `--exact`, `--test-threads 1`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Installs the servers, runs the suite, and fails when anything was left out.
pub(crate) fn run(args: &Args) -> Result<()> {
    let programs = servers::install()?;
    let target = workspace::metadata()?.target_directory;
    let daemon = process::build_daemon(&target, false)?;
    let mut test = workspace::cargo();
    test.args(["test", "--locked", "--package", "rekindle-tests"])
        // Captured output of a passing test would hide that it was skipped.
        .args(["--test", "e2e", "--", "--nocapture"])
        .args(&args.rest)
        .env("REKINDLE_E2E", "1")
        .env("REKINDLE_BIN", daemon);
    programs.tell(&mut test);
    let ran = process::echo(&mut test)?;
    judge(ran.status.success(), &[&ran.stdout, &ran.stderr])
}

fn judge(success: bool, outputs: &[&str]) -> Result<()> {
    if !success {
        bail!("e2e: a scenario failed: see above");
    }
    let lines = || outputs.iter().flat_map(|output| output.lines());
    let skipped: Vec<&str> = lines().filter(|line| line.contains(SKIPPED)).collect();
    if !skipped.is_empty() {
        bail!("e2e: nothing may be skipped here:\n  {}", skipped.join("\n  "));
    }
    let ran = lines().any(|line| {
        line.starts_with("test result: ok.")
            && !line.contains(" 0 passed")
            && line.contains(" 0 ignored")
    });
    if !ran {
        bail!("e2e: no scenario ran, or some were ignored");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skipped_scenario_fails_the_lane() {
        let good = "test result: ok. 8 passed; 0 failed; 0 ignored; 0 measured\n";
        assert!(judge(true, &[good, ""]).is_ok());
        assert!(judge(false, &[good, ""]).is_err());
        assert!(judge(true, &[good, "skipped: no rekor-tiles\n"]).is_err());
        assert!(judge(true, &["test result: ok. 0 passed; 0 failed; 0 ignored\n"]).is_err());
        assert!(judge(true, &["test result: ok. 2 passed; 0 failed; 1 ignored\n"]).is_err());
        assert!(judge(true, &["", ""]).is_err());
    }
}
