//! The judgement on a checkpoint: does it fit to what we accepted, and if not, who is to blame?

use rekindle_proof::{
    CheckpointError, Hash, Origin, ProofError, RootHash, VerifiedCheckpoint, consistency,
    hash::empty_root,
};

use crate::evidence::{Evidence, EvidenceError};
use crate::split::SplitHashes;
use crate::view::{Position, View};

/// The hashes of an RFC 6962 consistency proof, from the smaller of two trees to the larger one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConsistencyProof(pub Vec<Hash>);

/// What a checkpoint means for a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing was accepted before: pin it, or trust it on first use.
    First,
    /// The accepted tree again. The note may differ: re-signed, cosigned or marked as frozen.
    Same,
    /// A larger tree that contains the accepted one.
    Advance,
    /// A smaller tree that the accepted one contains: an old answer, no harm.
    Stale,
    /// Not shown to fit. Nothing is accepted, nobody is accused; try again.
    Unproven(BadProof),
    /// The log signed two trees of which none contains the other.
    Diverged(Evidence),
}

/// Why a checkpoint was not accepted, without an accusation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadProof {
    /// No proof was at hand.
    #[error(
        "no consistency proof between size {smaller} and size {larger}; fetch one, or the tiles"
    )]
    Missing {
        /// Leaves in the smaller tree.
        smaller: u64,
        /// Leaves in the larger tree.
        larger: u64,
    },
    /// The proof does not hold. Proofs are unsigned, so this convicts nobody.
    #[error("the consistency proof does not hold: {0}")]
    Invalid(#[source] ProofError),
    /// The hashes read from tiles do not give the signed root. Tiles are unsigned, too.
    #[error(
        "the tile hashes lead to root {calculated} at size {size}, the log signed {expected}; fetch the tiles again"
    )]
    Tiles {
        /// Leaves in the larger tree.
        size: u64,
        /// The root that the log signed.
        expected: RootHash,
        /// The root that the hashes give.
        calculated: RootHash,
    },
    /// We accepted another root at this size earlier; without hashes or notes that is no evidence.
    #[error(
        "the log signed root {seen} at size {size}, we accepted {accepted} there; read our tiles to convict it"
    )]
    KnownDiffers {
        /// Leaves in the tree.
        size: u64,
        /// The root that was accepted.
        accepted: RootHash,
        /// The root that is signed now.
        seen: RootHash,
    },
    /// A tree without leaves has one root only.
    #[error("the log signed root {root} for an empty tree; it writes another format or is broken")]
    EmptyRoot {
        /// The root that was signed.
        root: RootHash,
    },
    /// The checkpoint and the view are of two logs.
    #[error(
        "the checkpoint is of `{seen}`, the view of `{view}`; this is a mix-up in the configuration"
    )]
    OtherOrigin {
        /// The log of the view.
        view: Origin,
        /// The log of the checkpoint.
        seen: Origin,
    },
    /// The note kept in the view does not verify under the key of the checkpoint, so that it cannot
    /// be evidence: most likely the configured key was changed.
    #[error(
        "the trees differ, but our stored note does not verify with the present key ({0}); check the configured public key"
    )]
    ViewNote(#[source] CheckpointError),
    /// The stored note speaks of another tree than the view.
    #[error(
        "the trees differ, but our stored note does not carry the accepted tree ({0}); restore the view"
    )]
    ViewDiffers(#[source] EvidenceError),
    /// The log diverged before.
    #[error(
        "`{origin}` is quarantined, nothing more is accepted; look at the evidence, then reinstate it by hand"
    )]
    Quarantined {
        /// The log.
        origin: Origin,
    },
}

impl BadProof {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "consistency_missing",
            Self::Invalid(inner) => inner.code(),
            Self::Tiles { .. } => "tiles_do_not_fit",
            Self::KnownDiffers { .. } => "known_root_differs",
            Self::EmptyRoot { .. } => "empty_tree_root",
            Self::OtherOrigin { .. } => "view_other_origin",
            Self::ViewNote(_) => "view_note_unverified",
            Self::ViewDiffers(_) => "view_note_differs",
            Self::Quarantined { .. } => "quarantined",
        }
    }
}

/// Judges a checkpoint with nothing but the view: [`judge_known`] without older accepted trees.
pub fn judge(
    view: Option<&View>,
    seen: &VerifiedCheckpoint,
    proof: Option<&ConsistencyProof>,
    split: Option<&SplitHashes>,
) -> Judgement {
    judge_known(view, seen, |_| None, proof, split)
}

