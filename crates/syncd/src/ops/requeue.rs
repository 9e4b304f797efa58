//! Requeue: an operator gives a failed entry another life, by name and with a reason.

use rekindle_events::{Body, Kind, Stage};
use rekindle_queue::NewJob;
use rekindle_store::{Commit, InputDigest, Ledger};

use crate::decide::{self, AdminInput, Inputs};
use crate::engine::{Engine, event_with_inputs};
use crate::jobs;
use crate::refusal::Refusal;

impl Engine {
    /// Queues a failed entry again; its deadline starts anew.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], or [`Refusal::NotNow`] when the entry has not failed.
    pub async fn requeue(&self, entry: &str, actor: &str, reason: &str) -> Result<(), Refusal> {
        let not_found = || Refusal::NotFound { what: "entry", id: entry.into() };
        let view = self.store().entry(entry).await?.ok_or_else(not_found)?;
        if view.state.stage != Stage::Failed {
            return Err(Refusal::NotNow {
                what: "entry",
                id: entry.into(),
                why: format!("is {}, not failed", view.state.stage.as_str()),
            });
        }
        let stored = self.store().event_by_id(&view.state.last).await?.ok_or_else(not_found)?;
        let failed = stored.recorded.event;
        let (inputs, hints) = self.inputs_of_queued(entry).await?.ok_or_else(not_found)?;
        let mut commit = Commit::default();

        let admin = AdminInput {
            tenant: view.row.tenant.clone(),
            act: "requeue".into(),
            target: entry.into(),
            actor: actor.into(),
            reason: reason.into(),
        };
        let act = Inputs::default().with("act", admin.to_bytes());
        let head = self.store().head(&view.row.tenant, &format!("act:{entry}")).await?;
        let before = match head {
            Some(id) => self.store().event_by_id(&id).await?.map(|stored| stored.recorded.event),
            None => None,
        };
        let acted = decide::decide(Kind::AdminActed, before.as_ref(), &act)?;
        let new = event_with_inputs(acted, &act, &mut commit);
        commit.events.push(new);

        let queued = decide::decide(Kind::EntryQueued, Some(&failed), &inputs)?;
        let mut new = event_with_inputs(queued, &inputs, &mut commit);
        new.hints = Some(hints);
        commit.events.push(new);
        let now = self.now();
        commit.jobs.push(NewJob {
            kind: jobs::submit::KIND.into(),
            key: entry.into(),
            payload: entry.into(),
            run_at: now,
            priority: 10,
            deadline: None,
        });
        commit.writes.push(rekindle_store::Write::ForgetDead {
            kind: jobs::submit::KIND.into(),
            key: entry.into(),
        });
        commit.writes.push(rekindle_store::Write::EntryDeadline {
            entry: entry.into(),
            deadline: now.checked_add(self.options().default_deadline),
        });
        commit.jobs.push(jobs::trigger::nudge(now));
        self.store().commit(commit).await?;
        Ok(())
    }

    /// The inputs of the entry's first `queued` event.
    async fn inputs_of_queued(
        &self,
        entry: &str,
    ) -> Result<Option<(Inputs, InputDigest)>, Refusal> {
        let filter = rekindle_store::EventFilter {
            subject: Some(entry.into()),
            kinds: vec![Kind::EntryQueued],
            limit: 1,
            ..Default::default()
        };
        let Some(stored) = self.store().events(&filter).await?.pop() else { return Ok(None) };
        debug_assert!(matches!(stored.recorded.event.facts().body, Body::EntryQueued(_)));
        let mut inputs = Inputs::default();
        for (role, digest) in &stored.inputs {
            let Some(bytes) = self.store().input(*digest).await? else { return Ok(None) };
            inputs.add(role, bytes);
        }
        Ok(stored.hints.map(|hints| (inputs, hints)))
    }
}
