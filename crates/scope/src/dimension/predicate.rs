//! `predicate`: a family name, or a type URI compared without scheme slips, query, fragment and trailing slashes.

use super::{Term, no_wildcard};
use crate::matching::Match;
use crate::seen::Seen;
use crate::text;

/// The families, sorted by how often they are asked for; the list also goes into the error message.
const FAMILIES: [&str; 8] =
    ["vex", "sbom", "scan", "provenance", "verdict", "release", "signature", "other"];

pub(crate) fn term(value: &str) -> Result<Term, String> {
    no_wildcard(value)?;
    let folded = value.to_ascii_lowercase();
    if let Some(family) = FAMILIES.into_iter().find(|family| *family == folded) {
        return Ok(Term::plain(family));
    }
    if !value.contains(['/', ':', '.', '@']) {
        return Err(format!(
            "neither a type URI nor a family; families are {}",
            FAMILIES.join(", ")
        ));
    }
    let uri = uri(value);
    if uri.is_empty() {
        return Err("nothing is left of the URI without query, fragment and slashes".into());
    }
    Ok(Term::plain(uri))
}

pub(crate) fn find(term: &Term, seen: &Seen<'_>) -> Match {
    let found = if is_family(term) {
        seen.family == &*term.value
    } else {
        seen.predicate_uri == *term.value
    };
    if found { Match::Yes } else { Match::No }
}

pub(crate) fn is_family(term: &Term) -> bool {
    FAMILIES.contains(&&*term.value)
}

/// A type URI as it is compared. The original stays in the hints.
pub(crate) fn uri(value: &str) -> String {
    let end = value.find(['?', '#']).unwrap_or(value.len());
    // All slashes: after one only, what is printed would be shortened once more when it is read.
    let bare = value[..end].trim_end_matches('/');
    if bare.is_empty() {
        return String::new();
    }
    let scheme = if has_scheme(bare) { "" } else { "https://" };
    scheme.to_owned() + &text::keep_percent(bare)
}

/// `name://`, or a URN; a bare colon may as well be a port.
fn has_scheme(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once(':') else { return false };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-".contains(&byte))
        && (rest.starts_with("//") || scheme.eq_ignore_ascii_case("urn"))
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn uris_are_compared_without_slips() {
        for (written, compared) in [
            ("https://slsa.dev/provenance/v1", "https://slsa.dev/provenance/v1"),
            ("https://slsa.dev/provenance/v1/?draft", "https://slsa.dev/provenance/v1"),
            ("slsa.dev/provenance/v1#x", "https://slsa.dev/provenance/v1"),
            ("urn:example:a", "urn:example:a"),
            ("text/vex", "https://text/vex"),
            ("https://e.com/a,b", "https://e.com/a%2Cb"),
            ("", ""),
            ("//?x", ""),
            ("https://e.com/a//", "https://e.com/a"),
        ] {
            assert_eq!(uri(written), compared);
            assert_eq!(uri(compared), compared);
        }
    }
}
