//! No policy that should be looked at again is missed; what cannot be known widens.

use std::collections::BTreeSet;

use rekindle_events::{Kind, Stage, trigger_id};
use rekindle_store::StoredTrigger;
use rekindle_tests::daemon::{self, Daemon};
use rekindle_tests::servers::{Backend as _, Boxed, Setup};
use rekindle_tests::sign::{Signer, documents};
use reqwest::Method;
use serde_json::{Value, json};

const OPENSSL: &str = "pkg:deb/debian/openssl@3.0.11-1";

async fn running() -> (Boxed, Daemon) {
    let log = Boxed::start(Setup::default()).await;
    let daemon = Daemon::on(&log).await;
    (log, daemon)
}

/// Submits and waits until it is verified; the triggers that it caused.
async fn cause(daemon: &Daemon, body: &Value) -> Vec<StoredTrigger> {
    let before = daemon.triggers().await.len();
    let entry = daemon.submit_body(body).await;
    daemon.reach(&entry, Stage::Verified).await;
    daemon.triggers().await.split_off(before)
}

fn woken(triggers: &[StoredTrigger]) -> Vec<(&str, &str)> {
    triggers.iter().map(|t| (t.row.policy.as_str(), t.row.result.as_str())).collect()
}

#[tokio::test]
async fn what_is_not_understood_widens() {
    let (_log, daemon) = running().await;
    daemon.policy("openssl", &json!({"scope": "component:openssl"})).await;
    daemon.policy("cve", &json!({"scope": "vuln:CVE-2026-0001"})).await;
    daemon.policy("other-type", &json!({"scope": "predicate:https://example.com/other/v1"})).await;
    // An unknown predicate: nothing is known of products and vulnerabilities, so both may be.
    let strange = documents::statement("https://example.com/strange/v1", &json!({"x": 1}));
    let found = cause(&daemon, &Signer::p256().sign(&strange).body()).await;
    assert_eq!(woken(&found), [("cve", "maybe"), ("openssl", "maybe")]);
    assert!(found.iter().all(|trigger| !trigger.row.why.is_empty()), "{found:?}");
    // A payload that is no statement at all: the same, and the predicate is not known either.
    let opaque = Signer::p256().sign_bytes("application/octet-stream", &[0, 1, 2, 255]);
    let names: BTreeSet<_> =
        cause(&daemon, &opaque.body()).await.into_iter().map(|t| t.row.policy).collect();
    assert!(names.contains("cve") && names.contains("openssl"), "{names:?}");
}

#[tokio::test]
async fn ids_atoms_and_acknowledging() {
    let (_log, daemon) = running().await;
    let scope = "component:openssl,component:log4j";
    daemon.policy("libs", &json!({"scope": scope})).await;
    let signed = Signer::p256().sign(&documents::openvex("CVE-2026-0001", &[OPENSSL]));
    let found = cause(&daemon, &signed.body()).await;
    assert_eq!(woken(&found), [("libs", "yes")]);
    let row = &found[0].row;
    assert_eq!(row.atoms, ["component:openssl"], "only what woke it");
    assert_eq!(row.id, trigger_id(&row.event, "libs", 1));
    assert_eq!(row.artifacts, [format!("sha256:{}", documents::ARTIFACT)]);
    assert_eq!(row.urgency, "routine");

    let open = daemon.get("/v1/triggers?open=true").await;
    let number = open["triggers"][0]["number"].as_u64().unwrap();
    assert_eq!(open["next"], number);
    let ack = daemon.request(Method::POST, "/v1/triggers/ack").json(&json!({"through": number}));
    assert_eq!(daemon.say(ack).await.status, 204);
    assert_eq!(daemon.get("/v1/triggers?open=true").await["triggers"], json!([]));
    assert_eq!(daemon.get("/v1/triggers").await["triggers"][0]["acked"], true);
}

