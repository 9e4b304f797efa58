//! A scope: which entities. Clauses about different dimensions are joined by "and", the atoms of a clause by "or".

use std::fmt;

use serde::{Serialize, Serializer};

use crate::ScopeError;
use crate::dimension::{Dimension, Term};
use crate::error::At;
use crate::text;

/// Longest value in bytes of its canonical form; hints cut package URLs and other keys at the same length.
pub const MAX_VALUE_BYTES: usize = 1_024;

/// Longest scope in bytes of its string form: room for thousands of atoms, little enough to check at every event.
pub const MAX_SCOPE_BYTES: usize = 256 * 1_024;

/// Which entities: what a policy is interested in, or what a producer says that an event is about.
///
/// Two scopes that say the same are equal and print the same: see [`Scope::parse`] for the string form,
/// [`Scope::from_json`] for the object form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope(pub(crate) Form);

/// What a scope is inside. Only [`Builder`] makes clauses, so they are sorted and without duplicates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    Everything,
    Nothing,
    Clauses(Box<[Clause]>),
}

/// The atoms of one dimension: any of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clause {
    pub(crate) dimension: Dimension,
    pub(crate) terms: Box<[Term]>,
}

/// One dimension and one value, such as `component:openssl`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Atom {
    /// What the value speaks about.
    pub dimension: Dimension,
    /// The value in canonical form.
    pub value: Box<str>,
}

impl Scope {
    /// The scope `*`: no narrowing at all.
    pub const fn everything() -> Self {
        Self(Form::Everything)
    }

    /// The scope `-`: never matches, whatever the hints and their coverage.
    pub const fn nothing() -> Self {
        Self(Form::Nothing)
    }

    /// Whether this is `*`.
    pub const fn is_everything(&self) -> bool {
        matches!(self.0, Form::Everything)
    }

    /// Whether this is `-`.
    pub const fn is_nothing(&self) -> bool {
        matches!(self.0, Form::Nothing)
    }

    /// The dimensions that this scope narrows, sorted; none for `*` and `-`.
    pub fn dimensions(&self) -> impl Iterator<Item = Dimension> + '_ {
        self.clauses().iter().map(|clause| clause.dimension)
    }

    /// All atoms, sorted; none for `*` and `-`.
    pub fn atoms(&self) -> impl Iterator<Item = Atom> + '_ {
        self.clauses().iter().flat_map(Clause::atoms)
    }

    pub(crate) fn clauses(&self) -> &[Clause] {
        match &self.0 {
            Form::Clauses(clauses) => clauses,
            Form::Everything | Form::Nothing => &[],
        }
    }
}

impl Clause {
    pub(crate) fn atom(&self, term: &Term) -> Atom {
        Atom { dimension: self.dimension, value: term.value.clone() }
    }

    fn atoms(&self) -> impl Iterator<Item = Atom> + '_ {
        self.terms.iter().map(|term| self.atom(term))
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.dimension, self.value)
    }
}

impl Serialize for Atom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Collects clauses from either form and puts them into the one canonical order.
#[derive(Default)]
pub(crate) struct Builder {
    clauses: Vec<(Dimension, Vec<Term>)>,
}

impl Builder {
    /// Starts a clause; `at` is asked for only when it fails.
    pub(crate) fn clause(
        &mut self,
        dimension: Dimension,
        at: impl FnOnce() -> At,
    ) -> Result<(), ScopeError> {
        if self.clauses.iter().any(|(seen, _)| *seen == dimension) {
            return Err(ScopeError::DuplicateDimension { dimension, at: at() });
        }
        self.clauses.push((dimension, Vec::new()));
        Ok(())
    }

    /// Adds a value to the clause started last.
    pub(crate) fn value(&mut self, value: &str, at: impl FnOnce() -> At) -> Result<(), ScopeError> {
        let Some((dimension, terms)) = self.clauses.last_mut() else {
            return Err(ScopeError::Empty { at: at() });
        };
        let dimension = *dimension;
        let too_long =
            |length, at| ScopeError::ValueTooLong { dimension, length, limit: MAX_VALUE_BYTES, at };
        if value.is_empty() {
            let reason = "the value is empty".into();
            return Err(ScopeError::BadValue { dimension, value: "".into(), reason, at: at() });
        }
        if value.len() > MAX_VALUE_BYTES {
            return Err(too_long(value.len(), at()));
        }
        let term = match dimension.term(value) {
            Ok(term) => term,
            Err(reason) => {
                let (value, reason) = (text::shown(value), reason.into());
                return Err(ScopeError::BadValue { dimension, value, reason, at: at() });
            }
        };
        // Encoding makes values longer, and what is printed must parse again.
        if term.value.len() > MAX_VALUE_BYTES {
            return Err(too_long(term.value.len(), at()));
        }
        terms.push(term);
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Scope, ScopeError> {
        let mut clauses: Vec<Clause> = Vec::with_capacity(self.clauses.len());
        let mut length = 0;
        for (dimension, mut terms) in self.clauses {
            terms.sort_unstable_by(|left, right| left.value.cmp(&right.value));
            terms.dedup_by(|left, right| left.value == right.value);
            // Each atom costs its name, a colon, its value and a separator.
            length += terms
                .iter()
                .map(|term| dimension.as_str().len() + term.value.len() + 2)
                .sum::<usize>();
            clauses.push(Clause { dimension, terms: terms.into() });
        }
        if length > MAX_SCOPE_BYTES {
            return Err(ScopeError::TooLong { length, limit: MAX_SCOPE_BYTES });
        }
        clauses.sort_unstable_by_key(|clause| clause.dimension);
        Ok(Scope(Form::Clauses(clauses.into())))
    }
}
