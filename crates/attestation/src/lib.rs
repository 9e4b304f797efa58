//! Signed attestations as Rekindle takes them in: strict JSON, DSSE envelopes, keys and
//! certificates, and the exact bytes that a transparency log will store for them.
//!
//! Everything here is pure: no clock, no randomness, no I/O. Every limit is a named constant
//! or a field of [`Limits`], so that hostile input costs bounded time and memory.
//!
//! It is **not** a trust decision: a [`Certificate`] is read, never checked against a root or
//! a clock, and a verified signature says only that this key signed these bytes. It does not
//! talk to a log, and it does not look into the payload.
//!
//! Read first: [`Envelope`] (what was handed in), [`Attestation`] (an envelope whose
//! signatures verify), [`HashedRekord`](body::hashedrekord_v002::HashedRekord) (what a
//! Rekor v2 log stores for it).
//!
//! ```
//! use bytes::Bytes;
//! use rekindle_attestation::{Envelope, Limits, pae};
//!
//! let raw = br#"{"payload":"e30=","payloadType":"application/json","signatures":[{"sig":"AAAA"}]}"#;
//! let envelope = Envelope::parse(Bytes::from_static(raw), &Limits::default())?;
//! assert_eq!(envelope.payload.as_ref(), b"{}");
//! assert_eq!(pae(&envelope.payload_type, &envelope.payload), b"DSSEv1 16 application/json 2 {}");
//!
//! let twice = br#"{"payload":"","payload":"","payloadType":"t","signatures":[]}"#;
//! let error = Envelope::parse(Bytes::from_static(twice), &Limits::default()).unwrap_err();
//! assert_eq!(error.code(), "duplicate_key");
//! # Ok::<(), rekindle_attestation::AttestationError>(())
//! ```

mod algorithm;
mod attestation;
mod base64;
pub mod body;
mod bundle;
mod certificate;
mod envelope;
mod error;
mod identity;
pub mod json;
mod limits;
mod signature;
mod spki;
mod verifier;

pub use algorithm::KeyAlgorithm;
pub use attestation::{Attestation, MessageDigest, Signed};
pub use bundle::{BundleParts, read_bundle};
pub use certificate::Certificate;
pub use envelope::{Envelope, Signature, pae};
pub use error::AttestationError;
pub use identity::{AttestationId, ParseIdError, hash_parts};
pub use limits::Limits;
pub use spki::Spki;
pub use verifier::Verifier;
