//! Jobs, leases and settlements: plain values.

use std::fmt;
use std::time::SystemTime;

/// Number of a job in its store, 1 and up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub i64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A job that is asked for.
///
/// Kind and key are unique among unfinished jobs. Asking again is a *nudge*: the job runs at the
/// earlier of both times, and if it is leased right now it is due again as soon as it is settled
/// (unless that is as dead).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Which handler runs it, such as `submit`.
    pub kind: Box<str>,
    /// What it is about; unique per kind among unfinished jobs.
    pub key: Box<str>,
    /// What the handler needs besides the key; the store does not look into it.
    pub payload: Box<str>,
    /// Not before this time.
    pub run_at: SystemTime,
    /// Higher first.
    pub priority: i16,
    /// When the work is pointless. The handler decides what that means.
    pub deadline: Option<SystemTime>,
}

/// A job as its handler sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// Which handler runs it.
    pub kind: Box<str>,
    /// What it is about.
    pub key: Box<str>,
    /// What the handler needs besides the key.
    pub payload: Box<str>,
    /// Times it was settled as [`Settlement::Retry`].
    pub attempts: u32,
    /// Times it was claimed, this one included.
    pub claims: u32,
    /// Higher first.
    pub priority: i16,
    /// When it was first asked for.
    pub created_at: SystemTime,
    /// When the work is pointless.
    pub deadline: Option<SystemTime>,
}

/// The right to settle one job once.
///
/// Not `Clone`: settling takes it. The fence grows with each claim, so a lease that expired and
/// was taken over by somebody else no longer settles anything.
#[derive(Debug, PartialEq, Eq)]
pub struct Lease {
    job: JobId,
    fence: u64,
}

impl Lease {
    /// A lease, as a store gives it out.
    #[must_use]
    pub const fn new(job: JobId, fence: u64) -> Lease {
        Lease { job, fence }
    }

    /// The job that is leased.
    #[must_use]
    pub const fn job(&self) -> JobId {
        self.job
    }

    /// Number of this claim; a later claim of the same job has a higher one.
    #[must_use]
    pub const fn fence(&self) -> u64 {
        self.fence
    }
}

/// A job with its lease.
#[derive(Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The right to settle it.
    pub lease: Lease,
    /// The job.
    pub job: Job,
}

/// How fast to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RetryClass {
    /// Something that passes quickly: a full connection pool, a 503.
    Transient,
    /// The outcome of the attempt is unknown and has to settle first.
    Unclear,
    /// Something that takes hours: a broken deployment on the other side.
    Slow,
}

impl RetryClass {
    /// All classes.
    pub const ALL: [RetryClass; 3] = [RetryClass::Transient, RetryClass::Unclear, RetryClass::Slow];
}

/// How a piece of work ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Finished. The same kind and key may be asked for again as a new job.
    Done,
    /// It did not work; try again after [`crate::retry::delay`]. Counts as an attempt.
    Retry {
        /// How fast.
        class: RetryClass,
        /// Not before this time, if the other side named one.
        not_before: Option<SystemTime>,
    },
    /// Nothing went wrong, it is only too early. Burns no attempt.
    Snooze {
        /// Not before this time.
        until: SystemTime,
    },
    /// It will never work; an operator may revive it.
    Dead {
        /// Why, stable snake case.
        code: &'static str,
    },
}

/// What became of a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "with a lost lease nothing was written"]
pub enum Settled {
    /// Settlement and effects are durable.
    Applied,
    /// Somebody else holds the job by now; nothing of the effects was written.
    LeaseLost,
}
