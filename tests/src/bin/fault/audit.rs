//! What has to be true afterwards, read through the API, from the log and by `replay`.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use bytes::Bytes;
use reqwest::Client;
use serde_json::{Map, Value, json};

use crate::{
    kill::Acknowledged,
    shared::{self, Home},
};

/// Events of one page of the API.
const PAGE: usize = 1_000;
/// The life of an entry that goes well.
const LIFE: [&str; 3] =
    ["rekor.entry.queued", "rekor.entry.logged", "rekor.entry.inclusion_verified"];
/// One broken promise often shows on hundreds of entries.
const SHOWN: usize = 10;

/// Collects numbers and violations.
pub(crate) struct Audit<'a> {
    http: &'a Client,
    url: &'a str,
    acknowledged: &'a [Acknowledged],
    events: usize,
    numbers: Map<String, Value>,
    violations: BTreeMap<&'static str, Vec<String>>,
}

/// One entry's events: kind, id, facts.
type Life = Vec<(String, String, Value)>;

impl<'a> Audit<'a> {
    /// Of the daemon at that URL.
    pub(crate) fn new(http: &'a Client, url: &'a str, acknowledged: &'a [Acknowledged]) -> Self {
        let (numbers, violations) = (Map::new(), BTreeMap::new());
        Self { http, url, acknowledged, events: 0, numbers, violations }
    }

    /// Something that breaks a promise.
    pub(crate) fn violation(&mut self, what: String) {
        self.violates("run", what);
    }

    fn violates(&mut self, promise: &'static str, what: String) {
        self.violations.entry(promise).or_default().push(what);
    }

    fn tell(&mut self, name: &str, value: impl Into<Value>) {
        self.numbers.insert(name.into(), value.into());
    }

    /// Numbers and violations, of each sort the first few.
    pub(crate) fn finish(self) -> (Map<String, Value>, Vec<String>) {
        let mut all = Vec::new();
        for (promise, found) in self.violations {
            let more = found.len().saturating_sub(SHOWN);
            all.extend(found.into_iter().take(SHOWN).map(|what| format!("{promise}: {what}")));
            if more > 0 {
                all.push(format!("{promise}: {more} more of this sort"));
            }
        }
        (self.numbers, all)
    }

    /// Sequence, order of each entry's events, one entry and one leaf for each attestation.
    pub(crate) async fn history(&mut self, leaves: &[Bytes]) -> Result<()> {
        let lives = self.read_events().await?;
        let verified = lives.values().filter(|life| life.len() == LIFE.len()).count();
        self.tell("entries", lives.len());
        self.tell("verified", verified);
        if lives.len() != self.acknowledged.len() {
            let (entries, handed_in) = (lives.len(), self.acknowledged.len());
            self.violation(format!("{entries} entries of {handed_in} attestations"));
        }
        let mut places: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (index, leaf) in leaves.iter().enumerate() {
            places.entry(leaf).or_default().push(index);
        }
        self.tell("leaves", leaves.len());
        self.tell("leavesTwice", leaves.len() - places.len());
        if leaves.len() != self.acknowledged.len() {
            let (leaves, handed_in) = (leaves.len(), self.acknowledged.len());
            self.violation(format!("{leaves} leaves of {handed_in} attestations"));
        }
        for one in self.acknowledged {
            let places = places.get(one.signed.prepared.leaf.as_ref()).cloned();
            self.entry(one, &lives, &places.unwrap_or_default()).await?;
        }
        for (entry, life) in &lives {
            self.life(entry, life);
        }
        Ok(())
    }

    /// All events; the sequence has no gap, nothing failed, nobody was accused.
    async fn read_events(&mut self) -> Result<BTreeMap<String, Life>> {
        let mut lives: BTreeMap<String, Life> = BTreeMap::new();
        let mut last = 0_u64;
        loop {
            let url = format!("{}/v1/events?after={last}&limit={PAGE}", self.url);
            let page = shared::get(self.http, &url).await?;
            let page = page["events"].as_array().context("a page without events")?.clone();
            if page.is_empty() {
                break;
            }
            for event in &page {
                let text = |name: &str| event[name].as_str().unwrap_or_default();
                let sequence: u64 = text("sequence").parse()?;
                if sequence != last + 1 {
                    self.violates("sequence", format!("{sequence} follows {last}"));
                }
                last = sequence;
                self.events += 1;
                let facts = &event["data"]["facts"];
                let kind = facts["kind"].as_str().unwrap_or_default();
                let subject = facts["subject"].as_str().unwrap_or_default();
                if kind.starts_with("rekor.entry.") {
                    let life = lives.entry(subject.to_owned()).or_default();
                    life.push((kind.to_owned(), text("id").to_owned(), facts.clone()));
                } else if kind != "rekor.checkpoint.advanced" {
                    self.violates("unexpected event", format!("{kind} of {subject}"));
                }
            }
        }
        self.tell("events", self.events);
        Ok(lives)
    }

