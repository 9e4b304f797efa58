//! The life of one entry: queued, logged, verified or failed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use rekindle_attestation::{Attestation, Envelope, Limits, Verifier, body::hashedrekord_v002};
use rekindle_events::{Body, Event, Facts, facts};
use rekindle_hints::Hints;
use rekindle_proof::{VerifiedReceipt, hash};
use rekindle_rekor::{Answer, RawAnswer, read_answer, wire};
use serde::{Deserialize, Serialize};

use super::{DecideError, Inputs, LogInput, to_bytes};

/// What the submitter asked for, as far as facts depend on it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntryAct {
    /// Scope that narrows, in canonical string form.
    pub scope: Option<String>,
    /// `now`, `soon` or `routine`.
    pub urgency: String,
}

impl EntryAct {
    /// Bytes as they are stored.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        to_bytes(self)
    }
}

/// How the checkpoint of a receipt stands to our view of its log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ViewInput {
    /// `followed` or `receipt-only`.
    pub view: String,
    /// Accepted tree size that the receipt's checkpoint was proven against (`followed` only).
    pub size: Option<String>,
    /// Its root hash, hex.
    pub root: Option<String>,
    /// Consistency proof from the receipt's size to `size`, hex; empty when the sizes are equal.
    pub proof: Vec<String>,
}

impl ViewInput {
    /// A log that is not followed: only the receipt itself speaks.
    #[must_use]
    pub fn receipt_only() -> ViewInput {
        ViewInput { view: "receipt-only".into(), size: None, root: None, proof: Vec::new() }
    }

    /// Bytes as they are stored.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        to_bytes(self)
    }
}

/// Why an entry ended without being in the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Failure {
    /// The log refused the entry; the raw answer is the input `answer`.
    Rejected,
    /// The deadline passed (both in microseconds since 1970, as strings).
    Deadline {
        /// When the entry had to be in the log.
        deadline: String,
        /// The clock that decided.
        now: String,
    },
}

impl Failure {
    /// The recorded act of a clock: `now` is after `deadline`.
    #[must_use]
    pub fn deadline(deadline: SystemTime, now: SystemTime) -> Failure {
        let micros = |at: SystemTime| {
            at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_micros().to_string()
        };
        Failure::Deadline { deadline: micros(deadline), now: micros(now) }
    }

    /// Bytes as they are stored.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        to_bytes(self)
    }
}

/// DER of the verifier behind one byte that says what it is: `P` public key, `C` certificate.
#[must_use]
pub fn verifier_bytes(verifier: &Verifier) -> Bytes {
    let tag = match verifier {
        Verifier::PublicKey(_) => b'P',
        Verifier::Certificate(_) => b'C',
    };
    let mut out = vec![tag];
    out.extend_from_slice(verifier.der());
    out.into()
}

/// The inverse of [`verifier_bytes`].
///
/// # Errors
/// An unknown tag, or a key or certificate that does not parse.
pub fn verifier_from_bytes(bytes: &[u8]) -> Result<Verifier, DecideError> {
    match bytes.split_first() {
        Some((b'P', der)) => Ok(Verifier::from_der_public_key(der)?),
        Some((b'C', der)) => Ok(Verifier::from_der_certificate(der)?),
        _ => Err(DecideError::BadInput { role: "verifier", why: "unknown tag".into() }),
    }
}

/// Decodes the base64 of a key input.
///
/// # Errors
/// What is wrong with it, in words.
pub fn spki_of(text: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(text).map_err(|error| format!("spki is not base64: {error}"))
}

