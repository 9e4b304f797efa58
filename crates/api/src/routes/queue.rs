//! The queue: how much waits, and what gave up.

use axum::extract::{Query, State as With};
use rekindle_store::JobFilter;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::limit;
use crate::problem::Problem;
use crate::render;
use crate::state::State;

/// Counts by kind and state.
#[utoipa::path(get, path = "/v1/queue", tag = "queue",
    responses((status = 200, description = "jobs by kind and state, last event sequence")))]
pub(crate) async fn status(With(state): With<State>) -> Result<axum::Json<Value>, Problem> {
    let store = state.engine.store();
    let mut kinds = serde_json::Map::new();
    for ((kind, job_state), count) in store.job_counts().await? {
        kinds.entry(kind).or_insert_with(|| json!({}))[job_state.as_str()] = json!(count);
    }
    Ok(axum::Json(json!({"jobs": kinds, "lastSequence": store.last_sequence().await?})))
}

/// Which jobs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Find {
    /// `ready`, `leased`, `dead`.
    state: Option<String>,
    /// `submit`, `verify`, `follow`, `ingest`, `trigger`.
    kind: Option<String>,
    /// At most 1,000.
    limit: Option<u32>,
}

/// Lists jobs.
#[utoipa::path(get, path = "/v1/queue/jobs", tag = "queue", params(Find),
    responses((status = 200, description = "jobs")))]
pub(crate) async fn jobs(
    With(state): With<State>,
    Query(find): Query<Find>,
) -> Result<axum::Json<Value>, Problem> {
    if let Some(named) = &find.state
        && !["ready", "leased", "dead"].contains(&named.as_str())
    {
        return Err(Problem::bad_field("state", named, "ready, leased or dead"));
    }
    let filter = JobFilter { state: find.state, kind: find.kind, limit: limit(find.limit) };
    let jobs = state.engine.store().jobs(&filter).await?;
    let jobs: Vec<_> = jobs.iter().map(render::job).collect();
    Ok(axum::Json(json!({"jobs": jobs})))
}
