//! SLSA provenance 0.1, 0.2 and 1 (slsa.dev), and its older in-toto name.

use rekindle_hints::{Family, SkipReason};
use serde_json::Value;

use super::Format;
use crate::collect::{Collector, Dimension, Role};
use crate::select::below;
use crate::statement::{self, Subjects};

pub(super) const FORMAT: Format =
    Format { is_type, marked: false, looks, family: |_| Family::Provenance, read };

fn is_type(ty: &str) -> bool {
    let version = ty.strip_prefix("https://slsa.dev/provenance/");
    let known = |version: &str| {
        matches!(version, "v0.1" | "v0.2" | "v1")
            || version.starts_with("v1.")
            || version.starts_with("v1-")
    };
    version.is_some_and(known) || below(ty, "https://in-toto.io/Provenance")
}

fn looks(predicate: &Value) -> bool {
    let has = |member: &str| predicate.get(member).is_some_and(Value::is_object);
    has("buildDefinition")
        || (has("builder")
            && ["materials", "recipe", "invocation"]
                .iter()
                .any(|member| predicate.get(member).is_some()))
}

fn read(predicate: &Value, _subjects: &Subjects, collector: &mut Collector) {
    if !predicate.is_object() {
        collector.skip("predicate", SkipReason::WrongType);
        collector.partial(Dimension::Product);
        return collector.partial(Dimension::Digest);
    }
    let member = |path: [&str; 2]| predicate.get(path[0]).and_then(|inner| inner.get(path[1]));
    let builder = member(["runDetails", "builder"]);
    let lists = [
        ("predicate.materials[]", predicate.get("materials")),
        (
            "predicate.buildDefinition.resolvedDependencies[]",
            member(["buildDefinition", "resolvedDependencies"]),
        ),
        ("predicate.runDetails.byproducts[]", member(["runDetails", "byproducts"])),
        (
            "predicate.runDetails.builder.builderDependencies[]",
            builder.and_then(|builder| builder.get("builderDependencies")),
        ),
    ];
    for (place, list) in lists {
        for material in collector.list(place, Dimension::Digest, list) {
            statement::descriptor((place, place), material, Role::Material, collector);
        }
    }
    if let Some(source) = member(["invocation", "configSource"]).filter(|source| !source.is_null())
    {
        const PLACE: &str = "predicate.invocation.configSource";
        statement::descriptor((PLACE, PLACE), source, Role::Material, collector);
    }
}
