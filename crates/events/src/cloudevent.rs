//! The wire form: CloudEvents 1.0, structured JSON.
//!
//! Sources: CloudEvents 1.0.2 (core and JSON format) and its extensions `sequence` and `dataref`.
//! `Integer` has 32 bits there, so sequence, log index and tree size are strings.

use rekindle_hints::Hints;
use serde_json::{Map, Value, json};
use time::UtcDateTime;
use time::macros::format_description;

use crate::{Body, Recorded};

/// Values in one dimension of the hints up to which they are inline.
///
/// With [`INLINE_BYTES`] it keeps an event below the 64 KiB that intermediaries have to forward.
pub const INLINE_VALUES: usize = 256;

/// Bytes of the hints' JSON up to which they are inline.
pub const INLINE_BYTES: usize = 32 * 1024;

/// The members of the hints' JSON that are dimensions: sets of values.
const DIMENSIONS: [&str; 6] = [
    "vulnerabilityIds",
    "productKeys",
    "components",
    "artifactDigests",
    "materialDigests",
    "statuses",
];

/// Who sends an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Id of the store, in `source` of events that no log signed: `urn:rekindle:store:<id>`.
    pub store_id: String,
}

/// The wire form of an event.
///
/// Members: the CloudEvents attributes, `sequence`, `tenant`, where they are known
/// `reanalysisscope`, `predicatetype` and `hintcoverage` (`vulnerability=complete,…`), and
/// `data` = `{facts, observed, hints}`. `facts` are the hashed ones, so a receiver can compute the
/// id again. Hints over [`INLINE_VALUES`] or [`INLINE_BYTES`] are replaced by `hintsDigest` and
/// `counts` (values per dimension), and `dataref` says where the full ones are. They only travel
/// smaller: matching always uses the full hints.
#[must_use]
pub fn cloudevent(r: &Recorded, hints: Option<&Hints>, source: &Source) -> Value {
    cloudevent_scoped(r, hints, source, None)
}

/// The same, with the scope of the entry that the event is about.
///
/// Only `rekor.entry.queued` has it in its facts; for the later events of that entry whoever
/// knows the entry gives it here.
#[must_use]
pub fn cloudevent_scoped(
    r: &Recorded,
    hints: Option<&Hints>,
    source: &Source,
    scope: Option<&str>,
) -> Value {
    let facts = r.event.facts();
    let hints_json = hints.map(Hints::to_json);

    let mut data = Map::new();
    data.insert("facts".into(), r.event.to_value());
    // A derived struct of strings and small integers always serialises.
    data.insert("observed".into(), serde_json::to_value(&r.observed).unwrap_or_default());
    let mut over_limit = false;
    match (&hints_json, hints) {
        (Some(json), _) if fits(json) => {
            data.insert("hints".into(), json.clone());
        }
        (Some(json), Some(hints)) => {
            over_limit = true;
            data.insert("hintsDigest".into(), hex::encode(hints.digest()).into());
            data.insert("counts".into(), counts(json));
        }
        _ => {
            data.insert("hints".into(), Value::Null);
        }
    }

    let mut event = Map::new();
    let mut set = |name: &str, value: String| event.insert(name.into(), value.into());
    set("specversion", "1.0".into());
    set("id", r.event.id().to_string());
    set("type", r.event.kind().event_type());
    set("source", urn(&facts.body, source));
    set("subject", subject(r, hints_json.as_ref()));
    set("time", rfc3339(r));
    set("datacontenttype", "application/json".into());
    set("sequence", r.sequence.padded());
    set("tenant", facts.tenant.to_string());
    let queued = match &facts.body {
        Body::EntryQueued(queued) => Some(queued),
        _ => None,
    };
    if let Some(scope) = queued.and_then(|f| f.scope.as_deref()).or(scope) {
        set("reanalysisscope", scope.into());
    }
    let predicate = hints_json.as_ref().and_then(|json| json["predicateType"].as_str());
    let predicate = queued.map(|f| f.predicate_type.as_str()).or(predicate);
    // CloudEvents forbids empty attributes.
    if let Some(predicate) = predicate.filter(|text| !text.is_empty()) {
        set("predicatetype", predicate.into());
    }
    if let Some(coverage) = hints_json.as_ref().and_then(coverage) {
        set("hintcoverage", coverage);
    }
    if over_limit {
        set("dataref", format!("/v1/events/{}/hints", r.event.id()));
    }
    event.insert("data".into(), Value::Object(data));
    Value::Object(event)
}

fn urn(body: &Body, source: &Source) -> String {
    body.log_id().map_or_else(
        || format!("urn:rekindle:store:{}", source.store_id),
        |log| format!("urn:rekindle:log:{log}"),
    )
}

/// What the event is about for a consumer: an artifact if one is known, else the facts' subject.
fn subject(r: &Recorded, hints: Option<&Value>) -> String {
    let artifact = hints.and_then(|json| json["artifactDigests"][0].as_str());
    let artifact = match &r.event.facts().body {
        Body::EntryObserved(observed) => observed.artifact_digest.as_deref().or(artifact),
        _ => artifact,
    };
    artifact.unwrap_or(&r.event.facts().subject).into()
}

/// RFC 3339 in UTC with six digits: one precision everywhere, so that text order is time order.
fn rfc3339(r: &Recorded) -> String {
    let format =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
    // A clock outside the years 1970 to 9999 is a broken one; it shows as 1970, not as a panic.
    r.recorded_at
        .duration_since(std::time::UNIX_EPOCH)
        .ok()
        .and_then(|since| i128::try_from(since.as_nanos()).ok())
        .and_then(|nanos| UtcDateTime::from_unix_timestamp_nanos(nanos).ok())
        .unwrap_or(UtcDateTime::UNIX_EPOCH)
        .format(&format)
        .unwrap_or_default()
}

fn fits(hints: &Value) -> bool {
    let small = DIMENSIONS.iter().all(|name| len(hints, name) <= INLINE_VALUES);
    small && hints.to_string().len() <= INLINE_BYTES
}

fn counts(hints: &Value) -> Value {
    DIMENSIONS.iter().map(|name| ((*name).to_owned(), json!(len(hints, name)))).collect()
}

fn len(hints: &Value, dimension: &str) -> usize {
    hints[dimension].as_array().map_or(0, Vec::len)
}

/// `digest=complete,product=partial,vulnerability=complete`: sorted, one word each.
fn coverage(hints: &Value) -> Option<String> {
    let coverage = hints["coverage"].as_object()?;
    let mut words: Vec<String> = coverage
        .iter()
        .filter_map(|(dimension, word)| Some(format!("{dimension}={}", word.as_str()?)))
        .collect();
    words.sort_unstable();
    Some(words.join(","))
}
