//! The DSSE envelope: strict reading, and PAE, the bytes that are really signed.
//!
//! Shape and rules: the DSSE specification (`envelope.md`, `protocol.md`). Fields that it does
//! not name are ignored, as it asks, since no signature covers them.

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::json::{self, MAX_ENVELOPE_VALUES};
use crate::{AttestationError, Limits, base64};

/// Longest `payloadType` in bytes. Media types are below 256; the field is copied into lists.
const MAX_PAYLOAD_TYPE: usize = 1024;
/// Longest decoded signature in bytes. RSA with 4096 bits has 512.
const MAX_SIGNATURE: usize = 4096;

/// One signature of an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The unauthenticated hint which key made it; an empty text counts as absent.
    pub keyid: Option<Box<str>>,
    /// The raw signature bytes.
    pub sig: Bytes,
}

/// A DSSE envelope that was read strictly; its signatures are **not** verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The JSON text as it was handed in.
    pub raw: Bytes,
    /// What the payload is, a media type.
    pub payload_type: Box<str>,
    /// The decoded payload.
    pub payload: Bytes,
    /// At least one, at most [`Limits::max_signatures`].
    pub signatures: Vec<Signature>,
}

impl Envelope {
    /// Reads the JSON form of an envelope.
    ///
    /// # Errors
    /// Strict JSON and the limits first, then the shape, then base64: `document_too_large`,
    /// `not_json` and its relatives, `envelope_malformed`, `bad_base64`, `no_signatures`,
    /// `too_many_signatures`.
    pub fn parse(raw: Bytes, limits: &Limits) -> Result<Envelope, AttestationError> {
        if raw.len() > limits.max_raw() {
            return Err(AttestationError::DocumentTooLarge {
                what: "the envelope",
                size: raw.len(),
                limit: limits.max_raw(),
            });
        }
        let value = json::parse_bounded(&raw, limits.max_depth, MAX_ENVELOPE_VALUES)?;
        let Value::Object(fields) = value else {
            return Err(malformed("the JSON is not an object"));
        };
        let payload_type: Box<str> = text(&fields, "payloadType")?.into();
        if payload_type.len() > MAX_PAYLOAD_TYPE {
            return Err(AttestationError::DocumentTooLarge {
                what: "`payloadType`",
                size: payload_type.len(),
                limit: MAX_PAYLOAD_TYPE,
            });
        }
        let signatures = signatures(&fields, limits)?;
        let payload = payload(text(&fields, "payload")?, limits)?;
        Ok(Envelope { raw, payload_type, payload, signatures })
    }

    /// The `keyid` by which the verifier can be looked up: the first one given.
    #[must_use]
    pub fn key_hint(&self) -> Option<&str> {
        self.signatures.iter().find_map(|s| s.keyid.as_deref())
    }

    /// The bytes that the signatures cover, see [`pae`].
    #[must_use]
    pub fn pae(&self) -> Vec<u8> {
        pae(&self.payload_type, &self.payload)
    }
}

/// DSSE's pre-authentication encoding, version 1:
/// `DSSEv1 SP len(type) SP type SP len(payload) SP payload`, lengths in decimal bytes.
#[must_use]
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    let mut out = Vec::with_capacity(head.len() + payload.len());
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(payload);
    out
}

fn payload(text: &str, limits: &Limits) -> Result<Bytes, AttestationError> {
    // Decided on the text, before anything of that size is allocated a second time.
    let too_large = |size| AttestationError::DocumentTooLarge {
        what: "the payload",
        size,
        limit: limits.max_document,
    };
    let least = (text.len() / 4 * 3).saturating_sub(2);
    if least > limits.max_document {
        return Err(too_large(least));
    }
    let payload = base64::decode_either(text, "payload")?;
    if payload.len() > limits.max_document {
        return Err(too_large(payload.len()));
    }
    Ok(payload.into())
}

fn signatures(
    fields: &Map<String, Value>,
    limits: &Limits,
) -> Result<Vec<Signature>, AttestationError> {
    let list = match fields.get("signatures") {
        Some(Value::Array(list)) => list,
        None | Some(Value::Null) => return Err(AttestationError::NoSignatures),
        Some(_) => return Err(malformed("`signatures` is not a list")),
    };
    if list.is_empty() {
        return Err(AttestationError::NoSignatures);
    }
    if list.len() > limits.max_signatures {
        return Err(AttestationError::TooManySignatures {
            found: list.len(),
            allowed: limits.max_signatures,
            why: "in one envelope",
        });
    }
    list.iter().enumerate().map(|(i, value)| signature(i, value)).collect()
}

fn signature(index: usize, value: &Value) -> Result<Signature, AttestationError> {
    let Value::Object(fields) = value else {
        return Err(malformed(format!("`signatures[{index}]` is not an object")));
    };
    let keyid = match fields.get("keyid") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) if id.is_empty() => None,
        Some(Value::String(id)) => Some(id.as_str().into()),
        Some(_) => return Err(malformed(format!("`signatures[{index}].keyid` is not a text"))),
    };
    let field = format!("signatures[{index}].sig");
    let Some(Value::String(text)) = fields.get("sig") else {
        return Err(malformed(format!("`{field}` is missing or not a text")));
    };
    if text.len() > MAX_SIGNATURE / 3 * 4 {
        return Err(AttestationError::DocumentTooLarge {
            what: "a signature",
            size: text.len() / 4 * 3,
            limit: MAX_SIGNATURE,
        });
    }
    let sig = base64::decode_either(text, &field)?;
    if sig.is_empty() {
        return Err(malformed(format!("`{field}` is empty")));
    }
    Ok(Signature { keyid, sig: sig.into() })
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str, AttestationError> {
    match fields.get(name) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(malformed(format!("`{name}` is not a text"))),
        None => Err(malformed(format!("`{name}` is missing"))),
    }
}

fn malformed(reason: impl Into<Box<str>>) -> AttestationError {
    AttestationError::EnvelopeMalformed { reason: reason.into() }
}
