//! Ids: what an event, a submission, an entry and a trigger are called, computed and never given.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// Domain tag of an event id.
pub const EVENT_TAG: &str = "rekindle/event/v1";
/// Domain tag of a submission id.
pub const SUBMISSION_TAG: &str = "rekindle/submission/v1";
/// Domain tag of an entry id.
pub const ENTRY_TAG: &str = "rekindle/entry/v1";
/// Domain tag of a trigger id.
pub const TRIGGER_TAG: &str = "rekindle/trigger/v1";

/// What stands before the 64 hex digits of an event id.
const EVENT_PREFIX: &str = "rekor-evt-sha256:";

/// The id of an event: a domain-separated SHA-256 over the canonical bytes of its facts.
///
/// Text form: `rekor-evt-sha256:` and 64 lower-case hex digits. It has no dot, so it can be a
/// `webhook-id` of Standard Webhooks as it is. Only [`crate::Event::new`] computes one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId([u8; 32]);

impl EventId {
    /// The id with these 32 bytes, as a store reads it back.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> EventId {
        EventId(bytes)
    }

    /// The 32 bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{EVENT_PREFIX}{}", hex::encode(self.0))
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventId({self})")
    }
}

/// Why a text is no event id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventIdError {
    /// The prefix is missing or another one.
    #[error("`{text}` is no event id: it has to start with `{EVENT_PREFIX}`; copy the whole id")]
    Prefix {
        /// What was given.
        text: String,
    },
    /// What follows the prefix is not 64 lower-case hex digits.
    #[error(
        "`{text}` is no event id: after the prefix come exactly 64 lower-case hex digits; \
         copy the whole id"
    )]
    Digits {
        /// What was given.
        text: String,
    },
}

impl EventIdError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            EventIdError::Prefix { .. } | EventIdError::Digits { .. } => "event_id_invalid",
        }
    }
}

impl FromStr for EventId {
    type Err = EventIdError;

    fn from_str(text: &str) -> Result<EventId, EventIdError> {
        let digits = text
            .strip_prefix(EVENT_PREFIX)
            .ok_or_else(|| EventIdError::Prefix { text: text.into() })?;
        let bad = || EventIdError::Digits { text: text.into() };
        // One id, one text: upper case would be a second spelling of the same event.
        if digits.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(bad());
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| bad())?;
        Ok(EventId(bytes))
    }
}

impl Serialize for EventId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<EventId, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// SHA-256 over `tag`, then for each part its length as 64 bits big-endian and its bytes.
///
/// The lengths make the parts unambiguous: `["ab", "c"]` and `["a", "bc"]` hash differently.
#[must_use]
pub fn hash_parts(tag: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(tag.as_bytes());
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The id of one attestation of one tenant: `sub-` and 64 hex digits.
///
/// `attestation` is the text form of the attestation id (`att-…`).
#[must_use]
pub fn submission_id(tenant: &str, attestation: &str) -> String {
    text("sub-", hash_parts(SUBMISSION_TAG, &[tenant.as_bytes(), attestation.as_bytes()]))
}

/// The id of one submission in one log: `ent-` and 64 hex digits.
///
/// `target` is the configured origin of the log, `leaf_hash` its RFC 6962 leaf hash.
#[must_use]
pub fn entry_id(tenant: &str, target: &str, leaf_hash: &[u8; 32]) -> String {
    text("ent-", hash_parts(ENTRY_TAG, &[tenant.as_bytes(), target.as_bytes(), leaf_hash]))
}

/// The id of "compute this revision of a policy again because of this event": `trg-` and 64 hex.
///
/// The parts are the 32 bytes of the event id, the policy id and the revision as 64 bits
/// big-endian.
#[must_use]
pub fn trigger_id(event: &EventId, policy: &str, revision: u64) -> String {
    let parts: [&[u8]; 3] = [event.as_bytes(), policy.as_bytes(), &revision.to_be_bytes()];
    text("trg-", hash_parts(TRIGGER_TAG, &parts))
}

fn text(prefix: &str, hash: [u8; 32]) -> String {
    format!("{prefix}{}", hex::encode(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_has_one_spelling() {
        let id = EventId([0xab; 32]);
        let text = id.to_string();
        assert_eq!(text.len(), EVENT_PREFIX.len() + 64);
        assert!(!text.contains('.'), "a webhook id must be free of dots");
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(serde_json::to_value(id).unwrap(), text);
        assert_eq!(serde_json::from_value::<EventId>(text.clone().into()).unwrap(), id);

        let upper = format!("{EVENT_PREFIX}{}", "AB".repeat(32));
        for wrong in ["", "ab", &text[1..], &text[..text.len() - 1], &format!("{text}0"), &upper] {
            assert_eq!(wrong.parse::<EventId>().unwrap_err().code(), "event_id_invalid", "{wrong}");
        }
    }

    #[test]
    fn parts_cannot_be_shifted() {
        let hash = |parts: &[&[u8]]| hash_parts("t", parts);
        assert_ne!(hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]));
        assert_ne!(hash(&[b"a"]), hash(&[b"a", b""]));
        assert_ne!(hash(&[]), hash(&[b""]));
    }

    // Values from an independent computation (Python hashlib); they must never change.
    #[test]
    fn ids_are_the_published_ones() {
        assert_eq!(
            hex::encode(hash_parts("tag", &[b"a", b"bc"])),
            "70aaba811a2ff09c0d8f6c657d1675f1435460532c0c8c507921c958556feab8"
        );
        assert_eq!(
            submission_id("default", &format!("att-{}", "0".repeat(64))),
            "sub-edecfa74586a88fbf7cf79146773f2b3f996d94d7a5b987aeb8cc17aad469865"
        );
        assert_eq!(
            entry_id("default", "rekor-local", &[7; 32]),
            "ent-c153516251f5d4c2b7f386e2bd51f88a8205be69c56d708497b2cd591f025d36"
        );
        assert_eq!(
            trigger_id(&EventId([1; 32]), "no-critical", 3),
            "trg-ca27075704fe07dd18889ca8b073cea1f0acc64813f997071c0a8ae6e174904e"
        );
    }
}
