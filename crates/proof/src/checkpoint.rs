//! Checkpoints: what a log signs about its tree (C2SP tlog-checkpoint).

use bytes::Bytes;

use crate::hash::{Hash, RootHash, shorten};
use crate::key::{LogId, LogKey};
use crate::note::{Note, NoteError};
use crate::origin::Origin;

/// What a checkpoint says: this log, this many leaves, this root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log.
    pub origin: Origin,
    /// Leaves in the tree.
    pub size: u64,
    /// Root of the tree.
    pub root: RootHash,
    /// Further lines, opaque, each without its line feed. A frozen Rekor log says so here.
    pub extensions: Vec<Box<str>>,
}

/// A checkpoint note as it came: raw, unverified, kept whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    note: Bytes,
}

/// A checkpoint that carries a good signature of its log. Only [`SignedCheckpoint::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCheckpoint {
    signed: SignedCheckpoint,
    checkpoint: Checkpoint,
    key: LogKey,
}

/// A checkpoint that cannot be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Not a signed note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The log's key has not signed it.
    #[error(
        "the note has no signature by `{name}` with key id {key_id} (it has: {found}); check the configured public key of this log"
    )]
    NoSignature {
        /// Name of the log's key.
        name: Box<str>,
        /// The four bytes that name the key, in hex.
        key_id: String,
        /// The signature lines that are there, as `name+id`.
        found: String,
    },
    /// A signature under the log's name and key id that is not by this key.
    #[error(
        "the signature by `{name}` with key id {key_id} is not valid for this text; do not use the checkpoint, fetch it again"
    )]
    BadSignature {
        /// Name of the log's key.
        name: Box<str>,
        /// The four bytes that name the key, in hex.
        key_id: String,
    },
    /// A signed text that is not a checkpoint.
    #[error(
        "line {line} of the checkpoint, `{text}`, is not {expected}; the log writes another format"
    )]
    Malformed {
        /// Line number, from 1.
        line: usize,
        /// The line, cut to a printable length.
        text: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// A good signature, but for another log.
    #[error(
        "the checkpoint is of `{got}`, expected `{expected}`; check the configured origin of this log"
    )]
    OtherOrigin {
        /// The log that was asked for.
        expected: Origin,
        /// The log that the checkpoint names.
        got: Origin,
    },
}

impl CheckpointError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Note(inner) => inner.code(),
            Self::NoSignature { .. } => "checkpoint_no_signature",
            Self::BadSignature { .. } => "checkpoint_bad_signature",
            Self::Malformed { .. } => "checkpoint_malformed",
            Self::OtherOrigin { .. } => "checkpoint_other_origin",
        }
    }
}

impl Checkpoint {
    /// Reads the text of a checkpoint, with its final line feed. Printing gives the same text back.
    pub fn parse(text: &str) -> Result<Checkpoint, CheckpointError> {
        let bad = |line, text: &str, expected| CheckpointError::Malformed {
            line,
            text: shorten(text),
            expected,
        };
        let last = text.lines().count();
        let body =
            text.strip_suffix('\n').ok_or_else(|| bad(last, text, "closed by a line feed"))?;
        let mut lines = body.split('\n');
        let (first, second, third) = (lines.next(), lines.next(), lines.next());
        let (first, second, third) =
            (first.unwrap_or(""), second.unwrap_or(""), third.unwrap_or(""));
        let origin = Origin::new(first).map_err(|_| bad(1, first, "an origin"))?;
        let size = parse_size(second).ok_or_else(|| bad(2, second, "a tree size in decimal"))?;
        let root = Hash::from_base64(third).map_err(|_| bad(3, third, "a root hash in base64"))?;
        let mut extensions = Vec::new();
        for (number, line) in lines.enumerate() {
            if line.is_empty() {
                return Err(bad(number + 4, line, "an extension line, which is never empty"));
            }
            extensions.push(line.into());
        }
        Ok(Checkpoint { origin, size, root, extensions })
    }

    /// The text that is signed, with its final line feed.
    pub fn print(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64());
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

impl SignedCheckpoint {
    /// Keeps the raw note; nothing is checked.
    pub fn new(note: Bytes) -> SignedCheckpoint {
        SignedCheckpoint { note }
    }

    /// The raw note.
    pub fn note(&self) -> &Bytes {
        &self.note
    }

    /// What the note claims, signature unchecked: to choose a key or to ask for more, never to believe.
    pub fn claim(&self) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::parse(&Note::parse(&self.note)?.text)
    }

    /// Checks that the log's key has signed it, and reads it.
    ///
    /// The key's line may stand anywhere; lines by unknown keys are ignored; every line under the
    /// key's name and id has to be valid.
    pub fn verify(self, key: &LogKey) -> Result<VerifiedCheckpoint, CheckpointError> {
        let note = Note::parse(&self.note)?;
        let mut ours = note.signatures.iter().filter(|s| key.claims(s)).peekable();
        let name = || key.origin().key_name().into();
        let key_id = || hex::encode(key.key_id());
        if ours.peek().is_none() {
            let found = note
                .signatures
                .iter()
                .take(8)
                .map(|s| format!("{}+{}", shorten(&s.name), hex::encode(s.key_id)));
            let found = found.collect::<Vec<_>>().join(", ");
            return Err(CheckpointError::NoSignature { name: name(), key_id: key_id(), found });
        }
        if ours.any(|s| !key.verify_note_sig(note.text.as_bytes(), &s.sig)) {
            return Err(CheckpointError::BadSignature { name: name(), key_id: key_id() });
        }
        let checkpoint = Checkpoint::parse(&note.text)?;
        if checkpoint.origin != *key.origin() {
            return Err(CheckpointError::OtherOrigin {
                expected: key.origin().clone(),
                got: checkpoint.origin,
            });
        }
        Ok(VerifiedCheckpoint { signed: self, checkpoint, key: key.clone() })
    }
}

impl VerifiedCheckpoint {
    /// The raw note, to keep.
    pub fn signed(&self) -> &SignedCheckpoint {
        &self.signed
    }

    /// What the log says.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The log.
    pub fn origin(&self) -> &Origin {
        &self.checkpoint.origin
    }

    /// Leaves in the tree.
    pub fn size(&self) -> u64 {
        self.checkpoint.size
    }

    /// Root of the tree.
    pub fn root(&self) -> RootHash {
        self.checkpoint.root
    }

    /// The id of the key that signed it.
    pub fn log(&self) -> LogId {
        self.key.id()
    }

    /// The key that signed it.
    pub fn key(&self) -> &LogKey {
        &self.key
    }
}

/// Decimal without sign or leading zeros.
fn parse_size(text: &str) -> Option<u64> {
    text.parse().ok().filter(|size: &u64| size.to_string() == text)
}
