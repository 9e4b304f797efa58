//! One server for writes and reads; requests become faults, entries or files here.

use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use rekindle_rekor::wire::v2::{ENTRIES_PATH, ErrorBody};
use sha2::{Digest as _, Sha256};

use crate::log::{Core, RequestRecord};
use crate::net::Connection;
use crate::script::{Hit, What};
use crate::{create, read};

/// Largest request body, the real server's default.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// gRPC codes of the error form.
pub(crate) mod grpc {
    pub(crate) const UNKNOWN: i64 = 2;
    pub(crate) const INVALID_ARGUMENT: i64 = 3;
    pub(crate) const NOT_FOUND: i64 = 5;
    pub(crate) const ALREADY_EXISTS: i64 = 6;
    pub(crate) const UNIMPLEMENTED: i64 = 12;
    pub(crate) const UNAVAILABLE: i64 = 14;
}

/// All routes; unknown ones answer in the log's error form too.
pub(crate) fn router(core: Arc<Core>) -> Router {
    Router::new().fallback(handle).with_state(core)
}

/// An error in the form of the log's gateway.
pub(crate) fn error(status: StatusCode, code: i64, message: &str) -> Response {
    json(status, ErrorBody::new(code, message).to_json())
}

/// A JSON answer.
pub(crate) fn json(status: StatusCode, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Ends the connection without an answer.
pub(crate) async fn cut(connection: &Connection) -> Response {
    connection.cut();
    hang().await
}

async fn handle(
    State(core): State<Arc<Core>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = read_body(body).await;
    let record = RequestRecord {
        at: SystemTime::now(),
        method: parts.method.to_string(),
        path: parts.uri.path_and_query().map_or_else(String::new, ToString::to_string),
        body_digest: body.as_ref().filter(|b| !b.is_empty()).map(|b| Sha256::digest(b).into()),
    };
    let hit = core.arrive(record);
    if let Some(hit) = &hit
        && let Some(answer) = before(&core, hit, &connection).await
    {
        return answer;
    }
    let path = parts.uri.path();
    match (&parts.method, path) {
        (&Method::POST, ENTRIES_PATH) => match body {
            Some(body) => create::create(&core, &body, hit.as_ref(), &connection).await,
            None => error(
                StatusCode::BAD_REQUEST,
                grpc::INVALID_ARGUMENT,
                "http: request body too large",
            ),
        },
        (_, ENTRIES_PATH) => {
            error(StatusCode::NOT_IMPLEMENTED, grpc::UNIMPLEMENTED, "Method Not Allowed")
        }
        (&Method::GET, "/healthz") => json(StatusCode::OK, br#"{"status":"SERVING"}"#.to_vec()),
        (&Method::GET, _) => read::read(&core, path, hit.as_ref()),
        _ => not_found(),
    }
}

/// The log's answer for a path that it does not have.
pub(crate) fn not_found() -> Response {
    error(StatusCode::NOT_FOUND, grpc::NOT_FOUND, "Not Found")
}

/// The whole body; `None` if it is too large. What the client broke off counts as empty.
async fn read_body(body: Body) -> Option<axum::body::Bytes> {
    match to_bytes(body, MAX_BODY).await {
        Ok(bytes) => Some(bytes),
        Err(e) if e.to_string().contains("length limit") => None,
        Err(_) => Some(axum::body::Bytes::new()),
    }
}

/// Faults that strike before anything is looked at.
async fn before(core: &Core, hit: &Hit, connection: &Connection) -> Option<Response> {
    let page = |status: StatusCode, title: &str| {
        let html = format!(
            "<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
        );
        (status, [(header::CONTENT_TYPE, "text/html")], html).into_response()
    };
    let answer = match hit.fault.what {
        What::TooMany => page(StatusCode::TOO_MANY_REQUESTS, "429 Too Many Requests"),
        What::Html => page(StatusCode::BAD_GATEWAY, "502 Bad Gateway"),
        What::Error => {
            error(StatusCode::INTERNAL_SERVER_ERROR, grpc::UNKNOWN, "failed to integrate entry")
        }
        What::Pushback => {
            error(StatusCode::SERVICE_UNAVAILABLE, grpc::UNAVAILABLE, "reached max pushback; retry")
        }
        What::Frozen => {
            let text = "This log has been frozen, please switch to the latest log.";
            (StatusCode::METHOD_NOT_ALLOWED, text).into_response()
        }
        What::Hang => hang().await,
        What::Cut => cut(connection).await,
        What::Fork => {
            if let Err(error) = core.fork_by_script(&hit.fault) {
                tracing::warn!(code = error.code(), %error, "no fork");
            }
            return None;
        }
        _ => return None,
    };
    let mut answer = answer;
    if let Some(seconds) = hit.fault.retry_after {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    Some(answer)
}

async fn hang() -> Response {
    std::future::pending().await
}
