//! The facts of each kind, one file per kind.
//!
//! A struct that was once recorded is frozen like a migration: its ids are out in the world. A
//! change is a new facts version. Hashes are lower-case hex, 64-bit numbers decimal strings
//! ([`U64s`]), sets sorted arrays; a value that is absent is `null`, never left out. There are no
//! floats and no clock times.

mod admin_acted;
mod checkpoint_advanced;
mod checkpoint_diverged;
mod entry_failed;
mod entry_logged;
mod entry_observed;
mod entry_queued;
mod inclusion_verified;
mod policy_changed;
mod u64s;

pub use admin_acted::AdminActed;
pub use checkpoint_advanced::CheckpointAdvanced;
pub use checkpoint_diverged::{CheckpointDiverged, DivergedSide};
pub use entry_failed::EntryFailed;
pub use entry_logged::EntryLogged;
pub use entry_observed::EntryObserved;
pub use entry_queued::EntryQueued;
pub use inclusion_verified::InclusionVerified;
pub use policy_changed::{PolicyChanged, PolicyRevision};
pub use u64s::{U64s, U64sError};

/// Schema pattern of a SHA-256 in lower-case hex.
const HEX_32: &str = "^[0-9a-f]{64}$";

/// What the catalogue says about one kind, next to the struct that it is about.
pub(crate) trait Documented: schemars::JsonSchema {
    /// Name of the Rust type and of the seed's event.
    const RUST: &'static str;
    /// What the event states, in one or two sentences.
    const MEANING: &'static str;
    /// Which part of the system states it, and when.
    const EMITTED_BY: &'static str;
    /// What the subject is.
    const SUBJECT: &'static str;

    /// The example that is published as test vector.
    fn example() -> crate::Facts;
}

/// Values that the examples share, so that they tell one story.
pub(crate) mod sample {
    use crate::{Event, EventId, Facts};

    use super::Documented;

    pub(crate) const TENANT: &str = "default";
    pub(crate) const ORIGIN: &str = "rekor-local";
    pub(crate) const LOG_ID: &str =
        "5f0b1c5d4a9b5d1e3a5fd1a2d7c9e04c8a1f2b3c4d5e6f708192a3b4c5d6e7f8";
    pub(crate) const LEAF: [u8; 32] = [0x3c; 32];
    pub(crate) const ROOT: [u8; 32] = [0x71; 32];
    pub(crate) const HINTS: &str =
        "9d1f6c0e52b7a1c3e4d5f60718293a4b5c6d7e8f9010a1b2c3d4e5f607182930";
    pub(crate) const EXTRACTOR: u16 = 1;

    pub(crate) fn attestation() -> String {
        format!("att-{}", "a7".repeat(32))
    }

    pub(crate) fn entry() -> Box<str> {
        crate::entry_id(TENANT, ORIGIN, &LEAF).into()
    }

    pub(crate) fn digest(byte: u8) -> String {
        hex::encode([byte; 32])
    }

    /// The id of the example before, so that the entry's four events form a chain.
    pub(crate) fn after<T: Documented>() -> Option<EventId> {
        Some(Event::new(T::example()).id())
    }

    pub(crate) fn entry_facts(previous: Option<EventId>, body: crate::Body) -> Facts {
        Facts { tenant: TENANT.into(), subject: entry(), previous, body }
    }
}
