//! Gathers hints while a document is walked: deduplicates, counts, and notes where something is missing.

use std::collections::{BTreeMap, BTreeSet};

use rekindle_hints::{
    Component, Coverage, Digest, Hints, IdError, PerDimension, Predicate, ProductKey, SkipReason,
    Skipped, SortedSet, Status, VulnId,
};
use serde_json::{Map, Value};

use crate::Limits;

/// A dimension whose coverage can be lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dimension {
    Vulnerability,
    Product,
    Digest,
}

/// What a digest or a package belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// What the document speaks about.
    Artifact,
    /// What went into it.
    Material,
}

/// Hints in the making; one per input, also if the input holds many documents.
pub(crate) struct Collector {
    pub(crate) limits: Limits,
    nodes_left: usize,
    vulnerabilities: BTreeSet<VulnId>,
    products: BTreeSet<ProductKey>,
    components: BTreeSet<Component>,
    artifacts: BTreeSet<Digest>,
    materials: BTreeSet<Digest>,
    statuses: BTreeSet<Status>,
    coverage: PerDimension<Coverage>,
    skipped: BTreeMap<(&'static str, SkipReason), u32>,
    predicate: Option<Predicate>,
}

impl Collector {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limits: *limits,
            nodes_left: limits.max_nodes,
            vulnerabilities: BTreeSet::new(),
            products: BTreeSet::new(),
            components: BTreeSet::new(),
            artifacts: BTreeSet::new(),
            materials: BTreeSet::new(),
            statuses: BTreeSet::new(),
            coverage: PerDimension::all(Coverage::Complete),
            skipped: BTreeMap::new(),
            predicate: None,
        }
    }

    /// Counts one element; `false`: the limit is reached, stop.
    pub(crate) fn node(&mut self, place: &'static str) -> bool {
        if let Some(left) = self.nodes_left.checked_sub(1) {
            self.nodes_left = left;
            return true;
        }
        self.skip(place, SkipReason::LimitNodes);
        for dimension in [Dimension::Vulnerability, Dimension::Product, Dimension::Digest] {
            self.partial(dimension);
        }
        false
    }

    /// The elements of a list as far as the limit goes. An absent or null list is empty; anything else that is no
    /// list is noted and lowers `dimension`.
    pub(crate) fn list<'v>(
        &mut self,
        place: &'static str,
        dimension: Dimension,
        list: Option<&'v Value>,
    ) -> &'v [Value] {
        let list = self.leaves(place, dimension, list);
        let take = list.len().min(self.nodes_left);
        self.nodes_left -= take;
        if take < list.len() {
            self.node(place);
        }
        &list[..take]
    }

    /// [`Self::list`] for what hangs on an element and is cheap (hashes, aliases, references): not counted, since the
    /// size of the document bounds it.
    pub(crate) fn leaves<'v>(
        &mut self,
        place: &'static str,
        dimension: Dimension,
        list: Option<&'v Value>,
    ) -> &'v [Value] {
        match list {
            None | Some(Value::Null) => &[],
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.wrong_type(place, dimension);
                &[]
            }
        }
    }

    pub(crate) fn lower(&mut self, dimension: Dimension, to: Coverage) {
        let slot = match dimension {
            Dimension::Vulnerability => &mut self.coverage.vulnerability,
            Dimension::Product => &mut self.coverage.product,
            Dimension::Digest => &mut self.coverage.digest,
        };
        *slot = (*slot).min(to);
    }

    pub(crate) fn partial(&mut self, dimension: Dimension) {
        self.lower(dimension, Coverage::Partial);
    }

    /// The content is not read: neither vulnerabilities nor products are known, digests are those of the subjects.
    pub(crate) fn unread(&mut self) {
        self.lower(Dimension::Vulnerability, Coverage::Unknown);
        self.lower(Dimension::Product, Coverage::Unknown);
        self.partial(Dimension::Digest);
    }

    pub(crate) fn skip(&mut self, place: &'static str, reason: SkipReason) {
        let count = self.skipped.entry((place, reason)).or_default();
        *count = count.saturating_add(1);
    }

    pub(crate) fn wrong_type(&mut self, place: &'static str, dimension: Dimension) {
        self.skip(place, SkipReason::WrongType);
        self.partial(dimension);
    }

    /// An id from a place where an id belongs.
    pub(crate) fn vulnerability(&mut self, place: &'static str, id: &str) {
        match VulnId::parse(id) {
            Ok(id) => {
                if id.is_other() {
                    self.skip(place, SkipReason::Malformed);
                    self.partial(Dimension::Vulnerability);
                }
                self.vulnerabilities.insert(id);
            }
            Err(_) => self.bad_id(place, Dimension::Vulnerability),
        }
    }

    /// Text that may be an id; `false` if it is none.
    pub(crate) fn sniffed_vulnerability(&mut self, text: &str) -> bool {
        VulnId::sniff(text).map(|id| self.vulnerabilities.insert(id)).is_some()
    }

    /// An identifier of a product, with all that follows from it: key, component, digest of an OCI version.
    pub(crate) fn product(&mut self, place: &'static str, id: &str, role: Role) {
        let key = ProductKey::parse(id);
        self.product_key(place, key, role);
    }

    pub(crate) fn product_key(
        &mut self,
        place: &'static str,
        key: Result<ProductKey, IdError>,
        role: Role,
    ) {
        let Ok(key) = key else {
            return self.bad_id(place, Dimension::Product);
        };
        // The version of an OCI package is a digest, whose role may differ from place to place.
        if self.products.contains(&key) && !key.as_str().starts_with("pkg:oci/") {
            return;
        }
        if key.is_other() {
            self.skip(place, SkipReason::Malformed);
            self.partial(Dimension::Product);
        } else if key.as_str().starts_with("cpe:") && key.component().is_none() {
            // A name for any product, or with wildcards, stands for components that it does not spell out.
            self.partial(Dimension::Product);
        }
        self.components.extend(key.component());
        if let Some(digest) = key.oci_digest() {
            self.add_digest(digest, role);
        }
        self.products.insert(key);
    }

    /// A component name that a document gives.
    pub(crate) fn component(&mut self, place: &'static str, name: &str) {
        match Component::parse(name) {
            Ok(name) => {
                self.components.insert(name);
            }
            Err(_) => self.bad_id(place, Dimension::Product),
        }
    }

    /// One digest; `git`: it belongs to a git reference, so a `sha1` is a commit as well.
    pub(crate) fn digest(
        &mut self,
        place: &'static str,
        algorithm: &str,
        value: &str,
        role: Role,
        git: bool,
    ) {
        self.parsed_digest(place, Digest::new(algorithm, value), role, git);
    }

    pub(crate) fn parsed_digest(
        &mut self,
        place: &'static str,
        digest: Result<Digest, IdError>,
        role: Role,
        git: bool,
    ) {
        match digest {
            Ok(digest) => {
                if let Some(alias) = digest.git_commit_alias().filter(|_| git) {
                    self.add_digest(alias, role);
                }
                self.add_digest(digest, role);
            }
            Err(_) => {
                self.skip(place, SkipReason::BadDigest);
                self.partial(Dimension::Digest);
            }
        }
    }

    /// A map from algorithm to value.
    pub(crate) fn digest_set(
        &mut self,
        place: &'static str,
        set: Option<&Value>,
        role: Role,
        git: bool,
    ) {
        match set {
            None | Some(Value::Null) => {}
            Some(Value::Object(set)) => {
                for (algorithm, value) in set {
                    match value.as_str() {
                        Some(value) => self.digest(place, algorithm, value, role, git),
                        None => self.wrong_type(place, Dimension::Digest),
                    }
                }
            }
            Some(_) => self.wrong_type(place, Dimension::Digest),
        }
    }

    pub(crate) fn status(&mut self, status: Status) {
        self.statuses.insert(status);
    }

    /// The type of one document of the input; of many it survives where all agree.
    pub(crate) fn predicate(&mut self, predicate: Predicate) {
        self.predicate = Some(match self.predicate.take() {
            Some(before) => before.union(&predicate),
            None => predicate,
        });
    }

    pub(crate) fn finish(self) -> Hints {
        let mut hints = Hints::unknown("");
        let Some(predicate) = self.predicate else {
            // Not one document: nothing is known.
            return hints;
        };
        hints.predicate = predicate;
        hints.vulnerabilities = sorted(self.vulnerabilities);
        hints.products = sorted(self.products);
        hints.components = sorted(self.components);
        hints.artifacts = sorted(self.artifacts);
        hints.materials = sorted(self.materials);
        hints.statuses = sorted(self.statuses);
        hints.may_affect_decision = hints.statuses.is_empty()
            || hints.statuses.iter().any(|status| status.may_affect_decision());
        hints.coverage = self.coverage;
        hints.skipped =
            Skipped::merge(self.skipped.into_iter().map(|((place, reason), count)| Skipped {
                place: place.into(),
                reason,
                count,
            }));
        hints
    }

    fn add_digest(&mut self, digest: Digest, role: Role) {
        match role {
            Role::Artifact => self.artifacts.insert(digest),
            Role::Material => self.materials.insert(digest),
        };
    }

    fn bad_id(&mut self, place: &'static str, dimension: Dimension) {
        self.skip(place, SkipReason::BadId);
        self.partial(dimension);
    }
}

fn sorted<T: Ord>(values: BTreeSet<T>) -> SortedSet<T> {
    values.into_iter().collect()
}

/// A member that is text.
pub(crate) fn text<'v>(object: &'v Value, member: &str) -> Option<&'v str> {
    object.get(member).and_then(Value::as_str)
}

/// A member that is text and not empty.
pub(crate) fn filled<'v>(object: &'v Map<String, Value>, member: &str) -> Option<&'v str> {
    object.get(member).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
}
