//! The door: who may speak, resuming a stream, and saying the same thing twice.

use std::time::Duration;

use rekindle_events::{Kind, Stage};
use rekindle_tests::daemon::{self, Daemon};
use rekindle_tests::servers::{Backend as _, Boxed, Setup};
use rekindle_tests::sign::{Signer, documents};
use rekindle_tests::wait::{LONG, until};
use reqwest::{Method, header};
use serde_json::{Value, json};

async fn running() -> (Boxed, Daemon) {
    let log = Boxed::start(Setup::default()).await;
    let daemon = Daemon::on(&log).await;
    (log, daemon)
}

#[tokio::test]
async fn other_hosts_and_origins_are_refused() {
    let (_log, daemon) = running().await;
    let cases = [
        (header::HOST, "evil.example", 403),
        (header::HOST, "127.0.0.1.evil.example", 403),
        (header::ORIGIN, "http://evil.example", 403),
        (header::ORIGIN, "null", 403),
        (header::HOST, "localhost", 200),
        (header::ORIGIN, "http://localhost:8440", 200),
    ];
    for (name, value, status) in cases {
        let request = daemon.request(Method::GET, "/v1/events").header(name, value);
        let said = daemon.say(request).await;
        assert_eq!(said.status.as_u16(), status, "{value}");
        if status == 403 {
            assert_eq!(said.code(), "host_refused");
        }
    }
    // A page elsewhere cannot submit either.
    let signed = Signer::p256().sign(&documents::numbered(1));
    let request = daemon.request(Method::POST, "/v1/submissions").json(&signed.body());
    let said = daemon.say(request.header(header::ORIGIN, "https://evil.example")).await;
    assert_eq!(said.status, 403);
    assert!(daemon.events(&[Kind::EntryQueued]).await.is_empty());
}

