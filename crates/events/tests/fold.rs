//! The fold of an entry's life: every kind at every stage.

use std::time::SystemTime;

use rekindle_events::{
    EntryState, Event, EventId, Facts, IllegalEvent, Kind, Observed, Recorded, Sequence, Stage,
    catalogue,
};

fn facts(kind: Kind, previous: Option<EventId>) -> Facts {
    let example = catalogue().into_iter().find(|entry| entry.kind == kind).unwrap().example;
    Facts { previous, ..example }
}

fn recorded(kind: Kind, previous: Option<EventId>) -> Recorded {
    Recorded {
        sequence: Sequence(1),
        event: Event::new(facts(kind, previous)),
        recorded_at: SystemTime::UNIX_EPOCH,
        observed: Observed::default(),
    }
}

fn at(stage: Stage) -> EntryState {
    EntryState {
        stage,
        last: EventId::from_bytes([9; 32]),
        log_index: matches!(stage, Stage::Logged | Stage::Verified).then_some(41),
        failure: (stage == Stage::Failed).then(|| "deadline".into()),
        attempts: 2,
    }
}

#[test]
fn every_kind_at_every_stage() {
    use Stage::{Failed, Logged, Queued, Verified};
    let legal = [
        (None, Kind::EntryQueued, Queued),
        (Some(Queued), Kind::EntryLogged, Logged),
        (Some(Queued), Kind::EntryFailed, Failed),
        (Some(Logged), Kind::InclusionVerified, Verified),
        (Some(Logged), Kind::EntryFailed, Failed),
        (Some(Failed), Kind::EntryQueued, Queued),
    ];
    let stages = std::iter::once(None).chain(Stage::ALL.map(Some));
    let mut allowed = 0;
    for stage in stages {
        for kind in Kind::ALL {
            let before = stage.map(at);
            let event = recorded(kind, before.as_ref().map(|state| state.last));
            let got = EntryState::apply(before.as_ref(), &event);
            let wanted = legal.iter().find(|(s, k, _)| *s == stage && *k == kind);
            match (got, wanted) {
                (Ok(state), Some((_, _, next))) => {
                    allowed += 1;
                    assert_eq!(state.stage, *next);
                    assert_eq!(state.last, event.event.id());
                    assert_eq!(state.failure.is_some(), *next == Failed);
                    assert_eq!(state.attempts, before.map_or(0, |state| state.attempts));
                    let index = matches!(next, Logged | Verified)
                        || (stage == Some(Logged) && *next == Failed);
                    assert_eq!(state.log_index, index.then_some(41));
                }
                (Err(error), None) => {
                    let code =
                        if kind.is_entry_life() { "event_order" } else { "event_not_of_an_entry" };
                    assert_eq!(error.code(), code, "{stage:?} {kind}");
                    assert!(error.to_string().contains(kind.as_str()));
                }
                (got, wanted) => panic!("{stage:?} {kind}: {got:?}, wanted {wanted:?}"),
            }
        }
    }
    assert_eq!(allowed, legal.len());
}

#[test]
fn previous_has_to_be_the_latest_event() {
    let wrong = Some(EventId::from_bytes([8; 32]));
    for (stage, kind) in [
        (None, Kind::EntryQueued),
        (Some(Stage::Queued), Kind::EntryLogged),
        (Some(Stage::Logged), Kind::InclusionVerified),
        (Some(Stage::Queued), Kind::EntryFailed),
        (Some(Stage::Failed), Kind::EntryQueued),
    ] {
        let before = stage.map(at);
        let last = before.as_ref().map(|state| state.last);
        let missing = before.as_ref().map(|_| None);
        for named in [Some(wrong), missing].into_iter().flatten() {
            let error = EntryState::apply(before.as_ref(), &recorded(kind, named)).unwrap_err();
            assert_eq!(error.code(), "event_previous");
            assert!(
                matches!(error, IllegalEvent::Previous { named: n, last: l, .. } if n == named && l == last)
            );
        }
    }
}

#[test]
fn a_whole_life_with_a_failure_and_a_requeue() {
    let mut state: Option<EntryState> = None;
    for (kind, attempts, stage) in [
        (Kind::EntryQueued, None, Stage::Queued),
        (Kind::EntryFailed, Some(5), Stage::Failed),
        (Kind::EntryQueued, Some(0), Stage::Queued),
        (Kind::EntryLogged, Some(1), Stage::Logged),
        (Kind::InclusionVerified, None, Stage::Verified),
    ] {
        let mut event = recorded(kind, state.as_ref().map(|state| state.last));
        event.observed.attempts = attempts;
        let next = EntryState::apply(state.as_ref(), &event).unwrap();
        assert_eq!(next.stage, stage);
        if kind == Kind::EntryFailed {
            assert_eq!((next.failure.as_deref(), next.attempts), (Some("rejected"), 5));
        }
        state = Some(next);
    }
    let state = state.unwrap();
    assert_eq!((state.failure, state.log_index, state.attempts), (None, Some(41), 1));
}

#[test]
fn a_requeue_is_another_event_than_the_first_queued() {
    let first = recorded(Kind::EntryQueued, None).event;
    let failed = recorded(Kind::EntryFailed, Some(first.id())).event;
    let again = recorded(Kind::EntryQueued, Some(failed.id())).event;
    assert_ne!(first.id(), again.id());
}

#[test]
fn stage_names_round_trip() {
    for stage in Stage::ALL {
        assert_eq!(stage.as_str().parse(), Ok(stage));
        assert_eq!(serde_json::to_value(stage).unwrap(), stage.as_str());
    }
    assert_eq!("done".parse::<Stage>().unwrap_err().code(), "stage_unknown");
}
