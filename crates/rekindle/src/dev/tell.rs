//! Events, hints and wakes in words.

use rekindle_events::Body;
use rekindle_hints::Hints;
use rekindle_scope::{OnScoped, Policy};
use rekindle_store::{StoredEvent, StoredTrigger};

use super::print::{Printer, Tone};

/// Digits of an id that are shown.
const SHORT: usize = 12;

/// One line for an event.
pub(super) fn event(out: &Printer, stored: &StoredEvent) {
    let recorded = &stored.recorded;
    let sequence = format!("{:>4}", recorded.sequence.0);
    let kind = recorded.event.kind();
    let subject = short(&recorded.event.facts().subject);
    let (what, tone) = what(stored);
    out.row(
        &[(&sequence, 6, Tone::Dim), (kind.as_str(), 32, tone), (&subject, 14, Tone::Dim)],
        (&what, Tone::Plain),
    );
}

/// An id as it is shown to people: enough to tell it from others.
pub(super) fn short(id: &str) -> String {
    if id.starts_with("ent-") || id.starts_with("sub-") {
        id[..SHORT].to_owned()
    } else {
        id.into()
    }
}

fn what(stored: &StoredEvent) -> (String, Tone) {
    let observed = &stored.recorded.observed;
    match &stored.recorded.event.facts().body {
        Body::EntryQueued(f) => {
            (format!("on disk for {}; nothing was sent yet", f.target), Tone::Name)
        }
        Body::EntryLogged(f) => (format!("the log has it, at index {}", f.log_index), Tone::Name),
        Body::InclusionVerified(f) => (
            format!("proven to be in the signed tree of {}", counted(f.tree_size.get())),
            Tone::Good,
        ),
        Body::EntryFailed(f) => {
            let status = observed.http_status.map_or_else(String::new, |s| format!("HTTP {s}, "));
            let text = observed.text.as_deref().unwrap_or("no reason given");
            (format!("{}: {status}{text}", f.code), Tone::Bad)
        }
        Body::CheckpointAdvanced(f) => match f.old_size {
            None => (
                format!("first look: {}; it may only grow", counted(f.tree_size.get())),
                Tone::Name,
            ),
            Some(old) => {
                (format!("grew from {old} to {}, proven append-only", f.tree_size), Tone::Name)
            }
        },
        Body::CheckpointDiverged(_) => {
            ("two signed histories: convicted and quarantined".into(), Tone::Bad)
        }
        Body::PolicyChanged(f) => {
            (format!("{} policies count from here on", f.policies.len()), Tone::Name)
        }
        Body::EntryObserved(f) => (format!("somebody else's entry at {}", f.log_index), Tone::Name),
        _ => (String::new(), Tone::Name),
    }
}

fn counted(entries: u64) -> String {
    if entries == 1 { "1 entry".into() } else { format!("{entries} entries") }
}

/// What an attestation is about.
pub(super) fn hints(out: &Printer, hints: &Hints) {
    let rows: [(&str, Vec<String>); 4] = [
        ("about", hints.vulnerabilities.iter().map(ToString::to_string).collect()),
        ("components", hints.components.iter().map(ToString::to_string).collect()),
        ("artifact", hints.artifacts.iter().map(|d| brief(d.as_str())).collect()),
        ("built from", hints.materials.iter().map(|d| brief(d.as_str())).collect()),
    ];
    let mut label = "hints";
    let family = hints.predicate.family.as_str();
    let statuses: Vec<_> = hints.statuses.iter().map(|status| status.as_str()).collect();
    let kind = if statuses.is_empty() {
        family.to_owned()
    } else {
        format!("{family}, status {}", statuses.join(", "))
    };
    let all = [("predicate", vec![kind])].into_iter().chain(rows);
    for (name, values) in all.filter(|(_, values)| !values.is_empty()) {
        out.row(
            &[("", 3, Tone::Plain), (label, 9, Tone::Bold), (name, 12, Tone::Dim)],
            (&values.join(" "), Tone::Plain),
        );
        label = "";
    }
}

fn brief(digest: &str) -> String {
    match digest.split_once(':') {
        Some((algorithm, hex)) if hex.len() > SHORT => format!("{algorithm}:{}…", &hex[..SHORT]),
        _ => digest.to_owned(),
    }
}

/// A policy that is to be computed again.
pub(super) fn woke(out: &Printer, trigger: &StoredTrigger, first: bool) {
    let row = &trigger.row;
    let mut text = format!("because of {}", row.atoms.join(", "));
    if row.result == "maybe" {
        text = format!("maybe: {}", row.why.join("; "));
    }
    if let Some(only) = &row.evaluate_only {
        text.push_str(&format!("; evaluate it for {only} only"));
    }
    let label = if first { "wakes" } else { "" };
    out.row(
        &[("", 3, Tone::Plain), (label, 9, Tone::Bold), (&row.policy, 18, Tone::Good)],
        (&text, Tone::Plain),
    );
}

/// A policy that need not be looked at; the usual reasons in fewer words.
pub(super) fn slept(out: &Printer, policy: &Policy, within: Option<&str>, why: &str, first: bool) {
    let interest = &policy.scope;
    let narrowed = within.unwrap_or("*");
    let why = if why.contains("none of the scope's values") {
        &format!("no {interest} in the hints, which are complete there")
    } else if why.contains("lies outside") {
        &format!("{interest} lies outside of {narrowed}")
    } else if why.contains("onScoped is skip") {
        &format!("the event is narrowed to {narrowed}, and it skips such events")
    } else {
        why
    };
    let label = if first { "sleeps" } else { "" };
    out.row(
        &[("", 3, Tone::Plain), (label, 9, Tone::Bold), (policy.id.as_str(), 18, Tone::Dim)],
        (why, Tone::Dim),
    );
}

/// The reason of an explanation without its frame, which the columns say already.
pub(super) fn reason(policy: &Policy, explained: &str) -> String {
    let frame = format!("policy {} does not wake: ", policy.id);
    let text = explained.strip_prefix(&frame).unwrap_or(explained);
    text.strip_suffix('.').unwrap_or(text).to_owned()
}

/// A registered policy.
pub(super) fn policy(out: &Printer, policy: &Policy, about: &str) {
    let narrowed = if policy.on_scoped == OnScoped::Skip { "; skips narrowed events" } else { "" };
    let scope = policy.scope.to_string();
    out.row(
        &[("", 3, Tone::Plain), (policy.id.as_str(), 18, Tone::Name), (&scope, 24, Tone::Plain)],
        (&format!("{about}{narrowed}"), Tone::Dim),
    );
}
