//! What the tour has to show; `--once` ends with exit 0 only if all of it was seen.

use serde_json::json;

use super::print::{Printer, Tone};

/// Name for programs, sentence for people.
const ALL: [(&str, &str); 11] = [
    ("queued_first", "Each attestation was stored as queued before the log heard of it"),
    ("verified", "The good ones are in a log, and each is proven to be in its signed tree"),
    ("refused", "The refused one failed with the log's own reason, and woke nobody"),
    ("hints", "The hints named the vulnerability, the component and the image"),
    ("scope", "component:openssl woke openssl, not pyopenssl, openssl-sys or log4j"),
    ("on_scoped", "No component interest: `narrow` evaluates openssl only, `skip` sleeps on"),
    ("woken", "Every attestation woke exactly the policies that it concerns"),
    ("diverged", "The log that showed two histories was convicted by its own signatures"),
    ("evidence", "The evidence convicts it offline, from nothing but its own bytes"),
    ("quarantined", "The convicted log gets nothing more; what was meant for it waits safely"),
    ("replayed", "Replay made every event again: the same ids, one digest, no difference"),
];

/// What was seen so far.
#[derive(Default)]
pub(super) struct Checks {
    seen: Vec<(&'static str, Result<(), String>)>,
}

impl Checks {
    /// Notes the outcome of a check; the first bad one stays.
    pub(super) fn note(
        &mut self,
        name: &'static str,
        good: bool,
        otherwise: impl FnOnce() -> String,
    ) {
        let outcome = if good { Ok(()) } else { Err(otherwise()) };
        match self.seen.iter_mut().find(|(known, _)| *known == name) {
            Some((_, before)) if before.is_ok() => *before = outcome,
            Some(_) => {}
            None => self.seen.push((name, outcome)),
        }
    }

    /// Name, sentence, and what is wrong with it; what was never noted is wrong too.
    fn outcomes(&self) -> impl Iterator<Item = (&'static str, &'static str, Option<String>)> {
        ALL.into_iter().map(|(name, title)| {
            let outcome = self.seen.iter().find(|(known, _)| *known == name).map(|(_, o)| o);
            let why = match outcome {
                Some(Ok(())) => None,
                Some(Err(why)) => Some(why.clone()),
                None => Some("the tour did not get there".to_owned()),
            };
            (name, title, why)
        })
    }

    /// Prints all of them; whether all are good.
    pub(super) fn print(&self, out: &Printer) -> bool {
        let mut good = true;
        for (name, title, why) in self.outcomes() {
            out.json(&json!({"type": "check", "name": name, "title": title,
                "good": why.is_none(), "why": why}));
            good &= why.is_none();
            let (mark, tone, text, look) = match why {
                None => ("✓", Tone::Good, title.to_owned(), Tone::Plain),
                Some(why) => ("✗", Tone::Bad, format!("{title}: NO: {why}"), Tone::Bad),
            };
            out.row(&[("", 3, Tone::Plain), (mark, 3, tone)], (&text, look));
        }
        good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_outcome_stays() {
        let mut checks = Checks::default();
        checks.note("woken", true, String::new);
        checks.note("woken", false, || "first".into());
        checks.note("woken", true, String::new);
        assert_eq!(checks.seen, [("woken", Err("first".to_owned()))]);
    }

    #[test]
    fn what_was_not_seen_is_not_good() {
        let mut checks = Checks::default();
        assert_eq!(checks.outcomes().filter(|(.., why)| why.is_some()).count(), ALL.len());
        checks.note("scope", true, String::new);
        let missing: Vec<_> = checks.outcomes().filter(|(.., why)| why.is_some()).collect();
        assert_eq!(missing.len(), ALL.len() - 1);
        assert!(missing.iter().all(|(name, ..)| *name != "scope"));
    }
}
