//! What a log answered, as a value: pure, so that every case stands in one table.

use std::time::Duration;

use bytes::Bytes;
use rekindle_attestation::body::hashedrekord_v002::HashedRekord;
use rekindle_proof::{LeafHash, Receipt, hash};

use crate::raw::RawAnswer;
use crate::wire::v2::{ErrorBody, TransparencyLogEntry};

/// Longest pause taken from a server: a wrong `Retry-After` must not park work for ever.
pub const MAX_WAIT: Duration = Duration::from_secs(60 * 60);

/// Longest reason kept, in characters: it is somebody else's text and ends in logs and pages.
pub const MAX_REASON: usize = 512;

/// gRPC codes that the log uses.
mod grpc {
    pub(super) const INVALID_ARGUMENT: i64 = 3;
    pub(super) const ALREADY_EXISTS: i64 = 6;
    pub(super) const UNAVAILABLE: i64 = 14;
}

/// Bytes to post, and the leaf that they become. Made once, stored, posted again unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// Body of the POST.
    pub request: Bytes,
    /// Leaf bytes that the log will store.
    pub leaf: Bytes,
    /// RFC 6962 hash of the leaf.
    pub leaf_hash: LeafHash,
}

impl Prepared {
    /// Puts the parts together and computes the leaf hash.
    pub fn new(request: Bytes, leaf: Bytes) -> Self {
        let leaf_hash = hash::leaf(&leaf);
        Self { request, leaf, leaf_hash }
    }

    /// Request and leaf of a `hashedrekord` 0.0.2 entry.
    pub fn from_hashedrekord(entry: &HashedRekord) -> Self {
        Self::new(entry.request(), entry.leaf())
    }
}

/// The meaning of an answer to a post.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The log took it and sent a receipt, which is not verified yet.
    Logged(Box<Receipt>),
    /// The log has had it before.
    Known(Place),
    /// The log will never take these bytes.
    Refused {
        /// HTTP status.
        status: u16,
        /// The log's words.
        reason: Box<str>,
    },
    /// Not now; these bytes were not taken.
    Busy {
        /// HTTP status.
        status: u16,
        /// Pause that the server asked for, at most [`MAX_WAIT`].
        wait: Option<Duration>,
        /// The server's words.
        reason: Box<str>,
    },
    /// This shard takes no more entries.
    Frozen,
    /// The bytes may be in the log or not.
    Unclear(Cut),
}

/// Where an entry stands that the log already had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Its index.
    Index(u64),
}

/// How the exchange ended without a usable answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// What happened, in words.
    pub what: Box<str>,
    /// HTTP status, if there was one.
    pub status: Option<u16>,
    /// `false` only where no byte of the request can have reached the log.
    pub sent: bool,
}

impl Answer {
    /// Short stable name, for metrics and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Logged(_) => "logged",
            Self::Known(_) => "known",
            Self::Refused { .. } => "refused",
            Self::Busy { .. } => "busy",
            Self::Frozen => "frozen",
            Self::Unclear(_) => "unclear",
        }
    }
}

/// Reads an answer. Only what the log itself must have said is final: a proxy's page with the same
/// status is `Unclear`, because it does not say whether the log took the bytes.
pub fn read_answer(raw: &RawAnswer) -> Answer {
    let status = raw.status;
    let error = ErrorBody::parse(&raw.body);
    let busy = |reason: String| Answer::Busy { status, wait: wait(raw), reason: reason.into() };
    match (status, &error) {
        (201, _) => logged(raw),
        (409, _) => known(raw, error.as_ref()),
        (405, None) if mentions_freeze(&raw.body) => Answer::Frozen,
        (413, _) => Answer::Refused { status, reason: reason(raw).into() },
        (400..=499, Some(e)) if e.code == grpc::INVALID_ARGUMENT => {
            Answer::Refused { status, reason: shorten(&e.message).into() }
        }
        (429, _) => busy(reason(raw)),
        (503, Some(e)) if e.code == grpc::UNAVAILABLE => busy(shorten(&e.message)),
        // A gateway that says when to come back has not passed the request on.
        (503, _) if raw.retry_after.is_some() => busy(reason(raw)),
        // The address or its guard is wrong, not the attestation: an operator's work, so it waits.
        (300..=399, _) => busy(format!(
            "the server sends us elsewhere (status {status}); check the write address"
        )),
        (401 | 403 | 404 | 405 | 407 | 501, _) => {
            busy(format!("status {status}, is this the log's write address? {}", reason(raw)))
        }
        _ => Answer::Unclear(Cut { what: reason(raw).into(), status: Some(status), sent: true }),
    }
}

fn logged(raw: &RawAnswer) -> Answer {
    match TransparencyLogEntry::parse(&raw.body).and_then(TransparencyLogEntry::into_receipt) {
        Ok(receipt) => Answer::Logged(Box::new(receipt)),
        Err(e) => Answer::Unclear(Cut {
            what: shorten(&e.to_string()).into(),
            status: Some(raw.status),
            sent: true,
        }),
    }
}

/// The header decides; logs before it existed say the index at the end of the message.
fn known(raw: &RawAnswer, error: Option<&ErrorBody>) -> Answer {
    let from_message = || {
        let error = error.filter(|e| e.code == grpc::ALREADY_EXISTS)?;
        index(error.message.rsplit_once(" with index ")?.1)
    };
    let place = match &raw.log_index {
        Some(header) => index(header),
        None => from_message(),
    };
    match place {
        Some(at) => Answer::Known(Place::Index(at)),
        None => Answer::Unclear(Cut {
            what: format!("the log has the entry but does not say where: {}", reason(raw)).into(),
            status: Some(raw.status),
            sent: true,
        }),
    }
}

fn index(text: &str) -> Option<u64> {
    let text = text.trim();
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// A frozen log answers in plain text.
fn mentions_freeze(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("frozen")
}

/// Seconds only: a date would need a clock, and the queue's own schedule is good enough then.
fn wait(raw: &RawAnswer) -> Option<Duration> {
    let seconds = index(raw.retry_after.as_deref()?)?;
    Some(Duration::from_secs(seconds).min(MAX_WAIT))
}

/// The server's words: the message of its error form, else the start of the body.
fn reason(raw: &RawAnswer) -> String {
    let said = match ErrorBody::parse(&raw.body) {
        Some(error) => shorten(&error.message),
        None => shorten(&String::from_utf8_lossy(&raw.body)),
    };
    if said.is_empty() { format!("status {} without a text", raw.status) } else { said }
}

/// One printable line of bounded length.
pub(crate) fn shorten(text: &str) -> String {
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    let line: String = text.trim().chars().take(MAX_REASON).map(printable).collect();
    line.trim_end().to_owned()
}
