//! One commit inside a savepoint: preconditions, rows, events, jobs.

use std::collections::BTreeMap;
use std::time::SystemTime;

use rekindle_events::{EntryState, EventId, Recorded, Sequence};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};

use crate::read::entries;
use crate::rows::{EntryRow, TriggerRow, ViewRow};
use crate::sql::{Row, blob, int, micros, opt, rows_of, stmt, to_json};
use crate::{
    Commit, CommitError, Committed, Expect, InputDigest, NewEvent, StoreError, Write, jobs,
};

/// What a commit did, before it is durable.
pub(crate) struct Applied {
    pub(crate) committed: Committed,
    pub(crate) sequence: u64,
    pub(crate) made_jobs: bool,
}

/// A commit whose outcome was unknown is sent again: its own events are why it conflicts. Asked
/// after the savepoint was rolled back, so only events of former commits count.
pub(crate) async fn repeated(
    db: &DatabaseTransaction,
    commit: &Commit,
    error: CommitError,
) -> Result<Committed, CommitError> {
    if matches!(error, CommitError::Store(_)) || commit.events.is_empty() {
        return Err(error);
    }
    let recorded = known_events(db, &commit.events).await?;
    if recorded.len() < commit.events.len() {
        return Err(error);
    }
    Ok(Committed { recorded, already_applied: true })
}

pub(crate) async fn apply(
    db: &DatabaseTransaction,
    commit: &Commit,
    mut sequence: u64,
    now: SystemTime,
) -> Result<Applied, CommitError> {
    for expect in &commit.expect {
        check(db, expect).await?;
    }
    write_inputs(db, &commit.writes).await?;
    let last = sequence + commit.events.len() as u64;
    for write in &commit.writes {
        one(db, write, last, now).await?;
    }
    let mut recorded = Vec::with_capacity(commit.events.len());
    for new in &commit.events {
        sequence += 1;
        recorded.push(append(db, new, sequence, now).await?);
    }
    for job in &commit.jobs {
        jobs::make(db, job, now).await?;
    }
    let committed = Committed { recorded, already_applied: false };
    Ok(Applied { committed, sequence, made_jobs: !commit.jobs.is_empty() })
}

async fn known_events(
    db: &DatabaseTransaction,
    events: &[NewEvent],
) -> Result<Vec<Recorded>, CommitError> {
    let mut known = Vec::new();
    for new in events {
        let id = new.event.id().to_string();
        let sql = "SELECT sequence, recorded_at FROM event WHERE id = ?";
        let Some(row) = db.query_one_raw(stmt(sql, [id.into()])).await? else { break };
        known.push(Recorded {
            sequence: Sequence(Row(&row).u64("sequence")?),
            event: new.event.clone(),
            recorded_at: Row(&row).time("recorded_at")?,
            observed: new.observed.clone(),
        });
    }
    Ok(known)
}

