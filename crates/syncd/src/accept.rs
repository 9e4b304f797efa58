//! The door: strict parsing, signature, hints, exact request bytes, one commit, then an id.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use rekindle_attestation::body::hashedrekord_v002::{self, HashedRekord};
use rekindle_attestation::{Attestation, Envelope, Verifier};
use rekindle_events::{Kind, Stage, entry_id, submission_id};
use rekindle_hints::Hints;
use rekindle_proof::hash;
use rekindle_queue::NewJob;
use rekindle_scope::Scope;
use rekindle_store::{Commit, EntryRow, Expect, InputDigest, Ledger, SubmissionRow, Write};

use crate::decide::{self, EntryAct, Inputs, verifier_bytes};
use crate::engine::{Engine, event_with_inputs};
use crate::jobs;
use crate::refusal::Refusal;
use crate::target::Log;

/// Documents up to this size are parsed, verified and read for hints in well under a millisecond.
const INLINE_DOCUMENT: usize = 16 * 1024;

/// Three writers at most race for one attestation before the door gives up.
const MAX_RACES: usize = 4;

/// One attestation on its way in.
#[derive(Clone, Debug)]
pub struct SubmitRequest {
    /// The parsed envelope; its raw bytes are kept.
    pub envelope: Envelope,
    /// Public key or certificate; none: found by the envelope's key id among the known keys.
    pub verifier: Option<Verifier>,
    /// Names of logs; empty: every configured log that takes entries.
    pub logs: Vec<String>,
    /// Scope that narrows whom the entry wakes.
    pub scope: Option<String>,
    /// `now`, `soon` or `routine`.
    pub urgency: Option<String>,
    /// How long the entry may take to get into the log.
    pub deadline: Option<Duration>,
    /// Whether the caller may narrow; without it a scope is recorded and ignored.
    pub may_narrow: bool,
}

/// What the door gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Submission id.
    pub id: String,
    /// Attestation id.
    pub attestation: String,
    /// One entry per log.
    pub entries: Vec<AcceptedEntry>,
    /// False: this very attestation was known, nothing was stored.
    pub created: bool,
}

/// One entry of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedEntry {
    /// Entry id.
    pub id: String,
    /// Name of the log.
    pub log: String,
    /// Where it stands.
    pub stage: Stage,
}

/// What is computed before the store is asked: pure work on the bytes.
struct Prepared {
    attestation: Attestation,
    rekord: HashedRekord,
    hints: Hints,
    scope: Option<Scope>,
    urgency: String,
}

impl Engine {
    /// Takes an attestation: when this returns, it is durable and `queued` is stated.
    ///
    /// # Errors
    /// A [`Refusal`]; nothing was stored then.
    pub async fn accept(&self, request: SubmitRequest) -> Result<Accepted, Refusal> {
        let targets = self.targets(&request.logs)?;
        let deadline = request.deadline.unwrap_or(self.options().default_deadline);
        let may_narrow = request.may_narrow;
        let keys = self.keys();
        let limits = self.options().limits;
        // A small document costs less than the way to another thread and back.
        let prepared = if request.envelope.raw.len() <= INLINE_DOCUMENT {
            prepare(request, &keys, &limits)?
        } else {
            tokio::task::spawn_blocking(move || prepare(request, &keys, &limits))
                .await
                .map_err(|error| Refusal::Busy { what: error.to_string() })??
        };
        let mut last = None;
        for race in 0..=MAX_RACES {
            // Nearly every attestation is new: the first try looks nothing up, and the commit's own
            // preconditions say when that was wrong.
            let fresh = race == 0;
            match self.accept_once(&prepared, &targets, deadline, may_narrow, fresh).await {
                Err(Refusal::Busy { what }) => last = Some(Refusal::Busy { what }),
                other => return other,
            }
        }
        Err(last.unwrap_or(Refusal::NoWritableLog))
    }

