//! Rekor v2 clients: exact request bytes, answers as values, a reader for tiles.
//!
//! What it is **not**: it does not retry, does not decide what an answer means for a submission, and
//! verifies no receipt (`rekindle-proof` does). Each call asks once and tells what came back.
//!
//! Features: `wire` has the JSON forms and the meaning of answers without any client; `client`, on
//! by default, adds HTTP.
//!
//! Read first: [`Answer`], [`RawAnswer`], [`wire::v2::TransparencyLogEntry`].
//!
//! ```
//! use rekindle_rekor::{Answer, Place, RawAnswer, read_answer};
//!
//! let raw = RawAnswer { status: 409, log_index: Some("735".into()), retry_after: None, body: "{}".into() };
//! assert!(matches!(read_answer(&raw), Answer::Known(Place::Index(735))));
//!
//! // A proxy's page never ends an entry: it does not say whether the log has the bytes.
//! let raw = RawAnswer { status: 502, log_index: None, retry_after: None, body: "<html>".into() };
//! assert!(matches!(read_answer(&raw), Answer::Unclear(_)));
//! ```

#[cfg(feature = "wire")]
mod answer;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "wire")]
mod raw;
#[cfg(feature = "wire")]
pub mod wire;

#[cfg(feature = "wire")]
pub use answer::{Answer, Cut, MAX_REASON, MAX_WAIT, Place, Prepared, read_answer};
#[cfg(feature = "client")]
pub use client::{Client, ClientError, DEFAULT_TIMEOUT, Options, ReadError, Recovered};
#[cfg(feature = "wire")]
pub use raw::{RawAnswer, RawAnswerError};
