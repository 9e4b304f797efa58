//! Rows and filters: plain data.

use std::time::SystemTime;

use bytes::Bytes;
use rekindle_events::{EntryState, Event, EventId, Kind, Recorded, Stage};
use rekindle_queue::Job;

use crate::InputDigest;

/// One attestation of one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionRow {
    /// `sub-…`.
    pub id: String,
    /// Whose.
    pub tenant: String,
    /// `att-…`.
    pub attestation: String,
    /// Scope that narrows.
    pub scope: Option<String>,
    /// `now`, `soon`, `routine`.
    pub urgency: String,
    /// When it was accepted.
    pub created_at: SystemTime,
}

/// One submission in one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// `ent-…`.
    pub id: String,
    /// Its submission.
    pub submission: String,
    /// Whose.
    pub tenant: String,
    /// `att-…`.
    pub attestation: String,
    /// The target log (its origin).
    pub target: String,
    /// The target log's configured name.
    pub log_name: String,
    /// RFC 6962 leaf hash.
    pub leaf_hash: [u8; 32],
    /// Address of the attestation's bytes.
    pub attestation_input: InputDigest,
    /// Address of the verifier's bytes.
    pub verifier_input: InputDigest,
    /// Address of the exact request bytes.
    pub request: InputDigest,
    /// Address of the expected leaf bytes.
    pub leaf: InputDigest,
    /// Address of the hints.
    pub hints: InputDigest,
    /// Scope that narrows.
    pub scope: Option<String>,
    /// When it has to be in the log.
    pub deadline: Option<SystemTime>,
    /// When it was accepted.
    pub created_at: SystemTime,
}

/// An entry with the fold of its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryView {
    /// As accepted.
    pub row: EntryRow,
    /// The fold.
    pub state: EntryState,
    /// Address of its receipt.
    pub receipt: Option<InputDigest>,
    /// Sequence of its last event.
    pub updated_sequence: u64,
}

/// An entry with all that its next step needs, in one read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryWork {
    /// The entry.
    pub entry: EntryView,
    /// Its last event.
    pub last: Event,
    /// The exact request bytes.
    pub request: Bytes,
    /// The expected leaf bytes.
    pub leaf: Bytes,
    /// Its receipt, once there is one.
    pub receipt: Option<Bytes>,
    /// Whether its log is quarantined.
    pub quarantined: bool,
}

/// What we accepted of one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewRow {
    /// The log's origin.
    pub origin: String,
    /// The log's id, hex.
    pub log_id: String,
    /// Accepted tree size.
    pub size: u64,
    /// Its root.
    pub root: [u8; 32],
    /// The signed note.
    pub note: Bytes,
    /// Address of the evidence; some: nothing more is accepted.
    pub quarantined: Option<InputDigest>,
    /// When it moved.
    pub updated_at: SystemTime,
    /// When it was looked at.
    pub checked_at: SystemTime,
}

/// An accepted (size, root) of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointRow {
    /// The log's origin.
    pub origin: String,
    /// Tree size.
    pub size: u64,
    /// Root.
    pub root: [u8; 32],
    /// The signed note.
    pub note: Bytes,
    /// When it was accepted.
    pub seen_at: SystemTime,
}

/// One revision of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRow {
    /// Its id.
    pub id: String,
    /// From 1; a deletion is a revision too.
    pub revision: u64,
    /// Canonical JSON; empty for a deletion.
    pub json: String,
    /// Gone as of this revision.
    pub deleted: bool,
}

/// "Compute this policy again."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerRow {
    /// `trg-…`.
    pub id: String,
    /// Because of this event.
    pub event: EventId,
    /// Its sequence.
    pub event_sequence: u64,
    /// The policy.
    pub policy: String,
    /// Its revision.
    pub revision: u64,
    /// `yes` or `maybe`.
    pub result: String,
    /// The atoms that woke it.
    pub atoms: Vec<String>,
    /// Why maybe.
    pub why: Vec<String>,
    /// Evaluate it only for this.
    pub evaluate_only: Option<String>,
    /// Artifact digests of the event.
    pub artifacts: Vec<String>,
    /// `now`, `soon`, `routine`.
    pub urgency: String,
}

/// A trigger with its own cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTrigger {
    /// Its number: gap-free, its own sequence.
    pub number: u64,
    /// The trigger.
    pub row: TriggerRow,
    /// When it was found.
    pub recorded_at: SystemTime,
    /// Whether somebody acted on it.
    pub acked: bool,
}

/// An event with what it was decided from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// The event.
    pub recorded: Recorded,
    /// Inputs by role.
    pub inputs: Vec<(String, InputDigest)>,
    /// The full hints.
    pub hints: Option<InputDigest>,
}

/// Which events; the default is the first page of all.
#[derive(Clone, Debug)]
pub struct EventFilter {
    /// Continue after this sequence.
    pub after: u64,
    /// At most this many.
    pub limit: u32,
    /// Of these kinds; empty: all.
    pub kinds: Vec<Kind>,
    /// Of this subject.
    pub subject: Option<String>,
    /// Of this tenant.
    pub tenant: Option<String>,
}

impl Default for EventFilter {
    fn default() -> EventFilter {
        EventFilter { after: 0, limit: 100, kinds: Vec::new(), subject: None, tenant: None }
    }
}

/// Which entries; the default is the first page of all.
#[derive(Clone, Debug)]
pub struct EntryFilter {
    /// At this stage.
    pub stage: Option<Stage>,
    /// Of this submission.
    pub submission: Option<String>,
    /// With this artifact digest, `alg:hex`.
    pub digest: Option<String>,
    /// With this leaf hash.
    pub leaf_hash: Option<[u8; 32]>,
    /// At this log index.
    pub log_index: Option<u64>,
    /// In this log.
    pub target: Option<String>,
    /// Continue after this id.
    pub after_id: Option<String>,
    /// At most this many.
    pub limit: u32,
}

impl Default for EntryFilter {
    fn default() -> EntryFilter {
        EntryFilter {
            stage: None,
            submission: None,
            digest: None,
            leaf_hash: None,
            log_index: None,
            target: None,
            after_id: None,
            limit: 100,
        }
    }
}

/// Which jobs.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    /// `ready`, `leased`, `dead`.
    pub state: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// At most this many.
    pub limit: u32,
}

/// A job as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobView {
    /// The job.
    pub job: Job,
    /// `ready`, `leased`, `dead`.
    pub state: String,
    /// When it is due.
    pub run_at: SystemTime,
    /// Why it is dead.
    pub code: Option<String>,
    /// Until when somebody works on it.
    pub leased_until: Option<SystemTime>,
}
