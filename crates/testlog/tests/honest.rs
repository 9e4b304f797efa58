//! The honest log: shapes of its answers, receipts, its folder, a restart.

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rekindle_rekor::{Answer, Place};
use rekindle_testlog::{KeyKind, Options, TestLog, TestLogError};
use serde_json::{Value, json};
use support::{SigningKey, client, fill, fsck};

async fn start(dir: &tempfile::TempDir) -> TestLog {
    TestLog::start(Options::new(dir.path())).await.unwrap()
}

async fn post(log: &TestLog, body: impl Into<reqwest::Body>) -> (u16, Option<String>, Value) {
    let url = format!("{}/api/v2/log/entries", log.write_url());
    let answer = reqwest::Client::new().post(url).body(body).send().await.unwrap();
    let index = answer.headers().get("x-log-index").map(|v| v.to_str().unwrap().to_owned());
    (answer.status().as_u16(), index, answer.json().await.unwrap())
}

#[tokio::test]
async fn created_then_conflict() {
    let dir = tempfile::tempdir().unwrap();
    let log = start(&dir).await;
    let prepared = SigningKey::new().prepare(1);
    let (status, _, body) = post(&log, prepared.request.clone()).await;
    assert_eq!(status, 201);
    assert_eq!(body["canonicalizedBody"], json!(STANDARD.encode(&prepared.leaf)));
    assert_eq!(body["logIndex"], json!("0"));
    assert_eq!(body["integratedTime"], json!("0"));
    assert_eq!(body["inclusionPromise"], Value::Null);
    assert_eq!(body["kindVersion"], json!({"kind": "hashedrekord", "version": "0.0.2"}));
    assert_eq!(body["inclusionProof"]["treeSize"], json!("1"));
    assert_eq!(body["inclusionProof"]["hashes"], json!([]));
    assert_eq!(body["inclusionProof"]["rootHash"], json!(prepared.leaf_hash.to_base64()));
    assert_eq!(body["logId"]["keyId"], json!(STANDARD.encode(log.log_key().id().as_bytes())));

    let (status, index, body) = post(&log, prepared.request).await;
    assert_eq!((status, index.as_deref()), (409, Some("0")));
    let message = "an equivalent entry already exists in the transparency log with index 0";
    assert_eq!(body, json!({"code": 6, "message": message, "details": []}));
    assert_eq!(log.size(), 1);
}

