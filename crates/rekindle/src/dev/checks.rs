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

    /// Prints all of them; whether all are good.
    pub(super) fn print(&self, out: &Printer) -> bool {
        let mut good = true;
        for (name, title) in ALL {
            let outcome = self.seen.iter().find(|(known, _)| *known == name).map(|(_, o)| o);
            let why = match outcome {
                Some(Ok(())) => None,
                Some(Err(why)) => Some(why.clone()),
                None => Some("the tour did not get there".to_owned()),
            };
            out.json(&json!({"type": "check", "name": name, "title": title,
                "good": why.is_none(), "why": why}));
            match why {
                None => {
                    out.row(&[("", 3, Tone::Plain), ("✓", 3, Tone::Good)], (title, Tone::Plain))
                }
                Some(why) => {
                    good = false;
                    let text = format!("{title}: MISSING: {why}");
                    out.row(&[("", 3, Tone::Plain), ("✗", 3, Tone::Bad)], (&text, Tone::Bad));
                }
            }
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
}