async fn check(db: &DatabaseTransaction, expect: &Expect) -> Result<(), CommitError> {
    let (holds, what) = match expect {
        Expect::View { origin, at } => {
            let sql = "SELECT size, root, quarantined FROM view WHERE origin = ?";
            let row = db.query_one_raw(stmt(sql, [origin.as_str().into()])).await?;
            let (found, held) = match row {
                Some(row) => {
                    let row = Row(&row);
                    let held = row.opt_digest("quarantined")?.is_some();
                    (Some((row.u64("size")?, row.hash("root")?)), held)
                }
                None => (None, false),
            };
            // What was decided before a quarantine must not be applied after it.
            (found == *at && !held, format!("the view of {origin} has moved or is quarantined"))
        }
        Expect::Cursor { name, at } => {
            let sql = "SELECT position FROM cursor WHERE name = ?";
            let row = db.query_one_raw(stmt(sql, [name.as_str().into()])).await?;
            let found = row.map(|row| Row(&row).u64("position")).transpose()?.unwrap_or(0);
            (found == *at, format!("cursor {name} is at {found}, not {at}"))
        }
        Expect::PolicyRevision { id, revision } => {
            let sql = "SELECT max(revision) AS revision FROM policy_revision WHERE id = ?";
            let row = db.query_one_raw(stmt(sql, [id.as_str().into()])).await?;
            let found = row.map(|row| Row(&row).opt_u64("revision")).transpose()?.flatten();
            (found == *revision, format!("policy {id} was changed"))
        }
        Expect::NoSubmission { id } => {
            let sql = "SELECT 1 AS one FROM submission WHERE id = ?";
            let row = db.query_one_raw(stmt(sql, [id.as_str().into()])).await?;
            (row.is_none(), format!("submission {id} exists"))
        }
        Expect::NoEntry { id } => {
            let sql = "SELECT 1 AS one FROM entry WHERE id = ?";
            let row = db.query_one_raw(stmt(sql, [id.as_str().into()])).await?;
            (row.is_none(), format!("entry {id} exists"))
        }
    };
    if holds { Ok(()) } else { Err(CommitError::Conflict { what }) }
}

/// All inputs of a commit in few statements; the same bytes are stored once.
async fn write_inputs(db: &DatabaseTransaction, writes: &[Write]) -> Result<(), StoreError> {
    let inputs: BTreeMap<InputDigest, &[u8]> = writes
        .iter()
        .filter_map(|write| match write {
            Write::Input(bytes) => Some((InputDigest::of(bytes), bytes.as_ref())),
            _ => None,
        })
        .collect();
    let inputs: Vec<_> = inputs.into_iter().collect();
    for chunk in inputs.chunks(100) {
        let rows = rows_of(2, chunk.len());
        let sql = format!("INSERT OR IGNORE INTO input (digest, bytes) VALUES {rows}");
        let values = chunk.iter().flat_map(|(digest, bytes)| [blob(&digest.0), blob(bytes)]);
        db.execute_raw(stmt(&sql, values)).await?;
    }
    Ok(())
}

async fn append(
    db: &DatabaseTransaction,
    new: &NewEvent,
    sequence: u64,
    now: SystemTime,
) -> Result<Recorded, CommitError> {
    let facts = new.event.facts();
    let recorded = Recorded {
        sequence: Sequence(sequence),
        event: new.event.clone(),
        recorded_at: now,
        observed: new.observed.clone(),
    };
    let entry = entries::state(db, &facts.subject).await?;
    match &entry {
        Some(state) => {
            let next = EntryState::apply(state.as_ref(), &recorded)?;
            save_state(db, &facts.subject, &next, sequence).await?;
        }
        None => {
            let head = head(db, &facts.tenant, &facts.subject).await?;
            if head != facts.previous {
                return Err(CommitError::Conflict {
                    what: format!("{} has another last event", facts.subject),
                });
            }
        }
    }
    let inputs: Vec<(&str, String)> =
        new.inputs.iter().map(|(role, digest)| (&**role, hex::encode(digest.0))).collect();
    let sql = "INSERT INTO event (sequence, id, kind, tenant, subject, facts, observed, inputs, \
               hints, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let values: [Value; 10] = [
        int(sequence)?,
        new.event.id().to_string().into(),
        new.event.kind().as_str().into(),
        facts.tenant.as_ref().into(),
        facts.subject.as_ref().into(),
        new.event.canonical().into(),
        to_json(&new.observed).into(),
        to_json(&inputs).into(),
        opt(new.hints.map(|digest| digest.0.to_vec())),
        micros(now).into(),
    ];
    db.execute_raw(stmt(sql, values)).await?;
    Ok(recorded)
}

