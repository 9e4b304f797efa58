//! Replay: makes every event again out of its stored inputs and compares bytes.

use std::collections::BTreeMap;

use rekindle_events::{Event, EventId, Kind};
use rekindle_store::{EventFilter, Store, StoreError, StoredEvent};
use sha2::{Digest, Sha256};

use crate::decide::{self, Inputs};

/// Events read at once.
const PAGE: u32 = 512;

/// The result of a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// How many events were made again.
    pub events: u64,
    /// SHA-256 over the canonical bytes of all events in their order, hex.
    pub digest: String,
    /// How many there were of each kind.
    pub kinds: BTreeMap<Kind, u64>,
    /// What did not come out the same; empty is good.
    pub differences: Vec<Difference>,
}

/// One event that replay could not make again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its sequence.
    pub sequence: u64,
    /// The stored id.
    pub stored: EventId,
    /// What happened instead.
    pub why: String,
}

/// Makes all events of a ledger again.
///
/// # Errors
/// When the ledger cannot be read; differences are in the result.
pub async fn replay(store: &Store) -> Result<Replayed, StoreError> {
    let mut out = Replayed {
        events: 0,
        digest: String::new(),
        kinds: BTreeMap::new(),
        differences: Vec::new(),
    };
    let mut hasher = Sha256::new();
    hasher.update(b"rekindle/history/v1");
    // The last event of each subject: replay trusts only what it made itself.
    let mut heads: BTreeMap<(Box<str>, Box<str>), Event> = BTreeMap::new();
    let mut after = 0;
    loop {
        let filter = EventFilter { after, limit: PAGE, ..EventFilter::default() };
        let page = store.events(&filter).await?;
        let Some(last) = page.last() else { break };
        after = last.recorded.sequence.0;
        for stored in &page {
            let made = again(store, stored, &heads).await?;
            out.events += 1;
            *out.kinds.entry(stored.recorded.event.kind()).or_default() += 1;
            let event = match made {
                Ok(event) => event,
                Err(why) => {
                    out.differences.push(Difference {
                        sequence: stored.recorded.sequence.0,
                        stored: stored.recorded.event.id(),
                        why,
                    });
                    stored.recorded.event.clone()
                }
            };
            let bytes = event.canonical();
            hasher.update((bytes.len() as u64).to_be_bytes());
            hasher.update(&bytes);
            let facts = event.facts();
            heads.insert((facts.tenant.clone(), facts.subject.clone()), event);
        }
    }
    out.digest = hex::encode(hasher.finalize());
    Ok(out)
}

async fn again(
    store: &Store,
    stored: &StoredEvent,
    heads: &BTreeMap<(Box<str>, Box<str>), Event>,
) -> Result<Result<Event, String>, StoreError> {
    let event = &stored.recorded.event;
    let mut inputs = Inputs::default();
    for (role, digest) in &stored.inputs {
        match store.input(*digest).await? {
            Some(bytes) => inputs.add(role, bytes),
            None => return Ok(Err(format!("input `{role}` {} is gone", hex::encode(digest.0)))),
        }
    }
    let key = (event.facts().tenant.clone(), event.facts().subject.clone());
    let made = match decide::decide(event.kind(), heads.get(&key), &inputs) {
        Ok(made) => made,
        Err(error) => return Ok(Err(error.to_string())),
    };
    if made.canonical() != event.canonical() {
        return Ok(Err(format!("made {} instead", made.id())));
    }
    Ok(Ok(made))
}
