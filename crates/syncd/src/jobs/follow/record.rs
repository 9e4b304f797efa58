//! What a look commits: a view that moved, an older tree that is known now, a conviction.

use std::time::SystemTime;

use rekindle_events::{Body, Kind};
use rekindle_follow::{ConsistencyProof, Evidence};
use rekindle_proof::VerifiedCheckpoint;
use rekindle_store::{CheckpointRow, Commit, Expect, InputDigest, Ledger, ViewRow, Write};

use crate::decide::{self, Inputs};
use crate::engine::{Engine, event_with_inputs};
use crate::jobs::JobError;
use crate::target::{Entries, Log};

/// The view moves to `seen`.
pub(super) async fn advance(
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
        Some(id) => Some(crate::jobs::event(store, &id).await?),
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
        commit.jobs.push(crate::jobs::ingest::nudge(log.origin(), now));
    }
    commit.jobs.push(crate::jobs::trigger::nudge(now));
    store.commit(commit).await?;
    tracing::info!(log = log.options.name, size = seen.size(), "view advanced");
    Ok(())
}

/// A smaller tree that the view contains joins the known ones.
pub(super) fn accept_older(
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

/// The log is convicted: the evidence is stated and nothing more is accepted.
pub(super) async fn diverge(
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
        Some(id) => Some(crate::jobs::event(store, &id).await?),
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
    commit.jobs.push(crate::jobs::trigger::nudge(engine.now()));
    // A view that moved meanwhile refuses this; the notes go back and are judged again.
    store.commit(commit).await?;
    tracing::error!(log = log.options.name, "the log's own signatures convict it: quarantined");
    Ok(())
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
