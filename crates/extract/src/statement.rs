//! in-toto statements: subjects, and the way to the predicate.

use rekindle_hints::purl::Purl;
use rekindle_hints::{Digest, SkipReason};
use serde_json::{Map, Value};

use crate::collect::{Collector, Dimension, Role, text};
use crate::select;

/// Starts of names and URIs that say that a digest under them is of a git object.
const GIT: [&str; 5] = ["git+", "git:", "git@", "pkg:github", "pkg:git/"];

/// What the predicate readers need to know about the subjects.
#[derive(Debug, Default)]
pub(crate) struct Subjects {
    /// Package URLs among names and URIs.
    pub(crate) purls: Vec<Purl>,
    /// Their digests.
    pub(crate) digests: Vec<Digest>,
    /// Whether there are subjects and each has a package URL.
    pub(crate) all_purls: bool,
}

/// Whether an object is a statement: by its `_type`, or by the protobuf spelling that occurs.
pub(crate) fn is_statement(object: &Map<String, Value>) -> bool {
    let typed = predicate_type(object).is_some();
    let named = |member: &str| {
        object
            .get(member)
            .and_then(Value::as_str)
            .is_some_and(|ty| select::normalised(ty).starts_with("https://in-toto.io/Statement"))
    };
    named("_type") || (named("type") && typed) || (typed && object.contains_key("subject"))
}

/// Reads a whole statement.
pub(crate) fn read(object: &Map<String, Value>, collector: &mut Collector) {
    let subjects = subjects(object.get("subject"), collector);
    let uri = predicate_type(object).unwrap_or_default();
    let predicate = object.get("predicate").filter(|predicate| !predicate.is_null());
    select::read(Some(uri), predicate, &subjects, collector);
}

/// Whether a reference with this name or URI is to git.
pub(crate) fn is_git(descriptor: &Value) -> bool {
    ["uri", "name"]
        .into_iter()
        .filter_map(|member| text(descriptor, member))
        .any(|text| GIT.iter().any(|start| text.starts_with(start)))
}

/// One resource descriptor (subject, material, dependency): its digests, and a package URL in `uri` or `name`.
pub(crate) fn descriptor(
    places: (&'static str, &'static str),
    descriptor: &Value,
    role: Role,
    collector: &mut Collector,
) -> Vec<Purl> {
    let (place, digests) = places;
    if !descriptor.is_object() {
        collector.wrong_type(place, Dimension::Digest);
        return Vec::new();
    }
    collector.digest_set(digests, descriptor.get("digest"), role, is_git(descriptor));
    let mut purls = Vec::new();
    for id in ["uri", "name"].into_iter().filter_map(|member| text(descriptor, member)) {
        if is_purl(id) {
            collector.product(place, id, role);
            purls.extend(Purl::parse(id).ok());
        }
    }
    purls
}

fn is_purl(id: &str) -> bool {
    id.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("pkg:"))
}

fn predicate_type(object: &Map<String, Value>) -> Option<&str> {
    ["predicateType", "predicate_type"].into_iter().find_map(|member| object.get(member)?.as_str())
}

fn subjects(list: Option<&Value>, collector: &mut Collector) -> Subjects {
    let mut subjects = Subjects { all_purls: true, ..Subjects::default() };
    let list = match list {
        Some(Value::Array(list)) => list.as_slice(),
        None | Some(Value::Null) => &[],
        Some(_) => {
            collector.wrong_type("subject", Dimension::Digest);
            collector.partial(Dimension::Product);
            &[]
        }
    };
    if list.len() > collector.limits.max_subjects {
        collector.skip("subject[]", SkipReason::LimitSubjects);
        collector.partial(Dimension::Digest);
        collector.partial(Dimension::Product);
    }
    let read = list.len().min(collector.limits.max_subjects);
    for subject in &list[..read] {
        if !collector.node("subject[]") {
            break;
        }
        let purls =
            descriptor(("subject[]", "subject[].digest"), subject, Role::Artifact, collector);
        subjects.all_purls &= !purls.is_empty();
        subjects.purls.extend(purls);
        if let Some(set) = subject.get("digest").and_then(Value::as_object) {
            let pairs =
                set.iter().filter_map(|(algorithm, value)| Some((algorithm, value.as_str()?)));
            subjects
                .digests
                .extend(pairs.filter_map(|(algorithm, value)| Digest::new(algorithm, value).ok()));
        }
    }
    // With subjects left out the test "names none of them" cannot be applied.
    subjects.all_purls &= !list.is_empty() && read == list.len();
    subjects
}
