//! Evidence: what convicts a log before a third party who trusts nobody but the log's key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use rekindle_proof::{
    CheckpointError, Hash, KeyError, LogId, LogKey, Origin, ProofError, RootHash, SignedCheckpoint,
    VerifiedCheckpoint,
};
use serde::{Deserialize, Serialize};

use crate::split::SplitHashes;
use crate::view::Position;

/// Name and version of the JSON form.
const SCHEMA: &str = "rekindle.evidence/1";

/// Largest evidence file: two notes at their limit, each byte escaped, and some kilobytes of hashes.
const MAX_EVIDENCE: usize = 2 * 1024 * 1024;

/// Two notes of one log that no honest log signs both, with the hashes that show it.
///
/// The notes are kept raw. Reading evidence from JSON believes nothing; [`Evidence::verify`] does
/// all checks from its own bytes, offline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    origin: Origin,
    spki: Bytes,
    /// The smaller tree first; at equal sizes in the order they were seen.
    notes: [SignedCheckpoint; 2],
    split: Option<SplitHashes>,
}

/// What evidence proves. Only [`Evidence::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conviction {
    /// The log that signed both.
    pub origin: Origin,
    /// The key that signed both.
    pub log: LogId,
    /// The smaller tree, as signed; at equal sizes the one seen first.
    pub smaller: Position,
    /// The larger tree, as signed.
    pub larger: Position,
    /// The root that the larger tree really has at the smaller size.
    pub contained: RootHash,
}

/// Evidence that cannot be read, or that convicts nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// Not evidence in JSON form.
    #[error("this is not an evidence file: {why}; expected JSON with schema rekindle.evidence/1")]
    Malformed {
        /// What is wrong with it.
        why: String,
    },
    /// The key in it cannot be used.
    #[error("the log key in the evidence is not usable: {0}")]
    Key(#[from] KeyError),
    /// The key is not the one that was expected.
    #[error(
        "the evidence is about key {got} of `{origin}`, expected {expected}; it says nothing about the log you mean"
    )]
    OtherKey {
        /// The log that the evidence names.
        origin: Origin,
        /// Id of the expected key.
        expected: LogId,
        /// Id of the key in the evidence.
        got: LogId,
    },
    /// A note is not signed by the key.
    #[error("note {number} of the evidence does not verify: {source}")]
    Note {
        /// 1 or 2.
        number: usize,
        /// Why not.
        source: CheckpointError,
    },
    /// The notes are not in order.
    #[error(
        "the first note has size {first}, the second {second}; the smaller tree has to come first"
    )]
    Order {
        /// Leaves in the first note's tree.
        first: u64,
        /// Leaves in the second note's tree.
        second: u64,
    },
    /// Both notes are of the same tree.
    #[error(
        "both notes are of the tree of {size} leaves with root {root}; a log may sign that often"
    )]
    SameTree {
        /// Leaves in the tree.
        size: u64,
        /// Its root.
        root: RootHash,
    },
    /// Notes of two sizes without the hashes between them.
    #[error(
        "the notes have sizes {smaller} and {larger}, and the hashes that relate them are missing"
    )]
    NoHashes {
        /// Leaves in the smaller tree.
        smaller: u64,
        /// Leaves in the larger tree.
        larger: u64,
    },
    /// Hashes that are not those of the two sizes.
    #[error("the hashes in the evidence do not fit the sizes of its notes: {0}")]
    Hashes(#[source] ProofError),
    /// The hashes are not those of the larger tree.
    #[error(
        "the hashes lead to root {calculated} at size {size}, the log signed {expected}; they prove nothing about it"
    )]
    OtherHashes {
        /// Leaves in the larger tree.
        size: u64,
        /// The root that the log signed.
        expected: RootHash,
        /// The root that the hashes give.
        calculated: RootHash,
    },
    /// The larger tree contains the smaller one.
    #[error(
        "the tree of {larger} leaves contains the signed tree of {smaller}; the log did nothing wrong"
    )]
    Consistent {
        /// Leaves in the smaller tree.
        smaller: u64,
        /// Leaves in the larger tree.
        larger: u64,
    },
    /// A stored note is of another tree than the view that it was stored for.
    #[error("the stored note has size {} and root {}, the view {} and {}", stored.size, stored.root, accepted.size, accepted.root)]
    OtherTree {
        /// The tree of the note.
        stored: Position,
        /// The tree of the view.
        accepted: Position,
    },
}

impl EvidenceError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "evidence_malformed",
            Self::Key(inner) => inner.code(),
            Self::OtherKey { .. } => "evidence_other_key",
            Self::Note { source, .. } => source.code(),
            Self::Order { .. } => "evidence_order",
            Self::SameTree { .. } => "evidence_same_tree",
            Self::NoHashes { .. } => "evidence_no_hashes",
            Self::Hashes(_) => "evidence_hashes",
            Self::OtherHashes { .. } => "evidence_other_hashes",
            Self::Consistent { .. } => "evidence_consistent",
            Self::OtherTree { .. } => "evidence_other_tree",
        }
    }
}

impl Evidence {
    /// Evidence out of two verified checkpoints; fails unless it convicts.
    ///
    /// `split` is of the larger tree and needed when the sizes differ.
    pub fn new(
        one: &VerifiedCheckpoint,
        two: &VerifiedCheckpoint,
        split: Option<SplitHashes>,
    ) -> Result<Evidence, EvidenceError> {
        let (smaller, larger) = if two.size() < one.size() { (two, one) } else { (one, two) };
        let evidence = Evidence {
            origin: one.origin().clone(),
            spki: one.key().spki().clone(),
            notes: [smaller.signed().clone(), larger.signed().clone()],
            split,
        };
        evidence.verify().map(|_| evidence)
    }