/// Judges a checkpoint.
///
/// - `known` gives the root that was accepted at a smaller size, if there was one.
/// - `proof` and `split` are between the smaller and the larger of the two trees. `split` comes from
///   the larger tree's tiles; it proves as well as a proof does, and alone it can convict.
///
/// A quarantined view accepts nothing: only a further conviction gets past it.
pub fn judge_known(
    view: Option<&View>,
    seen: &VerifiedCheckpoint,
    known: impl Fn(u64) -> Option<RootHash>,
    proof: Option<&ConsistencyProof>,
    split: Option<&SplitHashes>,
) -> Judgement {
    let judgement = match view {
        Some(view) if view.origin != *seen.origin() => Judgement::Unproven(BadProof::OtherOrigin {
            view: view.origin.clone(),
            seen: seen.origin().clone(),
        }),
        Some(view) => match view.checkpoint {
            Some(accepted) => compare(view, accepted, seen, known, proof, split),
            None => first(seen),
        },
        None => first(seen),
    };
    match (view, judgement) {
        (_, convicted @ Judgement::Diverged(_)) => convicted,
        (Some(view), _) if view.quarantined => {
            Judgement::Unproven(BadProof::Quarantined { origin: view.origin.clone() })
        }
        (_, judgement) => judgement,
    }
}

/// How two signed trees of one log relate.
enum Relation {
    Contained,
    Unproven(BadProof),
    /// The larger tree, by its own hashes, contains another prefix.
    Excluded(SplitHashes),
}

fn first(seen: &VerifiedCheckpoint) -> Judgement {
    match empty_tree(Position::of(seen)) {
        Some(bad) => Judgement::Unproven(bad),
        None => Judgement::First,
    }
}

fn compare(
    view: &View,
    accepted: Position,
    seen: &VerifiedCheckpoint,
    known: impl Fn(u64) -> Option<RootHash>,
    proof: Option<&ConsistencyProof>,
    split: Option<&SplitHashes>,
) -> Judgement {
    let now = Position::of(seen);
    if now.size == accepted.size {
        // Only size and root count: at one tree a log may sign many different notes.
        return if now.root == accepted.root {
            Judgement::Same
        } else {
            convict(view, accepted, seen, None)
        };
    }
    if now.size > accepted.size {
        return match relate(accepted, now, proof, split) {
            Relation::Contained => Judgement::Advance,
            Relation::Unproven(bad) => Judgement::Unproven(bad),
            Relation::Excluded(split) => convict(view, accepted, seen, Some(split)),
        };
    }
    let known = known(now.size);
    if known == Some(now.root) {
        return Judgement::Stale;
    }
    match (relate(now, accepted, proof, split), known) {
        (Relation::Contained, _) => Judgement::Stale,
        (Relation::Excluded(split), _) => convict(view, accepted, seen, Some(split)),
        (Relation::Unproven(_), Some(root)) => Judgement::Unproven(BadProof::KnownDiffers {
            size: now.size,
            accepted: root,
            seen: now.root,
        }),
        (Relation::Unproven(bad), None) => Judgement::Unproven(bad),
    }
}

fn relate(
    smaller: Position,
    larger: Position,
    proof: Option<&ConsistencyProof>,
    split: Option<&SplitHashes>,
) -> Relation {
    if let Some(bad) = empty_tree(smaller) {
        return Relation::Unproven(bad);
    }
    // Every tree contains the empty one; RFC 6962 has no proof for it.
    if smaller.size == 0 {
        return Relation::Contained;
    }
    let mut bad = BadProof::Missing { smaller: smaller.size, larger: larger.size };
    if let Some(ConsistencyProof(path)) = proof {
        match consistency::verify(smaller.size, larger.size, path, &smaller.root, &larger.root) {
            Ok(()) => return Relation::Contained,
            Err(e) => bad = BadProof::Invalid(e),
        }
    }
    let Some(split) = split else { return Relation::Unproven(bad) };
    match split.roots(smaller.size, larger.size) {
        Err(e) => Relation::Unproven(BadProof::Invalid(e)),
        Ok((_, calculated)) if calculated != larger.root => Relation::Unproven(BadProof::Tiles {
            size: larger.size,
            expected: larger.root,
            calculated,
        }),
        Ok((prefix, _)) if prefix == smaller.root => Relation::Contained,
        Ok(_) => Relation::Excluded(split.clone()),
    }
}

fn empty_tree(tree: Position) -> Option<BadProof> {
    (tree.size == 0 && tree.root != empty_root()).then_some(BadProof::EmptyRoot { root: tree.root })
}

/// Accuses only with evidence that holds when it is read again from its own bytes.
fn convict(
    view: &View,
    accepted: Position,
    seen: &VerifiedCheckpoint,
    split: Option<SplitHashes>,
) -> Judgement {
    let ours = match view.note.clone().verify(seen.key()) {
        Ok(ours) => ours,
        Err(e) => return Judgement::Unproven(BadProof::ViewNote(e)),
    };
    let stored = Position::of(&ours);
    if stored != accepted {
        return Judgement::Unproven(BadProof::ViewDiffers(EvidenceError::OtherTree {
            stored,
            accepted,
        }));
    }
    match Evidence::new(&ours, seen, split) {
        Ok(evidence) => Judgement::Diverged(evidence),
        Err(e) => Judgement::Unproven(BadProof::ViewDiffers(e)),
    }
}
