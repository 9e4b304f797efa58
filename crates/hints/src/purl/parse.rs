//! Takes a package URL apart, from the right.

use std::collections::BTreeMap;

use super::{Purl, types};
use crate::IdError;
use crate::percent::decode;

const WHAT: &str = "package URL";

pub(super) fn parse(text: &str) -> Result<Purl, IdError> {
    let bad = |why| IdError::malformed(WHAT, text, why);
    let decoded = |part: &str| {
        let part = decode(part).ok_or_else(|| bad("a percent-encoded part is not UTF-8"))?;
        if part.chars().any(char::is_control) {
            Err(bad("it holds a control character"))
        } else {
            Ok(part)
        }
    };
    let whole = text.trim_ascii();
    if whole.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return Err(bad("white space must be percent-encoded"));
    }
    let (whole, subpath) = match whole.rsplit_once('#') {
        Some((rest, subpath)) => {
            (rest, path(subpath, decoded, |segment| !matches!(segment, "." | ".."))?)
        }
        None => (whole, None),
    };
    let (whole, qualifiers) = match whole.rsplit_once('?') {
        Some((rest, list)) => (rest, pairs(list, decoded, bad)?),
        None => (whole, BTreeMap::new()),
    };
    let (scheme, rest) = whole.split_once(':').ok_or_else(|| bad("it starts with `pkg:`"))?;
    if !scheme.eq_ignore_ascii_case("pkg") {
        return Err(bad("it starts with `pkg:`"));
    }
    let rest = rest.trim_start_matches('/');
    let (ty, rest) =
        rest.split_once('/').ok_or_else(|| bad("it needs a type and a name: `pkg:type/name`"))?;
    let ty = ty.to_ascii_lowercase();
    if !ty.starts_with(|first: char| first.is_ascii_alphabetic())
        || !ty.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte))
    {
        return Err(bad("a type starts with a letter and has letters, digits and `.-` only"));
    }
    let rest = rest.trim_matches('/');
    // An `@` that starts a segment belongs to a scope such as `@angular`, written without encoding.
    let (rest, version) = match rest.rsplit_once('@') {
        Some((before, version)) if !before.is_empty() && !before.ends_with('/') => {
            (before, decoded(version)?)
        }
        _ => (rest, String::new()),
    };
    let rest = rest.trim_end_matches('/');
    let (namespace, name) = match rest.rsplit_once('/') {
        Some((namespace, name)) => (path(namespace, decoded, |_| true)?, name),
        None => (None, rest),
    };
    let name = decoded(name)?;
    if name.is_empty() {
        return Err(bad("it has no name"));
    }
    let mut purl = Purl {
        ty: ty.into(),
        namespace,
        name: name.into(),
        version: (!version.is_empty()).then(|| version.into()),
        qualifiers,
        subpath,
    };
    types::normalise(&mut purl);
    Ok(purl)
}

/// Decodes a path segment by segment; empty segments go.
fn path(
    text: &str,
    decoded: impl Fn(&str) -> Result<String, IdError>,
    keep: fn(&str) -> bool,
) -> Result<Option<Box<str>>, IdError> {
    let mut out = String::with_capacity(text.len());
    for segment in text.split('/') {
        let segment = decoded(segment)?;
        if segment.is_empty() || !keep(&segment) {
            continue;
        }
        if !out.is_empty() {
            out.push('/');
        }
        out.push_str(&segment);
    }
    Ok((!out.is_empty()).then(|| out.into()))
}

/// Decodes `key=value&…`; empty values go, a key given twice is an error.
fn pairs(
    text: &str,
    decoded: impl Fn(&str) -> Result<String, IdError>,
    bad: impl Fn(&'static str) -> IdError,
) -> Result<BTreeMap<Box<str>, Box<str>>, IdError> {
    let mut out = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or_else(|| bad("a qualifier is `key=value`"))?;
        let key = key.to_ascii_lowercase();
        if !key.starts_with(|first: char| first.is_ascii_alphabetic())
            || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        {
            return Err(bad(
                "a qualifier's key starts with a letter and has letters, digits and `.-_` only",
            ));
        }
        let value = decoded(value)?;
        if !value.is_empty() && out.insert(key.into(), value.into()).is_some() {
            return Err(bad("a qualifier is given twice"));
        }
    }
    Ok(out)
}
