//! in-toto vulnerability scans 0.1 and 0.2 (the in-toto attestation predicates).
//!
//! An empty result is a result: nothing was found. Products are only the subjects; the format has no others.

use rekindle_hints::Family;
use serde_json::Value;

use super::Format;
use crate::collect::{Collector, Dimension, text};
use crate::select::below;
use crate::statement::Subjects;

pub(super) const FORMAT: Format =
    Format { is_type, marked: false, looks, family: |_| Family::Scan, read };

fn is_type(ty: &str) -> bool {
    below(ty, "https://in-toto.io/attestation/vulns")
}

fn looks(predicate: &Value) -> bool {
    let result = predicate
        .get("scanner")
        .and_then(|scanner| scanner.get("result"))
        .and_then(Value::as_array);
    result.is_some_and(|list| list.iter().all(|one| id(one).is_some()))
}

fn read(predicate: &Value, _subjects: &Subjects, collector: &mut Collector) {
    const PLACE: &str = "predicate.scanner.result[]";
    let Some(scanner) = predicate.get("scanner").filter(|scanner| scanner.is_object()) else {
        return collector.wrong_type("predicate.scanner", Dimension::Vulnerability);
    };
    for found in collector.list(PLACE, Dimension::Vulnerability, scanner.get("result")) {
        match id(found) {
            Some(id) => collector.vulnerability(PLACE, id),
            None => collector.wrong_type(PLACE, Dimension::Vulnerability),
        }
    }
}

/// The text of 0.1 nests the id, its example and 0.2 do not.
fn id(found: &Value) -> Option<&str> {
    text(found, "id").or_else(|| text(found.get("vulnerability")?, "id"))
}