pub(crate) async fn head<C: ConnectionTrait>(
    db: &C,
    tenant: &str,
    subject: &str,
) -> Result<Option<EventId>, StoreError> {
    let sql =
        "SELECT id FROM event WHERE tenant = ? AND subject = ? ORDER BY sequence DESC LIMIT 1";
    let row = db.query_one_raw(stmt(sql, [tenant.into(), subject.into()])).await?;
    let Some(row) = row else { return Ok(None) };
    let id = Row(&row).text("id")?;
    id.parse().map(Some).map_err(|error| crate::sql::damaged("event id", error))
}

async fn save_state(
    db: &DatabaseTransaction,
    entry: &str,
    state: &EntryState,
    sequence: u64,
) -> Result<(), StoreError> {
    let sql = "UPDATE entry SET stage = ?, last_event = ?, log_index = ?, failure = ?, attempts = ?, \
               updated_sequence = ? WHERE id = ?";
    let values: [Value; 7] = [
        state.stage.as_str().into(),
        state.last.to_string().into(),
        state.log_index.map(int).transpose()?.unwrap_or(Value::BigInt(None)),
        opt(state.failure.clone()),
        i64::from(state.attempts).into(),
        int(sequence)?,
        entry.into(),
    ];
    db.execute_raw(stmt(sql, values)).await?;
    Ok(())
}

async fn one(
    db: &DatabaseTransaction,
    write: &Write,
    sequence: u64,
    now: SystemTime,
) -> Result<(), StoreError> {
    let (sql, values): (&str, Vec<Value>) = match write {
        Write::Input(_) => return Ok(()),
        Write::Entry(row) => return entry(db, row).await,
        Write::View(row) => return view(db, row).await,
        Write::Triggers(rows) => return triggers(db, rows, now).await,
        Write::EntryDigests { entry, digests } => return entry_digests(db, entry, digests).await,
        Write::Submission(row) => (
            "INSERT OR IGNORE INTO submission (id, tenant, attestation, scope, urgency, created_at) \
             VALUES (?, ?, ?, ?, ?, ?)",
            vec![
                row.id.as_str().into(),
                row.tenant.as_str().into(),
                row.attestation.as_str().into(),
                opt(row.scope.clone()),
                row.urgency.as_str().into(),
                micros(row.created_at).into(),
            ],
        ),
        Write::ForgetDead { kind, key } => (
            "DELETE FROM job WHERE kind = ? AND key = ? AND state = 'dead'",
            vec![kind.as_str().into(), key.as_str().into()],
        ),
        Write::EntryDeadline { entry, deadline } => (
            "UPDATE entry SET deadline = ? WHERE id = ?",
            vec![opt(deadline.map(micros)), entry.as_str().into()],
        ),
        Write::Receipt { entry, digest } => (
            "UPDATE entry SET receipt = ? WHERE id = ?",
            vec![blob(&digest.0), entry.as_str().into()],
        ),
        Write::ViewChecked { origin, at } => (
            "UPDATE view SET checked_at = ? WHERE origin = ?",
            vec![micros(*at).into(), origin.as_str().into()],
        ),
        Write::Checkpoint(row) => (
            "INSERT OR IGNORE INTO checkpoint (origin, size, root, note, seen_at) VALUES (?, ?, ?, ?, ?)",
            vec![
                row.origin.as_str().into(),
                int(row.size)?,
                blob(&row.root),
                blob(&row.note),
                micros(row.seen_at).into(),
            ],
        ),
        Write::Quarantine { origin, evidence } => (
            "UPDATE view SET quarantined = ? WHERE origin = ?",
            vec![blob(&evidence.0), origin.as_str().into()],
        ),
        Write::Policy(row) => (
            "INSERT INTO policy_revision (id, revision, sequence, json, deleted) VALUES (?, ?, ?, ?, ?)",
            vec![
                row.id.as_str().into(),
                int(row.revision)?,
                int(sequence)?,
                row.json.as_str().into(),
                i64::from(row.deleted).into(),
            ],
        ),
        Write::AckTriggers { through } => (
            "UPDATE trigger_found SET acked = 1 WHERE number <= ? AND acked = 0",
            vec![int(*through)?],
        ),
        Write::Cursor { name, to } => (
            "INSERT INTO cursor (name, position) VALUES (?, ?) \
             ON CONFLICT (name) DO UPDATE SET position = excluded.position",
            vec![name.as_str().into(), int(*to)?],
        ),
        Write::Suppressed { event, policy, scope } => (
            "INSERT OR IGNORE INTO suppressed (event, policy, scope) VALUES (?, ?, ?)",
            vec![event.to_string().into(), policy.as_str().into(), scope.as_str().into()],
        ),
    };
    db.execute_raw(stmt(sql, values)).await?;
    Ok(())
}

