//! Binding fetched entries to a signed root: before that, no byte of them is parsed.

use std::collections::BTreeSet;

use bytes::Bytes;
use rekindle_proof::compact::{self, Range};
use rekindle_proof::tile::{TileId, TileSet};
use rekindle_proof::{LeafHash, ProofError, RootHash, TileError, VerifiedCheckpoint, hash};

/// An entry that is proven to be in the tree of an accepted checkpoint. Only [`bind`] and
/// [`bind_between`] make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundEntry {
    index: u64,
    bytes: Bytes,
    leaf_hash: LeafHash,
}

impl BoundEntry {
    /// Position in the log.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The raw entry.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Its leaf hash.
    pub fn leaf_hash(&self) -> LeafHash {
        self.leaf_hash
    }
}

/// Entries that are not proven to be in the signed tree. Entries and tiles are unsigned, so this
/// accuses the place they were read from, never the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// Some entries lie outside the accepted tree.
    #[error("entries {first} to {} are not all in the accepted tree of {size} leaves; wait for a larger checkpoint", first.saturating_add(*count))]
    BeyondTree {
        /// Position of the first entry.
        first: u64,
        /// How many entries there are.
        count: u64,
        /// Leaves in the accepted tree.
        size: u64,
    },
    /// An entry is not the one that the hash tile names.
    #[error(
        "entry {index} has leaf hash {got}, the tile says {expected}; fetch bundle and tile again"
    )]
    OtherEntry {
        /// Position of the entry.
        index: u64,
        /// Leaf hash in the tile.
        expected: LeafHash,
        /// Leaf hash of the bytes that came.
        got: LeafHash,
    },
    /// Entries and tiles do not lead to the signed root.
    #[error(
        "entries and tiles lead to root {calculated} at size {size}, the log signed {expected}; fetch them again"
    )]
    OtherRoot {
        /// Leaves in the accepted tree.
        size: u64,
        /// The signed root.
        expected: RootHash,
        /// The root that was found.
        calculated: RootHash,
    },
    /// The ranges around the entries do not touch them, or do not span the tree.
    #[error("the hashes around the entries are of other ranges: {0}")]
    Ranges(#[source] ProofError),
    /// A tile is missing or wrong.
    #[error(transparent)]
    Tile(#[from] TileError),
}

impl BindError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BeyondTree { .. } => "entry_beyond_tree",
            Self::OtherEntry { .. } => "entry_not_in_tile",
            Self::OtherRoot { .. } => "entries_not_in_root",
            Self::Ranges(_) => "entry_ranges",
            Self::Tile(inner) => inner.code(),
        }
    }
}

/// Binds consecutive entries, the first at `first_index`, with the tiles of [`bind_tiles`].
///
/// Each leaf hash must be the one in its level-0 tile, which names the wrong entry if there is one;
/// and the leaf hashes together with the subtrees around them must give the accepted root. All
/// entries or none.
pub fn bind(
    first_index: u64,
    entries: &[Bytes],
    tiles: &TileSet,
    accepted: &VerifiedCheckpoint,
) -> Result<Vec<BoundEntry>, BindError> {
    let end = end(first_index, entries.len() as u64, accepted.size())?;
    for (index, entry) in (first_index..end).zip(entries) {
        let (expected, got) = (tiles.hash(0, index)?, hash::leaf(entry));
        if expected != got {
            return Err(BindError::OtherEntry { index, expected, got });
        }
    }
    let before = compact::from_tiles(0, first_index, tiles)?;
    let after = compact::from_tiles(end, accepted.size(), tiles)?;
    bind_between(before, entries, &after, accepted)
}

/// Binds the entries between two ranges that together span the accepted tree: for a log without
/// tiles, whose ranges come from inclusion proofs.
pub fn bind_between(
    before: Range,
    entries: &[Bytes],
    after: &Range,
    accepted: &VerifiedCheckpoint,
) -> Result<Vec<BoundEntry>, BindError> {
    let size = accepted.size();
    let first = before.end();
    let end = end(first, entries.len() as u64, size)?;
    if before.begin() != 0 || after.end() != size {
        let wrong = ProofError::IndexBeyondTree { index: before.begin().max(after.end()), size };
        return Err(BindError::Ranges(wrong));
    }
    let mut tree = before;
    let mut bound = Vec::with_capacity(entries.len());
    for (index, bytes) in (first..end).zip(entries) {
        let leaf_hash = hash::leaf(bytes);
        tree.append(leaf_hash).map_err(BindError::Ranges)?;
        bound.push(BoundEntry { index, bytes: bytes.clone(), leaf_hash });
    }
    tree.merge(after).map_err(BindError::Ranges)?;
    // The range begins at 0, so there is a root.
    let calculated = tree.root().unwrap_or_else(hash::empty_root);
    if calculated != accepted.root() {
        return Err(BindError::OtherRoot { size, expected: accepted.root(), calculated });
    }
    Ok(bound)
}

/// The tiles that [`bind`] reads for `count` entries from `first_index` on, at the accepted size,
/// sorted; none if the entries are not all in the tree.
pub fn bind_tiles(first_index: u64, count: u64, accepted: &VerifiedCheckpoint) -> Vec<TileId> {
    let size = accepted.size();
    let Ok(end) = end(first_index, count, size) else { return Vec::new() };
    let width = u64::from(rekindle_proof::tile::TILE_WIDTH);
    let own =
        (first_index / width..end.div_ceil(width)).filter(|_| count > 0).filter_map(|index| {
            let width = rekindle_proof::tile::width(0, index, size)?;
            Some(TileId { level: 0, index, width })
        });
    let around = [compact::tiles(0, first_index, size), compact::tiles(end, size, size)];
    own.chain(around.into_iter().flatten()).collect::<BTreeSet<_>>().into_iter().collect()
}

fn end(first: u64, count: u64, size: u64) -> Result<u64, BindError> {
    let end = first.checked_add(count).filter(|end| *end <= size);
    end.ok_or(BindError::BeyondTree { first, count, size })
}
