//! `verify inclusion|consistency`: one proof, offline.

use rekindle_proof::{Hash, ProofError, consistency, inclusion};

use crate::cli::Verify;
use crate::exit::{Exit, Failure};

pub(super) fn run(args: Verify) -> Result<Exit, Failure> {
    match args {
        Verify::Inclusion { leaf_hash, index, size, root, proof } => {
            let leaf = hash("--leaf-hash", &leaf_hash)?;
            let root = hash("--root", &root)?;
            inclusion::verify(index, size, &leaf, &hashes(&proof)?, &root).map_err(finding)?;
            println!(
                "verified: leaf {leaf} is at index {index} of the tree of size {size} with root {root}"
            );
        }
        Verify::Consistency { old_size, old_root, new_size, new_root, proof } => {
            let old = hash("--old-root", &old_root)?;
            let new = hash("--new-root", &new_root)?;
            consistency::verify(old_size, new_size, &hashes(&proof)?, &old, &new)
                .map_err(finding)?;
            println!(
                "verified: the tree of size {old_size} is a prefix of the tree of size {new_size}"
            );
        }
    }
    println!("not proved: who signed these roots; nothing but the numbers given was looked at");
    Ok(Exit::Good)
}

fn finding(error: ProofError) -> Failure {
    Failure::finding(error.code(), error)
}

fn hashes(text: &str) -> Result<Vec<Hash>, Failure> {
    text.split(',').filter(|part| !part.is_empty()).map(|part| hash("--proof", part)).collect()
}

fn hash(flag: &str, text: &str) -> Result<Hash, Failure> {
    text.parse().ok().or_else(|| Hash::from_base64(text).ok()).ok_or_else(|| {
        Failure::usage(
            "hash_unreadable",
            format!("{flag} `{text}`: 64 hex digits or base64 of 32 bytes"),
        )
    })
}
