//! The parts of a Sigstore bundle that make an attestation. Log entries and timestamps in it
//! are not looked at here.
//!
//! Shape: `sigstore_bundle.proto` in its JSON form, versions 0.1 to 0.3.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::json::{self, MAX_ENVELOPE_VALUES};
use crate::{AttestationError, Envelope, Limits, Verifier, base64};

/// The media types that are read, with the version they stand for.
const MEDIA_TYPES: [&str; 5] = [
    "application/vnd.dev.sigstore.bundle+json;version=0.1",
    "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "application/vnd.dev.sigstore.bundle+json;version=0.3",
    "application/vnd.dev.sigstore.bundle.v0.3+json",
    "application/vnd.dev.sigstore.bundle.v0.2+json",
];

/// What a bundle says about one attestation; nothing is verified yet.
#[derive(Clone, Debug)]
pub struct BundleParts {
    /// The envelope; its `raw` is the text of the bundle's `dsseEnvelope`, byte for byte.
    pub envelope: Envelope,
    /// The certificate, if the bundle holds one. A public key is never inside a bundle.
    pub verifier: Option<Verifier>,
    /// The hint by which the public key can be found, if the bundle holds one that is not empty.
    pub key_hint: Option<String>,
}

/// Only to find where the envelope's text stands; the strict reader has seen it before.
#[derive(Deserialize)]
struct Place<'a> {
    #[serde(borrow, rename = "dsseEnvelope", alias = "dsse_envelope")]
    envelope: &'a RawValue,
}

/// Reads a Sigstore bundle that holds a DSSE envelope.
///
/// # Errors
/// As [`Envelope::parse`], and `bundle_malformed`, `certificate_unreadable`,
/// `key_type_unsupported`.
pub fn read_bundle(raw: &[u8], limits: &Limits) -> Result<BundleParts, AttestationError> {
    if raw.len() > limits.max_raw() {
        return Err(AttestationError::DocumentTooLarge {
            what: "the bundle",
            size: raw.len(),
            limit: limits.max_raw(),
        });
    }
    let value = json::parse_bounded(raw, limits.max_depth, MAX_ENVELOPE_VALUES)?;
    let Value::Object(bundle) = value else {
        return Err(malformed("the JSON is not an object"));
    };
    match field(&bundle, "mediaType", "media_type")? {
        Some(Value::String(t)) if MEDIA_TYPES.contains(&t.as_str()) => {}
        Some(Value::String(t)) => {
            let shown: String = t.chars().take(100).collect();
            return Err(malformed(format!("media type `{}`", shown.escape_debug())));
        }
        _ => return Err(malformed("`mediaType` is missing")),
    }
    if field(&bundle, "dsseEnvelope", "dsse_envelope")?.is_none() {
        let message = field(&bundle, "messageSignature", "message_signature")?.is_some();
        return Err(malformed(if message {
            "it holds a message signature"
        } else {
            "`dsseEnvelope` is missing"
        }));
    }
    let (verifier, key_hint) =
        match field(&bundle, "verificationMaterial", "verification_material")? {
            Some(Value::Object(material)) => material_of(material)?,
            _ => return Err(malformed("`verificationMaterial` is missing")),
        };
    // The tree is no longer needed; the envelope is read again from its own text.
    drop(bundle);
    let place: Place<'_> =
        serde_json::from_slice(raw).map_err(|_| malformed("`dsseEnvelope` is missing"))?;
    let text = Bytes::copy_from_slice(place.envelope.get().as_bytes());
    Ok(BundleParts { envelope: Envelope::parse(text, limits)?, verifier, key_hint })
}

type Material = (Option<Verifier>, Option<String>);

fn material_of(material: &Map<String, Value>) -> Result<Material, AttestationError> {
    let certificate = field(material, "certificate", "certificate")?;
    let chain = field(material, "x509CertificateChain", "x509_certificate_chain")?;
    let key = field(material, "publicKey", "public_key")?;
    match (certificate, chain, key) {
        (Some(certificate), None, None) => {
            Ok((Some(certificate_of(certificate, "verificationMaterial.certificate")?), None))
        }
        (None, Some(Value::Object(chain)), None) => {
            let Some(Value::Array(list)) = field(chain, "certificates", "certificates")? else {
                return Err(malformed("the certificate chain has no `certificates`"));
            };
            let first = list.first().ok_or_else(|| malformed("the certificate chain is empty"))?;
            let name = "verificationMaterial.x509CertificateChain.certificates[0]";
            Ok((Some(certificate_of(first, name)?), None))
        }
        (None, None, Some(Value::Object(key))) => match field(key, "hint", "hint")? {
            Some(Value::String(hint)) if !hint.is_empty() => Ok((None, Some(hint.clone()))),
            None | Some(Value::String(_)) => Ok((None, None)),
            Some(_) => Err(malformed("the public key's `hint` is not a text")),
        },
        _ => Err(malformed(
            "exactly one of `certificate`, `x509CertificateChain` and `publicKey` is needed",
        )),
    }
}

fn certificate_of(value: &Value, name: &str) -> Result<Verifier, AttestationError> {
    let text = match value {
        Value::Object(fields) => field(fields, "rawBytes", "raw_bytes")?.and_then(Value::as_str),
        _ => None,
    };
    let text = text.ok_or_else(|| malformed(format!("`{name}` has no `rawBytes`")))?;
    let der = base64::decode_either(text, &format!("{name}.rawBytes"))?;
    Verifier::from_der_certificate(&der)
}

/// A field by its JSON name or its proto name; null counts as absent, both names are an error.
fn field<'a>(
    fields: &'a Map<String, Value>,
    camel: &str,
    snake: &str,
) -> Result<Option<&'a Value>, AttestationError> {
    let first = fields.get(camel);
    let second = if camel == snake { None } else { fields.get(snake) };
    if first.is_some() && second.is_some() {
        return Err(malformed(format!("both `{camel}` and `{snake}` are given")));
    }
    Ok(first.or(second).filter(|v| !v.is_null()))
}

fn malformed(reason: impl Into<Box<str>>) -> AttestationError {
    AttestationError::BundleMalformed { reason: reason.into() }
}
