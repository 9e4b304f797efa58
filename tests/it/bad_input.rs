//! Bad input gets a clear error with a stable code, in bounded time, and nothing is half-stored.

use std::time::{Duration, Instant};

use rekindle_store::EntryFilter;
use rekindle_tests::daemon::{self, Daemon, Said};
use rekindle_tests::servers::{Backend as _, Boxed, Setup};
use rekindle_tests::sign::{Signed, Signer, documents};
use reqwest::{Method, header};
use serde_json::{Value, json};

const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";
/// Each answer comes within this, whatever was sent.
const BOUNDED: Duration = Duration::from_secs(10);

struct Door {
    daemon: Daemon,
    log: Boxed,
    before: u64,
}

impl Door {
    /// A daemon that holds one good submission, so that "nothing changed" means something.
    async fn open() -> Door {
        let log = Boxed::start(Setup::default()).await;
        let daemon = Daemon::start(daemon::Setup::of(log.options()).door_only()).await;
        daemon.submit(&good()).await;
        let before = daemon.store().last_sequence().await.unwrap();
        Door { daemon, log, before }
    }

    async fn raw(&self, media: &str, body: impl Into<reqwest::Body>) -> Said {
        let request = self.daemon.request(Method::POST, "/v1/submissions");
        let request = request.header(header::CONTENT_TYPE, media).body(body);
        let started = Instant::now();
        let said = self.daemon.say(request).await;
        assert!(started.elapsed() < BOUNDED, "{:?}", started.elapsed());
        said
    }

    async fn refused(&self, media: &str, body: impl Into<reqwest::Body>, status: u16, code: &str) {
        let said = self.raw(media, body).await;
        self.problem(&said, status, code).await;
    }

    async fn json(&self, body: &Value, status: u16, code: &str) -> Said {
        let said = self.raw("application/json", body.to_string()).await;
        self.problem(&said, status, code).await;
        said
    }

    /// The answer is an RFC 9457 problem, and the ledger is as before.
    async fn problem(&self, said: &Said, status: u16, code: &str) {
        assert_eq!((said.status.as_u16(), said.code()), (status, code), "{}", said.body);
        assert_eq!(said.body["status"], status);
        assert_eq!(said.body["type"], format!("urn:rekindle:problem:{code}"));
        let detail = said.body["detail"].as_str().unwrap();
        assert!(detail.len() > 10 && detail.len() < 2_000, "{detail}");
        let store = self.daemon.store();
        assert_eq!(store.last_sequence().await.unwrap(), self.before);
        let entries = store.entries(&EntryFilter::default()).await.unwrap();
        assert_eq!(entries.len(), 1, "{code}");
        let jobs = store.job_counts().await.unwrap();
        let submits: u64 =
            jobs.iter().filter(|((kind, _), _)| kind == "submit").map(|(_, count)| count).sum();
        assert_eq!(submits, 1, "{code}");
        assert_eq!(self.log.posts(), 0);
    }
}

fn good() -> Signed {
    Signer::p256().sign(&documents::numbered(1))
}

/// A good attestation with the envelope changed.
fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut body = good().body();
    change(&mut body["envelope"]);
    body
}

#[tokio::test]
async fn what_is_no_json() {
    let door = Door::open().await;
    for body in ["", "hello", "{", "{\"envelope\":", "[1,2", "\u{feff}{}"] {
        door.refused("application/json", body, 400, "not_json").await;
        door.refused(ENVELOPE, body, 400, "not_json").await;
    }
    door.refused(ENVELOPE, &b"{\"payload\":\"\xff\"}"[..], 400, "not_utf8").await;
    door.refused("text/plain", "hello", 415, "media_type_unknown").await;
}

#[tokio::test]
async fn duplicate_keys() {
    let door = Door::open().await;
    let text = good().body().to_string();
    let twice = text.replacen("\"payloadType\"", "\"payload\":\"\",\"payloadType\"", 1);
    door.refused("application/json", twice, 400, "duplicate_key").await;
    let envelope = good().envelope.to_string();
    let twice = envelope.replacen("\"sig\"", "\"sig\":\"AAAA\",\"s\\u0069g\"", 1);
    door.refused(ENVELOPE, twice, 400, "duplicate_key").await;
}

#[tokio::test]
async fn signatures() {
    let door = Door::open().await;
    door.json(&changed(|e| e["signatures"] = json!([])), 400, "no_signatures").await;
    let none = |e: &mut Value| {
        e.as_object_mut().unwrap().remove("signatures");
    };
    door.json(&changed(none), 400, "no_signatures").await;
    // Two good signatures of one key: a v2 log has room for one.
    let signer = Signer::p256();
    let mut two = signer.sign(&documents::numbered(1)).body();
    let again = signer.sign(&documents::numbered(1)).envelope["signatures"][0].clone();
    two["envelope"]["signatures"].as_array_mut().unwrap().push(again);
    door.json(&two, 400, "too_many_signatures").await;
    // A signature of somebody else, and one over other bytes.
    let mut body = good().body();
    body["verifier"]["publicKey"] = json!(Signer::p256().public_key());
    door.json(&body, 400, "signature_invalid").await;
    let other = good().envelope["signatures"].clone();
    door.json(&changed(|e| e["signatures"] = other), 400, "signature_invalid").await;
    door.json(&changed(|e| e["payloadType"] = json!("text/plain")), 400, "signature_invalid").await;
}

