//! The six canonical statuses, into which the VEX vocabularies are mapped.

use serde::{Deserialize, Serialize};

/// What a document says about a vulnerability in a product. Declared in the order of the words, so that the derived
/// order is the bytewise one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Affected, exploitable.
    Affected,
    /// Fixed, resolved.
    Fixed,
    /// Not affected, false positive.
    NotAffected,
    /// A version is recommended; says nothing about being affected.
    Recommended,
    /// Being looked at, in triage.
    UnderInvestigation,
    /// No status given, or a word outside the vocabularies.
    Unknown,
}

impl Status {
    /// All statuses, in order.
    pub const ALL: [Self; 6] = [
        Self::Affected,
        Self::Fixed,
        Self::NotAffected,
        Self::Recommended,
        Self::UnderInvestigation,
        Self::Unknown,
    ];

    /// The canonical word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Affected => "affected",
            Self::Fixed => "fixed",
            Self::NotAffected => "not_affected",
            Self::Recommended => "recommended",
            Self::UnderInvestigation => "under_investigation",
            Self::Unknown => "unknown",
        }
    }

    /// Reads a canonical word; other vocabularies are mapped where their format is read.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether news of this status can change a decision. Only a recommendation cannot.
    #[must_use]
    pub const fn may_affect_decision(self) -> bool {
        !matches!(self, Self::Recommended)
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn declared_order_is_bytewise_order() {
        assert!(Status::ALL.is_sorted());
        assert!(Status::ALL.iter().map(|status| status.as_str()).is_sorted());
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
