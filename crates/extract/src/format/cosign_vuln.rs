//! cosign's vulnerability attestation: a frame around a scanner's own report.

use rekindle_hints::{Coverage, Family, SkipReason};
use serde_json::Value;

use super::Format;
use crate::collect::{Collector, Dimension};
use crate::select::{self, below};
use crate::statement::Subjects;

pub(super) const FORMAT: Format =
    Format { is_type, marked: false, looks, family: |_| Family::Scan, read };

fn is_type(ty: &str) -> bool {
    below(ty, "https://cosign.sigstore.dev/attestation/vuln")
}

fn looks(predicate: &Value) -> bool {
    predicate
        .get("scanner")
        .is_some_and(|scanner| scanner.get("uri").is_some() && scanner.get("result").is_some())
}

fn read(predicate: &Value, subjects: &Subjects, collector: &mut Collector) {
    let report = predicate.get("scanner").and_then(|scanner| scanner.get("result"));
    if !report.is_some_and(|report| select::inner(report, subjects, collector)) {
        // Another scanner's report, or none: what was found is not known.
        collector.skip("predicate.scanner.result", SkipReason::Unresolved);
        collector.lower(Dimension::Vulnerability, Coverage::Unknown);
        collector.lower(Dimension::Product, Coverage::Unknown);
        collector.partial(Dimension::Digest);
    }
}
