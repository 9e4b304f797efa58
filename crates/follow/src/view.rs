//! What was accepted of one log.

use rekindle_proof::{Origin, RootHash, SignedCheckpoint, VerifiedCheckpoint};

/// A tree: its size and its root.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Leaves in the tree.
    pub size: u64,
    /// Root of the tree.
    pub root: RootHash,
}

/// What was accepted of one log, as it was stored.
///
/// The note is kept raw: before it serves as evidence it is verified again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The log.
    pub origin: Origin,
    /// The largest accepted tree; `None` while nothing was accepted.
    pub checkpoint: Option<Position>,
    /// The note that was accepted for it.
    pub note: SignedCheckpoint,
    /// The log diverged: nothing more is accepted until somebody reinstates it.
    pub quarantined: bool,
}

impl View {
    /// The view after this checkpoint was accepted.
    pub fn of(accepted: &VerifiedCheckpoint) -> View {
        View {
            origin: accepted.origin().clone(),
            checkpoint: Some(Position::of(accepted)),
            note: accepted.signed().clone(),
            quarantined: false,
        }
    }
}

impl Position {
    /// The tree that a checkpoint speaks of.
    pub fn of(checkpoint: &VerifiedCheckpoint) -> Position {
        Position { size: checkpoint.size(), root: checkpoint.root() }
    }
}
