//! The second half of the tour: the log lies, is convicted, and the history stands.

use rekindle_events::{Kind, Stage};
use rekindle_follow::Evidence;
use rekindle_store::{EventFilter, JobFilter};
use rekindle_syncd::ops::replay::replay;
use rekindle_testlog::Fork;
use serde_json::{Value, json};

use super::make;
use super::print::Tone;
use super::tell;
use super::tour::Tour;
use crate::exit::Failure;

/// Columns of a signed note that are shown; the signature is longer.
const NOTE: usize = 68;

impl Tour<'_> {
    /// The log shows another history to us than before.
    pub(super) async fn lie(&mut self) -> Result<(), Failure> {
        self.heading("The log lies: it swaps its last entry, and signs that as well");
        let origin = self.world.local.log_key().origin().to_string();
        let size = self.world.local.size();
        let view = self
            .until("the view to hold the whole log", async |store| {
                Ok(store.view(&origin).await?.filter(|view| view.size == size))
            })
            .await?;
        let fork = Fork { at: size.saturating_sub(1), same_size: true, ends: true };
        self.world.local.fork(fork).map_err(|error| Failure::unknown(error.code(), error))?;
        self.out.json(&json!({"type": "fork", "log": "local", "size": size.to_string(),
            "at": fork.at.to_string(), "acceptedRoot": hex::encode(view.root)}));
        self.out.note(
            Tone::Dim,
            &format!(
                "It has {size} entries and keeps that number: entry {} is another one now.",
                fork.at
            ),
        );
        self.out.raw("");
        let convicted = self
            .until("the lie to be found", async |store| {
                let view = store.view(&origin).await?;
                Ok(view.and_then(|view| view.quarantined))
            })
            .await?;
        let filter =
            EventFilter { kinds: vec![Kind::CheckpointDiverged], ..EventFilter::default() };
        let diverged = self.store().events(&filter).await?;
        self.checks.note("diverged", diverged.len() == 1, || {
            format!("{} divergences instead of one", diverged.len())
        });
        let bytes = self.store().input(convicted).await?.unwrap_or_default();
        self.convict(&bytes);
        Ok(())
    }

    /// What a stranger would do who has the evidence and the log's public key, and nothing else.
    fn convict(&mut self, bytes: &[u8]) {
        let checked = Evidence::from_json(bytes).and_then(|evidence| {
            let conviction = evidence.verify_against(&self.world.local.log_key())?;
            Ok((evidence, conviction))
        });
        let (evidence, conviction) = match checked {
            Ok(checked) => checked,
            Err(error) => return self.checks.note("evidence", false, || error.to_string()),
        };
        self.checks.note("evidence", true, String::new);
        for (position, note) in evidence.notes().iter().enumerate() {
            let label = if position == 0 { "we had accepted" } else { "it now shows" };
            let text = String::from_utf8_lossy(note.note()).into_owned();
            self.out.raw("");
            for (number, line) in text.lines().filter(|line| !line.is_empty()).enumerate() {
                let label = if number == 0 { label } else { "" };
                let field = match number {
                    _ if line.starts_with('—') => "signature",
                    0 => "log",
                    1 => "entries",
                    2 => "root hash",
                    _ => "",
                };
                let line = match line.char_indices().nth(NOTE) {
                    Some((end, _)) => &format!("{}…", &line[..end]),
                    None => line,
                };
                let columns =
                    [("", 3, Tone::Plain), (label, 17, Tone::Bold), (field, 11, Tone::Dim)];
                // No break inside of a signature line: it is one line of a signed note.
                self.out.cell(&columns, line);
            }
        }
        self.out.raw("");
        self.out.note(
            Tone::Good,
            &format!(
                "Convicted: {} validly signed both, each for {} entries, and the roots differ.",
                conviction.origin, conviction.larger.size
            ),
        );
        self.out.note(
            Tone::Dim,
            &format!(
                "Checked offline, from {} bytes of evidence that anybody can check with the log's key.",
                bytes.len()
            ),
        );
        let form: Value = serde_json::from_slice(bytes).unwrap_or_default();
        self.out.json(&json!({"type": "convicted", "origin": conviction.origin.as_str(),
            "logId": conviction.log.to_string(), "verifiedOffline": true, "evidence": form,
            "smaller": {"size": conviction.smaller.size.to_string(),
                "root": conviction.smaller.root.to_string()},
            "larger": {"size": conviction.larger.size.to_string(),
                "root": conviction.larger.root.to_string()}}));
    }

    /// The honest log goes on; what is meant for the convicted one waits.
    pub(super) async fn after_the_lie(&mut self) -> Result<(), Failure> {
        let accepted = self.attest(&make::log4j(), &["local", "spare"]).await?;
        let waiting = accepted.entries[0].id.clone();
        let claims = self
            .until("the other entry to be put aside", async |store| {
                let ready = JobFilter {
                    state: Some("ready".into()),
                    kind: Some("submit".into()),
                    limit: 100,
                };
                let jobs = store.jobs(&ready).await?;
                let job = jobs.iter().find(|view| *view.job.key == *waiting);
                Ok(job.map(|view| view.job.claims).filter(|claims| *claims > 0))
            })
            .await?;
        let entry = self.store().entry(&waiting).await?;
        let asked = |digest: [u8; 32]| {
            self.world.local.requests().iter().any(|request| request.body_digest == Some(digest))
        };
        let good = entry
            .as_ref()
            .is_some_and(|view| view.state.stage == Stage::Queued && !asked(view.row.request.0));
        self.checks.note("quarantined", good, || format!("entry {waiting} was sent"));
        self.out.json(&json!({"type": "waiting", "entry": waiting, "log": "local",
            "why": "the log is quarantined", "claims": claims}));
        self.out.raw("");
        self.out.note(
            Tone::Dim,
            &format!(
                "{} for `local` waits: a convicted log gets nothing more, and nothing is lost.",
                tell::short(&waiting)
            ),
        );
        Ok(())
    }

    /// Makes the history again, twice.
    pub(super) async fn replay(&mut self) -> Result<(), Failure> {
        self.heading("Replay: every event is made again out of its stored inputs");
        let first = replay(self.store()).await?;
        let again = replay(self.store()).await?;
        let good = first.differences.is_empty()
            && first.events == self.store().last_sequence().await?
            && first.digest == again.digest;
        self.checks.note("replayed", good, || {
            format!(
                "{} differences, {} then {}",
                first.differences.len(),
                first.digest,
                again.digest
            )
        });
        self.out.json(&json!({"type": "replay", "events": first.events, "digest": first.digest,
            "differences": first.differences.len()}));
        let row = |name: &str, value: &str| {
            let columns = [("", 3, Tone::Plain), (name, 13, Tone::Bold)];
            self.out.row(&columns, (value, Tone::Plain));
        };
        row("events", &first.events.to_string());
        row("differences", &first.differences.len().to_string());
        row("digest", &first.digest);
        Ok(())
    }
}