async fn entry(db: &DatabaseTransaction, row: &EntryRow) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO entry (id, submission, tenant, attestation, target, log_name, leaf_hash, \
         attestation_input, verifier_input, request, leaf, hints, scope, deadline, created_at) \
         VALUES {}",
        rows_of(15, 1)
    );
    let values: [Value; 15] = [
        row.id.as_str().into(),
        row.submission.as_str().into(),
        row.tenant.as_str().into(),
        row.attestation.as_str().into(),
        row.target.as_str().into(),
        row.log_name.as_str().into(),
        blob(&row.leaf_hash),
        blob(&row.attestation_input.0),
        blob(&row.verifier_input.0),
        blob(&row.request.0),
        blob(&row.leaf.0),
        blob(&row.hints.0),
        opt(row.scope.clone()),
        opt(row.deadline.map(micros)),
        micros(row.created_at).into(),
    ];
    db.execute_raw(stmt(&sql, values)).await?;
    Ok(())
}

async fn entry_digests(
    db: &DatabaseTransaction,
    entry: &str,
    digests: &[String],
) -> Result<(), StoreError> {
    for chunk in digests.chunks(100) {
        let rows = rows_of(2, chunk.len());
        let sql = format!("INSERT OR IGNORE INTO entry_digest (digest, entry) VALUES {rows}");
        let values = chunk.iter().flat_map(|digest| [digest.as_str().into(), entry.into()]);
        db.execute_raw(stmt(&sql, values)).await?;
    }
    Ok(())
}

async fn view(db: &DatabaseTransaction, row: &ViewRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO view (origin, log_id, size, root, note, quarantined, updated_at, checked_at) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE SET \
               log_id = excluded.log_id, size = excluded.size, root = excluded.root, \
               note = excluded.note, updated_at = excluded.updated_at, checked_at = excluded.checked_at";
    let values: [Value; 8] = [
        row.origin.as_str().into(),
        row.log_id.as_str().into(),
        int(row.size)?,
        blob(&row.root),
        blob(&row.note),
        opt(row.quarantined.map(|digest| digest.0.to_vec())),
        micros(row.updated_at).into(),
        micros(row.checked_at).into(),
    ];
    db.execute_raw(stmt(sql, values)).await?;
    Ok(())
}

async fn triggers(
    db: &DatabaseTransaction,
    rows: &[TriggerRow],
    now: SystemTime,
) -> Result<(), StoreError> {
    for row in rows {
        let sql = "INSERT OR IGNORE INTO trigger_found (number, id, event, event_sequence, policy, \
                   revision, result, atoms, why, evaluate_only, artifacts, urgency, recorded_at) \
                   SELECT coalesce(max(number), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? \
                   FROM trigger_found";
        let values: [Value; 12] = [
            row.id.as_str().into(),
            row.event.to_string().into(),
            int(row.event_sequence)?,
            row.policy.as_str().into(),
            int(row.revision)?,
            row.result.as_str().into(),
            to_json(&row.atoms).into(),
            to_json(&row.why).into(),
            opt(row.evaluate_only.clone()),
            to_json(&row.artifacts).into(),
            row.urgency.as_str().into(),
            micros(now).into(),
        ];
        db.execute_raw(stmt(sql, values)).await?;
    }
    Ok(())
}
