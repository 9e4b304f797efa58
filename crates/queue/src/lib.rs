//! The job machine: leases, retry schedule, and the worker that settles each job once.
//!
//! A job is claimed under a lease with a fence number, worked on, and settled. The settlement and
//! all effects of the work are written together, or not at all when the lease was lost. Work is
//! done at least once; effects are written exactly once.
//!
//! Not its job: knowing what a job is about, storing jobs (a [`JobStore`] does), or cron.
//!
//! Read first: [`NewJob`] (what is asked for), [`Settlement`] (how work ends), [`JobStore`] (what
//! every store promises; [`machine::Status`] is the one state machine behind all of them).
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use rekindle_queue::{JobId, Settlement, machine::{State, Status}};
//!
//! let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
//! let mut job = Status::new(now);
//! let fence = job.claim(now, Duration::from_secs(30)).expect("due");
//! assert!(job.settle(JobId(1), fence, &Settlement::Done, now));
//! assert_eq!(job.state, State::Done);
//! assert!(!job.settle(JobId(1), fence, &Settlement::Done, now), "settled once");
//! ```

mod clock;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod job;
pub mod machine;
#[cfg(any(test, feature = "worker"))]
pub mod memory;
pub mod retry;
mod store;
#[cfg(any(test, feature = "worker"))]
pub mod worker;

pub use clock::{Clock, ManualClock, SystemClock};
pub use job::{Claimed, Job, JobId, Lease, NewJob, RetryClass, Settled, Settlement};
pub use machine::State;
pub use store::JobStore;
