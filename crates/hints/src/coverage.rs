//! How much of a dimension the hints hold.

use serde::{Deserialize, Serialize};

/// What the absence of a value means. Ordered from the least known: the minimum of two is that of their union.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Coverage {
    /// We could not look: no payload, or a type that we do not read.
    Unknown,
    /// Something may be missing; what is there is right.
    Partial,
    /// Nothing can be missing. A format that cannot carry a dimension: complete and empty.
    Complete,
}

impl Coverage {
    /// The word in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Partial => "partial",
            Self::Complete => "complete",
        }
    }

    /// The same, but never better than [`Coverage::Partial`].
    #[must_use]
    pub fn min_with_partial(self) -> Self {
        self.min(Self::Partial)
    }
}

impl std::fmt::Display for Coverage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One value for each dimension that a document may leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PerDimension<T> {
    /// Vulnerability ids, and the statuses that come with them.
    pub vulnerability: T,
    /// Product keys and component names: one axis.
    pub product: T,
    /// Artifact and material digests.
    pub digest: T,
}

impl PerDimension<Coverage> {
    /// The same coverage everywhere.
    #[must_use]
    pub const fn all(coverage: Coverage) -> Self {
        Self { vulnerability: coverage, product: coverage, digest: coverage }
    }

    /// The lesser of the two, dimension by dimension.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self {
            vulnerability: self.vulnerability.min(other.vulnerability),
            product: self.product.min(other.product),
            digest: self.digest.min(other.digest),
        }
    }
}
