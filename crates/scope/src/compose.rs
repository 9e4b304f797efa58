//! An event's own scope against a policy's interest: an upper bound. It can only take away, never add.

use crate::dimension::{Axis, Dimension, Term, digest, predicate, purl, vuln};
use crate::matching::{Match, Why};
use crate::scope::{Clause, Scope};
use crate::text;

/// How a policy's interest stands to the scope that an event was narrowed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Narrowing {
    /// The policy's interest lies inside, or partly inside.
    Inside,
    /// As `Inside`, as far as can be known.
    MaybeInside(Why),
    /// A narrowed axis in which the policy has no interest: its `on_scoped` decides.
    Unconcerned(Dimension),
    /// The policy's interest lies outside, in this dimension of the event's scope.
    Outside(Option<Dimension>),
}

/// An event's scope, prepared for many policies.
pub(crate) struct Bound<'s> {
    scope: &'s Scope,
    clauses: Vec<Side<'s>>,
}

/// A clause with its component names, if it is about products.
struct Side<'s> {
    clause: &'s Clause,
    names: Vec<Name>,
}

impl Scope {
    /// Whether something can be in both scopes: for every dimension that both narrow, some values are compatible.
    ///
    /// `component` and `purl` are one axis, compared by component name; two package URLs are compared as such.
    /// Dimensions that only one side narrows exclude nothing. Symmetric.
    pub fn compatible(&self, other: &Self) -> bool {
        let outside = |narrowing| matches!(narrowing, Narrowing::Outside(_));
        !outside(Bound::new(self).narrows(other)) && !outside(Bound::new(other).narrows(self))
    }
}

impl<'s> Bound<'s> {
    pub(crate) fn new(scope: &'s Scope) -> Self {
        Self { scope, clauses: scope.clauses().iter().map(Side::new).collect() }
    }

    /// The event's scope itself.
    pub(crate) fn scope(&self) -> &'s Scope {
        self.scope
    }

    /// How a policy's interest stands to the event's scope.
    pub(crate) fn narrows(&self, interest: &Scope) -> Narrowing {
        if interest.is_nothing() || self.scope.is_nothing() {
            return Narrowing::Outside(None);
        }
        let mut narrowing = Narrowing::Inside;
        for side in &self.clauses {
            let dimension = side.clause.dimension;
            let mut concerned = false;
            let mut best = Match::No;
            for clause in interest
                .clauses()
                .iter()
                .filter(|clause| clause.dimension.axis() == dimension.axis())
            {
                concerned = true;
                best = best.or(side.meets(clause));
            }
            match best {
                _ if !concerned => {
                    if !matches!(narrowing, Narrowing::Unconcerned(_)) {
                        narrowing = Narrowing::Unconcerned(dimension);
                    }
                }
                Match::No => return Narrowing::Outside(Some(dimension)),
                Match::Maybe(why) if narrowing == Narrowing::Inside => {
                    narrowing = Narrowing::MaybeInside(why);
                }
                Match::Maybe(_) | Match::Yes => {}
            }
        }
        narrowing
    }
}

impl<'s> Side<'s> {
    fn new(clause: &'s Clause) -> Self {
        let product = clause.dimension.axis() == Axis::Product;
        let names = if product { clause.terms.iter().map(Name::of).collect() } else { Vec::new() };
        Self { clause, names }
    }

    /// The best pair of this clause and another of the same axis.
    fn meets(&self, other: &Clause) -> Match {
        let same = self.clause.dimension == other.dimension;
        let mut best = Match::No;
        for right in &other.terms {
            // Equal values are the common case, and the terms are sorted.
            if same
                && self.clause.terms.binary_search_by(|left| left.value.cmp(&right.value)).is_ok()
            {
                return Match::Yes;
            }
            let name = (!self.names.is_empty()).then(|| Name::of(right));
            for (index, left) in self.clause.terms.iter().enumerate() {
                let found = match (&left.purl, &right.purl, &name) {
                    (Some(one), Some(other), _) => yes_if(purl::overlap(one, other)),
                    (_, _, Some(name)) => yes_if(self.names[index].overlaps(name)),
                    _ => pair(self.clause.dimension.axis(), left, right),
                };
                best = best.or(found);
                if best == Match::Yes {
                    return best;
                }
            }
        }
        best
    }
}

/// Two values of one axis, other than products.
fn pair(axis: Axis, one: &Term, other: &Term) -> Match {
    match axis {
        Axis::Vulnerability => same_or_alias(
            one.value.eq_ignore_ascii_case(&other.value),
            vuln::database(&one.value).eq_ignore_ascii_case(vuln::database(&other.value)),
        ),
        Axis::Digest => same_or_alias(
            one.value == other.value,
            digest::algorithm(&one.value) == digest::algorithm(&other.value),
        ),
        // A family and a URI can be the same predicate; which URIs a family has is the extractor's knowledge.
        Axis::Predicate => yes_if(
            one.value == other.value || predicate::is_family(one) != predicate::is_family(other),
        ),
        Axis::Product | Axis::Status => yes_if(one.value == other.value),
    }
}

fn yes_if(condition: bool) -> Match {
    if condition { Match::Yes } else { Match::No }
}

/// Ids of two name spaces may stand for one thing, which only the event's author knows.
fn same_or_alias(same: bool, one_space: bool) -> Match {
    match (same, one_space) {
        (true, _) => Match::Yes,
        (false, true) => Match::No,
        (false, false) => Match::Maybe(Why::AliasPossible),
    }
}

/// A component as two scopes compare it: an optional namespace, and a name or the start of one.
struct Name {
    /// Name, or its start; no `/` in it.
    name: String,
    open: bool,
    /// `namespace/name`, if the namespace is known.
    path: Option<String>,
}

impl Name {
    fn of(term: &Term) -> Self {
        let (path, open) = match &term.purl {
            Some(purl) => (text::fold(purl.path()).into_owned(), purl.below),
            None => term
                .prefix()
                .map_or_else(|| (term.value.to_string(), false), |start| (start.to_owned(), true)),
        };
        let split = path.rsplit_once('/').map(|(_, name)| name.to_owned());
        match split {
            // Below `a/b*` anything may follow, also `a/bc/d`: of the name nothing is known.
            Some(_) if open => Self { name: String::new(), open, path: Some(path) },
            Some(name) => Self { name, open, path: Some(path) },
            None => Self { name: path, open, path: None },
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        let names = overlap(&self.name, self.open, &other.name, other.open);
        match (&self.path, &other.path) {
            (Some(one), Some(two)) => names && overlap(one, self.open, two, other.open),
            _ => names,
        }
    }
}

/// Whether some text fits both, where an open one is only a start.
fn overlap(one: &str, open: bool, other: &str, other_open: bool) -> bool {
    match (open, other_open) {
        (false, false) => one == other,
        (true, false) => other.starts_with(one),
        (false, true) => one.starts_with(other),
        (true, true) => one.starts_with(other) || other.starts_with(one),
    }
}
