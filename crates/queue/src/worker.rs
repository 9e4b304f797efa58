//! The loop that claims due jobs, runs their handlers and settles each once.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use futures::future::join_all;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{Claimed, Job, JobStore, Lease, RetryClass, Settled, Settlement};

/// How long a lease lasts unless [`Builder::lease`] says otherwise: long enough for one slow
/// answer, short enough that a killed worker's jobs move on soon.
pub const LEASE: Duration = Duration::from_secs(30);
/// A lease is renewed this many times before it would run out, so that one failed renewal is
/// no loss.
const RENEWALS_PER_LEASE: u32 = 3;
/// How long running jobs may take to settle after the stop.
pub const GRACE: Duration = Duration::from_secs(10);
/// The longest sleep without a look at the store, should a notification ever be missed.
const IDLE: Duration = Duration::from_secs(1);
/// Pause after the store failed.
const STORE_PAUSE: Duration = Duration::from_secs(1);
/// Pauses between claims that found nothing although the store said to look: jobs may be due for
/// which there is no room. Doubles from the first to the second.
const PACE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(64));
/// Most jobs that one claim takes, so that a claim stays a short transaction.
const CLAIM_MAX: usize = 64;

/// Runs the jobs of one kind.
#[async_trait]
pub trait Handler<E>: Send + Sync {
    /// Does the work, and says how the job ends and what is written with that.
    ///
    /// The future is dropped when the lease is lost. A panic counts as a transient retry.
    async fn run(&self, job: &Job) -> (Settlement, E);
}

/// A worker: handlers by kind on one store.
pub struct Worker<S: JobStore> {
    store: Arc<S>,
    lanes: Vec<Lane<S::Effects>>,
    lease: Duration,
}

/// Puts a [`Worker`] together.
pub struct Builder<S: JobStore>(Worker<S>);

struct Lane<E> {
    kind: &'static str,
    concurrency: usize,
    handler: Arc<dyn Handler<E>>,
}

impl<S> Worker<S>
where
    S: JobStore + 'static,
    S::Effects: Default,
{
    /// A worker without handlers.
    #[must_use]
    pub fn builder(store: Arc<S>) -> Builder<S> {
        Builder(Worker { store, lanes: Vec::new(), lease: LEASE })
    }

    /// Works until `stop`; then claims nothing more, waits up to [`GRACE`] for what runs, and
    /// returns. What did not settle by then is claimed again when its lease runs out.
    pub async fn run(&self, stop: CancellationToken) {
        let mut running = Running::default();
        let mut pace = PACE.0;
        while !stop.is_cancelled() {
            let more = match self.claim(&running).await {
                Ok(round) => {
                    let empty = round.claimed.is_empty();
                    pace = if empty { (pace * 2).min(PACE.1) } else { PACE.0 };
                    for claimed in round.claimed {
                        self.start(&mut running, claimed);
                    }
                    round.more
                }
                Err(error) => {
                    tracing::warn!(%error, "jobs could not be claimed, trying again");
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = tokio::time::sleep(STORE_PAUSE) => {}
                    }
                    continue;
                }
            };
            self.pause(&mut running, &more, pace, &stop).await;
        }
        let drain = async { while running.next().await.is_some() {} };
        if tokio::time::timeout(GRACE, drain).await.is_err() {
            tracing::warn!(
                jobs = running.tasks.len(),
                "jobs did not settle in time; their leases run out"
            );
        }
        running.tasks.shutdown().await;
    }

    /// One claim per kind with free capacity; all at once, so that a store can group them.
    async fn claim(&self, running: &Running) -> Result<Round, S::Error> {
        let asked: Vec<_> = self
            .lanes
            .iter()
            .map(|lane| (lane, lane.concurrency.saturating_sub(running.count(lane.kind))))
            .filter(|(_, free)| *free > 0)
            .map(|(lane, free)| (lane.kind, free.min(CLAIM_MAX)))
            .collect();
        let answers = join_all(asked.iter().map(|(kind, max)| {
            let (kind, max) = (*kind, *max);
            async move { self.store.claim(&[kind], max, self.lease).await }
        }))
        .await;
        let mut round = Round { claimed: Vec::new(), more: Vec::new() };
        for lane in &self.lanes {
            // A full lane was not asked; there may well be more for it.
            if !asked.iter().any(|(kind, _)| *kind == lane.kind) {
                round.more.push(lane.kind);
            }
        }
        let mut failed = None;
        for ((kind, max), answer) in asked.into_iter().zip(answers) {
            match answer {
                Ok(claimed) => {
                    if claimed.len() == max {
                        round.more.push(kind);
                    }
                    round.claimed.extend(claimed);
                }
                Err(error) => failed = Some(error),
            }
        }
        // Jobs that were claimed run, even if the claim of another kind failed.
        match failed {
            Some(error) if round.claimed.is_empty() => Err(error),
            _ => Ok(round),
        }
    }

    fn start(&self, running: &mut Running, claimed: Claimed) {
        let Some(lane) = self.lanes.iter().find(|lane| *lane.kind == *claimed.job.kind) else {
            // A store that gives out what was not asked for; the lease runs out.
            tracing::error!(kind = %claimed.job.kind, "claimed a job of a kind without a handler");
            return;
        };
        let (store, handler, lease_for) = (self.store.clone(), lane.handler.clone(), self.lease);
        running.spawn(lane.kind, async move {
            work(store.as_ref(), handler.as_ref(), claimed, lease_for).await;
        });
    }

    /// Returns when another claim makes sense.
    async fn pause(
        &self,
        running: &mut Running,
        more: &[&'static str],
        pace: Duration,
        stop: &CancellationToken,
    ) {
        let free = |running: &Running| {
            more.iter().any(|kind| {
                let lane = self.lanes.iter().find(|lane| lane.kind == *kind);
                lane.is_some_and(|lane| running.count(lane.kind) < lane.concurrency)
            })
        };
        if free(running) {
            return;
        }
        // Interest is registered before the pace, so that nothing is missed meanwhile.
        let idle = async {
            tokio::join!(self.store.idle(IDLE), tokio::time::sleep(pace));
        };
        tokio::pin!(idle);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = &mut idle => return,
                Some(()) = running.next() => {
                    // All that ended by now, so that one claim fills all the room.
                    while running.try_next() {}
                    if free(running) {
                        return;
                    }
                }
            }
        }
    }
}

