//! Jobs on the ledger: the promises of every job store, and one transaction with the effects.

mod support;

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use rekindle_events::Stage;
use rekindle_queue::conformance::{self, Subject};
use rekindle_queue::{Claimed, JobStore, NewJob, Settled, Settlement};
use rekindle_store::{Commit, Expect, JobFilter, Ledger, Store, StoreError, Write};
use support::{acts, entry_of, job, logged_event, open, queued, queued_event};
use tempfile::TempDir;

const LEASE: Duration = Duration::from_secs(30);

struct OnDisk {
    _folder: TempDir,
    store: Store,
}

#[async_trait]
impl Subject for OnDisk {
    type Store = Store;

    fn store(&self) -> &Store {
        &self.store
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    async fn advance(&self, by: Duration) {
        tokio::time::sleep(by).await;
    }

    fn lease(&self) -> Duration {
        // Waited for in real time; long enough for a few commits on a busy machine.
        Duration::from_secs(1)
    }

    async fn ask(&self, job: NewJob) {
        self.store.commit(Commit { jobs: vec![job], ..Commit::default() }).await.expect("ask");
    }

    fn effects(&self, jobs: Vec<NewJob>) -> Commit {
        Commit { jobs, ..Commit::default() }
    }

    async fn states(&self, kind: &str) -> Vec<String> {
        let filter = JobFilter { kind: Some(kind.into()), limit: 100, state: None };
        let mut jobs = self.store.jobs(&filter).await.expect("jobs");
        jobs.sort_by_key(|view| view.job.id);
        jobs.into_iter().map(|view| view.state).filter(|state| state != "done").collect()
    }
}

#[tokio::test]
async fn conforms() {
    conformance::all(|| async {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).await;
        OnDisk { _folder: folder, store }
    })
    .await;
}

async fn claim_one(store: &Store) -> Claimed {
    store.claim(&["submit"], 1, LEASE).await.unwrap().remove(0)
}

#[tokio::test]
async fn a_settlement_and_its_effects_are_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.commit(queued(1)).await.unwrap();
    let claimed = claim_one(&store).await;
    assert_eq!(*claimed.job.key, *entry_of(1));
    let effects = acts([logged_event(1, queued_event(1, None).id(), 7)]);
    let settled = store.settle(claimed.lease, Settlement::Done, effects).await.unwrap();
    assert_eq!(settled, Settled::Applied);
    let view = store.entry(&entry_of(1)).await.unwrap().unwrap();
    assert_eq!(view.state.stage, Stage::Logged);
    assert!(store.claim(&["submit"], 9, LEASE).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_lost_lease_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.commit(queued(1)).await.unwrap();
    let first = store.claim(&["submit"], 1, Duration::from_millis(1)).await.unwrap().remove(0);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let second = claim_one(&store).await;
    assert!(second.lease.fence() > first.lease.fence());
    let mut effects = acts([logged_event(1, queued_event(1, None).id(), 7)]);
    effects.writes.push(Write::Cursor { name: "c".into(), to: 1 });
    effects.jobs.push(job("other", "k"));
    let settled = store.settle(first.lease, Settlement::Done, effects).await.unwrap();
    assert_eq!(settled, Settled::LeaseLost);
    assert_eq!(store.last_sequence().await.unwrap(), 1);
    assert_eq!(store.cursor("c").await.unwrap(), 0);
    assert!(store.claim(&["other"], 9, LEASE).await.unwrap().is_empty());
}

#[tokio::test]
async fn effects_that_conflict_leave_the_job_ready_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.commit(queued(1)).await.unwrap();
    let claimed = claim_one(&store).await;
    let mut effects = acts([logged_event(1, queued_event(1, None).id(), 7)]);
    effects.expect.push(Expect::Cursor { name: "c".into(), at: 9 });
    let error = store.settle(claimed.lease, Settlement::Done, effects).await.unwrap_err();
    assert!(matches!(error, StoreError::EffectsConflict { .. }), "{error}");
    assert_eq!(store.last_sequence().await.unwrap(), 1);
    let again = claim_one(&store).await;
    assert_eq!((again.job.attempts, again.job.claims), (0, 2));
}

#[tokio::test]
async fn a_conflict_after_many_claims_waits_a_second_not_minutes() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.commit(queued(1)).await.unwrap();
    // Snoozes, like kills, move the fence without anything having gone wrong.
    for _ in 0..12 {
        let until = SystemTime::now();
        let how = Settlement::Snooze { until };
        let lease = claim_one(&store).await.lease;
        let settled = store.settle(lease, how, Commit::default()).await.unwrap();
        assert_eq!(settled, Settled::Applied);
    }
    let mut effects = Commit::default();
    effects.expect.push(Expect::Cursor { name: "c".into(), at: 9 });
    let lease = claim_one(&store).await.lease;
    store.settle(lease, Settlement::Done, effects).await.unwrap_err();
    let waiting = store.jobs(&JobFilter { limit: 9, ..JobFilter::default() }).await.unwrap();
    let wait = waiting[0].run_at.duration_since(SystemTime::now()).unwrap_or_default();
    assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
}

#[tokio::test]
async fn the_dead_keep_their_code_until_they_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.commit(queued(1)).await.unwrap();
    let claimed = claim_one(&store).await;
    let id = claimed.job.id;
    let dead = Settlement::Dead { code: "rejected" };
    let settled = store.settle(claimed.lease, dead, Commit::default()).await.unwrap();
    assert_eq!(settled, Settled::Applied);
    let filter = JobFilter { state: Some("dead".into()), kind: None, limit: 10 };
    let jobs = store.jobs(&filter).await.unwrap();
    assert_eq!((jobs[0].job.id, jobs[0].code.as_deref()), (id, Some("rejected")));
    let forget = Write::ForgetDead { kind: "submit".into(), key: entry_of(1) };
    let jobs = vec![job("submit", &entry_of(1))];
    store.commit(Commit { writes: vec![forget], jobs, ..Commit::default() }).await.unwrap();
    assert!(store.jobs(&filter).await.unwrap().is_empty());
    assert_ne!(claim_one(&store).await.job.id, id, "a new job");
}

#[tokio::test]
async fn many_workers_settle_each_job_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let jobs = (0..200).map(|number| job("submit", &number.to_string())).collect();
    store.commit(Commit { jobs, ..Commit::default() }).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..4 {
        let store = store.clone();
        tasks.spawn(async move {
            loop {
                let claimed = store.claim(&["submit"], 8, LEASE).await.unwrap();
                if claimed.is_empty() {
                    return;
                }
                for Claimed { lease, job } in claimed {
                    // A second settlement of the same job would have to conflict here.
                    let event = support::act(&format!("job:{}", job.key), None, worker);
                    let settled = store.settle(lease, Settlement::Done, acts([event])).await;
                    assert_eq!(settled.unwrap(), Settled::Applied);
                }
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(store.last_sequence().await.unwrap(), 200);
}
