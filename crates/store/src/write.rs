//! Each kind of row as statements of a batch.

use std::time::SystemTime;

use sea_orm::Value;

use crate::rows::{EntryRow, TriggerRow, ViewRow};
use crate::sql::{Batch, blob, int, micros, opt, rows_of, to_json};
use crate::{StoreError, Write};

pub(crate) fn one(
    write: &Write,
    sequence: u64,
    now: SystemTime,
    batch: &mut Batch,
) -> Result<(), StoreError> {
    let (sql, values): (&str, Vec<Value>) = match write {
        Write::Input(_) => return Ok(()),
        Write::Entry(row) => return entry(row, batch),
        Write::View(row) => return view(row, batch),
        Write::Triggers(rows) => return triggers(rows, now, batch),
        Write::EntryDigests { entry, digests } => return entry_digests(entry, digests, batch),
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
    batch.add(sql, values);
    Ok(())
}

fn entry(row: &EntryRow, batch: &mut Batch) -> Result<(), StoreError> {
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
    batch.add(&sql, values);
    Ok(())
}

fn entry_digests(entry: &str, digests: &[String], batch: &mut Batch) -> Result<(), StoreError> {
    for chunk in digests.chunks(100) {
        let rows = rows_of(2, chunk.len());
        let sql = format!("INSERT OR IGNORE INTO entry_digest (digest, entry) VALUES {rows}");
        let values = chunk.iter().flat_map(|digest| [digest.as_str().into(), entry.into()]);
        batch.add(&sql, values);
    }
    Ok(())
}

fn view(row: &ViewRow, batch: &mut Batch) -> Result<(), StoreError> {
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
    batch.add(sql, values);
    Ok(())
}

fn triggers(rows: &[TriggerRow], now: SystemTime, batch: &mut Batch) -> Result<(), StoreError> {
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
        batch.add(sql, values);
    }
    Ok(())
}
