//! Support for the suites: a daemon inside the test, a log beside it, and somebody who signs.
//!
//! What it is **not**: a second implementation of anything. Daemons are wired from the same parts
//! as the program, logs are a test log or the real server.
//!
//! Read first: [`Daemon`](daemon::Daemon), [`Backend`](servers::Backend), [`Signer`](sign::Signer).
//!
//! ```
//! use rekindle_tests::sign::{Signer, documents};
//!
//! let signer = Signer::p256();
//! let signed = signer.sign(&documents::openvex("CVE-2026-0001", &["pkg:deb/debian/openssl@3.0.11-1"]));
//! assert!(signed.envelope["signatures"][0]["sig"].is_string());
//! ```

pub mod daemon;
pub mod servers;
pub mod sign;
pub mod stranger;
pub mod wait;
