//! Published Merkle vectors, when they are at hand.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rekindle_proof::{Hash, consistency, inclusion};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Option<Vec<String>>,
    desc: String,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Option<Vec<String>>,
    desc: String,
    want_err: bool,
}

/// One reference vector has equal sizes and roots of 12 bytes and counts as good. Here a root has
/// 32 bytes, so it is refused.
const SHORT_ROOTS: &str = "sizes are equal (one) and proof is empty";

fn corpus(folder: &str) -> Vec<PathBuf> {
    let root = std::env::var_os("REKINDLE_CORPUS").map(PathBuf::from);
    let root = root
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"));
    let mut found = Vec::new();
    let mut folders = vec![root.join("merkle").join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    if found.is_empty() {
        eprintln!("skipped: no corpus of {folder} vectors");
    }
    found
}

fn hash(text: &str) -> Option<Hash> {
    let bytes = STANDARD.decode(text).unwrap();
    Some(Hash(bytes.try_into().ok()?))
}

fn hashes(texts: Option<Vec<String>>) -> Option<Vec<Hash>> {
    texts.unwrap_or_default().iter().map(|text| hash(text)).collect()
}

#[test]
fn inclusion_vectors() {
    for file in corpus("inclusion") {
        let v: Inclusion = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let good = (|| {
            let (leaf, root, path) = (hash(&v.leaf_hash)?, hash(&v.root)?, hashes(v.proof)?);
            inclusion::verify(v.leaf_idx, v.tree_size, &leaf, &path, &root).ok()
        })();
        assert_eq!(good.is_none(), v.want_err, "{}: {}", file.display(), v.desc);
    }
}

#[test]
fn consistency_vectors() {
    for file in corpus("consistency") {
        let v: Consistency = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let short_roots = hash(&v.root1).is_none();
        let good = (|| {
            let (root1, root2, proof) = (hash(&v.root1)?, hash(&v.root2)?, hashes(v.proof)?);
            consistency::verify(v.size1, v.size2, &proof, &root1, &root2).ok()
        })();
        if !(short_roots && v.desc == SHORT_ROOTS) {
            assert_eq!(good.is_none(), v.want_err, "{}: {}", file.display(), v.desc);
        }
    }
}
