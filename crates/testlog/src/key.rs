//! The log's signing key, made once and kept in the folder.

use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rekindle_proof::signer::{EcdsaP256Signer, Ed25519Signer, NoteSigner};
use rekindle_proof::{LogKey, Origin};
use sha2::{Digest as _, Sha256};

use crate::disk;
use crate::options::{KeyKind, TestLogError};

/// Signer of either kind.
#[derive(Debug)]
pub(crate) enum Signer {
    Ed25519(Ed25519Signer),
    EcdsaP256(EcdsaP256Signer),
}

impl Signer {
    /// The key in `dir/.state/key`, or a new one that is then kept there.
    pub(crate) fn open(
        dir: &Path,
        origin: Origin,
        kind: KeyKind,
        seed: u64,
    ) -> Result<Self, TestLogError> {
        let path = dir.join(".state/key");
        let unusable = |why| TestLogError::StoredKey { path: path.clone(), why };
        let stored = disk::read(&path)?.map(|b| String::from_utf8_lossy(&b).trim().to_owned());
        let (prefix, secret) = match &stored {
            Some(text) => {
                let (prefix, secret) =
                    text.split_once(' ').ok_or_else(|| unusable("it has no kind"))?;
                (prefix.to_owned(), hex::decode(secret).map_err(|_| unusable("it is not in hex"))?)
            }
            None => (
                name(kind).to_owned(),
                new_secret(kind, seed).ok_or_else(|| unusable("none can be made"))?,
            ),
        };
        if prefix != name(kind) {
            return Err(unusable("it is of another kind"));
        }
        if stored.is_none() {
            disk::write(dir, &path, format!("{prefix} {}\n", hex::encode(&secret)).as_bytes())?;
        }
        Ok(match kind {
            KeyKind::Ed25519 => {
                let seed =
                    secret.as_slice().try_into().map_err(|_| unusable("it has not 32 bytes"))?;
                Self::Ed25519(Ed25519Signer::from_seed(origin, seed)?)
            }
            KeyKind::EcdsaP256 => Self::EcdsaP256(EcdsaP256Signer::from_pkcs8(origin, &secret)?),
        })
    }

    pub(crate) fn note_signer(&self) -> &dyn NoteSigner {
        match self {
            Self::Ed25519(signer) => signer,
            Self::EcdsaP256(signer) => signer,
        }
    }

    pub(crate) fn log_key(&self) -> &LogKey {
        match self {
            Self::Ed25519(signer) => signer.log_key(),
            Self::EcdsaP256(signer) => signer.log_key(),
        }
    }
}

/// The public key in PEM, lines of 64 columns.
pub(crate) fn pem(key: &LogKey) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new("PUBLIC KEY", key.spki().to_vec()), config)
}

fn name(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Ed25519 => "ed25519",
        KeyKind::EcdsaP256 => "ecdsa-p256",
    }
}

/// 32 bytes out of the seed, or a PKCS#8 document.
fn new_secret(kind: KeyKind, seed: u64) -> Option<Vec<u8>> {
    match kind {
        KeyKind::Ed25519 => {
            let hash = Sha256::new()
                .chain_update(b"rekindle/testlog/key/v1")
                .chain_update(seed.to_be_bytes());
            Some(hash.finalize().to_vec())
        }
        KeyKind::EcdsaP256 => {
            let made =
                EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new());
            made.ok().map(|document| document.as_ref().to_vec())
        }
    }
}
