//! The services of Rekindle: what becomes one [`Commit`](rekindle_store::Commit), and when.
//!
//! The door ([`Engine::accept`]) turns an attestation into one durable commit before an id goes
//! back. Keyed jobs carry it from there: `submit` posts the stored bytes, `verify` waits for the
//! view, `follow` is the only one that moves a view, `ingest` binds fetched entries, `trigger`
//! finds the policies that must be computed again. Every event is made by a pure function of
//! [`decide`], so [`ops::replay`] can make it again from the stored inputs.
//!
//! Not its job: HTTP, rows and SQL, Merkle math, deciding pass or fail for a policy.
//!
//! Read first: [`Engine`], [`decide::decide`], [`jobs::submit::Submit`].
//!
//! ```
//! use rekindle_syncd::decide::Inputs;
//! let mut inputs = Inputs::default();
//! inputs.add("leaf", b"bytes".as_slice());
//! assert_eq!(inputs.get("leaf").unwrap().as_ref(), b"bytes");
//! assert!(inputs.get("receipt").is_err());
//! ```

pub mod accept;
pub mod decide;
pub mod door;
pub mod engine;
pub mod jobs;
pub mod metrics;
pub mod ops;
pub mod outcome;
pub mod policies;
pub mod refusal;
pub mod target;
mod view;

pub use accept::{Accepted, AcceptedEntry, SubmitRequest};
pub use engine::{Engine, Options};
pub use refusal::Refusal;
/// The limits of the door: 16 MiB decoded, nesting 128, 16 signatures.
#[must_use]
pub fn door_limits() -> rekindle_attestation::Limits {
    rekindle_attestation::Limits::default()
}

pub use target::{Entries, Follow, Log, LogOptions};
