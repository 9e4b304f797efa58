//! The logs that this daemon writes to or watches.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rekindle_proof::{LogKey, SignedCheckpoint, VerifiedCheckpoint};
use rekindle_rekor::{Client, ClientError};

use crate::decide::LogInput;
use crate::jobs::Pace;
use crate::jobs::follow::LookOutcome;

/// How many distinct checkpoints seen in receipts wait for the follow job; the oldest sizes go
/// first, because a later one that is proven covers them.
const MAX_SEEN: usize = 1_024;
/// How many different roots of one size are kept: two convict the log, more only fill memory.
const MAX_ROOTS: usize = 4;

/// Which entries of a followed log are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entries {
    /// Checkpoints only.
    None,
    /// Checkpoints, and our own entries through their receipts.
    Own,
    /// Every entry; strangers' entries become `rekor.entry.observed`.
    All,
}

/// That and how a log is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follow {
    /// Pause between two looks at the checkpoint.
    pub interval: Duration,
    /// What is fetched besides checkpoints.
    pub entries: Entries,
}

/// One configured log.
#[derive(Clone, Debug)]
pub struct LogOptions {
    /// The operator's name for it.
    pub name: String,
    /// Origin and public key: the identity of the log.
    pub key: LogKey,
    /// Where entries are posted; none: the log is only watched.
    pub write_url: Option<String>,
    /// Where checkpoint, tiles and entry bundles are read.
    pub read_url: String,
    /// None: receipts are verified alone (`receipt-only`).
    pub follow: Option<Follow>,
    /// Longest wait for one answer; the server itself waits up to 20 s.
    pub timeout: Duration,
}

/// A log with its client.
pub struct Log {
    /// As configured.
    pub options: LogOptions,
    /// The client of this log.
    pub client: Client,
    seen: Mutex<BTreeMap<u64, Vec<SignedCheckpoint>>>,
    health: Mutex<Health>,
    pub(crate) pace: Pace,
}

/// Receipts nudge the follow job by the hundred; one look serves all that came in this time.
const LOOK_GAP: Duration = Duration::from_millis(25);

/// What the last look at a followed log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The verdict.
    pub outcome: LookOutcome,
    /// What is wrong, in words.
    pub why: Option<String>,
    /// When; none: not looked yet.
    pub at: Option<SystemTime>,
}

impl Log {
    /// Builds the client.
    ///
    /// # Errors
    /// A URL that does not parse, or TLS that cannot be set up.
    pub fn new(options: LogOptions) -> Result<Log, ClientError> {
        let client = Client::new(rekindle_rekor::Options {
            write_url: options.write_url.clone(),
            read_url: options.read_url.clone(),
            key: options.key.clone(),
            timeout: options.timeout,
            user_agent: concat!("rekindle/", env!("CARGO_PKG_VERSION")).into(),
        })?;
        let health = Health { outcome: LookOutcome::Good, why: None, at: None };
        Ok(Log {
            options,
            client,
            seen: Mutex::default(),
            health: Mutex::new(health),
            pace: Pace::new(LOOK_GAP),
        })
    }

    /// The origin line of this log's checkpoints.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.options.key.origin().as_str()
    }

    /// What decisions need to know of this log.
    #[must_use]
    pub fn input(&self, tenant: &str) -> LogInput {
        LogInput {
            origin: self.origin().into(),
            spki: crate::decide::spki_text(self.options.key.spki()),
            tenant: tenant.into(),
        }
    }

    /// Hands a checkpoint seen in a receipt to the follow job, once per (size, root).
    pub fn hand_over(&self, seen: &VerifiedCheckpoint) {
        let mut map = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let at_size = map.entry(seen.size()).or_default();
        // Two notes of one size may carry different roots: that is what a fork looks like.
        let known = at_size.iter().any(|note| {
            note.clone().verify(&self.options.key).is_ok_and(|other| other.root() == seen.root())
        });
        if !known && at_size.len() < MAX_ROOTS {
            at_size.push(seen.signed().clone());
        }
        if map.len() > MAX_SEEN {
            map.pop_first();
        }
    }

    /// What the last look found.
    #[must_use]
    pub fn health(&self) -> Health {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_health(&self, health: Health) {
        *self.health.lock().unwrap_or_else(PoisonError::into_inner) = health;
    }

    /// Takes all that was handed over, smallest size first.
    pub(crate) fn take_seen(&self) -> Vec<SignedCheckpoint> {
        let mut map = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *map).into_values().flatten().collect()
    }
}
