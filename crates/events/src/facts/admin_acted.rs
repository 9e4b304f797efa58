//! `admin.acted`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Documented, sample};
use crate::{Body, Facts};

/// A named operator did something, and said why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AdminActed {
    /// What was done, such as `requeue`.
    pub act: String,
    /// The thing acted on.
    pub target: String,
    /// Who did it.
    pub actor: String,
    /// Why, in the operator's words.
    pub reason: String,
}

impl Documented for AdminActed {
    const RUST: &'static str = "AdminActed";
    const MEANING: &'static str = "A named operator acted on something, with a reason.";
    const EMITTED_BY: &'static str = "the operator doors";
    const SUBJECT: &'static str = "the thing acted on";

    fn example() -> Facts {
        Facts {
            tenant: sample::TENANT.into(),
            subject: format!("act:{}", sample::entry()).into(),
            previous: None,
            body: Body::AdminActed(AdminActed {
                act: "requeue".into(),
                target: sample::entry().into(),
                actor: "zoë".into(),
                // Not ASCII on purpose, with a quote and a tab: a vector for the canonical form.
                reason: "the log's \"maintenance\" is over:\tçava, 検証 😀".into(),
            }),
        }
    }
}
