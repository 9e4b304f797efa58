//! The hints of one attestation.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    Component, Coverage, Digest, PerDimension, ProductKey, SortedSet, Status, VulnId, json,
};

/// Revision of the extraction rules. A change of the rules that can change hints is a new number.
pub(crate) const EXTRACTOR: u16 = 1;

/// What one attestation is about. Values are canonical and sorted; what may be missing is said by `coverage`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hints {
    /// Revision of the extraction rules that made them.
    pub extractor: u16,
    /// Which kind of statement it is.
    pub predicate: Predicate,
    /// Vulnerability ids, aliases included; none is primary.
    pub vulnerabilities: SortedSet<VulnId>,
    /// Products and sub-components: package URLs, CPE names and other keys.
    pub products: SortedSet<ProductKey>,
    /// Component names derived from the product keys, and names that documents give.
    pub components: SortedSet<Component>,
    /// Digests of what it speaks about: subjects, products.
    pub artifacts: SortedSet<Digest>,
    /// Digests of what went in: sources, dependencies.
    pub materials: SortedSet<Digest>,
    /// Statuses that occur.
    pub statuses: SortedSet<Status>,
    /// Whether the news can change a decision. When in doubt it can.
    pub may_affect_decision: bool,
    /// Where something may be missing.
    pub coverage: PerDimension<Coverage>,
    /// What was left out, sorted, and why.
    pub skipped: Vec<Skipped>,
}

impl Hints {
    /// Hints of a payload that is missing or of a type that is not read: nothing is known, so nothing excludes.
    #[must_use]
    pub fn unknown(predicate_uri: &str) -> Self {
        Self {
            extractor: EXTRACTOR,
            predicate: Predicate {
                uri: predicate_uri.into(),
                family: Family::Other,
                detected_by: DetectedBy::PredicateType,
            },
            vulnerabilities: SortedSet::new(),
            products: SortedSet::new(),
            components: SortedSet::new(),
            artifacts: SortedSet::new(),
            materials: SortedSet::new(),
            statuses: SortedSet::new(),
            may_affect_decision: true,
            coverage: PerDimension {
                vulnerability: Coverage::Unknown,
                product: Coverage::Unknown,
                digest: Coverage::Partial,
            },
            skipped: Vec::new(),
        }
    }

    /// Hints of several statements as one: all values, the lesser coverage. The predicate survives where both agree;
    /// otherwise the type is empty and the family `other`.
    #[must_use]
    pub fn union(mut self, other: Self) -> Self {
        self.extractor = self.extractor.max(other.extractor);
        self.predicate = self.predicate.union(&other.predicate);
        self.vulnerabilities.extend(other.vulnerabilities);
        self.products.extend(other.products);
        self.components.extend(other.components);
        self.artifacts.extend(other.artifacts);
        self.materials.extend(other.materials);
        self.statuses.extend(other.statuses);
        self.may_affect_decision |= other.may_affect_decision;
        self.coverage = self.coverage.min(other.coverage);
        self.skipped = Skipped::merge(self.skipped.into_iter().chain(other.skipped));
        self
    }

    /// The JSON form `rekindle.hints/1`, camelCase. `skipped` is there only if something was skipped.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        json::write(self)
    }

    /// Reads the JSON form back. Values are taken as they are; unknown members are ignored.
    ///
    /// # Errors
    /// Another schema, a missing member, or a value that hints cannot hold.
    pub fn from_json(value: &serde_json::Value) -> Result<Self, crate::HintsError> {
        json::read(value)
    }

    /// The RFC 8785 bytes of [`Hints::to_json`].
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        json::canonical(&self.to_json())
    }

    /// SHA-256 over [`Hints::canonical`].
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.canonical()).into()
    }
}

/// The type of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predicate {
    /// `predicateType` as written; empty for a bare document.
    pub uri: Box<str>,
    /// The family that it belongs to.
    pub family: Family,
    /// How the family was found.
    pub detected_by: DetectedBy,
}

impl Predicate {
    /// The type of two statements taken together: what both agree on, else empty and `other`.
    #[must_use]
    pub fn union(self, other: &Self) -> Self {
        let same = self.family == other.family;
        Self {
            uri: if self.uri == other.uri { self.uri } else { "".into() },
            family: if same { self.family } else { Family::Other },
            detected_by: self.detected_by.max(other.detected_by),
        }
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// The word in JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Reads the word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// What kind of thing is stated.
    Family {
        /// Exploitability statements.
        Vex = "vex",
        /// Inventories.
        Sbom = "sbom",
        /// Results of vulnerability scanners.
        Scan = "scan",
        /// How something was built.
        Provenance = "provenance",
        /// Results of checks: verification summaries, tests, policies.
        Verdict = "verdict",
        /// Publications and releases.
        Release = "release",
        /// Bare signatures over an artifact.
        Signature = "signature",
        /// Everything else.
        Other = "other",
    }
}

words! {
    /// How the family was found. Ordered from the surer to the less sure way.
    DetectedBy {
        /// By the statement's `predicateType`.
        PredicateType = "predicateType",
        /// By the look of the content.
        Content = "content",
    }
}

words! {
    /// Why a value was left out, or kept with doubt.
    SkipReason {
        /// A digest with a wrong length, no hexadecimal digits or an unusable algorithm name.
        BadDigest = "bad_digest",
        /// An id that is empty, too long or has characters that no id has.
        BadId = "bad_id",
        /// More elements than the limit allows; the rest was not read.
        LimitNodes = "limit_nodes",
        /// More subjects than the limit allows; the rest was not read.
        LimitSubjects = "limit_subjects",
        /// An id that does not follow its own syntax; it is kept as `other:…`.
        Malformed = "malformed",
        /// Text where an id may stand, but that is none; it is not kept.
        NotAnId = "not_an_id",
        /// A reference to another document, which was not read.
        Unresolved = "unresolved",
        /// An element with another JSON type than its format has there.
        WrongType = "wrong_type",
    }
}

/// Something that was left out of the hints. Holds no foreign text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Skipped {
    /// Where: a path of member names, `[]` for elements, such as `subject[].digest`.
    pub place: Box<str>,
    /// Why.
    pub reason: SkipReason,
    /// How often, at least 1.
    pub count: u32,
}

impl Skipped {
    /// Sorts, and adds up what was skipped at one place for one reason.
    #[must_use]
    pub fn merge(all: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut all: Vec<_> = all.into_iter().collect();
        all.sort();
        all.dedup_by(|next, first| {
            let same = next.place == first.place && next.reason == first.reason;
            if same {
                first.count = first.count.saturating_add(next.count);
            }
            same
        });
        all
    }
}
