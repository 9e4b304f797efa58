//! CycloneDX JSON, as an inventory and as VEX (the CycloneDX specification, up to 1.7).

use std::collections::BTreeSet;

use rekindle_hints::{Family, ProductKey, SkipReason, Status};
use serde_json::{Map, Value};

use super::Format;
use crate::collect::{Collector, Dimension, Role, filled, text};
use crate::select::below;
use crate::statement::Subjects;

pub(super) const FORMAT: Format = Format { is_type, marked: true, looks, family, read };

fn is_type(ty: &str) -> bool {
    ["https://cyclonedx.org/bom", "https://cyclonedx.org/schema"]
        .into_iter()
        .any(|base| below(ty, base))
}

fn looks(document: &Value) -> bool {
    text(document, "bomFormat") == Some("CycloneDX")
}

/// Vulnerabilities without an inventory are a VEX document; with one they are part of the inventory.
fn family(document: &Value) -> Family {
    let filled = |member: &str| {
        document.get(member).and_then(Value::as_array).is_some_and(|list| !list.is_empty())
    };
    if filled("vulnerabilities") && !filled("components") { Family::Vex } else { Family::Sbom }
}

fn read(document: &Value, _subjects: &Subjects, collector: &mut Collector) {
    if !document.is_object() {
        collector.skip("predicate", SkipReason::WrongType);
        return collector.unread();
    }
    if !looks(document) {
        // Not what its type says, or a dialect: what is found is right, more may be missing.
        for dimension in [Dimension::Vulnerability, Dimension::Product, Dimension::Digest] {
            collector.partial(dimension);
        }
    }
    let mut refs = BTreeSet::new();
    let root = document.get("metadata").and_then(|metadata| metadata.get("component"));
    if let Some(root) = root {
        components(std::slice::from_ref(root), true, &mut refs, collector);
    }
    let list = collector.list("components", Dimension::Product, document.get("components"));
    components(list, true, &mut refs, collector);
    external_references(document.get("externalReferences"), collector);
    // Services can be affected as well: their references resolve, although they have no product keys.
    references(document.get("services"), &mut refs);
    let local = Local { refs, link: link(document) };
    let list = collector.list(
        "vulnerabilities",
        Dimension::Vulnerability,
        document.get("vulnerabilities"),
    );
    for vulnerability in list {
        read_vulnerability(vulnerability, &local, collector);
    }
}

/// What is defined in this document.
struct Local<'v> {
    refs: BTreeSet<&'v str>,
    /// How other documents link to it: `urn:cdx:<uuid>/<version>#`.
    link: Option<String>,
}

fn link(document: &Value) -> Option<String> {
    let serial = text(document, "serialNumber")?.strip_prefix("urn:uuid:")?;
    let version = document.get("version").and_then(Value::as_u64).unwrap_or(1);
    Some(format!("urn:cdx:{serial}/{version}#").to_ascii_lowercase())
}

