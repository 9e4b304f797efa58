//! `verify inclusion|consistency`: one proof, offline.

use rekindle_proof::{Hash, ProofError, consistency, inclusion};

use crate::cli::Verify;
use crate::exit::{Exit, Failure};
use crate::output;

pub(super) fn run(args: Verify) -> Result<Exit, Failure> {
    match args {
        Verify::Inclusion { leaf_hash, index, size, root, proof } => {
            let leaf = hash("--leaf-hash", &leaf_hash)?;
            let root = hash("--root", &root)?;
            inclusion::verify(index, size, &leaf, &hashes(&proof)?, &root).map_err(finding)?;
            output::line(format_args!(
                "verified: leaf {leaf} is at index {index} of the tree of size {size} with root {root}"
            ))?;
        }
        Verify::Consistency { old_size, old_root, new_size, new_root, proof } => {
            let old = hash("--old-root", &old_root)?;
            let new = hash("--new-root", &new_root)?;
            consistency::verify(old_size, new_size, &hashes(&proof)?, &old, &new)
                .map_err(finding)?;
            output::line(format_args!(
                "verified: the tree of size {old_size} is a prefix of the tree of size {new_size}"
            ))?;
        }
    }
    output::note("not proved: who signed these roots; nothing but the numbers given was looked at");
    Ok(Exit::Good)
}

/// A proof that does not hold is a finding; a question that no proof can answer is wrong usage.
fn finding(error: ProofError) -> Failure {
    match error {
        ProofError::SizesReversed { .. } | ProofError::SizeZero => {
            Failure::usage(error.code(), error)
        }
        _ => Failure::finding(error.code(), error),
    }
}

fn hashes(text: &str) -> Result<Vec<Hash>, Failure> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(|part| hash("--proof", part.trim())).collect()
}

fn hash(flag: &str, text: &str) -> Result<Hash, Failure> {
    text.parse().ok().or_else(|| Hash::from_base64(text).ok()).ok_or_else(|| {
        Failure::usage(
            "hash_unreadable",
            format!("{flag} `{text}` is no hash: give 64 hex digits, or base64 of 32 bytes"),
        )
    })
}
