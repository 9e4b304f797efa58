//! Whatever the log does to a post: the entry ends verified once, with one leaf.

use std::time::Duration;

use rekindle_events::{Kind, Stage};
use rekindle_testlog::{Fault, What};
use rekindle_tests::daemon::{self, Daemon};
use rekindle_tests::servers::{Backend as _, Boxed, Setup};
use rekindle_tests::sign::{Signer, documents};
use rekindle_tests::stranger::Stranger;
use rekindle_tests::wait::{LONG, until};

/// Submits through a log with that fault; gives the number of posts.
async fn through(fault: Fault) -> usize {
    let log = Boxed::start(Setup::default()).await;
    let mut options = log.options();
    options.timeout = Duration::from_secs(1);
    Stranger::new(&options).post_many(0..3).await;
    let before = log.posts();
    log.log.set_fault(fault);
    let daemon = Daemon::start(daemon::Setup::of(options)).await;
    let entry = daemon.submit(&Signer::p256().sign(&documents::numbered(9))).await;
    verified_once(&daemon, &entry).await;
    assert_eq!(log.log.size(), 4, "one leaf");
    log.posts() - before
}

async fn verified_once(daemon: &Daemon, entry: &str) {
    daemon.reach(entry, Stage::Verified).await;
    daemon.quiet(Duration::from_millis(300)).await;
    assert_eq!(
        daemon.kinds(entry).await,
        ["rekor.entry.queued", "rekor.entry.logged", "rekor.entry.inclusion_verified"]
    );
    assert!(daemon.events(&[Kind::EntryFailed, Kind::CheckpointDiverged]).await.is_empty());
    assert!(daemon.job("submit", entry).await.is_none(), "the job is done");
}

#[tokio::test]
async fn known_to_the_log_from_before() {
    let log = Boxed::start(Setup::default()).await;
    let stranger = Stranger::new(&log.options());
    stranger.post_many(0..300).await;
    let signed = Signer::p256().sign(&documents::numbered(1));
    let (index, leaf) = stranger.post(&signed).await;
    stranger.post_many(400..405).await;
    let daemon = Daemon::on(&log).await;
    let entry = daemon.submit(&signed).await;
    verified_once(&daemon, &entry).await;
    let view = daemon.store().entry(&entry).await.unwrap().unwrap();
    assert_eq!((view.state.log_index, view.row.leaf_hash), (Some(index), leaf.0));
    assert_eq!(log.log.size(), 306, "no second leaf");
    let logged = daemon.events(&[Kind::EntryLogged]).await;
    assert_eq!(logged[0].recorded.observed.http_status, Some(409));
}

#[tokio::test]
async fn every_fault_of_a_post() {
    // Side by side, since most of it is waiting for the next try.
    let retried = [
        What::Cut,
        What::CutAfterAccept,
        What::Error,
        What::ErrorAfterAccept,
        What::Hang,
        What::Html,
        What::WrongProof,
        What::WrongBody,
    ];
    let retried = retried.map(|what| async move {
        assert_eq!(through(Fault::new(what).times(1)).await, 2, "{what:?}");
    });
    // A log that names its wait is asked again after it; no attempt is burned.
    let busy = [(What::TooMany, 2), (What::Pushback, 1)].map(|(what, times)| async move {
        let fault = Fault { retry_after: Some(1), ..Fault::new(what).times(times) };
        assert_eq!(through(fault).await, times as usize + 1, "{what:?}");
    });
    futures::future::join(futures::future::join_all(retried), futures::future::join_all(busy))
        .await;
}

#[tokio::test]
async fn a_frozen_log_burns_no_attempt() {
    let log = Boxed::start(Setup::default()).await;
    log.log.set_fault(Fault::new(What::Frozen));
    let daemon = Daemon::on(&log).await;
    let entry = daemon.submit(&Signer::p256().sign(&documents::numbered(9))).await;
    let job = until("the job sleeps", LONG, async || {
        daemon.job("submit", &entry).await.filter(|job| job.job.claims > 0 && job.state == "ready")
    })
    .await;
    assert_eq!(job.job.attempts, 0);
    assert_eq!(daemon.kinds(&entry).await, ["rekor.entry.queued"]);
}
