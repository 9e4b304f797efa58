//! The outermost layers: bundle, envelope, list, JSON lines, statement, bare document.

use ::base64::Engine as _;
use ::base64::alphabet::{STANDARD, URL_SAFE};
use ::base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rekindle_attestation::json;
use rekindle_hints::{DetectedBy, Digest, Family, Hints, Predicate};
use serde_json::{Map, Value};

use crate::collect::{Collector, Role, text};
use crate::statement::{self, Subjects};
use crate::{ExtractError, Limits, select};

/// Layers around a statement (list, bundle, envelope) that are unpacked; real inputs have three.
const MAX_LAYERS: usize = 6;

/// Hints of the decoded payload of an envelope: a statement or a bare document.
///
/// The media type is not believed when it says what the payload is; it only decides whether a payload that is no
/// JSON at all is an error (the type promises JSON) or a document of unknown kind.
///
/// # Errors
/// A payload over the size limit, or one that should be JSON and is not: syntax, duplicate keys, too deep.
pub fn extract(payload_type: &str, payload: &[u8], limits: &Limits) -> Result<Hints, ExtractError> {
    let mut collector = Collector::new(limits);
    self::payload(payload_type, payload, &mut collector, MAX_LAYERS)?;
    Ok(collector.finish())
}

/// Hints of a file as people have it: a bundle, an envelope, a statement, a bare document, an API's list of
/// attestations, or JSON lines of any of these (their union).
///
/// # Errors
/// Too large, not JSON, or an envelope whose payload is not base64 or not the JSON that its type promises.
pub fn extract_document(bytes: &[u8], limits: &Limits) -> Result<Hints, ExtractError> {
    let limit = limits.max_document.saturating_mul(2);
    if bytes.len() > limit {
        return Err(ExtractError::TooLarge { what: "document", size: bytes.len(), limit });
    }
    let mut collector = Collector::new(limits);
    match json::parse_document(bytes, limits.max_depth) {
        Ok(value) => value_of(&value, bytes.len(), &mut collector, MAX_LAYERS)?,
        Err(source) => {
            let not_json = ExtractError::NotJson { what: "document", source };
            lines(bytes, &mut collector).unwrap_or(Err(not_json))?;
        }
    }
    Ok(collector.finish())
}

/// Decodes base64, standard or URL-safe, padded or not.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    GeneralPurpose::new(alphabet, config).decode(text).ok()
}

/// JSON lines; `None` if the first line is no JSON by itself, so that the error of the whole document stands.
fn lines(bytes: &[u8], collector: &mut Collector) -> Option<Result<(), ExtractError>> {
    let max_depth = collector.limits.max_depth;
    let mut lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let first = json::parse_document(lines.next()?, max_depth).ok().filter(Value::is_object)?;
    let all = || {
        value_of(&first, bytes.len(), collector, MAX_LAYERS)?;
        for line in lines {
            if !collector.node("line") {
                break;
            }
            let value = json::parse(line, max_depth)
                .map_err(|source| ExtractError::NotJson { what: "line", source })?;
            value_of(&value, line.len(), collector, MAX_LAYERS)?;
        }
        Ok(())
    };
    Some(all())
}

fn payload(
    ty: &str,
    bytes: &[u8],
    collector: &mut Collector,
    layers: usize,
) -> Result<(), ExtractError> {
    let limits = collector.limits;
    if bytes.len() > limits.max_document {
        return Err(ExtractError::TooLarge {
            what: "payload",
            size: bytes.len(),
            limit: limits.max_document,
        });
    }
    match json::parse_document(bytes, limits.max_depth) {
        Ok(value) => value_of(&value, bytes.len(), collector, layers),
        Err(_) if !ty.to_ascii_lowercase().contains("json") => {
            let text = std::str::from_utf8(bytes).ok().map(Value::from);
            select::read(None, text.as_ref(), &Subjects::default(), collector);
            Ok(())
        }
        Err(source) => Err(ExtractError::NotJson { what: "payload", source }),
    }
}