#[tokio::test]
async fn the_same_again_is_the_same() {
    let (log, daemon) = running().await;
    let signed = Signer::p256().sign(&documents::numbered(1));
    let body = signed.body_with(&json!({"scope": "component:package-1", "urgency": "soon"}));
    let request = daemon.request(Method::POST, "/v1/submissions").json(&body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let location = answer.headers()[header::LOCATION].to_str().unwrap().to_owned();
    let first: Value = answer.json().await.unwrap();
    assert_eq!(location, format!("/v1/submissions/{}", first["id"].as_str().unwrap()));
    let entry = first["entries"][0]["id"].as_str().unwrap().to_owned();
    daemon.reach(&entry, Stage::Verified).await;

    // White space and key ids do not make another attestation.
    let mut spaced = body.clone();
    spaced["envelope"]["signatures"][0]["keyid"] = json!("another hint");
    for again in [body.to_string(), serde_json::to_string_pretty(&spaced).unwrap()] {
        let request = daemon.request(Method::POST, "/v1/submissions").body(again);
        let said = daemon.say(request.header(header::CONTENT_TYPE, "application/json")).await;
        assert_eq!(said.status, 200, "{}", said.body);
        assert_eq!(said.body["id"], first["id"]);
        assert_eq!(
            said.body["entries"][0],
            json!({"id": entry, "log": "local", "stage": "verified"})
        );
    }
    // With another scope or urgency it is another wish about the same thing.
    for other in [
        json!({"scope": "component:other", "urgency": "soon"}),
        json!({"scope": "component:package-1", "urgency": "now"}),
    ] {
        let said = daemon.post(&signed.body_with(&other)).await;
        assert_eq!((said.status.as_u16(), said.code()), (409, "submission_differs"));
    }
    let said = daemon.post(&signed.body()).await;
    assert_eq!((said.status.as_u16(), said.code()), (409, "submission_differs"));
    assert_eq!(daemon.kinds(&entry).await.len(), 3);
    assert_eq!((log.log.size(), log.posts()), (1, 1));

    let shown = daemon.get(&location).await;
    assert_eq!(shown["entries"][0]["logIndex"], "0");
    assert_eq!(
        (&shown["scope"], &shown["urgency"]),
        (&json!("component:package-1"), &json!("soon"))
    );
}

#[tokio::test]
async fn many_at_once_make_one() {
    let (log, daemon) = running().await;
    let signed = Signer::p256().sign(&documents::numbered(1));
    let posts = futures::future::join_all((0..20).map(|_| {
        let (daemon, body) = (&daemon, signed.body());
        async move { daemon.post(&body).await }
    }));
    let said = posts.await;
    let statuses: Vec<_> = said.iter().map(|said| said.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 19, "{statuses:?}");
    let entry = said[0].body["entries"][0]["id"].as_str().unwrap();
    daemon.reach(entry, Stage::Verified).await;
    assert_eq!(log.log.size(), 1);
}

#[tokio::test]
async fn envelopes_and_bundles_are_taken_too() {
    let log = Boxed::start(Setup::default()).await;
    let signer = Signer::p256();
    let verifier = rekindle_attestation::Verifier::from_pem(signer.public_key().as_bytes());
    let mut setup = daemon::Setup::of(log.options());
    setup.keys = vec![("team".into(), verifier.unwrap())];
    let daemon = Daemon::start(setup).await;
    let mut envelope = signer.sign(&documents::numbered(1)).envelope;
    envelope["signatures"][0]["keyid"] = json!("team");
    let request = daemon
        .request(Method::POST, "/v1/submissions?scope=component:package-1&urgency=soon")
        .header(header::CONTENT_TYPE, "application/vnd.dsse.envelope.v1+json; charset=utf-8")
        .body(envelope.to_string());
    let said = daemon.say(request).await;
    assert_eq!(said.status, 202, "{}", said.body);
    let entry = said.body["entries"][0]["id"].as_str().unwrap();
    let view = daemon.reach(entry, Stage::Verified).await;
    assert_eq!(view.row.scope.as_deref(), Some("component:package-1"));
}

/// Reads that many events of a stream: (id, event).
async fn read(daemon: &Daemon, last: Option<&str>, count: usize) -> Vec<(String, Value)> {
    let mut request = daemon.request(Method::GET, "/v1/events/stream");
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let mut answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(
        answer.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/event-stream")
    );
    let mut text = String::new();
    let mut found = Vec::new();
    while found.len() < count {
        let next = tokio::time::timeout(LONG, answer.chunk()).await.expect("the stream goes on");
        text.push_str(std::str::from_utf8(&next.unwrap().expect("more")).unwrap());
        while let Some(end) = text.find("\n\n") {
            let block: String = text.drain(..end + 2).collect();
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
            if let (Some(id), Some(data)) = (field("id: "), field("data: ")) {
                found.push((id.to_owned(), serde_json::from_str(data).unwrap()));
            }
        }
    }
    found
}

#[tokio::test]
async fn a_stream_resumes_after_the_last_event() {
    let (_log, daemon) = running().await;
    let signer = Signer::p256();
    let entry = daemon.submit(&signer.sign(&documents::numbered(1))).await;
    daemon.reach(&entry, Stage::Verified).await;
    let listed = daemon.get("/v1/events").await["events"].as_array().unwrap().clone();
    assert!(listed.len() >= 4);
    let all = read(&daemon, None, listed.len()).await;
    for (place, (id, event)) in all.iter().enumerate() {
        assert_eq!(*event, listed[place], "the stream prints what the list prints");
        assert_eq!(event["sequence"], json!(id));
        assert_eq!(*id, format!("{:020}", place + 1), "gap-free");
    }
    // From the middle on, and what happens meanwhile comes after it.
    let middle = &all[1].0;
    let (rest, ()) = tokio::join!(read(&daemon, Some(middle), listed.len() + 1), async {
        let entry = daemon.submit(&signer.sign(&documents::numbered(2))).await;
        daemon.reach(&entry, Stage::Verified).await;
    });
    assert_eq!(rest[..listed.len() - 2], all[2..]);
    assert!(rest.iter().map(|(id, _)| id).is_sorted());
    let bad = daemon.request(Method::GET, "/v1/events/stream").header("last-event-id", "soon");
    assert_eq!(daemon.say(bad).await.status, 400);
}

#[tokio::test]
async fn pages_filters_and_unknown_things() {
    let (_log, daemon) = running().await;
    let entry = daemon.submit(&Signer::p256().sign(&documents::numbered(1))).await;
    daemon.reach(&entry, Stage::Verified).await;
    let logged = daemon.get("/v1/events?type=rekor.entry.logged").await;
    assert_eq!(logged["events"].as_array().unwrap().len(), 1);
    let mine = daemon.get(&format!("/v1/events?entry={entry}&limit=2")).await;
    assert_eq!(mine["events"].as_array().unwrap().len(), 2);
    let rest = daemon.get(&format!("/v1/events?entry={entry}&after={}", mine["next"])).await;
    assert_eq!(rest["events"].as_array().unwrap().len(), 1);
    for (path, status, code) in [
        ("/v1/events?type=rekor.entry.eaten", 400, "field_invalid"),
        ("/v1/events/rekor-evt-sha256:00", 400, "field_invalid"),
        ("/v1/events/999999", 404, "not_found"),
        ("/v1/entries/ent-0", 404, "not_found"),
        ("/v1/entries/ent-0/events", 404, "not_found"),
        ("/v1/submissions/sub-0", 404, "not_found"),
        ("/v1/policies/nobody", 404, "not_found"),
        ("/v1/logs/local/evidence", 404, "not_found"),
        ("/v1/entries?stage=lost", 400, "field_invalid"),
        ("/v1/nothing", 404, "not_found"),
    ] {
        let said = daemon.say(daemon.request(Method::GET, path)).await;
        assert_eq!((said.status.as_u16(), said.code()), (status, code), "{path}: {}", said.body);
    }
}

#[tokio::test]
async fn openapi_names_every_route() {
    let (_log, daemon) = running().await;
    let document = daemon.get("/v1/openapi.json").await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    for (path, method) in [
        ("/v1/submissions", "post"),
        ("/v1/submissions/{id}", "get"),
        ("/v1/entries", "get"),
        ("/v1/entries/{id}", "get"),
        ("/v1/entries/{id}/events", "get"),
        ("/v1/events", "get"),
        ("/v1/events/{id}", "get"),
        ("/v1/events/stream", "get"),
        ("/v1/policies", "get"),
        ("/v1/policies/{id}", "put"),
        ("/v1/policies/{id}", "delete"),
        ("/v1/policies/bulk", "post"),
        ("/v1/triggers", "get"),
        ("/v1/triggers/ack", "post"),
        ("/v1/logs", "get"),
        ("/v1/queue", "get"),
    ] {
        assert!(document["paths"][path][method].is_object(), "{method} {path}");
    }
}

#[tokio::test]
async fn health_readiness_and_metrics() {
    let (_log, daemon) = running().await;
    let entry = daemon.submit(&Signer::p256().sign(&documents::numbered(1))).await;
    daemon.reach(&entry, Stage::Verified).await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(daemon.say(daemon.request(Method::GET, path)).await.status, 200, "{path}");
    }
    let text = until("metrics", Duration::from_secs(5), async || {
        let answer = daemon.request(Method::GET, "/metrics").send().await.unwrap();
        let kind = answer.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
        Some(answer.text().await.unwrap())
    })
    .await;
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert!(text.lines().any(|line| line.starts_with("rekindle_jobs{kind=\"follow\"")), "{text}");
    assert!(
        text.lines().all(|line| line.starts_with('#') || line.starts_with("rekindle_")),
        "{text}"
    );
    let queue = daemon.get("/v1/queue").await;
    assert!(queue["jobs"]["follow"].is_object(), "{queue}");
}
