//! A second, validly signed history: what a log shows that lies to one of its readers.

use bytes::Bytes;
use rekindle_proof::bundle::{self, BundleId};
use rekindle_proof::tile::{self, TILE_WIDTH, TileId};
use rekindle_proof::{Hash, hash};
use sha2::{Digest as _, Sha256};

use crate::key::Signer;
use crate::log::Core;
use crate::options::TestLogError;
use crate::script::Fault;
use crate::tree::Tree;

/// Where and how the second history departs from the true one.
///
/// Both agree on the entries before `at`; there the second one has a foreign entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fork {
    /// First index that differs.
    pub at: u64,
    /// `true`: the foreign entry replaces the one at `at`, so both histories have one size and
    /// different roots. `false`: it is put in before it, so the second one is larger by one.
    pub same_size: bool,
    /// The second history ends with the foreign entry and does not grow.
    pub ends: bool,
}

impl From<u64> for Fork {
    /// A fork that is larger by one entry.
    fn from(at: u64) -> Self {
        Self { at, ..Self::default() }
    }
}

/// The second history: hashes of its own, entries of the true one except for one.
#[derive(Debug)]
pub(crate) struct SecondHistory {
    fork: Fork,
    foreign: Bytes,
    tree: Tree,
    /// The note for the tree's size, so that it is not signed anew for each request.
    note: Option<Bytes>,
}

impl SecondHistory {
    /// Takes over the true history and departs from it.
    pub(crate) fn new(fork: Fork, truth: &Tree, size: u64) -> Result<Self, TestLogError> {
        if fork.at > size || (fork.same_size && fork.at == size) {
            return Err(TestLogError::Fork { at: fork.at, size });
        }
        let foreign = foreign_leaf(fork.at);
        let mut tree = Tree::default();
        // A leaf in order into a tree of its own cannot be refused.
        (0..fork.at).filter_map(|at| truth.leaf(at)).for_each(|leaf| drop(tree.append(leaf)));
        drop(tree.append(hash::leaf(&foreign)));
        let mut second = Self { fork, foreign, tree, note: None };
        let rest = if fork.same_size { fork.at + 1 } else { fork.at };
        (rest..size).filter_map(|at| truth.leaf(at)).for_each(|leaf| second.follow(leaf));
        Ok(second)
    }

    /// The true history got another leaf.
    pub(crate) fn follow(&mut self, leaf: Hash) {
        if !self.fork.ends {
            drop(self.tree.append(leaf));
            self.note = None;
        }
    }

    /// The signed checkpoint.
    pub(crate) fn checkpoint(&mut self, signer: &Signer) -> Option<Bytes> {
        if self.note.is_none() {
            self.note = Some(self.tree.sign(self.tree.size, signer)?.note().clone());
        }
        self.note.clone()
    }

    /// Bytes of a tile.
    pub(crate) fn tile(&self, id: TileId) -> Option<Vec<u8>> {
        tile::width(id.level, id.index, self.tree.size).filter(|width| id.width <= *width)?;
        self.tree.tiles.bytes(id)
    }

    /// Where the entries of a bundle come from; `None` in the list is the foreign one.
    pub(crate) fn bundle(&self, id: BundleId) -> Option<Vec<Option<u64>>> {
        tile::width(0, id.index, self.tree.size).filter(|width| id.width <= *width)?;
        let first = id.index * u64::from(TILE_WIDTH);
        let shift = u64::from(!self.fork.same_size);
        let source = |at: u64| match at.cmp(&self.fork.at) {
            std::cmp::Ordering::Less => Some(at),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(at - shift),
        };
        Some((first..first + u64::from(id.width)).map(source).collect())
    }
}

impl Core {
    /// Starts to show a second history; it replaces an earlier one.
    pub(crate) fn fork(&self, fork: Fork) -> Result<(), TestLogError> {
        let mut state = self.state();
        let second = SecondHistory::new(fork, &state.tree, self.head().size)?;
        state.second = Some(second);
        Ok(())
    }

    /// The fork of a script; by default the last entry is replaced.
    pub(crate) fn fork_by_script(&self, fault: &Fault) -> Result<(), TestLogError> {
        let last = self.head().size.saturating_sub(1);
        self.fork(Fork { at: fault.at.unwrap_or(last), same_size: fault.same_size, ends: false })
    }

    /// A bundle of the second history, while one is shown.
    pub(crate) fn second_bundle(&self, id: BundleId) -> Option<Vec<u8>> {
        let (sources, foreign) = {
            let state = self.state();
            let second = state.second.as_ref()?;
            (second.bundle(id)?, second.foreign.clone())
        };
        let entries = sources.into_iter().map(|source| match source {
            Some(index) => self.entry(index),
            None => Some(foreign.clone()),
        });
        bundle::encode(&entries.collect::<Option<Vec<Bytes>>>()?).ok()
    }
}

/// An entry that nobody submitted, in the form of a real one; always the same for one place.
fn foreign_leaf(at: u64) -> Bytes {
    use base64::Engine as _;
    let part = |name: &str| {
        let hash = Sha256::new()
            .chain_update(b"rekindle/testlog/foreign/v1")
            .chain_update(at.to_be_bytes());
        base64::engine::general_purpose::STANDARD.encode(hash.chain_update(name).finalize())
    };
    let (digest, content, key) = (part("digest"), part("signature"), part("key"));
    let verifier =
        format!(r#"{{"keyDetails":"PKIX_ECDSA_P256_SHA_256","publicKey":{{"rawBytes":"{key}"}}}}"#);
    let data = format!(r#"{{"algorithm":"SHA2_256","digest":"{digest}"}}"#);
    let signature = format!(r#"{{"content":"{content}","verifier":{verifier}}}"#);
    let spec = format!(r#"{{"hashedRekordV002":{{"data":{data},"signature":{signature}}}}}"#);
    format!(r#"{{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{spec}}}"#).into()
}