/// Walks components and those inside of them, without recursion. `products`: they are part of the inventory; in a
/// pedigree only hashes count.
fn components<'v>(
    list: &'v [Value],
    products: bool,
    refs: &mut BTreeSet<&'v str>,
    collector: &mut Collector,
) {
    const PLACE: &str = "components[]";
    let mut open: Vec<(&'v Value, bool)> =
        list.iter().rev().map(|component| (component, products)).collect();
    while let Some((component, products)) = open.pop() {
        let Value::Object(object) = component else {
            collector.wrong_type(PLACE, Dimension::Product);
            collector.partial(Dimension::Digest);
            continue;
        };
        refs.extend(filled(object, "bom-ref"));
        if products {
            keys(object, collector);
        }
        hashes("components[].hashes", object.get("hashes"), collector);
        external_references(object.get("externalReferences"), collector);
        let inside = collector.list(PLACE, Dimension::Product, object.get("components"));
        open.extend(inside.iter().rev().map(|component| (component, products)));
        for kind in ["ancestors", "descendants", "variants"] {
            let related = object.get("pedigree").and_then(|pedigree| pedigree.get(kind));
            let related = collector.list("components[].pedigree", Dimension::Digest, related);
            open.extend(related.iter().rev().map(|component| (component, false)));
        }
    }
}

/// All identifiers of one component; its name is a key only where it has none.
fn keys(object: &Map<String, Value>, collector: &mut Collector) {
    const PLACE: &str = "components[]";
    let mut identified = false;
    for member in ["purl", "cpe"] {
        if let Some(id) = filled(object, member) {
            collector.product(PLACE, id, Role::Artifact);
            identified = true;
        }
    }
    if let Some(tag) =
        object.get("swid").and_then(Value::as_object).and_then(|swid| filled(swid, "tagId"))
    {
        collector.product_key(PLACE, ProductKey::from_swid(tag), Role::Artifact);
        identified = true;
    }
    for member in ["swhid", "omniborId"] {
        for id in collector.leaves(PLACE, Dimension::Product, object.get(member)) {
            match id.as_str() {
                Some(id) => collector.product(PLACE, id, Role::Artifact),
                None => collector.wrong_type(PLACE, Dimension::Product),
            }
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
        let key = ProductKey::from_name(filled(object, "group"), name, filled(object, "version"));
        collector.product_key(PLACE, key, Role::Artifact);
    }
}

fn hashes(place: &'static str, list: Option<&Value>, collector: &mut Collector) {
    for hash in collector.leaves(place, Dimension::Digest, list) {
        match (text(hash, "alg"), text(hash, "content")) {
            (Some(algorithm), Some(value)) => {
                collector.digest(place, algorithm, value, Role::Artifact, false);
            }
            _ => collector.wrong_type(place, Dimension::Digest),
        }
    }
}

fn external_references(list: Option<&Value>, collector: &mut Collector) {
    const PLACE: &str = "externalReferences[]";
    for reference in collector.leaves(PLACE, Dimension::Digest, list) {
        hashes("externalReferences[].hashes", reference.get("hashes"), collector);
    }
}

fn references<'v>(list: Option<&'v Value>, refs: &mut BTreeSet<&'v str>) {
    let mut open: Vec<&Value> = list.and_then(Value::as_array).into_iter().flatten().collect();
    while let Some(service) = open.pop() {
        refs.extend(text(service, "bom-ref"));
        open.extend(service.get("services").and_then(Value::as_array).into_iter().flatten());
    }
}

fn read_vulnerability(vulnerability: &Value, local: &Local<'_>, collector: &mut Collector) {
    const PLACE: &str = "vulnerabilities[]";
    if !vulnerability.is_object() {
        return collector.wrong_type(PLACE, Dimension::Vulnerability);
    }
    let mut found = false;
    let references =
        collector.leaves(PLACE, Dimension::Vulnerability, vulnerability.get("references"));
    let ids = references.iter().map(|reference| text(reference, "id"));
    for id in std::iter::once(text(vulnerability, "id")).chain(ids).flatten() {
        collector.vulnerability(PLACE, id);
        found = true;
    }
    if !found {
        collector.wrong_type(PLACE, Dimension::Vulnerability);
    }
    let state = vulnerability.get("analysis").and_then(|analysis| text(analysis, "state"));
    collector.status(status(state));
    for affected in collector.leaves(
        "vulnerabilities[].affects",
        Dimension::Product,
        vulnerability.get("affects"),
    ) {
        affects(affected, local, collector);
    }
}

fn affects(affected: &Value, local: &Local<'_>, collector: &mut Collector) {
    const PLACE: &str = "vulnerabilities[].affects[]";
    match text(affected, "ref") {
        Some(id) if local.defines(id) => {}
        Some(id) if id.starts_with("pkg:") => collector.product(PLACE, id, Role::Artifact),
        Some(id) if id.starts_with("urn:cdx:") => {
            collector.product(PLACE, id, Role::Artifact);
            collector.skip(PLACE, SkipReason::Unresolved);
            collector.partial(Dimension::Product);
        }
        Some(_) => {
            collector.skip(PLACE, SkipReason::Unresolved);
            collector.partial(Dimension::Product);
        }
        None => collector.wrong_type(PLACE, Dimension::Product),
    }
    for version in collector.leaves(PLACE, Dimension::Product, affected.get("versions")) {
        collector.status(match version.get("status").and_then(Value::as_str) {
            None | Some("affected") => Status::Affected,
            Some("unaffected") => Status::NotAffected,
            Some(_) => Status::Unknown,
        });
    }
}

impl Local<'_> {
    /// A reference within the document, or a link from outside to the same document.
    fn defines(&self, id: &str) -> bool {
        if self.refs.contains(id) {
            return true;
        }
        let Some(link) = &self.link else { return false };
        let linked = id.get(..link.len()).filter(|start| start.eq_ignore_ascii_case(link));
        linked.is_some_and(|start| self.refs.contains(&id[start.len()..]))
    }
}

fn status(state: Option<&str>) -> Status {
    match state {
        Some("exploitable") => Status::Affected,
        Some("not_affected" | "false_positive") => Status::NotAffected,
        Some("resolved" | "resolved_with_pedigree") => Status::Fixed,
        Some("in_triage") => Status::UnderInvestigation,
        _ => Status::Unknown,
    }
}
