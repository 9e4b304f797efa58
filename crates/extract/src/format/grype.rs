//! Reports of Grype in its own JSON form.

use rekindle_hints::{Digest, Family, ProductKey};
use serde_json::Value;

use super::{Format, no_type};
use crate::collect::{Collector, Dimension, Role, filled, text};
use crate::statement::Subjects;

pub(super) const FORMAT: Format =
    Format { is_type: no_type, marked: true, looks, family: |_| Family::Scan, read };

fn looks(report: &Value) -> bool {
    let matches = report.get("matches").and_then(Value::as_array);
    let own = ["descriptor", "source", "distro"].iter().any(|member| report.get(member).is_some());
    matches.is_some_and(|list| {
        own || (!list.is_empty() && list.iter().all(|one| one.get("vulnerability").is_some()))
    })
}

fn read(report: &Value, _subjects: &Subjects, collector: &mut Collector) {
    const PLACE: &str = "matches[]";
    const RELATED: &str = "matches[].relatedVulnerabilities[]";
    for found in collector.list(PLACE, Dimension::Vulnerability, report.get("matches")) {
        match found.get("vulnerability").and_then(|vulnerability| text(vulnerability, "id")) {
            Some(id) => collector.vulnerability(PLACE, id),
            None => collector.wrong_type(PLACE, Dimension::Vulnerability),
        }
        for related in
            collector.leaves(RELATED, Dimension::Vulnerability, found.get("relatedVulnerabilities"))
        {
            if let Some(id) = text(related, "id") {
                collector.vulnerability(RELATED, id);
            }
        }
        artifact(found.get("artifact"), collector);
    }
    target(report.get("source").and_then(|source| source.get("target")), collector);
}

fn artifact(artifact: Option<&Value>, collector: &mut Collector) {
    const PLACE: &str = "matches[].artifact";
    let Some(Value::Object(object)) = artifact else {
        return collector.wrong_type(PLACE, Dimension::Product);
    };
    let mut identified = false;
    if let Some(purl) = filled(object, "purl") {
        collector.product(PLACE, purl, Role::Artifact);
        identified = true;
    }
    for cpe in collector.leaves(PLACE, Dimension::Product, object.get("cpes")) {
        if let Some(cpe) = cpe.as_str() {
            collector.product(PLACE, cpe, Role::Artifact);
            identified = true;
        }
    }
    let Some(name) = filled(object, "name") else {
        if !identified {
            collector.wrong_type(PLACE, Dimension::Product);
        }
        return;
    };
    collector.component(PLACE, name);
    if !identified {
        let key = ProductKey::from_name(None, name, filled(object, "version"));
        collector.product_key(PLACE, key, Role::Artifact);
    }
}

/// The scanned image; for a folder the target is a string and has no digests.
fn target(target: Option<&Value>, collector: &mut Collector) {
    const PLACE: &str = "source.target";
    let Some(target) = target.filter(|target| target.is_object()) else { return };
    let images = collector.leaves(PLACE, Dimension::Digest, target.get("repoDigests"));
    let own = ["imageID", "manifestDigest"].into_iter().filter_map(|member| text(target, member));
    for image in
        own.chain(images.iter().filter_map(Value::as_str)).filter(|image| !image.is_empty())
    {
        let digest = image.rsplit('@').next().unwrap_or(image);
        collector.parsed_digest(PLACE, Digest::parse(digest), Role::Artifact, false);
    }
}
