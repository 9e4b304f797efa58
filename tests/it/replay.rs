//! Same inputs, same ids: the whole history is made again, twice, and gives one digest.

use std::time::Duration;

use rekindle_events::{Kind, Stage};
use rekindle_store::{Options, Store};
use rekindle_syncd::ops::replay::{Replayed, replay};
use rekindle_syncd::{Entries, Follow};
use rekindle_testlog::Fork;
use rekindle_tests::daemon::{self, Daemon};
use rekindle_tests::servers::{Backend as _, Boxed, Setup};
use rekindle_tests::sign::{Signer, documents};
use rekindle_tests::stranger::Stranger;
use rekindle_tests::wait::{LONG, until};
use serde_json::json;

/// A history with every kind of event that a log and an operator can cause here.
async fn history(log: &Boxed) -> Daemon {
    let mut options = log.options();
    let interval = Duration::from_millis(50);
    options.follow = Some(Follow { interval, entries: Entries::All });
    let stranger = Stranger::new(&options);
    stranger.post_many(0..4).await;
    let daemon = Daemon::start(daemon::Setup::of(options)).await;
    daemon.policy("openssl", &json!({"scope": "component:openssl"})).await;
    daemon.policy("openssl", &json!({"scope": "component:openssl", "onScoped": "skip"})).await;
    daemon.policy("gone", &json!({"scope": "vuln:CVE-2026-0001"})).await;
    let gone = daemon.request(reqwest::Method::DELETE, "/v1/policies/gone");
    assert_eq!(daemon.say(gone).await.status, 204);

    let statement = documents::openvex("CVE-2026-0001", &["pkg:deb/debian/openssl@3.0.11"]);
    let taken = Signer::p384().sign(&statement);
    let scoped = taken.body_with(&json!({"scope": "component:openssl", "urgency": "soon"}));
    let taken = daemon.submit_body(&scoped).await;
    let refused = daemon.submit(&Signer::p256().sign(&statement)).await;
    daemon.reach(&taken, Stage::Verified).await;
    daemon.reach(&refused, Stage::Failed).await;
    // An operator gives the failed one another life, which ends as before.
    let act = json!({"actor": "ops", "reason": "trying again"});
    let path = format!("/v1/entries/{refused}/requeue");
    let said = daemon.say(daemon.request(reqwest::Method::POST, &path).json(&act)).await;
    assert_eq!(said.status, 200, "{}", said.body);
    until("it failed twice", LONG, async || {
        (daemon.events(&[Kind::EntryFailed]).await.len() == 2).then_some(())
    })
    .await;
    until("strangers are observed", LONG, async || {
        (daemon.events(&[Kind::EntryObserved]).await.len() == 4).then_some(())
    })
    .await;
    log.log.fork(Fork { at: 1, same_size: true, ends: false }).unwrap();
    until("the log is convicted", LONG, async || {
        (daemon.events(&[Kind::CheckpointDiverged]).await.len() == 1).then_some(())
    })
    .await;
    daemon
}

fn good(replayed: &Replayed) {
    assert_eq!(replayed.differences, [], "nothing comes out differently");
    assert_eq!(replayed.digest.len(), 64);
    for kind in Kind::ALL {
        assert!(replayed.kinds.contains_key(&kind), "no {kind} in {:?}", replayed.kinds);
    }
}

#[tokio::test]
async fn replay_gives_the_same_ids_and_one_digest() {
    // This log takes only P-384, so a P-256 key gives a failure.
    let setup = || Setup::only("ecdsa-sha2-384-nistp384");
    let log = Boxed::start(setup()).await;
    let mut daemon = history(&log).await;

    // Beside the running daemon, by a reader of its own.
    daemon.quiet(Duration::from_millis(300)).await;
    let first = replay(daemon.store()).await.unwrap();
    good(&first);
    let reader = Store::open(Options::reader(&daemon.ledger())).await.unwrap();
    assert_eq!(replay(&reader).await.unwrap(), first);
    assert_eq!(first.events, daemon.store().last_sequence().await.unwrap());

    // And after the daemon has gone.
    daemon.end().await;
    let reader = Store::open(Options::reader(&daemon.ledger())).await.unwrap();
    assert_eq!(replay(&reader).await.unwrap(), first);

    // The digest is the history's: another history has another one.
    let other = Boxed::start(setup()).await;
    let other = history(&other).await;
    assert_ne!(replay(other.store()).await.unwrap().digest, first.digest);
}

#[tokio::test]
async fn two_machines_give_one_entry_one_id() {
    let signed = Signer::p256().sign(&documents::numbered(1));
    let mut queued = Vec::new();
    for _ in 0..2 {
        // Two ledgers that know nothing of each other; their logs have one origin and one key.
        let log = Boxed::start(Setup::default()).await;
        let daemon = Daemon::on(&log).await;
        let entry = daemon.submit(&signed).await;
        daemon.reach(&entry, Stage::Verified).await;
        let events = daemon.events(&[Kind::EntryQueued, Kind::EntryLogged]).await;
        let ids: Vec<_> = events.iter().map(|event| event.recorded.event.id()).collect();
        queued.push((entry, ids));
    }
    assert_eq!(queued[0], queued[1]);
}
