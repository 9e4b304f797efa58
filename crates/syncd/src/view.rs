//! What the doors show: events in wire form, with their hints.

use rekindle_events::{Source, cloudevent_scoped};
use rekindle_hints::Hints;
use rekindle_store::{StoreError, StoredEvent};
use serde_json::Value;

use crate::engine::Engine;

impl Engine {
    /// An event as `events list`, `events tail` and the stream print it.
    ///
    /// # Errors
    /// When its hints cannot be read.
    pub async fn cloudevent(&self, stored: &StoredEvent) -> Result<Value, StoreError> {
        let hints = self.hints_of(stored).await?;
        let source = Source { store_id: self.store().store_id().to_owned() };
        let subject = &stored.recorded.event.facts().subject;
        let entry = if hints.is_some() { self.store().entry(subject).await? } else { None };
        let scope = entry.and_then(|entry| entry.row.scope);
        Ok(cloudevent_scoped(&stored.recorded, hints.as_ref(), &source, scope.as_deref()))
    }

    /// The full hints of an event, if its kind carries any.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn hints_of(&self, stored: &StoredEvent) -> Result<Option<Hints>, StoreError> {
        let Some(digest) = stored.hints else { return Ok(None) };
        let Some(bytes) = self.store().input(digest).await? else { return Ok(None) };
        Ok(serde_json::from_slice(&bytes).ok().and_then(|value| Hints::from_json(&value).ok()))
    }
}
