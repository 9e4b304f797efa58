//! Facts, bytes and ids: one fact, one spelling, one id.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rekindle_events::{Body, Event, EventId, Facts, Kind, catalogue, facts};
use serde_json::{Value, json};

fn examples() -> Vec<Event> {
    catalogue().into_iter().map(|entry| Event::new(entry.example)).collect()
}

fn read(value: &Value) -> Result<Event, rekindle_events::EventError> {
    Event::from_canonical(&serde_json_canonicalizer::to_vec(value).unwrap())
}

/// Other values of the same field, of a type that the field may have.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Bool(b) => vec![json!(!b)],
        Value::Number(n) => vec![json!(n.as_u64().unwrap() + 1)],
        Value::String(s) if s.parse::<u64>().is_ok() => vec![json!(format!("1{s}"))],
        Value::String(s) => vec![json!(format!("{s}x"))],
        // The type of an absent value is not visible: one of these fits.
        Value::Null => vec![json!("7"), json!(7), json!(true)],
        Value::Array(items) => {
            let mut shorter = items.clone();
            shorter.pop();
            vec![Value::Array(shorter)]
        }
        Value::Object(_) => vec![],
    }
}

/// The pointers to every value inside, objects and array items included.
fn pointers(at: &str, value: &Value, into: &mut Vec<String>) {
    if !at.is_empty() {
        into.push(at.to_owned());
    }
    match value {
        Value::Object(o) => o.iter().for_each(|(k, v)| pointers(&format!("{at}/{k}"), v, into)),
        Value::Array(a) => {
            a.iter().enumerate().for_each(|(i, v)| pointers(&format!("{at}/{i}"), v, into));
        }
        _ => {}
    }
}

#[test]
fn the_id_changes_with_each_fact() {
    for event in examples() {
        let facts = event.to_value();
        let mut seen = BTreeSet::from([event.id()]);
        let mut all = Vec::new();
        pointers("", &facts, &mut all);
        for pointer in all {
            // Kind and version are no free values; other kinds give other ids below.
            if pointer == "/kind"
                || pointer == "/version"
                || facts.pointer(&pointer).unwrap().is_object()
            {
                continue;
            }
            let mut changed = 0;
            let others = match pointer.as_str() {
                "/previous" => vec![json!(EventId::from_bytes([7; 32]))],
                _ => others(facts.pointer(&pointer).unwrap()),
            };
            for other in others {
                let mut facts = facts.clone();
                *facts.pointer_mut(&pointer).unwrap() = other;
                if let Ok(event) = read(&facts) {
                    assert!(seen.insert(event.id()), "{pointer}");
                    changed += 1;
                }
            }
            assert!(changed > 0, "{}: nothing tried at {pointer}", event.kind());
        }
    }
}

#[test]
fn the_id_changes_with_the_kind() {
    let ids: BTreeSet<EventId> = examples().iter().map(Event::id).collect();
    assert_eq!(ids.len(), Kind::ALL.len());
    // Same text in every field, another kind: the kind itself is hashed.
    let body = |body| Facts { tenant: "t".into(), subject: "s".into(), previous: None, body };
    let event = Event::new(body(Body::AdminActed(facts::AdminActed {
        act: "a".into(),
        target: "b".into(),
        actor: "c".into(),
        reason: "d".into(),
    })));
    let text = String::from_utf8(event.canonical()).unwrap();
    assert_eq!(
        text,
        r#"{"act":"a","actor":"c","kind":"admin.acted","previous":null,"reason":"d","subject":"s","target":"b","tenant":"t","version":1}"#
    );
}

