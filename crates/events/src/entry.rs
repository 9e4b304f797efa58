//! The fold of an entry's life: which event may follow which, and what the entry is then.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Body, EventId, Kind, Recorded};

/// How far an entry has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Stored, not yet in the log as far as we know.
    Queued,
    /// The log gave a receipt for our bytes.
    Logged,
    /// Inclusion is proven.
    Verified,
    /// Ended for good; an operator may queue it again.
    Failed,
    /// The log diverged at or before this entry.
    Suspect,
}

impl Stage {
    /// All stages, in the order of a life.
    pub const ALL: [Stage; 5] =
        [Stage::Queued, Stage::Logged, Stage::Verified, Stage::Failed, Stage::Suspect];

    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Queued => "queued",
            Stage::Logged => "logged",
            Stage::Verified => "verified",
            Stage::Failed => "failed",
            Stage::Suspect => "suspect",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is no stage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no stage; use queued, logged, verified, failed or suspect")]
pub struct UnknownStage {
    /// The name that was given.
    pub name: String,
}

impl UnknownStage {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "stage_unknown"
    }
}

impl FromStr for Stage {
    type Err = UnknownStage;

    fn from_str(name: &str) -> Result<Stage, UnknownStage> {
        Stage::ALL
            .into_iter()
            .find(|stage| stage.as_str() == name)
            .ok_or_else(|| UnknownStage { name: name.into() })
    }
}

/// What an entry's events add up to. Whoever shows an entry's state computes it with this fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryState {
    /// How far it has come.
    pub stage: Stage,
    /// The entry's latest event; the next one has to name it as `previous`.
    pub last: EventId,
    /// Index in the log, once logged.
    pub log_index: Option<u64>,
    /// Code of the failure while failed.
    pub failure: Option<String>,
    /// Attempts that the latest event which counted them spoke of.
    pub attempts: u32,
}

/// An event that may not follow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IllegalEvent {
    /// The kind does not belong to an entry's life.
    #[error("{kind} is no event of an entry's life (subject {subject}); record it elsewhere")]
    NotOfAnEntry {
        /// The kind.
        kind: Kind,
        /// The subject it was applied to.
        subject: String,
    },
    /// The kind cannot come at this stage.
    #[error(
        "{kind} cannot follow for {subject}, which is {}; read the entry again and decide anew",
        stage.map_or("not yet queued", Stage::as_str)
    )]
    Order {
        /// The kind.
        kind: Kind,
        /// The entry id.
        subject: String,
        /// The stage before; none: no event yet.
        stage: Option<Stage>,
    },
    /// The event does not name the entry's latest event as its previous one.
    #[error(
        "{kind} for {subject} names {} as previous, but the latest event is {}; \
         read the entry again and decide anew",
        text(named.as_ref()), text(last.as_ref())
    )]
    Previous {
        /// The kind.
        kind: Kind,
        /// The entry id.
        subject: String,
        /// What the event names.
        named: Option<EventId>,
        /// What it should name.
        last: Option<EventId>,
    },
}

impl IllegalEvent {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            IllegalEvent::NotOfAnEntry { .. } => "event_not_of_an_entry",
            IllegalEvent::Order { .. } => "event_order",
            IllegalEvent::Previous { .. } => "event_previous",
        }
    }
}

impl EntryState {
    /// The state after `event`.
    ///
    /// Legal: queued first; queued to logged or failed; logged to verified or failed; failed to
    /// queued again. Each event's `previous` is the entry's latest event, none for the first.
    ///
    /// # Errors
    /// [`IllegalEvent`] for everything else; nothing may then be recorded.
    pub fn apply(
        before: Option<&EntryState>,
        event: &Recorded,
    ) -> Result<EntryState, IllegalEvent> {
        let facts = event.event.facts();
        let kind = event.event.kind();
        let subject = || facts.subject.to_string();
        let stage = before.map(|state| state.stage);

        let (next, log_index, failure) = match (stage, &facts.body) {
            (None | Some(Stage::Failed), Body::EntryQueued(_)) => (Stage::Queued, None, None),
            (Some(Stage::Queued), Body::EntryLogged(logged)) => {
                (Stage::Logged, Some(logged.log_index.get()), None)
            }
            (Some(Stage::Logged), Body::InclusionVerified(verified)) => {
                (Stage::Verified, Some(verified.log_index.get()), None)
            }
            (Some(Stage::Queued | Stage::Logged), Body::EntryFailed(failed)) => {
                (Stage::Failed, before.and_then(|state| state.log_index), Some(failed.code.clone()))
            }
            _ if !kind.is_entry_life() => {
                return Err(IllegalEvent::NotOfAnEntry { kind, subject: subject() });
            }
            _ => return Err(IllegalEvent::Order { kind, subject: subject(), stage }),
        };
        let last = before.map(|state| state.last);
        if facts.previous != last {
            let named = facts.previous;
            return Err(IllegalEvent::Previous { kind, subject: subject(), named, last });
        }
        let attempts = before.map_or(0, |state| state.attempts);
        Ok(EntryState {
            stage: next,
            last: event.event.id(),
            log_index,
            failure,
            attempts: event.observed.attempts.unwrap_or(attempts),
        })
    }
}

fn text(id: Option<&EventId>) -> String {
    id.map_or_else(|| "nothing".into(), ToString::to_string)
}
