//! Job `trigger`: walks the events with a durable cursor and finds whom each one wakes.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use rekindle_events::{Body, Recorded, trigger_id};
use rekindle_hints::Hints;
use rekindle_queue::worker::Handler;
use rekindle_queue::{Job, NewJob, Settlement};
use rekindle_scope::{Index, Match, Policy, Scope, Wake};
use rekindle_store::{Commit, EventFilter, Expect, StoredEvent, TriggerRow, Write};

use super::{JobError, Outcome, Pace};
use crate::engine::Engine;

/// The job's kind.
pub const KIND: &str = "trigger";
/// Name of the durable cursor: the last event sequence that was evaluated.
pub const CURSOR: &str = "trigger";
/// Events per run; one commit holds their triggers and the cursor.
const BATCH: u32 = 256;
/// Triggers after which a run ends early: many policies times many events must not fill memory,
/// nor hold the one writer for long. One event may go beyond it.
const MOST_ROWS: usize = 4_096;
/// Pause after a failure.
const FAILED: Duration = Duration::from_secs(1);
/// Every event nudges this job; the long sleep is only for a lost nudge.
const IDLE: Duration = Duration::from_secs(60);

/// Makes the job due.
#[must_use]
pub fn nudge(now: SystemTime) -> NewJob {
    NewJob {
        kind: KIND.into(),
        key: "all".into(),
        payload: "".into(),
        run_at: now,
        priority: 15,
        deadline: None,
    }
}

/// The handler, with the index as of the cursor.
pub struct Trigger {
    engine: Engine,
    /// Policies as of a sequence; rebuilt when another process moved the cursor.
    index: Mutex<Option<(u64, Index)>>,
    pace: Pace,
}

/// A trigger may come this much later; in return many events share one commit.
const GAP: Duration = Duration::from_millis(25);

impl Trigger {
    /// A handler for that engine.
    #[must_use]
    pub fn new(engine: Engine) -> Trigger {
        Trigger { engine, index: Mutex::new(None), pace: Pace::new(GAP) }
    }

    async fn attempt(&self) -> Result<Outcome, JobError> {
        self.pace.turn().await;
        let store = self.engine.store();
        let cursor = store.cursor(CURSOR).await?;
        let events = store
            .events(&EventFilter { after: cursor, limit: BATCH, ..EventFilter::default() })
            .await?;
        if events.is_empty() {
            return Ok((Settlement::Snooze { until: self.engine.now() + IDLE }, Commit::default()));
        }
        let mut last = cursor;
        let mut index = self.index_at(cursor).await?;
        let mut commit = Commit::default();
        let mut rows = Vec::new();
        let mut fires: BTreeMap<&str, bool> = BTreeMap::new();
        for event in &events {
            if rows.len() + commit.writes.len() >= MOST_ROWS {
                break;
            }
            last = event.recorded.sequence.0;
            if let Body::PolicyChanged(_) = &event.recorded.event.facts().body {
                apply_policies(store, event, &mut index).await?;
                fires.clear();
            }
            let Some(digest) = event.hints else { continue };
            // Most kinds fire nobody: then neither hints nor entry need to be read.
            let kind = event.recorded.event.kind().as_str();
            let fires = *fires
                .entry(kind)
                .or_insert_with(|| index.policies().any(|policy| policy.fires_on(kind)));
            if !fires {
                continue;
            }
            // Hints that are lost or damaged are unknown: that wakes too many, never too few.
            let bytes = store.input(digest).await?.unwrap_or_default();
            let hints = serde_json::from_slice(&bytes).ok().and_then(|v| Hints::from_json(&v).ok());
            let hints = hints.unwrap_or_else(|| Hints::unknown(""));
            let act = queued_act(store, event).await?;
            let woken = wake(&index, &event.recorded, &hints, &act);
            commit.writes.extend(suppressed(&index, &event.recorded, &hints, &act, &woken));
            rows.extend(woken);
        }
        *self.index.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some((last, index));
        self.engine.metrics().triggers(rows.len());
        commit.expect.push(Expect::Cursor { name: CURSOR.into(), at: cursor });
        commit.writes.push(Write::Triggers(rows));
        commit.writes.push(Write::Cursor { name: CURSOR.into(), to: last });
        // If the process dies here, the cursor has not moved: the same triggers are found again.
        Ok((Settlement::Snooze { until: self.engine.now() }, commit))
    }

    async fn index_at(&self, cursor: u64) -> Result<Index, JobError> {
        let held = self.index.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        match held {
            Some((at, index)) if at == cursor => Ok(index),
            _ => {
                let mut index = Index::new();
                for row in self.engine.store().policies_at(cursor).await? {
                    if let Some(policy) = read_policy(&row.json, row.revision) {
                        index.insert(policy);
                    }
                }
                Ok(index)
            }
        }
    }
}

