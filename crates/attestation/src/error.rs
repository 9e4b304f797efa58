//! Why an attestation is refused, with a stable code for each reason.

use crate::json::JsonError;

/// Why bytes are not an attestation that can be taken in. [`code`](Self::code) is stable and
/// fit for an API answer; the message says what failed, with which value, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttestationError {
    /// The text is not strict JSON; the code is the one of [`JsonError`].
    #[error(transparent)]
    Json(#[from] JsonError),
    /// More bytes than the limits allow.
    #[error(
        "{what} has {size} bytes, more than the limit of {limit}; raise the document limit or hand in a smaller document"
    )]
    DocumentTooLarge {
        /// What is too large, such as "payload".
        what: &'static str,
        /// Its size in bytes; for base64 text an upper bound of the decoded size.
        size: usize,
        /// Most bytes allowed.
        limit: usize,
    },
    /// A field is not padded base64 of the standard or URL-safe alphabet.
    #[error(
        "field `{field}` is not base64 ({reason}); use the padded standard alphabet without white space"
    )]
    BadBase64 {
        /// The field's path, such as `signatures[0].sig`.
        field: Box<str>,
        /// What the decoder says.
        reason: Box<str>,
    },
    /// The envelope's list of signatures is empty or missing.
    #[error("the envelope has no signatures; sign it before it is handed in")]
    NoSignatures,
    /// More signatures than can be taken in, or than a log entry can hold.
    #[error("{found} signatures, {allowed} allowed {why}; hand in one envelope for each signature")]
    TooManySignatures {
        /// How many there are.
        found: usize,
        /// How many are allowed.
        allowed: usize,
        /// Where the bound comes from, such as "in a hashedrekord 0.0.2 entry".
        why: &'static str,
    },
    /// A signature does not verify with the given key.
    #[error(
        "{which} does not verify with the given {algorithm} key; check that key and signed bytes belong together"
    )]
    SignatureInvalid {
        /// Which signature, such as "signature 0 of the envelope".
        which: Box<str>,
        /// The key's algorithm, as in Sigstore's `keyDetails`.
        algorithm: &'static str,
    },
    /// A readable key of a kind or size that cannot be used here.
    #[error("key type {found} is not supported {why}; use {instead}")]
    KeyTypeUnsupported {
        /// The key type or size that was found.
        found: Box<str>,
        /// Where it is not supported.
        why: &'static str,
        /// What is supported.
        instead: &'static str,
    },
    /// The bytes are not a public key.
    #[error(
        "the public key cannot be read: {reason}; give a PEM `PUBLIC KEY` or its DER SubjectPublicKeyInfo"
    )]
    KeyUnreadable {
        /// What is wrong with it.
        reason: Box<str>,
    },
    /// The bytes are not an X.509 certificate.
    #[error("the certificate cannot be read: {reason}; give a PEM `CERTIFICATE` or its DER")]
    CertificateUnreadable {
        /// What is wrong with it.
        reason: Box<str>,
    },
    /// JSON, but not a DSSE envelope.
    #[error("not a DSSE envelope: {reason}; it needs `payload`, `payloadType` and `signatures`")]
    EnvelopeMalformed {
        /// What is wrong with it.
        reason: Box<str>,
    },
    /// JSON, but not a Sigstore bundle that holds a DSSE envelope.
    #[error(
        "not a usable Sigstore bundle: {reason}; versions 0.1 to 0.3 with a `dsseEnvelope` are read"
    )]
    BundleMalformed {
        /// What is wrong with it.
        reason: Box<str>,
    },
    /// The bytes are not the canonical leaf of a hashedrekord 0.0.2 entry.
    #[error(
        "not a canonical hashedrekord 0.0.2 leaf: {reason}; compare it with the bytes the log serves"
    )]
    LeafMalformed {
        /// What is wrong with it.
        reason: Box<str>,
    },
    /// The bytes are not a Rekor v2 create request.
    #[error("not a hashedrekord 0.0.2 request: {reason}; see Rekor v2's CreateEntryRequest")]
    RequestMalformed {
        /// What is wrong with it.
        reason: Box<str>,
    },
    /// The canonical leaf does not fit into an entry bundle.
    #[error(
        "the log entry would have {size} bytes, a log takes {limit}; use a smaller certificate or a plain key"
    )]
    EntryTooLarge {
        /// Size of the canonical leaf in bytes.
        size: usize,
        /// Most bytes of a leaf.
        limit: usize,
    },
}

impl AttestationError {
    /// The stable code in `snake_case`, for answers, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            AttestationError::Json(e) => e.code(),
            AttestationError::DocumentTooLarge { .. } => "document_too_large",
            AttestationError::BadBase64 { .. } => "bad_base64",
            AttestationError::NoSignatures => "no_signatures",
            AttestationError::TooManySignatures { .. } => "too_many_signatures",
            AttestationError::SignatureInvalid { .. } => "signature_invalid",
            AttestationError::KeyTypeUnsupported { .. } => "key_type_unsupported",
            AttestationError::KeyUnreadable { .. } => "key_unreadable",
            AttestationError::CertificateUnreadable { .. } => "certificate_unreadable",
            AttestationError::EnvelopeMalformed { .. } => "envelope_malformed",
            AttestationError::BundleMalformed { .. } => "bundle_malformed",
            AttestationError::LeafMalformed { .. } => "leaf_malformed",
            AttestationError::RequestMalformed { .. } => "request_malformed",
            AttestationError::EntryTooLarge { .. } => "entry_too_large",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_stable_and_messages_name_the_value() {
        let e = AttestationError::TooManySignatures { found: 2, allowed: 1, why: "here" };
        assert_eq!(e.code(), "too_many_signatures");
        assert!(e.to_string().starts_with("2 signatures, 1 allowed here"));
        assert_eq!(AttestationError::NoSignatures.code(), "no_signatures");
    }
}
