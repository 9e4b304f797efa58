//! Compact ranges: the fewest perfect subtrees that cover a run of leaves.
//!
//! A range that begins at 0 gives the root of the tree of its end. Ranges that touch can be merged,
//! which is how a downloaded run of entries is bound to a signed root.

use std::collections::BTreeSet;

use crate::error::{ProofError, TileError};
use crate::hash::{Hash, empty_root, node};
use crate::tile::{TileId, TileSet, tile_at};

/// The hashes of the perfect subtrees that cover the leaves `begin..end`, left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    begin: u64,
    end: u64,
    hashes: Vec<Hash>,
}

impl Range {
    /// The range without leaves that starts at `begin`.
    pub fn empty(begin: u64) -> Range {
        Range { begin, end: begin, hashes: Vec::new() }
    }

    /// A range from hashes that were computed elsewhere, one for each subtree of [`cover`].
    pub fn new(begin: u64, end: u64, hashes: Vec<Hash>) -> Result<Range, ProofError> {
        if begin > end {
            return Err(ProofError::SizesReversed { old: begin, new: end });
        }
        let expected = cover(begin, end).len();
        if hashes.len() != expected {
            return Err(ProofError::WrongLength { expected, got: hashes.len() });
        }
        Ok(Range { begin, end, hashes })
    }

    /// First leaf.
    pub fn begin(&self) -> u64 {
        self.begin
    }

    /// One past the last leaf.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// One hash for each subtree of [`cover`], left to right.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Adds one leaf hash at the end. Fails only when the range already ends at `u64::MAX`.
    pub fn append(&mut self, leaf: Hash) -> Result<(), ProofError> {
        if self.end == u64::MAX {
            return Err(ProofError::IndexBeyondTree { index: self.end, size: self.end });
        }
        self.push(0, self.end, leaf);
        Ok(())
    }

    /// Joins `right`, which must begin where this range ends.
    pub fn merge(&mut self, right: &Range) -> Result<(), ProofError> {
        if right.begin != self.end {
            return Err(ProofError::SizesReversed { old: self.end, new: right.begin });
        }
        for ((level, index), hash) in cover(right.begin, right.end).into_iter().zip(&right.hashes) {
            self.push(level, index, *hash);
        }
        Ok(())
    }

    /// The root of the tree of `end` leaves; `None` unless the range begins at 0.
    pub fn root(&self) -> Option<Hash> {
        (self.begin == 0).then(|| fold_right(&self.hashes).unwrap_or_else(empty_root))
    }

    /// Adds the subtree that starts at `end` and joins it with its left siblings, which lie last.
    fn push(&mut self, mut level: u8, mut index: u64, mut hash: Hash) {
        // Written so that the end of the rightmost subtree does not overflow.
        self.end = (index << level) + (1 << level);
        while index & 1 == 1 && (index - 1) << level >= self.begin {
            let Some(left) = self.hashes.pop() else { break };
            hash = node(&left, &hash);
            level += 1;
            index >>= 1;
        }
        self.hashes.push(hash);
    }
}

/// The perfect subtrees `(level, index)` that cover the leaves `begin..end`, left to right.
///
/// Subtree `(l, i)` covers the leaves from `i * 2^l` on, `2^l` of them. At most 126 subtrees.
pub fn cover(begin: u64, end: u64) -> Vec<(u8, u64)> {
    let mut parts = Vec::new();
    let mut at = begin;
    while at < end {
        let level = at.trailing_zeros().min((end - at).ilog2());
        // ilog2 of a u64 is at most 63.
        parts.push((level as u8, at >> level));
        at += 1 << level;
    }
    parts
}

/// Reads the range `begin..end` out of hash tiles, which are unsigned until compared with a root.
pub fn from_tiles(begin: u64, end: u64, tiles: &TileSet) -> Result<Range, TileError> {
    if begin > end {
        return Err(ProofError::SizesReversed { old: begin, new: end }.into());
    }
    let hashes = cover(begin, end)
        .into_iter()
        .map(|(level, index)| tiles.hash(level, index))
        .collect::<Result<_, _>>()?;
    Ok(Range { begin, end, hashes })
}

/// The tiles that [`from_tiles`] reads in a tree of `size` leaves, sorted, without duplicates.
pub fn tiles(begin: u64, end: u64, size: u64) -> Vec<TileId> {
    tiles_of([(begin, end)], size)
}

/// The largest power of two smaller than `n`, which is at least 2: where RFC 6962 splits a tree.
pub(crate) fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// Root of the subtree over `begin..end`, a range that a proof names.
pub(crate) fn fold(begin: u64, end: u64, tiles: &TileSet) -> Result<Hash, TileError> {
    let range = from_tiles(begin, end, tiles)?;
    Ok(fold_right(&range.hashes).unwrap_or_else(empty_root))
}

/// Tiles of all subtrees that cover these ranges.
pub(crate) fn tiles_of(ranges: impl IntoIterator<Item = (u64, u64)>, size: u64) -> Vec<TileId> {
    let parts = ranges.into_iter().flat_map(|(begin, end)| cover(begin, end));
    let wanted: BTreeSet<TileId> =
        parts.filter_map(|(level, index)| tile_at(level, index, size)).collect();
    wanted.into_iter().collect()
}

fn fold_right(hashes: &[Hash]) -> Option<Hash> {
    hashes.iter().rev().copied().reduce(|right, left| node(&left, &right))
}
