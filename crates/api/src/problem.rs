//! RFC 9457 problems: one table from refusals to HTTP.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rekindle_store::StoreError;
use rekindle_syncd::Refusal;
use serde_json::json;

/// An error as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Problem {
    status: u16,
    code: String,
    detail: String,
}

impl Problem {
    /// A problem with a stable code and one sentence for people.
    #[must_use]
    pub fn new(status: u16, code: &str, detail: impl Into<String>) -> Problem {
        Problem { status, code: code.into(), detail: detail.into() }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    pub(crate) fn not_found(what: &str, id: &str) -> Problem {
        Problem::new(404, "not_found", format!("{what} `{id}` does not exist"))
    }

    pub(crate) fn bad_field(field: &str, value: &str, hint: &str) -> Problem {
        Problem::new(400, "field_invalid", format!("{field} `{value}` is not understood: {hint}"))
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        let status = match &refusal {
            Refusal::Differs { .. } | Refusal::NotNow { .. } | Refusal::Busy { .. } => 409,
            Refusal::NotFound { .. } => 404,
            Refusal::Store(_) | Refusal::NoWritableLog => 503,
            Refusal::Decide(_) => 500,
            other if other.code() == "document_too_large" => 413,
            _ => 400,
        };
        Problem::new(status, refusal.code(), refusal.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        tracing::error!(%error, "the ledger could not be read");
        Problem::new(503, error.code(), format!("the ledger could not be read: {error}"))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({
            "type": format!("urn:rekindle:problem:{}", self.code),
            "title": status.canonical_reason().unwrap_or("error"),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        });
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (status, kind, body.to_string()).into_response()
    }
}
