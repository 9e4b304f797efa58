//! `rekor.entry.observed`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Documented, HEX_32, U64s, sample};
use crate::{Body, Facts};

/// An entry of somebody else was seen in a followed log, bound to a checkpoint that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntryObserved {
    /// Origin of the log.
    pub origin: String,
    /// Id of the log's key, hex.
    pub log_id: String,
    /// Index in that log.
    pub log_index: U64s,
    /// RFC 6962 leaf hash, hex.
    #[schemars(extend("pattern" = HEX_32))]
    pub leaf_hash: String,
    /// Kind that the body names, or `unknown`.
    pub entry_kind: String,
    /// Version of that kind that the body names, or `unknown`.
    pub entry_version: String,
    /// What was signed, `algorithm:hex`; null where the body does not say it.
    pub artifact_digest: Option<String>,
    /// SHA-256 of the DER of the key or certificate, hex; null where the body has none.
    #[schemars(extend("pattern" = HEX_32))]
    pub verifier_digest: Option<String>,
    /// Digest of the full hints, hex; null where the payload is not known.
    #[schemars(extend("pattern" = HEX_32))]
    pub hints_digest: Option<String>,
    /// Revision of the extractor that made the hints; 0 without hints.
    pub extractor: u16,
}

impl Documented for EntryObserved {
    const RUST: &'static str = "EntryObserved";
    const MEANING: &'static str = "An entry that is not ours is in a followed log. It says nothing about who may have \
         written it, and wakes no policy by itself.";
    const EMITTED_BY: &'static str =
        "the ingest job, for every entry that is not ours when `entries = \"all\"`";
    const SUBJECT: &'static str = "`<origin>#<index>`";

    fn example() -> Facts {
        Facts {
            tenant: sample::TENANT.into(),
            subject: format!("{}#42", sample::ORIGIN).into(),
            previous: None,
            body: Body::EntryObserved(EntryObserved {
                origin: sample::ORIGIN.into(),
                log_id: sample::LOG_ID.into(),
                log_index: 42.into(),
                leaf_hash: sample::digest(0x3d),
                entry_kind: "hashedrekord".into(),
                entry_version: "0.0.2".into(),
                artifact_digest: Some(format!("sha256:{}", sample::digest(0x51))),
                verifier_digest: Some(sample::digest(0x52)),
                hints_digest: None,
                extractor: 0,
            }),
        }
    }
}
