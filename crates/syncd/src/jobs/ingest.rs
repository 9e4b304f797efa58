//! Job `ingest`: fetches the entries of a followed log, bound to its signed root before parsing.

use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use rekindle_events::Kind;
use rekindle_follow::{BoundEntry, bind, bind_tiles};
use rekindle_proof::{SignedCheckpoint, VerifiedCheckpoint, bundle::BundleId, hash, inclusion};
use rekindle_queue::worker::Handler;
use rekindle_queue::{Job, NewJob, RetryClass, Settlement};
use rekindle_store::{Commit, Expect, Write};

use super::{JobError, Outcome, or_retry};
use crate::decide::{self, Binding, Inputs};
use crate::engine::{Engine, event_with_inputs};
use crate::target::{Entries, Log};

/// The job's kind.
pub const KIND: &str = "ingest";
/// Entries of one full bundle.
const BUNDLE: u64 = 256;

/// Makes the job of that log due.
#[must_use]
pub fn nudge(origin: &str, now: SystemTime) -> NewJob {
    NewJob {
        kind: KIND.into(),
        key: origin.into(),
        payload: origin.into(),
        run_at: now,
        priority: 1,
        deadline: None,
    }
}

/// Name of the cursor that holds the next index to fetch.
#[must_use]
pub fn cursor(origin: &str) -> String {
    format!("ingest:{origin}")
}

/// The handler.
pub struct Ingest {
    engine: Engine,
}

impl Ingest {
    /// A handler for that engine.
    #[must_use]
    pub fn new(engine: Engine) -> Ingest {
        Ingest { engine }
    }

    async fn attempt(&self, job: &Job) -> Result<Outcome, JobError> {
        let store = self.engine.store();
        let wanted = self
            .engine
            .log_of(&job.key)
            .filter(|log| log.options.follow.is_some_and(|follow| follow.entries == Entries::All));
        let (Some(log), Some(view)) = (wanted, store.view(&job.key).await?) else {
            return Ok((Settlement::Done, Commit::default()));
        };
        let next = store.cursor(&cursor(log.origin())).await?;
        if view.quarantined.is_some() || next >= view.size {
            return Ok((Settlement::Done, Commit::default()));
        }
        let accepted = SignedCheckpoint::new(view.note.clone())
            .verify(&log.options.key)
            .map_err(decide::DecideError::from)?;
        match fetch(log, next, &accepted).await? {
            Ok(found) => {
                let commit = self.commit(log, next, &accepted, &found).await?;
                let until = self.engine.now();
                Ok((Settlement::Snooze { until }, commit))
            }
            Err(why) => {
                // Entries are unsigned: bytes that do not bind prove nothing against the log.
                log.client.forget_tiles();
                tracing::warn!(log = log.options.name, next, why, "entries do not bind, again");
                let how = Settlement::Retry { class: RetryClass::Slow, not_before: None };
                Ok((how, Commit::default()))
            }
        }
    }

    async fn commit(
        &self,
        log: &Log,
        next: u64,
        accepted: &VerifiedCheckpoint,
        found: &Found,
    ) -> Result<Commit, JobError> {
        let store = self.engine.store();
        let tenant = &self.engine.options().tenant;
        let mut commit = Commit::default();
        for (entry, path) in &found.entries {
            let leaf_hash = hash::leaf(entry.bytes());
            if store.entry_by_leaf(log.origin(), &leaf_hash.0).await?.is_some() {
                continue;
            }
            let binding = Binding {
                index: entry.index().to_string(),
                path: path.iter().map(ToString::to_string).collect(),
            };
            let inputs = Inputs::default()
                .with("leaf", Bytes::copy_from_slice(entry.bytes()))
                .with("note", accepted.signed().note().clone())
                .with("log", log.input(tenant).to_bytes())
                .with("binding", binding.to_bytes());
            let event = decide::decide(Kind::EntryObserved, None, &inputs)?;
            let new = event_with_inputs(event, &inputs, &mut commit);
            commit.events.push(new);
        }
        let name = cursor(log.origin());
        commit.expect.push(Expect::Cursor { name: name.clone(), at: next });
        commit.writes.push(Write::Cursor { name, to: next + found.entries.len() as u64 });
        commit.jobs.push(super::trigger::nudge(self.engine.now()));
        self.engine.metrics().bound(found.entries.len());
        Ok(commit)
    }
}

struct Found {
    entries: Vec<(BoundEntry, Vec<rekindle_proof::Hash>)>,
}

/// The rest of the bundle that holds `next`, each entry with its inclusion path.
async fn fetch(
    log: &Log,
    next: u64,
    accepted: &VerifiedCheckpoint,
) -> Result<Result<Found, String>, JobError> {
    let size = accepted.size();
    let index = next / BUNDLE;
    let first = index * BUNDLE;
    let width = (size - first).min(BUNDLE);
    let id = BundleId { index, width: width as u16 };
    let bytes = log.client.entries(id).await?;
    let mut ids = bind_tiles(first, width, accepted);
    for at in first..first + width {
        ids.extend(inclusion::tiles(at, size));
    }
    ids.sort();
    ids.dedup();
    let tiles = log.client.tiles(&ids).await?;
    let bound = match bind(first, &bytes, &tiles, accepted) {
        Ok(bound) => bound,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let mut entries = Vec::with_capacity(bound.len());
    for entry in bound.into_iter().filter(|entry| entry.index() >= next) {
        match inclusion::prove(entry.index(), size, &tiles) {
            Ok(path) => entries.push((entry, path)),
            Err(error) => return Ok(Err(error.to_string())),
        }
    }
    Ok(Ok(Found { entries }))
}

#[async_trait]
impl Handler<Commit> for Ingest {
    async fn run(&self, job: &Job) -> Outcome {
        or_retry(KIND, &job.key, self.attempt(job).await)
    }
}
