//! Counters of this room, registered by the binary and rendered by the API.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use rekindle_rekor::Answer;

use crate::jobs::follow::LookOutcome;

/// A log's answer or a look's verdict.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// The counters.
#[derive(Clone, Default)]
pub struct Metrics {
    answers: Family<Outcome, Counter<u64, AtomicU64>>,
    looks: Family<Outcome, Counter<u64, AtomicU64>>,
    receipts_refused: Counter,
    triggers: Counter,
    bound: Counter,
}

impl Metrics {
    /// Registers every counter under `rekindle_`.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "rekindle_log_answers",
            "Answers to posted entries, by outcome",
            self.answers.clone(),
        );
        registry.register(
            "rekindle_checkpoint_looks",
            "Looks at followed logs, by verdict",
            self.looks.clone(),
        );
        registry.register(
            "rekindle_receipts_refused",
            "Receipts that did not prove our leaf",
            self.receipts_refused.clone(),
        );
        registry.register("rekindle_triggers", "Triggers found", self.triggers.clone());
        registry.register(
            "rekindle_entries_bound",
            "Fetched entries bound to a signed root",
            self.bound.clone(),
        );
    }

    pub(crate) fn answer(&self, answer: &Answer) {
        let outcome = match answer {
            Answer::Logged(_) => "logged",
            Answer::Known(_) => "known",
            Answer::Refused { .. } => "refused",
            Answer::Busy { .. } => "busy",
            Answer::Frozen => "frozen",
            Answer::Unclear(_) => "unclear",
        };
        self.answers.get_or_create(&Outcome { outcome }).inc();
    }

    pub(crate) fn looked(&self, verdict: LookOutcome) {
        let outcome = verdict.as_str();
        self.looks.get_or_create(&Outcome { outcome }).inc();
    }

    pub(crate) fn receipt_refused(&self) {
        self.receipts_refused.inc();
    }

    pub(crate) fn triggers(&self, found: usize) {
        self.triggers.inc_by(found as u64);
    }

    pub(crate) fn bound(&self, entries: usize) {
        self.bound.inc_by(entries as u64);
    }
}
