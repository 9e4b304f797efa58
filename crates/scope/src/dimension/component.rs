//! `component`: case-folded equality with a component's name, never a substring; one trailing `*` makes it a prefix.

use super::Term;
use crate::matching::Match;
use crate::seen::Seen;
use crate::text;

pub(crate) fn term(value: &str) -> Result<Term, String> {
    if value.starts_with("pkg:") {
        return Err(format!("this is a package URL; write `purl:{}`", text::shown(value)));
    }
    let (body, wildcard) = value.strip_suffix('*').map_or((value, ""), |body| (body, "*"));
    if body.contains('*') {
        return Err("a star may stand once, at the end; write `%2A` for a star in a name".into());
    }
    let name = text::decode(body).ok_or("percent-encoding that is not UTF-8")?;
    Ok(Term::plain(text::fold(&name).into_owned() + wildcard))
}

/// A name with `/` is compared with `namespace/name` too; one without only with names.
pub(crate) fn find(term: &Term, seen: &Seen<'_>) -> Match {
    let found = match term.prefix() {
        Some(prefix) => {
            starts(&seen.names, prefix) || (prefix.contains('/') && starts(&seen.qualified, prefix))
        }
        None => {
            has(&seen.names, &term.value)
                || (term.value.contains('/') && has(&seen.qualified, &term.value))
        }
    };
    if found { Match::Yes } else { Match::No }
}

fn has<S: AsRef<str>>(sorted: &[S], value: &str) -> bool {
    sorted.binary_search_by(|name| name.as_ref().cmp(value)).is_ok()
}

fn starts<S: AsRef<str>>(sorted: &[S], prefix: &str) -> bool {
    let first = sorted.partition_point(|name| name.as_ref() < prefix);
    sorted.get(first).is_some_and(|name| name.as_ref().starts_with(prefix))
}