impl<S> Builder<S>
where
    S: JobStore + 'static,
    S::Effects: Default,
{
    /// Runs jobs of `kind` with `handler`, at most `concurrency` at once.
    #[must_use]
    pub fn handle(
        mut self,
        kind: &'static str,
        concurrency: usize,
        handler: Arc<dyn Handler<S::Effects>>,
    ) -> Builder<S> {
        self.0.lanes.push(Lane { kind, concurrency, handler });
        self
    }

    /// How long a job may be silent before another worker takes it.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Builder<S> {
        self.0.lease = lease;
        self
    }

    /// The worker.
    #[must_use]
    pub fn build(self) -> Worker<S> {
        self.0
    }
}

struct Round {
    claimed: Vec<Claimed>,
    /// Kinds of which more may be due than there was room for.
    more: Vec<&'static str>,
}

/// What runs right now, counted per kind.
#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    kinds: BTreeMap<tokio::task::Id, &'static str>,
    counts: BTreeMap<&'static str, usize>,
}

impl Running {
    fn count(&self, kind: &str) -> usize {
        self.counts.get(kind).copied().unwrap_or_default()
    }

    fn spawn(&mut self, kind: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let handle = self.tasks.spawn(task);
        self.kinds.insert(handle.id(), kind);
        *self.counts.entry(kind).or_default() += 1;
    }

    async fn next(&mut self) -> Option<()> {
        let ended = self.tasks.join_next_with_id().await?;
        self.ended(ended);
        Some(())
    }

    fn try_next(&mut self) -> bool {
        let ended = self.tasks.try_join_next_with_id();
        ended.map(|ended| self.ended(ended)).is_some()
    }

    fn ended(&mut self, ended: Result<(tokio::task::Id, ()), tokio::task::JoinError>) {
        let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
        if let Some(kind) = self.kinds.remove(&id)
            && let Some(count) = self.counts.get_mut(kind)
        {
            *count -= 1;
        }
    }
}

/// One job from claim to settlement.
async fn work<S>(
    store: &S,
    handler: &dyn Handler<S::Effects>,
    claimed: Claimed,
    lease_for: Duration,
) where
    S: JobStore,
    S::Effects: Default,
{
    let Claimed { lease, job } = claimed;
    let ran = AssertUnwindSafe(handler.run(&job)).catch_unwind();
    let (how, effects) = tokio::select! {
        // What is done is done, even if the lease was lost in the same moment: settling tells.
        biased;
        ran = ran => ran.unwrap_or_else(|panic| {
            tracing::error!(kind = %job.kind, key = %job.key, panic = text(&*panic), "job panicked");
            let how = Settlement::Retry { class: RetryClass::Transient, not_before: None };
            (how, S::Effects::default())
        }),
        () = renew_until_lost(store, &lease, lease_for) => {
            tracing::warn!(kind = %job.kind, key = %job.key, "lease lost, work dropped");
            return;
        }
    };
    // If the process dies before the settle, the lease runs out and the job runs again.
    match store.settle(lease, how, effects).await {
        Ok(Settled::Applied) => {}
        Ok(Settled::LeaseLost) => {
            tracing::warn!(kind = %job.kind, key = %job.key, "lease lost, nothing was written");
        }
        Err(error) => {
            tracing::warn!(kind = %job.kind, key = %job.key, %error, "not settled, the job runs again");
        }
    }
}

async fn renew_until_lost<S: JobStore>(store: &S, lease: &Lease, lease_for: Duration) {
    loop {
        tokio::time::sleep(lease_for / RENEWALS_PER_LEASE).await;
        match store.renew(lease, lease_for).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(job = %lease.job(), %error, "lease not renewed, trying again");
            }
        }
    }
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;
