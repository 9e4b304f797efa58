//! The kinds of events, each with one name everywhere.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an event states. The text forms are listed in [`Kind::as_str`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// `rekor.entry.queued`: an entry was accepted and stored, before anything was sent.
    EntryQueued,
    /// `rekor.entry.logged`: the log answered with a receipt for our bytes.
    EntryLogged,
    /// `rekor.entry.inclusion_verified`: the entry is proven to be in the signed tree.
    InclusionVerified,
    /// `rekor.entry.failed`: an entry ended for good without that.
    EntryFailed,
    /// `rekor.entry.observed`: an entry that is not ours was seen in a followed log.
    EntryObserved,
    /// `rekor.checkpoint.advanced`: a view was made or moved forward.
    CheckpointAdvanced,
    /// `rekor.checkpoint.diverged`: a log signed two histories.
    CheckpointDiverged,
    /// `policy.changed`: policies were put, deleted or imported.
    PolicyChanged,
    /// `admin.acted`: a named operator did something, with a reason.
    AdminActed,
}

impl Kind {
    /// All kinds, in the order of the catalogue.
    pub const ALL: [Kind; 9] = [
        Kind::EntryQueued,
        Kind::EntryLogged,
        Kind::InclusionVerified,
        Kind::EntryFailed,
        Kind::EntryObserved,
        Kind::CheckpointAdvanced,
        Kind::CheckpointDiverged,
        Kind::PolicyChanged,
        Kind::AdminActed,
    ];

    /// The name in facts, filters and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::EntryQueued => "rekor.entry.queued",
            Kind::EntryLogged => "rekor.entry.logged",
            Kind::InclusionVerified => "rekor.entry.inclusion_verified",
            Kind::EntryFailed => "rekor.entry.failed",
            Kind::EntryObserved => "rekor.entry.observed",
            Kind::CheckpointAdvanced => "rekor.checkpoint.advanced",
            Kind::CheckpointDiverged => "rekor.checkpoint.diverged",
            Kind::PolicyChanged => "policy.changed",
            Kind::AdminActed => "admin.acted",
        }
    }

    /// The CloudEvents `type`: `dev.rekindle.`, the name, `.v1`.
    #[must_use]
    pub fn event_type(self) -> String {
        format!("dev.rekindle.{}.v{}", self.as_str(), crate::FACTS_VERSION)
    }

    /// Whether the kind moves one of our own entries, so that [`crate::EntryState`] folds it.
    #[must_use]
    pub const fn is_entry_life(self) -> bool {
        matches!(
            self,
            Kind::EntryQueued | Kind::EntryLogged | Kind::InclusionVerified | Kind::EntryFailed
        )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is no kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no kind of event; the kinds are {}", names())]
pub struct UnknownKind {
    /// The name that was given.
    pub name: String,
}

impl UnknownKind {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "event_kind_unknown"
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Kind, UnknownKind> {
        Kind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| UnknownKind { name: name.into() })
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

fn names() -> String {
    Kind::ALL.map(Kind::as_str).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(kind.event_type(), format!("dev.rekindle.{kind}.v1"));
        }
        let error = "entry.queued".parse::<Kind>().unwrap_err();
        assert_eq!(error.code(), "event_kind_unknown");
        assert!(error.to_string().contains("rekor.entry.queued, "));
    }
}
