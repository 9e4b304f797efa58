//! Commits: whole or not at all, once, in one sequence without gaps.

mod support;

use rekindle_events::{Kind, Stage};
use rekindle_store::{
    Commit, CommitError, EntryFilter, EventFilter, Expect, InputDigest, Ledger, PolicyRow,
    TriggerRow, ViewRow, Write,
};
use support::{
    ORIGIN, TENANT, act, acts, at, bytes_of, entry_of, failed_event, leaf, logged_event, new_event,
    open, queued, queued_event,
};

#[tokio::test]
async fn what_was_committed_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let done = store.commit(queued(1)).await.unwrap();
    assert_eq!((done.recorded.len(), done.already_applied), (1, false));
    assert_eq!(done.recorded[0].sequence.0, 1);

    let view = store.entry(&entry_of(1)).await.unwrap().unwrap();
    assert_eq!(view.row, support::entry_row(1));
    assert_eq!((view.state.stage, view.updated_sequence), (Stage::Queued, 1));
    assert_eq!(view.state.last, queued_event(1, None).id());
    assert_eq!(store.entry_by_leaf(ORIGIN, &leaf(1)).await.unwrap().unwrap(), view);
    assert!(store.entry_by_leaf("other", &leaf(1)).await.unwrap().is_none());
    assert!(store.submission(&view.row.submission).await.unwrap().is_some());
    let input = store.input(InputDigest::of(&bytes_of(1))).await.unwrap();
    assert_eq!(input, Some(bytes_of(1)));
    assert!(store.input(InputDigest([0; 32])).await.unwrap().is_none());

    let stored = store.events(&EventFilter::default()).await.unwrap().remove(0);
    assert_eq!(stored.recorded.event, queued_event(1, None));
    assert_eq!(stored.inputs, [("attestation".into(), InputDigest::of(&bytes_of(1)))]);
    assert_eq!(stored.hints, Some(InputDigest::of(&bytes_of(1))));
    assert_eq!(store.event_by_id(&view.state.last).await.unwrap(), Some(stored));
    assert_eq!(store.head(TENANT, &entry_of(1)).await.unwrap(), Some(view.state.last));
    assert_eq!(store.head("other", &entry_of(1)).await.unwrap(), None);
    assert_eq!(store.integrity_check().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn filters_and_pages() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    for number in 0..7 {
        store.commit(queued(number)).await.unwrap();
    }
    let logged = logged_event(3, queued_event(3, None).id(), 41);
    store.commit(acts([logged])).await.unwrap();
    let entries = async |filter: EntryFilter| store.entries(&filter).await.unwrap().len();
    let all = EntryFilter::default;
    assert_eq!(entries(all()).await, 7);
    assert_eq!(entries(EntryFilter { stage: Some(Stage::Logged), ..all() }).await, 1);
    assert_eq!(entries(EntryFilter { log_index: Some(41), ..all() }).await, 1);
    assert_eq!(entries(EntryFilter { leaf_hash: Some(leaf(2)), ..all() }).await, 1);
    assert_eq!(entries(EntryFilter { digest: Some("sha256:shared".into()), ..all() }).await, 7);
    assert_eq!(entries(EntryFilter { digest: Some("sha256:none".into()), ..all() }).await, 0);
    assert_eq!(entries(EntryFilter { target: Some("other".into()), ..all() }).await, 0);
    let page = store.entries(&EntryFilter { limit: 4, ..all() }).await.unwrap();
    let after_id = Some(page[3].row.id.clone());
    assert_eq!(entries(EntryFilter { after_id, ..all() }).await, 3);

    let events = async |filter: EventFilter| store.events(&filter).await.unwrap().len();
    let all = EventFilter::default;
    assert_eq!(events(EventFilter { after: 5, ..all() }).await, 3);
    assert_eq!(events(EventFilter { kinds: vec![Kind::EntryLogged], ..all() }).await, 1);
    assert_eq!(events(EventFilter { subject: Some(entry_of(3)), ..all() }).await, 2);
    assert_eq!(events(EventFilter { tenant: Some("other".into()), ..all() }).await, 0);
    assert_eq!(events(EventFilter { limit: 2, ..all() }).await, 2);
}

