//! The index: which of many policies a set of hints wakes, at a cost that follows the hints.
//!
//! Each policy is entered under one clause, its anchor: a policy whose anchor excludes it cannot wake, whatever its
//! other clauses say. Candidates are verified by the same code as a single policy, so the index cannot disagree with
//! it. Where a dimension cannot exclude, everyone anchored there is a candidate.

mod lookup;

use std::collections::{BTreeMap, BTreeSet};

use rekindle_hints::Hints;

use self::lookup::{Key, Lookup, Slot};
use crate::compose::Bound;
use crate::dimension::{Dimension, Term};
use crate::policy::{Policy, PolicyId};
use crate::scope::{Clause, Scope};
use crate::seen::Seen;
use crate::wake::{Wake, evaluate};

/// Dimensions by how few policies one value is likely to find. Status comes last: hints seldom can exclude by it.
const SELECTIVE: [Dimension; 6] = [
    Dimension::Digest,
    Dimension::Vuln,
    Dimension::Purl,
    Dimension::Component,
    Dimension::Predicate,
    Dimension::Status,
];

/// Policies, found by what they are interested in.
///
/// ```
/// use rekindle_scope::{Index, Policy, PolicyId, Scope};
///
/// let mut index = Index::new();
/// index.insert(Policy::new(PolicyId::new("tls")?, Scope::parse("component:openssl")?));
/// assert_eq!(index.policies().count(), 1);
/// # Ok::<(), rekindle_scope::PolicyError>(())
/// ```
#[derive(Debug, Default)]
pub struct Index {
    slots: Vec<Option<Policy>>,
    free: Vec<Slot>,
    by_id: BTreeMap<PolicyId, Slot>,
    /// One for each dimension, in the order of [`Dimension::ALL`].
    lookups: [Lookup; Dimension::ALL.len()],
    /// Who is entered under each dimension: all of them are candidates where that dimension cannot exclude.
    anchored: [BTreeSet<Slot>; Dimension::ALL.len()],
    /// Policies without clauses: candidates always.
    always: BTreeSet<Slot>,
    /// Policies by the further event kinds that they name.
    named: BTreeMap<Box<str>, Vec<Slot>>,
}

impl Index {
    /// An empty index.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a policy, in place of one with the same id.
    ///
    /// # Panics
    /// Beyond 2^32 - 1 policies, far above what fits into memory.
    pub fn insert(&mut self, policy: Policy) {
        self.remove(&policy.id);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            Slot::try_from(self.slots.len() - 1).expect("fewer than 2^32 policies")
        });
        match anchor(&policy.scope) {
            Some(clause) => {
                let dimension = clause.dimension;
                self.anchored[dimension as usize].insert(slot);
                for term in &clause.terms {
                    self.lookups[dimension as usize].insert(key(dimension, term), slot);
                }
            }
            None => {
                self.always.insert(slot);
            }
        }
        for kind in &policy.on {
            self.named.entry(kind.clone()).or_default().push(slot);
        }
        self.by_id.insert(policy.id.clone(), slot);
        self.slots[slot as usize] = Some(policy);
    }

    /// Removes a policy and returns it.
    pub fn remove(&mut self, id: &PolicyId) -> Option<Policy> {
        let slot = self.by_id.remove(id)?;
        let policy = self.slots[slot as usize].take()?;
        self.free.push(slot);
        match anchor(&policy.scope) {
            Some(clause) => {
                let dimension = clause.dimension;
                self.anchored[dimension as usize].remove(&slot);
                for term in &clause.terms {
                    self.lookups[dimension as usize].remove(key(dimension, term), slot);
                }
            }
            None => {
                self.always.remove(&slot);
            }
        }
        for kind in &policy.on {
            if let Some(slots) = self.named.get_mut(kind) {
                slots.retain(|other| *other != slot);
                if slots.is_empty() {
                    self.named.remove(kind);
                }
            }
        }
        Some(policy)
    }

    /// The policy of that id.
    pub fn get(&self, id: &PolicyId) -> Option<&Policy> {
        self.slots[*self.by_id.get(id)? as usize].as_ref()
    }

    /// All policies, bytewise by id.
    pub fn policies(&self) -> impl Iterator<Item = &Policy> + '_ {
        self.by_id.values().filter_map(|slot| self.slots[*slot as usize].as_ref())
    }

    /// How many policies there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Whom an event of that kind with these hints wakes, bytewise by policy id. `within` is the event's own scope.
    pub fn wake(&self, kind: &str, hints: &Hints, within: Option<&Scope>) -> Vec<Wake> {
        let default = Policy::DEFAULT_ON.contains(&kind);
        if self.is_empty() || !(default || self.named.contains_key(kind)) {
            return Vec::new();
        }
        let seen = Seen::new(hints);
        let bound = within.map(Bound::new);
        let candidates = match self.named.get(kind) {
            Some(slots) if !default => slots.clone(),
            _ => self.candidates(&seen),
        };
        let mut wakes: Vec<Wake> = candidates
            .into_iter()
            .filter_map(|slot| self.slots[slot as usize].as_ref())
            .filter(|policy| !policy.scope.excluded(&seen))
            .filter_map(|policy| evaluate(policy, kind, &seen, bound.as_ref()).ok())
            .collect();
        wakes.sort_unstable_by(|left, right| left.policy.cmp(&right.policy));
        wakes
    }

    /// Everyone who is not excluded by the anchor, each once.
    fn candidates(&self, seen: &Seen<'_>) -> Vec<Slot> {
        let mut found: Vec<Slot> = self.always.iter().copied().collect();
        for dimension in Dimension::ALL {
            let anchored = &self.anchored[dimension as usize];
            if anchored.is_empty() {
                continue;
            }
            if seen.gap(dimension).is_some() {
                found.extend(anchored);
            } else {
                self.look_up(dimension, seen, &mut found);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn look_up(&self, dimension: Dimension, seen: &Seen<'_>, found: &mut Vec<Slot>) {
        let lookup = &self.lookups[dimension as usize];
        match dimension {
            Dimension::Component => {
                seen.names.iter().for_each(|name| lookup.find(name, found));
                seen.qualified.iter().for_each(|path| lookup.find(path, found));
            }
            Dimension::Digest => seen.digests.iter().for_each(|digest| lookup.find(digest, found)),
            Dimension::Predicate => {
                lookup.find(seen.family, found);
                lookup.find(&seen.predicate_uri, found);
            }
            Dimension::Purl => seen.purls.iter().for_each(|purl| lookup.find(&purl.package, found)),
            Dimension::Status => seen.statuses.iter().for_each(|status| lookup.find(status, found)),
            Dimension::Vuln => seen.vulns.iter().for_each(|id| lookup.find(id, found)),
        }
    }
}

/// The clause under which a policy is entered.
fn anchor(scope: &Scope) -> Option<&Clause> {
    let rank =
        |clause: &&Clause| SELECTIVE.iter().position(|dimension| *dimension == clause.dimension);
    scope.clauses().iter().min_by_key(rank)
}

/// What hints must hold for a term to be found.
fn key(dimension: Dimension, term: &Term) -> Key {
    match (&term.purl, dimension) {
        (Some(purl), _) => Key { text: purl.package.clone(), start: purl.below },
        (None, Dimension::Component) => match term.prefix() {
            Some(prefix) => Key { text: prefix.into(), start: true },
            None => Key { text: term.value.clone(), start: false },
        },
        (None, Dimension::Vuln) => {
            Key { text: term.value.to_ascii_lowercase().into(), start: false }
        }
        (None, _) => Key { text: term.value.clone(), start: false },
    }
}
