//! Documents to hints: what an attestation is about, read from its payload.
//!
//! It takes in-toto statements and bare documents (OpenVEX, CycloneDX, SLSA provenance, scan results) and collects
//! vulnerability ids, product keys, components, digests and statuses, and says where something may be missing. An
//! unknown type gives its subjects and the coverage `unknown`, never an error.
//!
//! It does **not** verify signatures, fetch anything, judge, or decompress; nor does it copy free text such as
//! annotations or subject names, which hold e-mail addresses.
//!
//! Read first: [`extract_document`], [`Limits`], [`rekindle_hints::Hints`].
//!
//! ```
//! use rekindle_extract::{Limits, extract};
//!
//! let payload = br#"{"@context": "https://openvex.dev/ns/v0.2.0", "statements": [{
//!     "vulnerability": {"name": "cve-2026-0001"}, "status": "fixed",
//!     "products": [{"@id": "pkg:deb/debian/openssl@3.0.11-1"}]}]}"#;
//! let hints = extract("application/vnd.openvex+json", payload, &Limits::default())?;
//! assert_eq!(hints.vulnerabilities.iter().next().unwrap().as_str(), "CVE-2026-0001");
//! assert_eq!(hints.components.iter().next().unwrap().as_str(), "openssl");
//! # Ok::<(), rekindle_extract::ExtractError>(())
//! ```

mod collect;
mod document;
mod error;
mod explain;
mod format;
mod limits;
mod named;
mod select;
mod statement;

pub use document::{extract, extract_document};
pub use error::ExtractError;
pub use explain::explain;
pub use limits::Limits;
