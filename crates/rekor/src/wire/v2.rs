//! What a Rekor v2 log answers: `TransparencyLogEntry` and the error body.
//!
//! Source: the published `sigstore_rekor.proto` in its protobuf JSON form.

use bytes::Bytes;
use rekindle_proof::{Hash, LogId, Receipt, SignedCheckpoint};
use serde::{Deserialize, Serialize};

use super::protojson::{bytes64, hashes64, int64, or_default};

/// Header of a 409 answer with the index of the entry that is already there.
pub const X_LOG_INDEX: &str = "x-log-index";

/// Path of the call that takes a new entry, below the write URL.
pub const ENTRIES_PATH: &str = "/api/v2/log/entries";

/// An entry as the log describes it. Nothing in it is verified.
///
/// Fields that are zero or empty may be absent when read; all are present when written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TransparencyLogEntry {
    /// Position in the log.
    #[serde(with = "int64", alias = "log_index")]
    pub log_index: u64,
    /// The log's full key hash.
    #[serde(deserialize_with = "or_default", alias = "log_id")]
    pub log_id: KeyId,
    /// Kind and version of the body.
    #[serde(deserialize_with = "or_default", alias = "kind_version")]
    pub kind_version: KindVersion,
    /// Seconds since 1970; always 0 in v2, whose time comes from elsewhere.
    #[serde(with = "int64", alias = "integrated_time")]
    pub integrated_time: i64,
    /// The signed promise of a v1 log; `None` in v2.
    #[serde(alias = "inclusion_promise")]
    pub inclusion_promise: Option<InclusionPromise>,
    /// Path and checkpoint.
    #[serde(alias = "inclusion_proof")]
    pub inclusion_proof: Option<InclusionProof>,
    /// The leaf's bytes.
    #[serde(with = "bytes64", alias = "canonicalized_body")]
    pub canonicalized_body: Bytes,
}

/// The hash that names a log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KeyId {
    /// 32 bytes.
    #[serde(with = "bytes64", alias = "key_id")]
    pub key_id: Bytes,
}

/// Kind and version of an entry body, such as `hashedrekord` and `0.0.2`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KindVersion {
    /// Kind.
    pub kind: String,
    /// Version.
    pub version: String,
}

/// The signed promise of a v1 log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InclusionPromise {
    /// Signature bytes.
    #[serde(with = "bytes64", alias = "signed_entry_timestamp")]
    pub signed_entry_timestamp: Bytes,
}

/// An inclusion path with the checkpoint that it leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InclusionProof {
    /// Position in the log; must equal the outer one.
    #[serde(with = "int64", alias = "log_index")]
    pub log_index: u64,
    /// Unsigned hint of the root: 32 bytes, or absent.
    #[serde(with = "bytes64", alias = "root_hash")]
    pub root_hash: Bytes,
    /// Unsigned hint of the tree size, or 0.
    #[serde(with = "int64", alias = "tree_size")]
    pub tree_size: u64,
    /// The path, leaf to root.
    #[serde(with = "hashes64")]
    pub hashes: Vec<Hash>,
    /// The signed note.
    #[serde(deserialize_with = "or_default")]
    pub checkpoint: Envelope,
}

/// A checkpoint's note.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Envelope {
    /// Text and signature lines.
    pub envelope: String,
}

/// Why an answer is not an entry with a receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// Not JSON, or a field of another form.
    #[error("not a log entry in JSON: {why}; check that the address is a Rekor v2 log")]
    NotAnEntry {
        /// What the reader says.
        why: String,
    },
    /// There is no proof in it.
    #[error(
        "the entry has no inclusion proof with a checkpoint, so it proves nothing; ask the log again"
    )]
    NoProof,
    /// A part is missing or of another length.
    #[error("the entry's field {field} {why}; do not trust this answer")]
    Field {
        /// JSON name.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// Two parts of one answer contradict each other.
    #[error(
        "the entry says {field} {outer} in one place and {inner} in another; do not trust this answer"
    )]
    Contradiction {
        /// What differs: `logIndex`, `treeSize`, `rootHash`.
        field: &'static str,
        /// The unsigned value, or the outer one.
        outer: String,
        /// The value in the checkpoint, or the inner one.
        inner: String,
    },
}