    /// The accused log.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// DER public key of the log, unauthenticated: compare it with the one you know.
    pub fn spki(&self) -> &Bytes {
        &self.spki
    }

    /// Both raw notes, the smaller tree first.
    pub fn notes(&self) -> &[SignedCheckpoint; 2] {
        &self.notes
    }

    /// The hashes of the larger tree, when the sizes differ.
    pub fn split(&self) -> Option<&SplitHashes> {
        self.split.as_ref()
    }

    /// Does all checks again from the evidence's own bytes: both signatures by its own key, and
    /// that no tree contains both. Whether the key is the log's is for the reader to know.
    pub fn verify(&self) -> Result<Conviction, EvidenceError> {
        let key = LogKey::new(self.origin.clone(), &self.spki)?;
        let open = |number: usize| {
            let note = self.notes[number - 1].clone().verify(&key);
            note.map_err(|source| EvidenceError::Note { number, source })
        };
        let (smaller, larger) = (Position::of(&open(1)?), Position::of(&open(2)?));
        let contained = self.contained(smaller, larger)?;
        Ok(Conviction { origin: self.origin.clone(), log: key.id(), smaller, larger, contained })
    }

    /// [`Evidence::verify`], and the key must be this one.
    pub fn verify_against(&self, expected: &LogKey) -> Result<Conviction, EvidenceError> {
        let conviction = self.verify()?;
        if self.spki != *expected.spki() || self.origin != *expected.origin() {
            let (origin, expected, got) = (self.origin.clone(), expected.id(), conviction.log);
            return Err(EvidenceError::OtherKey { origin, expected, got });
        }
        Ok(conviction)
    }

    /// The JSON form, one line, schema `rekindle.evidence/1`: origin, public key (base64 DER), both
    /// notes as text, and hashes in hex.
    pub fn to_json(&self) -> String {
        let hex = |hashes: &[Hash]| hashes.iter().map(Hash::to_string).collect();
        let form = Form {
            schema: SCHEMA.into(),
            origin: self.origin.as_str().into(),
            public_key: STANDARD.encode(&self.spki),
            // Evidence is made of verified notes or of JSON text; both are UTF-8.
            notes: self.notes.each_ref().map(|n| String::from_utf8_lossy(n.note()).into_owned()),
            split: self
                .split
                .as_ref()
                .map(|s| SplitForm { prefix: hex(&s.prefix), suffix: hex(&s.suffix) }),
        };
        // A struct of strings always has a JSON form.
        serde_json::to_string(&form).unwrap_or_default()
    }

    /// Reads the JSON form strictly: no unknown or doubled fields. Nothing is verified.
    pub fn from_json(json: &[u8]) -> Result<Evidence, EvidenceError> {
        let bad = |why: String| EvidenceError::Malformed { why };
        if json.len() > MAX_EVIDENCE {
            return Err(bad(format!(
                "it has {} bytes, at most {MAX_EVIDENCE} are read",
                json.len()
            )));
        }
        let form: Form = serde_json::from_slice(json).map_err(|e| bad(e.to_string()))?;
        if form.schema != SCHEMA {
            return Err(bad("its schema is another one".into()));
        }
        let hashes = |texts: Vec<String>| {
            texts.iter().map(|t| t.parse::<Hash>()).collect::<Result<Vec<_>, _>>()
        };
        let split = match form.split {
            None => None,
            Some(split) => Some(SplitHashes {
                prefix: hashes(split.prefix).map_err(|e| bad(e.to_string()))?,
                suffix: hashes(split.suffix).map_err(|e| bad(e.to_string()))?,
            }),
        };
        Ok(Evidence {
            origin: Origin::new(&form.origin).map_err(|e| bad(e.to_string()))?,
            spki: STANDARD
                .decode(&form.public_key)
                .map_err(|e| bad(format!("publicKey: {e}")))?
                .into(),
            notes: form.notes.map(|note| SignedCheckpoint::new(note.into_bytes().into())),
            split,
        })
    }

    /// The root that the larger tree has at the smaller size, if it is not the signed one.
    fn contained(&self, smaller: Position, larger: Position) -> Result<RootHash, EvidenceError> {
        if smaller.size > larger.size {
            return Err(EvidenceError::Order { first: smaller.size, second: larger.size });
        }
        if smaller.size == larger.size {
            return match smaller.root == larger.root {
                true => Err(EvidenceError::SameTree { size: smaller.size, root: smaller.root }),
                false => Ok(larger.root),
            };
        }
        let (smaller_size, larger_size) = (smaller.size, larger.size);
        let split = self
            .split
            .as_ref()
            .ok_or(EvidenceError::NoHashes { smaller: smaller_size, larger: larger_size })?;
        let (prefix, calculated) =
            split.roots(smaller_size, larger_size).map_err(EvidenceError::Hashes)?;
        if calculated != larger.root {
            return Err(EvidenceError::OtherHashes {
                size: larger_size,
                expected: larger.root,
                calculated,
            });
        }
        if prefix == smaller.root {
            return Err(EvidenceError::Consistent { smaller: smaller_size, larger: larger_size });
        }
        Ok(prefix)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Form {
    schema: String,
    origin: String,
    public_key: String,
    notes: [String; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    split: Option<SplitForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SplitForm {
    prefix: Vec<String>,
    suffix: Vec<String>,
}
