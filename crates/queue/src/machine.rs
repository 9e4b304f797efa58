//! The state machine of one job, pure, used by every store.
//!
//! ```text
//!            claim             settle Done
//!   Ready ----------> Leased ------------> Done
//!     ^                 |  \  settle Dead
//!     |  Retry, Snooze  |   '------------> Dead
//!     '-----------------'                   |
//!     ^            revive                   |
//!     '-------------------------------------'
//! ```
//! A leased job whose lease has run out can be claimed again, with the next fence.

use std::time::{Duration, SystemTime};

use crate::{JobId, Settlement, retry};

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Waits for its time or for a worker.
    Ready,
    /// A worker has it.
    Leased,
    /// Finished.
    Done,
    /// Given up; an operator may revive it.
    Dead,
}

impl State {
    /// All states.
    pub const ALL: [State; 4] = [State::Ready, State::Leased, State::Done, State::Dead];

    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Ready => "ready",
            State::Leased => "leased",
            State::Done => "done",
            State::Dead => "dead",
        }
    }
}

/// Everything about a job that the machine moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Where it stands.
    pub state: State,
    /// Not before this time; once leased, when it was due.
    pub run_at: SystemTime,
    /// Settlements as retry so far.
    pub attempts: u32,
    /// Claims so far, and with it the fence of the latest lease.
    pub fence: u64,
    /// Asked for again while leased.
    pub nudged: bool,
    /// When the lease runs out; only while leased.
    pub leased_until: Option<SystemTime>,
    /// Why it is dead; only then.
    pub code: Option<Box<str>>,
}

impl Status {
    /// A job that was just asked for.
    #[must_use]
    pub const fn new(run_at: SystemTime) -> Status {
        Status {
            state: State::Ready,
            run_at,
            attempts: 0,
            fence: 0,
            nudged: false,
            leased_until: None,
            code: None,
        }
    }

    /// Whether kind and key are taken: a job that is not over yet.
    #[must_use]
    pub const fn is_unfinished(&self) -> bool {
        matches!(self.state, State::Ready | State::Leased)
    }

    /// From when on it can be claimed; none: never.
    #[must_use]
    pub fn claimable_at(&self) -> Option<SystemTime> {
        match self.state {
            State::Ready => Some(self.run_at),
            State::Leased => self.leased_until,
            State::Done | State::Dead => None,
        }
    }

    /// Leases the job for `lease`, if it is due or its lease has run out. Gives the new fence.
    pub fn claim(&mut self, now: SystemTime, lease: Duration) -> Option<u64> {
        if self.claimable_at().is_none_or(|at| at > now) {
            return None;
        }
        self.state = State::Leased;
        self.fence += 1;
        // The work sees everything that was asked for until now.
        self.nudged = false;
        self.leased_until = Some(now + lease);
        Some(self.fence)
    }

    /// Extends a lease. False when the lease was lost; one that ran out but was not taken over
    /// is still good.
    pub fn renew(&mut self, fence: u64, now: SystemTime, lease: Duration) -> bool {
        let held = self.is_held(fence);
        if held {
            self.leased_until = Some(now + lease);
        }
        held
    }

    /// Settles the job. False, and nothing changed, when the lease was lost.
    #[must_use]
    pub fn settle(&mut self, id: JobId, fence: u64, how: &Settlement, now: SystemTime) -> bool {
        if !self.is_held(fence) {
            return false;
        }
        self.leased_until = None;
        match how {
            // Asked for again while it ran: what it saw may be old, so it runs once more.
            Settlement::Done if self.nudged => {
                self.attempts = 0;
                self.ready_at(now, now);
            }
            Settlement::Done => self.state = State::Done,
            Settlement::Dead { code } => {
                self.state = State::Dead;
                self.nudged = false;
                self.code = Some((*code).into());
            }
            Settlement::Retry { class, not_before } => {
                self.attempts = self.attempts.saturating_add(1);
                let at = now + retry::delay(*class, id, self.attempts);
                self.ready_at(not_before.map_or(at, |before| at.max(before)), now);
            }
            Settlement::Snooze { until } => self.ready_at(*until, now),
        }
        true
    }

    /// Gives a job back at once, as if it had not been claimed. False when the lease was lost.
    #[must_use]
    pub fn release(&mut self, fence: u64, now: SystemTime) -> bool {
        let held = self.is_held(fence);
        if held {
            self.leased_until = None;
            self.ready_at(now, now);
        }
        held
    }

    /// Asks for an unfinished job again. Over ones do not move: ask for a new job.
    pub fn nudge(&mut self, run_at: SystemTime) {
        match self.state {
            State::Ready => self.run_at = self.run_at.min(run_at),
            State::Leased => self.nudged = true,
            State::Done | State::Dead => {}
        }
    }

    /// Gives a dead job another life, with fresh attempts. False when it is not dead.
    pub fn revive(&mut self, now: SystemTime) -> bool {
        let dead = self.state == State::Dead;
        if dead {
            // The fence goes on: a lease from the first life must not fit.
            *self = Status { fence: self.fence, ..Status::new(now) };
        }
        dead
    }

    fn is_held(&self, fence: u64) -> bool {
        self.state == State::Leased && self.fence == fence
    }

    fn ready_at(&mut self, run_at: SystemTime, now: SystemTime) {
        self.state = State::Ready;
        self.run_at = if self.nudged { now } else { run_at };
        self.nudged = false;
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