    async fn accept_once(
        &self,
        prepared: &Prepared,
        targets: &[std::sync::Arc<Log>],
        deadline: Duration,
        may_narrow: bool,
        fresh: bool,
    ) -> Result<Accepted, Refusal> {
        let tenant = &self.options().tenant;
        let attestation_id = prepared.attestation.id().to_string();
        let id = submission_id(tenant, &attestation_id);
        let asked_scope = prepared.scope.as_ref().map(ToString::to_string);
        let scope = asked_scope.clone().filter(|_| may_narrow);
        let known = if fresh { None } else { self.store().submission(&id).await? };
        if let Some(row) = &known {
            differs(&id, "scope", row.scope.as_deref(), scope.as_deref())?;
            differs(&id, "urgency", Some(&row.urgency), Some(&prepared.urgency))?;
        }

        let now = self.now();
        let leaf = prepared.rekord.leaf();
        let leaf_hash = hash::leaf(&leaf);
        let mut commit = Commit::default();
        let mut entries = Vec::with_capacity(targets.len());
        for log in targets {
            let entry = entry_id(tenant, log.origin(), &leaf_hash.0);
            let stored = if fresh { None } else { self.store().entry(&entry).await? };
            if let Some(view) = stored {
                entries.push(AcceptedEntry {
                    id: entry,
                    log: log.options.name.clone(),
                    stage: view.state.stage,
                });
                continue;
            }
            let job = NewEntry { prepared, log, entry: &entry, scope: &scope, now, deadline };
            job.add_to(&mut commit, tenant, &id, ignored(asked_scope.as_ref(), may_narrow))?;
            entries.push(AcceptedEntry {
                id: entry,
                log: log.options.name.clone(),
                stage: Stage::Queued,
            });
        }
        let mut created = !commit.events.is_empty();
        if created {
            if known.is_none() {
                // Two requests with different scopes must not both win.
                commit.expect.push(Expect::NoSubmission { id: id.clone() });
                commit.writes.insert(
                    0,
                    Write::Submission(SubmissionRow {
                        id: id.clone(),
                        tenant: tenant.clone(),
                        attestation: attestation_id.clone(),
                        scope,
                        urgency: prepared.urgency.clone(),
                        created_at: now,
                    }),
                );
            }
            commit.jobs.push(jobs::trigger::nudge(now));
            // If the process dies before this returns, nobody got an id: sending the same
            // attestation again finds either nothing or all of it.
            // Somebody who sent the same at the same time was first: the very same events are there.
            created = !self.store().commit(commit).await?.already_applied;
            if fresh && !created {
                return Err(Refusal::Busy { what: format!("{id} is known") });
            }
        }
        Ok(Accepted { id, attestation: attestation_id, entries, created })
    }

    fn targets(&self, names: &[String]) -> Result<Vec<std::sync::Arc<Log>>, Refusal> {
        if names.is_empty() {
            let all: Vec<_> =
                self.logs().filter(|log| log.options.write_url.is_some()).cloned().collect();
            return if all.is_empty() { Err(Refusal::NoWritableLog) } else { Ok(once(all)) };
        }
        let mut found = Vec::with_capacity(names.len());
        for name in names {
            let log = self.log_named(name).ok_or_else(|| Refusal::LogUnknown {
                name: name.clone(),
                known: self
                    .logs()
                    .map(|log| log.options.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            })?;
            if log.options.write_url.is_none() {
                return Err(Refusal::BadField {
                    field: "logs",
                    value: name.clone(),
                    hint: "this log is only watched; it has no write_url".into(),
                });
            }
            found.push(log.clone());
        }
        Ok(once(found))
    }
}

/// One entry per origin: a log that is named twice is meant once.
fn once(logs: Vec<std::sync::Arc<Log>>) -> Vec<std::sync::Arc<Log>> {
    let mut known = std::collections::BTreeSet::new();
    logs.into_iter().filter(|log| known.insert(log.origin().to_owned())).collect()
}

struct NewEntry<'a> {
    prepared: &'a Prepared,
    log: &'a Log,
    entry: &'a str,
    scope: &'a Option<String>,
    now: SystemTime,
    deadline: Duration,
}

