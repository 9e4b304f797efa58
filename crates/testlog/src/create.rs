//! A new entry: checked as the real server checks it, answered once a checkpoint covers it.

use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use rekindle_attestation::body::hashedrekord_v002::HashedRekord;
use rekindle_proof::{Hash, Receipt};
use rekindle_rekor::wire::v2::{TransparencyLogEntry, X_LOG_INDEX};
use serde_json::Value;

use crate::log::Core;
use crate::net::Connection;
use crate::options::TestLogError;
use crate::script::{Hit, What};
use crate::server::{cut, error, grpc, json};

/// Largest leaf: a bundle describes an entry's length in 16 bits.
const MAX_LEAF: usize = 65_535;

/// Names of client algorithms: the server's flag, the protobuf name.
const ALGORITHMS: [(&str, &str); 6] = [
    ("ecdsa-sha2-256-nistp256", "PKIX_ECDSA_P256_SHA_256"),
    ("ecdsa-sha2-384-nistp384", "PKIX_ECDSA_P384_SHA_384"),
    ("ecdsa-sha2-512-nistp521", "PKIX_ECDSA_P521_SHA_512"),
    ("rsa-sign-pkcs1-2048-sha256", "PKIX_RSA_PKCS1V15_2048_SHA256"),
    ("rsa-sign-pkcs1-3072-sha256", "PKIX_RSA_PKCS1V15_3072_SHA256"),
    ("rsa-sign-pkcs1-4096-sha256", "PKIX_RSA_PKCS1V15_4096_SHA256"),
];

/// The protobuf names that these flags allow; all without flags.
pub(crate) fn allowed(flags: Option<&[String]>) -> Result<Vec<&'static str>, TestLogError> {
    let Some(flags) = flags else { return Ok(ALGORITHMS.iter().map(|(_, name)| *name).collect()) };
    let find = |flag: &String| {
        let found = ALGORITHMS.iter().find(|(known, _)| known == flag).map(|(_, name)| *name);
        let known = || ALGORITHMS.iter().map(|(flag, _)| *flag).collect::<Vec<_>>().join(", ");
        found.ok_or_else(|| TestLogError::Algorithm { name: flag.clone(), known: known() })
    };
    flags.iter().map(find).collect()
}

/// Answers a POST of a new entry.
pub(crate) async fn create(
    core: &Core,
    body: &[u8],
    hit: Option<&Hit>,
    connection: &Connection,
) -> Response {
    let entry = match check(core, body) {
        Ok(entry) => entry,
        Err(message) => return error(StatusCode::BAD_REQUEST, grpc::INVALID_ARGUMENT, &message),
    };
    let failed =
        || error(StatusCode::INTERNAL_SERVER_ERROR, grpc::UNKNOWN, "failed to integrate entry");
    let leaf = entry.leaf();
    if leaf.len() > MAX_LEAF {
        return failed();
    }
    let (index, known) = core.add(leaf.clone());
    let Some(head) = core.covered(index).await else { return failed() };
    match hit.map(|hit| hit.fault.what) {
        Some(What::CutAfterAccept) => return cut(connection).await,
        Some(What::ErrorAfterAccept) => return failed(),
        _ => {}
    }
    if known {
        return conflict(index);
    }
    match core.receipt(leaf, index, head) {
        Some(receipt) => created(receipt, hit),
        None => failed(),
    }
}

fn created(mut receipt: Receipt, hit: Option<&Hit>) -> Response {
    match hit.map(|hit| hit.fault.what) {
        Some(What::WrongProof) => match receipt.path.first_mut() {
            Some(first) => first.0[31] ^= 1,
            None => receipt.path.push(Hash([0; 32])),
        },
        Some(What::WrongBody) => {
            let body = String::from_utf8_lossy(&receipt.body).replacen(
                "\"digest\":\"",
                "\"digest\":\"A",
                1,
            );
            receipt.body = Bytes::from(body);
        }
        _ => {}
    }
    json(
        StatusCode::CREATED,
        TransparencyLogEntry::from_receipt(&receipt, ("hashedrekord", "0.0.2")).to_json(),
    )
}

fn conflict(index: u64) -> Response {
    let message =
        format!("an equivalent entry already exists in the transparency log with index {index}");
    let mut answer = error(StatusCode::CONFLICT, grpc::ALREADY_EXISTS, &message);
    answer.headers_mut().insert(X_LOG_INDEX, HeaderValue::from(index));
    answer
}

/// The checks of the real server; the error is its message, or one in its manner.
fn check(core: &Core, body: &[u8]) -> Result<HashedRekord, String> {
    const NAMES: [&str; 2] = ["hashedRekordRequestV002", "hashed_rekord_request_v002"];
    const OTHER: [&str; 2] = ["dsseRequestV002", "dsse_request_v002"];
    let wrong_type = || "invalid type, must be hashedrekord".to_owned();
    let invalid = || "invalid hashedrekord request".to_owned();
    if body.is_empty() {
        return Err(wrong_type());
    }
    let value: Value =
        serde_json::from_slice(body).map_err(|e| format!("proto: syntax error: {e}"))?;
    let Value::Object(fields) = &value else {
        return Err("proto: syntax error: not an object".to_owned());
    };
    if let Some(unknown) =
        fields.keys().find(|k| !NAMES.contains(&k.as_str()) && !OTHER.contains(&k.as_str()))
    {
        return Err(format!("proto: (line 1:2): unknown field {unknown:?}"));
    }
    if !NAMES.iter().any(|name| fields.get(*name).is_some_and(Value::is_object)) {
        return Err(wrong_type());
    }
    let entry = HashedRekord::parse_request(body).map_err(|e| {
        tracing::debug!(code = e.code(), error = %e, "request refused");
        invalid()
    })?;
    if !core.allowed.contains(&entry.key_details.as_ref()) {
        return Err(invalid());
    }
    entry.verify().map_err(|_| invalid())?;
    Ok(entry)
}
