//! The eight points of the seed's test plan, on whatever log the suite around it provides.

use std::time::Duration;

use rekindle_events::{Body, Kind, Stage};
use rekindle_proof::bundle::BundleId;
use rekindle_proof::{Hash, hash, inclusion};
use rekindle_syncd::{Entries, Follow};
use rekindle_tests::daemon::{self, Daemon};
use rekindle_tests::servers::{Setup, dead_url};
use rekindle_tests::sign::{Signer, documents};
use rekindle_tests::stranger::Stranger;
use rekindle_tests::wait::{LONG, until};
use serde_json::{Value, json};

const OPENSSL: &str = "pkg:deb/debian/openssl@3.0.11-1?arch=amd64";
const CVE: &str = "CVE-2026-0001";

fn kind(event: &Value) -> &str {
    event["data"]["facts"]["kind"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn seed_1_logged_event_has_log_index() {
    let Some(log) = crate::backend(Setup::default()).await else { return };
    let daemon = Daemon::on(log.as_ref()).await;
    let stranger = Stranger::new(&log.options());
    let before = stranger.post_many(0..2).await;
    let signer = Signer::p256();
    for statement in [documents::openvex(CVE, &[OPENSSL]), documents::sbom(&[OPENSSL])] {
        let entry = daemon.submit(&signer.sign(&statement)).await;
        let view = daemon.reach(&entry, Stage::Verified).await;
        let history = daemon.history(&entry).await;
        let logged: Vec<_> =
            history.iter().filter(|event| kind(event) == "rekor.entry.logged").collect();
        assert_eq!(logged.len(), 1, "{history:?}");
        let facts = &logged[0]["data"]["facts"];
        let index: u64 = facts["logIndex"].as_str().expect("a string").parse().expect("a number");
        assert!(index >= before.len() as u64, "strangers were there first");
        assert_eq!(view.state.log_index, Some(index));
        let shown = daemon.get(&format!("/v1/entries/{entry}")).await;
        assert_eq!(shown["logIndex"], index.to_string());
        // The log really has our leaf there.
        let size = stranger.checkpoint().await.size();
        let bundle = BundleId::of_entry(index, size).expect("inside the tree");
        let leaves = stranger.client.entries(bundle).await.expect("a bundle");
        assert_eq!(hash::leaf(&leaves[(index % 256) as usize]), Hash(view.row.leaf_hash));
        assert_eq!(facts["leafHash"], hex::encode(view.row.leaf_hash));
        assert_eq!(logged[0]["data"]["observed"]["httpStatus"], 201);
    }
}

#[tokio::test]
async fn seed_2_queued_before_submission() {
    let Some(log) = crate::backend(Setup::default()).await else { return };
    // Only the door: whatever it states, it states before anything was sent.
    let daemon = Daemon::start(daemon::Setup::of(log.options()).door_only()).await;
    let signed = Signer::p256().sign(&documents::openvex(CVE, &[OPENSSL]));
    let entry = daemon.submit(&signed).await;
    let history = daemon.history(&entry).await;
    assert_eq!(history.iter().map(kind).collect::<Vec<_>>(), ["rekor.entry.queued"]);
    let queued = history[0].clone();
    let stranger = Stranger::new(&log.options());
    assert_eq!(stranger.checkpoint().await.size(), 0, "nothing was sent");

    let daemon = daemon.restart(daemon::Setup::of(log.options())).await;
    daemon.reach(&entry, Stage::Verified).await;
    let history = daemon.history(&entry).await;
    assert_eq!(history[0], queued, "the very same event");
    assert_eq!(kind(&history[1]), "rekor.entry.logged");
    assert_eq!(history[1]["data"]["facts"]["previous"], queued["id"]);
    assert_eq!(stranger.checkpoint().await.size(), 1);
}

#[tokio::test]
async fn seed_3_inclusion_verified() {
    let Some(log) = crate::backend(Setup::default()).await else { return };
    let daemon = Daemon::on(log.as_ref()).await;
    let stranger = Stranger::new(&log.options());
    stranger.post_many(0..3).await;
    let signed = Signer::p384().sign(&documents::provenance(&"a".repeat(40)));
    let entry = daemon.submit(&signed).await;
    let view = daemon.reach(&entry, Stage::Verified).await;
    let events = daemon.events(&[Kind::InclusionVerified]).await;
    assert_eq!(events.len(), 1);
    let Body::InclusionVerified(facts) = &events[0].recorded.event.facts().body else {
        panic!("another body")
    };
    assert_eq!((facts.view.as_str(), facts.origin.as_str()), ("followed", "rekor-local"));
    // Proved again from outside, by what the log serves to anybody.
    let (index, size) = (facts.log_index.get(), facts.tree_size.get());
    assert!(index < size);
    let path = stranger.client.inclusion(index, size).await.expect("tiles");
    let mut root = [0; 32];
    hex::decode_to_slice(&facts.root_hash, &mut root).expect("hex");
    inclusion::verify(index, size, &Hash(view.row.leaf_hash), &path, &Hash(root)).expect("a proof");
    // The checkpoint is one that our view accepted.
    let accepted = daemon.store().checkpoint_at("rekor-local", size).await.expect("a read");
    assert_eq!(accepted.iter().map(|row| row.root).collect::<Vec<_>>(), [root]);
    assert!(daemon.view_of(size).await.quarantined.is_none());
}

#[tokio::test]
async fn seed_4_failure_emits_failed_with_details() {
    // A log that refuses the key.
    let Some(log) = crate::backend(Setup::only("ecdsa-sha2-384-nistp384")).await else { return };
    let daemon = Daemon::on(log.as_ref()).await;
    let statement = documents::openvex(CVE, &[OPENSSL]);
    let refused = daemon.submit(&Signer::p256().sign(&statement)).await;
    let taken = daemon.submit(&Signer::p384().sign(&statement)).await;
    let view = daemon.reach(&refused, Stage::Failed).await;
    assert_eq!(view.state.failure.as_deref(), Some("rejected"));
    let history = daemon.history(&refused).await;
    assert_eq!(
        history.iter().map(kind).collect::<Vec<_>>(),
        ["rekor.entry.queued", "rekor.entry.failed"]
    );
    let failed = &history[1]["data"];
    assert_eq!(failed["facts"]["code"], "rejected");
    assert_eq!(failed["facts"]["stage"], "submit");
    assert_eq!(failed["facts"]["target"], "rekor-local");
    assert_eq!(failed["facts"]["previous"], history[0]["id"]);
    assert_eq!(failed["observed"]["httpStatus"], 400);
    assert_eq!(failed["observed"]["attempts"], 1);
    assert!(!failed["observed"]["text"].as_str().expect("the log's reason").is_empty());
    assert_eq!(failed["hints"]["vulnerabilityIds"], json!([CVE]));
    let job = daemon.job("submit", &refused).await.expect("a dead letter");
    assert_eq!((job.state.as_str(), job.code.as_deref()), ("dead", Some("rejected")));
    // The same log takes the other key.
    daemon.reach(&taken, Stage::Verified).await;

    // A log that never answers, until the deadline.
    let mut dead = log.options();
    dead.write_url = Some(dead_url());
    let daemon = Daemon::start(daemon::Setup::of(dead)).await;
    let signed = Signer::p384().sign(&statement);
    let entry = daemon.submit_body(&signed.body_with(&json!({"deadline": "2s"}))).await;
    daemon.reach(&entry, Stage::Failed).await;
    let history = daemon.history(&entry).await;
    assert_eq!(
        history.iter().map(kind).collect::<Vec<_>>(),
        ["rekor.entry.queued", "rekor.entry.failed"]
    );
    let failed = &history[1]["data"];
    assert_eq!(failed["facts"]["code"], "deadline");
    assert!(failed["observed"]["attempts"].as_u64().expect("a number") >= 1, "{failed}");
    assert!(failed["observed"].get("httpStatus").is_none(), "{failed}");
    assert!(!failed["observed"]["text"].as_str().expect("why").is_empty());
    assert!(history[0]["data"]["observed"]["deadline"].is_string());
}

#[tokio::test]
async fn seed_5_hints_from_submitted_attestation() {
    let Some(log) = crate::backend(Setup::default()).await else { return };
    let daemon = Daemon::on(log.as_ref()).await;
    let signer = Signer::p256();
    let artifact = format!("sha256:{}", documents::ARTIFACT);

    let vex = daemon.submit(&signer.sign(&documents::openvex(CVE, &[OPENSSL]))).await;
    let sbom = daemon.submit(&signer.sign(&documents::sbom(&[OPENSSL]))).await;
    let slsa = daemon.submit(&signer.sign(&documents::provenance(&"b".repeat(40)))).await;
    for entry in [&vex, &sbom, &slsa] {
        daemon.reach(entry, Stage::Verified).await;
        // Every event of the entry carries the same hints, and names them by one digest.
        let history = daemon.history(entry).await;
        assert_eq!(history.len(), 3);
        for event in &history {
            assert_eq!(event["data"]["hints"], history[0]["data"]["hints"]);
            let facts = &event["data"]["facts"];
            assert_eq!(facts["hintsDigest"], history[0]["data"]["facts"]["hintsDigest"]);
            assert_eq!(event["subject"], artifact);
        }
        assert_eq!(history[0]["data"]["hints"]["artifactDigests"], json!([artifact]));
    }
    let hints = &daemon.history(&vex).await[0]["data"]["hints"];
    assert_eq!(hints["vulnerabilityIds"], json!([CVE]));
    assert_eq!(hints["productKeys"], json!([OPENSSL]));
    assert_eq!(hints["components"], json!(["openssl"]));
    assert_eq!(hints["statuses"], json!(["affected"]));
    assert_eq!(hints["mayAffectDecision"], true);
    assert_eq!(
        hints["coverage"],
        json!({"vulnerability": "complete", "product": "complete", "digest": "complete"})
    );
    let hints = &daemon.history(&sbom).await[0]["data"]["hints"];
    assert_eq!(hints["vulnerabilityIds"], json!([]));
    assert!(hints["productKeys"].as_array().expect("a list").contains(&json!(OPENSSL)));
    assert!(hints["components"].as_array().expect("a list").contains(&json!("openssl")));
    let hints = &daemon.history(&slsa).await[0]["data"]["hints"];
    let materials = hints["materialDigests"].to_string();
    assert!(materials.contains(&"b".repeat(40)), "{materials}");
}

#[tokio::test]
async fn seed_6_scope_narrows_triggers() {
    let Some(log) = crate::backend(Setup::default()).await else { return };
    let daemon = Daemon::on(log.as_ref()).await;
    for name in ["openssl", "pyopenssl", "openssl-sys", "log4j"] {
        daemon.policy(name, &json!({"scope": format!("component:{name}")})).await;
    }
    let cve = format!("vuln:{CVE}");
    daemon.policy("by-cve", &json!({"scope": cve})).await;
    daemon.policy("by-cve-skips", &json!({"scope": cve, "onScoped": "skip"})).await;
    daemon.policy("by-cve-full", &json!({"scope": cve, "onScoped": "full"})).await;
    daemon.policy("other-cve", &json!({"scope": "vuln:CVE-2021-44228"})).await;

    // The document names all four packages; only the scope tells them apart.
    let statement = documents::openvex(
        CVE,
        &[
            OPENSSL,
            "pkg:pypi/pyopenssl@24.0.0",
            "pkg:cargo/openssl-sys@0.9.100",
            "pkg:maven/org.apache.logging.log4j/log4j@2.17.0",
        ],
    );
    let signed = Signer::p256().sign(&statement);
    let scoped = signed.body_with(&json!({"scope": "component:openssl", "urgency": "now"}));
    let entry = daemon.submit_body(&scoped).await;
    daemon.reach(&entry, Stage::Verified).await;
    let triggers = daemon.triggers().await;
    let woken: Vec<_> = triggers
        .iter()
        .map(|stored| (stored.row.policy.as_str(), stored.row.evaluate_only.as_deref()))
        .collect();
    assert_eq!(
        woken,
        [("by-cve", Some("component:openssl")), ("by-cve-full", None), ("openssl", None)]
    );
    for stored in &triggers {
        assert_eq!((stored.row.result.as_str(), stored.row.urgency.as_str()), ("yes", "now"));
        let event = daemon.store().event_by_id(&stored.row.event).await.expect("a read");
        let event = event.expect("the event that fired it").recorded.event;
        assert_eq!(event.kind(), Kind::InclusionVerified);
        assert_eq!(&*event.facts().subject, entry);
    }
    assert_eq!(triggers[2].row.atoms, ["component:openssl"]);
    // Whom the scope kept asleep is listed.
    let asleep = daemon.store().suppressed(100).await.expect("a read");
    assert!(asleep.iter().all(|(_, _, scope)| scope == "component:openssl"));
    let mut asleep: Vec<_> = asleep.iter().map(|(_, policy, _)| policy.as_str()).collect();
    asleep.sort_unstable();
    assert_eq!(asleep, ["by-cve-skips", "log4j", "openssl-sys", "pyopenssl"]);

    // The same document without a scope wakes everybody whom it concerns.
    let entry = daemon.submit(&Signer::p256().sign(&statement)).await;
    daemon.reach(&entry, Stage::Verified).await;
    let triggers = daemon.triggers().await;
    let woken: Vec<_> = triggers[3..].iter().map(|stored| stored.row.policy.as_str()).collect();
    assert_eq!(
        woken,
        ["by-cve", "by-cve-full", "by-cve-skips", "log4j", "openssl", "openssl-sys", "pyopenssl"]
    );
    assert!(triggers[3..].iter().all(|stored| stored.row.evaluate_only.is_none()));
}

#[tokio::test]
async fn seed_7_sync_emits_events() {
    let Some(log) = crate::backend(Setup::default()).await else { return };
    let mut options = log.options();
    options.follow = Some(Follow { interval: Duration::from_millis(250), entries: Entries::All });
    let stranger = Stranger::new(&options);
    let mut strangers = stranger.post_many(0..5).await;
    let daemon = Daemon::start(daemon::Setup::of(options)).await;
    let entry = daemon.submit(&Signer::p256().sign(&documents::openvex(CVE, &[OPENSSL]))).await;
    daemon.reach(&entry, Stage::Verified).await;
    strangers.extend(stranger.post_many(5..8).await);
    strangers.sort_unstable();

    let observed = until("all strangers' entries are observed", LONG, async || {
        let events = daemon.events(&[Kind::EntryObserved]).await;
        (events.len() >= strangers.len()).then_some(events)
    })
    .await;
    let mut seen = Vec::new();
    for event in &observed {
        let Body::EntryObserved(facts) = &event.recorded.event.facts().body else {
            panic!("another body")
        };
        let subject = format!("rekor-local#{}", facts.log_index);
        assert_eq!(&*event.recorded.event.facts().subject, subject);
        assert_eq!(facts.entry_kind, "hashedrekord");
        seen.push((facts.log_index.get(), facts.leaf_hash.clone()));
    }
    let expected: Vec<_> =
        strangers.iter().map(|(index, leaf)| (*index, hex::encode(leaf.0))).collect();
    assert_eq!(seen, expected, "each stranger's entry once, in order, and none of ours");

    // The view moved forward, step by step, to what the log shows.
    let size = stranger.checkpoint().await.size();
    assert_eq!(size, 9);
    daemon.view_of(size).await;
    let mut before = None;
    for event in daemon.events(&[Kind::CheckpointAdvanced]).await {
        let Body::CheckpointAdvanced(facts) = &event.recorded.event.facts().body else {
            panic!("another body")
        };
        assert_eq!(facts.old_size.map(u64::from), before);
        assert_eq!(facts.trust.is_some(), before.is_none());
        assert!(before.is_none_or(|before| facts.tree_size.get() > before));
        before = Some(facts.tree_size.get());
    }
    assert_eq!(before, Some(size));
    assert!(daemon.events(&[Kind::CheckpointDiverged]).await.is_empty());
}

#[tokio::test]
async fn seed_8_history_is_retrievable() {
    let Some(log) = crate::backend(Setup::default()).await else { return };
    let daemon = Daemon::on(log.as_ref()).await;
    let entry = daemon.submit(&Signer::p256().sign(&documents::openvex(CVE, &[OPENSSL]))).await;
    let view = daemon.reach(&entry, Stage::Verified).await;
    let history = daemon.history(&entry).await;
    assert_eq!(
        history.iter().map(kind).collect::<Vec<_>>(),
        ["rekor.entry.queued", "rekor.entry.logged", "rekor.entry.inclusion_verified"]
    );
    // Each event names the one before it, and can be had by id and by sequence.
    let mut previous = Value::Null;
    for event in &history {
        assert_eq!(event["data"]["facts"]["previous"], previous);
        previous = event["id"].clone();
        let id = event["id"].as_str().expect("an id");
        assert_eq!(daemon.get(&format!("/v1/events/{id}")).await, *event);
        let sequence: u64 = event["sequence"].as_str().expect("one").parse().expect("a number");
        assert_eq!(daemon.get(&format!("/v1/events/{sequence}")).await, *event);
    }
    // The entry is found by what people have in their hands.
    let index = view.state.log_index.expect("an index");
    for query in [
        format!("digest=sha256:{}", documents::ARTIFACT),
        format!("uuid={}", hex::encode(view.row.leaf_hash)),
        format!("logIndex={index}"),
    ] {
        let found = daemon.get(&format!("/v1/entries?{query}")).await;
        let ids: Vec<_> = found["entries"].as_array().expect("a list").iter().collect();
        assert_eq!(ids.iter().map(|found| &found["id"]).collect::<Vec<_>>(), [&json!(entry)]);
        assert_eq!(ids[0]["stage"], "verified");
    }
    // And all of it after a restart.
    let daemon = daemon.restart(daemon::Setup::of(log.options())).await;
    assert_eq!(daemon.history(&entry).await, history);
    assert_eq!(daemon.store().entry(&entry).await.expect("a read"), Some(view));
}
