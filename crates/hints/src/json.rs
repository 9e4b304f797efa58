//! The JSON form of hints: `rekindle.hints/1`.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::shown;
use crate::{
    Coverage, DetectedBy, Family, Hints, HintsError, IdError, PerDimension, Predicate, SkipReason,
    Skipped, SortedSet, Status,
};

/// The schema that is written and read.
pub const SCHEMA: &str = "rekindle.hints/1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Form<'h> {
    schema: &'static str,
    extractor: u16,
    predicate_type: &'h str,
    family: Family,
    detected_by: DetectedBy,
    vulnerability_ids: &'h SortedSet<crate::VulnId>,
    product_keys: &'h SortedSet<crate::ProductKey>,
    components: &'h SortedSet<crate::Component>,
    artifact_digests: &'h SortedSet<crate::Digest>,
    material_digests: &'h SortedSet<crate::Digest>,
    statuses: &'h SortedSet<Status>,
    may_affect_decision: bool,
    coverage: PerDimension<Coverage>,
    #[serde(skip_serializing_if = "<[Skipped]>::is_empty")]
    skipped: &'h [Skipped],
}

pub(crate) fn write(hints: &Hints) -> Value {
    let form = Form {
        schema: SCHEMA,
        extractor: hints.extractor,
        predicate_type: &hints.predicate.uri,
        family: hints.predicate.family,
        detected_by: hints.predicate.detected_by,
        vulnerability_ids: &hints.vulnerabilities,
        product_keys: &hints.products,
        components: &hints.components,
        artifact_digests: &hints.artifacts,
        material_digests: &hints.materials,
        statuses: &hints.statuses,
        may_affect_decision: hints.may_affect_decision,
        coverage: hints.coverage,
        skipped: &hints.skipped,
    };
    // The form holds strings, booleans and small integers under constant keys: nothing that JSON cannot hold.
    serde_json::to_value(form).unwrap_or_else(|_| unreachable!("hints are plain JSON values"))
}

pub(crate) fn canonical(value: &Value) -> Vec<u8> {
    // The canonical form fails only for floats and keys that are no text; the form has neither.
    serde_json_canonicalizer::to_vec(value)
        .unwrap_or_else(|_| unreachable!("hints are plain JSON values"))
}

pub(crate) fn read(value: &Value) -> Result<Hints, HintsError> {
    let Value::Object(object) = value else {
        return Err(HintsError::Schema { found: "".into() });
    };
    let schema = object.get("schema").and_then(Value::as_str).unwrap_or_default();
    if schema != SCHEMA {
        return Err(HintsError::Schema { found: shown(schema) });
    }
    let extractor = u16::try_from(number(object, "extractor")?)
        .map_err(|_| wrong(object, "extractor", "a number from 0 to 65535"))?;
    let coverage = object.get("coverage").and_then(Value::as_object);
    let coverage = coverage.ok_or_else(|| wrong(object, "coverage", "an object"))?;
    Ok(Hints {
        extractor,
        predicate: Predicate {
            uri: text(object, "predicateType")?.into(),
            family: word(object, "family", Family::parse)?,
            detected_by: word(object, "detectedBy", DetectedBy::parse)?,
        },
        vulnerabilities: set(object, "vulnerabilityIds", crate::VulnId::stored)?,
        products: set(object, "productKeys", crate::ProductKey::stored)?,
        components: set(object, "components", crate::Component::stored)?,
        artifacts: set(object, "artifactDigests", crate::Digest::stored)?,
        materials: set(object, "materialDigests", crate::Digest::stored)?,
        statuses: texts(object, "statuses")?
            .into_iter()
            .map(|status| {
                Status::parse(status).ok_or_else(|| wrong(object, "statuses", "canonical statuses"))
            })
            .collect::<Result<_, _>>()?,
        may_affect_decision: object
            .get("mayAffectDecision")
            .and_then(Value::as_bool)
            .ok_or_else(|| wrong(object, "mayAffectDecision", "a boolean"))?,
        coverage: PerDimension {
            vulnerability: word(coverage, "vulnerability", known)?,
            product: word(coverage, "product", known)?,
            digest: word(coverage, "digest", known)?,
        },
        skipped: skipped(object)?,
    })
}

fn skipped(object: &Map<String, Value>) -> Result<Vec<Skipped>, HintsError> {
    let bad = || wrong(object, "skipped", "a list of place, reason and count");
    let Some(list) = object.get("skipped") else { return Ok(Vec::new()) };
    let list = list.as_array().ok_or_else(bad)?;
    let all: Result<Vec<_>, _> = list
        .iter()
        .map(|one| {
            let one = one.as_object().ok_or_else(bad)?;
            Ok(Skipped {
                place: text(one, "place")?.into(),
                reason: word(one, "reason", SkipReason::parse)?,
                count: u32::try_from(number(one, "count")?).map_err(|_| bad())?,
            })
        })
        .collect();
    all.map(Skipped::merge)
}

fn known(word: &str) -> Option<Coverage> {
    [Coverage::Unknown, Coverage::Partial, Coverage::Complete]
        .into_iter()
        .find(|known| known.as_str() == word)
}

fn number(object: &Map<String, Value>, member: &'static str) -> Result<u64, HintsError> {
    object.get(member).and_then(Value::as_u64).ok_or_else(|| wrong(object, member, "a number"))
}

fn text<'v>(object: &'v Map<String, Value>, member: &'static str) -> Result<&'v str, HintsError> {
    object.get(member).and_then(Value::as_str).ok_or_else(|| wrong(object, member, "a string"))
}

fn word<T>(
    object: &Map<String, Value>,
    member: &'static str,
    parse: fn(&str) -> Option<T>,
) -> Result<T, HintsError> {
    parse(text(object, member)?)
        .ok_or_else(|| wrong(object, member, "one of the words of the schema"))
}

fn texts<'v>(
    object: &'v Map<String, Value>,
    member: &'static str,
) -> Result<Vec<&'v str>, HintsError> {
    let list = object.get(member).and_then(Value::as_array);
    list.and_then(|list| list.iter().map(Value::as_str).collect())
        .ok_or_else(|| wrong(object, member, "a list of strings"))
}

fn set<T: Ord>(
    object: &Map<String, Value>,
    member: &'static str,
    stored: fn(&str) -> Result<T, IdError>,
) -> Result<SortedSet<T>, HintsError> {
    texts(object, member)?
        .into_iter()
        .map(|text| stored(text).map_err(|source| HintsError::Value { member, source }))
        .collect()
}

fn wrong(object: &Map<String, Value>, member: &'static str, expected: &'static str) -> HintsError {
    let found = match object.get(member) {
        None => "missing".into(),
        Some(Value::String(text)) => format!("`{}`", shown(text)).into(),
        Some(Value::Null) => "null".into(),
        Some(Value::Bool(value)) => value.to_string().into(),
        Some(Value::Number(value)) => value.to_string().into(),
        Some(Value::Array(_)) => "a list".into(),
        Some(Value::Object(_)) => "an object".into(),
    };
    HintsError::Member { member, found, expected }
}
