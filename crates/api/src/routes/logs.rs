//! Logs: views, verdicts, evidence.

use axum::extract::{Path, State as With};
use axum::http::header;
use axum::response::IntoResponse;
use rekindle_syncd::jobs::follow::look;
use serde_json::{Value, json};

use crate::problem::Problem;
use crate::render;
use crate::state::State;

/// Every configured log with its view and the last verdict.
#[utoipa::path(get, path = "/v1/logs", tag = "logs",
    responses((status = 200, description = "logs")))]
pub(crate) async fn list(With(state): With<State>) -> Result<axum::Json<Value>, Problem> {
    let mut logs = Vec::new();
    for log in state.engine.logs() {
        let view = state.engine.store().view(log.origin()).await?;
        logs.push(render::log(log, view.as_ref()));
    }
    Ok(axum::Json(json!({"logs": logs})))
}

/// Looks at a log now and says what was found.
#[utoipa::path(post, path = "/v1/logs/{name}/verify", tag = "logs",
    params(("name" = String, Path)),
    responses((status = 200, description = "The log; outcome good, unreachable, unproven or diverged"),
        (status = 404, description = "Not configured")))]
pub(crate) async fn verify(
    With(state): With<State>,
    Path(name): Path<String>,
) -> Result<axum::Json<Value>, Problem> {
    let log = state.engine.log_named(&name).ok_or_else(|| Problem::not_found("log", &name))?;
    look(&state.engine, log).await.map_err(|error| {
        Problem::new(503, "look_failed", format!("the log could not be judged: {error}"))
    })?;
    let view = state.engine.store().view(log.origin()).await?;
    Ok(axum::Json(render::log(log, view.as_ref())))
}

/// The evidence that convicted a log: one JSON file that stands alone.
#[utoipa::path(get, path = "/v1/logs/{name}/evidence", tag = "logs",
    params(("name" = String, Path)),
    responses((status = 200, description = "rekindle.evidence/1"), (status = 404, description = "None")))]
pub(crate) async fn evidence(
    With(state): With<State>,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let none = || Problem::not_found("evidence against log", &name);
    let log = state.engine.log_named(&name).ok_or_else(none)?;
    let view = state.engine.store().view(log.origin()).await?;
    let digest = view.and_then(|view| view.quarantined).ok_or_else(none)?;
    let bytes = state.engine.store().input(digest).await?.ok_or_else(none)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes))
}
