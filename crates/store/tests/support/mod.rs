//! Ledgers in temporary folders, and commits that tell one entry's life.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use rekindle_events::{Body, Event, EventId, Facts, Observed, entry_id, facts};
use rekindle_queue::NewJob;
use rekindle_store::{
    Commit, EntryRow, Expect, InputDigest, NewEvent, Options, Store, SubmissionRow, Write,
};

pub(crate) const TENANT: &str = "default";
pub(crate) const ORIGIN: &str = "rekor-local";

pub(crate) async fn open(folder: &Path) -> Store {
    Store::open(Options::new(&url(folder))).await.expect("open")
}

pub(crate) fn url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("rekindle.db").display())
}

/// A time without parts of a microsecond, as the store keeps them.
pub(crate) fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

pub(crate) fn hex32(byte: u64) -> String {
    format!("{byte:064x}")
}

pub(crate) fn leaf(number: u64) -> [u8; 32] {
    let mut leaf = [0x5a; 32];
    leaf[..8].copy_from_slice(&number.to_be_bytes());
    leaf
}

pub(crate) fn entry_of(number: u64) -> String {
    entry_id(TENANT, ORIGIN, &leaf(number))
}

pub(crate) fn new_event(event: Event) -> NewEvent {
    NewEvent { event, observed: Observed::default(), inputs: vec![], hints: None }
}

/// An operator's act on `subject`: an event outside of any entry's life.
pub(crate) fn act(
    subject: &str,
    previous: Option<EventId>,
    reason: impl std::fmt::Display,
) -> Event {
    Event::new(Facts {
        tenant: TENANT.into(),
        subject: subject.into(),
        previous,
        body: Body::AdminActed(facts::AdminActed {
            act: "test".into(),
            target: subject.into(),
            actor: "ana".into(),
            reason: reason.to_string(),
        }),
    })
}

pub(crate) fn acts(events: impl IntoIterator<Item = Event>) -> Commit {
    Commit { events: events.into_iter().map(new_event).collect(), ..Commit::default() }
}

fn life(number: u64, previous: Option<EventId>, body: Body) -> Event {
    let subject = entry_of(number).into();
    Event::new(Facts { tenant: TENANT.into(), subject, previous, body })
}

pub(crate) fn queued_event(number: u64, previous: Option<EventId>) -> Event {
    life(
        number,
        previous,
        Body::EntryQueued(facts::EntryQueued {
            attestation: format!("att-{}", hex32(number)),
            submission: format!("sub-{}", hex32(number)),
            target: ORIGIN.into(),
            log_id: hex32(9),
            leaf_hash: hex::encode(leaf(number)),
            request_digest: hex32(1),
            hints_digest: hex32(2),
            extractor: 1,
            predicate_type: String::new(),
            scope: None,
            urgency: "routine".into(),
        }),
    )
}

pub(crate) fn logged_event(number: u64, previous: EventId, index: u64) -> Event {
    life(
        number,
        Some(previous),
        Body::EntryLogged(facts::EntryLogged {
            origin: ORIGIN.into(),
            log_id: hex32(9),
            log_index: index.into(),
            uuid: None,
            leaf_hash: hex::encode(leaf(number)),
            body_digest: hex32(3),
            hints_digest: hex32(2),
            extractor: 1,
        }),
    )
}

pub(crate) fn failed_event(number: u64, previous: EventId) -> Event {
    life(
        number,
        Some(previous),
        Body::EntryFailed(facts::EntryFailed {
            target: ORIGIN.into(),
            code: "rejected".into(),
            stage: "submit".into(),
            hints_digest: hex32(2),
            extractor: 1,
        }),
    )
}

pub(crate) fn entry_row(number: u64) -> EntryRow {
    let input = InputDigest::of(&bytes_of(number));
    EntryRow {
        id: entry_of(number),
        submission: format!("sub-{}", hex32(number)),
        tenant: TENANT.into(),
        attestation: format!("att-{}", hex32(number)),
        target: ORIGIN.into(),
        log_name: "local".into(),
        leaf_hash: leaf(number),
        attestation_input: input,
        verifier_input: input,
        request: input,
        leaf: input,
        hints: input,
        scope: None,
        deadline: Some(at(1_000)),
        created_at: at(0),
    }
}

pub(crate) fn bytes_of(number: u64) -> Bytes {
    Bytes::from(format!("attestation {number}"))
}

pub(crate) fn job(kind: &str, key: &str) -> NewJob {
    NewJob {
        kind: kind.into(),
        key: key.into(),
        payload: key.into(),
        run_at: SystemTime::now(),
        priority: 0,
        deadline: None,
    }
}

/// What a door commits for one attestation and one log.
pub(crate) fn queued(number: u64) -> Commit {
    let submission = SubmissionRow {
        id: format!("sub-{}", hex32(number)),
        tenant: TENANT.into(),
        attestation: format!("att-{}", hex32(number)),
        scope: None,
        urgency: "routine".into(),
        created_at: at(0),
    };
    let mut new = new_event(queued_event(number, None));
    new.inputs = vec![("attestation".into(), InputDigest::of(&bytes_of(number)))];
    new.hints = Some(InputDigest::of(&bytes_of(number)));
    Commit {
        expect: vec![Expect::NoEntry { id: entry_of(number) }],
        events: vec![new],
        writes: vec![
            Write::Submission(submission),
            Write::Input(bytes_of(number)),
            Write::Entry(entry_row(number)),
            Write::EntryDigests {
                entry: entry_of(number),
                digests: vec![format!("sha256:{}", hex32(number)), "sha256:shared".into()],
            },
        ],
        jobs: vec![job("submit", &entry_of(number))],
    }
}

/// The number below `end` whose entry this is.
pub(crate) fn number_of(entry: &str, end: u64) -> u64 {
    static KNOWN: std::sync::OnceLock<std::collections::BTreeMap<String, u64>> =
        std::sync::OnceLock::new();
    let known = KNOWN.get_or_init(|| (0..end).map(|number| (entry_of(number), number)).collect());
    known[entry]
}
