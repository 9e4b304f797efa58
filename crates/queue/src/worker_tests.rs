//! The worker on the store in memory, in paused time.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use crate::memory::MemoryStore;
use crate::worker::{GRACE, Handler, Worker};
use crate::{
    Claimed, Clock, Job, JobStore, Lease, NewJob, RetryClass, Settled, Settlement, State, retry,
};
use async_trait::async_trait;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// Wall-clock time that moves with tokio's paused time.
struct Paused(Instant);

impl Clock for Paused {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 30) + self.0.elapsed()
    }
}

type Effects = Vec<NewJob>;
type Act = Box<dyn Fn(&Job) -> (Duration, Settlement, Effects) + Send + Sync>;

/// Sleeps, then settles as told; counts how many run at once.
struct Scripted {
    act: Act,
    now: AtomicUsize,
    most: AtomicUsize,
    ran: Mutex<Vec<(String, Instant)>>,
}

impl Scripted {
    fn new(
        act: impl Fn(&Job) -> (Duration, Settlement, Effects) + Send + Sync + 'static,
    ) -> Arc<Scripted> {
        Arc::new(Scripted {
            act: Box::new(act),
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            ran: Mutex::default(),
        })
    }

    fn runs(&self) -> usize {
        self.ran.lock().unwrap().len()
    }
}

#[async_trait]
impl Handler<Effects> for Scripted {
    async fn run(&self, job: &Job) -> (Settlement, Effects) {
        self.ran.lock().unwrap().push((job.key.to_string(), Instant::now()));
        let (pause, how, effects) = (self.act)(job);
        let running = self.now.fetch_add(1, SeqCst) + 1;
        self.most.fetch_max(running, SeqCst);
        sleep(pause).await;
        self.now.fetch_sub(1, SeqCst);
        (how, effects)
    }
}

fn store() -> (Arc<MemoryStore>, Arc<Paused>) {
    let clock = Arc::new(Paused(Instant::now()));
    (Arc::new(MemoryStore::new(clock.clone())), clock)
}

fn job(kind: &str, key: impl std::fmt::Display, run_at: SystemTime) -> NewJob {
    let (kind, key) = (kind.into(), key.to_string().into());
    NewJob { kind, key, payload: "".into(), run_at, priority: 0, deadline: None }
}

fn done() -> (Duration, Settlement, Effects) {
    (Duration::from_secs(1), Settlement::Done, vec![])
}

/// Runs a worker for `time` and stops it.
async fn run_for(worker: &Worker<MemoryStore>, time: Duration) {
    let stop = CancellationToken::new();
    let stopper = async {
        sleep(time).await;
        stop.cancel();
    };
    tokio::join!(worker.run(stop.clone()), stopper);
}

