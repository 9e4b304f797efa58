//! `replay`: makes every event again and compares.

use rekindle_store::{Options, Store};
use rekindle_syncd::ops::replay::replay;
use serde_json::{Map, Value, json};

use crate::cli::Replay;
use crate::config;
use crate::exit::{Exit, Failure};
use crate::output;

pub(super) async fn run(path: Option<&str>, args: Replay) -> Result<Exit, Failure> {
    let url = match args.data_dir {
        Some(dir) => format!("sqlite:{dir}/rekindle.db"),
        None => config::load(super::config_path(path)?)?.store_url()?,
    };
    let store = Store::open(Options::reader(&url)).await?;
    let replayed = replay(&store).await.map_err(|error| Failure::of_audit(&error))?;
    let kinds: Map<String, Value> = replayed
        .kinds
        .iter()
        .map(|(kind, count)| (kind.as_str().to_owned(), json!(count)))
        .collect();
    let different: Vec<_> = replayed
        .differences
        .iter()
        .map(|d| json!({"sequence": d.sequence, "stored": d.stored.to_string(), "why": d.why}))
        .collect();
    output::line(
        json!({"events": replayed.events, "digest": replayed.digest, "kinds": kinds, "differences": different}),
    )?;
    Ok(if replayed.differences.is_empty() { Exit::Good } else { Exit::Finding })
}
