//! Inclusion proofs (RFC 6962 section 2.1.1, checked as in RFC 9162 section 2.1.3.2).

use crate::compact;
use crate::error::{ProofError, TileError};
use crate::hash::{Hash, node};
use crate::tile::{TileId, TileSet};

/// The root that `leaf` at `index` and `path` lead to in a tree of `size` leaves.
///
/// `path` goes from the leaf upwards. Its length must be exactly what index and size demand.
/// Allocates nothing.
pub fn root(index: u64, size: u64, leaf: &Hash, path: &[Hash]) -> Result<Hash, ProofError> {
    if index >= size {
        return Err(ProofError::IndexBeyondTree { index, size });
    }
    // Below `inner` the way to the leaf and the right edge differ; above it every sibling is left.
    let inner = bit_length(index ^ (size - 1));
    let border = index.checked_shr(inner).unwrap_or(0).count_ones();
    let expected = (inner + border) as usize;
    if path.len() != expected {
        return Err(ProofError::WrongLength { expected, got: path.len() });
    }
    let (low, high) = path.split_at(inner as usize);
    let mut acc = *leaf;
    for (level, sibling) in low.iter().enumerate() {
        acc = if index >> level & 1 == 0 { node(&acc, sibling) } else { node(sibling, &acc) };
    }
    Ok(high.iter().fold(acc, |acc, sibling| node(sibling, &acc)))
}

/// Checks that `leaf` is at `index` of the tree with `size` leaves and this root.
pub fn verify(
    index: u64,
    size: u64,
    leaf: &Hash,
    path: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    let calculated = self::root(index, size, leaf, path)?;
    if calculated == *root {
        Ok(())
    } else {
        Err(ProofError::RootMismatch { size, expected: *root, calculated })
    }
}

/// Builds the path of the leaf at `index` in the tree of `size` leaves.
///
/// Tiles are unsigned: run the result through [`verify`] against a signed root before use.
pub fn prove(index: u64, size: u64, tiles: &TileSet) -> Result<Vec<Hash>, TileError> {
    siblings(index, size)?
        .into_iter()
        .map(|(begin, end)| compact::fold(begin, end, tiles))
        .collect()
}

/// The tiles that [`prove`] reads, sorted, without duplicates; none if there is no such leaf.
pub fn tiles(index: u64, size: u64) -> Vec<TileId> {
    compact::tiles_of(siblings(index, size).unwrap_or_default(), size)
}

/// Leaf ranges of the siblings, from the leaf upwards.
fn siblings(index: u64, size: u64) -> Result<Vec<(u64, u64)>, ProofError> {
    if index >= size {
        return Err(ProofError::IndexBeyondTree { index, size });
    }
    let (mut begin, mut end) = (0, size);
    let mut ranges = Vec::new();
    while end - begin > 1 {
        let middle = begin + compact::split(end - begin);
        if index < middle {
            ranges.push((middle, end));
            end = middle;
        } else {
            ranges.push((begin, middle));
            begin = middle;
        }
    }
    ranges.reverse();
    Ok(ranges)
}

/// Bits needed to write `n`; 0 for 0.
pub(crate) fn bit_length(n: u64) -> u32 {
    u64::BITS - n.leading_zeros()
}
