//! `purl`: same package, and nothing that contradicts. Deliberately symmetric: a version missing on either side
//! does not exclude, because the question is whether to look again, not whether to suppress a finding.

use rekindle_hints::purl::Purl;

use super::Term;
use crate::matching::{Match, Why};
use crate::seen::Seen;

/// Types whose producers disagree on case: compared folded, whatever the type says.
const FOLDED_TYPES: [&str; 3] = ["golang", "npm", "nuget"];

/// The qualifier that holds a version range.
const RANGE: &str = "vers";

/// A package URL in a scope, taken apart once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PurlTerm {
    /// [`package`] of it; with `below` the part before the star.
    pub(crate) package: Box<str>,
    /// Ends in `/*`: everything below `package`.
    pub(crate) below: bool,
    pub(crate) version: Option<Box<str>>,
    pub(crate) qualifiers: Box<[(Box<str>, Box<str>)]>,
    pub(crate) subpath: Option<Box<str>>,
}

pub(crate) fn term(value: &str) -> Result<Term, String> {
    if !value.starts_with("pkg:") {
        return Err(
            "a package URL starts with `pkg:`, for example `purl:pkg:npm/%40angular/core`".into()
        );
    }
    let below = value.ends_with("/*");
    let stem = if below { &value[..value.len() - 1] } else { value };
    if stem.contains('*') {
        return Err(
            "a star may stand once, as the whole last segment: `purl:pkg:npm/%40angular/*`".into(),
        );
    }
    // A stand-in name turns the stem into a package URL that the one parser can check and normalise.
    let whole = if below { format!("{stem}x") } else { value.to_owned() };
    let purl = Purl::parse(&whole).map_err(|error| error.to_string())?;
    let canonical = purl.to_string();
    let mut term = PurlTerm::new(purl);
    if !below {
        return Ok(Term { value: canonical.into(), purl: Some(Box::new(term)) });
    }
    if term.version.is_some() || !term.qualifiers.is_empty() || term.subpath.is_some() {
        return Err("with `/*` there is no version, qualifier or subpath".into());
    }
    let (Some(start), Some(folder)) = (canonical.strip_suffix('x'), term.package.strip_suffix('x'))
    else {
        return Err("the star must be the whole last segment".into());
    };
    (term.package, term.below) = (folder.into(), true);
    Ok(Term { value: format!("{start}*").into(), purl: Some(Box::new(term)) })
}

pub(crate) fn find(term: &Term, seen: &Seen<'_>) -> Match {
    let Some(purl) = &term.purl else { return Match::No };
    let first = seen.purls.partition_point(|product| *product.package < *purl.package);
    let mut best = Match::No;
    for product in &seen.purls[first..] {
        let same = if purl.below {
            product.package.starts_with(&*purl.package)
        } else {
            product.package == purl.package
        };
        if !same {
            break;
        }
        best = best.or(one(purl, product));
        if best == Match::Yes {
            break;
        }
    }
    best
}

/// One product of the same package: does anything contradict?
fn one(term: &PurlTerm, product: &PurlTerm) -> Match {
    if term.below {
        return Match::Yes;
    }
    if !agree(term, product) {
        return Match::No;
    }
    match (&term.version, &product.version) {
        (None, _) if term.range().is_none() => Match::Yes,
        (Some(wanted), Some(version)) if wanted == version => Match::Yes,
        (Some(_), Some(_)) => Match::No,
        (Some(_), None) if product.range().is_none() => Match::Maybe(Why::VersionAbsent),
        _ => Match::Maybe(Why::RangeUndecided),
    }
}

/// Whether two terms can speak about the same package version: for composing two scopes.
pub(crate) fn overlap(left: &PurlTerm, right: &PurlTerm) -> bool {
    match (left.below, right.below) {
        (true, true) => {
            left.package.starts_with(&*right.package) || right.package.starts_with(&*left.package)
        }
        (true, false) => right.package.starts_with(&*left.package),
        (false, true) => left.package.starts_with(&*right.package),
        (false, false) => {
            let versions = match (&left.version, &right.version) {
                (Some(one), Some(other)) => one == other,
                _ => true,
            };
            left.package == right.package && versions && agree(left, right)
        }
    }
}

/// Common qualifiers must be equal, and subpaths where both have one; what one side lacks excludes nothing.
fn agree(left: &PurlTerm, right: &PurlTerm) -> bool {
    let qualifiers = left
        .qualifiers
        .iter()
        .filter(|(key, _)| **key != *RANGE)
        .all(|(key, value)| right.qualifier(key).is_none_or(|other| *other == **value));
    let subpaths = match (&left.subpath, &right.subpath) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    qualifiers && subpaths
}

impl PurlTerm {
    pub(crate) fn new(purl: Purl) -> Self {
        Self {
            package: package(&purl).into(),
            below: false,
            version: purl.version,
            qualifiers: purl.qualifiers.into_iter().collect(),
            subpath: purl.subpath,
        }
    }

    /// `namespace/name` without the type; with `below` only its start, which is empty or ends in `/`.
    pub(crate) fn path(&self) -> &str {
        self.package.split_once('/').map_or("", |(_, path)| path)
    }

    fn qualifier(&self, wanted: &str) -> Option<&str> {
        self.qualifiers.iter().find(|(key, _)| **key == *wanted).map(|(_, value)| &**value)
    }

    fn range(&self) -> Option<&str> {
        self.qualifier(RANGE)
    }
}

/// Type, namespace and name as one comparison key: no version, no qualifiers.
fn package(purl: &Purl) -> String {
    let mut key = String::from(&*purl.ty);
    key.push('/');
    key.push_str(&qualified(purl));
    if FOLDED_TYPES.contains(&&*purl.ty) { key.to_lowercase() } else { key }
}

/// `namespace/name`, or the name alone.
pub(crate) fn qualified(purl: &Purl) -> String {
    match purl.namespace.as_deref() {
        Some(namespace) => format!("{namespace}/{}", &*purl.name),
        None => purl.name.as_ref().into(),
    }
}
