//! The one list of routes; the OpenAPI document is made from the same list.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::State;
use crate::{guard, openapi, page, routes as r, sse};

/// All routes over that state.
pub fn router(state: State) -> Router {
    let (routes, document) = OpenApiRouter::with_openapi(openapi::Document::openapi())
        .routes(routes!(r::submissions::post))
        .routes(routes!(r::submissions::show))
        .routes(routes!(r::entries::list))
        .routes(routes!(r::entries::show))
        .routes(routes!(r::entries::events))
        .routes(routes!(r::entries::requeue))
        .routes(routes!(r::events::list))
        .routes(routes!(r::events::show))
        .routes(routes!(r::events::hints))
        .routes(routes!(sse::stream))
        .routes(routes!(r::policies::list))
        .routes(routes!(r::policies::put, r::policies::show, r::policies::delete))
        .routes(routes!(r::policies::bulk))
        .routes(routes!(r::triggers::list))
        .routes(routes!(r::triggers::ack))
        .routes(routes!(r::triggers::suppressed))
        .routes(routes!(r::logs::list))
        .routes(routes!(r::logs::verify))
        .routes(routes!(r::logs::evidence))
        .routes(routes!(r::queue::status))
        .routes(routes!(r::queue::jobs))
        .split_for_parts();
    let document = openapi::finish(document);
    let max_body = state.options.max_body;
    routes
        .route("/v1/openapi.json", get(async move || axum::Json(document)))
        .route("/healthz", get(r::health::alive))
        .route("/readyz", get(r::health::ready))
        .route("/metrics", get(r::health::metrics))
        .route("/", get(page::live))
        .fallback(r::health::unknown)
        .layer(DefaultBodyLimit::max(max_body))
        .layer(middleware::from_fn_with_state(state.clone(), guard::check))
        .with_state(state)
}

/// Serves until `stop`; requests that run then are finished.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: tokio::net::TcpListener,
    state: State,
    stop: tokio_util::sync::CancellationToken,
) -> std::io::Result<()> {
    axum::serve(listener, router(state)).with_graceful_shutdown(stop.cancelled_owned()).await
}