#[tokio::test]
async fn a_failing_commit_writes_nothing_and_hurts_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    // Sent together, so that they share a group: every third one fails after its writes.
    let commits = (0..300).map(|number| {
        let mut commit = queued(number);
        if number % 3 == 0 {
            // A head that never was: it fails after the commit's rows and first event.
            let other = act("other", None, number).id();
            commit.events.push(new_event(act("x", Some(other), number)));
        }
        store.commit(commit)
    });
    let results = futures::future::join_all(commits).await;
    for (number, result) in (0..300).zip(&results) {
        assert_eq!(result.is_err(), number % 3 == 0, "{number} {result:?}");
        let there = store.entry(&entry_of(number)).await.unwrap().is_some();
        assert_eq!(there, number % 3 != 0);
        let input = store.input(InputDigest::of(&bytes_of(number))).await.unwrap();
        assert_eq!(input.is_some(), number % 3 != 0, "inputs of a failed commit");
    }
    assert_eq!(store.last_sequence().await.unwrap(), 200);
    let counts = store.job_counts().await.unwrap();
    assert_eq!(counts[&("submit".to_owned(), "ready".to_owned())], 200);
}

#[tokio::test]
async fn sequences_have_no_gaps_under_concurrency() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let mut seen = store.subscribe();
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..8_u64 {
        let store = store.clone();
        tasks.spawn(async move {
            let subject = format!("act:{writer}");
            let mut previous = None;
            for number in 0..40_u64 {
                let event = act(&subject, previous, number);
                // Every fifth is wrong on purpose: its sequence must not be burned.
                if number % 5 == 0 {
                    let wrong = act(&subject, Some(act("x", None, number).id()), number);
                    store.commit(acts([event.clone(), wrong])).await.unwrap_err();
                }
                previous = Some(event.id());
                store.commit(acts([event])).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    let filter = EventFilter { limit: 1_000, ..EventFilter::default() };
    let events = store.events(&filter).await.unwrap();
    let sequences: Vec<_> = events.iter().map(|event| event.recorded.sequence.0).collect();
    assert_eq!(sequences, (1..=320).collect::<Vec<_>>());
    assert_eq!(*seen.borrow_and_update(), 320);
}

#[tokio::test]
async fn preconditions_conflict() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.commit(queued(1)).await.unwrap();
    let view = ViewRow {
        origin: ORIGIN.into(),
        log_id: support::hex32(9),
        size: 5,
        root: [5; 32],
        note: "note".into(),
        quarantined: None,
        updated_at: at(1),
        checked_at: at(1),
    };
    let policy = PolicyRow { id: "p".into(), revision: 1, json: "{}".into(), deleted: false };
    let cursor = Write::Cursor { name: "c".into(), to: 3 };
    let writes = vec![Write::View(view.clone()), Write::Policy(policy), cursor];
    store.commit(Commit { writes, ..acts([act("policy", None, 1)]) }).await.unwrap();
    assert_eq!(store.view(ORIGIN).await.unwrap(), Some(view));

    let at_5 = Expect::View { origin: ORIGIN.into(), at: Some((5, [5; 32])) };
    let cursor = |at| Expect::Cursor { name: "c".into(), at };
    let policy = |revision| Expect::PolicyRevision { id: "p".into(), revision };
    for (expect, holds) in [
        (at_5, true),
        (Expect::View { origin: ORIGIN.into(), at: Some((5, [6; 32])) }, false),
        (Expect::View { origin: ORIGIN.into(), at: None }, false),
        (Expect::View { origin: "other".into(), at: None }, true),
        (cursor(3), true),
        (cursor(0), false),
        (Expect::Cursor { name: "new".into(), at: 0 }, true),
        (policy(Some(1)), true),
        (policy(None), false),
        (Expect::PolicyRevision { id: "q".into(), revision: None }, true),
        (Expect::NoEntry { id: entry_of(1) }, false),
        (Expect::NoEntry { id: entry_of(2) }, true),
    ] {
        let writes = vec![Write::Cursor { name: "mark".into(), to: 1 }];
        let result = store
            .commit(Commit { expect: vec![expect.clone()], writes, ..Commit::default() })
            .await;
        match result {
            Ok(_) => assert!(holds, "{expect:?}"),
            Err(error) => {
                assert!(!holds, "{expect:?}");
                assert!(matches!(error, CommitError::Conflict { .. }), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn a_commit_sent_again_is_already_applied() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let first = store.commit(queued(1)).await.unwrap();
    let again = store.commit(queued(1)).await.unwrap();
    assert!(again.already_applied);
    assert_eq!(again.recorded[0].sequence, first.recorded[0].sequence);
    assert_eq!(store.last_sequence().await.unwrap(), 1);
    // Only some of its events known: no repetition but a conflict, and nothing is written.
    let mixed = acts([queued_event(1, None), act("x", None, 1)]);
    assert_eq!(store.commit(mixed).await.unwrap_err().code(), "event_order");
    assert_eq!(store.last_sequence().await.unwrap(), 1);
}

#[tokio::test]
async fn illegal_events_and_wrong_heads_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.commit(queued(1)).await.unwrap();
    let queued_id = queued_event(1, None).id();
    let logged = logged_event(1, queued_id, 7);
    store.commit(acts([logged.clone()])).await.unwrap();

    let twice = acts([logged_event(1, logged.id(), 8)]);
    let error = store.commit(twice).await.unwrap_err();
    assert!(matches!(error, CommitError::Illegal(_)), "{error}");
    assert_eq!(error.code(), "event_order");
    let stale = acts([failed_event(1, queued_id)]);
    assert_eq!(store.commit(stale).await.unwrap_err().code(), "event_previous");
    let error = store.commit(acts([act("x", Some(queued_id), 1)])).await.unwrap_err();
    assert!(matches!(error, CommitError::Conflict { .. }), "{error}");

    let view = store.entry(&entry_of(1)).await.unwrap().unwrap();
    assert_eq!((view.state.stage, view.state.log_index), (Stage::Logged, Some(7)));
    assert_eq!(view.updated_sequence, 2);
    // A failure and the requeue after it, in one commit.
    let failed = failed_event(1, logged.id());
    let requeued = queued_event(1, Some(failed.id()));
    store.commit(acts([failed, requeued])).await.unwrap();
    let view = store.entry(&entry_of(1)).await.unwrap().unwrap();
    assert_eq!((view.state.stage, view.updated_sequence), (Stage::Queued, 4));
}

fn put(
    id: &str,
    revision: u64,
    deleted: bool,
    previous: Option<rekindle_events::EventId>,
) -> Commit {
    let json = format!("{{\"r\":{revision}}}");
    Commit {
        writes: vec![Write::Policy(PolicyRow { id: id.into(), revision, json, deleted })],
        ..acts([act("policy", previous, revision)])
    }
}

#[tokio::test]
async fn policies_are_known_as_of_every_sequence() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let mut previous = None;
    for (revision, deleted) in [(1, false), (2, false), (3, true), (4, false)] {
        let done = store.commit(put("p", revision, deleted, previous)).await.unwrap();
        previous = Some(done.recorded[0].event.id());
    }
    for (sequence, expected) in [(0, None), (1, Some(1)), (2, Some(2)), (3, None), (4, Some(4))] {
        let rows = store.policies_at(sequence).await.unwrap();
        assert_eq!(rows.first().map(|row| row.revision), expected, "as of {sequence}");
    }
    assert_eq!(store.policies().await.unwrap().len(), 1);
    assert_eq!(store.policy("p").await.unwrap().unwrap().revision, 4);
    assert!(store.policy("q").await.unwrap().is_none());
}

#[tokio::test]
async fn triggers_are_numbered_without_gaps_and_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let event = act("x", None, 1);
    store.commit(acts([event.clone()])).await.unwrap();
    let row = |id: u64| TriggerRow {
        id: format!("trg-{id}"),
        event: event.id(),
        event_sequence: 1,
        policy: "p".into(),
        revision: 1,
        result: "maybe".into(),
        atoms: vec!["component:openssl".into()],
        why: vec!["coverage".into()],
        evaluate_only: Some("component:openssl".into()),
        artifacts: vec!["sha256:aa".into()],
        urgency: "now".into(),
    };
    let found = async |ids: &[u64]| {
        let writes = vec![Write::Triggers(ids.iter().map(|id| row(*id)).collect())];
        store.commit(Commit { writes, ..Commit::default() }).await.unwrap();
    };
    found(&[1, 2]).await;
    found(&[2, 3, 1, 4]).await;
    let all = store.triggers(0, 100, false).await.unwrap();
    let shown: Vec<_> = all.iter().map(|t| (t.number, t.row.id.as_str())).collect();
    assert_eq!(shown, [(1, "trg-1"), (2, "trg-2"), (3, "trg-3"), (4, "trg-4")]);
    assert_eq!(all[0].row, row(1));
    let writes = vec![Write::AckTriggers { through: 3 }];
    store.commit(Commit { writes, ..Commit::default() }).await.unwrap();
    let open = store.triggers(0, 100, true).await.unwrap();
    assert_eq!(open.iter().map(|t| t.number).collect::<Vec<_>>(), [4]);
    assert_eq!(store.triggers(1, 2, false).await.unwrap().len(), 2);
}