#[tokio::test]
async fn base64() {
    let door = Door::open().await;
    for text in ["!!!!", "AAA=A", "e30", "e3 0="] {
        door.json(&changed(|e| e["payload"] = json!(text)), 400, "bad_base64").await;
        door.json(&changed(|e| e["signatures"][0]["sig"] = json!(text)), 400, "bad_base64").await;
    }
}

#[tokio::test]
async fn too_large_and_too_deep() {
    let door = Door::open().await;
    // 100 MB: refused while it comes in, or right after it came.
    let huge = format!(
        r#"{{"payloadType":"t","payload":"{}","signatures":[{{"sig":"AAAA"}}]}}"#,
        "A".repeat(100_000_000 / 3 * 4)
    );
    let request = door.daemon.request(Method::POST, "/v1/submissions");
    let request = request.header(header::CONTENT_TYPE, ENVELOPE).body(huge);
    let started = Instant::now();
    let said = door.daemon.say(request).await;
    assert!(started.elapsed() < BOUNDED, "{:?}", started.elapsed());
    door.problem(&said, 413, "document_too_large").await;
    // Just over the limit of a decoded document, within that of a body.
    let over = format!(
        r#"{{"payloadType":"t","payload":"{}","signatures":[{{"sig":"AAAA"}}]}}"#,
        "A".repeat(((16 << 20) + 3) / 3 * 4)
    );
    door.refused(ENVELOPE, over, 413, "document_too_large").await;
    for open in ["[", "{\"a\":", "[{\"a\":"] {
        let deep = open.repeat(100_000);
        door.refused(ENVELOPE, deep.clone(), 400, "too_deep").await;
        door.refused("application/json", deep, 400, "too_deep").await;
    }
}

#[tokio::test]
async fn keys_and_certificates() {
    let door = Door::open().await;
    let ed25519 = Signer::ed25519().sign(&documents::numbered(1));
    door.json(&ed25519.body(), 400, "key_type_unsupported").await;
    let certificate = |pem: &str| {
        let mut body = good().body();
        body["verifier"] = json!({"certificate": pem});
        body
    };
    let garbage = pem::encode(&pem::Pem::new("CERTIFICATE", &b"no certificate"[..]));
    door.json(&certificate(&garbage), 400, "certificate_unreadable").await;
    let torn = garbage.replace("-----END CERTIFICATE-----", "");
    door.json(&certificate(&torn), 400, "certificate_unreadable").await;
    let mut body = good().body();
    body["verifier"]["publicKey"] = json!("no PEM at all");
    door.json(&body, 400, "key_unreadable").await;
    let secret = pem::encode(&pem::Pem::new("PRIVATE KEY", &b"hidden"[..]));
    body["verifier"]["publicKey"] = json!(secret);
    let said = door.json(&body, 400, "key_unreadable").await;
    assert!(said.body["detail"].as_str().unwrap().contains("private"), "{}", said.body);
    door.refused(ENVELOPE, good().envelope.to_string(), 400, "verifier_unknown").await;
}

#[tokio::test]
async fn what_stands_beside_the_attestation() {
    let door = Door::open().await;
    let scoped = good().body_with(&json!({"scope": "componet:openssl"}));
    let said = door.json(&scoped, 400, "unknown_dimension").await;
    let detail = said.body["detail"].as_str().unwrap();
    assert!(detail.contains("componet") && detail.contains("`component`"), "{detail}");
    for (more, code) in [
        (json!({"scope": ""}), "empty_scope"),
        (json!({"urgency": "yesterday"}), "field_invalid"),
        (json!({"deadline": "7 days"}), "field_invalid"),
        (json!({"logs": ["elsewhere"]}), "log_unknown"),
        (json!({"scoop": "component:openssl"}), "field_invalid"),
    ] {
        door.json(&good().body_with(&more), 400, code).await;
    }
    // Policies: the same words.
    for (policy, code) in [
        (json!({"scope": "componet:openssl"}), "unknown_dimension"),
        (json!({"scope": "component:openssl", "onScoped": "sometimes"}), "bad_on_scoped"),
        (json!({"scope": "component:openssl", "on_scoped": "skip"}), "unknown_policy_member"),
        (json!({}), "bad_policy_member"),
    ] {
        let request = door.daemon.request(Method::PUT, "/v1/policies/p").json(&policy);
        let said = door.daemon.say(request).await;
        door.problem(&said, 400, code).await;
    }
    // All or nothing: the second line is wrong, so the first is not stored either.
    let bulk =
        "{\"id\":\"a\",\"scope\":\"component:a\"}\n{\"id\":\"b\",\"scope\":\"compnent:b\"}\n";
    let said = door.daemon.say(door.daemon.request(Method::POST, "/v1/policies/bulk").body(bulk));
    let said = said.await;
    door.problem(&said, 400, "unknown_dimension").await;
    assert!(said.body["detail"].as_str().unwrap().starts_with("line 2:"), "{}", said.body);
    assert!(door.daemon.store().policies().await.unwrap().is_empty());
}
