//! The published files of `docs/events` are what the types say, and an independent program agrees.
//!
//! `REKINDLE_BLESS=1` writes them anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use rekindle_events::{
    Event, Kind, catalogue, render_catalogue, render_schemas, render_vectors, schema,
};
use serde_json::Value;

fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/events")
}

fn published() -> BTreeMap<String, String> {
    let mut files = BTreeMap::from([("README.md".to_owned(), render_catalogue())]);
    for (folder, rendered) in [("vectors", render_vectors()), ("schemas", render_schemas())] {
        assert_eq!(rendered.len(), Kind::ALL.len());
        files.extend(rendered.into_iter().map(|(name, text)| (format!("{folder}/{name}"), text)));
    }
    files
}

#[test]
fn published_files_are_fresh() {
    for (name, text) in published() {
        let path = docs().join(&name);
        if std::env::var_os("REKINDLE_BLESS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(found, text, "docs/events/{name} is stale: run `cargo xtask codegen`");
    }
}

/// A recorded fact struct is frozen: these ids are out in the world. A failure here is never
/// fixed by a new number, but by a new facts version.
#[test]
fn published_ids_never_change() {
    let ids: BTreeMap<&str, String> = catalogue()
        .into_iter()
        .map(|entry| (entry.kind.as_str(), Event::new(entry.example).id().to_string()))
        .collect();
    insta::assert_json_snapshot!(ids);
}

#[test]
fn vectors_read_back_to_their_ids() {
    for (name, text) in render_vectors() {
        let vector: Value = serde_json::from_str(&text).unwrap();
        let canonical = vector["canonical"].as_str().unwrap();
        let event = Event::from_canonical(canonical.as_bytes()).unwrap();
        assert_eq!(vector["id"], event.id().to_string(), "{name}");
        assert_eq!(vector["facts"], event.to_value(), "{name}");
        assert_eq!(name, format!("{}.json", event.kind()));
    }
}

#[test]
fn an_independent_program_computes_the_same_ids() {
    let Ok(output) = Command::new("python3").arg(docs().join("recompute_id.py")).output() else {
        eprintln!("python3 is not here; skipped");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for entry in catalogue() {
        let line = format!("ok    {} {}", entry.kind, Event::new(entry.example).id());
        assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
    }

    // It does judge: a vector with one changed fact is refused.
    let folder = std::env::temp_dir().join(format!("rekindle-events-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (name, text) = render_vectors().swap_remove(0);
    fs::write(folder.join(name), text.replace("\"soon\"", "\"now\"")).unwrap();
    let output =
        Command::new("python3").arg(docs().join("recompute_id.py")).arg(&folder).output().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn schemas_are_closed_and_fit_the_examples() {
    for entry in catalogue() {
        let schema = schema(entry.kind);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let facts = Event::new(entry.example).to_value();
        fits(&schema, &facts, entry.kind.as_str());
        for field in &entry.fields {
            assert!(!field.meaning.is_empty(), "{}: {} says nothing", entry.kind, field.name);
            assert_ne!(field.shape, "any", "{}: {}", entry.kind, field.name);
        }
    }
}

/// As much of a validator as these schemas need.
fn fits(schema: &Value, value: &Value, at: &str) {
    if let Some(options) = schema["anyOf"].as_array() {
        let null = options.iter().any(|option| option["type"] == "null");
        if null && value.is_null() {
            return;
        }
        return fits(&options[0], value, at);
    }
    if let Some(wanted) = schema.get("const") {
        assert_eq!(value, wanted, "{at}");
        return;
    }
    if let Some(options) = schema["enum"].as_array() {
        assert!(options.contains(value), "{at}: {value}");
    }
    let actual = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = &schema["type"];
    let allowed = types == actual || types.as_array().is_some_and(|t| t.contains(&actual.into()));
    assert!(allowed, "{at}: {value} is no {types}");
    if let Some(object) = value.as_object() {
        assert_eq!(schema["additionalProperties"], false, "{at}");
        let required: Vec<&str> =
            schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let mut names: Vec<&str> = object.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(required, names, "{at}");
        for (name, value) in object {
            fits(&schema["properties"][name], value, &format!("{at}.{name}"));
        }
    }
    for item in value.as_array().into_iter().flatten() {
        fits(&schema["items"], item, &format!("{at}[]"));
    }
}
