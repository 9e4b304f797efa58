//! Which format a predicate is: by its type where that fits, else by its look.

use std::borrow::Cow;

use rekindle_attestation::json;
use rekindle_hints::{DetectedBy, Predicate, SkipReason};
use serde_json::Value;

use crate::collect::Collector;
use crate::format::{FORMATS, Format};
use crate::named;
use crate::statement::Subjects;

/// Reads the predicate of a statement, or a bare document.
pub(crate) fn read(
    uri: Option<&str>,
    content: Option<&Value>,
    subjects: &Subjects,
    collector: &mut Collector,
) {
    let written = uri.unwrap_or_default();
    let ty = normalised(written);
    let content = content.map(|content| unwrapped(content, collector.limits.max_depth));
    let content = content.as_deref();

    let looks = |format: &&&Format| content.is_some_and(|content| (format.looks)(content));
    let declared = FORMATS.iter().find(|format| (format.is_type)(&ty));
    let (format, detected_by) = if let Some(fits) = declared.filter(|format| looks(format)) {
        (Some(fits), DetectedBy::PredicateType)
    } else if let Some(seen) = FORMATS.iter().filter(|format| format.marked).find(looks) {
        // The type is generic, unknown or wrong; the content speaks for itself.
        (Some(seen), DetectedBy::Content)
    } else {
        (declared, if uri.is_some() { DetectedBy::PredicateType } else { DetectedBy::Content })
    };
    let family = match (format, content) {
        (Some(format), Some(content)) => (format.family)(content),
        (Some(format), None) => (format.family)(&Value::Null),
        (None, _) => named::family(&ty, content),
    };
    collector.predicate(Predicate { uri: written.into(), family, detected_by });
    match (format, content) {
        (Some(format), Some(content)) => (format.read)(content, subjects, collector),
        (Some(_), None) => {
            collector.skip("predicate", SkipReason::WrongType);
            collector.unread();
        }
        (None, _) => collector.unread(),
    }
}

/// A type URI as it is compared; the original stays in the hints.
pub(crate) fn normalised(uri: &str) -> Cow<'_, str> {
    let end = uri.find(['?', '#']).unwrap_or(uri.len());
    let bare = uri[..end].trim();
    let bare = bare.strip_suffix('/').unwrap_or(bare);
    if bare.is_empty() || bare.contains("://") || bare.starts_with("urn:") {
        Cow::Borrowed(bare)
    } else {
        Cow::Owned(format!("https://{bare}"))
    }
}

/// Whether a type is `base` or a version below it: `base/…`.
pub(crate) fn below(ty: &str, base: &str) -> bool {
    ty.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Takes the content out of cosign's `{Data, Timestamp}` wrapper, and JSON out of a string.
fn unwrapped(content: &Value, max_depth: usize) -> Cow<'_, Value> {
    let inner = match content {
        Value::Object(object)
            if object.contains_key("Data")
                && object.keys().all(|key| key == "Data" || key == "Timestamp") =>
        {
            &object["Data"]
        }
        other => other,
    };
    match inner {
        Value::String(text) => parsed(text, max_depth).map_or(Cow::Borrowed(inner), Cow::Owned),
        _ => Cow::Borrowed(inner),
    }
}

/// JSON written as a string, plain or in base64; `None` for other text.
fn parsed(text: &str, max_depth: usize) -> Option<Value> {
    let text = text.trim();
    if text.starts_with(['{', '[']) {
        return json::parse(text.as_bytes(), max_depth).ok();
    }
    // Base64 of `{` followed by a printable character starts with these.
    if text.starts_with(['e', 'W']) {
        let bytes = crate::document::base64(text)?;
        return json::parse_document(&bytes, max_depth).ok().filter(|value| !value.is_string());
    }
    None
}

/// A document inside of a document, such as a scanner's report: read if it has a known look.
pub(crate) fn inner(content: &Value, subjects: &Subjects, collector: &mut Collector) -> bool {
    let content = unwrapped(content, collector.limits.max_depth);
    let format = FORMATS.iter().find(|format| format.marked && (format.looks)(&content));
    if let Some(format) = format {
        (format.read)(&content, subjects, collector);
    }
    format.is_some()
}
