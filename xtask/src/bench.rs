//! `cargo xtask bench`: measurements against the real servers.

use anyhow::{Result, bail};
use clap::Subcommand;

use crate::{process, servers, workspace};

/// What can be measured.
#[derive(Subcommand)]
pub(crate) enum What {
    /// Attestations per second through the daemon, interleaved with a bare load generator
    Submit {
        /// Measure optimised programs; they take some minutes to build
        #[arg(long)]
        release: bool,
        /// Passed to the program, such as `--in-flight 512`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
}

/// Installs the servers and runs the measurement.
pub(crate) fn run(what: &What) -> Result<()> {
    let What::Submit { release, rest } = what;
    let programs = servers::install()?;
    let target = workspace::metadata()?.target_directory;
    let daemon = process::build_daemon(&target, *release)?;
    let mut bench = workspace::cargo();
    bench.args(["run", "--locked", "--quiet", "--package", "rekindle-tests"]);
    if *release {
        bench.arg("--release");
    }
    bench.args(["--bin", "bench", "--", "submit"]).args(rest).env("REKINDLE_BIN", daemon);
    programs.tell(&mut bench);
    if !bench.status()?.success() {
        bail!("bench submit: failed, or below its gate: see above");
    }
    Ok(())
}
