//! Job `follow`: the only one that moves a view. One per log, never two at once.

use std::time::SystemTime;

use async_trait::async_trait;
use rekindle_events::{Body, Kind};
use rekindle_follow::{ConsistencyProof, Evidence, Judgement, SplitHashes, View, judge_known};
use rekindle_proof::{Hash, SignedCheckpoint, VerifiedCheckpoint};
use rekindle_queue::worker::Handler;
use rekindle_queue::{Job, NewJob, Settlement};
use rekindle_store::{
    CheckpointRow, Commit, CommitError, Expect, InputDigest, Ledger, ViewRow, Write,
};

use super::{JobError, Outcome, or_retry};
use crate::decide::{self, Inputs};
use crate::engine::{Engine, event_with_inputs};
use crate::target::{Entries, Log};

/// The job's kind.
pub const KIND: &str = "follow";

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
        let look = look(&self.engine, &log).await?;
        self.engine.metrics().looked(look.outcome);
        let until = self.engine.now() + follow.interval;
        Ok((Settlement::Snooze { until }, Commit::default()))
    }
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
    seen.sort_by_key(VerifiedCheckpoint::size);
    seen.dedup_by(|a, b| a.size() == b.size() && a.root() == b.root());
    for checkpoint in seen {
        let (found, text) = one(engine, log, &checkpoint).await?;
        outcome = outcome.max(found);
        why = text.or(why);
    }
    let now = engine.now();
    log.set_health(crate::target::Health { outcome, why: why.clone(), at: Some(now) });
    Ok(Look { outcome, health: crate::target::Health { outcome, why, at: Some(now) } })
}

async fn one(
    engine: &Engine,
    log: &Log,
    seen: &VerifiedCheckpoint,
) -> Result<(LookOutcome, Option<String>), JobError> {
    let store = engine.store();
    let row = store.view(log.origin()).await?;
    if row.as_ref().is_some_and(|row| row.quarantined.is_some()) {
        return Ok((LookOutcome::Diverged, Some("quarantined: diverged before".into())));
    }
    let view = row.as_ref().map(|row| view_of(log, row)).transpose()?;
    let known = store.checkpoint_at(log.origin(), seen.size()).await?;
    if known.iter().any(|known| known.root == seen.root().0) {
        return Ok((LookOutcome::Good, None));
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
            if proof.consistency.is_some() {
                store.commit(accept_older(engine, log, row.as_ref(), seen)).await?;
            }
            Ok((LookOutcome::Good, None))
        }
        Judgement::First | Judgement::Advance => {
            advance(engine, log, row.as_ref(), seen, proof.consistency.as_ref()).await?;
            Ok((LookOutcome::Good, None))
        }
        Judgement::Unproven(bad) => {
            let text = proof.error.unwrap_or_else(|| bad.to_string());
            // Perhaps the cache holds what a proxy made up: the next look reads afresh.
            log.client.forget_tiles();
            tracing::warn!(log = log.options.name, size = seen.size(), why = text, "unproven");
            Ok((LookOutcome::Unproven, Some(text)))
        }
        Judgement::Diverged(evidence) => {
            diverge(engine, log, row.as_ref(), &evidence).await?;
            let text = "two signed histories: see `rekindle log evidence`".to_owned();
            Ok((LookOutcome::Diverged, Some(text)))
        }
    }
}

#[derive(Default)]
struct Proofs {
    consistency: Option<ConsistencyProof>,
    split: Option<SplitHashes>,
    error: Option<String>,
}

/// The consistency proof between view and `seen`; if it does not hold, the hashes that could
/// convict the log.
async fn read_proof(log: &Log, view: Option<&View>, seen: &VerifiedCheckpoint) -> Proofs {
    let mut proofs = Proofs::default();
    let Some(view) = view.and_then(|view| view.checkpoint) else { return proofs };
    let (small, large) = (view.size.min(seen.size()), view.size.max(seen.size()));
    if small == large || small == 0 {
        return proofs;
    }
    let (small_root, large_root) =
        if view.size == small { (view.root, seen.root()) } else { (seen.root(), view.root) };
    match log.client.consistency(small, large).await {
        Ok(proof) => {
            let holds =
                rekindle_proof::consistency::verify(small, large, &proof, &small_root, &large_root);
            let holds = holds.is_ok();
            proofs.consistency = Some(ConsistencyProof(proof));
            if holds {
                return proofs;
            }
        }
        Err(error) => proofs.error = Some(error.to_string()),
    }
    match log.client.tiles(&SplitHashes::tiles(small, large)).await {
        Ok(tiles) => proofs.split = SplitHashes::from_tiles(small, large, &tiles).ok(),
        Err(error) => proofs.error = Some(error.to_string()),
    }
    proofs
}

