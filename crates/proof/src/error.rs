//! Why a proof does not hold, and why one could not be built.

use crate::hash::Hash;
use crate::tile::TileId;

/// A Merkle proof that does not show what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The leaf lies outside the tree.
    #[error(
        "index {index} is not inside a tree of {size} leaves; ask for a checkpoint larger than the index"
    )]
    IndexBeyondTree {
        /// Position of the leaf.
        index: u64,
        /// Leaves in the tree.
        size: u64,
    },
    /// The proof has more or fewer hashes than the positions demand.
    #[error(
        "the proof has {got} hashes, {expected} are needed; fetch the proof again for exactly these sizes"
    )]
    WrongLength {
        /// Hashes that the positions demand.
        expected: usize,
        /// Hashes that were given.
        got: usize,
    },
    /// Nothing can be proven consistent with a tree without leaves.
    #[error("a consistency proof from size 0 does not exist; treat the empty tree as its own case")]
    SizeZero,
    /// The older tree is larger than the newer one.
    #[error("the old size {old} is larger than the new size {new}; swap the two checkpoints")]
    SizesReversed {
        /// Leaves in the tree named as the older one.
        old: u64,
        /// Leaves in the tree named as the newer one.
        new: u64,
    },
    /// The hashes lead to another root.
    #[error(
        "the proof leads to root {calculated} at size {size}, the checkpoint says {expected}; do not trust this proof"
    )]
    RootMismatch {
        /// Leaves in the tree whose root was compared.
        size: u64,
        /// The root that was to be shown.
        expected: Hash,
        /// The root that the hashes give.
        calculated: Hash,
    },
}

impl ProofError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::IndexBeyondTree { .. } => "index_beyond_tree",
            Self::WrongLength { .. } => "wrong_proof_length",
            Self::SizeZero => "size_zero",
            Self::SizesReversed { .. } => "sizes_reversed",
            Self::RootMismatch { .. } => "root_mismatch",
        }
    }
}

/// A tile that cannot be used, or that is missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TileError {
    /// The set does not hold this tile, or not wide enough.
    #[error("tile {} is needed and not here; fetch it and try again", tile.path())]
    Missing {
        /// The tile, with the smallest width that would do.
        tile: TileId,
    },
    /// Level, index or width do not name a tile.
    #[error("level {}, index {}, width {} name no tile; levels go to 7, widths from 1 to 256", tile.level, tile.index, tile.width)]
    NoSuchTile {
        /// What was named.
        tile: TileId,
    },
    /// A path that is not the one canonical form of a tile or bundle path.
    #[error("`{path}` is not a tile path; expected a form like tile/0/x001/067 or tile/0/067.p/5")]
    BadPath {
        /// What was given, cut to a printable length.
        path: String,
    },
    /// The bytes are not `width` hashes.
    #[error("tile {} has {got} bytes, {expected} are needed; fetch it again", tile.path())]
    WrongLength {
        /// The tile.
        tile: TileId,
        /// 32 bytes for each hash.
        expected: usize,
        /// Bytes that were given.
        got: usize,
    },
    /// The same tile was given twice with different hashes.
    #[error("tile {} is already here with other hashes at position {position}; one of the two is wrong, drop both and fetch again", tile.path())]
    Conflict {
        /// The tile that was given now.
        tile: TileId,
        /// First hash that differs, 0..=255.
        position: usize,
    },
    /// A tree is grown one leaf at a time.
    #[error(
        "leaf {index} cannot be appended: its tile holds {held} hashes; append leaves in order, starting at 0"
    )]
    NotNext {
        /// The index that was given.
        index: u64,
        /// Hashes already in the leaf's tile.
        held: usize,
    },
    /// The proof that was asked for cannot exist.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl TileError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "tile_missing",
            Self::NoSuchTile { .. } => "no_such_tile",
            Self::BadPath { .. } => "tile_path",
            Self::WrongLength { .. } => "tile_length",
            Self::Conflict { .. } => "tile_conflict",
            Self::NotNext { .. } => "leaf_not_next",
            Self::Proof(inner) => inner.code(),
        }
    }
}
