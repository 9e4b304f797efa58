//! The promises of a [`JobStore`] as tests that any store can run.
//!
//! Implement [`Subject`] for a fresh store, on a clock that the suite moves or on the machine's
//! clock with short leases, and call [`all`].
//! A broken promise is a panic that names it.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use crate::{Claimed, JobStore, NewJob, RetryClass, Settled, Settlement, retry};

/// A store under test.
#[async_trait]
pub trait Subject: Send + Sync {
    /// The kind of store.
    type Store: JobStore;

    /// The store; the same one on every call.
    fn store(&self) -> &Self::Store;
    /// The time that the store goes by.
    fn now(&self) -> SystemTime;
    /// Moves that time, or waits.
    async fn advance(&self, by: Duration);
    /// How long the suite's leases last. Short ones suit a store that is waited for; they must
    /// outlast a handful of calls.
    fn lease(&self) -> Duration {
        Duration::from_secs(30)
    }
    /// Asks for a job outside of any settlement.
    async fn ask(&self, job: NewJob);
    /// Effects that ask for these jobs.
    fn effects(&self, jobs: Vec<NewJob>) -> <Self::Store as JobStore>::Effects;
    /// Lower-case names of the states of all jobs of that kind that are not done, in the order
    /// of asking. A store may forget those that are done.
    async fn states(&self, kind: &str) -> Vec<String>;
}

/// Runs every test, each on a store of its own that `fresh` makes.
///
/// # Panics
/// When the store breaks a promise.
pub async fn all<S, F>(fresh: impl Fn() -> F)
where
    S: Subject,
    F: Future<Output = S>,
{
    order_and_limits(&fresh().await).await;
    unfinished_jobs_are_unique(&fresh().await).await;
    lost_lease_writes_nothing(&fresh().await).await;
    expired_lease_is_claimed_again(&fresh().await).await;
    renewed_lease_is_kept(&fresh().await).await;
    settlements(&fresh().await).await;
    nudge_while_leased(&fresh().await).await;
    nobody_gets_the_same_job(&fresh().await).await;
    idle_ends(&fresh().await).await;
}

fn job<S: Subject>(subject: &S, kind: &str, key: &str) -> NewJob {
    NewJob {
        kind: kind.into(),
        key: key.into(),
        payload: format!("payload of {key}").into(),
        run_at: subject.now(),
        priority: 0,
        deadline: None,
    }
}

async fn claim<S: Subject>(subject: &S, kinds: &[&str], max: usize) -> Vec<Claimed> {
    subject.store().claim(kinds, max, subject.lease()).await.expect("claim")
}

async fn one<S: Subject>(subject: &S) -> Claimed {
    let mut claimed = claim(subject, &["a"], 10).await;
    assert_eq!(claimed.len(), 1, "exactly one job is due");
    claimed.remove(0)
}

async fn settle<S: Subject>(
    subject: &S,
    claimed: Claimed,
    how: Settlement,
    jobs: Vec<NewJob>,
) -> Settled {
    let effects = subject.effects(jobs);
    subject.store().settle(claimed.lease, how, effects).await.expect("settle")
}

async fn order_and_limits<S: Subject>(subject: &S) {
    let early = subject.now();
    subject.advance(subject.lease() / 10).await;
    let make = |key, priority, run_at| NewJob { priority, run_at, ..job(subject, "a", key) };
    let now = subject.now();
    subject.ask(make("late", 0, now)).await;
    subject.ask(make("early", 0, early)).await;
    subject.ask(make("urgent", 10, now)).await;
    subject.ask(make("future", 99, now + subject.lease() * 100)).await;
    subject.ask(job(subject, "b", "other kind")).await;
    let first = claim(subject, &["a"], 2).await;
    let keys: Vec<_> = first.iter().map(|c| &*c.job.key).collect();
    assert_eq!(keys, ["urgent", "early"], "priority first, then the earliest");
    assert_eq!(&*first[0].job.payload, "payload of urgent");
    assert_eq!((first[0].job.attempts, first[0].job.claims, first[0].job.priority), (0, 1, 10));
    assert_eq!(&*claim(subject, &["a"], 9).await[0].job.key, "late");
    assert!(claim(subject, &["a"], 9).await.is_empty(), "the future is not due");
    assert!(claim(subject, &[], 9).await.is_empty(), "no kind, no job");
    assert_eq!(claim(subject, &["a", "b"], 9).await.len(), 1, "several kinds at once");
}

async fn unfinished_jobs_are_unique<S: Subject>(subject: &S) {
    let later = NewJob { run_at: subject.now() + subject.lease() * 9, ..job(subject, "a", "k") };
    subject.ask(later.clone()).await;
    assert!(claim(subject, &["a"], 9).await.is_empty());
    subject.ask(job(subject, "a", "k")).await;
    subject.ask(later).await;
    assert_eq!(subject.states("a").await, ["ready"], "asking again is a nudge");
    let claimed = one(subject).await;
    let first = claimed.job.id;
    assert_eq!(settle(subject, claimed, Settlement::Done, vec![]).await, Settled::Applied);
    assert!(subject.states("a").await.is_empty(), "done");
    subject.ask(job(subject, "a", "k")).await;
    assert_ne!(one(subject).await.job.id, first, "a new job has a new number");
    subject.ask(job(subject, "a", "other")).await;
    assert_eq!(subject.states("a").await, ["leased", "ready"], "after the end it is a new job");
}

