//! How fast it is: figures for people, run by hand with `--ignored --nocapture`.

mod support;

use std::time::{Duration, Instant};

use rekindle_queue::{JobStore, Settlement};
use rekindle_store::{Commit, Ledger};
use support::{acts, job, logged_event, open, queued, queued_event};

const LEASE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "figures, not a verdict: the machine decides"]
async fn settles_per_second_with_512_in_flight() {
    const ALL: u64 = 4_096;
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let begin = Instant::now();
    let results = futures::future::join_all((0..ALL).map(|number| store.commit(queued(number))));
    assert!(results.await.iter().all(Result::is_ok));
    println!("commits: {:.0}/s", ALL as f64 / begin.elapsed().as_secs_f64());
    let begin = Instant::now();
    let mut settled = 0;
    while settled < ALL {
        let claimed = store.claim(&["submit"], 512, LEASE).await.unwrap();
        let all = claimed.into_iter().map(|claimed| {
            let number = support::number_of(&claimed.job.key, ALL);
            let event = logged_event(number, queued_event(number, None).id(), number);
            store.settle(claimed.lease, Settlement::Done, acts([event]))
        });
        let results = futures::future::join_all(all).await;
        assert!(results.iter().all(Result::is_ok));
        settled += results.len() as u64;
    }
    println!("claims and settles: {:.0}/s", ALL as f64 / begin.elapsed().as_secs_f64());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "figures, not a verdict: the machine decides"]
async fn a_claim_out_of_a_large_backlog() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    for size in [1_000, 10_000, 100_000] {
        let jobs = (0..size).map(|number| job("submit", &number.to_string())).collect();
        store.commit(Commit { jobs, ..Commit::default() }).await.unwrap();
        let begin = Instant::now();
        for _ in 0..10 {
            assert_eq!(store.claim(&["submit"], 8, LEASE).await.unwrap().len(), 8);
        }
        let claim = begin.elapsed() / 10;
        let begin = Instant::now();
        for _ in 0..10 {
            store.idle(LEASE).await;
        }
        println!("{size} ready: claim of 8 {claim:?}, idle {:?}", begin.elapsed() / 10);
    }
}
