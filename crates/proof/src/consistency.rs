//! Consistency proofs (RFC 6962 section 2.1.2, checked as in RFC 9162 section 2.1.4.2).
//!
//! Size 0 has no proof: whoever keeps a view treats "nothing seen" and "empty tree" on its own.

use crate::compact;
use crate::error::{ProofError, TileError};
use crate::hash::{Hash, node};
use crate::inclusion::bit_length;
use crate::tile::{TileId, TileSet};

/// The two roots that the proof leads to, for `size1` and for `size2` leaves.
///
/// `root1` is needed because a proof from a perfect tree does not repeat that tree's root. The
/// caller still has to compare both results, or use [`verify`]. Allocates nothing.
pub fn roots(
    size1: u64,
    size2: u64,
    proof: &[Hash],
    root1: &Hash,
) -> Result<(Hash, Hash), ProofError> {
    if size1 == 0 {
        return Err(ProofError::SizeZero);
    }
    if size1 > size2 {
        return Err(ProofError::SizesReversed { old: size1, new: size2 });
    }
    if size1 == size2 {
        return match proof.len() {
            0 => Ok((*root1, *root1)),
            got => Err(ProofError::WrongLength { expected: 0, got }),
        };
    }
    let shift = size1.trailing_zeros();
    // size1 - 1 ends in `shift` ones and size2 - 1 is larger, so they differ above those bits.
    let inner = bit_length((size1 - 1) ^ (size2 - 1)) - shift;
    let mask = (size1 - 1) >> shift;
    let border = mask.checked_shr(inner).unwrap_or(0).count_ones();
    let start = usize::from(!size1.is_power_of_two());
    let expected = start + (inner + border) as usize;
    if proof.len() != expected {
        return Err(ProofError::WrongLength { expected, got: proof.len() });
    }
    let seed = if start == 0 { *root1 } else { proof[0] };
    let (low, high) = proof[start..].split_at(inner as usize);
    let (mut old, mut new) = (seed, seed);
    for (level, sibling) in low.iter().enumerate() {
        if mask >> level & 1 == 0 {
            new = node(&new, sibling);
        } else {
            old = node(sibling, &old);
            new = node(sibling, &new);
        }
    }
    for sibling in high {
        old = node(sibling, &old);
        new = node(sibling, &new);
    }
    Ok((old, new))
}

/// Checks that the tree of `size1` leaves is a prefix of the tree of `size2` leaves.
pub fn verify(
    size1: u64,
    size2: u64,
    proof: &[Hash],
    root1: &Hash,
    root2: &Hash,
) -> Result<(), ProofError> {
    let (old, new) = roots(size1, size2, proof, root1)?;
    if old != *root1 {
        return Err(ProofError::RootMismatch { size: size1, expected: *root1, calculated: old });
    }
    if new != *root2 {
        return Err(ProofError::RootMismatch { size: size2, expected: *root2, calculated: new });
    }
    Ok(())
}

/// Builds the proof between the two sizes.
///
/// Tiles are unsigned: run the result through [`verify`] against signed roots before use.
pub fn prove(size1: u64, size2: u64, tiles: &TileSet) -> Result<Vec<Hash>, TileError> {
    parts(size1, size2)?.into_iter().map(|(begin, end)| compact::fold(begin, end, tiles)).collect()
}

/// The tiles that [`prove`] reads, sorted, without duplicates; none if there is no such proof.
pub fn tiles(size1: u64, size2: u64) -> Vec<TileId> {
    compact::tiles_of(parts(size1, size2).unwrap_or_default(), size2)
}

/// Leaf ranges of the proof's hashes, in proof order.
fn parts(size1: u64, size2: u64) -> Result<Vec<(u64, u64)>, ProofError> {
    if size1 == 0 {
        return Err(ProofError::SizeZero);
    }
    if size1 > size2 {
        return Err(ProofError::SizesReversed { old: size1, new: size2 });
    }
    let (mut begin, mut end) = (0, size2);
    let mut ranges = Vec::new();
    while end != size1 {
        let middle = begin + compact::split(end - begin);
        if size1 <= middle {
            ranges.push((middle, end));
            end = middle;
        } else {
            ranges.push((begin, middle));
            begin = middle;
        }
    }
    // The verifier knows the old root; only a part of it has to be told.
    if begin > 0 {
        ranges.push((begin, end));
    }
    ranges.reverse();
    Ok(ranges)
}
