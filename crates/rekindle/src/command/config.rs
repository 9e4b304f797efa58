//! `config print|check`.

use super::config_path;
use crate::cli::Config as Args;
use crate::config;
use crate::exit::{Exit, Failure};
use crate::output;
use crate::wiring::Plan;

pub(super) fn run(path: Option<&str>, args: &Args) -> Result<Exit, Failure> {
    let path = config_path(path)?;
    let loaded = config::load(path)?;
    match args {
        Args::Print => {
            let text = toml::to_string_pretty(&loaded)
                .map_err(|error| Failure::unknown("config_unprintable", error))?;
            output::line(text.trim_end())?;
        }
        Args::Check => {
            // Everything that `serve` would read is read: keys, origins, durations.
            let plan = Plan::of(&loaded)?;
            output::line(format_args!("{path}: good, {} log(s)", plan.logs.len()))?;
            if plan.logs.iter().all(|log| log.write_url.is_none()) {
                output::note("note: no [[logs]] has a write_url, so nothing can be submitted");
            }
        }
    }
    Ok(Exit::Good)
}
