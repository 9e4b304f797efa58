//! `rekor.checkpoint.diverged`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CheckpointAdvanced, Documented, HEX_32, U64s, sample};
use crate::{Body, Facts};

/// A log signed two histories that cannot both be true. The evidence is kept and can be exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckpointDiverged {
    /// Origin line of both checkpoints.
    pub origin: String,
    /// Id of the log's key, hex.
    pub log_id: String,
    /// One history.
    pub first: DivergedSide,
    /// The other.
    pub second: DivergedSide,
    /// Largest size proven to be a prefix of both; "0" if none is.
    pub common_size: U64s,
    /// SHA-256 of the evidence file, hex.
    #[schemars(extend("pattern" = HEX_32))]
    pub evidence_digest: String,
}

/// One of the two signed checkpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DivergedSide {
    /// Signed tree size.
    pub tree_size: U64s,
    /// Signed root hash, hex.
    #[schemars(extend("pattern" = HEX_32))]
    pub root_hash: String,
    /// SHA-256 of the raw note, hex.
    #[schemars(extend("pattern" = HEX_32))]
    pub note_digest: String,
}

impl Documented for CheckpointDiverged {
    const RUST: &'static str = "CheckpointDiverged";
    const MEANING: &'static str = "The log's own signatures convict it: two signed checkpoints cannot both be true. The \
         log is quarantined and nothing more of it is accepted.";
    const EMITTED_BY: &'static str =
        "the follow job of that log, in the commit that quarantines it";
    const SUBJECT: &'static str = "origin";

    fn example() -> Facts {
        let side = |root, note| DivergedSide {
            tree_size: 57.into(),
            root_hash: root,
            note_digest: sample::digest(note),
        };
        Facts {
            tenant: sample::TENANT.into(),
            subject: sample::ORIGIN.into(),
            previous: sample::after::<CheckpointAdvanced>(),
            body: Body::CheckpointDiverged(CheckpointDiverged {
                origin: sample::ORIGIN.into(),
                log_id: sample::LOG_ID.into(),
                first: side(hex::encode(sample::ROOT), 0x61),
                second: side(sample::digest(0x72), 0x62),
                common_size: 12.into(),
                evidence_digest: sample::digest(0x63),
            }),
        }
    }
}
