//! Pure decisions: facts out of inputs, the same bytes on every machine.
//!
//! Each event kind has one function in one file. The live path and replay call the same function
//! with the same inputs, so an event that cannot be made again is a bug that replay finds.

mod checkpoint;
mod entry;
mod observed;
mod policy;

use bytes::Bytes;
use rekindle_attestation::AttestationError;
use rekindle_events::{Event, Kind};
use rekindle_proof::{LogKey, Origin};
use rekindle_store::InputDigest;
use serde::{Deserialize, Serialize};

pub use entry::{EntryAct, Failure, ViewInput, spki_of, verifier_bytes, verifier_from_bytes};
pub use observed::Binding;
pub(crate) use observed::spki_text;
pub use policy::{AdminInput, PolicyInput};

/// The named byte strings that one event was decided from, in a fixed order.
#[derive(Clone, Debug, Default)]
pub struct Inputs(Vec<(Box<str>, Bytes)>);

impl Inputs {
    /// Adds the bytes of one role; the order of adding is the order that is stored.
    pub fn add(&mut self, role: &str, bytes: impl Into<Bytes>) {
        self.0.push((role.into(), bytes.into()));
    }

    /// The same, for building in one expression.
    #[must_use]
    pub fn with(mut self, role: &str, bytes: impl Into<Bytes>) -> Inputs {
        self.add(role, bytes);
        self
    }

    /// The bytes of one role.
    ///
    /// # Errors
    /// [`DecideError::MissingInput`] when the event was stored without that role.
    pub fn get(&self, role: &'static str) -> Result<&Bytes, DecideError> {
        self.find(role).ok_or(DecideError::MissingInput { role })
    }

    /// The bytes of one role, if it was given.
    #[must_use]
    pub fn find(&self, role: &str) -> Option<&Bytes> {
        self.0.iter().find(|(name, _)| &**name == role).map(|(_, bytes)| bytes)
    }

    /// Roles and bytes in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Bytes)> {
        self.0.iter().map(|(role, bytes)| (&**role, bytes))
    }

    /// Roles and content addresses, as the ledger stores them beside the event.
    #[must_use]
    pub fn digests(&self) -> Vec<(Box<str>, InputDigest)> {
        self.0.iter().map(|(role, bytes)| (role.clone(), InputDigest::of(bytes))).collect()
    }

    fn json<T: for<'a> Deserialize<'a>>(&self, role: &'static str) -> Result<T, DecideError> {
        serde_json::from_slice(self.get(role)?)
            .map_err(|error| DecideError::BadInput { role, why: error.to_string() })
    }
}

/// Why an event cannot be made out of its inputs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecideError {
    /// The event was stored without an input that its kind needs.
    #[error("input `{role}` is missing: the event cannot be decided again")]
    MissingInput {
        /// The role that was looked for.
        role: &'static str,
    },
    /// An input does not parse.
    #[error("input `{role}` is unreadable: {why}")]
    BadInput {
        /// The role.
        role: &'static str,
        /// What the parser said.
        why: String,
    },
    /// The event before this one of the same subject is of a kind that cannot come before.
    #[error("{kind} cannot follow {before}")]
    Order {
        /// The kind to decide.
        kind: &'static str,
        /// The kind before, or "nothing".
        before: String,
    },
    /// The attestation does not hold.
    #[error(transparent)]
    Attestation(#[from] AttestationError),
    /// The receipt does not verify.
    #[error(transparent)]
    Receipt(#[from] rekindle_proof::ReceiptError),
    /// The checkpoint does not verify.
    #[error(transparent)]
    Checkpoint(#[from] rekindle_proof::CheckpointError),
    /// A Merkle proof does not verify.
    #[error("{0}")]
    Proof(#[from] rekindle_proof::ProofError),
    /// A rule of the kind is not met.
    #[error("{0}")]
    Rule(String),
}

impl DecideError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            DecideError::MissingInput { .. } => "input_missing",
            DecideError::BadInput { .. } => "input_unreadable",
            DecideError::Order { .. } => "event_order",
            DecideError::Attestation(error) => error.code(),
            DecideError::Receipt(error) => error.code(),
            DecideError::Checkpoint(error) => error.code(),
            DecideError::Proof(error) => error.code(),
            DecideError::Rule(_) => "rule_not_met",
        }
    }
}

/// Makes the event of `kind` that follows `previous` (the same subject's event before).
///
/// # Errors
/// When an input is missing or unreadable, or does not carry the event.
pub fn decide(kind: Kind, previous: Option<&Event>, inputs: &Inputs) -> Result<Event, DecideError> {
    let facts = match kind {
        Kind::EntryQueued => entry::queued(previous, inputs)?,
        Kind::EntryLogged => entry::logged(previous, inputs)?,
        Kind::InclusionVerified => entry::inclusion_verified(previous, inputs)?,
        Kind::EntryFailed => entry::failed(previous, inputs)?,
        Kind::EntryObserved => observed::observed(previous, inputs)?,
        Kind::CheckpointAdvanced => checkpoint::advanced(previous, inputs)?,
        Kind::CheckpointDiverged => checkpoint::diverged(previous, inputs)?,
        Kind::PolicyChanged => policy::changed(previous, inputs)?,
        Kind::AdminActed => policy::acted(previous, inputs)?,
        // A kind of a later version is no kind that this program can decide.
        other => return Err(DecideError::Rule(format!("{other} is not known to this program"))),
    };
    Ok(Event::new(facts))
}

/// The log that an input speaks of: origin and key, as configured when the event was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogInput {
    /// Origin line of its checkpoints.
    pub origin: String,
    /// DER SubjectPublicKeyInfo, standard base64.
    pub spki: String,
    /// The tenant whose ledger states the event.
    pub tenant: String,
}

impl LogInput {
    /// Bytes as they are stored.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        to_bytes(self)
    }

    fn key(&self) -> Result<LogKey, DecideError> {
        let bad = |why: String| DecideError::BadInput { role: "log", why };
        let origin = Origin::new(&self.origin).map_err(|error| bad(error.to_string()))?;
        let spki = spki_of(&self.spki).map_err(bad)?;
        LogKey::new(origin, &spki).map_err(|error| bad(error.to_string()))
    }
}

/// JSON of a small input struct: field order is the struct's, so equal values give equal bytes.
pub(crate) fn to_bytes<T: Serialize>(value: &T) -> Bytes {
    // Structs of strings and integers always serialise.
    Bytes::from(serde_json::to_vec(value).unwrap_or_default())
}
