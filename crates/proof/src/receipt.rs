//! Receipts: what a log answered, and the checks that turn it into a proof.

use bytes::Bytes;

use crate::checkpoint::{CheckpointError, SignedCheckpoint, VerifiedCheckpoint};
use crate::error::ProofError;
use crate::hash::{Hash, LeafHash, leaf};
use crate::inclusion;
use crate::key::{LogId, LogKey};

/// A log's answer that an entry is in its tree. Nothing in it is believed before [`Receipt::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The log that the answer names.
    pub log: LogId,
    /// The entry's raw bytes, as the log hashed them.
    pub body: Bytes,
    /// Position in the tree (the shard's own index, not one that counts several shards).
    pub index: u64,
    /// Inclusion path, from the leaf upwards.
    pub path: Vec<Hash>,
    /// The note with the size and root that the path leads to.
    pub checkpoint: SignedCheckpoint,
}

/// A receipt that has passed every check. Only [`Receipt::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedReceipt {
    receipt: Receipt,
    checkpoint: VerifiedCheckpoint,
    leaf_hash: LeafHash,
}

/// The first check that a receipt fails; the variants stand in the order of the checks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// The answer is of another log.
    #[error(
        "the receipt names log {got}, expected {expected}; check that the configured key belongs to this log"
    )]
    OtherLog {
        /// Id of the configured key.
        expected: LogId,
        /// Id in the receipt.
        got: LogId,
    },
    /// The checkpoint is not signed by the log, or not a checkpoint.
    #[error("the receipt's checkpoint does not verify: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The log put something else into the tree.
    #[error(
        "the receipt is for an entry with leaf hash {got}, expected {expected}; it proves nothing about our entry"
    )]
    OtherBody {
        /// Leaf hash of the entry that was sent.
        expected: LeafHash,
        /// Leaf hash of the entry in the receipt.
        got: LeafHash,
    },
    /// The path does not lead to the signed root.
    #[error("the receipt's inclusion proof does not hold: {0}")]
    Inclusion(#[from] ProofError),
}

impl ReceiptError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherLog { .. } => "receipt_other_log",
            Self::Checkpoint(inner) => inner.code(),
            Self::OtherBody { .. } => "receipt_other_body",
            Self::Inclusion(inner) => inner.code(),
        }
    }
}

impl Receipt {
    /// Checks, in this order: the log's id, the log's signature on the checkpoint, that the body is
    /// byte for byte the entry that we expect, and that the body is in the signed tree.
    pub fn verify(
        self,
        expected_leaf: &[u8],
        log: &LogKey,
    ) -> Result<VerifiedReceipt, ReceiptError> {
        if self.log != log.id() {
            return Err(ReceiptError::OtherLog { expected: log.id(), got: self.log });
        }
        let checkpoint = self.checkpoint.clone().verify(log)?;
        let leaf_hash = leaf(&self.body);
        if self.body != expected_leaf {
            return Err(ReceiptError::OtherBody { expected: leaf(expected_leaf), got: leaf_hash });
        }
        inclusion::verify(
            self.index,
            checkpoint.size(),
            &leaf_hash,
            &self.path,
            &checkpoint.root(),
        )?;
        Ok(VerifiedReceipt { receipt: self, checkpoint, leaf_hash })
    }
}

impl VerifiedReceipt {
    /// The receipt, to keep or to show.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The checkpoint whose tree holds the entry.
    pub fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.checkpoint
    }

    /// Leaf hash of the entry.
    pub fn leaf_hash(&self) -> LeafHash {
        self.leaf_hash
    }

    /// Position in the tree.
    pub fn index(&self) -> u64 {
        self.receipt.index
    }
}
