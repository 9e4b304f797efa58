//! A tree cut in two: the hashes that show which smaller tree a larger one contains.

use std::collections::BTreeSet;

use rekindle_proof::compact::{self, Range};
use rekindle_proof::tile::{TileId, TileSet};
use rekindle_proof::{Hash, ProofError, RootHash, TileError};

/// The compact ranges `0..m` and `m..n` of one tree of `n` leaves.
///
/// The hashes are unsigned. If together they give a root that the log signed for `n`, then the tree
/// of that root contains the prefix shown here, and no other one of `m` leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitHashes {
    /// Subtrees of the leaves `0..m`, left to right.
    pub prefix: Vec<Hash>,
    /// Subtrees of the leaves `m..n`, left to right.
    pub suffix: Vec<Hash>,
}

impl SplitHashes {
    /// The tiles that [`SplitHashes::from_tiles`] reads, at tree size `n`; sorted.
    pub fn tiles(m: u64, n: u64) -> Vec<TileId> {
        let both = [compact::tiles(0, m, n), compact::tiles(m, n, n)];
        both.into_iter().flatten().collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Reads both ranges out of the tiles of the tree of `n` leaves.
    pub fn from_tiles(m: u64, n: u64, tiles: &TileSet) -> Result<SplitHashes, TileError> {
        let prefix = compact::from_tiles(0, m, tiles)?.hashes().to_vec();
        let suffix = compact::from_tiles(m, n, tiles)?.hashes().to_vec();
        Ok(SplitHashes { prefix, suffix })
    }

    /// The roots of the trees of `m` and of `n` leaves that these hashes lead to.
    pub fn roots(&self, m: u64, n: u64) -> Result<(RootHash, RootHash), ProofError> {
        let mut range = Range::new(0, m, self.prefix.clone())?;
        let root = |range: &Range| range.root().unwrap_or_else(rekindle_proof::hash::empty_root);
        let smaller = root(&range);
        range.merge(&Range::new(m, n, self.suffix.clone())?)?;
        Ok((smaller, root(&range)))
    }
}
