//! Signing notes, for logs in a box and for tests. Keys come in from outside; none is made here.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::key::{KeyError, LogKey};
use crate::note::{Note, NoteSignature};
use crate::origin::Origin;
use crate::signature::{ed25519_spki, p256_spki};

/// Someone who signs notes.
pub trait NoteSigner {
    /// Name on the signature line.
    fn name(&self) -> &str;
    /// Four bytes in front of the signature.
    fn key_id(&self) -> [u8; 4];
    /// Signature over the note text. An empty one means that signing failed; no parser takes it.
    fn sign(&self, text: &[u8]) -> Vec<u8>;
}

/// A private key that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// Not a PKCS#8 key of the kind asked for.
    #[error(
        "the signing key of `{origin}` is not a PKCS#8 {kind} key: {why}; make a new one in DER form"
    )]
    BadKey {
        /// The log the key was given for.
        origin: Origin,
        /// The kind that was expected.
        kind: &'static str,
        /// What the crypto library says.
        why: String,
    },
    /// The public half is not usable.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl SignerError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadKey { .. } => "signing_key_unusable",
            Self::Key(inner) => inner.code(),
        }
    }
}

/// Signs with Ed25519; the same text always gives the same signature.
#[derive(Debug)]
pub struct Ed25519Signer {
    pair: Ed25519KeyPair,
    key: LogKey,
}

impl Ed25519Signer {
    /// From the 32 secret bytes.
    pub fn from_seed(origin: Origin, seed: &[u8; 32]) -> Result<Ed25519Signer, SignerError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed);
        Self::new(origin, pair)
    }

    /// From PKCS#8 DER, version 1 or 2.
    pub fn from_pkcs8(origin: Origin, der: &[u8]) -> Result<Ed25519Signer, SignerError> {
        Self::new(origin, Ed25519KeyPair::from_pkcs8_maybe_unchecked(der))
    }

    /// The DER public key.
    pub fn public_spki(&self) -> Vec<u8> {
        self.key.spki().to_vec()
    }

    /// The key that checks what this one signs.
    pub fn log_key(&self) -> &LogKey {
        &self.key
    }

    fn new(
        origin: Origin,
        pair: Result<Ed25519KeyPair, aws_lc_rs::error::KeyRejected>,
    ) -> Result<Ed25519Signer, SignerError> {
        let pair = match pair {
            Ok(pair) => pair,
            Err(e) => {
                return Err(SignerError::BadKey { origin, kind: "Ed25519", why: e.to_string() });
            }
        };
        let key = LogKey::new(origin, &ed25519_spki(pair.public_key().as_ref()))?;
        Ok(Ed25519Signer { pair, key })
    }
}

impl NoteSigner for Ed25519Signer {
    fn name(&self) -> &str {
        self.key.origin().key_name()
    }

    fn key_id(&self) -> [u8; 4] {
        self.key.key_id()
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.pair.try_sign(text).map(|s| s.as_ref().to_vec()).unwrap_or_default()
    }
}

/// Signs with ECDSA P-256 over SHA-256; each signature differs, as ECDSA needs a random number.
#[derive(Debug)]
pub struct EcdsaP256Signer {
    pair: EcdsaKeyPair,
    key: LogKey,
}

impl EcdsaP256Signer {
    /// From PKCS#8 DER.
    pub fn from_pkcs8(origin: Origin, der: &[u8]) -> Result<EcdsaP256Signer, SignerError> {
        let pair = match EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der) {
            Ok(pair) => pair,
            Err(e) => {
                return Err(SignerError::BadKey {
                    origin,
                    kind: "ECDSA P-256",
                    why: e.to_string(),
                });
            }
        };
        let key = LogKey::new(origin, &p256_spki(pair.public_key().as_ref()))?;
        Ok(EcdsaP256Signer { pair, key })
    }

    /// The DER public key.
    pub fn public_spki(&self) -> Vec<u8> {
        self.key.spki().to_vec()
    }

    /// The key that checks what this one signs.
    pub fn log_key(&self) -> &LogKey {
        &self.key
    }
}

impl NoteSigner for EcdsaP256Signer {
    fn name(&self) -> &str {
        self.key.origin().key_name()
    }

    fn key_id(&self) -> [u8; 4] {
        self.key.key_id()
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.pair.sign(&SystemRandom::new(), text).map(|s| s.as_ref().to_vec()).unwrap_or_default()
    }
}

/// Signs a text, which ends in a line feed, with every signer in turn.
pub fn sign_note(text: &str, signers: &[&dyn NoteSigner]) -> Note {
    let line = |s: &&dyn NoteSigner| NoteSignature {
        name: s.name().into(),
        key_id: s.key_id(),
        sig: s.sign(text.as_bytes()),
    };
    Note { text: text.into(), signatures: signers.iter().map(line).collect() }
}

/// Signs a checkpoint with one key.
pub fn sign_checkpoint(checkpoint: &Checkpoint, signer: &dyn NoteSigner) -> SignedCheckpoint {
    SignedCheckpoint::new(sign_note(&checkpoint.print(), &[signer]).print().into())
}
