//! Jobs against a log that a test plays: triggers, failure and requeue, replay, busy loops.

mod support;

use std::time::Duration;

use rekindle_events::{Body, Kind, Stage};
use rekindle_proof::hash;
use rekindle_queue::worker::Handler as _;
use rekindle_queue::{Job, JobId, Settlement};
use rekindle_rekor::wire::v2::ErrorBody;
use rekindle_scope::{Policy, PolicyId};
use rekindle_store::{Commit, EventFilter, InputDigest, JobFilter, Ledger as _, StoredEvent};
use rekindle_syncd::Engine;
use rekindle_syncd::jobs::submit::Submit;
use rekindle_syncd::ops::replay::replay;
use support::log::{Server, TestLog};
use support::{NOWHERE, Signer, engine, openvex, options};
use tokio_util::sync::CancellationToken;

const LONG: Duration = Duration::from_secs(20);

/// Runs the jobs until `seen` says so.
async fn run_until(engine: &Engine, seen: impl AsyncFn() -> bool) {
    let stop = CancellationToken::new();
    let jobs = tokio::spawn({
        let (engine, stop) = (engine.clone(), stop.clone());
        async move { engine.run(stop).await.unwrap() }
    });
    let wait = async {
        while !seen().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(LONG, wait).await.expect("in time");
    stop.cancel();
    jobs.await.unwrap();
}

async fn events(engine: &Engine) -> Vec<StoredEvent> {
    let filter = EventFilter { limit: 500, ..EventFilter::default() };
    engine.store().events(&filter).await.unwrap()
}

async fn caught_up(engine: &Engine) -> bool {
    let (at, last) = (engine.store().cursor("trigger").await, engine.store().last_sequence().await);
    at.unwrap() == last.unwrap()
}

fn policy(id: &str, scope: &str, on: &[Kind]) -> Policy {
    let policy = Policy::new(PolicyId::new(id).unwrap(), scope.parse().unwrap());
    policy.with_on(on.iter().map(|kind| kind.as_str())).unwrap()
}

async fn submit(engine: &Engine, purl: &str, scope: Option<&str>) -> String {
    let signer = Signer::new();
    let mut request = signer.request(&signer.sign(&openvex("CVE-2026-0001", purl)));
    request.scope = scope.map(str::to_owned);
    engine.accept(request).await.unwrap().entries[0].id.clone()
}

async fn refusing() -> Server {
    Server::start(|method, _| match method {
        "POST" => (400, "", ErrorBody::new(3, "no").to_json()),
        _ => (404, "", Vec::new()),
    })
    .await
}

#[tokio::test]
async fn triggers_use_the_policies_as_of_the_event() {
    let log = TestLog::of(1, u64::MAX);
    let (engine, _dir) = engine(vec![options("a", &log, NOWHERE, false)]).await;
    let queued = [Kind::EntryQueued];
    let first = submit(&engine, "pkg:npm/openssl@1", None).await;
    engine.put_policy(policy("late", "component:openssl", &queued)).await.unwrap();
    engine.put_policy(policy("gone", "component:openssl", &queued)).await.unwrap();
    engine.put_policy(policy("other", "component:curl", &queued)).await.unwrap();
    engine.put_policy(policy("quiet", "component:openssl", &[])).await.unwrap();
    submit(&engine, "pkg:npm/openssl@2", None).await;
    engine.put_policy(policy("late", "component:curl", &queued)).await.unwrap();
    engine.delete_policy(&PolicyId::new("gone").unwrap()).await.unwrap();
    submit(&engine, "pkg:npm/openssl@3", None).await;
    run_until(&engine, async || caught_up(&engine).await).await;
    let found = engine.store().triggers(0, 100, false).await.unwrap();
    let rows: Vec<_> = found
        .iter()
        .map(|t| (t.row.policy.as_str(), t.row.revision, t.row.event_sequence))
        .collect();
    assert_eq!(rows, [("gone", 1, 6), ("late", 1, 6)], "the entry {first} was before both");
    assert_eq!(found[0].row.artifacts, [format!("sha256:{}", support::ARTIFACT)]);
    // Another look finds nothing twice.
    submit(&engine, "pkg:npm/left-pad@1", None).await;
    run_until(&engine, async || caught_up(&engine).await).await;
    assert_eq!(engine.store().triggers(0, 100, false).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_scope_narrows_and_what_it_suppressed_is_listed() {
    let log = TestLog::of(1, u64::MAX);
    let (engine, _dir) = engine(vec![options("a", &log, NOWHERE, false)]).await;
    let queued = [Kind::EntryQueued];
    engine.put_policy(policy("ours", "component:openssl", &queued)).await.unwrap();
    engine.put_policy(policy("theirs", "component:curl", &queued)).await.unwrap();
    engine.put_policy(policy("vuln", "vuln:CVE-2026-0001", &queued)).await.unwrap();
    // The document names curl; its producer says that only openssl matters.
    submit(&engine, "pkg:npm/curl@8", Some("component:openssl")).await;
    run_until(&engine, async || caught_up(&engine).await).await;
    let found = engine.store().triggers(0, 100, false).await.unwrap();
    assert!(found.iter().all(|trigger| trigger.row.policy != "theirs"), "{found:?}");
    let vuln = found.iter().find(|trigger| trigger.row.policy == "vuln").expect("narrowed only");
    assert_eq!(vuln.row.evaluate_only.as_deref(), Some("component:openssl"));
    let listed = engine.store().suppressed(100).await.unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!((listed[0].1.as_str(), listed[0].2.as_str()), ("theirs", "component:openssl"));
}

#[tokio::test]
async fn a_failed_entry_is_queued_again_by_name_and_reason() {
    let log = TestLog::of(1, u64::MAX);
    let server = refusing().await;
    let (engine, _dir) = engine(vec![options("a", &log, &server.url, false)]).await;
    let entry = submit(&engine, "pkg:npm/a@1", None).await;
    let stage = async || engine.store().entry(&entry).await.unwrap().unwrap().state.stage;
    let early = engine.requeue(&entry, "ana", "early").await.unwrap_err();
    assert_eq!(early.code(), "not_now");
    assert_eq!(engine.requeue("ent-0", "ana", "?").await.unwrap_err().code(), "not_found");
    run_until(&engine, async || stage().await == Stage::Failed).await;
    engine.requeue(&entry, "ana", "the log was set up wrongly").await.unwrap();
    assert_eq!(engine.requeue(&entry, "ana", "twice").await.unwrap_err().code(), "not_now");
    assert_eq!(stage().await, Stage::Queued);
    let all = events(&engine).await;
    let kinds: Vec<_> = all.iter().map(|event| event.recorded.event.kind()).collect();
    let (queued, failed) = (Kind::EntryQueued, Kind::EntryFailed);
    assert_eq!(kinds, [queued, failed, Kind::AdminActed, queued]);
    assert_eq!(all[3].recorded.event.facts().previous, Some(all[1].recorded.event.id()));
    let Body::AdminActed(act) = &all[2].recorded.event.facts().body else { panic!("no act") };
    assert_eq!((act.actor.as_str(), act.target.as_str()), ("ana", entry.as_str()));
    let jobs = JobFilter { kind: Some("submit".into()), limit: 10, ..JobFilter::default() };
    let jobs = engine.store().jobs(&jobs).await.unwrap();
    assert_eq!(jobs.iter().map(|job| job.state.as_str()).collect::<Vec<_>>(), ["ready"]);
    // A second life may fail as the first one did.
    run_until(&engine, async || stage().await == Stage::Failed).await;
    let replayed = replay(engine.store()).await.unwrap();
    assert_eq!((replayed.events, replayed.differences), (5, vec![]));
}

#[tokio::test]
async fn replay_finds_an_input_or_a_fact_that_was_changed() {
    let log = TestLog::of(1, u64::MAX);
    let (good, _dir) = engine(vec![options("a", &log, NOWHERE, false)]).await;
    good.put_policy(policy("team", "component:a", &[])).await.unwrap();
    submit(&good, "pkg:npm/a@1", None).await;
    let expected = replay(good.store()).await.unwrap();
    assert_eq!((expected.events, expected.differences.len()), (2, 0));
    assert_eq!(replay(good.store()).await.unwrap(), expected);
    // The same events over other inputs, and inputs that are gone.
    for change in ["other input", "no input", "gone"] {
        let (bad, _dir) = engine(vec![options("a", &log, NOWHERE, false)]).await;
        let stored = &events(&good).await[0];
        let mut commit = Commit::default();
        let mut inputs = Vec::new();
        for (role, digest) in &stored.inputs {
            let bytes = good.store().input(*digest).await.unwrap().unwrap();
            let text = String::from_utf8(bytes.to_vec()).unwrap().replace("component:a", "vuln:b");
            let bytes = bytes::Bytes::from(text);
            if change != "no input" {
                inputs.push((role.as_str().into(), InputDigest::of(&bytes)));
            }
            if change == "other input" {
                commit.writes.push(rekindle_store::Write::Input(bytes));
            }
        }
        commit.events.push(rekindle_store::NewEvent {
            event: stored.recorded.event.clone(),
            observed: Default::default(),
            inputs,
            hints: None,
        });
        bad.store().commit(commit).await.unwrap();
        let replayed = replay(bad.store()).await.unwrap();
        assert_eq!(replayed.differences.len(), 1, "{change}");
        assert_eq!(replayed.differences[0].sequence, 1);
        assert_eq!(replayed.differences[0].stored, stored.recorded.event.id());
    }
}

fn job(entry: &str, claims: u32) -> Job {
    Job {
        id: JobId(1),
        kind: "submit".into(),
        key: entry.into(),
        payload: entry.into(),
        attempts: 0,
        claims,
        priority: 0,
        created_at: std::time::SystemTime::now(),
        deadline: None,
    }
}

#[tokio::test]
async fn a_busy_log_is_asked_less_and_less_but_not_beyond_the_deadline() {
    let log = TestLog::of(1, u64::MAX);
    let server = Server::start(|_, _| (503, "retry-after: 0\r\n", b"busy".to_vec())).await;
    let (engine, _dir) = engine(vec![options("a", &log, &server.url, false)]).await;
    let signer = Signer::new();
    let mut request = signer.request(&signer.sign(&openvex("CVE-2026-0001", "pkg:npm/a@1")));
    request.deadline = Some(Duration::from_secs(20));
    let entry = engine.accept(request).await.unwrap().entries[0].id.clone();
    let worker = Submit::new(engine.clone());
    for (claims, least, most) in [(1, 0.9, 1.1), (20, 4.5, 5.1), (1_000, 15.0, 20.1)] {
        let now = std::time::SystemTime::now();
        let (how, effects) = worker.run(&job(&entry, claims)).await;
        let Settlement::Snooze { until } = how else { panic!("{how:?}") };
        let wait = until.duration_since(now).unwrap().as_secs_f64();
        assert!((least..most).contains(&wait), "{claims} claims wait {wait} s");
        assert!(effects.events.is_empty());
    }
    assert_eq!(server.asked(), 3);
}

/// A signed tree that no ledger can count: the answer is no answer, and nothing spins.
#[tokio::test]
async fn a_receipt_from_an_uncountable_tree_is_no_answer() {
    let (size, index) = (1_u64 << 63 | 2, 1_u64 << 63 | 1);
    let log = TestLog::of(1, u64::MAX);
    let body = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let shown = body.clone();
    let server = Server::start(move |_, _| (201, "", shown.lock().unwrap().clone())).await;
    let (engine, _dir) = engine(vec![options("a", &log, &server.url, false)]).await;
    let entry = submit(&engine, "pkg:npm/a@1", None).await;
    let row = engine.store().entry(&entry).await.unwrap().unwrap().row;
    let leaf = engine.store().input(row.leaf).await.unwrap().unwrap();
    let path = vec![rekindle_proof::Hash([5; 32]); 2];
    let root = rekindle_proof::inclusion::root(index, size, &hash::leaf(&leaf), &path).unwrap();
    let receipt = rekindle_proof::Receipt {
        log: log.signer.log_key().id(),
        body: leaf,
        index,
        path,
        checkpoint: log.signed(size, root),
    };
    let valid = receipt.clone().verify(&receipt.body, log.signer.log_key());
    assert!(valid.is_ok(), "only its size speaks against it: {valid:?}");
    let kind = ("hashedrekord", "0.0.2");
    *body.lock().unwrap() =
        rekindle_rekor::wire::v2::TransparencyLogEntry::from_receipt(&receipt, kind).to_json();
    let (how, effects) = Submit::new(engine.clone()).run(&job(&entry, 1)).await;
    assert!(matches!(how, Settlement::Retry { .. }), "{how:?}");
    assert!(effects.events.is_empty() && effects.writes.is_empty());
}