    /// Exactly one entry, verified, where its leaf is.
    async fn entry(
        &mut self,
        one: &Acknowledged,
        lives: &BTreeMap<String, Life>,
        places: &[usize],
    ) -> Result<()> {
        let url = format!("{}/v1/submissions/{}", self.url, one.id);
        let shown = shared::get(self.http, &url).await;
        let entries = shown.map(|shown| shown["entries"].as_array().cloned().unwrap_or_default());
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                self.violates("lost", format!("{}: {error:#}", one.id));
                return Ok(());
            }
        };
        let [entry] = entries.as_slice() else {
            self.violates("one entry", format!("{} has {}", one.id, entries.len()));
            return Ok(());
        };
        let [place] = places else {
            self.violates("one leaf", format!("{} is at {places:?} in the log", one.id));
            return Ok(());
        };
        let id = entry["id"].as_str().unwrap_or_default();
        let index = json!(place.to_string());
        if entry["stage"] != "verified" || entry["logIndex"] != index {
            self.violates("verified", format!("{entry}, its leaf is at {place}"));
        }
        let Some(life) = lives.get(id) else {
            self.violates("history", format!("{id} has no events"));
            return Ok(());
        };
        let leaf = json!(one.signed.prepared.leaf_hash.to_string());
        for (kind, _, facts) in life {
            let elsewhere = facts.get("logIndex").is_some_and(|named| *named != index);
            if facts["leafHash"] != leaf || elsewhere {
                self.violates("facts", format!("{kind} of {id} names another leaf: {facts}"));
            }
        }
        Ok(())
    }

    /// Queued, logged, verified, once each, and each names the one before.
    fn life(&mut self, entry: &str, life: &Life) {
        let kinds: Vec<&str> = life.iter().map(|(kind, ..)| kind.as_str()).collect();
        if kinds != LIFE {
            self.violates("order", format!("{entry} has {kinds:?}"));
        }
        let mut previous = Value::Null;
        for (kind, id, facts) in life {
            if facts["previous"] != previous {
                self.violates("previous", format!("{kind} of {entry} has {}", facts["previous"]));
            }
            previous = json!(id);
        }
    }

    /// Another process makes every event again.
    pub(crate) async fn replay(&mut self, home: &Home) -> Result<()> {
        let (good, text) = crate::kill::output(home, &["replay", "--data-dir"]).await?;
        let said: Value = serde_json::from_str(text.lines().next().unwrap_or_default())
            .with_context(|| format!("replay said no JSON: {text}"))?;
        let differences = said["differences"].as_array().map_or(usize::MAX, Vec::len);
        self.tell("replayed", said["events"].clone());
        self.tell("replayDifferences", differences);
        self.tell("replayDigest", said["digest"].clone());
        // Checkpoints may have advanced between the listing and the stop.
        let fewer = said["events"].as_u64().is_none_or(|events| (events as usize) < self.events);
        if !good || differences != 0 || fewer {
            self.violates("replay", text);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, id: &str, previous: &Value) -> (String, String, Value) {
        (kind.into(), id.into(), json!({ "previous": previous }))
    }

    fn violations(life: &Life) -> Vec<String> {
        let http = Client::new();
        let mut audit = Audit::new(&http, "", &[]);
        audit.life("ent-1", life);
        audit.finish().1
    }

    #[test]
    fn a_life_is_in_order_once_and_chained() {
        let [queued, logged, verified] = LIFE;
        let good = vec![
            event(queued, "a", &Value::Null),
            event(logged, "b", &json!("a")),
            event(verified, "c", &json!("b")),
        ];
        assert_eq!(violations(&good), Vec::<String>::new());
        let swapped = vec![good[0].clone(), good[2].clone(), good[1].clone()];
        assert!(violations(&swapped).iter().any(|v| v.starts_with("order: ")));
        let mut twice = good.clone();
        twice.push(event(logged, "d", &json!("c")));
        assert_eq!(violations(&twice).len(), 1);
        let mut torn = good.clone();
        torn[2].2 = json!({"previous": "x"});
        assert!(violations(&torn)[0].starts_with("previous: "));
        assert!(!violations(&good[..2].to_vec()).is_empty());
    }
}
