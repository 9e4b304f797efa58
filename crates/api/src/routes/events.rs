//! Events: the history, page by page.

use axum::extract::{Path, Query, State as With};
use rekindle_events::{EventId, Kind};
use rekindle_store::{EventFilter, StoredEvent};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::limit;
use crate::problem::Problem;
use crate::state::State;

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Page {
    /// Sequence to continue after.
    after: Option<u64>,
    /// At most 1,000.
    limit: Option<u32>,
    /// Kinds, comma-separated, such as `rekor.entry.logged`.
    r#type: Option<String>,
    /// Entry id or another subject.
    entry: Option<String>,
}

pub(crate) fn filter(page: &Page) -> Result<EventFilter, Problem> {
    let kinds = page.r#type.as_deref().map(kinds).transpose()?.unwrap_or_default();
    Ok(EventFilter {
        after: page.after.unwrap_or(0),
        limit: limit(page.limit),
        kinds,
        subject: page.entry.clone(),
        ..EventFilter::default()
    })
}

fn kinds(text: &str) -> Result<Vec<Kind>, Problem> {
    text.split(',')
        .map(|name| {
            let short = name.strip_prefix("dev.rekindle.").unwrap_or(name);
            let short = short.strip_suffix(".v1").unwrap_or(short);
            short.parse().map_err(|_| {
                let known: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
                Problem::bad_field("type", name, &known.join(", "))
            })
        })
        .collect()
}

/// Lists events in their order.
#[utoipa::path(get, path = "/v1/events", tag = "events", params(Page),
    responses((status = 200, description = "events, next"), (status = 400, description = "A problem")))]
pub(crate) async fn list(
    With(state): With<State>,
    Query(page): Query<Page>,
) -> Result<axum::Json<Value>, Problem> {
    let found = state.engine.store().events(&filter(&page)?).await?;
    let next = found.last().map(|stored| stored.recorded.sequence.0);
    let mut events = Vec::with_capacity(found.len());
    for stored in &found {
        events.push(state.engine.cloudevent(stored).await?);
    }
    Ok(axum::Json(json!({"events": events, "next": next})))
}

/// One event by id or sequence.
#[utoipa::path(get, path = "/v1/events/{id}", tag = "events",
    params(("id" = String, Path, description = "rekor-evt-sha256:… or a sequence")),
    responses((status = 200, description = "A CloudEvent"), (status = 404, description = "Unknown")))]
pub(crate) async fn show(
    With(state): With<State>,
    Path(id): Path<String>,
) -> Result<axum::Json<Value>, Problem> {
    let stored = find(&state, &id).await?;
    Ok(axum::Json(state.engine.cloudevent(&stored).await?))
}

/// The full hints of an event: what `dataref` points at when they are too long for the event.
#[utoipa::path(get, path = "/v1/events/{id}/hints", tag = "events",
    params(("id" = String, Path, description = "rekor-evt-sha256:… or a sequence")),
    responses((status = 200, description = "rekindle.hints/1"), (status = 404, description = "Unknown")))]
pub(crate) async fn hints(
    With(state): With<State>,
    Path(id): Path<String>,
) -> Result<axum::Json<Value>, Problem> {
    let stored = find(&state, &id).await?;
    let hints = state.engine.hints_of(&stored).await?;
    let hints = hints.ok_or_else(|| Problem::not_found("hints of event", &id))?;
    Ok(axum::Json(hints.to_json()))
}

async fn find(state: &State, id: &str) -> Result<StoredEvent, Problem> {
    let store = state.engine.store();
    let found = if let Ok(sequence) = id.parse::<u64>() {
        let after = sequence.saturating_sub(1);
        let filter = EventFilter { after, limit: 1, ..EventFilter::default() };
        store.events(&filter).await?.into_iter().find(|e| e.recorded.sequence.0 == sequence)
    } else {
        let id: EventId = id.parse().map_err(|_| {
            Problem::bad_field("id", id, "rekor-evt-sha256: and 64 hex digits, or a sequence")
        })?;
        store.event_by_id(&id).await?
    };
    found.ok_or_else(|| Problem::not_found("event", id))
}
