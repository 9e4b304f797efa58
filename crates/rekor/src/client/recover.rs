//! A receipt for an entry that the log already has: put together out of checkpoint, bundle and tiles.

use bytes::Bytes;
use rekindle_proof::bundle::BundleId;
use rekindle_proof::{Receipt, hash, inclusion};

use super::Client;
use super::error::ReadError;
use crate::answer::Place;

/// What was found.
#[derive(Debug, Clone)]
pub struct Recovered {
    /// The receipt, in the form of a fresh one: whoever stores it verifies it as any other.
    pub receipt: Receipt,
}

impl Client {
    /// Fetches the entry at `place`, compares it byte by byte with `leaf`, and builds its receipt.
    ///
    /// The checkpoint's signature and the path are checked here too, so that a stale or broken mirror
    /// shows as an error of this read rather than as a receipt that fails later.
    pub async fn recover(&self, leaf: &Bytes, place: Place) -> Result<Recovered, ReadError> {
        let Place::Index(index) = place;
        let signed = self.checkpoint().await?;
        let head = signed.clone().verify(&self.key)?;
        let size = head.size();
        let Some(bundle) = BundleId::of_entry(index, size) else {
            return Err(ReadError::NotCovered { index, size });
        };
        let entries = self.entries(bundle).await?;
        // Below 256, and `entries` returned as many as the bundle's width, which covers the index.
        let position = (index % 256) as usize;
        if entries.get(position) != Some(leaf) {
            return Err(ReadError::OtherBytes { index });
        }
        let path = self.inclusion(index, size).await?;
        if let Err(e) = inclusion::verify(index, size, &hash::leaf(leaf), &path, &head.root()) {
            self.forget_tiles();
            return Err(ReadError::Unproven(e));
        }
        Ok(Recovered {
            receipt: Receipt {
                log: self.key.id(),
                body: leaf.clone(),
                index,
                path,
                checkpoint: signed,
            },
        })
    }
}
