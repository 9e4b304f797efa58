//! How a test log is set up, and why it cannot start.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use rekindle_proof::signer::SignerError;
use rekindle_proof::{CheckpointError, OriginError};

use crate::script::Script;

/// Where the log lives and how it behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Storage folder: checkpoint, tiles and bundles as the C2SP paths name them, and `.state` with
    /// the signing key. A folder of an earlier run is continued.
    pub dir: PathBuf,
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// First line of checkpoints and name of the key.
    pub origin: String,
    /// Kind of the signing key.
    pub key: KeyKind,
    /// The Ed25519 key is made from this. An ECDSA key is random, and kept in the folder.
    pub seed: u64,
    /// Algorithms that clients may sign with, by the server's flag names such as
    /// `ecdsa-sha2-256-nistp256`; `None` allows all.
    pub algorithms: Option<Vec<String>>,
    /// Faults from the start.
    pub script: Script,
    /// How often new entries become a checkpoint; answers wait for one that covers them.
    pub checkpoint_interval: Duration,
    /// Whether a known leaf is still known after a restart and 256 further entries.
    pub persistent_dedup: bool,
}

impl Options {
    /// An honest log on a free loopback port: origin `rekor-local`, Ed25519, checkpoints each 100 ms.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            origin: "rekor-local".to_owned(),
            key: KeyKind::Ed25519,
            seed: 0,
            algorithms: None,
            script: Script::default(),
            checkpoint_interval: Duration::from_millis(100),
            persistent_dedup: true,
        }
    }
}

/// Kind of a log's signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Ed25519, as the public v2 logs have.
    Ed25519,
    /// ECDSA on P-256.
    EcdsaP256,
}

/// A log that cannot start or do what it is told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestLogError {
    /// The folder cannot be used.
    #[error("{}: {why}; check that the folder exists and is writable", path.display())]
    Folder {
        /// File or folder.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// The address is taken or not ours.
    #[error("cannot listen on {listen}: {why}; choose another address, or port 0 for a free one")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What the system says.
        why: std::io::Error,
    },
    /// The origin is not one.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// The key cannot be made or read.
    #[error(transparent)]
    Key(#[from] SignerError),
    /// The folder's key is of another kind, or not readable.
    #[error("the key in {} cannot be used: {why}; start with the same key kind or use a new folder", path.display())]
    StoredKey {
        /// The key's file.
        path: PathBuf,
        /// What is wrong.
        why: &'static str,
    },
    /// The folder's tree does not fit its checkpoint.
    #[error("the log in {} is damaged: {why}; use a new folder", path.display())]
    Damaged {
        /// The file in question.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The folder's checkpoint is not signed by its key.
    #[error(
        "the folder's checkpoint is not of this log: {0}; use a new folder for another origin or key"
    )]
    Checkpoint(#[from] CheckpointError),
    /// A name in the list of allowed algorithms.
    #[error("`{name}` is no algorithm of a client key; known are {known}")]
    Algorithm {
        /// What was given.
        name: String,
        /// All names.
        known: String,
    },
    /// There is no such place to fork at.
    #[error(
        "cannot fork at {at}: the log has {size} entries; a same-size fork needs one at that place to replace"
    )]
    Fork {
        /// Wanted place.
        at: u64,
        /// Entries there are.
        size: u64,
    },
    /// A fault script that cannot be read.
    #[error("the fault script is wrong: {why}")]
    Script {
        /// What is wrong, with the line where known.
        why: String,
    },
}

impl TestLogError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Folder { .. } => "testlog_folder",
            Self::Listen { .. } => "testlog_listen",
            Self::Origin(inner) => inner.code(),
            Self::Key(inner) => inner.code(),
            Self::StoredKey { .. } => "testlog_key",
            Self::Damaged { .. } => "testlog_damaged",
            Self::Checkpoint(inner) => inner.code(),
            Self::Algorithm { .. } => "testlog_algorithm",
            Self::Fork { .. } => "testlog_fork",
            Self::Script { .. } => "testlog_script",
        }
    }
}
