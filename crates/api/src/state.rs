//! What every route can reach.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use prometheus_client::registry::Registry;
use rekindle_syncd::Engine;
use tokio_util::sync::CancellationToken;

/// How the door is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Largest request body, bytes.
    pub max_body: usize,
    /// Host names that requests may be addressed to, besides the loopback names.
    pub hosts: Vec<String>,
    /// Whether callers may narrow with a scope (granted on loopback).
    pub may_narrow: bool,
}

/// Base64 makes a document a third larger, and JSON frames it; 16 MiB decoded fits with room.
const DEFAULT_MAX_BODY: usize = 24 * 1024 * 1024;

impl Default for Options {
    fn default() -> Options {
        Options { max_body: DEFAULT_MAX_BODY, hosts: Vec::new(), may_narrow: true }
    }
}

/// Shared by all routes. Cheap to clone.
#[derive(Clone)]
pub struct State {
    pub(crate) engine: Engine,
    pub(crate) options: Arc<Options>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) stop: CancellationToken,
    ready: Arc<AtomicBool>,
}

impl State {
    /// Wires a door to an engine; `stop` ends open streams.
    #[must_use]
    pub fn new(
        engine: Engine,
        options: Options,
        registry: Registry,
        stop: CancellationToken,
    ) -> State {
        State {
            engine,
            options: Arc::new(options),
            registry: Arc::new(registry),
            stop,
            ready: Arc::new(AtomicBool::new(false)),
        }
    }

    /// From now on `/readyz` says yes.
    pub fn set_ready(&self) {
        self.ready.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed) && !self.stop.is_cancelled()
    }
}
