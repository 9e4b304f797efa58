//! `doctor`: is the ledger what its events and its signed notes say? Only reads, so a daemon may run beside it.

use rekindle_store::{Options, Store};
use rekindle_syncd::Engine;

use crate::config;
use crate::exit::{Exit, Failure};
use crate::output;

pub(super) async fn run(path: Option<&str>) -> Result<Exit, Failure> {
    let loaded = config::load(super::config_path(path)?)?;
    let url = loaded.store_url()?;
    let store = Store::open(Options::reader(&url)).await?;
    let options = rekindle_syncd::engine::Options::new(loaded.logs()?);
    let engine =
        Engine::new(store, options).map_err(|error| Failure::usage("config_invalid", error))?;
    let findings = engine.doctor().await.map_err(|error| Failure::of_audit(&error))?;
    for finding in &findings {
        output::line(format_args!("{}: {}", finding.check, finding.text))?;
    }
    if findings.is_empty() {
        output::line("good: database, views, sequence and every entry's fold agree")?;
        return Ok(Exit::Good);
    }
    Ok(Exit::Finding)
}
