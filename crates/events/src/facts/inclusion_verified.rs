//! `rekor.entry.inclusion_verified`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Documented, EntryLogged, HEX_32, U64s, sample};
use crate::{Body, Facts};

/// The entry is proven to be in the tree that the log signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InclusionVerified {
    /// Origin line of the checkpoint.
    pub origin: String,
    /// Id of the log's key, hex.
    pub log_id: String,
    /// Index in that log.
    pub log_index: U64s,
    /// RFC 6962 leaf hash, hex.
    #[schemars(extend("pattern" = HEX_32))]
    pub leaf_hash: String,
    /// Size of the tree in whose root the inclusion was proven.
    pub tree_size: U64s,
    /// That root hash, hex.
    #[schemars(extend("pattern" = HEX_32))]
    pub root_hash: String,
    /// `followed`: the checkpoint is proven consistent with our view; `receipt-only`: we have none.
    #[schemars(extend("enum" = ["followed", "receipt-only"]))]
    pub view: String,
    /// Names of the witnesses whose cosignatures counted, sorted.
    #[schemars(extend("uniqueItems" = true))]
    pub witnesses: Vec<String>,
    /// Digest of the full hints, hex.
    #[schemars(extend("pattern" = HEX_32))]
    pub hints_digest: String,
    /// Revision of the extractor that made the hints.
    pub extractor: u16,
}

impl Documented for InclusionVerified {
    const RUST: &'static str = "InclusionVerified";
    const MEANING: &'static str = "Our bytes are proven to be in the tree that the log signed. On a followed log that \
         tree is proven consistent with all that we saw before. This event wakes policies.";
    const EMITTED_BY: &'static str =
        "the submit job where the proof is at hand, else the verify job";
    const SUBJECT: &'static str = "entry id";

    fn example() -> Facts {
        let previous = sample::after::<EntryLogged>();
        sample::entry_facts(
            previous,
            Body::InclusionVerified(InclusionVerified {
                origin: sample::ORIGIN.into(),
                log_id: sample::LOG_ID.into(),
                log_index: 41.into(),
                leaf_hash: hex::encode(sample::LEAF),
                tree_size: 57.into(),
                root_hash: hex::encode(sample::ROOT),
                view: "followed".into(),
                witnesses: vec!["witness.example/a".into(), "witness.example/b".into()],
                hints_digest: sample::HINTS.into(),
                extractor: sample::EXTRACTOR,
            }),
        )
    }
}
