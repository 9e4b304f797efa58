//! The tree in memory, and the files that a batch of new leaves changes.

use std::path::Path;

use bytes::Bytes;
use rekindle_proof::bundle::{self, BundleId};
use rekindle_proof::signer::sign_checkpoint;
use rekindle_proof::tile::{self, MAX_LEVEL, TILE_WIDTH, TileId, TileSet};
use rekindle_proof::{
    Checkpoint, Hash, LogKey, RootHash, SignedCheckpoint, compact, hash, inclusion,
};

use crate::disk;
use crate::key::Signer;
use crate::options::TestLogError;

/// All hashes of a log, and the entries of its last, incomplete bundle.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) tiles: TileSet,
    pub(crate) size: u64,
    tail: Vec<Bytes>,
}

/// A file to write: path in the folder, bytes.
pub(crate) type File = (String, Vec<u8>);

/// What one batch changes on disk.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// In the order in which they must be written: entries before tiles.
    pub(crate) files: Vec<File>,
    /// Folders of partial files that a full one has replaced.
    pub(crate) obsolete: Vec<String>,
}

impl Tree {
    /// Reads the tree that the folder's checkpoint speaks of; without one, the empty tree.
    pub(crate) fn open(
        dir: &Path,
        key: &LogKey,
    ) -> Result<(Self, Option<SignedCheckpoint>), TestLogError> {
        let path = dir.join("checkpoint");
        let Some(note) = disk::read(&path)? else { return Ok((Self::default(), None)) };
        let head = SignedCheckpoint::new(note).verify(key)?;
        let damaged = |why: String| TestLogError::Damaged { path: path.clone(), why };
        let mut tree = Self::default();
        for id in level_tiles(0, 0, head.size()) {
            let bytes = disk::read(&dir.join(id.path()))?.unwrap_or_default();
            if bytes.len() != usize::from(id.width) * 32 {
                return Err(damaged(format!("{} is missing or short", id.path())));
            }
            for leaf in bytes.as_chunks::<32>().0 {
                tree.append(Hash(*leaf)).map_err(damaged)?;
            }
        }
        if let Some(id) = BundleId::of_entry(head.size().saturating_sub(1), head.size())
            .filter(|b| b.width < TILE_WIDTH)
        {
            let bytes = disk::read(&dir.join(id.path()))?.unwrap_or_default();
            tree.tail =
                bundle::parse(&bytes, usize::from(id.width)).map_err(|e| damaged(e.to_string()))?;
        }
        if tree.root(tree.size) != Some(head.root()) {
            return Err(damaged("its tiles do not give the root".to_owned()));
        }
        Ok((tree, Some(head.signed().clone())))
    }

    /// Appends one leaf hash.
    pub(crate) fn append(&mut self, leaf: Hash) -> Result<(), String> {
        self.tiles.append(self.size, leaf).map_err(|e| e.to_string())?;
        self.size += 1;
        Ok(())
    }

    /// Appends entries and says which files change.
    pub(crate) fn extend(&mut self, entries: &[Bytes]) -> Result<Change, String> {
        let before = self.size;
        let mut change = Change::default();
        for entry in entries {
            let index = self.size / u64::from(TILE_WIDTH);
            self.append(hash::leaf(entry))?;
            self.tail.push(entry.clone());
            if self.tail.len() == usize::from(TILE_WIDTH) {
                change.add(
                    BundleId { index, width: TILE_WIDTH }.path(),
                    bundle::encode(&self.tail).map_err(|e| e.to_string())?,
                );
                self.tail.clear();
            }
        }
        if !self.tail.is_empty() {
            // Shorter than 256.
            let id = BundleId {
                index: self.size / u64::from(TILE_WIDTH),
                width: self.tail.len() as u16,
            };
            change.add(id.path(), bundle::encode(&self.tail).map_err(|e| e.to_string())?);
        }
        for level in 0..=MAX_LEVEL {
            let changed = level_tiles(level, before, self.size);
            if changed.is_empty() {
                break;
            }
            for id in changed {
                change.add(id.path(), self.tiles.bytes(id).ok_or("a tile is not in memory")?);
            }
        }
        Ok(change)
    }

    /// Root of the first `size` leaves.
    pub(crate) fn root(&self, size: u64) -> Option<RootHash> {
        if size == 0 {
            return Some(hash::empty_root());
        }
        compact::from_tiles(0, size, &self.tiles).ok()?.root()
    }

    /// Signs a checkpoint for the first `size` leaves.
    pub(crate) fn sign(&self, size: u64, signer: &Signer) -> Option<SignedCheckpoint> {
        let origin = signer.log_key().origin().clone();
        let checkpoint =
            Checkpoint { origin, size, root: self.root(size)?, extensions: Vec::new() };
        Some(sign_checkpoint(&checkpoint, signer.note_signer()))
    }

    /// Path from a leaf to the root of the first `size` leaves.
    pub(crate) fn path(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        inclusion::prove(index, size, &self.tiles).ok()
    }

    /// The leaf hash at `index`.
    pub(crate) fn leaf(&self, index: u64) -> Option<Hash> {
        self.tiles.hash(0, index).ok().filter(|_| index < self.size)
    }
}

impl Change {
    fn add(&mut self, path: String, bytes: Vec<u8>) {
        if !path.contains(".p/") {
            self.obsolete.push(format!("{path}.p"));
        }
        self.files.push((path, bytes));
    }
}

/// The tiles of a level that differ between the trees of these two sizes, as the larger one has them.
fn level_tiles(level: u8, before: u64, after: u64) -> Vec<TileId> {
    let first = before >> (8 * (u32::from(level) + 1)).min(63);
    (first..)
        .map_while(|index| {
            tile::width(level, index, after).map(|width| TileId { level, index, width })
        })
        .filter(|id| tile::width(level, id.index, before) != Some(id.width))
        .collect()
}
