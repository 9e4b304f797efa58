//! Job `follow`: the only one that moves a view. One per log, never two at once.

mod proofs;
mod record;

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use rekindle_follow::{Evidence, Judgement, View, judge_known};
use rekindle_proof::{Hash, SignedCheckpoint, VerifiedCheckpoint};
use rekindle_queue::worker::Handler;
use rekindle_queue::{Job, NewJob, Settlement};
use rekindle_store::{CheckpointRow, Commit, Ledger, ViewRow};

use self::proofs::read_proof;
use self::record::{accept_older, advance, diverge};
use super::{JobError, MAX_TREE, Outcome};
use crate::decide;
use crate::engine::Engine;
use crate::target::Log;

/// The job's kind.
pub const KIND: &str = "follow";
/// After a look that was not good, nudges wait this long: many waiting entries nudge, and a log
/// that is down or lies must not be asked without pause.
const BAD_PAUSE: Duration = Duration::from_secs(1);

/// Makes the job of that log due.
#[must_use]
pub fn nudge(origin: &str, now: SystemTime) -> NewJob {
    NewJob {
        kind: KIND.into(),
        key: origin.into(),
        payload: origin.into(),
        run_at: now,
        priority: 30,
        deadline: None,
    }
}

/// The handler.
pub struct FollowLog {
    engine: Engine,
}

impl FollowLog {
    /// A handler for that engine.
    #[must_use]
    pub fn new(engine: Engine) -> FollowLog {
        FollowLog { engine }
    }

    async fn attempt(&self, job: &Job) -> Result<Outcome, JobError> {
        let Some(log) = self.engine.log_of(&job.key).cloned() else {
            // A log that was taken out of the configuration is not followed any more.
            return Ok((Settlement::Done, Commit::default()));
        };
        let Some(follow) = log.options.follow else {
            return Ok((Settlement::Done, Commit::default()));
        };
        let pause = follow.interval.min(BAD_PAUSE);
        if let Some(until) = not_before(&log.health(), pause, self.engine.now()) {
            return Ok((Settlement::Snooze { until }, Commit::default()));
        }
        log.pace.turn().await;
        let wait = match look(&self.engine, &log).await {
            Ok(look) => {
                self.engine.metrics().looked(look.outcome);
                follow.interval
            }
            // Not a retry: this job never ends, so its attempts would only ever grow.
            Err(error) => {
                tracing::warn!(log = log.options.name, %error, "look failed, trying again");
                pause
            }
        };
        Ok((Settlement::Snooze { until: self.engine.now() + wait }, Commit::default()))
    }
}

/// Until when the next look has to wait, if the last one was not good.
fn not_before(
    last: &crate::target::Health,
    pause: Duration,
    now: SystemTime,
) -> Option<SystemTime> {
    let at = last.at.filter(|at| last.outcome != LookOutcome::Good && *at <= now)?;
    Some(at + pause).filter(|until| *until > now)
}

/// What one look at a log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The worst of what was judged.
    pub outcome: LookOutcome,
    /// The same for people.
    pub health: crate::target::Health,
}

/// The verdict of one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LookOutcome {
    /// Same, stale or advanced: all is well.
    Good,
    /// The log could not be read.
    Unreachable,
    /// Something was served that could not be proven; nobody is accused.
    Unproven,
    /// The log's own signatures convict it.
    Diverged,
}

impl LookOutcome {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            LookOutcome::Good => "good",
            LookOutcome::Unreachable => "unreachable",
            LookOutcome::Unproven => "unproven",
            LookOutcome::Diverged => "diverged",
        }
    }
}

/// Looks at a log once: everything handed over and what the log shows now.
///
/// # Errors
/// When the ledger cannot be read or written; what the log does is in the [`Look`].
pub async fn look(engine: &Engine, log: &Log) -> Result<Look, JobError> {
    let mut outcome = LookOutcome::Good;
    let mut why = None;
    let mut notes = log.take_seen();
    match log.client.checkpoint().await {
        Ok(note) => notes.push(note),
        Err(error) => {
            outcome = LookOutcome::Unreachable;
            why = Some(error.to_string());
        }
    }
    let mut seen = Vec::with_capacity(notes.len());
    for note in notes {
        match note.verify(&log.options.key) {
            Ok(checkpoint) => seen.push(checkpoint),
            Err(error) => {
                // Not the log's word: anybody between us and the log could have sent it.
                outcome = outcome.max(LookOutcome::Unproven);
                why = Some(error.to_string());
            }
        }
    }
    seen.sort_by_key(|checkpoint| (checkpoint.size(), checkpoint.root()));
    seen.dedup_by(|a, b| a.size() == b.size() && a.root() == b.root());
    match all(engine, log, &seen).await {
        Ok((found, text)) => {
            outcome = outcome.max(found);
            why = text.or(why);
        }
        Err(error) => {
            // What was handed over is judged next time: it may be what convicts the log.
            seen.iter().for_each(|checkpoint| log.hand_over(checkpoint));
            outcome = outcome.max(LookOutcome::Unproven);
            let text = Some(error.to_string());
            let at = Some(engine.now());
            log.set_health(crate::target::Health { outcome, why: text, at });
            return Err(error);
        }
    }
    let health = crate::target::Health { outcome, why, at: Some(engine.now()) };
    log.set_health(health.clone());
    Ok(Look { outcome, health })
}

