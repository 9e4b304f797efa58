//! Job `submit`: posts the stored bytes of one entry until the log has it or refuses it.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use rekindle_events::{Event, Kind, Stage};
use rekindle_proof::{Receipt, VerifiedReceipt};
use rekindle_queue::worker::Handler;
use rekindle_queue::{Job, RetryClass, Settlement};
use rekindle_rekor::{Prepared, RawAnswer, wire};
use rekindle_store::{Commit, EntryView, EntryWork, InputDigest, Write};

use super::{JobError, MAX_TREE, Outcome, growing, or_retry};
use crate::decide::{self, Failure, Inputs, ViewInput};
use crate::engine::{Engine, event_with_inputs};
use crate::outcome::{self, Next};
use crate::target::Log;

/// The job's kind.
pub const KIND: &str = "submit";

/// How long an entry for a log that is quarantined or not configured sleeps.
const BLOCKED_PAUSE: Duration = Duration::from_secs(30);

/// How the pause of an entry grows with each busy answer, and where it ends.
const BUSY_STEP: Duration = Duration::from_millis(250);
/// A minute behind a log that is open again is soon enough.
const BUSY_MOST: Duration = Duration::from_secs(60);

/// The handler.
pub struct Submit {
    engine: Engine,
}

impl Submit {
    /// A handler for that engine.
    #[must_use]
    pub fn new(engine: Engine) -> Submit {
        Submit { engine }
    }

    async fn attempt(&self, job: &Job) -> Result<Outcome, JobError> {
        let store = self.engine.store();
        let Some(work) = store.work(&job.key).await? else {
            return Err(JobError::Missing { what: "entry", id: job.key.to_string() });
        };
        let entry = &work.entry;
        if entry.state.stage != Stage::Queued {
            return Ok((Settlement::Done, Commit::default()));
        }
        let now = self.engine.now();
        if let Some(deadline) = entry.row.deadline.filter(|deadline| *deadline <= now) {
            return self.past_deadline(job, &work, deadline, now);
        }
        let Some(log) = self.engine.log_of(&entry.row.target) else {
            return Ok((self.snooze(BLOCKED_PAUSE, entry), Commit::default()));
        };
        if work.quarantined {
            return Ok((self.snooze(BLOCKED_PAUSE, entry), Commit::default()));
        }
        let prepared = Prepared {
            request: work.request.clone(),
            leaf: work.leaf.clone(),
            leaf_hash: rekindle_proof::Hash(entry.row.leaf_hash),
        };
        // If the process dies after the post, the lease ends and the same bytes are posted again:
        // the log answers 409 with the index, and the entry is recovered from there.
        let (raw, answer) = log.client.post(&prepared).await;
        self.engine.metrics().answer(&answer);
        match outcome::next(answer) {
            Next::Check(receipt) => self.check(job, &work, log, *receipt, raw).await,
            Next::Recover(place) => match log.client.recover(&prepared.leaf, place).await {
                Ok(recovered) => self.check(job, &work, log, recovered.receipt, raw).await,
                Err(error) => {
                    tracing::info!(entry = %job.key, %error, "known to the log, not yet readable");
                    Ok((again(RetryClass::Transient), Commit::default()))
                }
            },
            Next::Fail { status, reason } => {
                self.refused(job, &work, log, status, &reason, raw.as_ref())
            }
            Next::Pause { wait, why } => {
                tracing::debug!(entry = %job.key, why, "the log asks for a pause");
                // A log that stays busy is asked less and less, though no attempt is burned.
                let wait = wait.max(growing(job.claims, BUSY_STEP, BUSY_MOST));
                Ok((self.snooze(wait, entry), Commit::default()))
            }
            Next::Again { class, why } => {
                tracing::info!(entry = %job.key, why, "no clear answer, the same bytes go again");
                Ok((again(class), Commit::default()))
            }
        }
    }

    async fn check(
        &self,
        job: &Job,
        work: &EntryWork,
        log: &Log,
        receipt: Receipt,
        raw: Option<RawAnswer>,
    ) -> Result<Outcome, JobError> {
        let (entry, leaf) = (&work.entry, &work.leaf);
        let stored = receipt_bytes(&receipt);
        let mut inputs = Inputs::default()
            .with("leaf", leaf.clone())
            .with("receipt", stored.clone())
            .with("log", log.input(&entry.row.tenant).to_bytes());
        if let Some(raw) = &raw {
            inputs.add("answer", raw.to_bytes());
        }
        let verified = receipt.verify(leaf, &log.options.key);
        let verified = verified.map_err(|error| error.to_string()).and_then(countable);
        let logged = decide::decide(Kind::EntryLogged, Some(&work.last), &inputs);
        let (Ok(verified), Ok(logged)) = (verified.as_ref(), logged.as_ref()) else {
            // An answer that does not prove our leaf counts as no answer.
            let error = verified.err().or(logged.err().map(|error| error.to_string()));
            let error = error.unwrap_or_default();
            tracing::warn!(entry = %job.key, log = log.options.name, error, "receipt refused");
            self.engine.metrics().receipt_refused();
            return Ok((again(RetryClass::Unclear), Commit::default()));
        };
        let mut commit = Commit::default();
        let mut new = event_with_inputs(logged.clone(), &inputs, &mut commit);
        new.hints = Some(entry.row.hints);
        new.observed.attempts = Some(job.attempts + 1);
        new.observed.http_status = raw.map(|raw| raw.status);
        commit.events.push(new);
        commit
            .writes
            .push(Write::Receipt { entry: entry.row.id.clone(), digest: InputDigest::of(&stored) });
        self.verify_now_or_later(entry, log, verified, logged, &inputs, &mut commit).await?;
        commit.jobs.push(super::trigger::nudge(self.engine.now()));
        Ok((Settlement::Done, commit))
    }

