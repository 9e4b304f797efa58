//! The dimensions of a scope: one file each, and this registry, which is the only place that lists them all.

pub(crate) mod component;
pub(crate) mod digest;
pub(crate) mod predicate;
pub(crate) mod purl;
pub(crate) mod status;
pub(crate) mod vuln;

use std::fmt;

use serde::{Serialize, Serializer};

use crate::matching::Match;
use crate::seen::Seen;

/// What an atom speaks about. The order is that of the names, so derived orders and printed ones agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// A component by name: `component:openssl`, `component:debian/openssl`, `component:lib*`.
    Component,
    /// A content digest: `digest:sha256:<hex>`.
    Digest,
    /// A predicate's family or type URI: `predicate:vex`.
    Predicate,
    /// A package URL, with or without version: `purl:pkg:npm/%40angular/*`.
    Purl,
    /// A canonical status: `status:affected`.
    Status,
    /// A vulnerability id: `vuln:CVE-2026-0001`; `cve` is another name for it.
    Vuln,
}

/// What one coverage value speaks about. `component` and `purl` are two views of one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Axis {
    Digest,
    Predicate,
    Product,
    Status,
    Vulnerability,
}

/// One parsed value: canonical text, and for a package URL its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) value: Box<str>,
    pub(crate) purl: Option<Box<purl::PurlTerm>>,
}

impl Term {
    pub(crate) fn plain(value: impl Into<Box<str>>) -> Self {
        Self { value: value.into(), purl: None }
    }

    /// The text before a trailing `*`.
    pub(crate) fn prefix(&self) -> Option<&str> {
        self.value.strip_suffix('*')
    }
}

/// Words that people write for a dimension and that edit distance would send elsewhere.
const MEANT: [(&str, Dimension); 10] = [
    ("cpe", Dimension::Component),
    ("ghsa", Dimension::Vuln),
    ("name", Dimension::Component),
    ("osv", Dimension::Vuln),
    ("package", Dimension::Component),
    ("pkg", Dimension::Purl),
    ("product", Dimension::Component),
    ("sha256", Dimension::Digest),
    ("sha512", Dimension::Digest),
    ("type", Dimension::Predicate),
];

/// Edit distance up to which a word counts as a slip for another.
const SLIP: usize = 3;

impl Dimension {
    /// All dimensions, sorted by name.
    pub const ALL: [Self; 6] =
        [Self::Component, Self::Digest, Self::Predicate, Self::Purl, Self::Status, Self::Vuln];

    /// The canonical name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Digest => "digest",
            Self::Predicate => "predicate",
            Self::Purl => "purl",
            Self::Status => "status",
            Self::Vuln => "vuln",
        }
    }

    /// The dimension of that name, or of its alias `cve`.
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "cve" {
            return Some(Self::Vuln);
        }
        Self::ALL.into_iter().find(|dimension| dimension.as_str() == name)
    }

    /// The dimension that was probably meant by an unknown word: by a short list of habits, else by edit distance.
    pub fn nearest(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        // Longer words cannot be slips; this also bounds the work on hostile input.
        if word.len() > 32 {
            return None;
        }
        if let Some((_, meant)) = MEANT.into_iter().find(|(habit, _)| *habit == word) {
            return Some(meant);
        }
        Self::ALL
            .into_iter()
            .map(|dimension| (edits(&word, dimension.as_str()), dimension))
            .chain([(edits(&word, "cve"), Self::Vuln)])
            .filter(|(edits, dimension)| *edits <= SLIP && *edits < dimension.as_str().len())
            .min()
            .map(|(_, dimension)| dimension)
    }

    pub(crate) const fn axis(self) -> Axis {
        match self {
            Self::Component | Self::Purl => Axis::Product,
            Self::Digest => Axis::Digest,
            Self::Predicate => Axis::Predicate,
            Self::Status => Axis::Status,
            Self::Vuln => Axis::Vulnerability,
        }
    }

    /// Reads one value into canonical form; the error says what is wrong and what to write.
    pub(crate) fn term(self, value: &str) -> Result<Term, String> {
        match self {
            Self::Component => component::term(value),
            Self::Digest => digest::term(value),
            Self::Predicate => predicate::term(value),
            Self::Purl => purl::term(value),
            Self::Status => status::term(value),
            Self::Vuln => vuln::term(value),
        }
    }

    /// Whether one value is in the hints. Coverage is not looked at here.
    pub(crate) fn find(self, term: &Term, seen: &Seen<'_>) -> Match {
        match self {
            Self::Component => component::find(term, seen),
            Self::Digest => digest::find(term, seen),
            Self::Predicate => predicate::find(term, seen),
            Self::Purl => purl::find(term, seen),
            Self::Status => status::find(term, seen),
            Self::Vuln => vuln::find(term, seen),
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Dimension {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Axis {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Predicate => "predicate",
            Self::Product => "product",
            Self::Status => "status",
            Self::Vulnerability => "vulnerability",
        }
    }
}

/// A wildcard where the dimension knows none.
pub(crate) fn no_wildcard(value: &str) -> Result<(), String> {
    if value.contains('*') {
        return Err(
            "this dimension has no wildcard; name the whole value, or write `%2A` for a star"
                .into(),
        );
    }
    Ok(())
}

/// Levenshtein distance, one row at a time.
fn edits(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.bytes().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(right.bytes()) {
            let here = (diagonal + usize::from(from != to)).min(before + 1).min(*cell + 1);
            diagonal = *cell;
            *cell = here;
            before = here;
        }
        row[0] = i + 1;
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_read_back() {
        assert!(Dimension::ALL.is_sorted_by_key(|dimension| dimension.as_str()));
        for dimension in Dimension::ALL {
            assert_eq!(Dimension::from_name(dimension.as_str()), Some(dimension));
        }
        assert_eq!(Dimension::from_name("cve"), Some(Dimension::Vuln));
    }

    #[test]
    fn the_nearest_dimension_is_what_was_meant() {
        for (word, meant) in [
            ("componnet", Some(Dimension::Component)),
            ("Component", Some(Dimension::Component)),
            ("components", Some(Dimension::Component)),
            ("vulnn", Some(Dimension::Vuln)),
            ("cves", Some(Dimension::Vuln)),
            ("pkg", Some(Dimension::Purl)),
            ("cpe", Some(Dimension::Component)),
            ("sha256", Some(Dimension::Digest)),
            ("qqqqqqqqq", None),
        ] {
            assert_eq!(Dimension::nearest(word), meant, "{word}");
        }
    }
}
