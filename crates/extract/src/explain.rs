//! Hints in words: what was found, what may be missing, and why.

use rekindle_hints::{Coverage, DetectedBy, Hints, SkipReason, VulnId};

/// One line for each thing worth knowing; stable order, no foreign text but ids.
#[must_use]
pub fn explain(hints: &Hints) -> Vec<String> {
    let mut lines = Vec::new();
    let predicate = &hints.predicate;
    let by = match predicate.detected_by {
        DetectedBy::PredicateType => "by its predicate type",
        DetectedBy::Content => "by the look of its content",
    };
    let uri = if predicate.uri.is_empty() { "no predicate type" } else { &predicate.uri };
    lines.push(format!("family {} ({uri}), found {by}", predicate.family));
    let coverage = &hints.coverage;
    for (what, count, coverage) in [
        ("vulnerability ids", hints.vulnerabilities.len(), coverage.vulnerability),
        ("product keys", hints.products.len(), coverage.product),
        ("component names", hints.components.len(), coverage.product),
        ("artifact digests", hints.artifacts.len(), coverage.digest),
        ("material digests", hints.materials.len(), coverage.digest),
    ] {
        let meaning = match (coverage, count) {
            (Coverage::Complete, 0) => "complete: there are none, so such interests are not woken",
            (Coverage::Complete, _) => "complete: nothing is missing",
            (Coverage::Partial, _) => "partial: something may be missing, so nothing is excluded",
            (Coverage::Unknown, _) => "unknown: not read, so nothing is excluded",
        };
        lines.push(format!("{count} {what}, {meaning}"));
    }
    let statuses: Vec<_> = hints.statuses.iter().map(|status| status.as_str()).collect();
    let statuses = if statuses.is_empty() { "none".to_owned() } else { statuses.join(", ") };
    let decision = if hints.may_affect_decision {
        "may change a decision"
    } else {
        "cannot change a decision"
    };
    lines.push(format!("statuses: {statuses}; {decision}"));
    let odd = hints.vulnerabilities.iter().filter(|id| VulnId::is_nonstandard(id));
    lines.extend(odd.map(|id| {
        format!("{id} is nonstandard: letters outside of that database's alphabet; kept")
    }));
    for skipped in &hints.skipped {
        lines.push(format!(
            "{} at {}: {} times",
            reason(skipped.reason),
            skipped.place,
            skipped.count
        ));
    }
    lines
}

fn reason(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::BadDigest => "digest dropped, wrong length or not hexadecimal",
        SkipReason::BadId => "id dropped, empty, too long or with characters that no id has",
        SkipReason::LimitNodes => "stopped, more elements than the limit",
        SkipReason::LimitSubjects => "stopped, more subjects than the limit",
        SkipReason::Malformed => "malformed id kept as `other:`",
        SkipReason::NotAnId => "text that is no vulnerability id",
        SkipReason::Unresolved => "not read, it stands in another document or an unknown report",
        SkipReason::WrongType => "not what the format has there",
    }
}
