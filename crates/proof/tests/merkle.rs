//! Merkle proofs: every small tree whole, larger ones and odd positions against other people's code.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use rekindle_proof::compact::{self, Range};
use rekindle_proof::tile::TileSet;
use rekindle_proof::{Hash, ProofError, consistency, hash, inclusion};

/// Leaves and roots for 1 to 8 leaves, published with the reference implementation.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn leaves(n: u64) -> Vec<Hash> {
    (0..n).map(|i| hash::leaf(&i.to_be_bytes())).collect()
}

fn root(leaves: &[Hash]) -> Hash {
    let mut range = Range::empty(0);
    leaves.iter().for_each(|leaf| range.append(*leaf).unwrap());
    range.root().unwrap()
}

/// The definition of RFC 6962 section 2.1, word by word.
fn plain_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => hash::empty_root(),
        [one] => *one,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            hash::node(&plain_root(left), &plain_root(right))
        }
    }
}

fn other(hash: &Hash) -> Hash {
    let mut bytes = hash.0;
    bytes[13] ^= 0x40;
    Hash(bytes)
}

#[test]
fn published_roots() {
    let all: Vec<Hash> = LEAVES.iter().map(|l| hash::leaf(&hex::decode(l).unwrap())).collect();
    for (n, expected) in ROOTS.iter().enumerate() {
        assert_eq!(root(&all[..=n]).to_string(), *expected);
    }
    assert_eq!(root(&[]), hash::empty_root());
}

#[test]
fn every_inclusion_proof_up_to_64_and_each_broken_hash() {
    let all = leaves(64);
    for size in 0..=64u64 {
        let tree = &all[..size as usize];
        let tiles = TileSet::from_leaf_hashes(tree);
        let root = plain_root(tree);
        for index in 0..size {
            let leaf = tree[index as usize];
            let path = inclusion::prove(index, size, &tiles).unwrap();
            inclusion::verify(index, size, &leaf, &path, &root).unwrap();
            for broken in 0..path.len() {
                let mut bad = path.clone();
                bad[broken] = other(&bad[broken]);
                assert_eq!(
                    inclusion::verify(index, size, &leaf, &bad, &root).unwrap_err().code(),
                    "root_mismatch"
                );
            }
            assert!(inclusion::verify(index, size, &other(&leaf), &path, &root).is_err());
            assert!(inclusion::verify(index, size, &leaf, &path, &other(&root)).is_err());
            let long = [&path[..], &[root]].concat();
            assert_eq!(
                inclusion::root(index, size, &leaf, &long).unwrap_err().code(),
                "wrong_proof_length"
            );
            if let Some((_, short)) = path.split_last() {
                assert_eq!(
                    inclusion::root(index, size, &leaf, short).unwrap_err().code(),
                    "wrong_proof_length"
                );
            }
            for wrong in (0..=size).filter(|i| *i != index) {
                assert!(inclusion::verify(wrong, size, &leaf, &path, &root).is_err());
            }
        }
        assert!(inclusion::prove(size, size, &tiles).is_err());
        assert!(inclusion::tiles(size, size).is_empty());
    }
}

#[test]
fn every_consistency_proof_up_to_64_and_each_broken_hash() {
    let all = leaves(64);
    let roots: Vec<Hash> = (0..=64).map(|n| plain_root(&all[..n])).collect();
    for new in 1..=64u64 {
        let tiles = TileSet::from_leaf_hashes(&all[..new as usize]);
        let root2 = &roots[new as usize];
        for old in 1..=new {
            let root1 = &roots[old as usize];
            let proof = consistency::prove(old, new, &tiles).unwrap();
            consistency::verify(old, new, &proof, root1, root2).unwrap();
            assert_eq!(consistency::roots(old, new, &proof, root1).unwrap(), (*root1, *root2));
            for broken in 0..proof.len() {
                let mut bad = proof.clone();
                bad[broken] = other(&bad[broken]);
                assert_eq!(
                    consistency::verify(old, new, &bad, root1, root2).unwrap_err().code(),
                    "root_mismatch"
                );
            }
            assert!(consistency::verify(old, new, &proof, &other(root1), root2).is_err());
            assert!(consistency::verify(old, new, &proof, root1, &other(root2)).is_err());
            if old != new {
                assert_eq!(
                    consistency::roots(new, old, &proof, root1).unwrap_err().code(),
                    "sizes_reversed"
                );
                assert_eq!(
                    consistency::roots(old, new, &[], root1).unwrap_err().code(),
                    "wrong_proof_length"
                );
            }
            let long = [&proof[..], &[*root1]].concat();
            assert_eq!(
                consistency::roots(old, new, &long, root1).unwrap_err().code(),
                "wrong_proof_length"
            );
        }
        assert_eq!(consistency::prove(0, new, &tiles).unwrap_err().code(), "size_zero");
        assert_eq!(consistency::roots(0, new, &[], &roots[0]), Err(ProofError::SizeZero));
    }
    assert_eq!(consistency::roots(0, 0, &[], &roots[0]), Err(ProofError::SizeZero));
}

