//! The client of a running daemon.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

use crate::exit::{Exit, Failure};

/// The daemon answers from its own disk; only long waits are done by asking again.
const TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) struct Client {
    base: String,
    http: reqwest::Client,
}

impl Client {
    pub(crate) fn new(server: Option<&str>, config: Option<&str>) -> Result<Client, Failure> {
        let base = match (server, config) {
            (Some(server), _) => server.trim_end_matches('/').to_owned(),
            (None, Some(path)) => format!("http://{}", crate::config::load(path)?.http.listen),
            (None, None) => "http://127.0.0.1:8440".into(),
        };
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .no_proxy()
            .build()
            .map_err(|error| Failure::unknown("client_failed", error))?;
        Ok(Client { base, http })
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = response.bytes().await.unwrap_or_default();
        let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
        let exit = if status.is_server_error() { Exit::Unknown } else { Exit::Usage };
        Err(Failure {
            exit,
            code: problem["code"].as_str().unwrap_or("http_error").into(),
            text: problem["detail"]
                .as_str()
                .map_or_else(|| format!("the daemon answered HTTP {status}"), str::to_owned),
        })
    }

    pub(crate) async fn json(&self, request: RequestBuilder) -> Result<Value, Failure> {
        let response = self.send(request.timeout(TIMEOUT)).await?;
        response.json().await.map_err(|error| self.unreachable(&error))
    }

    pub(crate) async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
        self.json(self.request(Method::GET, path).query(query)).await
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let mut text = format!("no answer from {}", self.base);
        let mut cause: Option<&dyn std::error::Error> = Some(error);
        while let Some(inner) = cause.and_then(std::error::Error::source) {
            text = format!("{text}: {inner}");
            cause = Some(inner);
        }
        Failure::unknown(
            "daemon_unreachable",
            format!(
                "{text}; start one with `rekindle serve --config FILE`, or name it by --server"
            ),
        )
    }
}
