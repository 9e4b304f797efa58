//! Facts, event ids, canonical bytes, the CloudEvents form, and the fold of an entry's life.
//!
//! An [`Event`] is a fact that this system states, in the past tense, never changed afterwards.
//! Its id is a hash of the facts and of nothing else, so the same inputs give the same id on every
//! machine and database.
//!
//! Not its job: deciding that something happened, storing events, or delivering them. The crate is
//! pure: no clock, no randomness, no input or output.
//!
//! Read first: [`Facts`] (what is hashed), [`Event`] (which names it), [`EntryState`] (what an
//! entry's events add up to).
//!
//! ```
//! use rekindle_events::{Body, Event, Facts, facts};
//!
//! let event = Event::new(Facts {
//!     tenant: "default".into(),
//!     subject: "act:ent-1".into(),
//!     previous: None,
//!     body: Body::AdminActed(facts::AdminActed {
//!         act: "requeue".into(),
//!         target: "ent-1".into(),
//!         actor: "ana".into(),
//!         reason: "the log is back".into(),
//!     }),
//! });
//! let bytes = event.canonical();
//! assert_eq!(Event::from_canonical(&bytes)?, event);
//! assert!(event.id().to_string().starts_with("rekor-evt-sha256:"));
//! # Ok::<(), rekindle_events::EventError>(())
//! ```

mod catalogue;
mod cloudevent;
mod entry;
mod event;
pub mod facts;
mod id;
mod kind;
mod observed;
mod render;
mod sequence;

pub use catalogue::{CatalogueEntry, Field, catalogue, schema};
pub use cloudevent::{INLINE_BYTES, INLINE_VALUES, Source, cloudevent, cloudevent_scoped};
pub use entry::{EntryState, IllegalEvent, Stage, UnknownStage};
pub use event::{Body, Event, EventError, FACTS_VERSION, Facts};
pub use id::{
    ENTRY_TAG, EVENT_TAG, EventId, EventIdError, SUBMISSION_TAG, TRIGGER_TAG, entry_id, hash_parts,
    submission_id, trigger_id,
};
pub use kind::{Kind, UnknownKind};
pub use observed::{Observed, Recorded};
pub use render::{render_catalogue, render_schemas, render_vectors};
pub use sequence::Sequence;
