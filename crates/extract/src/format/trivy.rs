//! Reports of Trivy in its own JSON form.

use rekindle_hints::{Digest, Family, ProductKey};
use serde_json::Value;

use super::{Format, no_type};
use crate::collect::{Collector, Dimension, Role, filled, text};
use crate::statement::Subjects;

pub(super) const FORMAT: Format =
    Format { is_type: no_type, marked: true, looks, family: |_| Family::Scan, read };

fn looks(report: &Value) -> bool {
    let has = |member: &str| report.get(member).is_some();
    // A clean report has no `Results`.
    has("SchemaVersion") && (has("Results") || has("ArtifactName"))
}

fn read(report: &Value, _subjects: &Subjects, collector: &mut Collector) {
    const PLACE: &str = "Results[].Vulnerabilities[]";
    for result in collector.list("Results[]", Dimension::Vulnerability, report.get("Results")) {
        for found in collector.list(PLACE, Dimension::Vulnerability, result.get("Vulnerabilities"))
        {
            match text(found, "VulnerabilityID") {
                Some(id) => collector.vulnerability(PLACE, id),
                None => collector.wrong_type(PLACE, Dimension::Vulnerability),
            }
            package(PLACE, found, collector);
        }
    }
    let Some(metadata) = report.get("Metadata") else { return };
    let images =
        collector.leaves("Metadata.RepoDigests[]", Dimension::Digest, metadata.get("RepoDigests"));
    for image in
        text(metadata, "ImageID").into_iter().chain(images.iter().filter_map(Value::as_str))
    {
        let digest = image.rsplit('@').next().unwrap_or(image);
        collector.parsed_digest("Metadata", Digest::parse(digest), Role::Artifact, false);
    }
}

fn package(place: &'static str, found: &Value, collector: &mut Collector) {
    let Value::Object(object) = found else {
        return collector.partial(Dimension::Product);
    };
    let name = filled(object, "PkgName");
    if let Some(name) = name {
        collector.component(place, name);
    }
    let purl =
        object.get("PkgIdentifier").and_then(|id| text(id, "PURL")).filter(|purl| !purl.is_empty());
    match (purl, name) {
        (Some(purl), _) => collector.product(place, purl, Role::Artifact),
        (None, Some(name)) => {
            let key = ProductKey::from_name(None, name, filled(object, "InstalledVersion"));
            collector.product_key(place, key, Role::Artifact);
        }
        (None, None) => collector.wrong_type(place, Dimension::Product),
    }
}
