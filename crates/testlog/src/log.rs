//! The log itself: what is in it, what waits to get in, and the step that makes a checkpoint.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use rekindle_proof::bundle::{self, BundleId};
use rekindle_proof::tile::TILE_WIDTH;
use rekindle_proof::{Hash, Receipt, SignedCheckpoint, hash};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::disk;
use crate::fork::SecondHistory;
use crate::key::Signer;
use crate::options::TestLogError;
use crate::script::{Armed, Hit};
use crate::tree::Tree;

/// Entries under one checkpoint, as the real server's batches have.
const BATCH: usize = 256;

/// Leaves that a log without persistent deduplication remembers, as the real server does.
const RECENT: usize = 256;

/// Requests remembered; the oldest are forgotten, so that a long run does not fill the memory.
const MAX_REQUESTS: usize = 100_000;

/// One request that reached the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRecord {
    /// When it had arrived whole.
    pub at: SystemTime,
    /// HTTP method.
    pub method: String,
    /// Path, with the query if there was one.
    pub path: String,
    /// SHA-256 of the body; `None` without a body.
    pub body_digest: Option<[u8; 32]>,
}

/// The published state.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) size: u64,
    pub(crate) checkpoint: SignedCheckpoint,
    /// The folder could not be written: nothing gets in any more.
    pub(crate) broken: bool,
}

/// Everything that server and sequencer share.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) dir: PathBuf,
    pub(crate) signer: Signer,
    pub(crate) allowed: Vec<&'static str>,
    state: Mutex<State>,
    head: watch::Sender<Head>,
}

/// What changes with every request.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) tree: Tree,
    pub(crate) faults: Vec<Armed>,
    pub(crate) requests: VecDeque<RequestRecord>,
    pub(crate) second: Option<SecondHistory>,
    /// The checkpoint before the published one.
    older: Bytes,
    pending: VecDeque<Bytes>,
    next: u64,
    known: Known,
}

/// Leaves that are in the log or on their way.
#[derive(Debug, Default)]
struct Known {
    places: HashMap<Hash, u64>,
    order: VecDeque<Hash>,
    limit: Option<usize>,
}

