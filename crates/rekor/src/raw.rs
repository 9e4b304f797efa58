//! An answer as it came, kept so that its meaning can be worked out again years later.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::wire::protojson::bytes64;

/// The parts of an HTTP answer that decide its meaning.
///
/// ```
/// use rekindle_rekor::RawAnswer;
///
/// let raw = RawAnswer { status: 503, log_index: None, retry_after: Some("5".into()), body: "busy".into() };
/// assert_eq!(RawAnswer::from_bytes(&raw.to_bytes())?, raw);
/// # Ok::<(), rekindle_rekor::RawAnswerError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RawAnswer {
    /// HTTP status.
    pub status: u16,
    /// Header `x-log-index`, as sent.
    pub log_index: Option<String>,
    /// Header `retry-after`, as sent.
    pub retry_after: Option<String>,
    /// Body, after any content coding was undone.
    #[serde(with = "bytes64")]
    pub body: Bytes,
}

/// Stored bytes that are not an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the stored bytes are not a log's answer: {why}; the stored input is damaged, restore it from a backup"
)]
pub struct RawAnswerError {
    why: String,
}

impl RawAnswerError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        "raw_answer_malformed"
    }
}

impl RawAnswer {
    /// One line of JSON, the same bytes for the same answer.
    pub fn to_bytes(&self) -> Bytes {
        // Numbers and strings only: nothing here can fail to serialize.
        Bytes::from(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads exactly what [`RawAnswer::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RawAnswerError> {
        let raw: Self =
            serde_json::from_slice(bytes).map_err(|e| RawAnswerError { why: e.to_string() })?;
        if raw.to_bytes() == bytes {
            Ok(raw)
        } else {
            Err(RawAnswerError { why: "another spelling".to_owned() })
        }
    }
}
