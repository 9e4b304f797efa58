//! From the door to `inclusion_verified`, and not so on a log that is convicted meanwhile.

mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use rekindle_events::{Kind, Stage};
use rekindle_queue::worker::Handler as _;
use rekindle_queue::{Job, JobId, Settlement};
use rekindle_store::{EventFilter, JobFilter};
use rekindle_syncd::Engine;
use rekindle_syncd::jobs::follow::{LookOutcome, look};
use rekindle_syncd::jobs::{submit::Submit, verify::Verify};
use rekindle_syncd::ops::replay::replay;
use support::log::{Server, TestLog};
use support::{Signer, engine, openvex, options};
use tokio_util::sync::CancellationToken;

const ORIGIN: &str = "log.example";

/// What the log shows: the answer to a post, and a tree with its size.
type Shown = Arc<Mutex<Option<(Vec<u8>, TestLog, u64)>>>;

async fn server(shown: Shown) -> Server {
    Server::start(move |method, path| {
        let shown = shown.lock().unwrap();
        let Some((receipt, log, size)) = &*shown else { return (500, "", Vec::new()) };
        match (method, log.file(path, *size)) {
            ("POST", _) => (201, "", receipt.clone()),
            (_, Some(file)) => (200, "", file),
            _ => (404, "", Vec::new()),
        }
    })
    .await
}

/// An entry whose leaf stands at 3 in a log of 9.
async fn entry(engine: &Engine) -> (String, TestLog) {
    let signer = Signer::new();
    let request = signer.request(&signer.sign(&openvex("CVE-2026-0001", "pkg:npm/a@1")));
    let entry = engine.accept(request).await.unwrap().entries[0].id.clone();
    let row = engine.store().entry(&entry).await.unwrap().unwrap().row;
    let mut leaves: Vec<Bytes> = TestLog::of(9, u64::MAX).leaves;
    leaves[3] = engine.store().input(row.leaf).await.unwrap().unwrap();
    (entry, TestLog::new(leaves))
}

async fn kinds(engine: &Engine) -> Vec<Kind> {
    let filter = EventFilter { limit: 100, ..EventFilter::default() };
    let events = engine.store().events(&filter).await.unwrap();
    events.iter().map(|event| event.recorded.event.kind()).collect()
}

async fn stage(engine: &Engine, entry: &str) -> Stage {
    engine.store().entry(entry).await.unwrap().unwrap().state.stage
}

fn job(kind: &str, entry: &str) -> Job {
    Job {
        id: JobId(1),
        kind: kind.into(),
        key: entry.into(),
        payload: entry.into(),
        attempts: 0,
        claims: 1,
        priority: 0,
        created_at: SystemTime::now(),
        deadline: None,
    }
}

