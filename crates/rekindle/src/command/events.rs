//! `events list|show|tail`: one JSON object a line.

use std::time::Duration;

use futures::StreamExt;
use reqwest::Method;
use serde_json::Value;

use crate::cli::{Events, EventsFilter};
use crate::client::{Client, segment};
use crate::exit::{Exit, Failure};
use crate::output::{self, Reader};

/// Events of one page.
const PAGE: u64 = 500;
/// The daemon sends a sign of life every 15 s; three missing ones are a dead connection.
const SILENCE: Duration = Duration::from_secs(45);
/// Pause before a lost stream is opened again.
const REOPEN: Duration = Duration::from_secs(1);

pub(super) async fn run(client: &Client, args: Events) -> Result<Exit, Failure> {
    match args {
        Events::List(filter) => list(client, filter).await,
        Events::Show { id } => {
            let path = format!("/v1/events/{}", segment("event", &id)?);
            output::line(client.get(&path, &[]).await?)?;
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
        if super::print_lines(&page["events"])? == Reader::Gone {
            break;
        }
        let Some(next) = page["next"].as_u64() else { break };
        after = next;
        left = left.saturating_sub(count);
    }
    Ok(Exit::Good)
}

/// Follows the stream. A daemon that was never there is an error; one that goes away is waited for.
async fn tail(client: &Client, filter: EventsFilter) -> Result<Exit, Failure> {
    let mut left = filter.limit.unwrap_or(u64::MAX);
    let mut after = filter.after;
    let mut was_open = false;
    while left > 0 {
        let request = client.request(Method::GET, "/v1/events/stream");
        let response = match client.send(request.query(&query(&filter, after, PAGE))).await {
            Ok(response) => response,
            Err(failure) if was_open && failure.exit == Exit::Unknown => {
                tokio::time::sleep(REOPEN).await;
                continue;
            }
            Err(failure) => return Err(failure),
        };
        if was_open {
            output::note("the stream is open again");
        }
        was_open = true;
        let mut body = response.bytes_stream();
        let mut buffer = Vec::new();
        while let Ok(Some(Ok(chunk))) = tokio::time::timeout(SILENCE, body.next()).await {
            buffer.extend_from_slice(&chunk);
            while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = buffer.drain(..=end).collect();
                let Some(data) = line.strip_prefix(b"data: ") else { continue };
                let Ok(event) = serde_json::from_slice::<Value>(data) else { continue };
                let sequence = event["sequence"].as_str().and_then(|text| text.parse().ok());
                after = sequence.unwrap_or(after);
                left -= 1;
                if output::line(event)? == Reader::Gone || left == 0 {
                    return Ok(Exit::Good);
                }
            }
        }
        output::note(format_args!("the stream ended; opening it again after sequence {after}"));
        tokio::time::sleep(REOPEN).await;
    }
    Ok(Exit::Good)
}