async fn advance(
    engine: &Engine,
    log: &Log,
    row: Option<&ViewRow>,
    seen: &VerifiedCheckpoint,
    proof: Option<&ConsistencyProof>,
) -> Result<(), JobError> {
    let store = engine.store();
    let tenant = &engine.options().tenant;
    let hashes: Vec<String> =
        proof.map(|proof| proof.0.iter().map(ToString::to_string).collect()).unwrap_or_default();
    let inputs = Inputs::default()
        .with("note", seen.signed().note().clone())
        .with("log", log.input(tenant).to_bytes())
        .with("proof", decide::to_bytes(&hashes));
    let previous = match store.head(tenant, log.origin()).await? {
        Some(id) => Some(super::event(store, &id).await?),
        None => None,
    };
    let event = decide::decide(Kind::CheckpointAdvanced, previous.as_ref(), &inputs)?;
    let mut commit = Commit::default();
    let new = event_with_inputs(event, &inputs, &mut commit);
    commit.events.push(new);
    commit.expect.push(expect_view(log, row));
    let now = engine.now();
    commit.writes.push(Write::View(ViewRow {
        origin: log.origin().into(),
        log_id: seen.log().to_string(),
        size: seen.size(),
        root: seen.root().0,
        note: seen.signed().note().clone(),
        quarantined: None,
        updated_at: now,
        checked_at: now,
    }));
    commit.writes.push(checkpoint_row(log, seen, now));
    if log.options.follow.is_some_and(|follow| follow.entries == Entries::All) {
        commit.jobs.push(super::ingest::nudge(log.origin(), now));
    }
    commit.jobs.push(super::trigger::nudge(now));
    store.commit(commit).await?;
    tracing::info!(log = log.options.name, size = seen.size(), "view advanced");
    Ok(())
}

fn accept_older(
    engine: &Engine,
    log: &Log,
    row: Option<&ViewRow>,
    seen: &VerifiedCheckpoint,
) -> Commit {
    let mut commit = Commit::default();
    commit.expect.push(expect_view(log, row));
    commit.writes.push(checkpoint_row(log, seen, engine.now()));
    commit
}

async fn diverge(
    engine: &Engine,
    log: &Log,
    row: Option<&ViewRow>,
    evidence: &Evidence,
) -> Result<(), JobError> {
    let store = engine.store();
    let tenant = &engine.options().tenant;
    let raw = bytes::Bytes::from(evidence.to_json());
    let inputs =
        Inputs::default().with("log", log.input(tenant).to_bytes()).with("evidence", raw.clone());
    let previous = match store.head(tenant, log.origin()).await? {
        Some(id) => Some(super::event(store, &id).await?),
        None => None,
    };
    if previous.as_ref().is_some_and(|e| matches!(e.facts().body, Body::CheckpointDiverged(_))) {
        return Ok(());
    }
    let event = decide::decide(Kind::CheckpointDiverged, previous.as_ref(), &inputs)?;
    let mut commit = Commit::default();
    let new = event_with_inputs(event, &inputs, &mut commit);
    commit.events.push(new);
    commit.expect.push(expect_view(log, row));
    commit
        .writes
        .push(Write::Quarantine { origin: log.origin().into(), evidence: InputDigest::of(&raw) });
    commit.jobs.push(super::trigger::nudge(engine.now()));
    match store.commit(commit).await {
        Ok(_) => {
            tracing::error!(
                log = log.options.name,
                "the log's own signatures convict it: quarantined"
            );
            Ok(())
        }
        Err(error @ CommitError::Conflict { .. }) => Err(error.into()),
        Err(error) => Err(error.into()),
    }
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

fn expect_view(log: &Log, row: Option<&ViewRow>) -> Expect {
    Expect::View { origin: log.origin().into(), at: row.map(|row| (row.size, row.root)) }
}

fn checkpoint_row(log: &Log, seen: &VerifiedCheckpoint, now: SystemTime) -> Write {
    Write::Checkpoint(CheckpointRow {
        origin: log.origin().into(),
        size: seen.size(),
        root: seen.root().0,
        note: seen.signed().note().clone(),
        seen_at: now,
    })
}

#[async_trait]
impl Handler<Commit> for FollowLog {
    async fn run(&self, job: &Job) -> Outcome {
        or_retry(KIND, &job.key, self.attempt(job).await)
    }
}
