//! Submissions: the way in.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Query, State as With};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rekindle_store::EntryFilter;
use rekindle_syncd::{AcceptedEntry, door};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use crate::problem::Problem;
use crate::render;
use crate::state::State;

/// Bodies up to this size are read where they arrived.
const INLINE_BODY: usize = 32 * 1024;

/// What may stand beside an envelope or bundle.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Asked {
    /// Names of logs, comma-separated; none: all that take entries.
    log: Option<String>,
    /// Scope that narrows, such as `component:openssl`.
    scope: Option<String>,
    /// `now`, `soon` or `routine`.
    urgency: Option<String>,
    /// Such as `7d`.
    deadline: Option<String>,
}

/// Takes an attestation; when this answers, it is durable.
#[utoipa::path(post, path = "/v1/submissions", tag = "submissions", params(Asked),
    request_body(content = Object, description = "DSSE envelope, Sigstore bundle, or JSON with \
        envelope and verifier"),
    responses((status = 202, description = "Queued: id, attestation, entries"),
        (status = 200, description = "Known before: the same id"),
        (status = 400, description = "A problem with a stable code"),
        (status = 409, description = "Known with another scope or urgency"),
        (status = 413, description = "Too large")))]
pub(crate) async fn post(
    With(state): With<State>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            413,
            "document_too_large",
            format!("the body is over {} bytes", state.options.max_body),
        ),
        status => Problem::new(status.as_u16(), "body_unreadable", rejection.to_string()),
    })?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let media = door::Media::of(kind).ok_or_else(|| {
        let detail = format!(
            "Content-Type `{kind}` is not taken: application/vnd.dsse.envelope.v1+json, \
             application/vnd.dev.sigstore.bundle.v0.3+json or application/json"
        );
        Problem::new(415, "media_type_unknown", detail)
    })?;
    let asked = door::Asked {
        logs: asked.log.map(|l| l.split(',').map(str::to_owned).collect()).unwrap_or_default(),
        scope: asked.scope,
        urgency: asked.urgency,
        deadline: asked.deadline,
    };
    let limits = rekindle_syncd::door_limits();
    let may_narrow = state.options.may_narrow;
    // Parsing is bounded by the body limit; only large bodies are worth another thread.
    let request = if body.len() <= INLINE_BODY {
        door::read(media, body, asked, may_narrow, &limits)?
    } else {
        let read = move || door::read(media, body, asked, may_narrow, &limits);
        let read = tokio::task::spawn_blocking(read).await;
        read.map_err(|error| Problem::new(500, "internal", error.to_string()))??
    };
    let accepted = state.engine.accept(request).await?;
    let status = if accepted.created { StatusCode::ACCEPTED } else { StatusCode::OK };
    let location = [(header::LOCATION, format!("/v1/submissions/{}", accepted.id))];
    Ok((status, location, axum::Json(render::accepted(&accepted))).into_response())
}

/// A submission with its entries.
#[utoipa::path(get, path = "/v1/submissions/{id}", tag = "submissions",
    params(("id" = String, Path, description = "sub-…")),
    responses((status = 200, description = "id, attestation, entries"),
        (status = 404, description = "Unknown")))]
pub(crate) async fn show(
    With(state): With<State>,
    Path(id): Path<String>,
) -> Result<axum::Json<Value>, Problem> {
    let store = state.engine.store();
    let row = store.submission(&id).await?.ok_or_else(|| Problem::not_found("submission", &id))?;
    let filter = EntryFilter { submission: Some(id), limit: 100, ..EntryFilter::default() };
    let entries = store.entries(&filter).await?;
    let short: Vec<_> = entries
        .iter()
        .map(|view| AcceptedEntry {
            id: view.row.id.clone(),
            log: view.row.log_name.clone(),
            stage: view.state.stage,
        })
        .collect();
    let mut out = render::accepted(&rekindle_syncd::Accepted {
        id: row.id,
        attestation: row.attestation,
        entries: short,
        created: false,
    });
    for (shown, view) in out["entries"].as_array_mut().into_iter().flatten().zip(&entries) {
        if let Some(index) = view.state.log_index {
            shown["logIndex"] = json!(index.to_string());
        }
        if let Some(failure) = &view.state.failure {
            shown["failure"] = json!(failure);
        }
    }
    out["urgency"] = json!(row.urgency);
    out["scope"] = json!(row.scope);
    Ok(axum::Json(out))
}