async fn lost_lease_writes_nothing<S: Subject>(subject: &S) {
    subject.ask(job(subject, "a", "k")).await;
    let first = one(subject).await;
    subject.advance(subject.lease()).await;
    let second = one(subject).await;
    let effects = vec![job(subject, "effect", "of the first")];
    assert_eq!(settle(subject, first, Settlement::Done, effects).await, Settled::LeaseLost);
    assert!(subject.states("effect").await.is_empty(), "effects of a lost lease");
    let effects = vec![job(subject, "effect", "of the second")];
    assert_eq!(settle(subject, second, Settlement::Done, effects).await, Settled::Applied);
    assert_eq!(subject.states("effect").await, ["ready"]);
}

async fn expired_lease_is_claimed_again<S: Subject>(subject: &S) {
    subject.ask(job(subject, "a", "k")).await;
    let first = one(subject).await;
    subject.advance(subject.lease() / 2).await;
    assert!(claim(subject, &["a"], 9).await.is_empty(), "leased");
    subject.advance(subject.lease() * 3 / 4).await;
    let second = one(subject).await;
    assert!(second.lease.fence() > first.lease.fence(), "the fence grows");
    assert_eq!((second.job.id, second.job.claims), (first.job.id, 2));
    let renewed = subject.store().renew(&first.lease, subject.lease()).await.expect("renew");
    assert!(!renewed, "a lost lease cannot be renewed");
}

async fn renewed_lease_is_kept<S: Subject>(subject: &S) {
    subject.ask(job(subject, "a", "k")).await;
    let claimed = one(subject).await;
    for _ in 0..3 {
        subject.advance(subject.lease() / 2).await;
        assert!(subject.store().renew(&claimed.lease, subject.lease()).await.expect("renew"));
        assert!(claim(subject, &["a"], 9).await.is_empty(), "still leased");
    }
    assert_eq!(settle(subject, claimed, Settlement::Done, vec![]).await, Settled::Applied);
}

async fn settlements<S: Subject>(subject: &S) {
    subject.ask(job(subject, "a", "k")).await;
    let snooze = Settlement::Snooze { until: subject.now() + subject.lease() };
    let claimed = one(subject).await;
    assert_eq!(settle(subject, claimed, snooze, vec![]).await, Settled::Applied);
    assert!(claim(subject, &["a"], 9).await.is_empty(), "snoozed");
    subject.advance(subject.lease()).await;
    let claimed = one(subject).await;
    assert_eq!((claimed.job.attempts, claimed.job.claims), (0, 2), "snoozing burns no attempt");
    let pause = retry::delay(RetryClass::Transient, claimed.job.id, 1);
    let again = Settlement::Retry { class: RetryClass::Transient, not_before: None };
    assert_eq!(settle(subject, claimed, again, vec![]).await, Settled::Applied);
    subject.advance(pause / 2).await;
    assert!(claim(subject, &["a"], 9).await.is_empty(), "too early for another try");
    // Stores may round times to the microsecond.
    subject.advance(pause / 2 + Duration::from_millis(1)).await;
    let claimed = one(subject).await;
    assert_eq!(claimed.job.attempts, 1);
    let dead = Settlement::Dead { code: "rejected" };
    assert_eq!(settle(subject, claimed, dead, vec![]).await, Settled::Applied);
    subject.advance(subject.lease() * 2).await;
    assert!(claim(subject, &["a"], 9).await.is_empty(), "dead");
    assert_eq!(subject.states("a").await, ["dead"]);
}

async fn nudge_while_leased<S: Subject>(subject: &S) {
    subject.ask(job(subject, "a", "k")).await;
    for how in [
        Settlement::Snooze { until: subject.now() + subject.lease() * 100 },
        Settlement::Retry { class: RetryClass::Slow, not_before: None },
        Settlement::Done,
    ] {
        let claimed = one(subject).await;
        subject.ask(job(subject, "a", "k")).await;
        assert!(claim(subject, &["a"], 9).await.is_empty(), "a nudge takes no lease away");
        assert_eq!(settle(subject, claimed, how, vec![]).await, Settled::Applied);
    }
    assert_eq!(one(subject).await.job.claims, 4, "due at once after each settlement");
}

async fn nobody_gets_the_same_job<S: Subject>(subject: &S) {
    for number in 0..40 {
        subject.ask(job(subject, "a", &number.to_string())).await;
    }
    let claims = (0..8).map(|_| claim(subject, &["a"], 7));
    let got = futures_join(claims).await;
    let mut ids: Vec<_> = got.iter().flatten().map(|claimed| claimed.job.id).collect();
    assert_eq!(ids.len(), 40, "all jobs are given out");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 40, "none of them twice");
}

async fn idle_ends<S: Subject>(subject: &S) {
    // Real time, since it is the store's own timer: only that it returns, not when.
    subject.store().idle(Duration::from_millis(20)).await;
    subject.ask(job(subject, "a", "k")).await;
    subject.store().idle(Duration::from_secs(3_600)).await;
    assert_eq!(claim(subject, &["a"], 9).await.len(), 1);
}

async fn futures_join<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    futures::future::join_all(all).await
}
