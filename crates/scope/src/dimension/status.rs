//! `status`: a canonical status. Statuses have no coverage of their own; an absent or unknown one is "maybe".

use rekindle_hints::Status;

use super::{Term, no_wildcard};
use crate::matching::Match;
use crate::seen::Seen;

pub(crate) fn term(value: &str) -> Result<Term, String> {
    no_wildcard(value)?;
    let folded = value.to_ascii_lowercase().replace('-', "_");
    Status::parse(&folded).map(|status| Term::plain(status.as_str())).ok_or_else(|| {
        format!("not a status; known are {}", Status::ALL.map(Status::as_str).join(", "))
    })
}

pub(crate) fn find(term: &Term, seen: &Seen<'_>) -> Match {
    if seen.statuses.contains(&&*term.value) { Match::Yes } else { Match::No }
}
