//! The doors: what is read, what is taken once, what is refused with which code.

mod support;

use std::time::Duration;

use bytes::Bytes;
use rekindle_attestation::Limits;
use rekindle_events::Stage;
use rekindle_queue::RetryClass;
use rekindle_rekor::{Answer, Cut, Place};
use rekindle_scope::{Policy, PolicyId};
use rekindle_store::{EventFilter, JobFilter};
use rekindle_syncd::door::{Asked, Media, duration, read};
use rekindle_syncd::outcome::{Next, next};
use rekindle_syncd::{Engine, Refusal};
use serde_json::{Value, json};
use support::log::TestLog;
use support::{NOWHERE, Signer, engine, openvex, options};

async fn two_logs() -> (Engine, tempfile::TempDir) {
    let (a, b) = (TestLog::named("a.example", vec![]), TestLog::named("b.example", vec![]));
    engine(vec![options("a", &a, NOWHERE, true), options("b", &b, NOWHERE, false)]).await
}

async fn events(engine: &Engine) -> u64 {
    engine.store().last_sequence().await.unwrap()
}

fn policy(id: &str, scope: &str) -> Policy {
    Policy::new(PolicyId::new(id).unwrap(), scope.parse().unwrap())
}

#[test]
fn every_answer_has_one_next_step() {
    let log = TestLog::of(3, u64::MAX);
    assert!(matches!(next(Answer::Logged(Box::new(log.receipt(1, 3)))), Next::Check(_)));
    assert!(matches!(next(Answer::Known(Place::Index(7))), Next::Recover(Place::Index(7))));
    let refused = Answer::Refused { status: 400, reason: "no".into() };
    assert!(matches!(next(refused), Next::Fail { status: 400, .. }));
    assert!(matches!(next(Answer::Frozen), Next::Pause { wait, .. } if wait.as_secs() == 600));
    let cut = Cut { what: "cut".into(), status: None, sent: true };
    let again = next(Answer::Unclear(cut));
    assert!(matches!(again, Next::Again { class: RetryClass::Unclear, .. }));
    // A server that says "at once" would make a loop without a pause.
    for (said, waits) in [(None, 2), (Some(0), 1), (Some(5), 5)] {
        let wait = said.map(Duration::from_secs);
        let busy = Answer::Busy { status: 503, wait, reason: "busy".into() };
        assert!(matches!(next(busy), Next::Pause { wait, .. } if wait.as_secs() == waits));
    }
}

#[test]
fn durations_have_a_number_and_a_unit() {
    for (text, millis) in
        [("500ms", 500), ("0s", 0), ("60s", 60_000), ("15m", 900_000), ("7d", 604_800_000)]
    {
        assert_eq!(duration(text).unwrap(), Duration::from_millis(millis), "{text}");
    }
    let long = format!("{}d", u64::MAX);
    for text in ["", "7", "d", "-1s", "1.5h", "7 d", "7D", "7dd", " 7d", "٧d", &long] {
        assert_eq!(duration(text).unwrap_err().code(), "field_invalid", "{text}");
    }
}

#[test]
fn media_types_are_read_without_their_parameters() {
    let dsse = "application/vnd.dsse.envelope.v1+json";
    assert_eq!(Media::of(dsse), Some(Media::Envelope));
    assert_eq!(Media::of("Application/JSON; charset=utf-8"), Some(Media::Json));
    let bundle = "application/vnd.dev.sigstore.bundle.v0.3+json";
    assert_eq!(Media::of(bundle), Some(Media::Bundle));
    for other in ["", "text/plain", "application/jsonx"] {
        assert_eq!(Media::of(other), None, "{other}");
    }
}

