//! The handle of a running log.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rekindle_proof::{LogKey, Origin};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::fork::Fork;
use crate::key::{self, Signer};
use crate::log::{Core, RequestRecord, sequence};
use crate::net::{self, Connection};
use crate::options::{Options, TestLogError};
use crate::script::{Armed, Fault};
use crate::{create, server};

/// A running log; dropping it stops it.
#[derive(Debug)]
pub struct TestLog {
    core: Arc<Core>,
    address: SocketAddr,
    stop: CancellationToken,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl TestLog {
    /// Starts a log on the current runtime, continuing what the folder holds.
    pub async fn start(options: Options) -> Result<Self, TestLogError> {
        let allowed = create::allowed(options.algorithms.as_deref())?;
        let origin = Origin::new(&options.origin)?;
        let signer = Signer::open(&options.dir, origin, options.key, options.seed)?;
        let core = Core::open(options.dir, signer, allowed, options.persistent_dedup)?;
        core.state().faults = options.script.faults.into_iter().map(Armed::new).collect();
        let core = Arc::new(core);
        let stop = CancellationToken::new();
        let listen = options.listen;
        let bound = net::listen(listen, stop.child_token()).await;
        let (listener, address) = bound.map_err(|why| TestLogError::Listen { listen, why })?;
        let service =
            server::router(Arc::clone(&core)).into_make_service_with_connect_info::<Connection>();
        let ended = stop.clone().cancelled_owned();
        let serve = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(ended).await {
                tracing::error!(%error, "the test log's server ended");
            }
        });
        let sequencer =
            tokio::spawn(sequence(Arc::clone(&core), options.checkpoint_interval, stop.clone()));
        Ok(Self { core, address, stop, tasks: Mutex::new(vec![serve, sequencer]) })
    }

    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Base URL for posts.
    pub fn write_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Base URL for reads; the same server.
    pub fn read_url(&self) -> String {
        self.write_url()
    }

    /// The storage folder.
    pub fn dir(&self) -> &Path {
        &self.core.dir
    }

    /// The key that verifies its checkpoints.
    pub fn log_key(&self) -> LogKey {
        self.core.signer.log_key().clone()
    }

    /// The public key as a PEM file.
    pub fn public_key_pem(&self) -> String {
        key::pem(self.core.signer.log_key())
    }

    /// The key in the form of C2SP signed notes.
    pub fn vkey(&self) -> String {
        self.core.signer.log_key().vkey()
    }

    /// Entries under the published checkpoint of the true history.
    pub fn size(&self) -> u64 {
        self.core.head().size
    }

    /// What has been asked so far, oldest first; at most the last 100,000.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.core.state().requests.iter().cloned().collect()
    }

    /// Adds a fault; of several that fit a request the first one decides.
    pub fn set_fault(&self, fault: Fault) {
        self.core.state().faults.push(Armed::new(fault));
    }

    /// Ends all faults. A second history stays, see [`TestLog::unfork`].
    pub fn clear_faults(&self) {
        self.core.state().faults.clear();
    }

    /// Starts to show a second, validly signed history to readers. Receipts stay in the true one.
    pub fn fork(&self, how: impl Into<Fork>) -> Result<(), TestLogError> {
        self.core.fork(how.into())
    }

    /// Shows the true history again.
    pub fn unfork(&self) {
        self.core.state().second = None;
    }

    /// Stops: connections are cut, entries without a checkpoint are lost. Returns when all is quiet.
    pub async fn stop(&self) {
        self.stop.cancel();
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            // A panic in a task was reported where it happened.
            let _ = task.await;
        }
    }
}

impl Drop for TestLog {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
