//! Outage is not attack, attack is not outage: convicted only by the log's own signatures.

use std::time::{Duration, SystemTime};

use rekindle_events::{Body, Kind, Stage};
use rekindle_follow::Evidence;
use rekindle_testlog::{Fault, Fork, What};
use rekindle_tests::daemon::{self, Daemon};
use rekindle_tests::servers::{Backend as _, Boxed, Setup};
use rekindle_tests::sign::{Signer, documents};
use rekindle_tests::stranger::Stranger;
use rekindle_tests::wait::{LONG, until};
use reqwest::Method;
use serde_json::Value;

struct Scene {
    log: Boxed,
    daemon: Daemon,
    stranger: Stranger,
    signer: Signer,
}

/// A log of that many entries, one of them ours, and a daemon whose view has all of them. It
/// looks by itself every `interval`.
async fn scene(size: u64, interval: Duration) -> Scene {
    let log = Boxed::start(Setup::default()).await;
    let mut options = log.options();
    if let Some(follow) = &mut options.follow {
        follow.interval = interval;
    }
    let stranger = Stranger::new(&options);
    stranger.post_many(1..size).await;
    let daemon = Daemon::start(daemon::Setup::of(options)).await;
    let signer = Signer::p256();
    let entry = daemon.submit(&signer.sign(&documents::numbered(0))).await;
    daemon.reach(&entry, Stage::Verified).await;
    daemon.view_of(size).await;
    Scene { log, daemon, stranger, signer }
}

/// So rarely that only the test itself looks.
const BY_HAND: Duration = Duration::from_secs(3_600);
const OFTEN: Duration = Duration::from_millis(50);

impl Scene {
    /// Exactly one accusation, with evidence, and nothing more is accepted.
    async fn convicted(&self, sizes: [u64; 2], common: u64) {
        let diverged = until("the log is convicted", LONG, async || {
            Some(self.daemon.events(&[Kind::CheckpointDiverged]).await).filter(|e| !e.is_empty())
        })
        .await;
        let Body::CheckpointDiverged(facts) = diverged[0].recorded.event.facts().body.clone()
        else {
            panic!("another body")
        };
        let mut told = [facts.first.tree_size.get(), facts.second.tree_size.get()];
        told.sort_unstable();
        assert_eq!(told, sizes);
        assert_ne!(facts.first.root_hash, facts.second.root_hash);
        assert!(facts.common_size.get() <= common, "{}", facts.common_size);

        // The evidence convinces somebody who has only the key.
        let request = self.daemon.request(Method::GET, "/v1/logs/local/evidence");
        let evidence = request.send().await.unwrap().bytes().await.unwrap();
        let evidence = Evidence::from_json(&evidence).expect("evidence");
        let conviction = evidence.verify_against(&self.log.log.log_key()).expect("it convicts");
        assert_eq!((conviction.smaller.size, conviction.larger.size), (sizes[0], sizes[1]));

        // Looking again accuses nobody twice, and stays a finding.
        for _ in 0..3 {
            let said = self.daemon.verify_log().await;
            assert_eq!(said["outcome"], "diverged");
            assert_eq!(said["view"]["quarantined"], true);
        }
        // A submission is taken and sleeps: not one byte goes to the log.
        let posts = self.log.posts();
        let entry = self.daemon.submit(&self.signer.sign(&documents::numbered(77))).await;
        let job = until("the submission sleeps", LONG, async || {
            let job = self.daemon.job("submit", &entry).await;
            job.filter(|job| job.job.claims > 0 && job.state == "ready")
        })
        .await;
        assert!(job.run_at > SystemTime::now() + Duration::from_secs(5), "a snooze");
        assert_eq!(job.job.attempts, 0, "no attempt was burned");
        assert_eq!(self.log.posts(), posts);
        assert_eq!(self.daemon.kinds(&entry).await, ["rekor.entry.queued"]);
        assert_eq!(self.daemon.events(&[Kind::CheckpointDiverged]).await.len(), 1);
    }

    /// Looks now; nobody is accused, and the view does not go back.
    async fn innocent(&self, outcome: &str) -> Value {
        let before = self.daemon.view_of(0).await;
        let said = self.daemon.verify_log().await;
        assert_eq!(said["outcome"], outcome, "{said}");
        assert!(self.daemon.events(&[Kind::CheckpointDiverged]).await.is_empty());
        let after = self.daemon.view_of(0).await;
        assert!(after.size >= before.size && after.quarantined.is_none());
        if outcome != "good" {
            assert_eq!((after.size, after.root), (before.size, before.root));
            assert!(said["why"].is_string(), "{said}");
        }
        said
    }
}

#[tokio::test]
async fn fork_at_one_size_seen_by_the_follow_job() {
    let scene = scene(5, OFTEN).await;
    scene.log.log.fork(Fork { at: 2, same_size: true, ends: false }).unwrap();
    scene.convicted([5, 5], 2).await;
}

#[tokio::test]
async fn fork_at_one_size_seen_at_the_door() {
    let scene = scene(300, BY_HAND).await;
    scene.log.log.fork(Fork { at: 270, same_size: true, ends: false }).unwrap();
    assert_eq!(scene.daemon.verify_log().await["outcome"], "diverged");
    scene.convicted([300, 300], 270).await;
}

