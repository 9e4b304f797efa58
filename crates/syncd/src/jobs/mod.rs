//! The jobs: load, call, decide, settle. Everything that can be pure is in [`crate::decide`].

pub mod follow;
pub mod ingest;
pub mod submit;
pub mod trigger;
pub mod verify;

use std::time::Duration;

use rekindle_events::{Event, EventId};
use rekindle_queue::{RetryClass, Settlement};
use rekindle_store::{Commit, Store, StoreError};

/// The largest tree that the ledger's signed integers can count. A hostile log can sign a larger
/// one; what it answers then is no answer, because it could never be stored.
pub(crate) const MAX_TREE: u64 = i64::MAX as u64;

/// A job's end: how the job is settled and what is committed with it.
pub type Outcome = (Settlement, Commit);

/// What a job could not find out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// The ledger could not be read or written.
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// The ledger did not take a commit.
    #[error("commit: {0}")]
    Commit(#[from] rekindle_store::CommitError),
    /// The log could not be read.
    #[error("log: {0}")]
    Read(#[from] rekindle_rekor::ReadError),
    /// A row points at something that is not there.
    #[error("the ledger lacks {what} {id}: run `rekindle doctor`")]
    Missing {
        /// What.
        what: &'static str,
        /// Which.
        id: String,
    },
    /// Inputs do not carry the event.
    #[error("decision: {0}")]
    Decide(#[from] crate::decide::DecideError),
}

/// The outcome of a job that hit a [`JobError`]: said once, tried again.
pub(crate) fn or_retry(
    kind: &'static str,
    key: &str,
    result: Result<Outcome, JobError>,
) -> Outcome {
    result.unwrap_or_else(|error| {
        tracing::warn!(job = kind, key, %error, "job could not finish, trying again");
        (Settlement::Retry { class: RetryClass::Transient, not_before: None }, Commit::default())
    })
}

pub(crate) async fn event(store: &Store, id: &EventId) -> Result<Event, JobError> {
    let stored = store.event_by_id(id).await?;
    let stored = stored.ok_or_else(|| JobError::Missing { what: "event", id: id.to_string() })?;
    Ok(stored.recorded.event)
}

pub(crate) async fn input(
    store: &Store,
    what: &'static str,
    digest: rekindle_store::InputDigest,
) -> Result<bytes::Bytes, JobError> {
    let bytes = store.input(digest).await?;
    bytes.ok_or_else(|| JobError::Missing { what, id: hex::encode(digest.0) })
}

/// Work that many nudge runs at most once in a while: what came in between goes together.
#[derive(Debug)]
pub(crate) struct Pace {
    gap: Duration,
    last: tokio::sync::Mutex<Option<tokio::time::Instant>>,
}

impl Pace {
    pub(crate) fn new(gap: Duration) -> Pace {
        Pace { gap, last: tokio::sync::Mutex::default() }
    }

    /// Returns when the gap since the last turn has passed; at once after a rest.
    pub(crate) async fn turn(&self) {
        let mut last = self.last.lock().await;
        if let Some(last) = *last {
            tokio::time::sleep_until(last + self.gap).await;
        }
        *last = Some(tokio::time::Instant::now());
    }
}

/// A pause that grows with the number of claims, for work that waits for another job.
pub(crate) fn growing(claims: u32, first: Duration, most: Duration) -> Duration {
    first.saturating_mul(claims.clamp(1, 1_000)).min(most)
}
