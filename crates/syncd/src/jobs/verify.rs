//! Job `verify`: waits until the checkpoint of a receipt is proven consistent with the view.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use rekindle_events::Stage;
use rekindle_proof::{Hash, VerifiedCheckpoint, consistency};
use rekindle_queue::worker::Handler;
use rekindle_queue::{Job, NewJob, Settlement};
use rekindle_rekor::wire;
use rekindle_store::{CheckpointRow, Commit, EntryWork, Expect, ViewRow, Write};

use super::submit::verified_event;
use super::{JobError, Outcome, growing, or_retry};
use crate::decide::{Inputs, ViewInput};
use crate::engine::Engine;
use crate::target::Log;

/// The job's kind.
pub const KIND: &str = "verify";

/// The view usually moves within a few tile reads of the follow job.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// A view that does not move is an alarm of its own; waiting entries need not hammer it.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The job that verifies that entry.
#[must_use]
pub fn job(entry: &str, run_at: SystemTime) -> NewJob {
    NewJob {
        kind: KIND.into(),
        key: entry.into(),
        payload: entry.into(),
        run_at: run_at + FIRST_PAUSE,
        priority: 5,
        deadline: None,
    }
}

/// The handler.
pub struct Verify {
    engine: Engine,
}

impl Verify {
    /// A handler for that engine.
    #[must_use]
    pub fn new(engine: Engine) -> Verify {
        Verify { engine }
    }

    async fn attempt(&self, job: &Job) -> Result<Outcome, JobError> {
        let store = self.engine.store();
        let missing = |what| JobError::Missing { what, id: job.key.to_string() };
        let work = store.work(&job.key).await?.ok_or_else(|| missing("entry"))?;
        let entry = &work.entry;
        if entry.state.stage != Stage::Logged {
            return Ok((Settlement::Done, Commit::default()));
        }
        let Some(log) = self.engine.log_of(&entry.row.target) else {
            return Ok((self.wait(job), Commit::default()));
        };
        let inputs = receipt_inputs(&work, log)?;
        // Stored bytes are verified again: nothing was true because it was in a table.
        let receipt = wire::v2::TransparencyLogEntry::parse(inputs.get("receipt")?)
            .and_then(wire::v2::TransparencyLogEntry::into_receipt)
            .map_err(|error| crate::decide::DecideError::BadInput {
                role: "receipt",
                why: error.to_string(),
            })?;
        let verified = receipt
            .verify(inputs.get("leaf")?, &log.options.key)
            .map_err(crate::decide::DecideError::from)?;
        let checkpoint = verified.checkpoint();
        let mut commit = Commit::default();
        if log.options.follow.is_some() && work.quarantined {
            // Only a named act lifts a quarantine; asking the log again and again does not.
            return Ok((self.wait(job), Commit::default()));
        }
        let Some(view) = self.view_of(log, checkpoint, &mut commit).await? else {
            log.hand_over(checkpoint);
            commit.jobs.push(super::follow::nudge(log.origin(), self.engine.now()));
            return Ok((self.wait(job), commit));
        };
        let new = verified_event(entry, &work.last, &inputs, &view, &mut commit)?;
        commit.events.push(new);
        commit.jobs.push(super::trigger::nudge(self.engine.now()));
        Ok((Settlement::Done, commit))
    }

    /// How `checkpoint` is proven against the view; none: not yet.
    async fn view_of(
        &self,
        log: &Log,
        checkpoint: &VerifiedCheckpoint,
        commit: &mut Commit,
    ) -> Result<Option<ViewInput>, JobError> {
        if log.options.follow.is_none() {
            return Ok(Some(ViewInput::receipt_only()));
        }
        let store = self.engine.store();
        let view = store.view(log.origin()).await?;
        let Some(view) = view.filter(|view| view.quarantined.is_none()) else { return Ok(None) };
        let (size, root) = (checkpoint.size(), checkpoint.root());
        let known = store.checkpoint_at(log.origin(), size).await?;
        if known.iter().any(|row| row.root == root.0) {
            return Ok(Some(followed(size, &root, &[])));
        }
        if !known.is_empty() || view.size <= size {
            return Ok(None);
        }
        self.older_than_view(log, checkpoint, &view, commit).await
    }

    /// A smaller size that the follow job jumped over: proven by the tiles of the larger tree.
    async fn older_than_view(
        &self,
        log: &Log,
        checkpoint: &VerifiedCheckpoint,
        view: &ViewRow,
        commit: &mut Commit,
    ) -> Result<Option<ViewInput>, JobError> {
        let store = self.engine.store();
        let (size, root) = (checkpoint.size(), checkpoint.root());
        let proof = log.client.consistency(size, view.size).await?;
        let accepted = Hash(view.root);
        if consistency::verify(size, view.size, &proof, &root, &accepted).is_err() {
            return Ok(None);
        }
        // The tree that it was proven against stays accepted when the view moves on. So the view
        // is read again: with a slow log it would move during every read, and no commit would fit.
        let now = store.view(log.origin()).await?.filter(|now| now.quarantined.is_none());
        let Some(now) = now else { return Ok(None) };
        commit
            .expect
            .push(Expect::View { origin: log.origin().into(), at: Some((now.size, now.root)) });
        commit.writes.push(Write::Checkpoint(CheckpointRow {
            origin: log.origin().into(),
            size,
            root: root.0,
            note: checkpoint.signed().note().clone(),
            seen_at: self.engine.now(),
        }));
        Ok(Some(followed(view.size, &accepted, &proof)))
    }

    fn wait(&self, job: &Job) -> Settlement {
        Settlement::Snooze {
            until: self.engine.now() + growing(job.claims, FIRST_PAUSE, LONGEST_PAUSE),
        }
    }
}

fn receipt_inputs(work: &EntryWork, log: &Log) -> Result<Inputs, JobError> {
    let row = &work.entry.row;
    let missing = || JobError::Missing { what: "receipt of", id: row.id.clone() };
    Ok(Inputs::default()
        .with("leaf", work.leaf.clone())
        .with("receipt", work.receipt.clone().ok_or_else(missing)?)
        .with("log", log.input(&row.tenant).to_bytes()))
}

/// The input that says: proven against this accepted checkpoint.
pub(super) fn followed(size: u64, root: &Hash, proof: &[Hash]) -> ViewInput {
    ViewInput {
        view: "followed".into(),
        size: Some(size.to_string()),
        root: Some(root.to_string()),
        proof: proof.iter().map(ToString::to_string).collect(),
    }
}

#[async_trait]
impl Handler<Commit> for Verify {
    async fn run(&self, job: &Job) -> Outcome {
        or_retry(KIND, &job.key, self.attempt(job).await)
    }
}
