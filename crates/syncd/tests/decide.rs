//! `decide` by tables: every kind from real inputs, and nothing out of bad ones.

mod support;

use std::time::{Duration, UNIX_EPOCH};

use rekindle_events::{Body, Event, Kind};
use rekindle_syncd::decide::{Failure, Inputs, ViewInput, decide};
use support::life::{self, Case, followed, json, refusal};
use support::log::TestLog;

fn with(inputs: &Inputs, role: &str, bytes: impl Into<Option<Vec<u8>>>) -> Inputs {
    let bytes = bytes.into();
    let mut out = Inputs::default();
    for (name, old) in inputs.iter() {
        match (&bytes, name == role) {
            (_, false) => out.add(name, old.clone()),
            (Some(new), true) => out.add(name, new.clone()),
            (None, true) => {}
        }
    }
    out
}

fn code(kind: Kind, previous: Option<&Event>, inputs: &Inputs) -> &'static str {
    decide(kind, previous, inputs).map_or_else(|error| error.code(), |_| "decided")
}

fn named<'a>(cases: &'a [Case], name: &str) -> &'a Case {
    cases.iter().find(|case| case.name == name).unwrap()
}

#[test]
fn every_kind_is_decided_alike_twice_and_chained() {
    let (_, cases) = life::all();
    for case in &cases {
        let event = case.event();
        assert_eq!(event.kind(), case.kind);
        assert_eq!(event.canonical(), case.event().canonical(), "{}", case.name);
        assert_eq!(event.facts().previous, case.previous.as_ref().map(Event::id));
    }
    let Body::InclusionVerified(facts) = &named(&cases, "followed").event().facts().body.clone()
    else {
        panic!("another body")
    };
    assert_eq!((u64::from(facts.log_index), u64::from(facts.tree_size)), (3, 6));
    assert_eq!(facts.view, "followed");
    let ids: std::collections::BTreeSet<_> =
        cases.iter().map(|case| case.event().id().to_string()).collect();
    assert_eq!(ids.len(), cases.len());
}

#[test]
fn a_missing_input_is_named() {
    let (_, cases) = life::all();
    for case in &cases {
        for (role, _) in case.inputs.iter() {
            let less = with(&case.inputs, role, None);
            // The first checkpoint of a log has nothing to be consistent with.
            let needed = (case.name, role) != ("first", "proof");
            let expected = if needed { "input_missing" } else { "decided" };
            let got = code(case.kind, case.previous.as_ref(), &less);
            assert_eq!(got, expected, "{} without {role}", case.name);
        }
    }
}

#[test]
fn events_come_in_the_order_of_the_fold() {
    let (_, cases) = life::all();
    let allowed: &[(Kind, &[Option<Kind>])] = &[
        (Kind::EntryQueued, &[None, Some(Kind::EntryFailed)]),
        (Kind::EntryLogged, &[Some(Kind::EntryQueued)]),
        (Kind::InclusionVerified, &[Some(Kind::EntryLogged)]),
        (Kind::EntryFailed, &[Some(Kind::EntryQueued), Some(Kind::EntryLogged)]),
        (Kind::CheckpointAdvanced, &[None, Some(Kind::CheckpointAdvanced)]),
    ];
    for (kind, before) in allowed {
        let case = cases.iter().find(|case| case.kind == *kind).unwrap();
        let all = cases.iter().map(|case| Some(case.event())).chain([None]);
        for previous in all {
            let of = previous.as_ref().map(Event::kind);
            let got = code(*kind, previous.as_ref(), &case.inputs);
            assert_eq!(got != "event_order", before.contains(&of), "{kind} after {of:?}: {got}");
        }
    }
}

/// Each byte of each input of what is stated as proven: another byte gives the same event or none.
#[test]
fn a_changed_byte_never_gives_another_verified_event() {
    let (_, cases) = life::all();
    let proven =
        ["logged", "receipt-only", "followed", "observed", "first", "advanced", "diverged"];
    for name in proven {
        let case = named(&cases, name);
        let expected = case.event();
        let mut refused = 0;
        for (role, bytes) in case.inputs.iter() {
            for at in 0..bytes.len() {
                for bit in [1, 0x20] {
                    let mut changed = bytes.to_vec();
                    changed[at] ^= bit;
                    let inputs = with(&case.inputs, role, Some(changed));
                    match decide(case.kind, case.previous.as_ref(), &inputs) {
                        Err(_) => refused += 1,
                        // Whose ledger it is, is ours to say; all else has to be as it was.
                        Ok(event) => {
                            let (got, expected) = (event.facts(), expected.facts());
                            assert_eq!(got.body, expected.body, "{name}: byte {at} of {role}");
                            assert_eq!(got.subject, expected.subject);
                        }
                    }
                }
            }
        }
        assert!(refused > 500, "{name}: only {refused} refused");
    }
}

