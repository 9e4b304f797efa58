//! The doctor: is the ledger what its events and its signed notes say?

use std::collections::BTreeMap;

use rekindle_events::EntryState;
use rekindle_proof::{Hash, SignedCheckpoint};
use rekindle_store::{EntryFilter, EventFilter, StoreError};

use crate::engine::Engine;

/// Rows read at once.
const PAGE: u32 = 512;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which check.
    pub check: &'static str,
    /// What is wrong, and what to do.
    pub text: String,
}

impl Engine {
    /// Checks pages and indexes of the database, the fold of every entry, every stored view
    /// note. An empty list is health.
    ///
    /// # Errors
    /// When the ledger cannot be read at all.
    pub async fn doctor(&self) -> Result<Vec<Finding>, StoreError> {
        let mut findings = Vec::new();
        for text in self.store().integrity_check().await? {
            findings.push(Finding { check: "database", text });
        }
        self.check_views(&mut findings).await?;
        self.check_fold(&mut findings).await?;
        Ok(findings)
    }

    async fn check_views(&self, findings: &mut Vec<Finding>) -> Result<(), StoreError> {
        for row in self.store().views().await? {
            let Some(log) = self.log_of(&row.origin) else {
                findings.push(Finding {
                    check: "view",
                    text: format!("{} has a view but is not configured any more", row.origin),
                });
                continue;
            };
            let text = match SignedCheckpoint::new(row.note.clone()).verify(&log.options.key) {
                Ok(seen) if (seen.size(), seen.root()) == (row.size, Hash(row.root)) => continue,
                Ok(seen) => format!(
                    "{}: the row says size {}, its signed note says {}; restore a backup",
                    row.origin,
                    row.size,
                    seen.size()
                ),
                Err(error) => format!("{}: the stored note does not verify: {error}", row.origin),
            };
            findings.push(Finding { check: "view", text });
        }
        Ok(())
    }

    async fn check_fold(&self, findings: &mut Vec<Finding>) -> Result<(), StoreError> {
        let mut states: BTreeMap<Box<str>, EntryState> = BTreeMap::new();
        let mut after = 0;
        loop {
            let filter = EventFilter { after, limit: PAGE, ..EventFilter::default() };
            let page = self.store().events(&filter).await?;
            let Some(last) = page.last() else { break };
            if page[0].recorded.sequence.0 != after + 1 {
                findings.push(Finding {
                    check: "sequence",
                    text: format!("events after {after} are missing; restore a backup"),
                });
            }
            after = last.recorded.sequence.0;
            for stored in page {
                let subject = stored.recorded.event.facts().subject.clone();
                if !subject.starts_with("ent-") {
                    continue;
                }
                match EntryState::apply(states.get(&subject), &stored.recorded) {
                    Ok(state) => {
                        states.insert(subject, state);
                    }
                    Err(error) => {
                        findings.push(Finding { check: "fold", text: error.to_string() });
                    }
                }
            }
        }
        let mut after_id = None;
        loop {
            let filter = EntryFilter { after_id, limit: PAGE, ..EntryFilter::default() };
            let page = self.store().entries(&filter).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after_id = Some(last.row.id.clone());
            for entry in page {
                let folded = states.get(entry.row.id.as_str()).map(|state| state.stage);
                if folded != Some(entry.state.stage) {
                    findings.push(Finding {
                        check: "fold",
                        text: format!(
                            "{}: the row says {}, its events say {}",
                            entry.row.id,
                            entry.state.stage.as_str(),
                            folded.map_or("nothing", |stage| stage.as_str())
                        ),
                    });
                }
            }
        }
    }
}
