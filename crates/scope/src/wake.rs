//! The one decision that index and explanation share: does this event wake this policy, and for what.

use serde::Serialize;

use crate::compose::{Bound, Narrowing};
use crate::dimension::Dimension;
use crate::matching::Match;
use crate::policy::{OnScoped, Policy, PolicyId};
use crate::seen::Seen;

/// A policy to be computed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Wake {
    /// The policy.
    pub policy: PolicyId,
    /// Its revision when it was evaluated.
    pub revision: u64,
    /// Yes or maybe.
    pub result: Match,
    /// The atoms of its scope that made it fire, sorted; empty if its scope is `*` or only coverage speaks for it.
    pub atoms: Vec<Box<str>>,
    /// Reasons why it is not a plain yes.
    pub why: Vec<String>,
    /// To be evaluated for this scope only: the event's own, where the policy has no interest in a narrowed axis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluate_only: Option<Box<str>>,
}

/// Why a policy sleeps on.
pub(crate) enum Asleep {
    /// Not an event kind for it.
    Kind,
    /// The event's scope leaves its interest out, in this dimension; `None` if one of both is `-`.
    Outside(Option<Dimension>),
    /// The event is narrowed in this dimension, the policy has no interest there and skips such events.
    Skipped(Dimension),
    /// The hints exclude it, for these reasons.
    Hints(Vec<String>),
}

/// Evaluates one policy.
pub(crate) fn evaluate(
    policy: &Policy,
    kind: &str,
    seen: &Seen<'_>,
    within: Option<&Bound<'_>>,
) -> Result<Wake, Asleep> {
    if !policy.fires_on(kind) {
        return Err(Asleep::Kind);
    }
    let mut evaluate_only = None;
    let mut alias = None;
    if let Some(bound) = within {
        match bound.narrows(&policy.scope) {
            Narrowing::Inside => {}
            Narrowing::MaybeInside(why) => alias = Some(why),
            Narrowing::Outside(dimension) => return Err(Asleep::Outside(dimension)),
            Narrowing::Unconcerned(dimension) => match policy.on_scoped {
                OnScoped::Narrow => evaluate_only = Some(bound.scope().to_string().into()),
                OnScoped::Skip => return Err(Asleep::Skipped(dimension)),
                OnScoped::Full => {}
            },
        }
    }
    let mut verdict = policy.scope.judge(seen);
    if verdict.result == Match::No {
        return Err(Asleep::Hints(verdict.why));
    }
    if let Some(why) = alias {
        verdict.why.push(format!("scope of the event: {why}"));
        verdict.result = verdict.result.and(Match::Maybe(why));
    }
    Ok(Wake {
        policy: policy.id.clone(),
        revision: policy.revision,
        result: verdict.result,
        atoms: verdict.atoms.iter().map(|atom| atom.to_string().into()).collect(),
        why: verdict.why,
        evaluate_only,
    })
}
