//! OpenVEX 0.2.0 and 0.0.1 (the OpenVEX specification).
//!
//! In 0.0.1 a vulnerability is a string, products are strings and sub-components belong to the statement; both
//! shapes are read wherever they occur.

use rekindle_hints::purl::Purl;
use rekindle_hints::{Digest, Family, Status};
use serde_json::Value;

use super::Format;
use crate::collect::{Collector, Dimension, Role, text};
use crate::select::below;
use crate::statement::Subjects;

pub(super) const FORMAT: Format =
    Format { is_type, marked: true, looks, family: |_| Family::Vex, read };

/// Types whose names producers write in different case.
const FOLDED: [&str; 3] = ["golang", "npm", "nuget"];

fn is_type(ty: &str) -> bool {
    // The last one is `text/vex` after a scheme was put before it.
    below(ty, "https://openvex.dev/ns") || ty == "https://text/vex"
}

fn looks(document: &Value) -> bool {
    ["@context", "context"].into_iter().any(|member| match document.get(member) {
        Some(Value::String(context)) => context.contains("openvex"),
        Some(Value::Array(list)) => {
            list.iter().any(|one| one.as_str().is_some_and(|one| one.contains("openvex")))
        }
        _ => false,
    })
}

fn read(document: &Value, subjects: &Subjects, collector: &mut Collector) {
    if document.get("@context").is_none() {
        // A dialect: its members are guessed, so something may be missing.
        for dimension in [Dimension::Vulnerability, Dimension::Product, Dimension::Digest] {
            collector.partial(dimension);
        }
    }
    if document.get("statements").is_none() {
        collector.wrong_type("statements", Dimension::Vulnerability);
        collector.partial(Dimension::Product);
    }
    for statement in
        collector.list("statements", Dimension::Vulnerability, document.get("statements"))
    {
        if !statement.is_object() {
            collector.wrong_type("statements[]", Dimension::Vulnerability);
            collector.partial(Dimension::Product);
        } else if !subjects.all_purls || names_a_subject(statement, subjects) {
            read_statement(statement, subjects, collector);
        }
    }
}

fn read_statement(statement: &Value, subjects: &Subjects, collector: &mut Collector) {
    vulnerability(statement.get("vulnerability"), collector);
    collector.status(status(text(statement, "status")));
    let products =
        collector.list("statements[].products", Dimension::Product, statement.get("products"));
    if products.is_empty() && subjects.purls.is_empty() {
        // The subjects are the products, but none of them has a name that could be compared.
        collector.partial(Dimension::Product);
    }
    for product in products {
        element("statements[].products[]", product, collector);
        hashes(product, collector);
        let parts = product.get("subcomponents");
        parts_of("statements[].products[].subcomponents", parts, collector);
    }
    parts_of("statements[].subcomponents", statement.get("subcomponents"), collector);
}

fn vulnerability(vulnerability: Option<&Value>, collector: &mut Collector) {
    const PLACE: &str = "statements[].vulnerability";
    match vulnerability {
        Some(Value::String(id)) => named(PLACE, id, collector),
        Some(object @ Value::Object(_)) => {
            let url = text(object, "@id").and_then(|id| id.rsplit(['/', '#', '=']).next());
            let by_url = url.is_some_and(|end| collector.sniffed_vulnerability(end));
            if let Some(name) = text(object, "name") {
                named(PLACE, name, collector);
            } else if !by_url {
                collector.wrong_type(PLACE, Dimension::Vulnerability);
            }
            for alias in collector.leaves(PLACE, Dimension::Vulnerability, object.get("aliases")) {
                match alias.as_str() {
                    Some(alias) => named(PLACE, alias, collector),
                    None => collector.wrong_type(PLACE, Dimension::Vulnerability),
                }
            }
        }
        _ => collector.wrong_type(PLACE, Dimension::Vulnerability),
    }
}

/// A name is an id; where it is a URL, the id is its end.
fn named(place: &'static str, name: &str, collector: &mut Collector) {
    let end = name.rsplit('/').next().unwrap_or(name);
    if !(name.contains("://") && collector.sniffed_vulnerability(end)) {
        collector.vulnerability(place, name);
    }
}

fn parts_of(place: &'static str, list: Option<&Value>, collector: &mut Collector) {
    for part in collector.list(place, Dimension::Product, list) {
        // A dialect writes `{"product": "pkg:…"}`.
        element(
            place,
            part.get("product").filter(|product| product.is_string()).unwrap_or(part),
            collector,
        );
    }
}

/// A product or a sub-component: a string, or an object with identifiers.
fn element(place: &'static str, element: &Value, collector: &mut Collector) {
    let mut found = false;
    for id in ids(element) {
        collector.product(place, id, Role::Artifact);
        found = true;
    }
    if !found {
        // Known by a hash at best: what it is called is not said.
        collector.partial(Dimension::Product);
        if !element.is_object() {
            collector.wrong_type(place, Dimension::Product);
        }
    }
}

/// All identifiers of an element.
fn ids(element: &Value) -> impl Iterator<Item = &str> {
    let identifiers = element.get("identifiers");
    let more =
        ["purl", "cpe23", "cpe22"].into_iter().filter_map(move |kind| text(identifiers?, kind));
    let own = element.as_str().or_else(|| text(element, "@id"));
    own.into_iter().chain(more).filter(|id| !id.trim().is_empty())
}

/// Hashes of a product are artifacts; those of its parts are not, since the statement is about the product.
fn hashes(product: &Value, collector: &mut Collector) {
    collector.digest_set(
        "statements[].products[].hashes",
        product.get("hashes"),
        Role::Artifact,
        false,
    );
}

fn status(word: Option<&str>) -> Status {
    match word {
        Some("affected") => Status::Affected,
        Some("not_affected") => Status::NotAffected,
        Some("fixed") => Status::Fixed,
        Some("under_investigation") => Status::UnderInvestigation,
        _ => Status::Unknown,
    }
}

/// Whether a statement speaks about one of the subjects, which are all package URLs. When in doubt it does.
fn names_a_subject(statement: &Value, subjects: &Subjects) -> bool {
    let Some(Value::Array(products)) = statement.get("products") else { return true };
    products.is_empty()
        || products.iter().any(|product| {
            let by_purl = ids(product)
                .filter_map(|id| Purl::parse(id).ok())
                .any(|purl| subjects.purls.iter().any(|subject| may_be_same(subject, &purl)));
            by_purl || by_hash(product, subjects)
        })
}

fn by_hash(product: &Value, subjects: &Subjects) -> bool {
    let hashes = product.get("hashes").and_then(Value::as_object);
    hashes.into_iter().flatten().any(|(algorithm, value)| {
        let digest = value.as_str().and_then(|value| Digest::new(algorithm, value).ok());
        digest.is_some_and(|digest| subjects.digests.contains(&digest))
    })
}

/// Same package, and nothing that both say differs.
fn may_be_same(left: &Purl, right: &Purl) -> bool {
    let key = |purl: &Purl| {
        let key = purl.package_key();
        let key = key.split('?').next().unwrap_or(&key);
        if FOLDED.contains(&&*purl.ty) { key.to_lowercase() } else { key.to_owned() }
    };
    let versions = match (&left.version, &right.version) {
        (Some(left), Some(right)) => left == right,
        _ => true,
    };
    let qualifiers = left
        .qualifiers
        .iter()
        .all(|(key, value)| right.qualifiers.get(key).is_none_or(|other| other == value));
    key(left) == key(right) && versions && qualifiers
}