#[tokio::test(start_paused = true)]
async fn capacity_is_per_kind_and_filled() {
    let (store, clock) = store();
    for number in 0..300 {
        store.ask(job("wide", number, clock.now()));
    }
    for number in 0..5 {
        store.ask(job("narrow", number, clock.now()));
    }
    let (wide, narrow) = (Scripted::new(|_| done()), Scripted::new(|_| done()));
    let worker = Worker::builder(store.clone())
        .handle("wide", 100, wide.clone())
        .handle("narrow", 1, narrow.clone())
        .build();
    run_for(&worker, Duration::from_millis(5_500)).await;
    assert_eq!((wide.runs(), wide.most.load(SeqCst)), (300, 100));
    assert_eq!((narrow.runs(), narrow.most.load(SeqCst)), (5, 1));
    assert!(store.statuses("wide").iter().all(|(_, status)| status.state == State::Done));
    let last = wide.ran.lock().unwrap().last().unwrap().1;
    assert!(
        last.duration_since(clock.0) < Duration::from_millis(2_500),
        "three rounds of a second"
    );
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_asked_for_starts_at_once() {
    let (store, clock) = store();
    let handler = Scripted::new(|_| done());
    let worker = Worker::builder(store.clone()).handle("a", 1, handler.clone()).build();
    let asker = async {
        sleep(Duration::from_millis(1_234)).await;
        store.ask(job("a", "k", clock.now()));
        store.ask(job("a", "soon", clock.now() + Duration::from_millis(1_777)));
    };
    tokio::join!(run_for(&worker, Duration::from_secs(10)), asker);
    let ran = handler.ran.lock().unwrap();
    let times: Vec<_> = ran.iter().map(|(_, at)| at.duration_since(clock.0).as_millis()).collect();
    assert!(times[0].abs_diff(1_234) <= 70 && times[1].abs_diff(3_011) <= 70, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_transient_retry() {
    let (store, clock) = store();
    let id = store.ask(job("a", "k", clock.now()));
    let handler = Scripted::new(|job| {
        assert!(job.attempts > 0, "the first try breaks");
        done()
    });
    let worker = Worker::builder(store.clone()).handle("a", 4, handler.clone()).build();
    run_for(&worker, Duration::from_secs(30)).await;
    let (_, status) = store.statuses("a").remove(0);
    assert_eq!((status.state, status.attempts), (State::Done, 1));
    let ran = handler.ran.lock().unwrap();
    let waited = ran[1].1.duration_since(ran[0].1);
    let pause = retry::delay(RetryClass::Transient, id, 1);
    assert!(waited >= pause && waited < pause + Duration::from_millis(5), "{waited:?} {pause:?}");
}

#[tokio::test(start_paused = true)]
async fn long_work_keeps_its_lease() {
    let (store, clock) = store();
    store.ask(job("a", "k", clock.now()));
    let handler = Scripted::new(|_| (Duration::from_secs(100), Settlement::Done, vec![]));
    let builder = Worker::builder(store.clone()).handle("a", 4, handler.clone());
    run_for(&builder.lease(Duration::from_secs(6)).build(), Duration::from_secs(120)).await;
    assert_eq!(handler.runs(), 1);
    assert_eq!(store.statuses("a")[0].1.state, State::Done);
}

#[tokio::test(start_paused = true)]
async fn effects_are_written_with_the_settlement() {
    let (store, clock) = store();
    store.ask(job("a", "k", clock.now()));
    let at = clock.now();
    let first =
        Scripted::new(move |_| (Duration::ZERO, Settlement::Done, vec![job("b", "next", at)]));
    let second = Scripted::new(|_| done());
    let worker =
        Worker::builder(store.clone()).handle("a", 1, first).handle("b", 1, second.clone()).build();
    run_for(&worker, Duration::from_secs(3)).await;
    assert_eq!(second.runs(), 1);
}

#[tokio::test(start_paused = true)]
async fn stopping_drains_and_then_gives_up() {
    let (store, clock) = store();
    store.ask(job("a", 5, clock.now()));
    store.ask(job("a", 3_600, clock.now()));
    let handler = Scripted::new(|job| {
        (Duration::from_secs(job.key.parse().unwrap()), Settlement::Done, vec![])
    });
    let worker = Worker::builder(store.clone()).handle("a", 2, handler.clone()).build();
    let late = async {
        sleep(Duration::from_secs(3)).await;
        store.ask(job("a", "0", clock.now()));
    };
    let begin = Instant::now();
    tokio::join!(run_for(&worker, Duration::from_secs(2)), late);
    let took = begin.elapsed();
    assert!(took >= Duration::from_secs(2) + GRACE, "{took:?}");
    assert!(took < Duration::from_secs(3) + GRACE, "{took:?}");
    let states: Vec<_> = store.statuses("a").into_iter().map(|(_, s)| s.state).collect();
    assert_eq!(states, [State::Done, State::Leased, State::Ready]);
    assert_eq!(handler.runs(), 2, "nothing new starts after the stop");
}

#[tokio::test(start_paused = true)]
async fn work_on_a_lost_lease_is_dropped() {
    let (store, clock) = store();
    store.ask(job("a", "k", clock.now()));
    let handler = Scripted::new(|_| (Duration::from_secs(50), Settlement::Done, vec![]));
    let builder = Worker::builder(store.clone()).handle("a", 1, handler.clone());
    let worker = builder.lease(Duration::from_secs(30)).build();
    // Another worker with another clock: it takes the lease over and finishes the job.
    let thief = async {
        sleep(Duration::from_secs(1)).await;
        let fence = store.statuses("a")[0].1.fence;
        let stolen = crate::Lease::new(crate::JobId(1), fence);
        let settled = store.settle(stolen, Settlement::Done, vec![]).await.unwrap();
        assert_eq!(settled, Settled::Applied);
    };
    tokio::join!(run_for(&worker, Duration::from_secs(20)), thief);
    assert_eq!(handler.runs(), 1);
    assert_eq!(handler.now.load(SeqCst), 1, "the handler was dropped in its sleep");
}

/// Counts claims, and says at once that something is due.
struct Restless {
    inner: Arc<MemoryStore>,
    claims: AtomicUsize,
}

#[async_trait]
impl JobStore for Restless {
    type Effects = Effects;
    type Error = std::convert::Infallible;

    async fn claim(
        &self,
        kinds: &[&str],
        max: usize,
        lease: Duration,
    ) -> Result<Vec<Claimed>, Self::Error> {
        self.claims.fetch_add(1, SeqCst);
        self.inner.claim(kinds, max, lease).await
    }

    async fn renew(&self, lease: &Lease, lease_for: Duration) -> Result<bool, Self::Error> {
        self.inner.renew(lease, lease_for).await
    }

    async fn settle(
        &self,
        lease: Lease,
        how: Settlement,
        effects: Effects,
    ) -> Result<Settled, Self::Error> {
        self.inner.settle(lease, how, effects).await
    }

    async fn idle(&self, _at_most: Duration) {}
}

#[tokio::test(start_paused = true)]
async fn a_backlog_behind_a_full_lane_does_not_spin() {
    let (store, clock) = store();
    for number in 0..10 {
        store.ask(job("full", number, clock.now()));
    }
    let slow = Scripted::new(|_| (Duration::from_secs(100), Settlement::Done, vec![]));
    let restless = Arc::new(Restless { inner: store, claims: AtomicUsize::new(0) });
    let worker = Worker::builder(restless.clone())
        .handle("full", 1, slow)
        .handle("other", 1, Scripted::new(|_| done()))
        .build();
    let stop = CancellationToken::new();
    let stopper = async {
        sleep(Duration::from_secs(10)).await;
        stop.cancel();
    };
    tokio::join!(worker.run(stop.clone()), stopper);
    let claims = restless.claims.load(SeqCst);
    assert!(claims < 200, "{claims} claims in ten seconds");
}
