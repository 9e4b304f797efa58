//! The transaction boundary, as one value.

use async_trait::async_trait;
use bytes::Bytes;
use rekindle_events::{Event, EventId, Observed, Recorded};
use rekindle_queue::{JobStore, NewJob};
use sha2::{Digest, Sha256};

use crate::rows::{CheckpointRow, EntryRow, PolicyRow, SubmissionRow, TriggerRow, ViewRow};
use crate::{CommitError, StoreError};
use std::time::SystemTime;

/// Address of stored bytes: their SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InputDigest(pub [u8; 32]);

impl InputDigest {
    /// The address of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> InputDigest {
        InputDigest(Sha256::digest(bytes).into())
    }
}

/// Everything that changes together, or not at all.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// Compare-and-swap: what must still be so.
    pub expect: Vec<Expect>,
    /// Facts, in their order.
    pub events: Vec<NewEvent>,
    /// Rows.
    pub writes: Vec<Write>,
    /// Jobs to make or to nudge.
    pub jobs: Vec<NewJob>,
}

/// A precondition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The view of a log is still at (size, root), or there is none.
    View {
        /// The log's origin.
        origin: String,
        /// Size and root; none: no view yet.
        at: Option<(u64, [u8; 32])>,
    },
    /// A cursor has not moved (a missing one stands at 0).
    Cursor {
        /// Its name.
        name: String,
        /// Its position.
        at: u64,
    },
    /// A policy is still at that revision, or does not exist.
    PolicyRevision {
        /// Its id.
        id: String,
        /// The revision, deleted ones included.
        revision: Option<u64>,
    },
    /// There is no such submission yet.
    NoSubmission {
        /// Its id.
        id: String,
    },
    /// There is no such entry yet.
    NoEntry {
        /// Its id.
        id: String,
    },
}

/// A fact to append.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// The event; its `previous` must be the subject's last event.
    pub event: Event,
    /// What stands beside it.
    pub observed: Observed,
    /// What it was decided from, by role.
    pub inputs: Vec<(Box<str>, InputDigest)>,
    /// The full hints, for kinds that carry any.
    pub hints: Option<InputDigest>,
}

/// A row to write.
#[derive(Clone, Debug)]
pub enum Write {
    /// Bytes under their address; known ones are kept.
    Input(Bytes),
    /// A new submission.
    Submission(SubmissionRow),
    /// A new entry; stage and index come from its events.
    Entry(EntryRow),
    /// Artifact digests under which an entry is found.
    EntryDigests {
        /// The entry.
        entry: String,
        /// `alg:hex`.
        digests: Vec<String>,
    },
    /// A new deadline of a requeued entry.
    EntryDeadline {
        /// The entry.
        entry: String,
        /// When it has to be in the log.
        deadline: Option<SystemTime>,
    },
    /// The receipt of an entry.
    Receipt {
        /// The entry.
        entry: String,
        /// Address of the receipt.
        digest: InputDigest,
    },
    /// The view of a log.
    View(ViewRow),
    /// An accepted (origin, size, root) with its note.
    Checkpoint(CheckpointRow),
    /// Nothing more is accepted of this log.
    Quarantine {
        /// The log.
        origin: String,
        /// Address of the evidence.
        evidence: InputDigest,
    },
    /// A new revision of a policy, or its deletion; takes the sequence of the commit's last event.
    Policy(PolicyRow),
    /// Triggers; known ids are kept.
    Triggers(Vec<TriggerRow>),
    /// Everything up to this number is acknowledged.
    AckTriggers {
        /// The number.
        through: u64,
    },
    /// Moves a cursor.
    Cursor {
        /// Its name.
        name: String,
        /// The new position.
        to: u64,
    },
    /// A trigger that a scope suppressed.
    Suppressed {
        /// The event.
        event: EventId,
        /// The policy that was not woken.
        policy: String,
        /// The scope.
        scope: String,
    },
    /// Forgets the dead job of that kind and key: its work lives on in another one.
    ForgetDead {
        /// The kind.
        kind: String,
        /// The key.
        key: String,
    },
}

/// What became of a commit.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The events with their sequences.
    pub recorded: Vec<Recorded>,
    /// All events were there already; nothing was written.
    pub already_applied: bool,
}

/// The ledger as doors see it; workers settle through [`JobStore`].
#[async_trait]
pub trait Ledger: JobStore<Effects = Commit, Error = StoreError> {
    /// Applies a commit; when this returns, it is durable.
    ///
    /// # Errors
    /// Nothing was written then.
    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError>;
}