/// Scope and urgency of the entry that an event belongs to.
struct Act {
    scope: Option<Scope>,
    urgency: String,
}

async fn queued_act(store: &rekindle_store::Store, event: &StoredEvent) -> Result<Act, JobError> {
    let none = || Act { scope: None, urgency: "routine".into() };
    if let Body::EntryQueued(facts) = &event.recorded.event.facts().body {
        return Ok(Act {
            scope: facts.scope.as_deref().and_then(|text| text.parse().ok()),
            urgency: facts.urgency.clone(),
        });
    }
    let Some(entry) = store.entry(&event.recorded.event.facts().subject).await? else {
        return Ok(none());
    };
    let urgency = store.submission(&entry.row.submission).await?;
    Ok(Act {
        scope: entry.row.scope.as_deref().and_then(|text| text.parse().ok()),
        urgency: urgency.map_or_else(|| none().urgency, |row| row.urgency),
    })
}

fn wake(index: &Index, recorded: &Recorded, hints: &Hints, act: &Act) -> Vec<TriggerRow> {
    let kind = recorded.event.kind();
    let woken = index.wake(kind.as_str(), hints, act.scope.as_ref());
    woken.into_iter().map(|wake| row(recorded, hints, &act.urgency, wake)).collect()
}

/// What an allowed scope kept asleep is listed: nobody should have to guess why.
fn suppressed(
    index: &Index,
    recorded: &Recorded,
    hints: &Hints,
    act: &Act,
    woken: &[TriggerRow],
) -> Vec<Write> {
    let Some(scope) = &act.scope else { return Vec::new() };
    let event = recorded.event.id();
    let all = index.wake(recorded.event.kind().as_str(), hints, None);
    all.into_iter()
        .filter(|wake| woken.iter().all(|row| row.policy != wake.policy.as_str()))
        .map(|wake| Write::Suppressed {
            event,
            policy: wake.policy.as_str().to_owned(),
            scope: scope.to_string(),
        })
        .collect()
}

fn row(recorded: &Recorded, hints: &Hints, urgency: &str, wake: Wake) -> TriggerRow {
    let event = recorded.event.id();
    TriggerRow {
        id: trigger_id(&event, wake.policy.as_str(), wake.revision),
        event,
        event_sequence: recorded.sequence.0,
        policy: wake.policy.as_str().to_owned(),
        revision: wake.revision,
        result: match wake.result {
            Match::Yes => "yes".into(),
            Match::Maybe(_) => "maybe".into(),
            Match::No => "no".into(),
        },
        atoms: wake.atoms.iter().map(ToString::to_string).collect(),
        why: wake.why,
        evaluate_only: wake.evaluate_only.map(|text| text.to_string()),
        artifacts: hints.artifacts.iter().map(|digest| digest.as_str().to_owned()).collect(),
        urgency: urgency.to_owned(),
    }
}

async fn apply_policies(
    store: &rekindle_store::Store,
    event: &StoredEvent,
    index: &mut Index,
) -> Result<(), JobError> {
    let Some((_, digest)) = event.inputs.iter().find(|(role, _)| role == "policies") else {
        return Ok(());
    };
    let bytes = super::input(store, "policies", *digest).await?;
    let Ok(input) = serde_json::from_slice::<crate::decide::PolicyInput>(&bytes) else {
        return Ok(());
    };
    for (id, revision, json) in input.policies {
        match json.and_then(|json| read_policy(&json, revision)) {
            Some(policy) => index.insert(policy),
            None => {
                if let Ok(id) = rekindle_scope::PolicyId::new(&id) {
                    index.remove(&id);
                }
            }
        }
    }
    Ok(())
}

/// A stored policy; one that no longer parses is reported by `doctor`, not here.
pub(crate) fn read_policy(json: &str, revision: u64) -> Option<Policy> {
    let value = serde_json::from_str(json).ok()?;
    let mut policy = Policy::from_json(&value).ok()?;
    policy.revision = revision;
    Some(policy)
}

#[async_trait]
impl Handler<Commit> for Trigger {
    async fn run(&self, _: &Job) -> Outcome {
        self.attempt().await.unwrap_or_else(|error| {
            // Not a retry: this job never ends, so its attempts would only ever grow.
            tracing::warn!(%error, "triggers could not be found, trying again");
            (Settlement::Snooze { until: self.engine.now() + FAILED }, Commit::default())
        })
    }
}
