//! `digest`: `algorithm:hex`, exact. Artifacts and materials count: both say that the digest takes part.

use super::{Term, no_wildcard};
use crate::matching::Match;
use crate::seen::Seen;
use crate::text;

/// Hexadecimal digits per algorithm where the length is fixed.
const LENGTHS: [(&str, usize); 9] = [
    ("gitCommit", 40),
    ("gitTree", 40),
    ("gitBlob", 40),
    ("gitTag", 40),
    ("md5", 32),
    ("sha1", 40),
    ("sha256", 64),
    ("sha384", 96),
    ("sha512", 128),
];

pub(crate) fn term(value: &str) -> Result<Term, String> {
    no_wildcard(value)?;
    let Some((algorithm, content)) = value.split_once(':') else {
        return Err("write `algorithm:hex`, for example `sha256:` and 64 hexadecimal digits".into());
    };
    if algorithm.is_empty() || content.is_empty() {
        return Err("algorithm or digest is empty; write `algorithm:hex`".into());
    }
    let known = LENGTHS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(algorithm));
    let hex = content.bytes().all(|byte| byte.is_ascii_hexdigit());
    let Some((name, length)) = known else {
        // Other algorithms, and names that are no hashes, are legal in hints.
        let content = if hex { content.to_ascii_lowercase() } else { content.to_owned() };
        return Ok(Term::plain(text::keep_percent(&format!("{algorithm}:{content}"))));
    };
    // Git objects of SHA-256 repositories have 64 digits under the same names.
    let fits = content.len() == length || (name.starts_with("git") && content.len() == 64);
    if !hex || !fits {
        return Err(format!(
            "{name} takes {length} hexadecimal digits, here are {} characters",
            content.len()
        ));
    }
    Ok(Term::plain(format!("{name}:{}", content.to_ascii_lowercase())))
}

pub(crate) fn find(term: &Term, seen: &Seen<'_>) -> Match {
    let found = seen.digests.binary_search_by(|digest| digest.as_ref().cmp(&*term.value)).is_ok();
    if found { Match::Yes } else { Match::No }
}

/// The algorithm: digests of one algorithm name different contents, digests of two may name the same.
pub(crate) fn algorithm(digest: &str) -> &str {
    digest.split_once(':').map_or(digest, |(algorithm, _)| algorithm)
}