pub(super) fn queued(previous: Option<&Event>, inputs: &Inputs) -> Result<Facts, DecideError> {
    if let Some(before) = previous
        && !matches!(before.facts().body, Body::EntryFailed(_))
    {
        return Err(order("rekor.entry.queued", previous));
    }
    let log: LogInput = inputs.json("log")?;
    let act: EntryAct = inputs.json("act")?;
    let key = log.key()?;
    // The bytes were within the door's limit when they were stored; the limit may have changed.
    let limits = Limits { max_document: usize::MAX, ..Limits::default() };
    let envelope = Envelope::parse(inputs.get("attestation")?.clone(), &limits)?;
    let attestation = Attestation::new(envelope, verifier_from_bytes(inputs.get("verifier")?)?)?;
    let rekord = hashedrekord_v002::from_attestation(&attestation)?;
    let leaf_hash = hash::leaf(&rekord.leaf());
    let hints = read_hints(inputs.get("hints")?)?;
    let attestation_id = attestation.id().to_string();
    Ok(Facts {
        tenant: log.tenant.as_str().into(),
        subject: rekindle_events::entry_id(&log.tenant, &log.origin, &leaf_hash.0).into(),
        previous: previous.map(Event::id),
        body: Body::EntryQueued(facts::EntryQueued {
            submission: rekindle_events::submission_id(&log.tenant, &attestation_id),
            attestation: attestation_id,
            target: log.origin,
            log_id: key.id().to_string(),
            leaf_hash: leaf_hash.to_string(),
            request_digest: sha256_hex(&rekord.request()),
            hints_digest: hex::encode(hints.digest()),
            extractor: hints.extractor,
            predicate_type: hints.predicate.uri.to_string(),
            scope: act.scope,
            urgency: act.urgency,
        }),
    })
}

pub(super) fn logged(previous: Option<&Event>, inputs: &Inputs) -> Result<Facts, DecideError> {
    let Some(before) = previous else { return Err(order("rekor.entry.logged", previous)) };
    let Body::EntryQueued(queued) = &before.facts().body else {
        return Err(order("rekor.entry.logged", previous));
    };
    let log: LogInput = inputs.json("log")?;
    let verified = verified_receipt(&log, inputs)?;
    same_leaf(&queued.leaf_hash, &verified)?;
    Ok(after(
        before,
        Body::EntryLogged(facts::EntryLogged {
            origin: log.origin,
            log_id: queued.log_id.clone(),
            log_index: verified.index().into(),
            uuid: None,
            leaf_hash: queued.leaf_hash.clone(),
            body_digest: sha256_hex(inputs.get("leaf")?),
            hints_digest: queued.hints_digest.clone(),
            extractor: queued.extractor,
        }),
    ))
}

pub(super) fn inclusion_verified(
    previous: Option<&Event>,
    inputs: &Inputs,
) -> Result<Facts, DecideError> {
    let Some(before) = previous else {
        return Err(order("rekor.entry.inclusion_verified", previous));
    };
    let Body::EntryLogged(logged) = &before.facts().body else {
        return Err(order("rekor.entry.inclusion_verified", previous));
    };
    let log: LogInput = inputs.json("log")?;
    let verified = verified_receipt(&log, inputs)?;
    same_leaf(&logged.leaf_hash, &verified)?;
    let view: ViewInput = inputs.json("view")?;
    check_view(&view, &verified)?;
    Ok(after(
        before,
        Body::InclusionVerified(facts::InclusionVerified {
            origin: logged.origin.clone(),
            log_id: logged.log_id.clone(),
            log_index: verified.index().into(),
            leaf_hash: logged.leaf_hash.clone(),
            tree_size: verified.checkpoint().size().into(),
            root_hash: verified.checkpoint().root().to_string(),
            view: view.view,
            witnesses: Vec::new(),
            hints_digest: logged.hints_digest.clone(),
            extractor: logged.extractor,
        }),
    ))
}

