//! The formats that are read: one file each, and this registry, the only place that lists them.

mod cosign_vuln;
mod cyclonedx;
mod grype;
mod openvex;
mod sarif;
mod slsa;
mod trivy;
mod vulns;

use rekindle_hints::Family;
use serde_json::Value;

use crate::collect::Collector;
use crate::statement::Subjects;

/// One format.
pub(crate) struct Format {
    /// Whether a normalised predicate type is its own.
    pub(crate) is_type: fn(&str) -> bool,
    /// Whether the look is a mark of its own, by which content is recognised under any type. Otherwise many things
    /// look like it, and the look only confirms the type.
    pub(crate) marked: bool,
    /// Whether content looks like it.
    pub(crate) looks: fn(&Value) -> bool,
    /// The family; a few formats serve two.
    pub(crate) family: fn(&Value) -> Family,
    /// Collects the hints. Never fails: what cannot be read lowers the coverage.
    pub(crate) read: fn(&Value, &Subjects, &mut Collector),
}

/// In the order in which marks are tried, the surest first.
pub(crate) const FORMATS: [&Format; 8] = [
    &cyclonedx::FORMAT,
    &openvex::FORMAT,
    &sarif::FORMAT,
    &trivy::FORMAT,
    &grype::FORMAT,
    &vulns::FORMAT,
    &cosign_vuln::FORMAT,
    &slsa::FORMAT,
];

/// For formats that only occur bare or inside of another.
fn no_type(_ty: &str) -> bool {
    false
}
