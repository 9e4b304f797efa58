//! A whole daemon inside the test: ledger in a temporary folder, jobs, door on a free port.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::registry::Registry;
use rekindle_events::{Kind, Stage};
use rekindle_store::{EntryView, EventFilter, JobFilter, JobView, Store, StoreError, StoredEvent};
use rekindle_syncd::{Engine, LogOptions};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::servers::Backend;
use crate::sign::Signed;
use crate::wait::{LONG, until};

/// How a daemon is run.
#[derive(Clone)]
pub struct Setup {
    /// Its logs.
    pub logs: Vec<LogOptions>,
    /// False: only the door, no jobs.
    pub jobs: bool,
    /// Whether callers may narrow.
    pub may_narrow: bool,
    /// Known keys by DSSE key id.
    pub keys: Vec<(String, rekindle_attestation::Verifier)>,
}

impl Setup {
    /// A daemon with one log.
    #[must_use]
    pub fn of(log: LogOptions) -> Setup {
        Setup { logs: vec![log], jobs: true, may_narrow: true, keys: Vec::new() }
    }

    /// The same without jobs: what it takes stays queued.
    #[must_use]
    pub fn door_only(mut self) -> Setup {
        self.jobs = false;
        self
    }
}

/// A running daemon; dropping it stops it.
pub struct Daemon {
    /// The engine, for looks behind the door.
    pub engine: Engine,
    address: SocketAddr,
    http: reqwest::Client,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    dir: Arc<TempDir>,
}

/// What the door said.
#[derive(Clone, Debug)]
pub struct Said {
    /// HTTP status.
    pub status: StatusCode,
    /// Body; null when it is no JSON.
    pub body: Value,
}

impl Said {
    /// The stable code of a problem.
    #[must_use]
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

impl Daemon {
    /// A daemon over a fresh folder, with that log.
    pub async fn on(backend: &dyn Backend) -> Daemon {
        Daemon::start(Setup::of(backend.options())).await
    }

    /// A daemon over a fresh folder.
    ///
    /// # Panics
    /// When it does not start; so for all of its life.
    pub async fn start(setup: Setup) -> Daemon {
        let dir = tempfile::tempdir().expect("a temporary folder");
        Daemon::over(Arc::new(dir), setup).await
    }

    /// Stops this one and starts another over the same folder.
    pub async fn restart(mut self, setup: Setup) -> Daemon {
        let dir = Arc::clone(&self.dir);
        self.end().await;
        drop(self);
        Daemon::over(dir, setup).await
    }

    async fn over(dir: Arc<TempDir>, setup: Setup) -> Daemon {
        let url = ledger(&dir);
        // The lock goes when the last task of the daemon before lets go of the store.
        let store = until("the ledger is unlocked", LONG, async || {
            match Store::open(rekindle_store::Options::new(&url)).await {
                Err(StoreError::Locked { .. }) => None,
                other => Some(other.expect("the ledger opens")),
            }
        })
        .await;
        let mut options = rekindle_syncd::Options::new(setup.logs);
        options.keys = setup.keys;
        options.submit_concurrency = 64;
        let engine = Engine::new(store, options).expect("logs with good addresses");
        let stop = CancellationToken::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let mut registry = Registry::default();
        engine.metrics().register(&mut registry);
        let door = rekindle_api::Options { may_narrow: setup.may_narrow, ..Default::default() };
        let state = rekindle_api::State::new(engine.clone(), door, registry, stop.clone());
        let app = rekindle_api::router(state.clone());
        let mut tasks = Vec::new();
        if setup.jobs {
            let (engine, stop) = (engine.clone(), stop.clone());
            tasks.push(tokio::spawn(async move { engine.run(stop).await.expect("jobs run") }));
        }
        let ended = stop.clone().cancelled_owned();
        tasks.push(tokio::spawn(async move {
            axum::serve(listener, app).with_graceful_shutdown(ended).await.expect("the door");
        }));
        state.set_ready();
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Daemon { engine, address, http, stop, tasks, dir }
    }

    /// Stops it and waits until jobs and door have ended. The folder stays until the drop.
    pub async fn end(&mut self) {
        self.stop.cancel();
        // Open connections would hold up the door.
        self.http = reqwest::Client::builder().no_proxy().build().expect("a client");
        for task in self.tasks.drain(..) {
            task.await.expect("no task panics");
        }
    }

    /// Lets go of the ledger, so that another process may open it. Gives what keeps its folder.
    #[must_use]
    pub fn release(self) -> Arc<TempDir> {
        Arc::clone(&self.dir)
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        self.engine.store()
    }

    /// URL of the ledger, for a second reader.
    #[must_use]
    pub fn ledger(&self) -> String {
        ledger(&self.dir)
    }

    /// Where the door is, for other programs.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The folder of the ledger.
    #[must_use]
    pub fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// A request to the door.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, self.url() + path)
    }

