//! A: the load generator. Posts what was signed before, counts what the log took.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use futures::future::try_join_all;
use rekindle_rekor::wire::v2::ENTRIES_PATH;
use reqwest::{StatusCode, header};

use crate::shared::{self, Signed};

/// The server itself gives up after 20 s.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// Answers 201 per second, from the first request to the last answer.
pub(crate) async fn round(write_url: &str, signed: &[Signed], in_flight: usize) -> Result<f64> {
    let http = shared::http(in_flight, ANSWER_WITHIN)?;
    let url = format!("{write_url}{ENTRIES_PATH}");
    let (next, created) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let started = Instant::now();
    try_join_all((0..in_flight).map(|_| async {
        while let Some(one) = signed.get(next.fetch_add(1, Ordering::Relaxed)) {
            let answer = http
                .post(&url)
                .header(header::CONTENT_TYPE, "application/json")
                .body(one.prepared.request.clone())
                .send()
                .await?;
            if answer.status() == StatusCode::CREATED {
                created.fetch_add(1, Ordering::Relaxed);
            }
            // The whole receipt, as everybody who wants one has to read it.
            answer.bytes().await?;
        }
        anyhow::Ok(())
    }))
    .await?;
    let seconds = started.elapsed().as_secs_f64();
    let created = created.into_inner();
    ensure!(created == signed.len(), "the log took only {created} of {}", signed.len());
    Ok(created as f64 / seconds)
}
