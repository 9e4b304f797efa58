//! `rekor.entry.failed`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Documented, EntryQueued, HEX_32, sample};
use crate::{Body, Facts};

/// An entry ended for good. Attempts, HTTP status and text stand beside it, as observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntryFailed {
    /// Configured origin of the log that it was meant for.
    pub target: String,
    /// Stable code, such as `rejected`, `deadline` or `superseded`.
    pub code: String,
    /// What was going on, such as `submit`, `verify` or `deadline`.
    pub stage: String,
    /// Digest of the full hints, hex.
    #[schemars(extend("pattern" = HEX_32))]
    pub hints_digest: String,
    /// Revision of the extractor that made the hints.
    pub extractor: u16,
}

impl Documented for EntryFailed {
    const RUST: &'static str = "EntryFailed";
    const MEANING: &'static str = "The entry ended for good: the log refused it, its deadline passed, or what the log \
         showed does not verify. An operator may queue it again.";
    const EMITTED_BY: &'static str = "the submit and verify jobs";
    const SUBJECT: &'static str = "entry id";

    fn example() -> Facts {
        sample::entry_facts(
            sample::after::<EntryQueued>(),
            Body::EntryFailed(EntryFailed {
                target: sample::ORIGIN.into(),
                code: "rejected".into(),
                stage: "submit".into(),
                hints_digest: sample::HINTS.into(),
                extractor: sample::EXTRACTOR,
            }),
        )
    }
}
