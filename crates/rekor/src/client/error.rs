//! What could not be found out. None of this accuses a log: unsigned bytes may come from anybody.

use std::time::Duration;

use rekindle_proof::{CheckpointError, ProofError, TileError};

use crate::answer::shorten;

/// A client that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// An address that is not usable.
    #[error("`{url}` is not a usable log address: {why}; give one like https://log.example")]
    Url {
        /// What was given.
        url: String,
        /// Why not.
        why: String,
    },
    /// The HTTP library refused its settings.
    #[error("the HTTP client cannot be built: {why}; check the system's TLS certificates")]
    Build {
        /// What it says.
        why: String,
    },
}

impl ClientError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Url { .. } => "log_url",
            Self::Build { .. } => "http_client",
        }
    }
}

/// A read that gave nothing to build on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The path does not fit the base address.
    #[error("no address for this read: {why}")]
    Address {
        /// Why not.
        why: String,
    },
    /// No answer, or one that was cut.
    #[error("{url} cannot be read: {why}; the log or the way to it is down, try later")]
    Unreachable {
        /// Address.
        url: String,
        /// What happened.
        why: String,
    },
    /// The log does not have it.
    #[error("{url} does not exist; the log pruned it, or its checkpoint is ahead of its tiles")]
    NotFound {
        /// Address.
        url: String,
    },
    /// Another status than 200.
    #[error("{url} answers with status {status}; try later or check the read address")]
    Status {
        /// Address.
        url: String,
        /// HTTP status.
        status: u16,
        /// Pause that the server asked for.
        wait: Option<Duration>,
    },
    /// More bytes than such a thing can have.
    #[error(
        "{url} has more than {limit} bytes; a checkpoint, tile or bundle never has, so this is something else"
    )]
    TooLarge {
        /// Address.
        url: String,
        /// The limit.
        limit: usize,
    },
    /// The bytes are not what belongs there.
    #[error("{url} is malformed: {why}; a damaged or foreign file, try later")]
    Malformed {
        /// Address.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// The checkpoint is not signed by the log's key, or is none.
    #[error("the checkpoint is not this log's: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The log's checkpoint is older than the entry.
    #[error(
        "the log shows {size} entries, entry {index} is not covered yet; a cached checkpoint, try again soon"
    )]
    NotCovered {
        /// The entry's index.
        index: u64,
        /// Size of the checkpoint.
        size: u64,
    },
    /// There is another entry at that place.
    #[error(
        "entry {index} holds other bytes than ours; the log named a wrong place, look for the leaf hash"
    )]
    OtherBytes {
        /// The index that was looked at.
        index: u64,
    },
    /// The tiles do not lead to the signed root.
    #[error("the tiles do not lead to the signed root: {0}; tiles are unsigned, fetch them again")]
    Unproven(ProofError),
    /// Tiles are missing or contradict each other.
    #[error("the tiles cannot be used: {0}")]
    Tiles(#[from] TileError),
}

impl ReadError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Address { .. } => "read_address",
            Self::Unreachable { .. } => "log_unreachable",
            Self::NotFound { .. } => "read_not_found",
            Self::Status { .. } => "read_status",
            Self::TooLarge { .. } => "read_too_large",
            Self::Malformed { .. } => "read_malformed",
            Self::Checkpoint(_) => "checkpoint_unverified",
            Self::NotCovered { .. } => "entry_not_covered",
            Self::OtherBytes { .. } => "entry_other_bytes",
            Self::Unproven(_) => "tiles_unproven",
            Self::Tiles(_) => "tiles_unusable",
        }
    }
}

/// An error with its causes, on one line; the address is left out, it stands elsewhere.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = inner.source();
    }
    shorten(&text)
}
