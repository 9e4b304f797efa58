//! Rows as the JSON that people and programs read.

use std::time::SystemTime;

use rekindle_store::{EntryView, JobView, PolicyRow, StoredTrigger, ViewRow};
use rekindle_syncd::{Accepted, Log};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// RFC 3339 in UTC.
pub(crate) fn at(time: SystemTime) -> String {
    OffsetDateTime::from(time).format(&Rfc3339).unwrap_or_default()
}

pub(crate) fn accepted(accepted: &Accepted) -> Value {
    let entries: Vec<_> = accepted
        .entries
        .iter()
        .map(|entry| json!({"id": entry.id, "log": entry.log, "stage": entry.stage.as_str()}))
        .collect();
    json!({"id": accepted.id, "attestation": accepted.attestation, "entries": entries})
}

/// One entry.
#[must_use]
pub fn entry(view: &EntryView) -> Value {
    let mut out = json!({
        "id": view.row.id,
        "submission": view.row.submission,
        "attestation": view.row.attestation,
        "log": view.row.log_name,
        "origin": view.row.target,
        "stage": view.state.stage.as_str(),
        "leafHash": hex::encode(view.row.leaf_hash),
        "hintsDigest": hex::encode(view.row.hints.0),
        "createdAt": at(view.row.created_at),
        "lastEvent": view.state.last.to_string(),
    });
    if let Some(index) = view.state.log_index {
        out["logIndex"] = json!(index.to_string());
    }
    if let Some(failure) = &view.state.failure {
        out["failure"] = json!(failure);
    }
    if let Some(scope) = &view.row.scope {
        out["scope"] = json!(scope);
    }
    if let Some(deadline) = view.row.deadline {
        out["deadline"] = json!(at(deadline));
    }
    out
}

/// One trigger.
#[must_use]
pub fn trigger(stored: &StoredTrigger) -> Value {
    let row = &stored.row;
    let mut out = json!({
        "number": stored.number,
        "id": row.id,
        "event": row.event.to_string(),
        "eventSequence": row.event_sequence,
        "policy": row.policy,
        "revision": row.revision,
        "result": row.result,
        "atoms": row.atoms,
        "why": row.why,
        "artifacts": row.artifacts,
        "urgency": row.urgency,
        "recordedAt": at(stored.recorded_at),
        "acked": stored.acked,
    });
    if let Some(only) = &row.evaluate_only {
        out["evaluateOnly"] = json!(only);
    }
    out
}

pub(crate) fn policy(row: &PolicyRow) -> Value {
    let mut out: Value = serde_json::from_str(&row.json).unwrap_or_else(|_| json!({}));
    out["revision"] = json!(row.revision);
    out
}

pub(crate) fn job(view: &JobView) -> Value {
    json!({
        "id": view.job.id.0,
        "kind": view.job.kind,
        "key": view.job.key,
        "state": view.state,
        "attempts": view.job.attempts,
        "claims": view.job.claims,
        "priority": view.job.priority,
        "runAt": at(view.run_at),
        "createdAt": at(view.job.created_at),
        "code": view.code,
    })
}

pub(crate) fn log(log: &Log, view: Option<&ViewRow>) -> Value {
    let health = log.health();
    let mut out = json!({
        "name": log.options.name,
        "origin": log.origin(),
        "logId": log.options.key.id().to_string(),
        "writeUrl": log.options.write_url,
        "readUrl": log.options.read_url,
        "followed": log.options.follow.is_some(),
        "outcome": health.outcome.as_str(),
        "why": health.why,
        "lookedAt": health.at.map(at),
    });
    if let Some(view) = view {
        out["view"] = json!({
            "treeSize": view.size.to_string(),
            "rootHash": hex::encode(view.root),
            "checkpoint": String::from_utf8_lossy(&view.note),
            "quarantined": view.quarantined.is_some(),
            "evidence": view.quarantined.map(|digest| hex::encode(digest.0)),
            "updatedAt": at(view.updated_at),
        });
    }
    out
}
