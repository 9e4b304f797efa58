//! `rekor.entry.logged`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Documented, EntryQueued, HEX_32, U64s, sample};
use crate::{Body, Facts};

/// The log answered with a receipt for exactly our bytes, and the receipt verified by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntryLogged {
    /// Origin line of the receipt's checkpoint.
    pub origin: String,
    /// Id of the log's key, hex.
    pub log_id: String,
    /// Index in that log.
    pub log_index: U64s,
    /// Entry id of a v1 log, 64 or 80 hex digits; null for a v2 log.
    pub uuid: Option<String>,
    /// RFC 6962 leaf hash, hex.
    #[schemars(extend("pattern" = HEX_32))]
    pub leaf_hash: String,
    /// SHA-256 of the body, hex.
    #[schemars(extend("pattern" = HEX_32))]
    pub body_digest: String,
    /// Digest of the full hints, hex.
    #[schemars(extend("pattern" = HEX_32))]
    pub hints_digest: String,
    /// Revision of the extractor that made the hints.
    pub extractor: u16,
}

impl Documented for EntryLogged {
    const RUST: &'static str = "EntryLogged";
    const MEANING: &'static str =
        "The log gave a receipt for our bytes: the entry has an index there.";
    const EMITTED_BY: &'static str =
        "the submit job, after an answer or after finding the leaf in the log";
    const SUBJECT: &'static str = "entry id";

    fn example() -> Facts {
        sample::entry_facts(
            sample::after::<EntryQueued>(),
            Body::EntryLogged(EntryLogged {
                origin: sample::ORIGIN.into(),
                log_id: sample::LOG_ID.into(),
                log_index: 41.into(),
                uuid: None,
                leaf_hash: hex::encode(sample::LEAF),
                body_digest: sample::digest(0x43),
                hints_digest: sample::HINTS.into(),
                extractor: sample::EXTRACTOR,
            }),
        )
    }
}
