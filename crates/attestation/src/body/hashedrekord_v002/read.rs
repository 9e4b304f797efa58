//! Reading leaves and requests of this kind.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::{HashedRekord, MAX_LEAF, MAX_REQUEST, VerifierBytes, digest_algorithm};
use crate::{AttestationError, KeyAlgorithm, base64, json};

/// Levels of both forms with some room; the real ones have 7 and 5.
const DEPTH: usize = 16;

type Malformed = fn(Box<str>) -> AttestationError;

pub(super) fn leaf(body: &[u8]) -> Result<HashedRekord, AttestationError> {
    let malformed: Malformed = |reason| AttestationError::LeafMalformed { reason };
    let top = document(body, MAX_LEAF, malformed)?;
    let mut top = Fields::new(top, "", malformed);
    for (name, value) in [("apiVersion", "0.0.2"), ("kind", "hashedrekord")] {
        if top.text(name, name)? != value {
            return Err(malformed(format!("`{name}` is not {value}").into()));
        }
    }
    let mut spec = top.object("spec", "spec")?;
    top.done()?;
    let mut record = spec.object("hashedRekordV002", "hashedRekordV002")?;
    spec.done()?;
    let mut data = record.object("data", "data")?;
    let algorithm = data.text("algorithm", "algorithm")?;
    let digest = data.bytes("digest", "digest", true)?;
    data.done()?;
    let (signature, key_details, verifier) = signed(&mut record, true)?;
    record.done()?;
    let record =
        HashedRekord { algorithm: algorithm.into(), digest, signature, key_details, verifier };
    if record.leaf() != body {
        return Err(malformed("the bytes are not in canonical form".into()));
    }
    Ok(record)
}

pub(super) fn request(body: &[u8]) -> Result<HashedRekord, AttestationError> {
    let malformed: Malformed = |reason| AttestationError::RequestMalformed { reason };
    let top = document(body, MAX_REQUEST, malformed)?;
    let mut top = Fields::new(top, "", malformed);
    let mut record = top.object("hashedRekordRequestV002", "hashed_rekord_request_v002")?;
    top.done()?;
    let digest = record.bytes("digest", "digest", false)?;
    let (signature, key_details, verifier) = signed(&mut record, false)?;
    record.done()?;
    let algorithm = digest_algorithm(&key_details).map(KeyAlgorithm::hash_name)?.into();
    Ok(HashedRekord { algorithm, digest, signature, key_details, verifier })
}

fn document(
    body: &[u8],
    limit: usize,
    malformed: Malformed,
) -> Result<Map<String, Value>, AttestationError> {
    if body.len() > limit {
        let what = "the entry";
        return Err(AttestationError::DocumentTooLarge { what, size: body.len(), limit });
    }
    match json::parse(body, DEPTH)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(malformed("the JSON is not an object".into())),
    }
}

/// `signature`, the same in both forms.
fn signed(
    record: &mut Fields,
    standard: bool,
) -> Result<(Bytes, Box<str>, VerifierBytes), AttestationError> {
    let mut signature = record.object("signature", "signature")?;
    let content = signature.bytes("content", "content", standard)?;
    let mut verifier = signature.object("verifier", "verifier")?;
    signature.done()?;
    let key_details = verifier.text("keyDetails", "key_details")?.into();
    let key = verifier.optional("publicKey", "public_key")?;
    let certificate = verifier.optional("x509Certificate", "x509_certificate")?;
    verifier.done()?;
    let bytes = match (key, certificate) {
        (Some(mut key), None) => {
            let der = key.bytes("rawBytes", "raw_bytes", standard)?;
            key.done()?;
            VerifierBytes::PublicKey(der)
        }
        (None, Some(mut certificate)) => {
            let der = certificate.bytes("rawBytes", "raw_bytes", standard)?;
            certificate.done()?;
            VerifierBytes::Certificate(der)
        }
        _ => {
            let reason = "exactly one of `publicKey` and `x509Certificate` is needed";
            return Err((record.malformed)(reason.into()));
        }
    };
    Ok((content, key_details, bytes))
}

/// The fields of one object; each is taken once, and none may be left over.
struct Fields {
    map: Map<String, Value>,
    path: String,
    malformed: Malformed,
}

impl Fields {
    fn new(map: Map<String, Value>, path: &str, malformed: Malformed) -> Fields {
        Fields { map, path: path.to_owned(), malformed }
    }

    /// A field by either of its names; null counts as absent.
    fn take(&mut self, camel: &str, snake: &str) -> Result<Option<Value>, AttestationError> {
        let first = self.map.remove(camel);
        let second = self.map.remove(snake);
        if first.is_some() && second.is_some() {
            return Err(self.fault(camel, "is given under both of its names"));
        }
        Ok(first.or(second).filter(|v| !v.is_null()))
    }

    fn text(&mut self, camel: &str, snake: &str) -> Result<String, AttestationError> {
        match self.take(camel, snake)? {
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(self.fault(camel, "is not a text")),
            None => Err(self.fault(camel, "is missing")),
        }
    }

    /// Base64, never empty; the log prints the standard alphabet, clients may send the other.
    fn bytes(
        &mut self,
        camel: &str,
        snake: &str,
        standard: bool,
    ) -> Result<Bytes, AttestationError> {
        let text = self.text(camel, snake)?;
        let name = self.name(camel);
        let decode = if standard { base64::decode_standard } else { base64::decode_either };
        let bytes = decode(&text, &name)?;
        if bytes.is_empty() {
            return Err(self.fault(camel, "is empty"));
        }
        Ok(bytes.into())
    }

    fn optional(&mut self, camel: &str, snake: &str) -> Result<Option<Fields>, AttestationError> {
        match self.take(camel, snake)? {
            Some(Value::Object(map)) => {
                Ok(Some(Fields::new(map, &self.name(camel), self.malformed)))
            }
            Some(_) => Err(self.fault(camel, "is not an object")),
            None => Ok(None),
        }
    }

    fn object(&mut self, camel: &str, snake: &str) -> Result<Fields, AttestationError> {
        self.optional(camel, snake)?.ok_or_else(|| self.fault(camel, "is missing"))
    }

    fn done(&self) -> Result<(), AttestationError> {
        match self.map.keys().next() {
            None => Ok(()),
            Some(name) => {
                let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
                Err(self.fault(&shown, "is not known"))
            }
        }
    }

    fn name(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }

    fn fault(&self, field: &str, what: &str) -> AttestationError {
        (self.malformed)(format!("`{}` {what}", self.name(field)).into())
    }
}