    /// Sends it.
    pub async fn say(&self, request: reqwest::RequestBuilder) -> Said {
        let answer = request.send().await.expect("the door answers");
        let status = answer.status();
        let bytes = answer.bytes().await.expect("a whole answer");
        Said { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
    }

    /// GET; it must be there.
    pub async fn get(&self, path: &str) -> Value {
        let said = self.say(self.request(Method::GET, path)).await;
        assert_eq!(said.status, 200, "GET {path}: {}", said.body);
        said.body
    }

    /// Hands in a submission as JSON.
    pub async fn post(&self, body: &Value) -> Said {
        self.say(self.request(Method::POST, "/v1/submissions").json(body)).await
    }

    /// Hands in an attestation; it must be taken as new. Returns the id of its one entry.
    pub async fn submit(&self, signed: &Signed) -> String {
        self.submit_body(&signed.body()).await
    }

    /// The same with all that may stand beside it.
    pub async fn submit_body(&self, body: &Value) -> String {
        let said = self.post(body).await;
        assert_eq!(said.status, 202, "{}", said.body);
        said.body["entries"][0]["id"].as_str().expect("an entry").to_owned()
    }

    /// Puts a policy.
    pub async fn policy(&self, id: &str, policy: &Value) -> Value {
        let request = self.request(Method::PUT, &format!("/v1/policies/{id}")).json(policy);
        let said = self.say(request).await;
        assert_eq!(said.status, 200, "{}", said.body);
        said.body
    }

    /// Looks at a log now; the verdict.
    pub async fn verify_log(&self) -> Value {
        let said = self.say(self.request(Method::POST, "/v1/logs/local/verify")).await;
        assert_eq!(said.status, 200, "{}", said.body);
        said.body
    }

    /// Waits until an entry is at that stage.
    pub async fn reach(&self, entry: &str, stage: Stage) -> EntryView {
        until(&format!("{entry} is {stage}"), LONG, async || {
            let view = self.store().entry(entry).await.expect("a read");
            view.filter(|view| view.state.stage == stage)
        })
        .await
    }

    /// Waits until the view of the log has at least that size.
    pub async fn view_of(&self, size: u64) -> rekindle_store::ViewRow {
        let log = self.engine.log_named("local").expect("a log `local`").clone();
        until(&format!("the view has size {size}"), LONG, async || {
            let view = self.store().view(log.origin()).await.expect("a read");
            view.filter(|view| view.size >= size)
        })
        .await
    }

    /// Waits until all events up to now are evaluated; then all triggers.
    pub async fn triggers(&self) -> Vec<rekindle_store::StoredTrigger> {
        let last = self.store().last_sequence().await.expect("a read");
        until("all events are evaluated", LONG, async || {
            let at = self.store().cursor(rekindle_syncd::jobs::trigger::CURSOR).await;
            (at.expect("a read") >= last).then_some(())
        })
        .await;
        self.store().triggers(0, 1_000, false).await.expect("a read")
    }

    /// All events of these kinds; no kind: all.
    pub async fn events(&self, kinds: &[Kind]) -> Vec<StoredEvent> {
        let filter = EventFilter { limit: 10_000, kinds: kinds.to_vec(), ..EventFilter::default() };
        self.store().events(&filter).await.expect("a read")
    }

    /// The kinds of an entry's events, in order.
    pub async fn kinds(&self, entry: &str) -> Vec<&'static str> {
        let filter =
            EventFilter { limit: 100, subject: Some(entry.into()), ..EventFilter::default() };
        let events = self.store().events(&filter).await.expect("a read");
        events.iter().map(|event| event.recorded.event.kind().as_str()).collect()
    }

    /// The history of an entry as the door tells it.
    pub async fn history(&self, entry: &str) -> Vec<Value> {
        let body = self.get(&format!("/v1/entries/{entry}/events")).await;
        body["events"].as_array().expect("a list").clone()
    }

    /// The job of that kind and key.
    pub async fn job(&self, kind: &str, key: &str) -> Option<JobView> {
        let filter = JobFilter { kind: Some(kind.into()), limit: 1_000, ..JobFilter::default() };
        let jobs = self.store().jobs(&filter).await.expect("a read");
        jobs.into_iter().find(|view| &*view.job.key == key)
    }

    /// Waits for a moment at which the last sequence has not moved for that long.
    pub async fn quiet(&self, quiet: Duration) -> u64 {
        let mut seen =
            (self.store().last_sequence().await.expect("a read"), std::time::Instant::now());
        until("nothing more happens", LONG, async || {
            let last = self.store().last_sequence().await.expect("a read");
            if last != seen.0 {
                seen = (last, std::time::Instant::now());
            }
            (seen.1.elapsed() >= quiet).then_some(last)
        })
        .await
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn ledger(dir: &TempDir) -> String {
    format!("sqlite:{}/rekindle.db", dir.path().display())
}
