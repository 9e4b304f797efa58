//! The key types that are known, and how the log names them.

use std::fmt;

/// A key type, fixed to its one hash, as in Sigstore's algorithm registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// ECDSA on NIST P-256 with SHA-256.
    EcdsaP256,
    /// ECDSA on NIST P-384 with SHA-384.
    EcdsaP384,
    /// ECDSA on NIST P-521 with SHA-512.
    EcdsaP521,
    /// RSA PKCS #1 v1.5, 2048 bits, SHA-256.
    Rsa2048,
    /// RSA PKCS #1 v1.5, 3072 bits, SHA-256.
    Rsa3072,
    /// RSA PKCS #1 v1.5, 4096 bits, SHA-256.
    Rsa4096,
    /// Pure Ed25519. It signs the message itself, so a Rekor v2 log cannot take it.
    Ed25519,
}

impl KeyAlgorithm {
    /// Every key type, in the order of the enum.
    pub const ALL: [KeyAlgorithm; 7] = [
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
        KeyAlgorithm::EcdsaP521,
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::Rsa3072,
        KeyAlgorithm::Rsa4096,
        KeyAlgorithm::Ed25519,
    ];

    /// The name in Sigstore's `PublicKeyDetails`, as log entries carry it.
    #[must_use]
    pub fn key_details(self) -> &'static str {
        match self {
            KeyAlgorithm::EcdsaP256 => "PKIX_ECDSA_P256_SHA_256",
            KeyAlgorithm::EcdsaP384 => "PKIX_ECDSA_P384_SHA_384",
            KeyAlgorithm::EcdsaP521 => "PKIX_ECDSA_P521_SHA_512",
            KeyAlgorithm::Rsa2048 => "PKIX_RSA_PKCS1V15_2048_SHA256",
            KeyAlgorithm::Rsa3072 => "PKIX_RSA_PKCS1V15_3072_SHA256",
            KeyAlgorithm::Rsa4096 => "PKIX_RSA_PKCS1V15_4096_SHA256",
            KeyAlgorithm::Ed25519 => "PKIX_ED25519",
        }
    }

    /// Reads [`key_details`](Self::key_details) back; `None` for a type that is not known here.
    #[must_use]
    pub fn from_key_details(name: &str) -> Option<KeyAlgorithm> {
        KeyAlgorithm::ALL.into_iter().find(|a| a.key_details() == name)
    }

    /// The hash in Sigstore's `HashAlgorithm`: `SHA2_256`, `SHA2_384` or `SHA2_512`. For pure
    /// Ed25519 it is the hash inside the scheme; there is no digest to sign.
    #[must_use]
    pub fn hash_name(self) -> &'static str {
        match self {
            KeyAlgorithm::EcdsaP256
            | KeyAlgorithm::Rsa2048
            | KeyAlgorithm::Rsa3072
            | KeyAlgorithm::Rsa4096 => "SHA2_256",
            KeyAlgorithm::EcdsaP384 => "SHA2_384",
            KeyAlgorithm::EcdsaP521 | KeyAlgorithm::Ed25519 => "SHA2_512",
        }
    }

    /// Length of that hash in bytes.
    #[must_use]
    pub fn hash_length(self) -> usize {
        match self.hash_name() {
            "SHA2_256" => 32,
            "SHA2_384" => 48,
            _ => 64,
        }
    }

    /// Whether the key signs a digest, which is what a Rekor v2 log can check.
    #[must_use]
    pub fn signs_digest(self) -> bool {
        self != KeyAlgorithm::Ed25519
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key_details())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        for a in KeyAlgorithm::ALL {
            assert_eq!(KeyAlgorithm::from_key_details(a.key_details()), Some(a));
            assert!([32, 48, 64].contains(&a.hash_length()));
        }
        assert_eq!(KeyAlgorithm::from_key_details("PKIX_ED25519_PH"), None);
    }
}
