//! Hints made ready for many comparisons: folded, sorted, package URLs parsed once per event.

use std::borrow::Cow;

use rekindle_hints::purl::Purl;
use rekindle_hints::{Coverage, Hints, Status};

use crate::dimension::purl::{PurlTerm, qualified};
use crate::dimension::{Axis, Dimension, predicate, vuln};
use crate::matching::Why;
use crate::text;

/// One set of hints, ready to be compared.
pub(crate) struct Seen<'h> {
    /// Folded component names, sorted.
    pub(crate) names: Vec<Cow<'h, str>>,
    /// Folded `namespace/name`, sorted.
    pub(crate) qualified: Vec<String>,
    /// Sorted by package.
    pub(crate) purls: Vec<PurlTerm>,
    /// Lower-case, sorted.
    pub(crate) vulns: Vec<String>,
    /// Artifacts and materials, sorted.
    pub(crate) digests: Vec<Cow<'h, str>>,
    pub(crate) statuses: Vec<&'h str>,
    pub(crate) family: &'h str,
    pub(crate) predicate_uri: String,
    vulnerability: Coverage,
    product: Coverage,
    digest: Coverage,
}

impl<'h> Seen<'h> {
    pub(crate) fn new(hints: &'h Hints) -> Self {
        let mut names: Vec<Cow<'h, str>> =
            hints.components.iter().map(|component| text::fold(component.as_str())).collect();
        let mut paths = Vec::new();
        let mut purls = Vec::new();
        let mut product = hints.coverage.product;
        for key in &hints.products {
            if !key.as_str().starts_with("pkg:") {
                names.extend(
                    key.component().map(|name| text::fold(name.as_str()).into_owned().into()),
                );
                continue;
            }
            let Ok(purl) = Purl::parse(key.as_str()) else {
                // A product that we cannot compare may be any product.
                product = product.min_with_partial();
                continue;
            };
            names.push(Cow::Owned(text::fold(purl.component_name()).into_owned()));
            let path = qualified(&purl);
            if path.contains('/') {
                paths.push(text::fold(&path).into_owned());
            }
            purls.push(PurlTerm::new(purl));
        }
        purls.sort_by(|left, right| left.package.cmp(&right.package));
        Self {
            names: sorted(names),
            qualified: sorted(paths),
            purls,
            vulns: sorted(
                hints.vulnerabilities.iter().map(|id| vuln::folded(id.as_str())).collect(),
            ),
            digests: sorted(
                hints
                    .artifacts
                    .iter()
                    .chain(hints.materials.iter())
                    .map(|digest| text::keep_percent(digest.as_str()))
                    .collect(),
            ),
            statuses: hints.statuses.iter().map(|status| status.as_str()).collect(),
            family: hints.predicate.family.as_str(),
            predicate_uri: predicate::uri(&hints.predicate.uri),
            vulnerability: hints.coverage.vulnerability,
            product,
            digest: hints.coverage.digest,
        }
    }

    /// Why a dimension cannot exclude anything; `None` if it can.
    pub(crate) fn gap(&self, dimension: Dimension) -> Option<Why> {
        let axis = dimension.axis();
        let coverage = match axis {
            Axis::Predicate => Coverage::Complete,
            Axis::Product => self.product,
            Axis::Digest => self.digest,
            // Statuses come with vulnerabilities: where those may be missing, so may their statuses.
            Axis::Status | Axis::Vulnerability => self.vulnerability,
        };
        if coverage != Coverage::Complete {
            let axis = if axis == Axis::Status { Axis::Vulnerability } else { axis };
            return Some(Why::Coverage { axis: axis.as_str(), coverage: coverage.as_str() });
        }
        let absent = self.statuses.is_empty() || self.statuses.contains(&Status::Unknown.as_str());
        (axis == Axis::Status && absent).then_some(Why::StatusAbsent)
    }
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort_unstable();
    list.dedup();
    list
}