impl NewEntry<'_> {
    fn add_to(
        &self,
        commit: &mut Commit,
        tenant: &str,
        submission: &str,
        ignored: Option<String>,
    ) -> Result<(), Refusal> {
        let raw = self.prepared.attestation.raw().clone();
        let verifier = verifier_bytes(self.prepared.attestation.verifier());
        let request = self.prepared.rekord.request();
        let leaf = self.prepared.rekord.leaf();
        let hints = Bytes::from(self.prepared.hints.canonical());
        let act = EntryAct { scope: self.scope.clone(), urgency: self.prepared.urgency.clone() };
        let inputs = Inputs::default()
            .with("attestation", raw.clone())
            .with("verifier", verifier.clone())
            .with("hints", hints.clone())
            .with("log", self.log.input(tenant).to_bytes())
            .with("act", act.to_bytes());
        let event = decide::decide(Kind::EntryQueued, None, &inputs)?;
        let mut new = event_with_inputs(event, &inputs, commit);
        new.hints = Some(InputDigest::of(&hints));
        let deadline = self.now.checked_add(self.deadline);
        new.observed.scope_ignored = ignored;
        new.observed.deadline = deadline.map(rfc3339);
        commit.expect.push(Expect::NoEntry { id: self.entry.into() });
        commit.writes.push(Write::Input(request.clone()));
        commit.writes.push(Write::Input(leaf.clone()));
        commit.writes.push(Write::Entry(EntryRow {
            id: self.entry.into(),
            submission: submission.into(),
            tenant: tenant.into(),
            attestation: self.prepared.attestation.id().to_string(),
            target: self.log.origin().into(),
            log_name: self.log.options.name.clone(),
            leaf_hash: hash::leaf(&leaf).0,
            attestation_input: InputDigest::of(&raw),
            verifier_input: InputDigest::of(&verifier),
            request: InputDigest::of(&request),
            leaf: InputDigest::of(&leaf),
            hints: InputDigest::of(&hints),
            scope: self.scope.clone(),
            deadline,
            created_at: self.now,
        }));
        commit.writes.push(Write::EntryDigests {
            entry: self.entry.into(),
            digests: self.prepared.hints.artifacts.iter().map(|d| d.as_str().to_owned()).collect(),
        });
        commit.events.push(new);
        commit.jobs.push(NewJob {
            kind: jobs::submit::KIND.into(),
            key: self.entry.into(),
            payload: self.entry.into(),
            run_at: self.now,
            priority: priority(&self.prepared.urgency),
            deadline,
        });
        Ok(())
    }
}

fn prepare(
    request: SubmitRequest,
    keys: &[(String, Verifier)],
    limits: &rekindle_extract::Limits,
) -> Result<Prepared, Refusal> {
    let urgency = request.urgency.unwrap_or_else(|| "routine".into());
    if !["now", "soon", "routine"].contains(&urgency.as_str()) {
        return Err(Refusal::BadField {
            field: "urgency",
            value: urgency,
            hint: "now, soon or routine".into(),
        });
    }
    let scope = request.scope.as_deref().map(str::parse::<Scope>).transpose()?;
    let verifier = match request.verifier {
        Some(verifier) => verifier,
        None => {
            let hint = request.envelope.key_hint();
            let known = keys.iter().find(|(id, _)| Some(id.as_str()) == hint);
            known.map(|(_, verifier)| verifier.clone()).ok_or_else(|| Refusal::VerifierUnknown {
                hint: hint.map_or_else(
                    || "the envelope names no key id".into(),
                    |id| format!("key id `{id}` is not under [[keys]]"),
                ),
            })?
        }
    };
    let attestation = Attestation::new(request.envelope, verifier)?;
    let rekord = hashedrekord_v002::from_attestation(&attestation)?;
    let payload_type = attestation.payload_type().unwrap_or_default();
    let hints = match rekindle_extract::extract(
        payload_type,
        attestation.payload().unwrap_or_default(),
        limits,
    ) {
        Ok(hints) => hints,
        // A payload that cannot be read is still a signed attestation: unknown coverage widens,
        // so no policy is missed.
        Err(error) => {
            tracing::debug!(%error, "payload not understood, hints are unknown");
            Hints::unknown("")
        }
    };
    Ok(Prepared { attestation, rekord, hints, scope, urgency })
}

fn differs(
    id: &str,
    what: &'static str,
    stored: Option<&str>,
    asked: Option<&str>,
) -> Result<(), Refusal> {
    if stored == asked {
        return Ok(());
    }
    let text = |value: Option<&str>| value.unwrap_or("none").to_owned();
    Err(Refusal::Differs { id: id.into(), what, stored: text(stored), asked: text(asked) })
}

fn ignored(asked: Option<&String>, may_narrow: bool) -> Option<String> {
    asked.filter(|_| !may_narrow).cloned()
}

fn priority(urgency: &str) -> i16 {
    match urgency {
        "now" => 20,
        "soon" => 10,
        _ => 0,
    }
}

pub(crate) fn rfc3339(at: SystemTime) -> String {
    time::OffsetDateTime::from(at)
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}
