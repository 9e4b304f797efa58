//! The wire form: one snapshot per kind, the limits, and what is never hashed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rekindle_events::{
    Event, INLINE_VALUES, Kind, Observed, Recorded, Sequence, Source, catalogue, cloudevent,
    cloudevent_scoped,
};
use rekindle_hints::Hints;
use serde_json::{Value, json};

fn source() -> Source {
    Source { store_id: "0123456789abcdef".into() }
}

fn recorded(kind: Kind) -> Recorded {
    let example = catalogue().into_iter().find(|entry| entry.kind == kind).unwrap().example;
    Recorded {
        sequence: Sequence(42),
        event: Event::new(example),
        recorded_at: UNIX_EPOCH + Duration::from_micros(1_750_000_000_000_007),
        observed: Observed::default(),
    }
}

fn hints(products: usize) -> Hints {
    let products: Vec<String> =
        (0..products).map(|n| format!("pkg:npm/package-{n:05}@1.0.0")).collect();
    let json = json!({
        "schema": "rekindle.hints/1",
        "extractor": 1,
        "predicateType": "https://openvex.dev/ns/v0.2.0",
        "family": "vex",
        "detectedBy": "predicateType",
        "vulnerabilityIds": ["CVE-2026-0001"],
        "productKeys": products,
        "components": ["openssl"],
        "artifactDigests": [format!("sha256:{}", "ab".repeat(32))],
        "materialDigests": [],
        "statuses": ["not_affected"],
        "mayAffectDecision": true,
        "coverage": {"vulnerability": "complete", "product": "partial", "digest": "complete"},
    });
    Hints::from_json(&json).unwrap()
}

#[test]
fn a_snapshot_for_each_kind() {
    for kind in Kind::ALL {
        let mut recorded = recorded(kind);
        let carries = recorded.event.facts().body.hints_digest().is_some();
        if kind == Kind::EntryFailed {
            recorded.observed = Observed {
                attempts: Some(3),
                http_status: Some(400),
                text: Some("invalid signature".into()),
                ..Observed::default()
            };
        }
        let hints = carries.then(|| hints(2));
        let event = cloudevent(&recorded, hints.as_ref(), &source());
        insta::assert_json_snapshot!(kind.as_str(), event);
    }
}

#[test]
fn attributes_follow_the_specification() {
    for kind in Kind::ALL {
        let event = cloudevent(&recorded(kind), Some(&hints(1)), &source());
        for (name, value) in event.as_object().unwrap() {
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{name}");
            assert!(name.len() <= 20);
            if name != "data" {
                let text = value.as_str().expect("every attribute is a string");
                assert!(!text.is_empty() && !text.chars().any(char::is_control), "{name}");
            }
        }
        assert_eq!(event["time"], "2025-06-15T15:06:40.000007Z");
        assert_eq!(event["sequence"], "00000000000000000042");
    }
}

#[test]
fn a_receiver_can_compute_the_id_again() {
    for kind in Kind::ALL {
        let event = cloudevent(&recorded(kind), None, &source());
        let bytes = serde_json_canonicalizer::to_vec(&event["data"]["facts"]).unwrap();
        assert_eq!(event["id"], Event::from_canonical(&bytes).unwrap().id().to_string());
    }
}

#[test]
fn hints_over_the_limit_are_counted_and_referred_to() {
    let recorded = recorded(Kind::InclusionVerified);
    let inline = |hints: &Hints| cloudevent(&recorded, Some(hints), &source());

    let most = hints(INLINE_VALUES);
    let event = inline(&most);
    assert_eq!(event["data"]["hints"], most.to_json());
    assert_eq!((event.get("dataref"), event["data"].get("counts")), (None, None));

    let more = hints(INLINE_VALUES + 1);
    let event = inline(&more);
    let data = event["data"].as_object().unwrap();
    assert!(!data.contains_key("hints"));
    assert_eq!(data["hintsDigest"], hex::encode(more.digest()));
    assert_eq!(data["counts"]["productKeys"], INLINE_VALUES + 1);
    assert_eq!(data["counts"]["vulnerabilityIds"], 1);
    let reference = format!("/v1/events/{}/hints", recorded.event.id());
    assert_eq!(event["dataref"], reference);
    // What routes an event does not depend on its size.
    assert_eq!(event["hintcoverage"], "digest=complete,product=partial,vulnerability=complete");
    assert_eq!(event["predicatetype"], "https://openvex.dev/ns/v0.2.0");

    // Few values, many bytes.
    let mut json = hints(0).to_json();
    let long: Vec<Value> =
        (0..100).map(|n| json!(format!("pkg:npm/{}{n:03}@1.0.0", "x".repeat(400)))).collect();
    json["productKeys"] = Value::Array(long);
    let event = inline(&Hints::from_json(&json).unwrap());
    assert_eq!(event["data"]["counts"]["productKeys"], 100);
    assert!(event.to_string().len() < 64 * 1024);
}

#[test]
fn the_scope_of_the_entry_travels_with_every_event() {
    let scope = |kind, given| {
        let event = cloudevent_scoped(&recorded(kind), None, &source(), given);
        event.get("reanalysisscope").cloned()
    };
    assert_eq!(scope(Kind::EntryQueued, None), Some("component:openssl".into()));
    assert_eq!(scope(Kind::EntryQueued, Some("vuln:x")), Some("component:openssl".into()));
    assert_eq!(scope(Kind::InclusionVerified, None), None);
    assert_eq!(
        scope(Kind::InclusionVerified, Some("component:openssl")),
        Some("component:openssl".into())
    );
}

#[test]
fn observed_is_never_hashed() {
    let plain = recorded(Kind::EntryFailed);
    let other = Recorded {
        sequence: Sequence(7),
        recorded_at: SystemTime::now(),
        observed: Observed {
            attempts: Some(9),
            http_status: Some(503),
            text: Some("later".into()),
            scope_ignored: Some("vuln:CVE-2026-0001".into()),
            deadline: Some("2026-01-01T00:00:00.000000Z".into()),
        },
        ..plain.clone()
    };
    let wire = |recorded: &Recorded| cloudevent(recorded, None, &source());
    let (a, b) = (wire(&plain), wire(&other));
    assert_eq!((&a["id"], &a["data"]["facts"]), (&b["id"], &b["data"]["facts"]));
    assert_ne!(a["data"]["observed"], b["data"]["observed"]);
    let facts = String::from_utf8(other.event.canonical()).unwrap();
    for name in ["attempts", "httpStatus", "recorded", "sequence", "deadline", "time"] {
        assert!(!facts.contains(&format!("\"{name}\"")), "{name} is among the facts");
    }
    let round: Observed = serde_json::from_value(b["data"]["observed"].clone()).unwrap();
    assert_eq!(round, other.observed);
    assert_eq!(a["data"]["observed"], json!({}));
}

#[test]
fn a_broken_clock_does_not_panic() {
    let mut recorded = recorded(Kind::AdminActed);
    for at in [UNIX_EPOCH - Duration::from_secs(1), UNIX_EPOCH + Duration::from_secs(1 << 50)] {
        recorded.recorded_at = at;
        assert_eq!(cloudevent(&recorded, None, &source())["time"], "1970-01-01T00:00:00.000000Z");
    }
}
