//! Liveness, readiness, metrics, and the answer to unknown paths.

use axum::extract::State as With;
use axum::http::{StatusCode, Uri, header};
use axum::response::IntoResponse;

use crate::problem::Problem;
use crate::state::State;

pub(crate) async fn alive() -> &'static str {
    "alive\n"
}

pub(crate) async fn ready(With(state): With<State>) -> impl IntoResponse {
    if state.is_ready() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}

pub(crate) async fn metrics(With(state): With<State>) -> Result<impl IntoResponse, Problem> {
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &state.registry)
        .map_err(|error| Problem::new(500, "metrics_failed", error.to_string()))?;
    // Counts of rows are read when asked: they are the store's, not a counter's.
    for ((kind, job_state), count) in state.engine.store().job_counts().await? {
        let line = format!("rekindle_jobs{{kind=\"{kind}\",state=\"{job_state}\"}} {count}\n");
        text.insert_str(text.rfind("# EOF").unwrap_or(text.len()), &line);
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text))
}

pub(crate) async fn unknown(uri: Uri) -> Problem {
    Problem::new(404, "not_found", format!("no route `{}`: see /v1/openapi.json", uri.path()))
}
