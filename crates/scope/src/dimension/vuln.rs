//! `vuln` (alias `cve`): a vulnerability id, normalised as the hints' ids are and compared case-folded.

use std::cmp::Ordering;

use rekindle_hints::VulnId;

use super::{Term, no_wildcard};
use crate::matching::Match;
use crate::seen::Seen;
use crate::text;

pub(crate) fn term(value: &str) -> Result<Term, String> {
    no_wildcard(value)?;
    let id = text::decode(value).ok_or("percent-encoding that is not UTF-8")?;
    let id = VulnId::parse(&id).map_err(|error| error.to_string())?;
    Ok(Term::plain(text::encode(id.as_str())))
}

pub(crate) fn find(term: &Term, seen: &Seen<'_>) -> Match {
    let found = seen.vulns.binary_search_by(|id| folded_cmp(id, &term.value)).is_ok();
    if found { Match::Yes } else { Match::No }
}

/// An id of the hints as it is compared.
pub(crate) fn folded(id: &str) -> String {
    text::encode(id).to_ascii_lowercase()
}

/// Compares a lower-case id with one in canonical case.
fn folded_cmp(folded: &str, id: &str) -> Ordering {
    folded.bytes().cmp(id.bytes().map(|byte| byte.to_ascii_lowercase()))
}

/// The database part of an id: ids of one database are different vulnerabilities, ids of two may be aliases.
pub(crate) fn database(id: &str) -> &str {
    id.split_once('-').map_or(id, |(database, _)| database)
}