pub(super) fn failed(previous: Option<&Event>, inputs: &Inputs) -> Result<Facts, DecideError> {
    let Some(before) = previous else { return Err(order("rekor.entry.failed", previous)) };
    let (target, hints_digest, extractor) = match &before.facts().body {
        Body::EntryQueued(f) => (&f.target, &f.hints_digest, f.extractor),
        Body::EntryLogged(f) => (&f.origin, &f.hints_digest, f.extractor),
        _ => return Err(order("rekor.entry.failed", previous)),
    };
    let stage =
        if matches!(before.facts().body, Body::EntryQueued(_)) { "submit" } else { "verify" };
    let code = match inputs.json("failure")? {
        Failure::Rejected => rejected(inputs)?,
        Failure::Deadline { deadline, now } => {
            let number = |text: &str| {
                text.parse::<u64>().map_err(|error| DecideError::BadInput {
                    role: "failure",
                    why: error.to_string(),
                })
            };
            if number(&now)? < number(&deadline)? {
                return Err(DecideError::Rule(format!(
                    "the deadline {deadline} had not passed at {now}"
                )));
            }
            "deadline"
        }
    };
    Ok(after(
        before,
        Body::EntryFailed(facts::EntryFailed {
            target: target.clone(),
            code: code.into(),
            stage: stage.into(),
            hints_digest: hints_digest.clone(),
            extractor,
        }),
    ))
}

fn rejected(inputs: &Inputs) -> Result<&'static str, DecideError> {
    let raw = RawAnswer::from_bytes(inputs.get("answer")?)
        .map_err(|error| DecideError::BadInput { role: "answer", why: error.to_string() })?;
    match read_answer(&raw) {
        Answer::Refused { .. } => Ok("rejected"),
        other => Err(DecideError::Rule(format!("the answer is no refusal: {other:?}"))),
    }
}

fn verified_receipt(log: &LogInput, inputs: &Inputs) -> Result<VerifiedReceipt, DecideError> {
    let receipt = wire::v2::TransparencyLogEntry::parse(inputs.get("receipt")?)
        .and_then(wire::v2::TransparencyLogEntry::into_receipt)
        .map_err(|error| DecideError::BadInput { role: "receipt", why: error.to_string() })?;
    Ok(receipt.verify(inputs.get("leaf")?, &log.key()?)?)
}

fn same_leaf(expected: &str, verified: &VerifiedReceipt) -> Result<(), DecideError> {
    let got = verified.leaf_hash().to_string();
    if got == expected {
        return Ok(());
    }
    Err(DecideError::Rule(format!("the receipt is for leaf {got}, the entry is leaf {expected}")))
}

fn check_view(view: &ViewInput, verified: &VerifiedReceipt) -> Result<(), DecideError> {
    let bad = |why: &str| DecideError::BadInput { role: "view", why: why.into() };
    match view.view.as_str() {
        "receipt-only" => Ok(()),
        "followed" => {
            let size: u64 = view
                .size
                .as_deref()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| bad("size is missing"))?;
            let root = view.root.as_deref().ok_or_else(|| bad("root is missing"))?;
            let root = root.parse().map_err(|_| bad("root is no hash"))?;
            let proof: Result<Vec<_>, _> = view.proof.iter().map(|text| text.parse()).collect();
            let proof = proof.map_err(|_| bad("a proof hash is unreadable"))?;
            let checkpoint = verified.checkpoint();
            Ok(rekindle_proof::consistency::verify(
                checkpoint.size(),
                size,
                &proof,
                &checkpoint.root(),
                &root,
            )?)
        }
        _ => Err(bad("view is neither followed nor receipt-only")),
    }
}

fn read_hints(bytes: &[u8]) -> Result<Hints, DecideError> {
    let bad = |why: String| DecideError::BadInput { role: "hints", why };
    let value = serde_json::from_slice(bytes).map_err(|error| bad(error.to_string()))?;
    Hints::from_json(&value).map_err(|error| bad(error.to_string()))
}

fn after(before: &Event, body: Body) -> Facts {
    Facts {
        tenant: before.facts().tenant.clone(),
        subject: before.facts().subject.clone(),
        previous: Some(before.id()),
        body,
    }
}

fn order(kind: &'static str, previous: Option<&Event>) -> DecideError {
    DecideError::Order {
        kind,
        before: previous.map_or_else(|| "nothing".into(), |event| event.kind().as_str().into()),
    }
}

pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(bytes))
}