#[tokio::test]
async fn larger_tree_convicted_by_its_own_hashes() {
    for (size, at) in [(6, 1), (300, 280)] {
        let scene = scene(size, BY_HAND).await;
        scene.log.log.fork(at).unwrap();
        assert_eq!(scene.daemon.verify_log().await["outcome"], "diverged");
        scene.convicted([size, size + 1], at).await;
    }
}

#[tokio::test]
async fn larger_tree_seen_by_the_follow_job() {
    let scene = scene(4, OFTEN).await;
    scene.log.log.fork(3).unwrap();
    scene.convicted([4, 5], 3).await;
}

#[tokio::test]
async fn fork_seen_through_a_receipt() {
    // Readers are shown one history from the start, writers get receipts of another.
    let log = Boxed::start(Setup::default()).await;
    let mut options = log.options();
    if let Some(follow) = &mut options.follow {
        follow.interval = OFTEN;
    }
    let stranger = Stranger::new(&options);
    stranger.post_many(0..3).await;
    log.log.fork(Fork { at: 1, same_size: true, ends: false }).unwrap();
    let daemon = Daemon::start(daemon::Setup::of(options)).await;
    daemon.view_of(3).await;
    let signer = Signer::p256();
    let entry = daemon.submit(&signer.sign(&documents::numbered(50))).await;
    let scene = Scene { log, daemon, stranger, signer };
    scene.convicted([4, 4], 1).await;
    // It has a receipt, which is never called proven, and nothing fails for the log's lie.
    let kinds = scene.daemon.kinds(&entry).await;
    assert_eq!(kinds, ["rekor.entry.queued", "rekor.entry.logged"]);
}

#[tokio::test]
async fn wrong_and_torn_tiles_are_unproven() {
    let scene = scene(300, BY_HAND).await;
    for (round, what) in [(1, What::WrongTile), (2, What::TornTile), (3, What::Html)] {
        scene.stranger.post_many(round * 1_000..round * 1_000 + 5).await;
        scene.log.log.set_fault(Fault::new(what).on("/tile/"));
        scene.innocent("unproven").await;
        scene.innocent("unproven").await;
        scene.log.log.clear_faults();
        // Honest again, the same checkpoint is accepted.
        let said = scene.innocent("good").await;
        assert_eq!(said["view"]["treeSize"], (300 + round * 5).to_string());
    }
}

#[tokio::test]
async fn a_dead_log_is_unreachable() {
    let scene = scene(3, BY_HAND).await;
    for what in [What::Cut, What::Html, What::TooMany, What::Error] {
        scene.log.log.set_fault(Fault::new(what).on("/checkpoint"));
        scene.innocent("unreachable").await;
        scene.log.log.clear_faults();
    }
    scene.innocent("good").await;
    scene.log.log.stop().await;
    scene.innocent("unreachable").await;
}

#[tokio::test]
async fn a_stale_checkpoint_is_good() {
    let scene = scene(5, BY_HAND).await;
    scene.stranger.post_many(10..14).await;
    scene.innocent("good").await;
    let stale = Fault::new(What::StaleCheckpoint);
    scene.log.log.set_fault(stale);
    let said = scene.innocent("good").await;
    assert_eq!(said["view"]["treeSize"], "9", "the view stays");
    assert!(scene.stranger.checkpoint().await.size() < 9, "it really is stale");
    scene.stranger.post_many(20..23).await;
    scene.innocent("good").await;
    scene.log.log.clear_faults();
    assert_eq!(scene.innocent("good").await["view"]["treeSize"], "12");
}

#[tokio::test]
async fn a_note_of_another_key_is_unproven() {
    let scene = scene(3, BY_HAND).await;
    // Another log behind the same address: here, the daemon is told another read address.
    let dir = tempfile::tempdir().unwrap();
    let mut options = rekindle_testlog::Options::new(dir.path());
    options.seed = 99;
    let other = rekindle_testlog::TestLog::start(options).await.unwrap();
    let mut wrong = scene.log.options();
    wrong.read_url = other.read_url();
    if let Some(follow) = &mut wrong.follow {
        follow.interval = BY_HAND;
    }
    let Scene { daemon, log, stranger, signer } = scene;
    let daemon = daemon.restart(daemon::Setup::of(wrong)).await;
    let scene = Scene { daemon, log, stranger, signer };
    scene.innocent("unproven").await;
}

#[tokio::test]
async fn growth_is_followed_and_never_accused() {
    let scene = scene(2, OFTEN).await;
    let mut size = 2;
    for round in 1..6 {
        scene.stranger.post_many(round * 100..round * 100 + 60).await;
        size += 60;
        scene.daemon.view_of(size).await;
    }
    let sizes: Vec<_> = scene
        .daemon
        .events(&[Kind::CheckpointAdvanced])
        .await
        .iter()
        .map(|event| match &event.recorded.event.facts().body {
            Body::CheckpointAdvanced(facts) => facts.tree_size.get(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(sizes.is_sorted_by(|a, b| a < b), "{sizes:?}");
    assert_eq!(sizes.last(), Some(&size));
    scene.innocent("good").await;
}
