//! A job store in memory, for tests of handlers and of the worker.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::sync::Notify;

use crate::machine::{State, Status};
use crate::{Claimed, Clock, Job, JobId, JobStore, Lease, NewJob, Settled, Settlement};

/// Jobs in memory. The effects of a settlement are further jobs.
///
/// After every change it asserts what must hold for any store: unfinished jobs have different
/// kinds and keys, fences never go back, only leased jobs have a lease.
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
    changed: Notify,
}

#[derive(Default)]
struct Inner {
    jobs: BTreeMap<JobId, (NewJob, SystemTime, Status)>,
    looked: Option<SystemTime>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> MemoryStore {
        MemoryStore { clock, inner: Mutex::default(), changed: Notify::new() }
    }

    /// Asks for a job, or nudges the unfinished one of the same kind and key. Gives its number.
    pub fn ask(&self, new: NewJob) -> JobId {
        let now = self.clock.now();
        let id = self.write(|inner| inner.ask(new, now));
        self.changed.notify_one();
        id
    }

    /// Gives a dead job another life. False when it is not dead.
    pub fn revive(&self, id: JobId) -> bool {
        let now = self.clock.now();
        let revived = self.write(|inner| {
            inner.jobs.get_mut(&id).is_some_and(|(_, _, status)| status.revive(now))
        });
        self.changed.notify_one();
        revived
    }

    /// Where every job of that kind stands, in the order in which they were asked for.
    #[must_use]
    pub fn statuses(&self, kind: &str) -> Vec<(Box<str>, Status)> {
        let inner = self.lock();
        let of_kind = inner.jobs.values().filter(|(new, _, _)| *new.kind == *kind);
        of_kind.map(|(new, _, status)| (new.key.clone(), status.clone())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let mut inner = self.lock();
        let before: Vec<_> = inner.jobs.iter().map(|(id, (_, _, s))| (*id, s.fence)).collect();
        let out = change(&mut inner);
        for (id, fence) in before {
            assert!(inner.jobs[&id].2.fence >= fence, "the fence of {id} went back");
        }
        let mut unfinished = std::collections::BTreeSet::new();
        for (new, _, status) in inner.jobs.values() {
            let unique = !status.is_unfinished() || unfinished.insert((&new.kind, &new.key));
            assert!(unique, "two unfinished jobs {} {}", new.kind, new.key);
            let leased = status.state == State::Leased;
            assert_eq!(leased, status.leased_until.is_some(), "{} {}", new.kind, new.key);
        }
        out
    }
}

impl Inner {
    fn ask(&mut self, new: NewJob, now: SystemTime) -> JobId {
        for (id, (old, _, status)) in &mut self.jobs {
            if old.kind == new.kind && old.key == new.key && status.is_unfinished() {
                status.nudge(new.run_at);
                return *id;
            }
        }
        let id = JobId(self.jobs.len() as i64 + 1);
        let status = Status::new(new.run_at);
        self.jobs.insert(id, (new, now, status));
        id
    }
}

#[async_trait]
impl JobStore for MemoryStore {
    type Effects = Vec<NewJob>;
    type Error = Infallible;

    async fn claim(
        &self,
        kinds: &[&str],
        max: usize,
        lease: Duration,
    ) -> Result<Vec<Claimed>, Infallible> {
        let now = self.clock.now();
        Ok(self.write(|inner| {
            inner.looked = Some(now);
            let mut due: Vec<_> = inner
                .jobs
                .iter()
                .filter(|(_, (new, _, _))| kinds.contains(&&*new.kind))
                .filter(|(_, (_, _, status))| status.claimable_at().is_some_and(|at| at <= now))
                .map(|(id, (new, _, s))| (std::cmp::Reverse(new.priority), s.run_at, *id))
                .collect();
            due.sort_unstable();
            due.truncate(max);
            let claim = |(_, _, id): (_, _, JobId)| {
                let (new, created_at, status) = inner.jobs.get_mut(&id)?;
                let fence = status.claim(now, lease)?;
                let job = Job {
                    id,
                    kind: new.kind.clone(),
                    key: new.key.clone(),
                    payload: new.payload.clone(),
                    attempts: status.attempts,
                    claims: u32::try_from(fence).unwrap_or(u32::MAX),
                    priority: new.priority,
                    created_at: *created_at,
                    deadline: new.deadline,
                };
                Some(Claimed { lease: Lease::new(id, fence), job })
            };
            due.into_iter().filter_map(claim).collect()
        }))
    }

    async fn renew(&self, lease: &Lease, lease_for: Duration) -> Result<bool, Infallible> {
        let now = self.clock.now();
        Ok(self.write(|inner| {
            let job = inner.jobs.get_mut(&lease.job());
            job.is_some_and(|(_, _, status)| status.renew(lease.fence(), now, lease_for))
        }))
    }

    async fn settle(
        &self,
        lease: Lease,
        how: Settlement,
        effects: Vec<NewJob>,
    ) -> Result<Settled, Infallible> {
        let now = self.clock.now();
        let settled = self.write(|inner| {
            let job = inner.jobs.get_mut(&lease.job());
            if !job.is_some_and(|(_, _, s)| s.settle(lease.job(), lease.fence(), &how, now)) {
                return Settled::LeaseLost;
            }
            for new in effects {
                inner.ask(new, now);
            }
            Settled::Applied
        });
        self.changed.notify_one();
        Ok(settled)
    }

    async fn idle(&self, at_most: Duration) {
        let now = self.clock.now();
        let next = {
            let inner = self.lock();
            // What was due at the last claim was left for want of room: no reason to wake up.
            let times = inner.jobs.values().filter_map(|(_, _, status)| status.claimable_at());
            times.filter(|at| inner.looked.is_none_or(|looked| *at > looked)).min()
        };
        let wait = next.map_or(at_most, |at| at.duration_since(now).unwrap_or_default());
        tokio::select! {
            () = self.changed.notified() => {}
            () = tokio::time::sleep(wait.min(at_most)) => {}
        }
    }
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
