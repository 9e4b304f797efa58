//! Facts, the event that they make, and its canonical bytes.

use serde_json::{Map, Value};

use crate::id::{EVENT_TAG, hash_parts};
use crate::{EventId, Kind, facts};

/// Version of the facts format: part of the hashed bytes and of the CloudEvents type.
pub const FACTS_VERSION: u16 = 1;

/// The hashed part of an event. No clock, no counter, nothing that differs between two runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Whose event it is.
    pub tenant: Box<str>,
    /// What it is about: an entry id, an origin, `<origin>#<index>`, a policy id or an act.
    pub subject: Box<str>,
    /// The event before this one of the same tenant and subject; none for the first.
    pub previous: Option<EventId>,
    /// The kind's own facts.
    pub body: Body,
}

/// The kind's own facts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Body {
    /// `rekor.entry.queued`
    EntryQueued(facts::EntryQueued),
    /// `rekor.entry.logged`
    EntryLogged(facts::EntryLogged),
    /// `rekor.entry.inclusion_verified`
    InclusionVerified(facts::InclusionVerified),
    /// `rekor.entry.failed`
    EntryFailed(facts::EntryFailed),
    /// `rekor.entry.observed`
    EntryObserved(facts::EntryObserved),
    /// `rekor.checkpoint.advanced`
    CheckpointAdvanced(facts::CheckpointAdvanced),
    /// `rekor.checkpoint.diverged`
    CheckpointDiverged(facts::CheckpointDiverged),
    /// `policy.changed`
    PolicyChanged(facts::PolicyChanged),
    /// `admin.acted`
    AdminActed(facts::AdminActed),
}

impl Body {
    /// The kind that these facts belong to.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Body::EntryQueued(_) => Kind::EntryQueued,
            Body::EntryLogged(_) => Kind::EntryLogged,
            Body::InclusionVerified(_) => Kind::InclusionVerified,
            Body::EntryFailed(_) => Kind::EntryFailed,
            Body::EntryObserved(_) => Kind::EntryObserved,
            Body::CheckpointAdvanced(_) => Kind::CheckpointAdvanced,
            Body::CheckpointDiverged(_) => Kind::CheckpointDiverged,
            Body::PolicyChanged(_) => Kind::PolicyChanged,
            Body::AdminActed(_) => Kind::AdminActed,
        }
    }

    /// The log that signed what the event states, hex; none where we alone state it.
    #[must_use]
    pub fn log_id(&self) -> Option<&str> {
        match self {
            Body::EntryLogged(f) => Some(&f.log_id),
            Body::InclusionVerified(f) => Some(&f.log_id),
            Body::EntryObserved(f) => Some(&f.log_id),
            Body::CheckpointAdvanced(f) => Some(&f.log_id),
            Body::CheckpointDiverged(f) => Some(&f.log_id),
            Body::EntryQueued(_)
            | Body::EntryFailed(_)
            | Body::PolicyChanged(_)
            | Body::AdminActed(_) => None,
        }
    }

    /// Digest of the hints that belong to the event, hex, if it has any.
    #[must_use]
    pub fn hints_digest(&self) -> Option<&str> {
        match self {
            Body::EntryQueued(f) => Some(&f.hints_digest),
            Body::EntryLogged(f) => Some(&f.hints_digest),
            Body::InclusionVerified(f) => Some(&f.hints_digest),
            Body::EntryFailed(f) => Some(&f.hints_digest),
            Body::EntryObserved(f) => f.hints_digest.as_deref(),
            Body::CheckpointAdvanced(_)
            | Body::CheckpointDiverged(_)
            | Body::PolicyChanged(_)
            | Body::AdminActed(_) => None,
        }
    }

    fn to_value(&self) -> Value {
        let value = match self {
            Body::EntryQueued(f) => serde_json::to_value(f),
            Body::EntryLogged(f) => serde_json::to_value(f),
            Body::InclusionVerified(f) => serde_json::to_value(f),
            Body::EntryFailed(f) => serde_json::to_value(f),
            Body::EntryObserved(f) => serde_json::to_value(f),
            Body::CheckpointAdvanced(f) => serde_json::to_value(f),
            Body::CheckpointDiverged(f) => serde_json::to_value(f),
            Body::PolicyChanged(f) => serde_json::to_value(f),
            Body::AdminActed(f) => serde_json::to_value(f),
        };
        // Serialisation fails on non-string keys and on failing hand-written impls; facts are
        // derived structs of strings, small integers and booleans.
        value.expect("facts serialise")
    }

    fn from_value(kind: Kind, value: Value) -> Result<Body, serde_json::Error> {
        use serde_json::from_value as read;
        Ok(match kind {
            Kind::EntryQueued => Body::EntryQueued(read(value)?),
            Kind::EntryLogged => Body::EntryLogged(read(value)?),
            Kind::InclusionVerified => Body::InclusionVerified(read(value)?),
            Kind::EntryFailed => Body::EntryFailed(read(value)?),
            Kind::EntryObserved => Body::EntryObserved(read(value)?),
            Kind::CheckpointAdvanced => Body::CheckpointAdvanced(read(value)?),
            Kind::CheckpointDiverged => Body::CheckpointDiverged(read(value)?),
            Kind::PolicyChanged => Body::PolicyChanged(read(value)?),
            Kind::AdminActed => Body::AdminActed(read(value)?),
        })
    }

    /// Brings sets into their one order, so that equal sets give equal ids.
    fn sort_sets(&mut self) {
        match self {
            Body::InclusionVerified(f) => {
                f.witnesses.sort_unstable();
                f.witnesses.dedup();
            }
            Body::PolicyChanged(f) => {
                f.policies.sort_unstable();
                f.policies.dedup();
            }
            _ => {}
        }
    }
}

