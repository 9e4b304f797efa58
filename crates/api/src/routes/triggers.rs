//! Triggers: what has to be computed again.

use axum::extract::{Query, State as With};
use rekindle_store::{Commit, Ledger, Write};
use rekindle_syncd::Refusal;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::limit;
use crate::problem::Problem;
use crate::render;
use crate::state::State;

/// Which triggers.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Page {
    /// Trigger number to continue after.
    after: Option<u64>,
    /// At most 1,000.
    limit: Option<u32>,
    /// Only those that nobody acknowledged.
    #[serde(default)]
    open: bool,
}

/// Lists triggers in their order.
#[utoipa::path(get, path = "/v1/triggers", tag = "triggers", params(Page),
    responses((status = 200, description = "triggers, next")))]
pub(crate) async fn list(
    With(state): With<State>,
    Query(page): Query<Page>,
) -> Result<axum::Json<Value>, Problem> {
    let store = state.engine.store();
    let found = store.triggers(page.after.unwrap_or(0), limit(page.limit), page.open).await?;
    let next = found.last().map(|stored| stored.number);
    let triggers: Vec<_> = found.iter().map(render::trigger).collect();
    Ok(axum::Json(json!({"triggers": triggers, "next": next})))
}

/// What scopes of producers kept asleep.
#[utoipa::path(get, path = "/v1/triggers/suppressed", tag = "triggers",
    responses((status = 200, description = "suppressed: event, policy, scope")))]
pub(crate) async fn suppressed(With(state): With<State>) -> Result<axum::Json<Value>, Problem> {
    let found = state.engine.store().suppressed(super::PAGE_MAX).await?;
    let list: Vec<_> = found
        .into_iter()
        .map(|(event, policy, scope)| json!({"event": event, "policy": policy, "scope": scope}))
        .collect();
    Ok(axum::Json(json!({"suppressed": list})))
}

/// Everything up to a number is done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Ack {
    /// The last trigger number that was acted on.
    through: u64,
}

/// Acknowledges triggers.
#[utoipa::path(post, path = "/v1/triggers/ack", tag = "triggers", request_body = Ack,
    responses((status = 204, description = "Done")))]
pub(crate) async fn ack(
    With(state): With<State>,
    axum::Json(ack): axum::Json<Ack>,
) -> Result<axum::http::StatusCode, Problem> {
    let writes = vec![Write::AckTriggers { through: ack.through }];
    let commit = Commit { writes, ..Commit::default() };
    state.engine.store().commit(commit).await.map_err(Refusal::from)?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}
