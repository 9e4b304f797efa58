//! RFC 6962 proofs, C2SP notes, checkpoints, tiles and receipts: strict, synchronous, without I/O.
//!
//! What it is **not**: it opens no connection, reads no clock, keeps no state and does not decide
//! whether a log tells two stories (that is `rekindle-follow`). It only answers "do these bytes
//! prove that?", and it hands out a verified type only after every check has passed.
//!
//! Read first: [`Hash`](struct@Hash), [`VerifiedCheckpoint`], [`Receipt`].
//!
//! ```
//! use rekindle_proof::{Checkpoint, LogKey, Origin, Receipt, hash};
//! use rekindle_proof::signer::{Ed25519Signer, sign_checkpoint};
//! use bytes::Bytes;
//!
//! let origin = Origin::new("log.example")?;
//! let signer = Ed25519Signer::from_seed(origin.clone(), &[7; 32])?;
//! let key = LogKey::new(origin.clone(), &signer.public_spki())?;
//!
//! // A log with a single entry: its leaf hash is the root.
//! let body = Bytes::from_static(b"entry");
//! let tree = Checkpoint { origin, size: 1, root: hash::leaf(&body), extensions: vec![] };
//! let receipt = Receipt {
//!     log: key.id(),
//!     body: body.clone(),
//!     index: 0,
//!     path: vec![],
//!     checkpoint: sign_checkpoint(&tree, &signer),
//! };
//! let verified = receipt.verify(&body, &key)?;
//! assert_eq!(verified.checkpoint().size(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod bundle;
mod checkpoint;
pub mod compact;
pub mod consistency;
mod error;
pub mod hash;
pub mod inclusion;
mod key;
pub mod note;
mod origin;
mod receipt;
mod signature;
pub mod signer;
pub mod tile;

pub use bundle::BundleError;
pub use checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint, VerifiedCheckpoint};
pub use error::{ProofError, TileError};
pub use hash::{Hash, HashError, LeafHash, RootHash};
pub use key::{KeyError, LogId, LogKey};
pub use note::NoteError;
pub use origin::{Origin, OriginError};
pub use receipt::{Receipt, ReceiptError, VerifiedReceipt};
