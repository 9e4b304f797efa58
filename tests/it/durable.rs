//! Acknowledged means durable, and `queued` is stored before the first byte goes to the log.

use std::time::Duration;

use rekindle_events::Stage;
use rekindle_store::{EventFilter, Options, Store};
use rekindle_testlog::{Fault, What};
use rekindle_tests::daemon::{self, Daemon};
use rekindle_tests::servers::{Backend as _, Boxed, Setup};
use rekindle_tests::sign::{Signer, documents};
use rekindle_tests::wait::{LONG, until};

#[tokio::test]
async fn queued_is_recorded_before_the_log_is_asked() {
    let log = Boxed::start(Setup::default()).await;
    let daemon = Daemon::on(&log).await;
    let signer = Signer::p256();
    let submits = (0..20).map(|n| {
        let signed = signer.sign(&documents::numbered(n));
        let daemon = &daemon;
        async move { daemon.submit(&signed).await }
    });
    for entry in futures::future::join_all(submits).await {
        let view = daemon.reach(&entry, Stage::Verified).await;
        let request = view.row.request.0;
        let posted: Vec<_> = log
            .log
            .requests()
            .into_iter()
            .filter(|record| record.body_digest == Some(request))
            .collect();
        assert_eq!(posted.len(), 1, "the stored bytes, once");
        let filter = EventFilter { subject: Some(entry), ..EventFilter::default() };
        let queued = daemon.store().events(&filter).await.unwrap().remove(0).recorded;
        assert!(queued.recorded_at <= posted[0].at, "{:?} {:?}", queued.recorded_at, posted[0].at);
    }
}

#[tokio::test]
async fn queued_can_be_read_while_the_log_hangs() {
    let log = Boxed::start(Setup::default()).await;
    log.log.set_fault(Fault::new(What::Hang));
    let mut options = log.options();
    options.timeout = Duration::from_millis(500);
    let daemon = Daemon::start(daemon::Setup::of(options.clone())).await;
    let entry = daemon.submit(&Signer::p256().sign(&documents::numbered(0))).await;
    // At the very moment of the answer another reader of the file sees it.
    let reader = Store::open(Options::reader(&daemon.ledger())).await.unwrap();
    let view = reader.entry(&entry).await.unwrap().expect("durable");
    assert_eq!(view.state.stage, Stage::Queued);
    let posted = until("the log is asked", LONG, async || {
        log.log.requests().into_iter().find(|record| record.method == "POST")
    })
    .await;
    let filter = EventFilter { subject: Some(entry.clone()), ..EventFilter::default() };
    let events = reader.events(&filter).await.unwrap();
    assert_eq!(events.len(), 1);
    assert!(events[0].recorded.recorded_at <= posted.at);
    // It outlives the daemon, and goes in once the log answers.
    log.log.clear_faults();
    let daemon = daemon.restart(daemon::Setup::of(options)).await;
    daemon.reach(&entry, Stage::Verified).await;
    assert_eq!(log.log.size(), 1);
    assert_eq!(daemon.kinds(&entry).await.len(), 3);
}

#[tokio::test]
async fn what_was_queued_survives_a_restart_without_a_log() {
    let log = Boxed::start(Setup::default()).await;
    let daemon = Daemon::start(daemon::Setup::of(log.options()).door_only()).await;
    let signer = Signer::p256();
    let mut entries = Vec::new();
    for number in 0..10 {
        entries.push(daemon.submit(&signer.sign(&documents::numbered(number))).await);
    }
    assert_eq!(log.posts(), 0);
    let daemon = daemon.restart(daemon::Setup::of(log.options())).await;
    for entry in &entries {
        daemon.reach(entry, Stage::Verified).await;
        assert_eq!(
            daemon.kinds(entry).await,
            ["rekor.entry.queued", "rekor.entry.logged", "rekor.entry.inclusion_verified"]
        );
    }
    assert_eq!((log.log.size(), log.posts()), (10, 10));
}
