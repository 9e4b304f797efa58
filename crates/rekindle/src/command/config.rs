//! `config print|check`.

use super::config_path;
use crate::cli::Config as Args;
use crate::config;
use crate::exit::{Exit, Failure};

pub(super) fn run(path: Option<&str>, args: &Args) -> Result<Exit, Failure> {
    let path = config_path(path)?;
    let loaded = config::load(path)?;
    match args {
        Args::Print => {
            let text = toml::to_string_pretty(&loaded)
                .map_err(|error| Failure::unknown("config_unprintable", error))?;
            print!("{text}");
        }
        Args::Check => {
            // Everything that `serve` would read is read: keys, origins, durations.
            let logs = loaded.logs()?;
            loaded.keys()?;
            loaded.store_url()?;
            config::duration(&loaded.submit.deadline)?;
            println!("{path}: good, {} log(s)", logs.len());
        }
    }
    Ok(Exit::Good)
}