/// `size` is that of the text which the value was read from: the bound of a document that is not wrapped.
fn value_of(
    value: &Value,
    size: usize,
    collector: &mut Collector,
    layers: usize,
) -> Result<(), ExtractError> {
    let limit = collector.limits.max_document;
    match value {
        Value::Object(object) if statement::is_statement(object) => {
            statement::read(object, collector);
            return within(size, limit);
        }
        Value::Object(object) if layers > 0 => {
            if let Some(result) = wrapped(object, collector, layers - 1) {
                return result;
            }
        }
        Value::Array(list) if layers > 0 && list.iter().any(is_wrapped) => {
            return each(list, size, collector, layers - 1);
        }
        _ => {}
    }
    within(size, limit)?;
    select::read(None, Some(value), &Subjects::default(), collector);
    Ok(())
}

fn within(size: usize, limit: usize) -> Result<(), ExtractError> {
    if size > limit {
        Err(ExtractError::TooLarge { what: "document", size, limit })
    } else {
        Ok(())
    }
}

fn is_wrapped(value: &Value) -> bool {
    value.as_object().is_some_and(|object| {
        statement::is_statement(object)
            || ["dsseEnvelope", "messageSignature", "bundle"]
                .iter()
                .any(|member| object.contains_key(*member))
            || is_envelope(object)
    })
}

fn is_envelope(object: &Map<String, Value>) -> bool {
    ["payload", "payloadType"]
        .iter()
        .all(|member| object.get(*member).is_some_and(Value::is_string))
}

/// Unpacks one layer; `None` if the object is no wrapper.
fn wrapped(
    object: &Map<String, Value>,
    collector: &mut Collector,
    layers: usize,
) -> Option<Result<(), ExtractError>> {
    // What the text around a wrapped value measures says nothing about the value.
    const NO_SIZE: usize = 0;
    if is_envelope(object) {
        return Some(envelope(object, collector, layers));
    }
    if let Some(envelope) = object.get("dsseEnvelope").filter(|envelope| envelope.is_object()) {
        return Some(value_of(envelope, NO_SIZE, collector, layers));
    }
    if let Some(message) = object.get("messageSignature").filter(|message| message.is_object()) {
        message_signature(message, collector);
        return Some(Ok(()));
    }
    if let Some(bundle) = object.get("bundle").filter(|bundle| is_wrapped(bundle)) {
        return Some(value_of(bundle, NO_SIZE, collector, layers));
    }
    match object.get("attestations") {
        Some(Value::Array(list)) if list.iter().all(Value::is_object) => {
            Some(each(list, NO_SIZE, collector, layers))
        }
        _ => None,
    }
}

fn each(
    list: &[Value],
    size: usize,
    collector: &mut Collector,
    layers: usize,
) -> Result<(), ExtractError> {
    for value in list {
        if !collector.node("attestations[]") {
            break;
        }
        value_of(value, size, collector, layers)?;
    }
    Ok(())
}

fn envelope(
    object: &Map<String, Value>,
    collector: &mut Collector,
    layers: usize,
) -> Result<(), ExtractError> {
    let text = |member| object.get(member).and_then(Value::as_str).unwrap_or_default();
    let encoded = text("payload");
    // Decided before anything of that size is allocated a second time.
    let least = (encoded.len() / 4 * 3).saturating_sub(2);
    let limit = collector.limits.max_document;
    if least > limit {
        return Err(ExtractError::TooLarge { what: "payload", size: least, limit });
    }
    let bytes = base64(encoded).ok_or(ExtractError::NotBase64)?;
    payload(text("payloadType"), &bytes, collector, layers)
}

/// A signature over a blob: its digest is all that is known.
fn message_signature(message: &Value, collector: &mut Collector) {
    collector.predicate(Predicate {
        uri: "".into(),
        family: Family::Signature,
        detected_by: DetectedBy::Content,
    });
    collector.unread();
    let Some(digest) = message.get("messageDigest") else { return };
    // Bundles name the algorithms of the SHA-2 family so; the value is base64, which the SRI form is as well.
    let name = match text(digest, "algorithm") {
        Some("SHA2_256") => "sha256",
        Some("SHA2_384") => "sha384",
        Some("SHA2_512") => "sha512",
        other => other.unwrap_or_default(),
    };
    let value = text(digest, "digest").unwrap_or_default();
    collector.parsed_digest(
        "messageDigest",
        Digest::parse(&format!("{name}-{value}")),
        Role::Artifact,
        false,
    );
}
