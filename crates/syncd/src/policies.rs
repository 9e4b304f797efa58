//! Policies: put, delete, import; each change is an event, so triggers replay.

use std::collections::BTreeSet;

use rekindle_events::Kind;
use rekindle_scope::{Policy, PolicyId};
use rekindle_store::{Commit, Expect, Ledger, PolicyRow};

use crate::decide::{self, Inputs, PolicyInput};
use crate::engine::{Engine, event_with_inputs};
use crate::jobs;
use crate::refusal::Refusal;

/// What a put did.
#[derive(Clone, Debug)]
pub struct Put {
    /// The policy as it is stored now.
    pub policy: Policy,
    /// False: it was identical, nothing changed.
    pub changed: bool,
}

impl Engine {
    /// Stores a policy; an identical one changes nothing, any other is the next revision.
    ///
    /// # Errors
    /// [`Refusal::Busy`] when somebody else changed it at the same time.
    pub async fn put_policy(&self, policy: Policy) -> Result<Put, Refusal> {
        let mut put = self.change("put", vec![(policy.id.clone(), Some(policy))]).await?;
        put.pop().ok_or(Refusal::Busy { what: "policy".into() })
    }

    /// Stores many policies as one change.
    ///
    /// # Errors
    /// As [`Engine::put_policy`]; all or nothing.
    pub async fn import_policies(&self, policies: Vec<Policy>) -> Result<Vec<Put>, Refusal> {
        let all = policies.into_iter().map(|p| (p.id.clone(), Some(p))).collect();
        self.change("import", all).await
    }

    /// Deletes a policy; its revisions stay readable in the events.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown id.
    pub async fn delete_policy(&self, id: &PolicyId) -> Result<(), Refusal> {
        if self.store().policy(id.as_str()).await?.is_none_or(|row| row.deleted) {
            return Err(Refusal::NotFound { what: "policy", id: id.as_str().into() });
        }
        self.change("delete", vec![(id.clone(), None)]).await?;
        Ok(())
    }

    async fn change(
        &self,
        change: &str,
        wanted: Vec<(PolicyId, Option<Policy>)>,
    ) -> Result<Vec<Put>, Refusal> {
        let tenant = self.options().tenant.clone();
        self.names(&wanted)?;
        let mut commit = Commit::default();
        let mut input = PolicyInput { tenant, change: change.into(), policies: Vec::new() };
        let mut puts = Vec::new();
        for (id, policy) in wanted {
            let known = self.store().policy(id.as_str()).await?;
            let revision = known.as_ref().map_or(1, |row| row.revision + 1);
            let json = policy.as_ref().map(canonical);
            if let (Some(row), Some(json), Some(policy)) = (&known, &json, &policy)
                && !row.deleted
                && row.json == *json
            {
                let policy = Policy { revision: row.revision, ..policy.clone() };
                puts.push(Put { policy, changed: false });
                continue;
            }
            commit.expect.push(Expect::PolicyRevision {
                id: id.as_str().into(),
                revision: known.as_ref().map(|row| row.revision),
            });
            commit.writes.push(rekindle_store::Write::Policy(PolicyRow {
                id: id.as_str().into(),
                revision,
                json: json.clone().unwrap_or_default(),
                deleted: json.is_none(),
            }));
            input.policies.push((id.as_str().into(), revision, json));
            if let Some(policy) = policy {
                puts.push(Put { policy: Policy { revision, ..policy }, changed: true });
            }
        }
        if input.policies.is_empty() {
            return Ok(puts);
        }
        let previous = match self.store().head(&input.tenant, input.subject()).await? {
            Some(id) => self.store().event_by_id(&id).await?.map(|stored| stored.recorded.event),
            None => None,
        };
        let inputs = Inputs::default().with("policies", input.to_bytes());
        let event = decide::decide(Kind::PolicyChanged, previous.as_ref(), &inputs)?;
        let new = event_with_inputs(event, &inputs, &mut commit);
        commit.events.push(new);
        commit.jobs.push(jobs::trigger::nudge(self.now()));
        self.store().commit(commit).await?;
        Ok(puts)
    }
}

impl Engine {
    /// Each name once, and none that is the subject of another chain of events: such a policy
    /// would stand between a log's checkpoints, and the log could never be followed again.
    fn names(&self, wanted: &[(PolicyId, Option<Policy>)]) -> Result<(), Refusal> {
        let bad = |id: &PolicyId, hint: &str| {
            let value = id.as_str().into();
            Err(Refusal::BadField { field: "id", value, hint: hint.into() })
        };
        let mut known = BTreeSet::new();
        for (id, policy) in wanted {
            if !known.insert(id.as_str()) {
                return bad(id, "it stands twice in this import; give each policy once");
            }
            let of_log = self.logs().any(|log| {
                let rest = id.as_str().strip_prefix(log.origin());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
            });
            if of_log && policy.is_some() {
                return bad(id, "this name belongs to the events of a log; choose another");
            }
        }
        Ok(())
    }
}

/// The stored form: the policy's JSON without its revision.
fn canonical(policy: &Policy) -> String {
    let mut value = policy.to_json();
    if let Some(object) = value.as_object_mut() {
        object.remove("revision");
    }
    // serde_json's maps are sorted by key, so equal policies give equal text.
    value.to_string()
}
