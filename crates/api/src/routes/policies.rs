//! Policies: whose interest is registered.

use axum::body::Bytes;
use axum::extract::{Path, State as With};
use rekindle_events::Kind;
use rekindle_scope::{Policy, PolicyId};
use serde_json::{Value, json};

use crate::problem::Problem;
use crate::render;
use crate::state::State;

/// Lists policies.
#[utoipa::path(get, path = "/v1/policies", tag = "policies",
    responses((status = 200, description = "policies")))]
pub(crate) async fn list(With(state): With<State>) -> Result<axum::Json<Value>, Problem> {
    let rows = state.engine.store().policies().await?;
    let policies: Vec<_> = rows.iter().map(render::policy).collect();
    Ok(axum::Json(json!({"policies": policies})))
}

/// One policy.
#[utoipa::path(get, path = "/v1/policies/{id}", tag = "policies",
    params(("id" = String, Path)),
    responses((status = 200, description = "The policy"), (status = 404, description = "Unknown")))]
pub(crate) async fn show(
    With(state): With<State>,
    Path(id): Path<String>,
) -> Result<axum::Json<Value>, Problem> {
    let row = state.engine.store().policy(&id).await?.filter(|row| !row.deleted);
    let row = row.ok_or_else(|| Problem::not_found("policy", &id))?;
    Ok(axum::Json(render::policy(&row)))
}

/// Stores a policy; an identical one changes nothing.
#[utoipa::path(put, path = "/v1/policies/{id}", tag = "policies",
    params(("id" = String, Path)),
    request_body(content = Object, description = "id, scope, on, onScoped"),
    responses((status = 200, description = "The policy with its revision"),
        (status = 400, description = "A problem")))]
pub(crate) async fn put(
    With(state): With<State>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<axum::Json<Value>, Problem> {
    let policy = parse(&body, Some(&id))?;
    let put = state.engine.put_policy(policy).await?;
    let mut out = put.policy.to_json();
    out["revision"] = json!(put.policy.revision);
    out["changed"] = json!(put.changed);
    Ok(axum::Json(out))
}

/// Deletes a policy.
#[utoipa::path(delete, path = "/v1/policies/{id}", tag = "policies",
    params(("id" = String, Path)),
    responses((status = 204, description = "Gone"), (status = 404, description = "Unknown")))]
pub(crate) async fn delete(
    With(state): With<State>,
    Path(id): Path<String>,
) -> Result<axum::http::StatusCode, Problem> {
    state.engine.delete_policy(&policy_id(&id)?).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// Stores many policies as one change, one JSON object a line.
#[utoipa::path(post, path = "/v1/policies/bulk", tag = "policies",
    request_body(content = String, description = "NDJSON"),
    responses((status = 200, description = "stored, changed"), (status = 400, description = "A problem")))]
pub(crate) async fn bulk(
    With(state): With<State>,
    body: Bytes,
) -> Result<axum::Json<Value>, Problem> {
    let mut policies = Vec::new();
    for (number, line) in body.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let policy = parse(line, None).map_err(|problem| {
            let detail = format!("line {}: {}", number + 1, problem.detail());
            Problem::new(400, problem.code(), detail)
        })?;
        policies.push(policy);
    }
    let puts = state.engine.import_policies(policies).await?;
    let changed = puts.iter().filter(|put| put.changed).count();
    Ok(axum::Json(json!({"stored": puts.len(), "changed": changed})))
}

fn parse(body: &[u8], id: Option<&str>) -> Result<Policy, Problem> {
    let mut value: Value = serde_json::from_slice(body).map_err(|error| {
        Problem::new(400, "not_json", format!("the policy is not JSON: {error}"))
    })?;
    if let (Some(id), Some(object)) = (id, value.as_object_mut()) {
        match object.get("id").and_then(Value::as_str) {
            Some(other) if other != id => {
                return Err(Problem::bad_field("id", other, "it must equal the id in the path"));
            }
            _ => {
                object.insert("id".into(), json!(id));
            }
        }
    }
    let policy = Policy::from_json(&value)
        .map_err(|error| Problem::new(400, error.code(), error.to_string()))?;
    // A kind that never occurs would be an interest that silently never wakes.
    for kind in &policy.on {
        kind.parse::<Kind>().map_err(|_| {
            let known: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
            Problem::bad_field("on", kind, &known.join(", "))
        })?;
    }
    Ok(policy)
}

fn policy_id(text: &str) -> Result<PolicyId, Problem> {
    PolicyId::new(text).map_err(|error| Problem::new(400, error.code(), error.to_string()))
}
