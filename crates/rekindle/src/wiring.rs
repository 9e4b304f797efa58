//! Store, engine and door wired together; the one place that knows all of them.

use std::net::SocketAddr;
use std::path::PathBuf;

use prometheus_client::registry::Registry;
use rekindle_api::State;
use rekindle_attestation::Verifier;
use rekindle_store::Store;
use rekindle_syncd::{Engine, LogOptions};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::exit::Failure;

/// What a daemon is made of.
pub(crate) struct Plan {
    pub(crate) data_dir: PathBuf,
    pub(crate) store_url: String,
    pub(crate) listen: String,
    pub(crate) hosts: Vec<String>,
    pub(crate) logs: Vec<LogOptions>,
    pub(crate) keys: Vec<(String, Verifier)>,
    pub(crate) in_flight: usize,
    pub(crate) deadline: std::time::Duration,
}

impl Plan {
    pub(crate) fn of(config: &Config) -> Result<Plan, Failure> {
        let (in_flight, deadline) = config.submit()?;
        Ok(Plan {
            data_dir: config.data_dir(),
            store_url: config.store_url()?,
            listen: config.listen()?.to_string(),
            hosts: config.http.hosts.clone(),
            logs: config.logs()?,
            keys: config.keys()?,
            in_flight,
            deadline,
        })
    }
}

/// A running daemon.
pub(crate) struct Daemon {
    pub(crate) address: SocketAddr,
    pub(crate) engine: Engine,
    jobs: JoinHandle<Result<(), Failure>>,
    door: JoinHandle<Result<(), Failure>>,
}

impl Daemon {
    /// Waits until door and jobs have ended.
    pub(crate) async fn finished(self) -> Result<(), Failure> {
        let ended = |error: tokio::task::JoinError| Failure::unknown("task_failed", error);
        self.door.await.map_err(ended)??;
        self.jobs.await.map_err(ended)??;
        Ok(())
    }
}

/// Opens the store, binds the door, starts the jobs.
pub(crate) async fn start(plan: Plan, stop: CancellationToken) -> Result<Daemon, Failure> {
    std::fs::create_dir_all(&plan.data_dir).map_err(|error| {
        Failure::unknown("data_dir_failed", format!("{}: {error}", plan.data_dir.display()))
    })?;
    let store = Store::open(rekindle_store::Options::new(&plan.store_url)).await?;
    let mut options = rekindle_syncd::engine::Options::new(plan.logs);
    options.keys = plan.keys;
    options.submit_concurrency = plan.in_flight;
    options.default_deadline = plan.deadline;
    let engine =
        Engine::new(store, options).map_err(|error| Failure::usage("config_invalid", error))?;

    let listener = TcpListener::bind(&plan.listen).await.map_err(|error| {
        Failure::unknown("listen_failed", format!("http.listen {}: {error}", plan.listen))
    })?;
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(Failure::usage(
            "listen_not_loopback",
            format!(
                "http.listen {address}: this version has no tokens yet, so it stays on loopback"
            ),
        ));
    }
    let mut registry = Registry::default();
    engine.metrics().register(&mut registry);
    let door_options = rekindle_api::Options { hosts: plan.hosts, ..Default::default() };
    let state = State::new(engine.clone(), door_options, registry, stop.clone());

    let jobs = tokio::spawn({
        let (engine, stop) = (engine.clone(), stop.clone());
        async move { engine.run(stop).await.map_err(|e| Failure::unknown(e.code(), e)) }
    });
    let serving = rekindle_api::serve(listener, state.clone(), stop);
    let door = tokio::spawn(async move { Ok(serving.await?) });
    state.set_ready();
    Ok(Daemon { address, engine, jobs, door })
}

/// Resolves at SIGINT or SIGTERM.
pub(crate) async fn stop_signal() -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        ended = tokio::signal::ctrl_c() => ended?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
