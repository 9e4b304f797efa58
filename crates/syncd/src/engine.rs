//! The engine: store, logs and jobs wired together; runs until it is told to stop.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rekindle_attestation::Verifier;
use rekindle_events::Event;
use rekindle_queue::worker::Worker;
use rekindle_queue::{Clock, SystemClock};
use rekindle_store::{Commit, Ledger, NewEvent, Store, Write};
use tokio_util::sync::CancellationToken;

use crate::decide::Inputs;
use crate::jobs;
use crate::metrics::Metrics;
use crate::target::{Log, LogOptions};

/// How the engine is run.
#[derive(Clone)]
pub struct Options {
    /// Whose ledger; one daemon serves one tenant for now.
    pub tenant: String,
    /// The logs.
    pub logs: Vec<LogOptions>,
    /// Known keys by DSSE key id.
    pub keys: Vec<(String, Verifier)>,
    /// When an entry has to be in the log, if the submitter does not say.
    pub default_deadline: Duration,
    /// Submissions in flight at once.
    pub submit_concurrency: usize,
    /// How long a job may be silent before another worker takes it.
    pub lease: Duration,
    /// Limits of hint extraction.
    pub limits: rekindle_extract::Limits,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl Options {
    /// The defaults: 7 days, 512 in flight, 30 s leases.
    #[must_use]
    pub fn new(logs: Vec<LogOptions>) -> Options {
        Options {
            tenant: "default".into(),
            logs,
            keys: Vec::new(),
            default_deadline: Duration::from_secs(7 * 24 * 3600),
            submit_concurrency: 512,
            lease: Duration::from_secs(30),
            limits: rekindle_extract::Limits::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

/// The daemon without its doors. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    options: Options,
    store: Store,
    logs: Vec<Arc<Log>>,
    metrics: Metrics,
}

impl Engine {
    /// Wires store and logs together; nothing runs yet.
    ///
    /// # Errors
    /// A log whose URLs do not parse.
    pub fn new(store: Store, options: Options) -> Result<Engine, rekindle_rekor::ClientError> {
        let logs: Result<Vec<_>, _> =
            options.logs.iter().map(|log| Log::new(log.clone()).map(Arc::new)).collect();
        Ok(Engine(Arc::new(Inner { store, logs: logs?, options, metrics: Metrics::default() })))
    }

    /// The ledger.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// As configured.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.0.options
    }

    /// Counters of this room.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The configured logs in their order.
    pub fn logs(&self) -> impl Iterator<Item = &Arc<Log>> {
        self.0.logs.iter()
    }

    /// The log of that name.
    #[must_use]
    pub fn log_named(&self, name: &str) -> Option<&Arc<Log>> {
        self.0.logs.iter().find(|log| log.options.name == name)
    }

    /// The log of that origin.
    #[must_use]
    pub fn log_of(&self, origin: &str) -> Option<&Arc<Log>> {
        self.0.logs.iter().find(|log| log.origin() == origin)
    }

    pub(crate) fn keys(&self) -> Vec<(String, Verifier)> {
        self.0.options.keys.clone()
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.0.options.clock.now()
    }

    /// Runs the jobs until `stop`; then no new job starts and running ones get ten seconds.
    ///
    /// # Errors
    /// When the first jobs cannot be stored.
    pub async fn run(&self, stop: CancellationToken) -> Result<(), rekindle_store::CommitError> {
        let now = self.now();
        let mut commit = Commit::default();
        for log in self.logs().filter(|log| log.options.follow.is_some()) {
            commit.jobs.push(jobs::follow::nudge(log.origin(), now));
            // With `entries` new in the configuration, a log that stands still is read as well.
            commit.jobs.push(jobs::ingest::nudge(log.origin(), now));
        }
        commit.jobs.push(jobs::trigger::nudge(now));
        self.store().commit(commit).await?;
        let worker = Worker::builder(Arc::new(self.store().clone()))
            .handle(
                jobs::submit::KIND,
                self.options().submit_concurrency,
                Arc::new(jobs::submit::Submit::new(self.clone())),
            )
            .handle(
                jobs::verify::KIND,
                VERIFY_CONCURRENCY,
                Arc::new(jobs::verify::Verify::new(self.clone())),
            )
            .handle(
                jobs::follow::KIND,
                self.0.logs.len().max(1),
                Arc::new(jobs::follow::FollowLog::new(self.clone())),
            )
            .handle(
                jobs::ingest::KIND,
                self.0.logs.len().max(1),
                Arc::new(jobs::ingest::Ingest::new(self.clone())),
            )
            .handle(jobs::trigger::KIND, 1, Arc::new(jobs::trigger::Trigger::new(self.clone())))
            .lease(self.options().lease)
            .build();
        worker.run(stop).await;
        Ok(())
    }
}

/// Verify jobs mostly read the store and rarely a few tiles.
const VERIFY_CONCURRENCY: usize = 32;

/// The event with its inputs' addresses; the inputs themselves join the commit's writes.
pub(crate) fn event_with_inputs(event: Event, inputs: &Inputs, commit: &mut Commit) -> NewEvent {
    for (_, bytes) in inputs.iter() {
        commit.writes.push(Write::Input(bytes.clone()));
    }
    NewEvent { event, observed: Default::default(), inputs: inputs.digests(), hints: None }
}
