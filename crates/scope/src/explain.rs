//! One sentence on why an event wakes a policy, or why not.

use rekindle_hints::Hints;
use serde::Serialize;

use crate::compose::Bound;
use crate::matching::Match;
use crate::policy::Policy;
use crate::scope::Scope;
use crate::seen::Seen;
use crate::wake::{Asleep, Wake, evaluate};

/// The answer of [`explain`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Whether the event wakes the policy.
    pub woke: bool,
    /// One sentence: why, or why not.
    pub reason: String,
    /// What it is woken for, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wake: Option<Wake>,
}

/// Explains one policy against one event: the same decision as [`Index::wake`](crate::Index::wake), in words.
pub fn explain(policy: &Policy, kind: &str, hints: &Hints, within: Option<&Scope>) -> Explanation {
    let bound = within.map(Bound::new);
    match evaluate(policy, kind, &Seen::new(hints), bound.as_ref()) {
        Ok(wake) => Explanation { woke: true, reason: woken(policy, &wake), wake: Some(wake) },
        Err(asleep) => {
            Explanation { woke: false, reason: sleeping(policy, kind, within, &asleep), wake: None }
        }
    }
}

fn woken(policy: &Policy, wake: &Wake) -> String {
    let id = &policy.id;
    let what = if policy.scope.is_everything() {
        "its scope is `*`".to_owned()
    } else if wake.atoms.is_empty() {
        "nothing excludes it".to_owned()
    } else {
        format!("the hints hold {}", wake.atoms.join(", "))
    };
    let maybe = match wake.result {
        Match::Maybe(_) => format!(" (maybe: {})", wake.why.join("; ")),
        _ => String::new(),
    };
    let only = wake
        .evaluate_only
        .as_ref()
        .map_or_else(String::new, |scope| format!("; it is to be evaluated for {scope} only"));
    format!("policy {id} wakes because {what}{maybe}{only}.")
}

fn sleeping(policy: &Policy, kind: &str, within: Option<&Scope>, asleep: &Asleep) -> String {
    let id = &policy.id;
    let scope = within.map_or_else(|| "*".to_owned(), Scope::to_string);
    let why = match asleep {
        Asleep::Kind => format!("{kind} does not fire it; its `on` may name that kind"),
        Asleep::Outside(None) if policy.scope.is_nothing() => {
            "its scope is `-`, which never matches".to_owned()
        }
        Asleep::Outside(None) => "the event's scope is `-`, which concerns nobody".to_owned(),
        Asleep::Outside(Some(dimension)) => {
            format!(
                "the event is narrowed to {scope}, and its interest {} lies outside by {dimension}",
                policy.scope
            )
        }
        Asleep::Skipped(dimension) => {
            format!(
                "the event is narrowed to {scope}, it has no interest in {dimension}, and its onScoped is skip"
            )
        }
        Asleep::Hints(reasons) => reasons.join("; "),
    };
    format!("policy {id} does not wake: {why}.")
}