#[tokio::test]
async fn policies_are_taken_as_of_the_event() {
    let (log, daemon) = running().await;
    let vex = |n: u64| {
        let purls = [OPENSSL, &format!("pkg:npm/filler-{n}@1.0.0")];
        Signer::p256().sign(&documents::openvex("CVE-2026-0001", &purls)).body()
    };
    assert!(cause(&daemon, &vex(0)).await.is_empty(), "nobody is interested yet");
    let put = daemon.policy("p", &json!({"scope": "component:log4j"})).await;
    assert_eq!((&put["revision"], &put["changed"]), (&json!(1), &json!(true)));
    let same = daemon.policy("p", &json!({"id": "p", "scope": "component:log4j"})).await;
    assert_eq!((&same["revision"], &same["changed"]), (&json!(1), &json!(false)));
    assert!(cause(&daemon, &vex(1)).await.is_empty());
    let put = daemon.policy("p", &json!({"scope": "component:openssl"})).await;
    assert_eq!(put["revision"], 2);
    let found = cause(&daemon, &vex(2)).await;
    assert_eq!((woken(&found), found[0].row.revision), (vec![("p", "yes")], 2));
    assert_eq!(daemon.events(&[Kind::PolicyChanged]).await.len(), 2, "an identical put is none");

    // After a restart the index is the same; after a deletion nobody is woken.
    let daemon = daemon.restart(daemon::Setup::of(log.options())).await;
    let found = cause(&daemon, &vex(3)).await;
    assert_eq!((woken(&found), found[0].row.revision), (vec![("p", "yes")], 2));
    let delete = daemon.request(Method::DELETE, "/v1/policies/p");
    assert_eq!(daemon.say(delete).await.status, 204);
    assert!(cause(&daemon, &vex(4)).await.is_empty());
    let again = daemon.policy("p", &json!({"scope": "component:openssl"})).await;
    assert_eq!(again["revision"], 4, "a deletion is a revision too");
    assert_eq!(cause(&daemon, &vex(5)).await[0].row.revision, 4);
}

#[tokio::test]
async fn other_events_fire_only_those_who_ask() {
    let log = Boxed::start(Setup::only("ecdsa-sha2-384-nistp384")).await;
    let daemon = Daemon::on(&log).await;
    daemon.policy("plain", &json!({"scope": "component:openssl"})).await;
    let on = json!({"scope": "component:openssl", "on": ["rekor.entry.failed"]});
    daemon.policy("wants-failures", &on).await;
    let signed = Signer::p256().sign(&documents::openvex("CVE-2026-0001", &[OPENSSL]));
    let entry = daemon.submit(&signed).await;
    daemon.reach(&entry, Stage::Failed).await;
    assert_eq!(woken(&daemon.triggers().await), [("wants-failures", "yes")]);
}

#[tokio::test]
async fn narrowing_needs_the_permission() {
    let log = Boxed::start(Setup::default()).await;
    let mut setup = daemon::Setup::of(log.options());
    setup.may_narrow = false;
    let daemon = Daemon::start(setup).await;
    daemon.policy("openssl", &json!({"scope": "component:openssl"})).await;
    daemon.policy("log4j", &json!({"scope": "component:log4j"})).await;
    let purls = [OPENSSL, "pkg:maven/org.apache.logging.log4j/log4j@2.17.0"];
    let signed = Signer::p256().sign(&documents::openvex("CVE-2026-0001", &purls));
    let found = cause(&daemon, &signed.body_with(&json!({"scope": "component:openssl"}))).await;
    assert_eq!(woken(&found), [("log4j", "yes"), ("openssl", "yes")], "recorded, not obeyed");
    let queued = &daemon.events(&[Kind::EntryQueued]).await[0].recorded;
    assert_eq!(queued.observed.scope_ignored.as_deref(), Some("component:openssl"));
}

#[tokio::test]
async fn a_bulk_import_is_one_event() {
    let (_log, daemon) = running().await;
    let lines: Vec<_> = (0..50)
        .map(|n| {
            json!({"id": format!("p{n:02}"), "scope": format!("component:lib{n}")}).to_string()
        })
        .collect();
    let bulk = || daemon.request(Method::POST, "/v1/policies/bulk").body(lines.join("\n"));
    assert_eq!(daemon.say(bulk()).await.body, json!({"stored": 50, "changed": 50}));
    assert_eq!(daemon.say(bulk()).await.body, json!({"stored": 50, "changed": 0}));
    assert_eq!(daemon.events(&[Kind::PolicyChanged]).await.len(), 1);
    let signed = Signer::p256().sign(&documents::openvex("CVE-2026-0001", &["pkg:npm/lib7@1"]));
    assert_eq!(woken(&cause(&daemon, &signed.body()).await), [("p07", "yes")]);
}
