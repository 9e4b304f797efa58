//! Entries: one submission in one log.

use axum::extract::{Path, Query, State as With};
use rekindle_events::Stage;
use rekindle_store::{EntryFilter, EventFilter};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::limit;
use crate::problem::Problem;
use crate::render;
use crate::state::State;

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Find {
    /// Artifact digest, `sha256:…`.
    digest: Option<String>,
    /// Leaf hash (64 hex) or v1 entry id (80 hex).
    uuid: Option<String>,
    /// Log index.
    log_index: Option<u64>,
    /// `queued`, `logged`, `verified`, `failed`.
    stage: Option<String>,
    /// Entry id to continue after.
    after: Option<String>,
    /// At most 1,000.
    limit: Option<u32>,
}

/// Lists entries.
#[utoipa::path(get, path = "/v1/entries", tag = "entries", params(Find),
    responses((status = 200, description = "entries, next"), (status = 400, description = "A problem")))]
pub(crate) async fn list(
    With(state): With<State>,
    Query(find): Query<Find>,
) -> Result<axum::Json<Value>, Problem> {
    let stage = find.stage.as_deref().map(stage).transpose()?;
    let leaf_hash = find.uuid.as_deref().map(leaf_hash).transpose()?;
    let limit = limit(find.limit);
    if let Some(digest) = &find.digest {
        rekindle_hints::Digest::parse(digest).map_err(|_| {
            Problem::bad_field("digest", digest, "an algorithm and hex, such as sha256:…")
        })?;
    }
    let filter = EntryFilter {
        stage,
        digest: find.digest,
        leaf_hash,
        log_index: find.log_index,
        after_id: find.after,
        limit,
        ..EntryFilter::default()
    };
    let found = state.engine.store().entries(&filter).await?;
    let next = (found.len() as u32 == limit).then(|| found.last().map(|v| v.row.id.clone()));
    let entries: Vec<_> = found.iter().map(render::entry).collect();
    Ok(axum::Json(json!({"entries": entries, "next": next.flatten()})))
}

fn stage(text: &str) -> Result<Stage, Problem> {
    [Stage::Queued, Stage::Logged, Stage::Verified, Stage::Failed, Stage::Suspect]
        .into_iter()
        .find(|stage| stage.as_str() == text)
        .ok_or_else(|| Problem::bad_field("stage", text, "queued, logged, verified or failed"))
}

/// A v1 entry id is 16 hex digits of tree id before the leaf hash.
fn leaf_hash(text: &str) -> Result<[u8; 32], Problem> {
    let bad = || Problem::bad_field("uuid", text, "64 hex (leaf hash) or 80 hex (v1 entry id)");
    let hash = match text.len() {
        64 => text,
        80 => text.get(16..).ok_or_else(bad)?,
        _ => return Err(bad()),
    };
    let mut out = [0; 32];
    hex::decode_to_slice(hash, &mut out).map_err(|_| bad())?;
    Ok(out)
}

/// One entry.
#[utoipa::path(get, path = "/v1/entries/{id}", tag = "entries",
    params(("id" = String, Path, description = "ent-…")),
    responses((status = 200, description = "The entry"), (status = 404, description = "Unknown")))]
pub(crate) async fn show(
    With(state): With<State>,
    Path(id): Path<String>,
) -> Result<axum::Json<Value>, Problem> {
    let view = state.engine.store().entry(&id).await?;
    let view = view.ok_or_else(|| Problem::not_found("entry", &id))?;
    Ok(axum::Json(render::entry(&view)))
}

/// The history of one entry, oldest first.
#[utoipa::path(get, path = "/v1/entries/{id}/events", tag = "entries",
    params(("id" = String, Path, description = "ent-…")),
    responses((status = 200, description = "CloudEvents"), (status = 404, description = "Unknown")))]
pub(crate) async fn events(
    With(state): With<State>,
    Path(id): Path<String>,
) -> Result<axum::Json<Value>, Problem> {
    let store = state.engine.store();
    store.entry(&id).await?.ok_or_else(|| Problem::not_found("entry", &id))?;
    let filter =
        EventFilter { subject: Some(id), limit: super::PAGE_MAX, ..EventFilter::default() };
    let mut out = Vec::new();
    for stored in store.events(&filter).await? {
        out.push(state.engine.cloudevent(&stored).await?);
    }
    Ok(axum::Json(json!({"events": out})))
}

/// Who asks for another try, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Requeue {
    /// A person's or a program's name.
    actor: String,
    /// For the record.
    reason: String,
}

/// Gives a failed entry another life.
#[utoipa::path(post, path = "/v1/entries/{id}/requeue", tag = "entries", request_body = Requeue,
    params(("id" = String, Path, description = "ent-…")),
    responses((status = 200, description = "The entry, queued again"),
        (status = 404, description = "Unknown"), (status = 409, description = "It has not failed")))]
pub(crate) async fn requeue(
    With(state): With<State>,
    Path(id): Path<String>,
    axum::Json(asked): axum::Json<Requeue>,
) -> Result<axum::Json<Value>, Problem> {
    state.engine.requeue(&id, &asked.actor, &asked.reason).await?;
    let view = state.engine.store().entry(&id).await?;
    let view = view.ok_or_else(|| Problem::not_found("entry", &id))?;
    Ok(axum::Json(render::entry(&view)))
}