#[test]
fn only_the_canonical_bytes_are_read() {
    for event in examples() {
        let good = event.to_value();
        let text = String::from_utf8(event.canonical()).unwrap();
        let code = |text: &str| Event::from_canonical(text.as_bytes()).unwrap_err().code();

        assert_eq!(code(&format!("{text} ")), "event_not_canonical");
        assert_eq!(code(&serde_json::to_string_pretty(&good).unwrap()), "event_not_canonical");
        assert_eq!(code(&text.replacen('{', r#"{"tenant":"x","#, 1)), "event_not_canonical");
        assert_eq!(code(&text[..text.len() - 1]), "event_malformed");
        assert_eq!(code(&format!("{text}{{}}")), "event_malformed");

        let edit = |name: &str, value: Option<Value>| {
            let mut facts = good.clone();
            let object = facts.as_object_mut().unwrap();
            match value {
                Some(value) => object.insert(name.into(), value),
                None => object.remove(name),
            };
            read(&facts).map(|_| ()).map_err(|error| error.code())
        };
        assert_eq!(edit("extra", Some(json!(1))), Err("event_malformed"));
        assert_eq!(edit("version", Some(json!(2))), Err("event_version_unknown"));
        assert_eq!(edit("version", Some(json!("1"))), Err("event_version_unknown"));
        assert_eq!(edit("kind", Some(json!("rekor.entry.lost"))), Err("event_kind_unknown"));
        for name in good.as_object().unwrap().keys() {
            assert!(edit(name, None).is_err(), "{} without {name}", event.kind());
        }
    }
    for wrong in ["", "null", "[]", "{}", "{\"kind\":\"admin.acted\"}", "\u{feff}{}"] {
        assert!(Event::from_canonical(wrong.as_bytes()).is_err(), "{wrong}");
    }
}

#[test]
fn sets_have_one_order() {
    let with = |names: &[&str]| {
        let entry = catalogue().into_iter().find(|e| e.kind == Kind::InclusionVerified);
        let mut facts = entry.unwrap().example;
        let Body::InclusionVerified(body) = &mut facts.body else { unreachable!() };
        body.witnesses = names.iter().map(|name| (*name).to_owned()).collect();
        Event::new(facts)
    };
    assert_eq!(with(&["b", "a", "b"]), with(&["a", "b"]));
    let mut unsorted = with(&["a", "b"]).to_value();
    unsorted["witnesses"] = json!(["b", "a"]);
    assert_eq!(read(&unsorted).unwrap_err().code(), "event_not_canonical");
}

fn any_body() -> impl Strategy<Value = Body> {
    let text = || any::<String>();
    let maybe = || proptest::option::of(any::<String>());
    let number = || any::<u64>().prop_map(facts::U64s);
    prop_oneof![
        (text(), text(), text(), text()).prop_map(|(act, target, actor, reason)| {
            Body::AdminActed(facts::AdminActed { act, target, actor, reason })
        }),
        (text(), proptest::collection::vec((text(), number(), maybe()), 0..5)).prop_map(
            |(change, policies)| Body::PolicyChanged(facts::PolicyChanged {
                change,
                policies: policies
                    .into_iter()
                    .map(|(id, revision, digest)| facts::PolicyRevision { id, revision, digest })
                    .collect(),
            })
        ),
        (text(), number(), maybe(), maybe(), any::<u16>(), proptest::option::of(number()))
            .prop_map(|(origin, log_index, artifact_digest, hints_digest, extractor, _)| {
                Body::EntryObserved(facts::EntryObserved {
                    log_id: origin.clone(),
                    origin,
                    log_index,
                    leaf_hash: "00".into(),
                    entry_kind: "k".into(),
                    entry_version: "v".into(),
                    artifact_digest,
                    verifier_digest: None,
                    hints_digest,
                    extractor,
                })
            }),
        (number(), proptest::option::of(number()), maybe(), any::<bool>()).prop_map(
            |(tree_size, old_size, old_root, frozen)| {
                Body::CheckpointAdvanced(facts::CheckpointAdvanced {
                    origin: "o".into(),
                    log_id: "l".into(),
                    tree_size,
                    root_hash: "r".into(),
                    old_size,
                    old_root,
                    trust: None,
                    frozen,
                })
            }
        ),
        (text(), number(), proptest::collection::vec(text(), 0..5)).prop_map(
            |(origin, log_index, witnesses)| Body::InclusionVerified(facts::InclusionVerified {
                origin,
                log_id: "l".into(),
                log_index,
                leaf_hash: "h".into(),
                tree_size: log_index,
                root_hash: "r".into(),
                view: "followed".into(),
                witnesses,
                hints_digest: "d".into(),
                extractor: 1,
            })
        ),
    ]
}

proptest! {
    #[test]
    fn print_then_parse_is_the_same(
        tenant in any::<String>(),
        subject in any::<String>(),
        previous in proptest::option::of(any::<[u8; 32]>()),
        body in any_body(),
    ) {
        let previous = previous.map(EventId::from_bytes);
        let facts = Facts { tenant: tenant.into(), subject: subject.into(), previous, body };
        let event = Event::new(facts);
        let bytes = event.canonical();
        let back = Event::from_canonical(&bytes).unwrap();
        prop_assert_eq!(&back, &event);
        prop_assert_eq!(back.canonical(), bytes);
    }

    #[test]
    fn any_bytes_are_refused_without_panic(bytes in any::<Vec<u8>>()) {
        prop_assert!(Event::from_canonical(&bytes).is_err());
    }

    #[test]
    fn a_flipped_byte_never_keeps_the_id(which in 0..9usize, at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let event = examples().swap_remove(which);
        let mut bytes = event.canonical();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(other) = Event::from_canonical(&bytes) {
            prop_assert_ne!(other.id(), event.id());
        }
    }
}