impl Core {
    /// Opens the folder; an empty one gets the checkpoint of the empty tree.
    pub(crate) fn open(
        dir: PathBuf,
        signer: Signer,
        allowed: Vec<&'static str>,
        persistent_dedup: bool,
    ) -> Result<Self, TestLogError> {
        let (tree, stored) = Tree::open(&dir, signer.log_key())?;
        let damaged = || TestLogError::Damaged {
            path: dir.clone(),
            why: "no checkpoint can be made".to_owned(),
        };
        let checkpoint = match stored {
            Some(checkpoint) => checkpoint,
            None => {
                let checkpoint = tree.sign(0, &signer).ok_or_else(damaged)?;
                disk::write(&dir, &dir.join("checkpoint"), checkpoint.note())?;
                checkpoint
            }
        };
        let mut known = Known { limit: (!persistent_dedup).then_some(RECENT), ..Known::default() };
        if persistent_dedup {
            (0..tree.size)
                .filter_map(|at| Some((tree.leaf(at)?, at)))
                .for_each(|(leaf, at)| known.add(leaf, at));
        }
        let head = Head { size: tree.size, checkpoint, broken: false };
        let state = State {
            next: tree.size,
            older: head.checkpoint.note().clone(),
            tree,
            faults: Vec::new(),
            requests: VecDeque::new(),
            second: None,
            pending: VecDeque::new(),
            known,
        };
        Ok(Self { dir, signer, allowed, state: Mutex::new(state), head: watch::Sender::new(head) })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A panic in between leaves a test log in doubt, which shows in its answers.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The published state.
    pub(crate) fn head(&self) -> Head {
        self.head.borrow().clone()
    }

    /// Notes a request and finds the fault that strikes it.
    pub(crate) fn arrive(&self, record: RequestRecord) -> Option<Hit> {
        let mut state = self.state();
        let State { faults, older, .. } = &mut *state;
        let path = record.path.split('?').next().unwrap_or_default();
        let path = path
            .strip_prefix("/api/v2")
            .filter(|p| !p.starts_with("/log/"))
            .unwrap_or(path)
            .to_owned();
        // Each one counts, so all are asked; the first decides.
        let hits: Vec<Hit> =
            faults.iter_mut().filter_map(|armed| armed.hit(&path, older)).collect();
        if state.requests.len() == MAX_REQUESTS {
            state.requests.pop_front();
        }
        state.requests.push_back(record);
        hits.into_iter().next()
    }

    /// Takes a leaf in; returns its index and whether it was there before.
    pub(crate) fn add(&self, leaf: Bytes) -> (u64, bool) {
        let mut state = self.state();
        let leaf_hash = hash::leaf(&leaf);
        if let Some(index) = state.known.places.get(&leaf_hash) {
            return (*index, true);
        }
        let index = state.next;
        state.next += 1;
        state.known.add(leaf_hash, index);
        state.pending.push_back(leaf);
        (index, false)
    }

    /// Waits until a checkpoint covers the index; `None` if that can never be.
    pub(crate) async fn covered(&self, index: u64) -> Option<Head> {
        let mut changes = self.head.subscribe();
        let head = changes.wait_for(|head| head.size > index || head.broken).await.ok()?.clone();
        (head.size > index).then_some(head)
    }

    /// The receipt of an entry under a published checkpoint.
    pub(crate) fn receipt(&self, leaf: Bytes, index: u64, head: Head) -> Option<Receipt> {
        let path = self.state().tree.path(index, head.size)?;
        Some(Receipt {
            log: self.signer.log_key().id(),
            body: leaf,
            index,
            path,
            checkpoint: head.checkpoint,
        })
    }

    /// An entry of the true history, out of its bundle.
    pub(crate) fn entry(&self, index: u64) -> Option<Bytes> {
        let id = BundleId::of_entry(index, self.head().size)?;
        let bytes = disk::read(&self.dir.join(id.path())).ok().flatten()?;
        let entries = bundle::parse(&bytes, usize::from(TILE_WIDTH)).ok()?;
        entries.get((index % u64::from(TILE_WIDTH)) as usize).cloned()
    }

    /// Puts up to 256 waiting entries under a new checkpoint; whether there were any.
    ///
    /// Dying before the checkpoint is written leaves files that no checkpoint speaks of: the next run
    /// starts from the old one and writes over them.
    fn integrate(&self) -> Result<bool, TestLogError> {
        let damaged = |why: String| TestLogError::Damaged { path: self.dir.clone(), why };
        let (change, size, checkpoint) = {
            let mut state = self.state();
            let waiting = state.pending.len().min(BATCH);
            if waiting == 0 || self.head.borrow().broken {
                return Ok(false);
            }
            let batch: Vec<Bytes> = state.pending.drain(..waiting).collect();
            let change = state.tree.extend(&batch).map_err(damaged)?;
            let size = state.tree.size;
            let checkpoint = state.tree.sign(size, &self.signer);
            (
                change,
                size,
                checkpoint.ok_or_else(|| damaged("no checkpoint can be made".to_owned()))?,
            )
        };
        for (path, bytes) in &change.files {
            disk::write(&self.dir, &self.dir.join(path), bytes)?;
        }
        disk::write(&self.dir, &self.dir.join("checkpoint"), checkpoint.note())?;
        {
            let mut state = self.state();
            let before = self.head.borrow().size;
            let State { tree, second, older, .. } = &mut *state;
            *older = self.head.borrow().checkpoint.note().clone();
            if let Some(second) = second {
                let leaves = (before..size).filter_map(|at| tree.leaf(at));
                leaves.for_each(|leaf| second.follow(leaf));
            }
            // Inside the lock, so that a fork sees tree and head of one moment.
            self.head.send_replace(Head { size, checkpoint, broken: false });
        }
        change
            .obsolete
            .iter()
            .try_for_each(|folder| disk::remove_folder(&self.dir.join(folder)))?;
        Ok(true)
    }

    fn break_off(&self, error: &TestLogError) {
        tracing::error!(code = error.code(), %error, "the test log stops taking entries");
        self.head.send_modify(|head| head.broken = true);
    }
}

impl Known {
    fn add(&mut self, leaf: Hash, index: u64) {
        if let Some(limit) = self.limit {
            if self.order.len() >= limit {
                self.order.pop_front().map(|oldest| self.places.remove(&oldest));
            }
            self.order.push_back(leaf);
        }
        self.places.insert(leaf, index);
    }
}

/// Makes checkpoints until it is stopped; what waits then is not in the log.
pub(crate) async fn sequence(core: Arc<Core>, interval: Duration, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(interval.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        loop {
            let worker = Arc::clone(&core);
            match tokio::task::spawn_blocking(move || worker.integrate()).await {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) => break,
                Ok(Err(error)) => {
                    core.break_off(&error);
                    break;
                }
                // The runtime is going down.
                Err(_) => return,
            }
        }
    }
}
