//! SARIF logs (OASIS SARIF 2.1.0): only rule ids that are vulnerability ids.
//!
//! Products stand in free text and file names only, which are not read.

use rekindle_hints::{Family, SkipReason};
use serde_json::Value;

use super::{Format, no_type};
use crate::collect::{Collector, Dimension, text};
use crate::statement::Subjects;

pub(super) const FORMAT: Format =
    Format { is_type: no_type, marked: true, looks, family: |_| Family::Scan, read };

fn looks(log: &Value) -> bool {
    let runs = log.get("runs").is_some_and(Value::is_array);
    let schema = text(log, "$schema").is_some_and(|schema| schema.contains("sarif"));
    runs && (schema || text(log, "version").is_some_and(|version| version.starts_with("2.")))
}

fn read(log: &Value, _subjects: &Subjects, collector: &mut Collector) {
    const PLACE: &str = "runs[].results[]";
    for run in collector.list("runs[]", Dimension::Vulnerability, log.get("runs")) {
        for result in collector.list(PLACE, Dimension::Vulnerability, run.get("results")) {
            // A result has a product, but no key for it.
            collector.partial(Dimension::Product);
            match rule(run, result) {
                Some(rule) if collector.sniffed_vulnerability(rule) => {}
                _ => {
                    // Either no vulnerability at all, or its id is hidden in a longer rule name.
                    collector.skip(PLACE, SkipReason::NotAnId);
                    collector.partial(Dimension::Vulnerability);
                }
            }
        }
    }
}

/// A result names its rule, or points at it by its place in the list.
fn rule<'v>(run: &'v Value, result: &'v Value) -> Option<&'v str> {
    let own = text(result, "ruleId").or_else(|| text(result.get("rule")?, "id"));
    own.or_else(|| {
        let index =
            result.get("ruleIndex").or_else(|| result.get("rule")?.get("index"))?.as_u64()?;
        let rules = run.get("tool")?.get("driver")?.get("rules")?;
        text(rules.get(usize::try_from(index).ok()?)?, "id")
    })
}
