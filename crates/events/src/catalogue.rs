//! The catalogue: every kind with its meaning, its fields and an example, made from the types.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::event::FACTS_VERSION;
use crate::facts::{self, Documented};
use crate::{Event, Facts, Kind};

/// What the catalogue says about one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct CatalogueEntry {
    /// The kind.
    pub kind: Kind,
    /// Name of the Rust type of its own facts, in [`crate::facts`].
    pub rust: &'static str,
    /// What an event of this kind states.
    pub meaning: &'static str,
    /// Which part of the system states it.
    pub emitted_by: &'static str,
    /// What its subject is.
    pub subject: &'static str,
    /// The kind's own fields, sorted by name; nested ones with a dot.
    pub fields: Vec<Field>,
    /// Facts of an example, published as test vector.
    pub example: Facts,
}

/// One field of a kind's facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name in JSON.
    pub name: String,
    /// Type in words, such as `string` or `string or null`.
    pub shape: String,
    /// What it says.
    pub meaning: String,
}

/// All kinds in the order of [`Kind::ALL`].
#[must_use]
pub fn catalogue() -> Vec<CatalogueEntry> {
    Kind::ALL.into_iter().map(entry).collect()
}

/// JSON Schema (draft 2020-12) of a kind's whole facts object: the common fields and its own.
///
/// Every field is required (an absent value is `null`) and no other one is allowed.
#[must_use]
pub fn schema(kind: Kind) -> Value {
    let mut schema = own_schema(kind);
    let id = |pattern: &str| json!({"type": "string", "pattern": pattern});
    let common = [
        ("kind", json!({"const": kind.as_str(), "description": "Kind of the event."})),
        ("version", json!({"const": FACTS_VERSION, "description": "Version of the facts format."})),
        ("tenant", json!({"type": "string", "description": "Whose event it is."})),
        ("subject", json!({"type": "string", "description": "What it is about."})),
        (
            "previous",
            json!({
                "anyOf": [id("^rekor-evt-sha256:[0-9a-f]{64}$"), {"type": "null"}],
                "description": "The event before this one of the same tenant and subject."
            }),
        ),
    ];
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.extend(common.map(|(name, schema)| (name.to_owned(), schema)));
    }
    close(&mut schema);
    schema["$id"] = format!("urn:rekindle:facts:{kind}:v{FACTS_VERSION}").into();
    schema["title"] = format!("Facts of {kind}").into();
    schema
}

fn entry(kind: Kind) -> CatalogueEntry {
    fn of<T: Documented>(kind: Kind) -> CatalogueEntry {
        let mut fields = Vec::new();
        list_fields("", &own_schema(kind), &mut fields);
        CatalogueEntry {
            kind,
            rust: T::RUST,
            meaning: T::MEANING,
            emitted_by: T::EMITTED_BY,
            subject: T::SUBJECT,
            fields,
            // As an event holds them: sets sorted.
            example: Event::new(T::example()).facts().clone(),
        }
    }
    match kind {
        Kind::EntryQueued => of::<facts::EntryQueued>(kind),
        Kind::EntryLogged => of::<facts::EntryLogged>(kind),
        Kind::InclusionVerified => of::<facts::InclusionVerified>(kind),
        Kind::EntryFailed => of::<facts::EntryFailed>(kind),
        Kind::EntryObserved => of::<facts::EntryObserved>(kind),
        Kind::CheckpointAdvanced => of::<facts::CheckpointAdvanced>(kind),
        Kind::CheckpointDiverged => of::<facts::CheckpointDiverged>(kind),
        Kind::PolicyChanged => of::<facts::PolicyChanged>(kind),
        Kind::AdminActed => of::<facts::AdminActed>(kind),
    }
}

fn own_schema(kind: Kind) -> Value {
    fn of<T: Documented>() -> Value {
        // Inline: each file is whole by itself.
        let settings = SchemaSettings::draft2020_12().with(|it| it.inline_subschemas = true);
        settings.into_generator().into_root_schema_for::<T>().to_value()
    }
    match kind {
        Kind::EntryQueued => of::<facts::EntryQueued>(),
        Kind::EntryLogged => of::<facts::EntryLogged>(),
        Kind::InclusionVerified => of::<facts::InclusionVerified>(),
        Kind::EntryFailed => of::<facts::EntryFailed>(),
        Kind::EntryObserved => of::<facts::EntryObserved>(),
        Kind::CheckpointAdvanced => of::<facts::CheckpointAdvanced>(),
        Kind::CheckpointDiverged => of::<facts::CheckpointDiverged>(),
        Kind::PolicyChanged => of::<facts::PolicyChanged>(),
        Kind::AdminActed => of::<facts::AdminActed>(),
    }
}

/// Makes every property of every object required: facts are closed, absent values are `null`.
fn close(schema: &mut Value) {
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        let mut names: Vec<&String> = properties.keys().collect();
        names.sort_unstable();
        schema["required"] = json!(names);
        schema["additionalProperties"] = false.into();
    }
    match schema {
        Value::Object(object) => object.values_mut().for_each(close),
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn list_fields(prefix: &str, schema: &Value, into: &mut Vec<Field>) {
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    let mut names: Vec<&String> = properties.keys().collect();
    names.sort_unstable();
    for name in names {
        let field = &properties[name];
        let path = format!("{prefix}{name}");
        let meaning = field["description"].as_str().unwrap_or_default().to_owned();
        into.push(Field { name: path.clone(), shape: shape(field), meaning });
        list_fields(&format!("{path}."), field, into);
        list_fields(&format!("{path}[]."), &field["items"], into);
    }
}

fn shape(field: &Value) -> String {
    if let Some(options) = field["enum"].as_array() {
        let options: Vec<String> = options.iter().map(ToString::to_string).collect();
        return options.join(" or ");
    }
    if let Some(options) = field["anyOf"].as_array() {
        return options.iter().map(shape).collect::<Vec<_>>().join(" or ");
    }
    match &field["type"] {
        Value::Array(types) => {
            types.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or ")
        }
        Value::String(name) if name == "array" => format!("array of {}", shape(&field["items"])),
        Value::String(name) => name.clone(),
        _ => "any".into(),
    }
}
