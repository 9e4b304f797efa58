//! The only file that checks signatures: a thin layer over aws-lc-rs.

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ED25519,
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};

use crate::{KeyAlgorithm, Spki};

/// Whether the raw key is a valid one, such as a point on its curve.
pub(crate) fn check_key(algorithm: KeyAlgorithm, key: &[u8]) -> Result<(), ()> {
    ParsedPublicKey::new(scheme(algorithm), key).map(drop).map_err(|_| ())
}

/// A message that several signatures of one key are checked against: it is hashed once, so
/// that many signatures over a large payload cost no more than one.
pub(crate) struct Message<'a> {
    key: &'a Spki,
    bytes: &'a [u8],
    /// Absent for a key that signs the message itself.
    digest: Option<Digest>,
}

impl<'a> Message<'a> {
    pub(crate) fn new(key: &'a Spki, bytes: &'a [u8]) -> Message<'a> {
        let algorithm = key.algorithm();
        let digest = algorithm.signs_digest().then(|| digest::digest(hash(algorithm), bytes));
        Message { key, bytes, digest }
    }

    pub(crate) fn verify(&self, signature: &[u8]) -> Result<(), ()> {
        let key = UnparsedPublicKey::new(scheme(self.key.algorithm()), self.key.key());
        match &self.digest {
            Some(digest) => key.verify_digest(digest, signature),
            None => key.verify(self.bytes, signature),
        }
        .map_err(|_| ())
    }
}

/// Checks a signature over a digest that was computed elsewhere, as the log's server does.
pub(crate) fn verify_digest(key: &Spki, digest: &[u8], signature: &[u8]) -> Result<(), ()> {
    let digest = Digest::import_less_safe(digest, hash(key.algorithm())).map_err(|_| ())?;
    UnparsedPublicKey::new(scheme(key.algorithm()), key.key())
        .verify_digest(&digest, signature)
        .map_err(|_| ())
}

/// The message's digest by the key type's hash.
pub(crate) fn digest(algorithm: KeyAlgorithm, message: &[u8]) -> Vec<u8> {
    digest::digest(hash(algorithm), message).as_ref().to_vec()
}

fn scheme(algorithm: KeyAlgorithm) -> &'static dyn VerificationAlgorithm {
    match algorithm {
        KeyAlgorithm::EcdsaP256 => &ECDSA_P256_SHA256_ASN1,
        KeyAlgorithm::EcdsaP384 => &ECDSA_P384_SHA384_ASN1,
        KeyAlgorithm::EcdsaP521 => &ECDSA_P521_SHA512_ASN1,
        KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096 => {
            &RSA_PKCS1_2048_8192_SHA256
        }
        KeyAlgorithm::Ed25519 => &ED25519,
    }
}

fn hash(algorithm: KeyAlgorithm) -> &'static digest::Algorithm {
    match algorithm.hash_length() {
        32 => &digest::SHA256,
        48 => &digest::SHA384,
        _ => &digest::SHA512,
    }
}
