//! `rekor.checkpoint.advanced`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Documented, HEX_32, U64s, sample};
use crate::{Body, Event, Facts};

/// A checkpoint was accepted: the first of an origin, or one proven to extend the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckpointAdvanced {
    /// Origin line.
    pub origin: String,
    /// Id of the log's key, hex.
    pub log_id: String,
    /// Tree size now.
    pub tree_size: U64s,
    /// Root hash now, hex.
    #[schemars(extend("pattern" = HEX_32))]
    pub root_hash: String,
    /// Tree size before; null for the first.
    pub old_size: Option<U64s>,
    /// Root hash before, hex; null for the first.
    #[schemars(extend("pattern" = HEX_32))]
    pub old_root: Option<String>,
    /// Why the first one was believed; null for all others.
    #[schemars(extend("enum" = ["pinned", "first-use", null]))]
    pub trust: Option<String>,
    /// Whether the log says that it takes no more entries.
    pub frozen: bool,
}

impl CheckpointAdvanced {
    fn sample(size: u64, root: String, old: Option<(u64, String)>) -> Body {
        let first = old.is_none();
        let (old_size, old_root) = old.unzip();
        Body::CheckpointAdvanced(CheckpointAdvanced {
            origin: sample::ORIGIN.into(),
            log_id: sample::LOG_ID.into(),
            tree_size: size.into(),
            root_hash: root,
            old_size: old_size.map(U64s),
            old_root,
            trust: first.then(|| "first-use".into()),
            frozen: false,
        })
    }
}

impl Documented for CheckpointAdvanced {
    const RUST: &'static str = "CheckpointAdvanced";
    const MEANING: &'static str = "Our view of a log was made or moved forward, to a checkpoint that is proven to extend \
         the one before.";
    const EMITTED_BY: &'static str = "the follow job of that log, and nobody else";
    const SUBJECT: &'static str = "origin";

    fn example() -> Facts {
        let facts = |previous, body| Facts {
            tenant: sample::TENANT.into(),
            subject: sample::ORIGIN.into(),
            previous,
            body,
        };
        let first = facts(None, Self::sample(12, sample::digest(0x70), None));
        let old = Some((12, sample::digest(0x70)));
        facts(Some(Event::new(first).id()), Self::sample(57, hex::encode(sample::ROOT), old))
    }
}
