//! The tour: policies, attestations, who wakes. What is shown is read back from the ledger.

use std::time::{Duration, SystemTime};

use rekindle_events::{Body, Kind, Stage};
use rekindle_hints::Hints;
use rekindle_scope::{Policy, explain};
use rekindle_store::{EventFilter, Store, StoredEvent, StoredTrigger};
use rekindle_syncd::{Accepted, SubmitRequest};
use serde_json::json;

use super::checks::Checks;
use super::make::{self, Curve, Document, Signer};
use super::print::{Printer, Tone};
use super::tell;
use super::world::World;
use crate::exit::Failure;

/// Number of the last heading.
pub(super) const STEPS: usize = 9;
/// The slowest step takes about a second; a busy machine gets twenty times that.
const PATIENCE: Duration = Duration::from_secs(20);
/// Cursors and jobs move without an event, so a condition is looked at this often anyway.
const LOOK: Duration = Duration::from_millis(20);
/// Most events or triggers of one tour, by far.
const PAGE: u32 = 1_000;

/// Policies: id, scope, skips narrowed events, what it is for.
const POLICIES: [(&str, &str, bool, &str); 8] = [
    ("openssl", "component:openssl", false, "the C library"),
    ("openssl-sys", "component:openssl-sys", false, "a Rust crate around it"),
    ("pyopenssl", "component:pyopenssl", false, "a Python package around it"),
    ("log4j", "component:log4j-core", false, "something else entirely"),
    ("build-provenance", "predicate:provenance", false, "every build record"),
    ("vex-review", "predicate:vex", false, "every VEX document"),
    ("vex-weekly", "predicate:vex", true, "every VEX document"),
    ("cve-2022-3602", "vuln:CVE-2022-3602", false, "one vulnerability"),
];

/// The running tour.
pub(super) struct Tour<'a> {
    pub(super) world: &'a World,
    pub(super) out: &'a Printer,
    pub(super) checks: &'a mut Checks,
    signers: &'a [Signer; 2],
    /// Sequence of the last event that was printed.
    shown: u64,
    step: usize,
}

