//! Tessera's checker, which nobody here wrote, accepts what the daemon's entries became.

use rekindle_events::Stage;
use rekindle_tests::daemon::Daemon;
use rekindle_tests::servers::{Backend, Boxed, FSCK, Setup, fsck};
use rekindle_tests::sign::{Signer, documents};
use rekindle_tests::stranger::Stranger;

/// Fills a log through a daemon and beside it, more than one full tile, and has it checked.
async fn accepted(log: &dyn Backend) {
    let daemon = Daemon::on(log).await;
    let stranger = Stranger::new(&log.options());
    stranger.post_many(0..300).await;
    let signer = Signer::p256();
    for number in 0..3 {
        let entry = daemon.submit(&signer.sign(&documents::numbered(1_000 + number))).await;
        daemon.reach(&entry, Stage::Verified).await;
    }
    let size = stranger.checkpoint().await.size();
    assert_eq!(size, 303);
    // The program ends with 0 even when it finds something: only its words count.
    let said = fsck(log).expect("fsck runs");
    assert!(said.contains("Successfully fsck'd"), "{said}");
    assert!(said.contains("303"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fsck_accepts_the_test_log() {
    if crate::program(FSCK, "fsck").is_none() {
        return;
    }
    accepted(&Boxed::start(Setup::default()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fsck_accepts_the_real_log() {
    if crate::program(FSCK, "fsck").is_none() {
        return;
    }
    let Some(log) = crate::backend(Setup::default()).await else { return };
    accepted(log.as_ref()).await;
}
