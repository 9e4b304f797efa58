//! The one hash of every log here: SHA-256 with the RFC 6962 domain bytes.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// 32 bytes of SHA-256: a leaf hash, an inner node or a root.
///
/// Text form is 64 lower-case hex digits; checkpoints use base64, see [`Hash::to_base64`].
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

/// The root of a whole tree.
pub type RootHash = Hash;

/// The hash of one leaf, `SHA-256(0x00 || entry bytes)`.
pub type LeafHash = Hash;

/// A text that is not a hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// The text is not 64 hex digits.
    #[error("`{text}` is not a hash: expected 64 hex digits; check that the value is complete")]
    NotHex {
        /// What was given, cut to a printable length.
        text: String,
    },
    /// The text is not the padded standard base64 of 32 bytes.
    #[error(
        "`{text}` is not a hash: expected padded standard base64 of 32 bytes; check that the value is complete"
    )]
    NotBase64 {
        /// What was given, cut to a printable length.
        text: String,
    },
}

impl HashError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotHex { .. } => "hash_not_hex",
            Self::NotBase64 { .. } => "hash_not_base64",
        }
    }
}

/// The leaf hash of an entry: `SHA-256(0x00 || data)`.
pub fn leaf(data: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0x00]).chain_update(data).finalize().into())
}

/// The hash of an inner node: `SHA-256(0x01 || left || right)`.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    Hash(
        Sha256::new()
            .chain_update([0x01])
            .chain_update(left.0)
            .chain_update(right.0)
            .finalize()
            .into(),
    )
}

/// The root of the tree without leaves: `SHA-256("")`.
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

impl Hash {
    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Padded standard base64, as checkpoints and JSON of Rekor v2 write it.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Reads padded standard base64 of exactly 32 bytes.
    pub fn from_base64(text: &str) -> Result<Hash, HashError> {
        let bytes = STANDARD.decode(text).ok().and_then(|b| <[u8; 32]>::try_from(b).ok());
        bytes.map(Hash).ok_or_else(|| HashError::NotBase64 { text: shorten(text) })
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for Hash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Hash, HashError> {
        let mut bytes = [0; 32];
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) => Ok(Hash(bytes)),
            Err(_) => Err(HashError::NotHex { text: shorten(text) }),
        }
    }
}

impl AsRef<[u8]> for Hash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Foreign text goes into messages only so far that one line stays one line.
pub(crate) fn shorten(text: &str) -> String {
    const SHOWN: usize = 96;
    let shown: String = text.chars().take(SHOWN).flat_map(char::escape_default).collect();
    if text.chars().nth(SHOWN).is_some() { format!("{shown}...") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_round_trip() {
        let hash = leaf(b"x");
        assert_eq!(hash.to_string().parse::<Hash>().unwrap(), hash);
        assert_eq!(Hash::from_base64(&hash.to_base64()).unwrap(), hash);
        assert_eq!(format!("{hash:?}"), hash.to_string());
    }

    #[test]
    fn known_values() {
        assert_eq!(empty_root().to_base64(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(
            leaf(b"").to_string(),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
    }

    #[test]
    fn bad_text_is_refused_with_its_code() {
        assert_eq!("00".parse::<Hash>().unwrap_err().code(), "hash_not_hex");
        assert_eq!(Hash::from_base64("AAAA").unwrap_err().code(), "hash_not_base64");
        let unpadded = empty_root().to_base64().trim_end_matches('=').to_owned();
        assert!(Hash::from_base64(&unpadded).is_err());
        let long = "\n".repeat(500).parse::<Hash>().unwrap_err().to_string();
        assert!(!long.contains('\n') && long.len() < 400);
    }
}
