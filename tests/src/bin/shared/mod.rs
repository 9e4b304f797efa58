//! What both programs need: attestations to hand in, a real log, the daemon as a child process.
#![allow(dead_code, unused_imports, reason = "each program uses its own part")]

mod attest;
mod daemon;
mod tiles;

pub(crate) use attest::{Signed, SigningKey};
pub(crate) use daemon::{Daemon, Home, LogConfig, program};
pub(crate) use tiles::RekorTiles;

use std::time::Duration;

/// Origin of every log that these programs start.
pub(crate) const ORIGIN: &str = "rekor-local";

/// A client for loopback that keeps `connections` open.
pub(crate) fn http(connections: usize, timeout: Duration) -> anyhow::Result<reqwest::Client> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(connections)
        .connect_timeout(Duration::from_secs(5))
        .timeout(timeout)
        .build()?;
    Ok(client)
}

/// A GET that has to answer JSON.
pub(crate) async fn get(http: &reqwest::Client, url: &str) -> anyhow::Result<serde_json::Value> {
    Ok(http.get(url).send().await?.error_for_status()?.json().await?)
}
