//! The scope language, policies, and the index that finds whom a set of hints wakes.
//!
//! A scope says which entities: `component:openssl`, `purl:pkg:npm/%40angular/*;vuln:CVE-2026-0001`, `*`, `-`. A policy
//! is a registered scope. An event brings hints, and perhaps a scope of its own that bounds it from above; the index
//! answers which policies must be computed again, for which atoms, and whether that is sure. The question is "look
//! again?", so what cannot be known wakes: a dimension whose coverage is not complete never excludes a policy.
//!
//! What it is not: it does not extract hints from documents (`rekindle-extract` does), it does not store policies or
//! triggers, and it decides nothing about pass or fail.
//!
//! Read first: [`Scope`], [`Policy`], [`Index`].
//!
//! ```
//! use rekindle_scope::{Dimension, Scope, ScopeError};
//!
//! let scope: Scope = "cve:cve-2026-0001;component:OpenSSL,component:zlib".parse()?;
//! assert_eq!(scope.to_string(), "component:openssl,component:zlib;vuln:CVE-2026-0001");
//!
//! let narrowed = Scope::parse("purl:pkg:deb/debian/openssl@3.0.11-1")?;
//! assert!(scope.compatible(&narrowed));
//! assert!(!scope.compatible(&Scope::parse("component:pyopenssl")?));
//!
//! let slip = Scope::parse("componnet:openssl").unwrap_err();
//! assert_eq!(slip.code(), "unknown_dimension");
//! assert!(matches!(slip, ScopeError::UnknownDimension { nearest: Some(Dimension::Component), .. }));
//! # Ok::<(), ScopeError>(())
//! ```

mod compose;
mod dimension;
mod error;
mod explain;
mod index;
mod matching;
mod parse;
mod policy;
mod print;
mod scope;
mod seen;
mod text;
mod wake;

pub use dimension::Dimension;
pub use error::{At, PolicyError, ScopeError};
pub use explain::{Explanation, explain};
pub use index::Index;
pub use matching::{Match, Verdict, Why};
pub use policy::{MAX_KINDS, MAX_POLICY_ID_BYTES, OnScoped, Policy, PolicyId};
pub use scope::{Atom, MAX_SCOPE_BYTES, MAX_VALUE_BYTES, Scope};
pub use wake::Wake;
