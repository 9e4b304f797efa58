//! What is in the log, read from its folder: the checkpoint and the entry bundles.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use bytes::Bytes;
use rekindle_proof::{
    LogKey, SignedCheckpoint,
    bundle::{self, BundleId},
};

/// Entries of a full bundle.
const WIDTH: usize = 256;

/// Every leaf under the log's signed checkpoint, in order.
pub(crate) fn read(storage: &Path, key: &LogKey) -> Result<Vec<Bytes>> {
    let note = fs::read(storage.join("checkpoint")).context("the log has no checkpoint")?;
    let size = SignedCheckpoint::new(note.into()).verify(key)?.size();
    let mut leaves = Vec::new();
    for start in (0..size).step_by(WIDTH) {
        let id = BundleId::of_entry(start, size).context("an index beyond the tree")?;
        // A full bundle may have come after this checkpoint; it starts with the same entries.
        let bytes = fs::read(storage.join(id.path()))
            .or_else(|_| fs::read(storage.join(id.full().path())))
            .with_context(|| format!("the log has no {}", id.path()))?;
        let entries = bundle::parse(&bytes, WIDTH)?;
        leaves.extend(entries.into_iter().take(usize::from(id.width)));
    }
    anyhow::ensure!(leaves.len() as u64 == size, "{} leaves for a tree of {size}", leaves.len());
    Ok(leaves)
}
