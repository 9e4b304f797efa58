//! What stands beside an event and is never hashed: when, how often, what the other side said.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::{Event, Sequence};

/// Circumstances of an event. They differ from run to run, so they are no facts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Observed {
    /// Attempts made until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// HTTP status of the last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// What the other side said, or what an operator should read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A scope that was asked for without the permission to narrow: recorded and ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_ignored: Option<String>,
    /// The deadline that applied, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
}

/// An event as a store holds it: with its place, its time and its circumstances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Place in the store's sequence.
    pub sequence: Sequence,
    /// The event.
    pub event: Event,
    /// When the store recorded it.
    pub recorded_at: SystemTime,
    /// Circumstances.
    pub observed: Observed,
}
