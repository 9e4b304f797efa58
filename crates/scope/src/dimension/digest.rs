//! `digest`: `algorithm:hex`, exact. Artifacts and materials count: both say that the digest takes part.

use rekindle_hints::Digest;

use super::{Term, no_wildcard};
use crate::matching::Match;
use crate::seen::Seen;
use crate::text;

pub(crate) fn term(value: &str) -> Result<Term, String> {
    no_wildcard(value)?;
    let digest = Digest::parse(value).map_err(|error| error.to_string())?;
    Ok(Term::plain(text::keep_percent(digest.as_str())))
}

pub(crate) fn find(term: &Term, seen: &Seen<'_>) -> Match {
    let found = seen.digests.binary_search_by(|digest| digest.as_ref().cmp(&*term.value)).is_ok();
    if found { Match::Yes } else { Match::No }
}

/// The algorithm: digests of one algorithm name different contents, digests of two may name the same.
pub(crate) fn algorithm(digest: &str) -> &str {
    digest.split_once(':').map_or(digest, |(algorithm, _)| algorithm)
}