#[test]
fn every_split_of_a_range_merges_to_the_same() {
    let all = leaves(40);
    let tiles = TileSet::from_leaf_hashes(&all);
    for begin in 0..=40u64 {
        for end in begin..=40 {
            let mut appended = Range::empty(begin);
            all[begin as usize..end as usize]
                .iter()
                .for_each(|leaf| appended.append(*leaf).unwrap());
            let read = compact::from_tiles(begin, end, &tiles).unwrap();
            assert_eq!(appended, read);
            assert_eq!(Range::new(begin, end, read.hashes().to_vec()).unwrap(), read);
            for middle in begin..=end {
                let mut merged = compact::from_tiles(begin, middle, &tiles).unwrap();
                merged.merge(&compact::from_tiles(middle, end, &tiles).unwrap()).unwrap();
                assert_eq!(merged, read, "{begin}..{middle}..{end}");
            }
            let expected = (begin == 0).then(|| plain_root(&all[..end as usize]));
            assert_eq!(read.root(), expected);
        }
    }
    assert!(Range::empty(3).merge(&Range::empty(4)).is_err());
    assert!(Range::new(0, 3, vec![all[0]]).is_err());
    assert!(Range::new(3, 0, vec![]).is_err());
}

#[test]
fn edges_of_the_number_range() {
    let leaf = hash::leaf(b"x");
    assert_eq!(inclusion::root(0, 0, &leaf, &[]).unwrap_err().code(), "index_beyond_tree");
    assert_eq!(
        inclusion::root(u64::MAX, u64::MAX, &leaf, &[]).unwrap_err().code(),
        "index_beyond_tree"
    );
    assert_eq!(inclusion::root(0, u64::MAX, &leaf, &[leaf; 64]).unwrap().0.len(), 32);
    assert!(inclusion::root(u64::MAX - 1, u64::MAX, &leaf, &[leaf; 63]).is_ok());
    assert!(consistency::roots(1, u64::MAX, &[leaf; 64], &leaf).is_ok());
    assert!(consistency::roots(1 << 63, u64::MAX, &[leaf; 1], &leaf).is_ok());
    assert!(consistency::roots(u64::MAX - 1, u64::MAX, &[leaf; 64], &leaf).is_ok());
    assert_eq!(compact::cover(0, u64::MAX).len(), 64);
    assert_eq!(compact::cover(1, u64::MAX).len(), 126);
    let mut last = Range::new(u64::MAX - 1, u64::MAX, vec![leaf]).unwrap();
    assert!(last.append(leaf).is_err());
    assert_eq!(inclusion::tiles(u64::MAX - 1, u64::MAX).len(), 8);
}

#[test]
fn a_second_implementation_builds_the_same_proofs() {
    type Tree = MemoryBackedTree<sha2::Sha256, Vec<u8>>;
    let mut theirs = Tree::new();
    let all = leaves(700);
    let tiles = TileSet::from_leaf_hashes(&all);
    let chunks =
        |bytes: &[u8]| bytes.as_chunks::<32>().0.iter().copied().map(Hash).collect::<Vec<_>>();
    let watched = [1, 2, 3, 255, 256, 257, 511, 512, 513, 699, 700];
    for size in 1..=700u64 {
        theirs.push((size - 1).to_be_bytes().to_vec());
        if !watched.contains(&size) {
            continue;
        }
        let root = Hash(theirs.root().as_bytes()[..].try_into().unwrap());
        assert_eq!(compact::from_tiles(0, size, &tiles).unwrap().root(), Some(root));
        for index in (0..size).step_by(17).chain([size - 1]) {
            let path = chunks(theirs.prove_inclusion(index as usize).as_bytes());
            assert_eq!(inclusion::prove(index, size, &tiles).unwrap(), path);
            inclusion::verify(index, size, &all[index as usize], &path, &root).unwrap();
        }
        for old in watched.into_iter().filter(|old| *old < size) {
            let proof = chunks(theirs.prove_consistency((size - old) as usize).as_bytes());
            assert_eq!(consistency::prove(old, size, &tiles).unwrap(), proof);
        }
    }
}

fn sizes() -> impl Strategy<Value = u64> {
    prop_oneof![
        1..70u64,
        any::<u64>(),
        (0..64u32).prop_map(|s| 1 << s),
        (1..64u32).prop_map(|s| (1 << s) - 1)
    ]
}

proptest! {
    /// Same verdict for good and for wrong lengths and positions, with a root that fits by design.
    #[test]
    fn inclusion_verdicts_agree(index in sizes(), size in sizes(), length in 0..70usize, fit in any::<bool>()) {
        let path = leaves(length as u64);
        let leaf = hash::leaf(b"leaf");
        let ours = inclusion::root(index, size, &leaf, &path);
        let claimed = if fit { ours.clone().unwrap_or(leaf) } else { hash::leaf(b"other") };
        let theirs = sigstore_merkle::verify_inclusion_proof(
            &leaf.0.as_slice().try_into().unwrap(), index, size,
            &path.iter().map(|h| h.0.as_slice().try_into().unwrap()).collect::<Vec<_>>(),
            &claimed.0.as_slice().try_into().unwrap(),
        );
        prop_assert_eq!(inclusion::verify(index, size, &leaf, &path, &claimed).is_ok(), theirs.is_ok());
    }

    /// The same for consistency. Size 0 stays out: the other code takes it unchecked.
    #[test]
    fn consistency_verdicts_agree(old in sizes(), new in sizes(), length in 0..70usize) {
        let proof = leaves(length as u64);
        let seed = hash::leaf(b"old");
        let (root1, root2) = consistency::roots(old, new, &proof, &seed).unwrap_or((seed, seed));
        let theirs = sigstore_merkle::verify_consistency_proof(
            old, new,
            &proof.iter().map(|h| h.0.as_slice().try_into().unwrap()).collect::<Vec<_>>(),
            &root1.0.as_slice().try_into().unwrap(),
            &root2.0.as_slice().try_into().unwrap(),
        );
        prop_assert_eq!(consistency::verify(old, new, &proof, &root1, &root2).is_ok(), theirs.is_ok());
    }
}