/// The view jumps over the receipt's size: tiles of the larger tree prove the smaller one.
#[tokio::test]
async fn an_entry_is_verified_once_its_checkpoint_fits_the_view() {
    let shown = Shown::default();
    let server = server(shown.clone()).await;
    let key = TestLog::of(0, 0);
    let (engine, _dir) = engine(vec![options("a", &key, &server.url, true)]).await;
    let (entry, log) = entry(&engine).await;
    let receipt = log.receipt_bytes(3, 6).to_vec();
    *shown.lock().unwrap() = Some((receipt, log, 9));
    assert_eq!(
        look(&engine, engine.log_of(ORIGIN).unwrap()).await.unwrap().outcome,
        LookOutcome::Good
    );
    let stop = CancellationToken::new();
    let jobs = tokio::spawn({
        let (engine, stop) = (engine.clone(), stop.clone());
        async move { engine.run(stop).await.unwrap() }
    });
    let wait = async {
        while stage(&engine, &entry).await != Stage::Verified {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("verified in time");
    stop.cancel();
    jobs.await.unwrap();
    let seen = kinds(&engine).await;
    let count = |kind| seen.iter().filter(|one| **one == kind).count();
    assert_eq!((count(Kind::EntryLogged), count(Kind::InclusionVerified)), (1, 1));
    assert_eq!(replay(engine.store()).await.unwrap().differences, vec![]);
    assert_eq!(engine.doctor().await.unwrap(), vec![]);
    for kind in ["submit", "verify"] {
        let left = JobFilter { kind: Some(kind.into()), limit: 10, ..JobFilter::default() };
        assert_eq!(engine.store().jobs(&left).await.unwrap(), vec![]);
    }
}

/// The receipts are of one history, the readers see another: nothing is verified, nothing spins.
#[tokio::test]
async fn a_convicted_log_verifies_nothing_more() {
    let shown = Shown::default();
    let server = server(shown.clone()).await;
    let key = TestLog::of(0, 0);
    let (engine, _dir) = engine(vec![options("a", &key, &server.url, true)]).await;
    let (entry, log) = entry(&engine).await;
    let known = log.clone();
    let receipt = log.receipt_bytes(3, 9).to_vec();
    *shown.lock().unwrap() = Some((receipt, log, 9));
    let target = engine.log_of(ORIGIN).unwrap();
    assert_eq!(look(&engine, target).await.unwrap().outcome, LookOutcome::Good);

    // The checkpoint of the receipt is accepted: `inclusion_verified` shares the commit.
    let submit = Submit::new(engine.clone());
    let (how, effects) = submit.run(&job("submit", &entry)).await;
    assert!(matches!(how, Settlement::Done), "{how:?}");
    let made: Vec<_> = effects.events.iter().map(|new| new.event.kind()).collect();
    assert_eq!(made, [Kind::EntryLogged, Kind::InclusionVerified]);

    // The same answer after the conviction: it waits, and asks nobody to look again.
    target.hand_over(&TestLog::of(9, 2).at(9));
    assert_eq!(look(&engine, target).await.unwrap().outcome, LookOutcome::Diverged);
    let asked = server.asked();
    let (how, effects) = submit.run(&job("submit", &entry)).await;
    assert!(matches!(how, Settlement::Snooze { .. }) && effects.events.is_empty(), "{how:?}");
    assert_eq!(server.asked(), asked, "nothing is posted to a convicted log");

    let logged = effects_of(&engine, &entry, &known).await;
    assert_eq!(stage(&engine, &entry).await, Stage::Logged, "{logged:?}");
    let (how, effects) = Verify::new(engine.clone()).run(&job("verify", &entry)).await;
    assert!(matches!(how, Settlement::Snooze { .. }), "{how:?}");
    assert!(effects.jobs.is_empty() && effects.events.is_empty());
}

/// States `logged` for an entry as the submit job does, without verifying it.
async fn effects_of(engine: &Engine, entry: &str, log: &TestLog) -> Vec<Kind> {
    use rekindle_store::{Commit, InputDigest, Ledger as _, NewEvent, Write};
    let view = engine.store().entry(entry).await.unwrap().unwrap();
    let queued = engine.store().event_by_id(&view.state.last).await.unwrap().unwrap();
    let receipt = log.receipt_bytes(3, 9);
    let inputs = rekindle_syncd::decide::Inputs::default()
        .with("leaf", log.leaves[3].clone())
        .with("receipt", receipt.clone())
        .with("log", log.input().to_bytes());
    let queued = queued.recorded.event;
    let event = rekindle_syncd::decide::decide(Kind::EntryLogged, Some(&queued), &inputs).unwrap();
    let mut commit = Commit::default();
    commit.writes.extend(inputs.iter().map(|(_, bytes)| Write::Input(bytes.clone())));
    let digest = InputDigest::of(&receipt);
    commit.writes.push(Write::Receipt { entry: entry.into(), digest });
    let inputs = inputs.digests();
    commit.events.push(NewEvent { event, observed: Default::default(), inputs, hints: None });
    engine.store().commit(commit).await.unwrap();
    kinds(engine).await
}
