//! `log status|verify|evidence`.

use reqwest::Method;
use serde_json::Value;

use crate::cli::Log;
use crate::client::{Client, segment};
use crate::exit::{Exit, Failure};
use crate::output;

pub(super) async fn run(client: &Client, args: Log) -> Result<Exit, Failure> {
    match args {
        Log::Status => {
            super::print_lines(&client.get("/v1/logs", &[]).await?["logs"])?;
            Ok(Exit::Good)
        }
        Log::Verify { name } => verify(client, name).await,
        Log::Evidence { name } => {
            let path = format!("/v1/logs/{}/evidence", segment("log", &name)?);
            output::line(client.get(&path, &[]).await?)?;
            Ok(Exit::Good)
        }
    }
}

async fn verify(client: &Client, name: Option<String>) -> Result<Exit, Failure> {
    let logs = client.get("/v1/logs", &[]).await?;
    let all = logs["logs"].as_array().cloned().unwrap_or_default();
    let names: Vec<String> = match name {
        Some(name) => vec![name],
        None => all.iter().filter_map(|log| log["name"].as_str().map(str::to_owned)).collect(),
    };
    if names.is_empty() {
        return Err(Failure::unknown("no_log", "the daemon has no logs configured"));
    }
    let mut exit = Exit::Good;
    for name in names {
        let path = format!("/v1/logs/{}/verify", segment("log", &name)?);
        let log = client.json(client.request(Method::POST, &path)).await?;
        output::line(&log)?;
        exit = match (exit, verdict(&log)) {
            (Exit::Finding, _) | (_, Exit::Finding) => Exit::Finding,
            (Exit::Unknown, _) | (_, Exit::Unknown) => Exit::Unknown,
            _ => Exit::Good,
        };
    }
    Ok(exit)
}

/// Never 0 on tamper, never 1 on an outage.
fn verdict(log: &Value) -> Exit {
    if log["view"]["quarantined"] == true || log["outcome"] == "diverged" {
        return Exit::Finding;
    }
    if log["outcome"] == "good" { Exit::Good } else { Exit::Unknown }
}