/// A fact that this system states: past tense, never changed.
///
/// The id follows from the facts, so two machines that saw the same thing give it one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    id: EventId,
    facts: Facts,
}

/// Why bytes are no canonical event.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// Not JSON, or fields that are missing, unknown or of the wrong type.
    #[error("the stored event does not parse: {0}; restore it from a backup")]
    Malformed(#[from] serde_json::Error),
    /// A kind that this version does not know.
    #[error("{0}; a newer version may have written it")]
    Kind(#[from] crate::UnknownKind),
    /// A facts version that this version does not know.
    #[error("facts version {version} is not known, only {FACTS_VERSION}; a newer version wrote it")]
    Version {
        /// The version found.
        version: Value,
    },
    /// It parses, but prints to other bytes: the id of the two would differ.
    #[error("the bytes of a {kind} are not the canonical ones; restore them from a backup")]
    NotCanonical {
        /// The kind.
        kind: Kind,
    },
}

impl EventError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            EventError::Malformed(_) => "event_malformed",
            EventError::Kind(_) => "event_kind_unknown",
            EventError::Version { .. } => "event_version_unknown",
            EventError::NotCanonical { .. } => "event_not_canonical",
        }
    }
}

impl Event {
    /// The event that states these facts. Sets are sorted, the id is computed.
    #[must_use]
    pub fn new(mut facts: Facts) -> Event {
        facts.body.sort_sets();
        let id = EventId::from_bytes(hash_parts(EVENT_TAG, &[&canonical(&facts)]));
        Event { id, facts }
    }

    /// The id: a hash of the facts.
    #[must_use]
    pub const fn id(&self) -> EventId {
        self.id
    }

    /// The facts.
    #[must_use]
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What kind of event it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.facts.body.kind()
    }

    /// The facts as one flat JSON object: the common fields and the kind's own.
    #[must_use]
    pub fn to_value(&self) -> Value {
        value(&self.facts)
    }

    /// The RFC 8785 bytes of [`Event::to_value`]: what is hashed, stored and exported.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        canonical(&self.facts)
    }

    /// Reads canonical bytes back and computes the id anew.
    ///
    /// # Errors
    /// [`EventError`] unless printing gives exactly `bytes` again: unknown or missing fields,
    /// duplicate keys, white space and unsorted sets are all refused.
    pub fn from_canonical(bytes: &[u8]) -> Result<Event, EventError> {
        let mut object: Map<String, Value> = serde_json::from_slice(bytes)?;
        let kind: Kind = serde_json::from_value::<String>(take(&mut object, "kind"))?.parse()?;
        let version = take(&mut object, "version");
        if version != FACTS_VERSION {
            return Err(EventError::Version { version });
        }
        let tenant: Box<str> = serde_json::from_value(take(&mut object, "tenant"))?;
        let subject: Box<str> = serde_json::from_value(take(&mut object, "subject"))?;
        let previous: Option<EventId> = serde_json::from_value(take(&mut object, "previous"))?;
        let body = Body::from_value(kind, Value::Object(object))?;
        let event = Event::new(Facts { tenant, subject, previous, body });
        // A missing `previous` reads as null and a duplicate key as its last value: both print
        // to other bytes than they came from.
        if event.canonical() != bytes {
            return Err(EventError::NotCanonical { kind });
        }
        Ok(event)
    }
}

fn value(facts: &Facts) -> Value {
    let mut value = facts.body.to_value();
    if let Value::Object(object) = &mut value {
        object.insert("kind".into(), facts.body.kind().as_str().into());
        object.insert("version".into(), FACTS_VERSION.into());
        object.insert("tenant".into(), (&*facts.tenant).into());
        object.insert("subject".into(), (&*facts.subject).into());
        let previous = facts.previous.map_or(Value::Null, |id| id.to_string().into());
        object.insert("previous".into(), previous);
    }
    value
}

fn canonical(facts: &Facts) -> Vec<u8> {
    // Canonical JSON fails on numbers that are not finite only; facts have small integers.
    serde_json_canonicalizer::to_vec(&value(facts)).expect("facts have a canonical form")
}

fn take(object: &mut Map<String, Value>, key: &str) -> Value {
    object.remove(key).unwrap_or_default()
}