#[test]
fn inclusion_needs_a_view_that_holds() {
    let (log, cases) = life::all();
    let case = named(&cases, "followed");
    let fork = TestLog::of(9, 2);
    let at_once = ViewInput { proof: Vec::new(), ..followed(&log, 6, 9) };
    let smaller = ViewInput { size: Some("5".into()), ..followed(&log, 6, 9) };
    let word = ViewInput { view: "trusted".into(), ..followed(&log, 6, 9) };
    let none = ViewInput { root: None, ..followed(&log, 6, 9) };
    let rows = [
        (followed(&log, 6, 6), true),
        (followed(&log, 6, 8), true),
        (followed(&fork, 6, 9), false),
        (followed(&fork, 6, 6), false),
        (at_once, false),
        (smaller, false),
        (word, false),
        (none, false),
    ];
    for (view, good) in rows {
        let inputs = with(&case.inputs, "view", Some(view.to_bytes().to_vec()));
        let got = decide(case.kind, case.previous.as_ref(), &inputs);
        assert_eq!(got.is_ok(), good, "{view:?}: {got:?}");
    }
}

#[test]
fn a_receipt_of_another_leaf_or_log_is_refused() {
    let (log, cases) = life::all();
    let case = named(&cases, "logged");
    let other = with(&case.inputs, "receipt", Some(log.receipt_bytes(4, 6).to_vec()));
    let both = with(&other, "leaf", Some(log.leaves[4].to_vec()));
    let stranger = TestLog::named("other.example", log.leaves.clone());
    let elsewhere = with(&case.inputs, "log", Some(stranger.input().to_bytes().to_vec()));
    for (what, inputs) in [("receipt", other), ("leaf too", both), ("log", elsewhere)] {
        assert!(decide(case.kind, case.previous.as_ref(), &inputs).is_err(), "{what}");
    }
}

#[test]
fn a_failure_needs_a_refusal_or_a_deadline_that_passed() {
    let (_, cases) = life::all();
    let case = named(&cases, "rejected");
    let answer = |status, body: &[u8]| {
        let raw = rekindle_rekor::RawAnswer { status, body: body.to_vec().into(), ..refusal() };
        with(&case.inputs, "answer", Some(raw.to_bytes().to_vec()))
    };
    for status in [200, 201, 409, 429, 500, 503] {
        assert!(decide(case.kind, case.previous.as_ref(), &answer(status, b"x")).is_err());
    }
    let late = named(&cases, "late");
    let early = Failure::deadline(UNIX_EPOCH + Duration::from_secs(2), UNIX_EPOCH);
    let early = with(&late.inputs, "failure", Some(early.to_bytes().to_vec()));
    assert_eq!(code(late.kind, late.previous.as_ref(), &early), "rule_not_met");
}

#[test]
fn a_view_advances_only_by_a_proof_that_holds() {
    let (log, cases) = life::all();
    let case = named(&cases, "advanced");
    let fork = TestLog::of(9, 2);
    let note = |log: &TestLog, size| Some(log.note(size).note().to_vec());
    let proof = |proof: Vec<String>| Some(json(&proof).to_vec());
    let rows = [
        ("no proof", with(&case.inputs, "proof", proof(vec![]))),
        ("other proof", with(&case.inputs, "proof", proof(log.proof(5, 9)))),
        ("fork", with(&case.inputs, "note", note(&fork, 9))),
        ("same size", with(&case.inputs, "note", note(&log, 4))),
        ("backwards", with(&case.inputs, "note", note(&log, 3))),
    ];
    for (what, inputs) in rows {
        assert!(decide(case.kind, case.previous.as_ref(), &inputs).is_err(), "{what}");
    }
    let consistent = rekindle_follow::Evidence::new(&log.at(4), &log.at(9), None);
    assert!(consistent.is_err(), "an honest log has no evidence against it");
}