impl WireError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAnEntry { .. } => "answer_not_an_entry",
            Self::NoProof => "answer_without_proof",
            Self::Field { .. } => "answer_field",
            Self::Contradiction { .. } => "answer_contradicts_itself",
        }
    }
}

impl TransparencyLogEntry {
    /// Reads the protobuf JSON form. Unknown fields are ignored: newer logs may add some.
    pub fn parse(json: &[u8]) -> Result<Self, WireError> {
        serde_json::from_slice(json).map_err(|e| WireError::NotAnEntry { why: e.to_string() })
    }

    /// Writes a receipt in the log's own form. `kind` is kind and version of the body.
    ///
    /// Root and size are copied out of the checkpoint; where that cannot be read, they stay empty.
    pub fn from_receipt(receipt: &Receipt, kind: (&str, &str)) -> Self {
        let head = receipt.checkpoint.claim().ok();
        let proof = InclusionProof {
            log_index: receipt.index,
            root_hash: head
                .as_ref()
                .map(|c| Bytes::copy_from_slice(c.root.as_bytes()))
                .unwrap_or_default(),
            tree_size: head.map_or(0, |c| c.size),
            hashes: receipt.path.clone(),
            checkpoint: Envelope {
                envelope: String::from_utf8_lossy(receipt.checkpoint.note()).into_owned(),
            },
        };
        Self {
            log_index: receipt.index,
            log_id: KeyId { key_id: Bytes::copy_from_slice(receipt.log.as_bytes()) },
            kind_version: KindVersion { kind: kind.0.to_owned(), version: kind.1.to_owned() },
            integrated_time: 0,
            inclusion_promise: None,
            inclusion_proof: Some(proof),
            canonicalized_body: receipt.body.clone(),
        }
    }

    /// Turns the entry into an unverified receipt. Values that the log says twice must agree.
    pub fn into_receipt(self) -> Result<Receipt, WireError> {
        let proof = self.inclusion_proof.ok_or(WireError::NoProof)?;
        if proof.checkpoint.envelope.is_empty() {
            return Err(WireError::NoProof);
        }
        let differ = |field, outer: String, inner: String| {
            if outer == inner {
                Ok(())
            } else {
                Err(WireError::Contradiction { field, outer, inner })
            }
        };
        differ("logIndex", self.log_index.to_string(), proof.log_index.to_string())?;
        if self.canonicalized_body.is_empty() {
            return Err(WireError::Field {
                field: "canonicalizedBody",
                why: "is empty".to_owned(),
            });
        }
        let id: [u8; 32] =
            self.log_id.key_id.as_ref().try_into().map_err(|_| WireError::Field {
                field: "logId.keyId",
                why: format!("has {} bytes, not 32", self.log_id.key_id.len()),
            })?;
        let checkpoint = SignedCheckpoint::new(Bytes::from(proof.checkpoint.envelope));
        let head = checkpoint.claim().map_err(|e| WireError::Field {
            field: "checkpoint",
            why: format!("cannot be read: {e}"),
        })?;
        if proof.tree_size != 0 {
            differ("treeSize", proof.tree_size.to_string(), head.size.to_string())?;
        }
        if !proof.root_hash.is_empty() {
            differ("rootHash", bytes64::encode(&proof.root_hash), head.root.to_base64())?;
        }
        Ok(Receipt {
            log: LogId::new(id),
            body: self.canonicalized_body,
            index: self.log_index,
            path: proof.hashes,
            checkpoint,
        })
    }

    /// The JSON form, on one line, always the same bytes for the same entry.
    pub fn to_json(&self) -> Vec<u8> {
        // Strings, numbers and lists only: nothing here can fail to serialize.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// The error form of the log's HTTP gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// gRPC status code, such as 3 for an invalid argument.
    pub code: i64,
    /// What the log says.
    pub message: String,
    /// Always empty so far.
    #[serde(default)]
    pub details: Vec<serde_json::Value>,
}

impl ErrorBody {
    /// Reads the form; `None` if it is another one, such as a proxy's page.
    pub fn parse(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// An error without details.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new() }
    }

    /// The JSON form.
    pub fn to_json(&self) -> Vec<u8> {
        // As in `TransparencyLogEntry::to_json`.
        serde_json::to_vec(self).unwrap_or_default()
    }
}
