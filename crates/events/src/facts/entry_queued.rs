//! `rekor.entry.queued`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Documented, HEX_32, sample};
use crate::{Body, Facts};

/// A submission was accepted for one log and stored, before the first request to that log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntryQueued {
    /// Id of the attestation, `att-` and 64 hex digits.
    #[schemars(extend("pattern" = "^att-[0-9a-f]{64}$"))]
    pub attestation: String,
    /// Id of the submission, `sub-` and 64 hex digits.
    #[schemars(extend("pattern" = "^sub-[0-9a-f]{64}$"))]
    pub submission: String,
    /// Configured origin of the log that it goes into.
    pub target: String,
    /// Id of that log's key, hex.
    pub log_id: String,
    /// RFC 6962 leaf hash that the entry will have, hex.
    #[schemars(extend("pattern" = HEX_32))]
    pub leaf_hash: String,
    /// SHA-256 of the request bytes that will be posted, hex.
    #[schemars(extend("pattern" = HEX_32))]
    pub request_digest: String,
    /// Digest of the full hints, hex.
    #[schemars(extend("pattern" = HEX_32))]
    pub hints_digest: String,
    /// Revision of the extractor that made the hints.
    pub extractor: u16,
    /// Predicate type of the attestation; empty for a message signature.
    pub predicate_type: String,
    /// Scope that narrows what is computed again, in canonical string form; null: none.
    pub scope: Option<String>,
    /// When consumers should act.
    #[schemars(extend("enum" = ["now", "soon", "routine"]))]
    pub urgency: String,
}

impl Documented for EntryQueued {
    const RUST: &'static str = "EntryQueued";
    const MEANING: &'static str = "An attestation was accepted for one log and is stored. Nothing has been sent yet. \
         After a failure it means that an operator queued the entry again.";
    const EMITTED_BY: &'static str =
        "the door that accepts submissions, in the commit that stores them; a requeue";
    const SUBJECT: &'static str = "entry id";

    fn example() -> Facts {
        let attestation = sample::attestation();
        sample::entry_facts(
            None,
            Body::EntryQueued(EntryQueued {
                submission: crate::submission_id(sample::TENANT, &attestation),
                attestation,
                target: sample::ORIGIN.into(),
                log_id: sample::LOG_ID.into(),
                leaf_hash: hex::encode(sample::LEAF),
                request_digest: sample::digest(0x42),
                hints_digest: sample::HINTS.into(),
                extractor: sample::EXTRACTOR,
                predicate_type: "https://openvex.dev/ns/v0.2.0".into(),
                scope: Some("component:openssl".into()),
                urgency: "soon".into(),
            }),
        )
    }
}
