//! `policy.changed`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Documented, HEX_32, U64s, sample};
use crate::{Body, Facts};

/// Policies were put, deleted or imported. An import of many is one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyChanged {
    /// What was done.
    #[schemars(extend("enum" = ["put", "delete", "import"]))]
    pub change: String,
    /// The policies that changed, sorted by id.
    #[schemars(extend("uniqueItems" = true))]
    pub policies: Vec<PolicyRevision>,
}

/// One policy at its new revision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRevision {
    /// Policy id.
    pub id: String,
    /// The new revision.
    pub revision: U64s,
    /// SHA-256 of the canonical policy JSON, hex; null: deleted.
    #[schemars(extend("pattern" = HEX_32))]
    pub digest: Option<String>,
}

impl Documented for PolicyChanged {
    const RUST: &'static str = "PolicyChanged";
    const MEANING: &'static str =
        "From this place in the sequence on, events are matched against these revisions.";
    const EMITTED_BY: &'static str = "the policy doors: put, delete, import";
    const SUBJECT: &'static str = "policy id, or `import`";

    fn example() -> Facts {
        Facts {
            tenant: sample::TENANT.into(),
            subject: "import".into(),
            previous: None,
            body: Body::PolicyChanged(PolicyChanged {
                change: "import".into(),
                policies: vec![
                    PolicyRevision {
                        id: "no-critical".into(),
                        revision: 3.into(),
                        digest: Some(sample::digest(0x21)),
                    },
                    PolicyRevision { id: "openssl-watch".into(), revision: 2.into(), digest: None },
                ],
            }),
        }
    }
}
