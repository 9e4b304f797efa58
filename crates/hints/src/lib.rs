//! What an attestation is about: vulnerability ids, product keys, components, digests, statuses, and how much of
//! that is known.
//!
//! It holds the values and their one canonical spelling (CVE and GHSA ids, package URLs, CPE names, digests), the
//! JSON form `rekindle.hints/1` and its digest. It does **not** read documents (that is the crate `rekindle-extract`),
//! it does not match hints against scopes, and it looks nothing up: the same input gives the same bytes everywhere.
//!
//! Read first: [`Hints`], [`Coverage`], [`purl::Purl`].
//!
//! ```
//! use rekindle_hints::{Component, Coverage, Hints, ProductKey, VulnId};
//!
//! let mut hints = Hints::unknown("https://openvex.dev/ns/v0.2.0");
//! hints.vulnerabilities.insert(VulnId::parse(" cve-2026-0001 ")?);
//! let product = ProductKey::parse("pkg:deb/Debian/OpenSSL@3.0.11-1?arch=amd64")?;
//! hints.components.extend(product.component());
//! hints.products.insert(product);
//!
//! assert_eq!(hints.products.iter().next().unwrap().as_str(), "pkg:deb/debian/openssl@3.0.11-1?arch=amd64");
//! assert_eq!(hints.components.iter().next().map(Component::as_str), Some("openssl"));
//! assert_eq!(hints.coverage.product, Coverage::Unknown);
//! assert_eq!(Hints::from_json(&hints.to_json()).unwrap(), hints);
//! # Ok::<(), rekindle_hints::IdError>(())
//! ```

mod component;
mod coverage;
pub mod cpe;
mod digest;
mod error;
mod hints;
mod json;
mod osv;
mod percent;
mod product;
pub mod purl;
mod sorted;
mod status;
mod text_id;
mod vulnerability;

pub use component::Component;
pub use coverage::{Coverage, PerDimension};
pub use digest::Digest;
pub use error::{HintsError, IdError};
pub use hints::{DetectedBy, Family, Hints, Predicate, SkipReason, Skipped};
pub use json::SCHEMA;
pub use product::ProductKey;
pub use sorted::SortedSet;
pub use status::Status;
pub use vulnerability::VulnId;
