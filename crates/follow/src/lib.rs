//! Judges checkpoints against a view, binds fetched entries to signed roots, keeps evidence.
//!
//! What it is **not**: it fetches nothing, stores nothing and reads no clock. It never accuses a log
//! because a proof is missing or wrong, since proofs and tiles are unsigned: only the log's own
//! signatures convict it, and then the [`Evidence`] holds for everybody, offline.
//!
//! Read first: [`View`], [`Judgement`], [`Evidence`].
//!
//! ```
//! use rekindle_follow::{Judgement, Position, View, judge};
//! use rekindle_proof::signer::{Ed25519Signer, sign_checkpoint};
//! use rekindle_proof::{Checkpoint, Origin, hash};
//!
//! let origin = Origin::new("log.example")?;
//! let signer = Ed25519Signer::from_seed(origin.clone(), &[7; 32])?;
//! let sign = |root| {
//!     let tree = Checkpoint { origin: origin.clone(), size: 1, root, extensions: vec![] };
//!     sign_checkpoint(&tree, &signer).verify(signer.log_key())
//! };
//! let (seen, fork) = (sign(hash::leaf(b"one"))?, sign(hash::leaf(b"other"))?);
//!
//! assert!(matches!(judge(None, &seen, None, None), Judgement::First));
//! let view = View::of(&seen);
//! assert!(matches!(judge(Some(&view), &seen, None, None), Judgement::Same));
//!
//! // Another root at the same size, signed by the same key: that is a conviction.
//! let Judgement::Diverged(evidence) = judge(Some(&view), &fork, None, None) else { panic!() };
//! assert_eq!(evidence.verify()?.smaller.size, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bind;
mod evidence;
mod judge;
mod split;
mod view;

pub use bind::{BindError, BoundEntry, bind, bind_between, bind_tiles};
pub use evidence::{Conviction, Evidence, EvidenceError};
pub use judge::{BadProof, ConsistencyProof, Judgement, judge, judge_known};
pub use split::SplitHashes;
pub use view::{Position, View};
