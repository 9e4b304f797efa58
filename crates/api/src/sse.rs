//! The event stream: every event in order, resumable from any sequence.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State as With};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{self, Stream, StreamExt};
use rekindle_store::{EventFilter, StoredEvent};

use crate::problem::Problem;
use crate::routes::events::{Page, filter};
use crate::state::State;

/// Events read at once for one stream.
const BATCH: u32 = 256;
/// Proxies close silent connections after about a minute.
const HEARTBEAT: Duration = Duration::from_secs(15);

struct Cursor {
    state: State,
    filter: EventFilter,
    buffer: std::vec::IntoIter<StoredEvent>,
    seen: tokio::sync::watch::Receiver<u64>,
}

/// Streams events as CloudEvents; `id` is the zero-padded sequence.
#[utoipa::path(get, path = "/v1/events/stream", tag = "events", params(Page),
    responses((status = 200, description = "text/event-stream of CloudEvents; resume with \
        Last-Event-ID or after"), (status = 400, description = "A problem")))]
pub(crate) async fn stream(
    With(state): With<State>,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let mut filter = filter(&page)?;
    filter.limit = BATCH;
    if let Some(last) = headers.get("last-event-id") {
        let text = last.to_str().unwrap_or_default();
        filter.after = text.parse().map_err(|_| {
            Problem::bad_field("Last-Event-ID", text, "the zero-padded sequence of an event")
        })?;
    }
    let seen = state.engine.store().subscribe();
    let stop = state.stop.clone();
    let cursor = Cursor { state, filter, buffer: Vec::new().into_iter(), seen };
    let events = stream::unfold(cursor, next).take_until(stop.cancelled_owned());
    let keep = KeepAlive::new().interval(HEARTBEAT).text("still here");
    Ok(Sse::new(events).keep_alive(keep))
}

async fn next(mut cursor: Cursor) -> Option<(Result<Event, Infallible>, Cursor)> {
    loop {
        if let Some(stored) = cursor.buffer.next() {
            let sequence = stored.recorded.sequence;
            cursor.filter.after = sequence.0;
            let value = cursor.state.engine.cloudevent(&stored).await.ok()?;
            let kind = stored.recorded.event.kind().as_str();
            let event = Event::default().id(sequence.padded()).event(kind).data(value.to_string());
            return Some((Ok(event), cursor));
        }
        // Interest first, then the look: an event between the two is not lost.
        cursor.seen.borrow_and_update();
        let page = cursor.state.engine.store().events(&cursor.filter).await.ok()?;
        if page.is_empty() {
            cursor.seen.changed().await.ok()?;
            continue;
        }
        cursor.buffer = page.into_iter();
    }
}
