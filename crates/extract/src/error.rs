//! Why a document gives no hints at all.

use rekindle_attestation::json::JsonError;

/// A document that was refused as a whole. What is merely odd inside of a readable document is no error; it lowers
/// the coverage.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// More bytes than the limit.
    #[error(
        "the {what} has {size} bytes, the limit is {limit}; raise the limit or split the document"
    )]
    TooLarge {
        /// Which layer: the document or the payload inside.
        what: &'static str,
        /// Its size in bytes; for base64 the size it would decode to.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Not the strict JSON that is read: syntax, duplicate keys, nesting, encoding.
    #[error("the {what} is not usable JSON: {source}; ask its producer for a valid document")]
    NotJson {
        /// Which layer: the document, the payload inside, or a line.
        what: &'static str,
        /// What is wrong, and where.
        source: JsonError,
    },
    /// The payload of an envelope is not base64.
    #[error(
        "the `payload` of the envelope is not base64; it must hold the signed bytes in standard base64"
    )]
    NotBase64,
}

impl ExtractError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "document_too_large",
            Self::NotJson { .. } => "document_not_json",
            Self::NotBase64 => "bad_base64",
        }
    }
}
