//! The id of an attestation and the one domain-separated hash behind it.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// Domain tag of [`AttestationId`]; a change of what is hashed needs another version.
const TAG: &str = "rekindle/attestation/v1";
/// Prefix of the text form.
const PREFIX: &str = "att-";

/// H(tag, parts) = SHA-256(tag || for each part its length as u64 big-endian || its bytes).
#[must_use]
pub fn hash_parts(tag: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(tag.as_bytes());
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The name of an attestation: a hash over what was signed, the sorted signatures and the
/// verifier's DER. White space in the JSON, key ids and the order of signatures do not count.
///
/// Text form: `att-` and 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttestationId([u8; 32]);

impl AttestationId {
    /// The 32 bytes of the hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Takes back 32 bytes that [`as_bytes`](Self::as_bytes) gave, such as from a store.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> AttestationId {
        AttestationId(bytes)
    }

    /// `signed` is the PAE (or the message digest), `signatures` the raw signatures in any order.
    pub(crate) fn compute(signed: &[u8], signatures: &[&[u8]], verifier: &[u8]) -> AttestationId {
        let mut sorted = signatures.to_vec();
        sorted.sort_unstable();
        let mut joined = Vec::new();
        for signature in sorted {
            joined.extend_from_slice(&(signature.len() as u64).to_be_bytes());
            joined.extend_from_slice(signature);
        }
        AttestationId(hash_parts(TAG, &[signed, &joined, verifier]))
    }
}

impl fmt::Display for AttestationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", hex::encode(self.0))
    }
}

impl fmt::Debug for AttestationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not `att-` and 64 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an attestation id: expected `att-` and 64 lower-case hex digits")]
pub struct ParseIdError;

impl ParseIdError {
    /// The stable code: `attestation_id_malformed`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "attestation_id_malformed"
    }
}

impl FromStr for AttestationId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<AttestationId, ParseIdError> {
        let digits = text.strip_prefix(PREFIX).ok_or(ParseIdError)?;
        if digits.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(ParseIdError);
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| ParseIdError)?;
        Ok(AttestationId(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_is_strict() {
        let id = AttestationId::compute(b"pae", &[b"b", b"a"], b"der");
        assert_eq!(id, AttestationId::compute(b"pae", &[b"a", b"b"], b"der"));
        assert_ne!(id, AttestationId::compute(b"pae", &[b"ab"], b"der"));
        let text = id.to_string();
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(text.len(), 68);
        for bad in ["", "att-", &text[1..], &text[..67], &text.to_uppercase()] {
            assert_eq!(
                bad.parse::<AttestationId>().unwrap_err().code(),
                "attestation_id_malformed"
            );
        }
        assert!(
            format!("att-{}", hex::encode_upper(id.as_bytes())).parse::<AttestationId>().is_err()
        );
    }

    #[test]
    fn hash_parts_separates_lengths() {
        assert_ne!(hash_parts("t", &[b"ab", b"c"]), hash_parts("t", &[b"a", b"bc"]));
        // SHA-256("t" || 0000000000000001 || "x"), computed with another tool.
        let mut plain = Sha256::new();
        plain.update(b"t\0\0\0\0\0\0\0\x01x");
        let expected: [u8; 32] = plain.finalize().into();
        assert_eq!(hash_parts("t", &[b"x"]), expected);
    }
}
