//! One commit inside a savepoint: preconditions, rows, events, jobs.

use std::collections::BTreeMap;
use std::time::SystemTime;

use rekindle_events::{EntryState, EventId, Recorded, Sequence};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};

use crate::read::entries;
use crate::sql::{Batch, Row, blob, int, micros, opt, rows_of, stmt, to_json};
use crate::{
    Commit, CommitError, Committed, Expect, InputDigest, NewEvent, StoreError, Write, jobs, write,
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

/// Checks a commit and adds its statements to `batch`. Everything is read before anything is
/// written, so a commit costs one round trip for its writes.
pub(crate) async fn apply(
    db: &DatabaseTransaction,
    commit: &Commit,
    mut sequence: u64,
    now: SystemTime,
    batch: &mut Batch,
) -> Result<Applied, CommitError> {
    for expect in &commit.expect {
        check(db, expect).await?;
    }
    write_inputs(&commit.writes, batch);
    let last = sequence + commit.events.len() as u64;
    let mut chains = Chains::default();
    for write in &commit.writes {
        if let Write::Entry(row) = write {
            chains.entries.insert(row.id.as_str().into(), None);
        }
        write::one(write, last, now, batch)?;
    }
    let mut recorded = Vec::with_capacity(commit.events.len());
    for new in &commit.events {
        sequence += 1;
        recorded.push(append(db, new, sequence, now, &mut chains, batch).await?);
    }
    for job in &commit.jobs {
        jobs::make(job, now, batch);
    }
    let committed = Committed { recorded, already_applied: false };
    Ok(Applied { committed, sequence, made_jobs: !commit.jobs.is_empty() })
}

/// What this commit itself has done to chains that the database does not show yet.
#[derive(Default)]
struct Chains {
    entries: BTreeMap<Box<str>, Option<EntryState>>,
    heads: BTreeMap<(Box<str>, Box<str>), EventId>,
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
fn write_inputs(writes: &[Write], batch: &mut Batch) {
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
        batch.add(&sql, values);
    }
}

async fn append(
    db: &DatabaseTransaction,
    new: &NewEvent,
    sequence: u64,
    now: SystemTime,
    chains: &mut Chains,
    batch: &mut Batch,
) -> Result<Recorded, CommitError> {
    let facts = new.event.facts();
    let recorded = Recorded {
        sequence: Sequence(sequence),
        event: new.event.clone(),
        recorded_at: now,
        observed: new.observed.clone(),
    };
    let entry = match chains.entries.get(&facts.subject) {
        Some(state) => Some(state.clone()),
        None => entries::state(db, &facts.subject).await?,
    };
    if let Some(state) = entry {
        let next = EntryState::apply(state.as_ref(), &recorded)?;
        save_state(&facts.subject, &next, sequence, batch)?;
        chains.entries.insert(facts.subject.clone(), Some(next));
    } else {
        let key = (facts.tenant.clone(), facts.subject.clone());
        let head = match chains.heads.get(&key) {
            Some(head) => Some(*head),
            None => head(db, &facts.tenant, &facts.subject).await?,
        };
        if head != facts.previous {
            return Err(CommitError::Conflict {
                what: format!("{} has another last event", facts.subject),
            });
        }
        chains.heads.insert(key, new.event.id());
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
    batch.add(sql, values);
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

fn save_state(
    entry: &str,
    state: &EntryState,
    sequence: u64,
    batch: &mut Batch,
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
    batch.add(sql, values);
    Ok(())
}