#[tokio::test]
async fn refusals_and_unknown_paths() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = Options::new(dir.path());
    options.algorithms = Some(vec!["ecdsa-sha2-384-nistp384".to_owned()]);
    let log = TestLog::start(options).await.unwrap();
    let request = SigningKey::new().prepare(1).request;
    let text = String::from_utf8(request.to_vec()).unwrap();
    let invalid = "invalid hashedrekord request";
    for (body, message) in [
        (String::new(), "invalid type, must be hashedrekord"),
        ("{}".to_owned(), "invalid type, must be hashedrekord"),
        (r#"{"dsseRequestV002":{}}"#.to_owned(), "invalid type, must be hashedrekord"),
        (r#"{"foo":1}"#.to_owned(), "proto: (line 1:2): unknown field \"foo\""),
        (r#"{"hashedRekordRequestV002":{}}"#.to_owned(), invalid),
        // A good entry, but not with this log's algorithms.
        (text, invalid),
    ] {
        let (status, _, answer) = post(&log, body.clone()).await;
        assert_eq!(
            (status, answer),
            (400, json!({"code": 3, "message": message, "details": []})),
            "{body}"
        );
    }
    let (status, _, answer) = post(&log, "{").await;
    assert_eq!((status, &answer["code"]), (400, &json!(3)));
    let (status, _, answer) = post(&log, vec![b' '; 5_000_000]).await;
    assert_eq!((status, &answer["message"]), (400, &json!("http: request body too large")));

    let get = async |path: &str| {
        let answer = reqwest::get(format!("{}{path}", log.read_url())).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(get("/healthz").await, (200, r#"{"status":"SERVING"}"#.to_owned()));
    assert_eq!(
        get("/nope").await,
        (404, r#"{"code":5,"message":"Not Found","details":[]}"#.to_owned())
    );
    assert_eq!(get("/tile/0/000").await.0, 404);
    assert_eq!(get("/.state/key").await.0, 404);
    assert_eq!(get("/tile/entries/../../.state/key").await.0, 404);
    let not_allowed = r#"{"code":12,"message":"Method Not Allowed","details":[]}"#;
    assert_eq!(get("/api/v2/log/entries").await, (501, not_allowed.to_owned()));
    assert_eq!(get("/api/v2/checkpoint").await, get("/checkpoint").await);
    assert_eq!(log.size(), 0);
}

#[tokio::test]
async fn a_signature_over_something_else_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let log = start(&dir).await;
    let key = SigningKey::new();
    let (one, two) = (key.prepare(1), key.prepare(2));
    let mut request: Value = serde_json::from_slice(&one.request).unwrap();
    let other: Value = serde_json::from_slice(&two.request).unwrap();
    request["hashedRekordRequestV002"]["digest"] =
        other["hashedRekordRequestV002"]["digest"].clone();
    let (status, _, answer) = post(&log, request.to_string()).await;
    assert_eq!((status, &answer["message"]), (400, &json!("invalid hashedrekord request")));
}

#[tokio::test]
async fn receipts_verify_and_known_entries_are_recovered() {
    for kind in [KeyKind::Ed25519, KeyKind::EcdsaP256] {
        let dir = tempfile::tempdir().unwrap();
        let log = TestLog::start(Options { key: kind, ..Options::new(dir.path()) }).await.unwrap();
        let (client, key) = (client(&log), SigningKey::new());
        fill(&client, &key, 0..20).await;
        let prepared = key.prepare(20);
        let Answer::Logged(receipt) = client.post(&prepared).await.1 else { panic!("not logged") };
        let verified = receipt.verify(&prepared.leaf, &log.log_key()).unwrap();
        let Answer::Known(place) = client.post(&prepared).await.1 else { panic!("not known") };
        assert_eq!(place, Place::Index(verified.index()));
        let recovered = client.recover(&prepared.leaf, place).await.unwrap();
        recovered.receipt.verify(&prepared.leaf, &log.log_key()).unwrap();
        let posted = log.requests().into_iter().filter(|r| r.method == "POST").count();
        assert_eq!(posted, 22);
    }
}

#[tokio::test]
async fn the_same_bytes_at_the_same_time_get_one_index() {
    let dir = tempfile::tempdir().unwrap();
    let log = start(&dir).await;
    let (client, prepared) = (client(&log), SigningKey::new().prepare(1));
    let answers = futures::future::join_all((0..8).map(|_| client.post(&prepared))).await;
    let names: Vec<&str> = answers.iter().map(|(_, answer)| answer.name()).collect();
    assert_eq!(names.iter().filter(|name| **name == "logged").count(), 1, "{names:?}");
    assert_eq!(names.iter().filter(|name| **name == "known").count(), 7, "{names:?}");
    assert_eq!(log.size(), 1);
}

#[tokio::test]
async fn a_restart_continues_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let key = SigningKey::new();
    let prepared = key.prepare(1000);
    let log = start(&dir).await;
    let vkey = log.vkey();
    fill(&client(&log), &key, 0..300).await;
    assert_eq!(client(&log).post(&prepared).await.1.name(), "logged");
    log.stop().await;

    // Another seed changes nothing: the folder has its key.
    let log = TestLog::start(Options { seed: 7, ..Options::new(dir.path()) }).await.unwrap();
    assert_eq!((log.vkey(), log.size()), (vkey, 301));
    let Answer::Known(place) = client(&log).post(&prepared).await.1 else { panic!("not known") };
    client(&log).recover(&prepared.leaf, place).await.unwrap();
    fill(&client(&log), &key, 300..330).await;
    assert_eq!(log.size(), 331);
    log.stop().await;

    // Without persistent deduplication a restart forgets: a second index for the same bytes.
    let log = TestLog::start(Options { persistent_dedup: false, ..Options::new(dir.path()) })
        .await
        .unwrap();
    assert_eq!(client(&log).post(&prepared).await.1.name(), "logged");
    log.stop().await;

    let other =
        TestLog::start(Options { key: KeyKind::EcdsaP256, ..Options::new(dir.path()) }).await;
    assert!(matches!(other.unwrap_err(), TestLogError::StoredKey { .. }));
    std::fs::write(dir.path().join("tile/0/000"), [0; 8192]).unwrap();
    let damaged = TestLog::start(Options::new(dir.path())).await;
    assert_eq!(damaged.unwrap_err().code(), "testlog_damaged");
}

#[tokio::test]
async fn the_folder_passes_the_independent_checker() {
    let key = SigningKey::new();
    let dir = tempfile::tempdir().unwrap();
    let log = start(&dir).await;
    let mut before = 0;
    for size in [1, 2, 255, 256, 257, 300, 512, 513] {
        fill(&client(&log), &key, before..size).await;
        before = size;
        assert_eq!(log.size(), size);
        let Some(said) = fsck(dir.path(), &log.vkey(), "rekor-local") else { return };
        assert!(
            said.contains(&format!("Successfully fsck'd log with size {size} ")),
            "size {size}: {said}"
        );
    }
}

#[tokio::test]
async fn a_wrong_algorithm_name_lists_the_right_ones() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { algorithms: Some(vec!["rsa".to_owned()]), ..Options::new(dir.path()) };
    let said = TestLog::start(options).await.unwrap_err().to_string();
    assert!(said.contains("`rsa`") && said.contains("ecdsa-sha2-256-nistp256"), "{said}");
}
