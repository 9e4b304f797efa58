//! A log in a few lines: leaves, tiles, and signed notes of any size.

#![allow(dead_code, reason = "each test file uses its own part")]

use bytes::Bytes;
use rekindle_proof::signer::{Ed25519Signer, sign_checkpoint};
use rekindle_proof::tile::TileSet;
use rekindle_proof::{
    Checkpoint, Hash, Origin, RootHash, VerifiedCheckpoint, compact, consistency, hash,
};

use rekindle_follow::{ConsistencyProof, SplitHashes};

/// A log whose entries from `fork` on are others than those of the honest one.
pub(crate) struct Log {
    pub(crate) entries: Vec<Bytes>,
    pub(crate) tiles: TileSet,
    pub(crate) signer: Ed25519Signer,
}

pub(crate) fn origin() -> Origin {
    Origin::new("log.example").unwrap()
}

pub(crate) fn signer(seed: u8) -> Ed25519Signer {
    Ed25519Signer::from_seed(origin(), &[seed; 32]).unwrap()
}

impl Log {
    pub(crate) fn honest(size: u64) -> Log {
        Log::forked(size, u64::MAX)
    }

    pub(crate) fn forked(size: u64, fork: u64) -> Log {
        let face = |i| if i < fork { "honest" } else { "forked" };
        let entries: Vec<Bytes> =
            (0..size).map(|i| format!("{} entry {i}", face(i)).into()).collect();
        let hashes: Vec<Hash> = entries.iter().map(|e| hash::leaf(e)).collect();
        Log { entries, tiles: TileSet::from_leaf_hashes(&hashes), signer: signer(1) }
    }

    pub(crate) fn root(&self, size: u64) -> RootHash {
        compact::from_tiles(0, size, &self.tiles).unwrap().root().unwrap()
    }

    pub(crate) fn at(&self, size: u64) -> VerifiedCheckpoint {
        self.note(size, self.root(size), &[])
    }

    pub(crate) fn note(&self, size: u64, root: RootHash, lines: &[&str]) -> VerifiedCheckpoint {
        let extensions = lines.iter().map(|line| (*line).into()).collect();
        let tree = Checkpoint { origin: origin(), size, root, extensions };
        sign_checkpoint(&tree, &self.signer).verify(self.signer.log_key()).unwrap()
    }

    pub(crate) fn proof(&self, old: u64, new: u64) -> ConsistencyProof {
        ConsistencyProof(consistency::prove(old, new, &self.tiles).unwrap())
    }

    pub(crate) fn split(&self, m: u64, n: u64) -> SplitHashes {
        SplitHashes::from_tiles(m, n, &self.tiles).unwrap()
    }
}
