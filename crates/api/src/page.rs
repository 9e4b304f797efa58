//! The live page: what happens, as it happens, without a build step or a foreign script.

use axum::http::header;
use axum::response::{Html, IntoResponse};

const PAGE: &str = include_str!("../assets/live.html");

/// Only what this page needs: its own inline script and style, its own origin.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'";

pub(crate) async fn live() -> impl IntoResponse {
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(PAGE))
}