#[test]
fn bodies_are_read_strictly() {
    let signer = Signer::new();
    let envelope = signer.sign(&openvex("CVE-2026-0001", "pkg:npm/a@1"));
    let take = |media, body: &str| {
        let body = Bytes::copy_from_slice(body.as_bytes());
        read(media, body, Asked::default(), true, &Limits::default())
    };
    let good = json!({
        "envelope": envelope, "verifier": {"publicKey": signer.pem()}, "logs": ["a"],
        "scope": "component:openssl", "urgency": "now", "deadline": "2h",
    });
    let request = take(Media::Json, &good.to_string()).unwrap();
    assert_eq!(request.deadline, Some(Duration::from_secs(7_200)));
    assert_eq!((request.logs, request.urgency.as_deref()), (vec!["a".to_owned()], Some("now")));
    assert!(take(Media::Envelope, &envelope.to_string()).unwrap().verifier.is_none());
    let twice = format!(r#"{{"envelope":{envelope},"envelope":{envelope}}}"#);
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let bad: [(Media, String); 7] = [
        (Media::Json, twice),
        (Media::Json, deep),
        (Media::Json, json!({"envelope": envelope, "extra": 1}).to_string()),
        (Media::Json, json!({"logs": []}).to_string()),
        (Media::Json, json!({"envelope": envelope, "deadline": "soon"}).to_string()),
        (Media::Json, json!({"envelope": envelope, "verifier": {"publicKey": "x"}}).to_string()),
        (Media::Envelope, "{}".into()),
    ];
    for (media, body) in bad {
        assert!(take(media, &body).is_err(), "{body}");
    }
}

#[tokio::test]
async fn one_attestation_is_one_entry_per_log() {
    let (engine, _dir) = two_logs().await;
    let signer = Signer::new();
    let envelope = signer.sign(&openvex("CVE-2026-0001", "pkg:npm/a@1"));
    let mut request = signer.request(&envelope);
    request.logs = vec!["a".into()];
    let first = engine.accept(request.clone()).await.unwrap();
    assert!(first.created);
    let again = engine.accept(request.clone()).await.unwrap();
    assert!(!again.created);
    assert_eq!((&first.id, &first.entries), (&again.id, &again.entries));
    assert_eq!(events(&engine).await, 1);
    // White space makes no second attestation.
    let spaced = Bytes::from(serde_json::to_vec_pretty(&envelope).unwrap());
    let parsed = rekindle_attestation::Envelope::parse(spaced, &Limits::default()).unwrap();
    let spaced = rekindle_syncd::SubmitRequest { envelope: parsed, ..request.clone() };
    assert_eq!(engine.accept(spaced).await.unwrap().id, first.id);
    assert_eq!(events(&engine).await, 1);
    // Another log is added; a log that is named twice is meant once.
    request.logs = ["b", "a", "b"].map(str::to_owned).to_vec();
    let more = engine.accept(request.clone()).await.unwrap();
    assert!(more.created && more.id == first.id && more.entries.len() == 2);
    assert_eq!(events(&engine).await, 2);
    let jobs = JobFilter { kind: Some("submit".into()), limit: 10, ..JobFilter::default() };
    assert_eq!(engine.store().jobs(&jobs).await.unwrap().len(), 2);
    for entry in &more.entries {
        let stored = engine.store().entry(&entry.id).await.unwrap().unwrap();
        assert_eq!(stored.state.stage, Stage::Queued);
        assert_eq!(stored.row.submission, first.id);
    }
}

#[tokio::test]
async fn racing_doors_store_one_entry() {
    let (engine, _dir) = two_logs().await;
    let signer = Signer::new();
    let request = signer.request(&signer.sign(&openvex("CVE-2026-0001", "pkg:npm/a@1")));
    let racers = (0..8).map(|_| {
        let (engine, request) = (engine.clone(), request.clone());
        tokio::spawn(async move { engine.accept(request).await.unwrap() })
    });
    let done = futures::future::join_all(racers).await;
    let created = done.iter().filter(|one| one.as_ref().unwrap().created).count();
    // A race that was lost is answered as the repetition that it is.
    assert!(created >= 1);
    assert_eq!(events(&engine).await, 2);
}

#[tokio::test]
async fn refusals_store_nothing_and_have_their_code() {
    let (engine, _dir) = two_logs().await;
    let signer = Signer::new();
    let good = signer.request(&signer.sign(&openvex("CVE-2026-0001", "pkg:npm/a@1")));
    let change = |what: &dyn Fn(&mut rekindle_syncd::SubmitRequest)| {
        let mut request = good.clone();
        what(&mut request);
        request
    };
    let other = Signer::new().verifier();
    let rows = [
        ("log_unknown", change(&|r| r.logs = vec!["c".into()])),
        ("field_invalid", change(&|r| r.urgency = Some("never".into()))),
        ("verifier_unknown", change(&|r| r.verifier = None)),
        ("signature_invalid", change(&|r| r.verifier = Some(other.clone()))),
    ];
    for (code, request) in rows {
        assert_eq!(engine.accept(request).await.unwrap_err().code(), code);
    }
    assert!(engine.accept(change(&|r| r.scope = Some("nonsense:".into()))).await.is_err());
    assert_eq!(events(&engine).await, 0);

    let scoped = change(&|r| r.scope = Some("component:openssl".into()));
    engine.accept(scoped.clone()).await.unwrap();
    for differing in [
        good.clone(),
        change(&|r| r.scope = Some("component:curl".into())),
        rekindle_syncd::SubmitRequest { urgency: Some("now".into()), ..scoped.clone() },
    ] {
        let refused = engine.accept(differing).await.unwrap_err();
        assert_eq!(refused.code(), "submission_differs");
    }
    assert!(!engine.accept(scoped).await.unwrap().created);
    assert_eq!(events(&engine).await, 2);
}

#[tokio::test]
async fn a_scope_without_permission_is_recorded_and_ignored() {
    let (engine, _dir) = two_logs().await;
    let signer = Signer::new();
    let mut request = signer.request(&signer.sign(&openvex("CVE-2026-0001", "pkg:npm/a@1")));
    request.scope = Some("component:openssl".into());
    request.may_narrow = false;
    let accepted = engine.accept(request).await.unwrap();
    let entry = engine.store().entry(&accepted.entries[0].id).await.unwrap().unwrap();
    assert_eq!(entry.row.scope, None);
    let stored = engine.store().events(&EventFilter::default()).await.unwrap();
    let observed = &stored[0].recorded.observed;
    assert_eq!(observed.scope_ignored.as_deref(), Some("component:openssl"));
}

#[tokio::test]
async fn policies_count_their_changes() {
    let (engine, _dir) = two_logs().await;
    let put = |scope: &str| engine.put_policy(policy("team", scope));
    let (first, same) = (put("component:a").await.unwrap(), put("component:a").await.unwrap());
    assert_eq!((first.policy.revision, first.changed), (1, true));
    assert_eq!((same.policy.revision, same.changed), (1, false));
    assert_eq!(put("component:b").await.unwrap().policy.revision, 2);
    let id = PolicyId::new("team").unwrap();
    engine.delete_policy(&id).await.unwrap();
    assert_eq!(engine.delete_policy(&id).await.unwrap_err().code(), "not_found");
    assert_eq!(put("component:b").await.unwrap().policy.revision, 4);
    assert_eq!(events(&engine).await, 4);
    let all = vec![policy("team", "component:b"), policy("x", "*"), policy("y", "*")];
    let puts = engine.import_policies(all.clone()).await.unwrap();
    assert_eq!(puts.iter().map(|put| put.changed).collect::<Vec<_>>(), [false, true, true]);
    assert!(engine.import_policies(all).await.unwrap().iter().all(|put| !put.changed));
    // An import is one change; as of an earlier sequence there is what there was.
    assert_eq!(events(&engine).await, 5);
    assert_eq!(engine.store().policies_at(4).await.unwrap().len(), 1);
    assert_eq!(engine.store().policies_at(3).await.unwrap().len(), 0);
    assert_eq!(engine.store().policies().await.unwrap().len(), 3);
}

#[tokio::test]
async fn policy_names_stay_out_of_the_way() {
    let (engine, _dir) = two_logs().await;
    let twice = vec![policy("x", "*"), policy("x", "component:a")];
    let refused: Vec<Refusal> = vec![
        engine.import_policies(twice).await.unwrap_err(),
        engine.put_policy(policy("a.example", "*")).await.unwrap_err(),
        engine.put_policy(policy("b.example#5", "*")).await.unwrap_err(),
    ];
    assert!(refused.iter().all(|refusal| refusal.code() == "field_invalid"), "{refused:?}");
    assert_eq!(events(&engine).await, 0);
    engine.put_policy(policy("a.example.team", "*")).await.unwrap();
    assert_eq!(json!(events(&engine).await), Value::from(1));
}
