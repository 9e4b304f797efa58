//! What people send to the door: three media types, one [`SubmitRequest`].

use std::time::Duration;

use bytes::Bytes;
use rekindle_attestation::{Envelope, Limits, Verifier, json, read_bundle};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::accept::SubmitRequest;
use crate::refusal::Refusal;

/// How the body of a submission is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/vnd.dsse.envelope.v1+json`: the envelope alone.
    Envelope,
    /// `application/vnd.dev.sigstore.bundle.v0.3+json`: its envelope and certificate are taken.
    Bundle,
    /// `application/json`: `{envelope, verifier, logs, scope, urgency, deadline}`.
    Json,
}

impl Media {
    /// The media type of a `Content-Type` header; parameters are ignored.
    #[must_use]
    pub fn of(content_type: &str) -> Option<Media> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/vnd.dsse.envelope.v1+json") {
            Some(Media::Envelope)
        } else if essence.to_ascii_lowercase().starts_with("application/vnd.dev.sigstore.bundle") {
            Some(Media::Bundle)
        } else if essence.eq_ignore_ascii_case("application/json") {
            Some(Media::Json)
        } else {
            None
        }
    }
}

/// What stands beside the attestation: query parameters or fields of the JSON body.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Asked {
    /// Names of logs.
    #[serde(default)]
    pub logs: Vec<String>,
    /// Scope, string form.
    pub scope: Option<String>,
    /// `now`, `soon`, `routine`.
    pub urgency: Option<String>,
    /// Such as `7d`.
    pub deadline: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body<'a> {
    #[serde(borrow)]
    envelope: &'a RawValue,
    verifier: Option<BodyVerifier>,
    #[serde(default)]
    logs: Vec<String>,
    scope: Option<String>,
    urgency: Option<String>,
    deadline: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum BodyVerifier {
    PublicKey(String),
    Certificate(String),
}

/// Reads one submission.
///
/// # Errors
/// A [`Refusal`] that says what is wrong and where.
pub fn read(
    media: Media,
    body: Bytes,
    asked: Asked,
    may_narrow: bool,
    limits: &Limits,
) -> Result<SubmitRequest, Refusal> {
    let (envelope, verifier, asked) = match media {
        Media::Envelope => (Envelope::parse(body, limits)?, None, asked),
        Media::Bundle => {
            let mut parts = read_bundle(&body, limits)?;
            // A bundle without a certificate names its key beside the envelope, not inside it.
            if parts.envelope.key_hint().is_none()
                && let Some(first) = parts.envelope.signatures.first_mut()
            {
                first.keyid = parts.key_hint.map(Into::into);
            }
            (parts.envelope, parts.verifier, asked)
        }
        Media::Json => read_json(&body, limits)?,
    };
    let deadline = asked.deadline.as_deref().map(duration).transpose()?;
    Ok(SubmitRequest {
        envelope,
        verifier,
        logs: asked.logs,
        scope: asked.scope,
        urgency: asked.urgency,
        deadline,
        may_narrow,
    })
}

fn read_json(
    body: &Bytes,
    limits: &Limits,
) -> Result<(Envelope, Option<Verifier>, Asked), Refusal> {
    // Strictness first: no duplicate keys, bounded depth, before any field is believed.
    json::parse(body, limits.max_depth).map_err(rekindle_attestation::AttestationError::from)?;
    let parsed: Body<'_> = serde_json::from_slice(body).map_err(|error| Refusal::BadField {
        field: "body",
        value: error.to_string(),
        hint: "an object {envelope, verifier, logs, scope, urgency, deadline}".into(),
    })?;
    // The envelope's own bytes are kept as they were sent.
    let raw = body.slice_ref(parsed.envelope.get().as_bytes());
    let envelope = Envelope::parse(raw, limits)?;
    let verifier = match parsed.verifier {
        None => None,
        Some(BodyVerifier::PublicKey(pem) | BodyVerifier::Certificate(pem)) => {
            Some(Verifier::from_pem(pem.as_bytes())?)
        }
    };
    let asked = Asked {
        logs: parsed.logs,
        scope: parsed.scope,
        urgency: parsed.urgency,
        deadline: parsed.deadline,
    };
    Ok((envelope, verifier, asked))
}

/// Reads a duration such as `500ms`, `60s`, `15m`, `12h`, `7d`.
///
/// # Errors
/// [`Refusal::BadField`] with the units there are.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(rekindle_syncd::door::duration("7d").unwrap(), Duration::from_secs(604_800));
/// assert!(rekindle_syncd::door::duration("7 days").is_err());
/// ```
pub fn duration(text: &str) -> Result<Duration, Refusal> {
    let bad = || Refusal::BadField {
        field: "duration",
        value: text.into(),
        hint: "a number and one of ms, s, m, h, d, such as 7d".into(),
    };
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
    let number: u64 = text[..digits].parse().map_err(|_| bad())?;
    let millis = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(bad()),
    };
    number.checked_mul(millis).map(Duration::from_millis).ok_or_else(bad)
}
