//! B: the same number of attestations through the daemon, durable, logged and verified.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use reqwest::{Client, StatusCode, header};
use serde_json::Value;

use crate::shared::{self, Home, Signed};

/// Build jobs that hand in at once.
const HANDING_IN: usize = 64;
/// How often the queue is looked at: what it adds to the measured time.
const LOOK: Duration = Duration::from_millis(50);
/// A round without progress is broken, not slow.
const ROUND_WITHIN: Duration = Duration::from_secs(900);
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// Events of one page of the API.
const PAGE: usize = 1_000;

/// Attestations per second, each counted from the first one that was handed in.
pub(crate) struct Round {
    /// Until the last 202.
    pub(crate) accepted: f64,
    /// Until the last entry was logged.
    pub(crate) logged: f64,
    /// Until the last entry was verified.
    pub(crate) verified: f64,
}

/// Starts the daemon, measures, stops it; the ledger is that of the rounds before.
pub(crate) async fn round(home: &mut Home, signed: &[Signed]) -> Result<Round> {
    let mut daemon = home.start()?;
    let url = daemon.ready().await?;
    let http = shared::http(HANDING_IN, ANSWER_WITHIN)?;
    let before = queue(&http, &url).await?.last_sequence;

    let started = Instant::now();
    let drained = tokio::spawn(drained(http.clone(), url.clone(), signed.len(), before, started));
    hand_in(&http, &url, signed).await?;
    let accepted = started.elapsed();
    let (logged, verified) = drained.await??;

    let kind = "rekor.entry.inclusion_verified";
    let found = count(&http, &url, kind, before).await?;
    ensure!(found == signed.len(), "{found} of {} were verified", signed.len());
    daemon.stop().await?;
    let rate = |time: Duration| signed.len() as f64 / time.as_secs_f64();
    Ok(Round { accepted: rate(accepted), logged: rate(logged), verified: rate(verified) })
}

async fn hand_in(http: &Client, url: &str, signed: &[Signed]) -> Result<()> {
    let (next, url) = (AtomicUsize::new(0), format!("{url}/v1/submissions"));
    try_join_all((0..HANDING_IN).map(|_| async {
        while let Some(one) = signed.get(next.fetch_add(1, Ordering::Relaxed)) {
            let answer = http
                .post(&url)
                .header(header::CONTENT_TYPE, "application/json")
                .body(one.submission.clone())
                .send()
                .await?;
            let status = answer.status();
            let body = answer.text().await?;
            ensure!(status == StatusCode::ACCEPTED, "handed in, answered with {status}: {body}");
        }
        Ok(())
    }))
    .await?;
    Ok(())
}

/// What of the queue matters here.
struct Queue {
    submit: u64,
    verify: u64,
    last_sequence: u64,
}

async fn queue(http: &Client, url: &str) -> Result<Queue> {
    let said = shared::get(http, &format!("{url}/v1/queue")).await?;
    let open = |kind: &str| -> u64 {
        let states = &said["jobs"][kind];
        ["ready", "leased"].iter().filter_map(|state| states[*state].as_u64()).sum()
    };
    Ok(Queue {
        submit: open("submit"),
        verify: open("verify"),
        last_sequence: said["lastSequence"].as_u64().context("no last sequence")?,
    })
}

/// When no submit job was left, and when no verify job either.
async fn drained(
    http: Client,
    url: String,
    count: usize,
    before: u64,
    started: Instant,
) -> Result<(Duration, Duration)> {
    let mut logged = None;
    while started.elapsed() < ROUND_WITHIN {
        tokio::time::sleep(LOOK).await;
        let queue = queue(&http, &url).await?;
        let events = queue.last_sequence - before;
        // An empty queue alone may mean that nothing came in yet.
        let all = count as u64;
        if queue.submit == 0 && events >= 2 * all {
            logged.get_or_insert_with(|| started.elapsed());
        }
        if let (Some(logged), 0, true) = (logged, queue.verify, events >= 3 * all) {
            return Ok((logged, started.elapsed()));
        }
    }
    anyhow::bail!("the queue was not empty after {} s", ROUND_WITHIN.as_secs())
}

async fn count(http: &Client, url: &str, kind: &str, after: u64) -> Result<usize> {
    let (mut after, mut found) = (after, 0);
    loop {
        let page = format!("{url}/v1/events?type={kind}&after={after}&limit={PAGE}");
        let page: Value = shared::get(http, &page).await?;
        let events = page["events"].as_array().map_or(0, Vec::len);
        let Some(last) = page["next"].as_u64().filter(|_| events > 0) else { return Ok(found) };
        (after, found) = (last, found + events);
    }
}
