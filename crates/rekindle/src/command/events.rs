//! `events list|show|tail`: one JSON object a line.

use std::time::Duration;

use futures::StreamExt;
use reqwest::Method;
use serde_json::Value;

use crate::cli::{Events, EventsFilter};
use crate::client::Client;
use crate::exit::{Exit, Failure};

/// Events of one page.
const PAGE: u64 = 500;
/// Pause before a lost stream is opened again.
const REOPEN: Duration = Duration::from_secs(1);

pub(super) async fn run(client: &Client, args: Events) -> Result<Exit, Failure> {
    match args {
        Events::List(filter) => list(client, filter).await,
        Events::Show { id } => {
            println!("{}", client.get(&format!("/v1/events/{id}"), &[]).await?);
            Ok(Exit::Good)
        }
        Events::Tail(filter) => tail(client, filter).await,
    }
}

fn query(filter: &EventsFilter, after: u64, limit: u64) -> Vec<(&'static str, String)> {
    let mut query = vec![("after", after.to_string()), ("limit", limit.to_string())];
    query.extend(filter.entry.clone().map(|entry| ("entry", entry)));
    query.extend(filter.kind.clone().map(|kind| ("type", kind)));
    query
}

async fn list(client: &Client, filter: EventsFilter) -> Result<Exit, Failure> {
    let mut left = filter.limit.unwrap_or(u64::MAX);
    let mut after = filter.after;
    while left > 0 {
        let page = client.get("/v1/events", &query(&filter, after, PAGE.min(left))).await?;
        let count = page["events"].as_array().map_or(0, Vec::len) as u64;
        super::print_lines(&page["events"]);
        let Some(next) = page["next"].as_u64() else { break };
        after = next;
        left = left.saturating_sub(count);
    }
    Ok(Exit::Good)
}

async fn tail(client: &Client, filter: EventsFilter) -> Result<Exit, Failure> {
    let mut left = filter.limit.unwrap_or(u64::MAX);
    let mut after = filter.after;
    loop {
        let request = client.request(Method::GET, "/v1/events/stream");
        let response = client.send(request.query(&query(&filter, after, PAGE))).await?;
        let mut body = response.bytes_stream();
        let mut buffer = Vec::new();
        while let Some(Ok(chunk)) = body.next().await {
            buffer.extend_from_slice(&chunk);
            while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = buffer.drain(..=end).collect();
                let Some(data) = line.strip_prefix(b"data: ") else { continue };
                let Ok(event) = serde_json::from_slice::<Value>(data) else { continue };
                let sequence = event["sequence"].as_str().and_then(|text| text.parse().ok());
                after = sequence.unwrap_or(after);
                println!("{event}");
                left -= 1;
                if left == 0 {
                    return Ok(Exit::Good);
                }
            }
        }
        eprintln!("the stream ended, opening it again after sequence {after}");
        tokio::time::sleep(REOPEN).await;
    }
}
