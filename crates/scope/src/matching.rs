//! Comparing a scope with hints: yes, no or maybe, with the atoms and the reasons.

use std::fmt;

use rekindle_hints::Hints;
use serde::{Serialize, Serializer};

use crate::dimension::Dimension;
use crate::scope::{Atom, Clause, Form, Scope};
use crate::seen::Seen;

/// What a comparison found. Yes and maybe wake, no does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// Cannot be concerned.
    No,
    /// Cannot be excluded, for this reason.
    Maybe(Why),
    /// Concerned.
    Yes,
}

/// Why something is "maybe". Serialised with the member `code`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Why {
    /// No atom matches, but the hints may lack some of that axis.
    Coverage {
        /// `product`, `vulnerability` or `digest`.
        axis: &'static str,
        /// `partial` or `unknown`.
        coverage: &'static str,
    },
    /// The package is named without version, the scope asks for one.
    VersionAbsent,
    /// A version range stands on one side, and ranges are not evaluated here.
    RangeUndecided,
    /// The hints hold no status, or an unknown one.
    StatusAbsent,
    /// The event's scope and the policy name ids of two databases, which may be aliases.
    AliasPossible,
}

/// The answer of [`Scope::matches`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Yes, no or maybe.
    pub result: Match,
    /// The atoms that matched, or may match by what they name; sorted. Empty for `*`, and where only coverage speaks.
    pub atoms: Vec<Atom>,
    /// One reason for each dimension that is not a plain yes.
    pub why: Vec<String>,
}

impl Scope {
    /// Compares this scope with hints. A dimension whose coverage is not complete never excludes.
    pub fn matches(&self, hints: &Hints) -> Verdict {
        self.judge(&Seen::new(hints))
    }

    /// Whether [`Scope::judge`] would say no; without its atoms and reasons, because most candidates end here.
    pub(crate) fn excluded(&self, seen: &Seen<'_>) -> bool {
        let none = |clause: &Clause| {
            let found = |term| clause.dimension.find(term, seen).wakes();
            !clause.terms.iter().any(found) && seen.gap(clause.dimension).is_none()
        };
        self.is_nothing() || self.clauses().iter().any(none)
    }

    /// As [`Scope::matches`], on prepared hints.
    pub(crate) fn judge(&self, seen: &Seen<'_>) -> Verdict {
        let mut verdict = Verdict { result: Match::Yes, atoms: Vec::new(), why: Vec::new() };
        if self.0 == Form::Nothing {
            verdict.result = Match::No;
            verdict.why.push("the scope is `-`, which never matches".into());
        }
        for clause in self.clauses() {
            let result = clause.judge(seen, &mut verdict.atoms);
            match &result {
                Match::Yes => {}
                Match::Maybe(why) => verdict.why.push(format!("{}: {why}", clause.dimension)),
                Match::No => verdict.why.push(not_in(clause.dimension)),
            }
            verdict.result = verdict.result.and(result);
        }
        verdict
    }
}

/// The sentence for a dimension that excludes.
fn not_in(dimension: Dimension) -> String {
    format!(
        "{dimension}: none of the scope's values is in the hints, and nothing can be missing there"
    )
}

impl Clause {
    /// Any atom; the matching ones are added to `atoms`.
    fn judge(&self, seen: &Seen<'_>, atoms: &mut Vec<Atom>) -> Match {
        let mut best = Match::No;
        for term in &self.terms {
            let found = self.dimension.find(term, seen);
            if found != Match::No {
                atoms.push(self.atom(term));
                best = best.or(found);
            }
        }
        match best {
            Match::No => seen.gap(self.dimension).map_or(Match::No, Match::Maybe),
            found => found,
        }
    }
}

impl Match {
    /// `no`, `maybe` or `yes`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Maybe(_) => "maybe",
            Self::Yes => "yes",
        }
    }

    /// Whether a policy is woken by this: everything but no.
    pub const fn wakes(&self) -> bool {
        !matches!(self, Self::No)
    }

    /// The stronger of two; of two maybes the first.
    pub(crate) fn or(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Yes, _) | (Self::Maybe(_), Self::No | Self::Maybe(_)) => self,
            _ => other,
        }
    }

    /// The weaker of two; of two maybes the first.
    pub(crate) fn and(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::No, _) | (Self::Maybe(_), Self::Yes | Self::Maybe(_)) => self,
            _ => other,
        }
    }
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Match {
    /// As the word of [`Match::as_str`]; reasons stand beside it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Coverage { axis, coverage } => write!(f, "{axis} coverage is {coverage}"),
            Self::VersionAbsent => f.write_str("the package is named without version"),
            Self::RangeUndecided => f.write_str("a version range is not evaluated"),
            Self::StatusAbsent => f.write_str("the hints hold no status"),
            Self::AliasPossible => f.write_str("ids of two databases may be aliases"),
        }
    }
}