/// Judges what was seen, smallest tree first; the worst verdict counts.
async fn all(
    engine: &Engine,
    log: &Log,
    seen: &[VerifiedCheckpoint],
) -> Result<(LookOutcome, Option<String>), JobError> {
    let mut outcome = LookOutcome::Good;
    let mut why = None;
    for checkpoint in seen {
        let (found, text) = one(engine, log, checkpoint, seen).await?;
        outcome = outcome.max(found);
        why = text.or(why);
    }
    Ok((outcome, why))
}

async fn one(
    engine: &Engine,
    log: &Log,
    seen: &VerifiedCheckpoint,
    all: &[VerifiedCheckpoint],
) -> Result<(LookOutcome, Option<String>), JobError> {
    let store = engine.store();
    let row = store.view(log.origin()).await?;
    if row.as_ref().is_some_and(|row| row.quarantined.is_some()) {
        return Ok((LookOutcome::Diverged, Some("quarantined: diverged before".into())));
    }
    if seen.size() > MAX_TREE {
        let text = format!("a tree of {} leaves is more than the ledger can count", seen.size());
        return Ok((LookOutcome::Unproven, Some(text)));
    }
    let view = row.as_ref().map(|row| view_of(log, row)).transpose()?;
    let known = store.checkpoint_at(log.origin(), seen.size()).await?;
    if known.iter().any(|known| known.root == seen.root().0) {
        return Ok((LookOutcome::Good, None));
    }
    if row.is_some()
        && let Some(evidence) = two_roots(log, seen, &known, all)
    {
        return convicted(engine, log, row.as_ref(), &evidence).await;
    }
    let proof = read_proof(log, view.as_ref(), seen).await;
    let judged = judge_known(
        view.as_ref(),
        seen,
        |_| known.first().map(|row| Hash(row.root)),
        proof.consistency.as_ref(),
        proof.split.as_ref(),
    );
    match judged {
        Judgement::Same | Judgement::Stale => {
            // An older pair is recorded only with the proof that was checked here.
            if proof.holds && proof.consistency.is_some() {
                store.commit(accept_older(engine, log, row.as_ref(), seen)).await?;
            }
            Ok((LookOutcome::Good, None))
        }
        Judgement::First | Judgement::Advance if proof.holds => {
            advance(engine, log, row.as_ref(), seen, proof.consistency.as_ref()).await?;
            Ok((LookOutcome::Good, None))
        }
        // The tiles show it, but the proof that the event has to carry could not be read.
        Judgement::First | Judgement::Advance => {
            Ok(unproven(log, seen, proof.error.unwrap_or_else(|| "no proof that holds".into())))
        }
        Judgement::Unproven(bad) => {
            Ok(unproven(log, seen, proof.error.unwrap_or_else(|| bad.to_string())))
        }
        Judgement::Diverged(evidence) => convicted(engine, log, row.as_ref(), &evidence).await,
    }
}

fn unproven(log: &Log, seen: &VerifiedCheckpoint, why: String) -> (LookOutcome, Option<String>) {
    // Perhaps the cache holds what a proxy made up: the next look reads afresh.
    log.client.forget_tiles();
    tracing::warn!(log = log.options.name, size = seen.size(), why, "unproven");
    (LookOutcome::Unproven, Some(why))
}

async fn convicted(
    engine: &Engine,
    log: &Log,
    row: Option<&ViewRow>,
    evidence: &Evidence,
) -> Result<(LookOutcome, Option<String>), JobError> {
    diverge(engine, log, row, evidence).await?;
    Ok((LookOutcome::Diverged, Some("two signed histories: see `rekindle log evidence`".into())))
}

/// Two signed roots of one size convict without any hashes: a log that hides its tiles, too.
fn two_roots(
    log: &Log,
    seen: &VerifiedCheckpoint,
    known: &[CheckpointRow],
    all: &[VerifiedCheckpoint],
) -> Option<Evidence> {
    // Stored notes are verified again; `Evidence::new` refuses whatever does not convict.
    let stored = known
        .iter()
        .filter_map(|row| SignedCheckpoint::new(row.note.clone()).verify(&log.options.key).ok());
    let handed = all.iter().filter(|other| other.size() == seen.size()).cloned();
    stored.chain(handed).find_map(|other| Evidence::new(&other, seen, None).ok())
}

fn view_of(log: &Log, row: &ViewRow) -> Result<View, JobError> {
    // Our own table is not believed either: the note is verified again on each read.
    let note = SignedCheckpoint::new(row.note.clone());
    let verified = note.verify(&log.options.key).map_err(decide::DecideError::from)?;
    if (verified.size(), verified.root()) != (row.size, Hash(row.root)) {
        return Err(JobError::Decide(decide::DecideError::Rule(format!(
            "the stored view of {} does not match its signed note: run `rekindle doctor`",
            row.origin
        ))));
    }
    Ok(View::of(&verified))
}

#[async_trait]
impl Handler<Commit> for FollowLog {
    async fn run(&self, job: &Job) -> Outcome {
        super::or_retry(KIND, &job.key, self.attempt(job).await)
    }
}
