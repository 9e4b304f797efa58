//! The public key of a log, the ids that follow from it, and its text form.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::ParsedPublicKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use crate::hash::{Hash, shorten};
use crate::note::NoteSignature;
use crate::origin::Origin;
use crate::signature::{Kind, ed25519_raw, ed25519_spki, parse_spki};

/// Signature type of Ed25519 in C2SP signed-note.
const TYPE_ED25519: u8 = 0x01;

/// Signature type of ECDSA in C2SP signed-note.
const TYPE_ECDSA: u8 = 0x02;

/// Signature type of everything without a number of its own.
const TYPE_OTHER: u8 = 0xff;

/// What Rekor v2 writes behind [`TYPE_OTHER`] for RSA.
const RSA_LABEL: &[u8] = b"PKIX-RSA-PKCS#1v1.5";

/// The identity of a log: the 32 bytes whose first four are its key id in signed notes.
///
/// Text form is 64 lower-case hex digits.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId([u8; 32]);

impl LogId {
    /// From the 32 bytes that a log or a trusted root names.
    pub fn new(bytes: [u8; 32]) -> LogId {
        LogId(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for LogId {
    type Err = crate::hash::HashError;

    fn from_str(text: &str) -> Result<LogId, Self::Err> {
        text.parse::<Hash>().map(|hash| LogId(hash.0))
    }
}

/// A key that cannot be used to check a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not a DER public key of a kind that logs use.
    #[error(
        "the {length} key bytes of `{origin}` are no usable public key: expected DER of Ed25519, ECDSA P-256 or P-384 (uncompressed), or RSA from 2048 bits; export the log's key again"
    )]
    Unsupported {
        /// The log the key was given for.
        origin: Origin,
        /// Bytes that were given.
        length: usize,
    },
    /// Not PEM, or PEM of something else.
    #[error(
        "the key of `{origin}` is not a PEM public key: {why}; expected one block `BEGIN PUBLIC KEY`"
    )]
    NotPem {
        /// The log the key was given for.
        origin: Origin,
        /// What is wrong with it.
        why: String,
    },
    /// Not a verifier key text, or one whose id does not belong to the key.
    #[error("`{text}` is not a verifier key: {why}; expected name+8 hex digits+base64")]
    NotVkey {
        /// What was given, cut to a printable length.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl KeyError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unsupported { .. } => "log_key_unsupported",
            Self::NotPem { .. } => "log_key_not_pem",
            Self::NotVkey { .. } => "log_key_not_vkey",
        }
    }
}

/// The public key of one log, with the origin whose checkpoints it signs.
#[derive(Clone)]
pub struct LogKey {
    origin: Origin,
    spki: Bytes,
    kind: Kind,
    id: LogId,
    parsed: ParsedPublicKey,
}

impl LogKey {
    /// From a DER SubjectPublicKeyInfo, recognised strictly.
    pub fn new(origin: Origin, spki_der: &[u8]) -> Result<LogKey, KeyError> {
        let Some((kind, parsed)) = parse_spki(spki_der) else {
            return Err(KeyError::Unsupported { origin, length: spki_der.len() });
        };
        let name = origin.key_name().as_bytes();
        let id = match kind {
            // Rekor v1 names every key by the hash of its SPKI.
            _ if origin.tree_id().is_some() => Sha256::digest(spki_der),
            Kind::EcdsaP256 | Kind::EcdsaP384 => Sha256::digest(spki_der),
            Kind::Ed25519 => {
                Sha256::digest([name, &[b'\n', TYPE_ED25519], ed25519_raw(spki_der)].concat())
            }
            Kind::Rsa => Sha256::digest([name, &[b'\n', TYPE_OTHER], RSA_LABEL, spki_der].concat()),
        };
        let spki = Bytes::copy_from_slice(spki_der);
        Ok(LogKey { origin, spki, kind, id: LogId(id.into()), parsed })
    }

    /// From PEM with exactly one `PUBLIC KEY` block.
    pub fn from_pem(origin: Origin, pem: &[u8]) -> Result<LogKey, KeyError> {
        let blocks = match pem::parse_many(pem) {
            Ok(blocks) => blocks,
            Err(e) => return Err(KeyError::NotPem { origin, why: e.to_string() }),
        };
        match blocks.as_slice() {
            [block] if block.tag() == "PUBLIC KEY" => LogKey::new(origin, block.contents()),
            [block] => {
                let why = format!("it holds `{}`", shorten(block.tag()));
                Err(KeyError::NotPem { origin, why })
            }
            blocks => {
                let why = format!("it holds {} blocks", blocks.len());
                Err(KeyError::NotPem { origin, why })
            }
        }
    }

    /// From the C2SP text form `name+id+key` of an Ed25519 or ECDSA key; the name is the origin.
    pub fn from_vkey(text: &str) -> Result<LogKey, KeyError> {
        let bad = |why| KeyError::NotVkey { text: shorten(text), why };
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(bad("it has not three parts"));
        };
        let origin = Origin::new(name).map_err(|_| bad("its name cannot be an origin"))?;
        let key = STANDARD.decode(key).map_err(|_| bad("its key is not base64"))?;
        let spki = match key.split_first() {
            Some((&TYPE_ED25519, raw)) => ed25519_spki(raw),
            Some((&TYPE_ECDSA, spki)) => spki.to_vec(),
            _ => return Err(bad("its key type is neither Ed25519 nor ECDSA")),
        };
        let key = LogKey::new(origin, &spki)?;
        if hex::encode(key.key_id()) != id {
            return Err(bad("its id does not belong to its key"));
        }
        Ok(key)
    }

    /// The log whose checkpoints this key signs.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The full id; `logId` in receipts.
    pub fn id(&self) -> LogId {
        self.id
    }

    /// The four bytes in front of each signature in a note.
    pub fn key_id(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = self.id.0;
        [a, b, c, d]
    }

    /// The DER SubjectPublicKeyInfo, as given.
    pub fn spki(&self) -> &Bytes {
        &self.spki
    }

    /// Whether this signature line claims to be by this key: name and id both fit.
    pub fn claims(&self, signature: &NoteSignature) -> bool {
        *signature.name == *self.origin.key_name() && signature.key_id == self.key_id()
    }

    /// Whether `signature` (without the key id) is this key's over the note text.
    pub fn verify_note_sig(&self, text: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(text, signature).is_ok()
    }

    /// The C2SP text form `name+id+base64`.
    pub fn vkey(&self) -> String {
        let key = match self.kind {
            Kind::Ed25519 => [&[TYPE_ED25519], ed25519_raw(&self.spki)].concat(),
            Kind::EcdsaP256 | Kind::EcdsaP384 => [&[TYPE_ECDSA], &self.spki[..]].concat(),
            Kind::Rsa => [&[TYPE_OTHER], RSA_LABEL, &self.spki[..]].concat(),
        };
        format!(
            "{}+{}+{}",
            self.origin.key_name(),
            hex::encode(self.key_id()),
            STANDARD.encode(key)
        )
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogKey({})", self.vkey())
    }
}

impl PartialEq for LogKey {
    fn eq(&self, other: &LogKey) -> bool {
        self.origin == other.origin && self.spki == other.spki
    }
}

impl Eq for LogKey {}