    /// `inclusion_verified` shares the commit when nothing has to be waited for.
    async fn verify_now_or_later(
        &self,
        entry: &EntryView,
        log: &Log,
        verified: &VerifiedReceipt,
        logged: &Event,
        inputs: &Inputs,
        commit: &mut Commit,
    ) -> Result<(), JobError> {
        let checkpoint = verified.checkpoint();
        let view = if log.options.follow.is_none() {
            Some(ViewInput::receipt_only())
        } else {
            let known = self.engine.store().checkpoint_at(log.origin(), checkpoint.size()).await?;
            let known = known.iter().any(|row| row.root == checkpoint.root().0);
            // Convicted while the answer was on its way: nothing more is stated as verified.
            let good = known && !self.is_quarantined(log.origin()).await?;
            good.then(|| super::verify::followed(checkpoint.size(), &checkpoint.root(), &[]))
        };
        if let Some(view) = view {
            let new = verified_event(entry, logged, inputs, &view, commit)?;
            commit.events.push(new);
            return Ok(());
        }
        // If the process dies before the follow job saw this checkpoint, the verify job hands it
        // over again: the receipt is stored.
        log.hand_over(checkpoint);
        let now = self.engine.now();
        commit.jobs.push(super::verify::job(&entry.row.id, now));
        commit.jobs.push(super::follow::nudge(log.origin(), now));
        Ok(())
    }

    async fn is_quarantined(&self, origin: &str) -> Result<bool, JobError> {
        let view = self.engine.store().view(origin).await?;
        Ok(view.is_some_and(|view| view.quarantined.is_some()))
    }

    fn refused(
        &self,
        job: &Job,
        work: &EntryWork,
        log: &Log,
        status: u16,
        reason: &str,
        raw: Option<&RawAnswer>,
    ) -> Result<Outcome, JobError> {
        tracing::info!(entry = %job.key, log = log.options.name, status, reason, "refused");
        let answer = raw.map(RawAnswer::to_bytes).unwrap_or_default();
        let inputs =
            Inputs::default().with("failure", Failure::Rejected.to_bytes()).with("answer", answer);
        self.fail(job, work, &inputs, Some(status), reason, "rejected")
    }

    fn past_deadline(
        &self,
        job: &Job,
        work: &EntryWork,
        deadline: SystemTime,
        now: SystemTime,
    ) -> Result<Outcome, JobError> {
        let inputs = Inputs::default().with("failure", Failure::deadline(deadline, now).to_bytes());
        let text = "the deadline passed before the log had the entry";
        self.fail(job, work, &inputs, None, text, "deadline")
    }

    fn fail(
        &self,
        job: &Job,
        work: &EntryWork,
        inputs: &Inputs,
        status: Option<u16>,
        text: &str,
        code: &'static str,
    ) -> Result<Outcome, JobError> {
        let failed = decide::decide(Kind::EntryFailed, Some(&work.last), inputs)?;
        let mut commit = Commit::default();
        let mut new = event_with_inputs(failed, inputs, &mut commit);
        new.hints = Some(work.entry.row.hints);
        new.observed.attempts = Some(job.attempts + u32::from(status.is_some()));
        new.observed.http_status = status;
        new.observed.text = Some(text.to_owned());
        commit.events.push(new);
        commit.jobs.push(super::trigger::nudge(self.engine.now()));
        Ok((Settlement::Dead { code }, commit))
    }

    fn snooze(&self, wait: Duration, entry: &EntryView) -> Settlement {
        let until = self.engine.now() + wait;
        // Never sleep through the deadline.
        Settlement::Snooze {
            until: entry.row.deadline.map_or(until, |deadline| until.min(deadline)),
        }
    }
}

#[async_trait]
impl Handler<Commit> for Submit {
    async fn run(&self, job: &Job) -> Outcome {
        or_retry(KIND, &job.key, self.attempt(job).await)
    }
}

/// The `inclusion_verified` event of a `logged` one whose receipt inputs are at hand.
pub(super) fn verified_event(
    entry: &EntryView,
    logged: &Event,
    receipt: &Inputs,
    view: &ViewInput,
    writes: &mut Commit,
) -> Result<rekindle_store::NewEvent, JobError> {
    let inputs = Inputs::default()
        .with("leaf", receipt.get("leaf")?.clone())
        .with("receipt", receipt.get("receipt")?.clone())
        .with("log", receipt.get("log")?.clone())
        .with("view", view.to_bytes());
    let event = decide::decide(Kind::InclusionVerified, Some(logged), &inputs)?;
    let mut new = event_with_inputs(event, &inputs, writes);
    new.hints = Some(entry.row.hints);
    Ok(new)
}

/// A receipt in the form in which logs answer and bundles carry it.
pub(crate) fn receipt_bytes(receipt: &Receipt) -> Bytes {
    wire::v2::TransparencyLogEntry::from_receipt(receipt, ("hashedrekord", "0.0.2"))
        .to_json()
        .into()
}

/// Refuses a signed tree that no ledger can count: storing its index would fail for ever.
fn countable(receipt: VerifiedReceipt) -> Result<VerifiedReceipt, String> {
    match receipt.checkpoint().size() {
        0..=MAX_TREE => Ok(receipt),
        size => Err(format!("a tree of {size} leaves is more than the ledger can count")),
    }
}

fn again(class: RetryClass) -> Settlement {
    Settlement::Retry { class, not_before: None }
}
