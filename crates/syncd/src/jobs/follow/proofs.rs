//! What is read from the log to judge a checkpoint: unsigned hashes, checked before they count.

use rekindle_follow::{ConsistencyProof, SplitHashes, View};
use rekindle_proof::VerifiedCheckpoint;

use crate::target::Log;

/// The hashes between the view and a checkpoint.
#[derive(Default)]
pub(super) struct Proofs {
    pub(super) consistency: Option<ConsistencyProof>,
    pub(super) split: Option<SplitHashes>,
    /// Whether `consistency` holds between the two signed roots.
    pub(super) holds: bool,
    pub(super) error: Option<String>,
}

/// The consistency proof between view and `seen`; if it does not hold, the hashes that could
/// convict the log.
pub(super) async fn read_proof(
    log: &Log,
    view: Option<&View>,
    seen: &VerifiedCheckpoint,
) -> Proofs {
    let mut proofs = Proofs::default();
    let Some(view) = view.and_then(|view| view.checkpoint) else {
        proofs.holds = true;
        return proofs;
    };
    let (small, large) = (view.size.min(seen.size()), view.size.max(seen.size()));
    if small == large || small == 0 {
        // Every tree extends the empty one: there is nothing to prove.
        proofs.holds = small == 0;
        return proofs;
    }
    let (small_root, large_root) =
        if view.size == small { (view.root, seen.root()) } else { (seen.root(), view.root) };
    match log.client.consistency(small, large).await {
        Ok(proof) => {
            let holds =
                rekindle_proof::consistency::verify(small, large, &proof, &small_root, &large_root);
            proofs.holds = holds.is_ok();
            proofs.consistency = Some(ConsistencyProof(proof));
            if proofs.holds {
                return proofs;
            }
        }
        Err(error) => proofs.error = Some(error.to_string()),
    }
    match log.client.tiles(&SplitHashes::tiles(small, large)).await {
        Ok(tiles) => proofs.split = SplitHashes::from_tiles(small, large, &tiles).ok(),
        Err(error) => proofs.error = Some(error.to_string()),
    }
    proofs
}
