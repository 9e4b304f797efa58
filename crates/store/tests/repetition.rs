//! A repetition writes nothing, and a quarantine is not lifted by what was decided before it.

mod support;

use rekindle_store::{Commit, Expect, InputDigest, Ledger, ViewRow, Write};
use support::{ORIGIN, act, acts, at, open, queued, queued_event};

#[tokio::test]
async fn the_same_event_twice_in_a_commit_is_refused_and_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let twice = acts([act("x", None, 1), act("x", None, 1)]);
    let outcome = store.commit(twice).await;
    assert!(outcome.is_err(), "new events cannot be already applied: {outcome:?}");
    assert_eq!(store.last_sequence().await.unwrap(), 0);
    let next = store.commit(acts([act("y", None, 1)])).await.unwrap();
    assert_eq!(next.recorded[0].sequence.0, 1);
}

#[tokio::test]
async fn a_new_event_before_a_known_one_is_refused_and_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.commit(queued(1)).await.unwrap();
    let mixed = acts([act("x", None, 1), queued_event(1, None)]);
    let outcome = store.commit(mixed).await;
    assert!(outcome.is_err(), "only one of the two was known: {outcome:?}");
    assert_eq!(store.last_sequence().await.unwrap(), 1);
    let next = store.commit(acts([act("y", None, 1)])).await.unwrap();
    assert_eq!(next.recorded[0].sequence.0, 2);
}

#[tokio::test]
async fn a_commit_sent_again_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let step = Commit {
        writes: vec![Write::Cursor { name: "c".into(), to: 7 }, Write::Input("late".into())],
        ..acts([act("x", None, 1)])
    };
    store.commit(step.clone()).await.unwrap();
    let on = vec![Write::Cursor { name: "c".into(), to: 20 }];
    store.commit(Commit { writes: on, ..Commit::default() }).await.unwrap();
    assert!(store.commit(step).await.unwrap().already_applied);
    assert_eq!(store.cursor("c").await.unwrap(), 20, "a repetition moved the cursor back");
}

#[tokio::test]
async fn a_quarantine_holds() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let view = |size: u64| {
        Write::View(ViewRow {
            origin: ORIGIN.into(),
            log_id: support::hex32(9),
            size,
            root: [size as u8; 32],
            note: "note".into(),
            quarantined: None,
            updated_at: at(size),
            checked_at: at(size),
        })
    };
    let evidence = InputDigest::of(b"evidence");
    let writes = vec![view(5), Write::Quarantine { origin: ORIGIN.into(), evidence }];
    store.commit(Commit { writes, ..Commit::default() }).await.unwrap();
    // An advance that was decided just before the quarantine: size and root are as expected.
    let late = Commit {
        expect: vec![Expect::View { origin: ORIGIN.into(), at: Some((5, [5; 32])) }],
        writes: vec![view(6)],
        ..Commit::default()
    };
    let _ = store.commit(late).await;
    let row = store.view(ORIGIN).await.unwrap().unwrap();
    assert_eq!(row.quarantined, Some(evidence), "an advance lifted the quarantine");
}

#[tokio::test]
async fn the_ledger_goes_on_after_a_commit_with_a_known_event() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.commit(queued(1)).await.unwrap();
    let _ = store.commit(acts([act("x", None, 1), queued_event(1, None)])).await;
    for number in 2..5 {
        store.commit(queued(number)).await.expect("an unrelated commit");
    }
}