impl<'a> Tour<'a> {
    pub(super) fn new(
        world: &'a World,
        signers: &'a [Signer; 2],
        out: &'a Printer,
        checks: &'a mut Checks,
    ) -> Tour<'a> {
        Tour { world, out, checks, signers, shown: 0, step: 0 }
    }

    /// All steps.
    pub(super) async fn run(&mut self) -> Result<(), Failure> {
        self.register().await?;
        for document in [make::openssl(), make::sbom(), make::provenance()] {
            self.attest(&document, &["local"]).await?;
        }
        self.refusal().await?;
        self.queued_first().await?;
        self.lie().await?;
        self.after_the_lie().await?;
        self.replay().await
    }

    pub(super) fn store(&self) -> &Store {
        self.world.daemon.engine.store()
    }

    pub(super) fn heading(&mut self, title: &str) {
        self.step += 1;
        self.out.json(&json!({"type": "step", "number": self.step, "title": title}));
        self.out.heading(self.step, title);
    }

    async fn register(&mut self) -> Result<(), Failure> {
        self.heading("Eight policies say what they care about");
        let text = "A policy is whatever your tools decide; it is woken only by proven news that it cares about.";
        self.out.note(Tone::Dim, text);
        self.out.raw("");
        let mut policies = Vec::new();
        for (id, scope, skip, about) in POLICIES {
            let on_scoped = if skip { "skip" } else { "narrow" };
            let value = json!({"id": id, "scope": scope, "onScoped": on_scoped});
            let policy = Policy::from_json(&value).map_err(|e| Failure::usage(e.code(), e))?;
            self.out.json(&json!({"type": "policy", "policy": policy.to_json(), "about": about}));
            tell::policy(self.out, &policy, about);
            policies.push(policy);
        }
        self.world.daemon.engine.import_policies(policies).await.map_err(refused)?;
        self.out.raw("");
        self.until("both logs to be looked at", async |store| {
            Ok((store.views().await?.len() == 2).then_some(()))
        })
        .await
    }

    /// Signs, hands in, waits, and shows whom it wakes.
    pub(super) async fn attest(
        &mut self,
        document: &Document,
        logs: &[&str],
    ) -> Result<Accepted, Failure> {
        self.heading(document.title);
        let accepted = self.hand_in(document, logs).await?;
        let Some(entry) = accepted.entries.last() else {
            return Err(Failure::unknown("no_entry", "the door named no entry"));
        };
        let stage = self.settled(&entry.id).await?;
        self.checks.note("verified", stage == Stage::Verified, || {
            format!("{} ended as {}", document.name, stage.as_str())
        });
        let hints = self.hints(document, &entry.id).await?;
        self.whom_it_wakes(document, &entry.id, &hints).await?;
        Ok(accepted)
    }

    async fn refusal(&mut self) -> Result<(), Failure> {
        let document = make::refused();
        self.heading(document.title);
        let accepted = self.hand_in(&document, &["local"]).await?;
        let entry = &accepted.entries[0].id;
        let stage = self.settled(entry).await?;
        let events = self.events_of(entry).await?;
        let failed = events.last();
        let status = failed.and_then(|event| event.recorded.observed.http_status);
        let rejected = failed.is_some_and(|event| {
            matches!(&event.recorded.event.facts().body, Body::EntryFailed(f) if f.code == "rejected")
        });
        let triggers = self.triggers(entry).await?;
        let good = stage == Stage::Failed && rejected && status == Some(400) && triggers.is_empty();
        self.checks.note("refused", good, || {
            format!("stage {}, HTTP {status:?}, {} triggers", stage.as_str(), triggers.len())
        });
        self.out.raw("");
        self.out.note(
            Tone::Dim,
            "Wakes nobody: what is not proven to be in the log changes no verdict.",
        );
        Ok(())
    }

    async fn hand_in(&mut self, document: &Document, logs: &[&str]) -> Result<Accepted, Failure> {
        let signer = match document.curve {
            Curve::P256 => &self.signers[0],
            Curve::P384 => &self.signers[1],
        };
        let envelope = signer.sign(&document.statement)?;
        std::fs::write(document.file(self.world.folder.path()), &envelope.raw)?;
        let request = SubmitRequest {
            envelope,
            verifier: None,
            logs: logs.iter().map(|&log| log.to_owned()).collect(),
            scope: document.scope.map(str::to_owned),
            urgency: None,
            deadline: None,
            may_narrow: true,
        };
        let accepted = self.world.daemon.engine.accept(request).await.map_err(refused)?;
        self.out.json(&json!({
            "type": "accepted", "document": document.name, "title": document.title,
            "id": accepted.id, "attestation": accepted.attestation,
            "scope": document.scope, "curve": document.curve.as_str(),
            "entries": accepted.entries.iter().map(|entry| json!({"id": entry.id,
                "log": entry.log, "stage": entry.stage.as_str()})).collect::<Vec<_>>(),
        }));
        let logs = logs.join(" and ");
        let scope = document.scope.map_or_else(String::new, |scope| format!(", scope {scope}"));
        let curve = document.curve.as_str();
        let id = tell::short(&accepted.id);
        let text = format!("Signed with {curve}, for log {logs}{scope}. Accepted as {id}.");
        self.out.note(Tone::Dim, &text);
        if let Some(scope) = document.scope {
            let text = format!("The scope says that nothing but {scope} needs another look.");
            self.out.note(Tone::Dim, &text);
        }
        self.out.raw("");
        Ok(accepted)
    }

    /// Waits until an entry has ended and everything up to there was evaluated.
    pub(super) async fn settled(&mut self, entry: &str) -> Result<Stage, Failure> {
        self.until("an entry to be proven or refused", async |store| {
            let Some(view) = store.entry(entry).await? else { return Ok(None) };
            let ended = matches!(view.state.stage, Stage::Verified | Stage::Failed);
            let evaluated = store.cursor("trigger").await? >= view.updated_sequence;
            Ok((ended && evaluated).then_some(view.state.stage))
        })
        .await
    }

    async fn hints(&mut self, document: &Document, entry: &str) -> Result<Hints, Failure> {
        let view = self.store().entry(entry).await?;
        let bytes = match view {
            Some(view) => self.store().input(view.row.hints).await?,
            None => None,
        };
        let value = serde_json::from_slice(&bytes.unwrap_or_default()).unwrap_or_default();
        let hints = Hints::from_json(&value).map_err(|e| Failure::finding("hints_missing", e))?;
        self.out.json(&json!({"type": "hints", "document": document.name, "hints": value}));
        self.out.raw("");
        tell::hints(self.out, &hints);
        if document.name == "openvex-openssl" {
            let good = hints.vulnerabilities.iter().any(|id| id.as_str() == "CVE-2022-3602")
                && hints.components.iter().any(|name| name.as_str() == "openssl")
                && hints.artifacts.len() == 1;
            self.checks.note("hints", good, || value.to_string());
        }
        Ok(hints)
    }

    async fn whom_it_wakes(
        &mut self,
        document: &Document,
        entry: &str,
        hints: &Hints,
    ) -> Result<(), Failure> {
        let triggers = self.triggers(entry).await?;
        for (position, trigger) in triggers.iter().enumerate() {
            let (name, row) = (document.name, rekindle_api::trigger(trigger));
            self.out.json(&json!({"type": "woke", "document": name, "trigger": row}));
            tell::woke(self.out, trigger, position == 0);
        }
        let woken: Vec<&str> = triggers.iter().map(|t| t.row.policy.as_str()).collect();
        let scope = document.scope.and_then(|scope| scope.parse().ok());
        let mut first = true;
        for policy in self.policies().await? {
            let kind = Kind::InclusionVerified.as_str();
            let explained = explain(&policy, kind, hints, scope.as_ref());
            let woke = woken.contains(&policy.id.as_str());
            self.checks.note("woken", woke == explained.woke, || explained.reason.clone());
            if !woke {
                let why = tell::reason(&policy, &explained.reason);
                self.out.json(&json!({"type": "slept", "document": document.name,
                    "policy": policy.id.as_str(), "why": why}));
                tell::slept(self.out, &policy, document.scope, &why, first);
                first = false;
            }
        }
        let wanted = document.wakes;
        let found =
            || format!("{} woke {}, wanted {}", document.name, woken.join(" "), wanted.join(" "));
        self.checks.note("woken", woken == wanted, found);
        if document.name == "openvex-openssl" {
            let component = ["openssl", "pyopenssl", "openssl-sys", "log4j"];
            let woke: Vec<_> = component.iter().filter(|id| woken.contains(id)).collect();
            self.checks.note("scope", woke == [&"openssl"], found);
            let only = |id: &str| {
                let trigger = triggers.iter().find(|trigger| trigger.row.policy == id);
                trigger.and_then(|trigger| trigger.row.evaluate_only.as_deref())
            };
            let narrowed = only("vex-review") == Some("component:openssl");
            let skipped = !woken.contains(&"vex-weekly") && only("openssl").is_none();
            self.checks.note("on_scoped", narrowed && skipped, found);
        }
        Ok(())
    }

    /// The log's own record of when it was asked, against ours of when it was queued.
    async fn queued_first(&mut self) -> Result<(), Failure> {
        let filter =
            EventFilter { kinds: vec![Kind::EntryQueued], limit: PAGE, ..EventFilter::default() };
        let queued = self.store().events(&filter).await?;
        let posts = self.world.local.requests();
        for event in &queued {
            let Body::EntryQueued(facts) = &event.recorded.event.facts().body else { continue };
            let asked = posts.iter().find(|request| {
                request.body_digest.map(hex::encode).as_deref() == Some(&facts.request_digest)
            });
            let good = asked.is_some_and(|request| request.at >= event.recorded.recorded_at);
            self.checks.note("queued_first", good, || {
                format!("entry {}", event.recorded.event.facts().subject)
            });
        }
        Ok(())
    }

    async fn policies(&self) -> Result<Vec<Policy>, Failure> {
        let rows = self.store().policies().await?;
        let read = |row: &rekindle_store::PolicyRow| {
            let policy = Policy::from_json(&serde_json::from_str(&row.json).ok()?).ok()?;
            Some(Policy { revision: row.revision, ..policy })
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    async fn events_of(&self, entry: &str) -> Result<Vec<StoredEvent>, Failure> {
        let filter =
            EventFilter { subject: Some(entry.into()), limit: PAGE, ..EventFilter::default() };
        Ok(self.store().events(&filter).await?)
    }

    /// The triggers that an entry's events fired, by policy.
    async fn triggers(&self, entry: &str) -> Result<Vec<StoredTrigger>, Failure> {
        let events = self.events_of(entry).await?;
        let of_entry = |trigger: &StoredTrigger| {
            events.iter().any(|event| event.recorded.sequence.0 == trigger.row.event_sequence)
        };
        let mut triggers = self.store().triggers(0, PAGE, false).await?;
        triggers.retain(of_entry);
        triggers.sort_by(|a, b| a.row.policy.cmp(&b.row.policy));
        Ok(triggers)
    }

    /// Waits for a condition, printing events as they are recorded.
    pub(super) async fn until<T>(
        &mut self,
        what: &str,
        condition: impl AsyncFn(&Store) -> Result<Option<T>, Failure>,
    ) -> Result<T, Failure> {
        let until = SystemTime::now() + PATIENCE;
        let mut changes = self.store().subscribe();
        loop {
            let met = condition(self.store()).await?;
            self.print_new().await?;
            if let Some(found) = met {
                return Ok(found);
            }
            if SystemTime::now() >= until {
                let text = format!("waited {} s in vain for {what}", PATIENCE.as_secs());
                return Err(Failure::finding("not_seen", text));
            }
            // Woken by an event, or to look at what moves without one.
            let _ = tokio::time::timeout(LOOK, changes.changed()).await;
        }
    }

    async fn print_new(&mut self) -> Result<(), Failure> {
        let filter = EventFilter { after: self.shown, limit: PAGE, ..EventFilter::default() };
        for event in self.store().events(&filter).await? {
            let cloud = self.world.daemon.engine.cloudevent(&event).await?;
            self.out.json(&json!({"type": "event", "event": cloud}));
            tell::event(self.out, &event);
            self.shown = event.recorded.sequence.0;
        }
        Ok(())
    }
}

pub(super) fn refused(refusal: rekindle_syncd::Refusal) -> Failure {
    Failure::finding(refusal.code(), refusal)
}
