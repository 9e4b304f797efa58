//! Policy changes and operator acts: recorded wishes, stated as facts.

use bytes::Bytes;
use rekindle_events::{Body, Event, Facts, facts};
use serde::{Deserialize, Serialize};

use super::entry::sha256_hex;
use super::{DecideError, Inputs, to_bytes};

/// One change of the policy set; an import is one change of many policies.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyInput {
    /// Whose policies.
    pub tenant: String,
    /// `put`, `delete` or `import`.
    pub change: String,
    /// Id, new revision, and the canonical policy JSON (none: deleted).
    pub policies: Vec<(String, u64, Option<String>)>,
}

impl PolicyInput {
    /// Bytes as they are stored.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        to_bytes(self)
    }

    /// The event subject: the policy id, or `import` for a change of many.
    #[must_use]
    pub fn subject(&self) -> &str {
        match self.policies.as_slice() {
            [(id, _, _)] if self.change != "import" => id,
            _ => "import",
        }
    }
}

/// An act of a named operator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AdminInput {
    /// Whose ledger.
    pub tenant: String,
    /// What was done, such as `requeue`.
    pub act: String,
    /// The thing acted on.
    pub target: String,
    /// Who did it.
    pub actor: String,
    /// Why.
    pub reason: String,
}

impl AdminInput {
    /// Bytes as they are stored.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        to_bytes(self)
    }
}

pub(super) fn changed(previous: Option<&Event>, inputs: &Inputs) -> Result<Facts, DecideError> {
    let input: PolicyInput = inputs.json("policies")?;
    let subject = input.subject().into();
    Ok(Facts {
        tenant: input.tenant.as_str().into(),
        subject,
        previous: previous.map(Event::id),
        body: Body::PolicyChanged(facts::PolicyChanged {
            change: input.change,
            policies: input
                .policies
                .into_iter()
                .map(|(id, revision, json)| facts::PolicyRevision {
                    id,
                    revision: revision.into(),
                    digest: json.map(|json| sha256_hex(json.as_bytes())),
                })
                .collect(),
        }),
    })
}

pub(super) fn acted(previous: Option<&Event>, inputs: &Inputs) -> Result<Facts, DecideError> {
    let input: AdminInput = inputs.json("act")?;
    Ok(Facts {
        tenant: input.tenant.as_str().into(),
        // A chain of its own: an entry's chain holds only the entry's life.
        subject: format!("act:{}", input.target).into(),
        previous: previous.map(Event::id),
        body: Body::AdminActed(facts::AdminActed {
            act: input.act,
            target: input.target,
            actor: input.actor,
            reason: input.reason,
        }),
    })
}
