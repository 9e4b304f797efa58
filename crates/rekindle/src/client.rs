//! The client of a running daemon.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde_json::Value;

use crate::exit::Failure;

/// The daemon answers from its own disk; only long waits are done by asking again.
const TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) struct Client {
    base: String,
    http: reqwest::Client,
}

impl Client {
    pub(crate) fn new(server: Option<&str>, config: Option<&str>) -> Result<Client, Failure> {
        let base = match (server, config) {
            (Some(server), _) => address(server)?,
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
        let Some(code) = problem["code"].as_str() else {
            // Not the daemon's own words: a proxy, or another program at this address.
            let text = format!(
                "{} answered HTTP {status}, but not as a rekindle daemon does; check the address",
                self.base
            );
            return Err(Failure::unknown("answer_unreadable", text));
        };
        // Only a refusal is about the input; too many or too slow may be otherwise next time.
        let refused = status.is_client_error()
            && status != StatusCode::TOO_MANY_REQUESTS
            && status != StatusCode::REQUEST_TIMEOUT;
        let text = problem["detail"].as_str().unwrap_or("the daemon gave no reason");
        Err(if refused { Failure::usage(code, text) } else { Failure::unknown(code, text) })
    }

    pub(crate) async fn json(&self, request: RequestBuilder) -> Result<Value, Failure> {
        let response = self.send(request.timeout(TIMEOUT)).await?;
        let body = response.bytes().await.map_err(|error| self.unreachable(&error))?;
        serde_json::from_slice(&body).map_err(|error| {
            let text = format!("{} answered no JSON: {error}; is it a daemon?", self.base);
            Failure::unknown("answer_unreadable", text)
        })
    }

    pub(crate) async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
        self.json(self.request(Method::GET, path).query(query)).await
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        // The innermost cause is the system's own word, such as "Connection refused".
        let mut cause: &dyn std::error::Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        Failure::unknown(
            "daemon_unreachable",
            format!(
                "no answer from {}: {cause}; start a daemon with `rekindle serve --config TOML`, \
                 or name a running one by --server URL",
                self.base
            ),
        )
    }
}

/// The daemon's address as given: `host:port` is taken for http.
fn address(server: &str) -> Result<String, Failure> {
    let bad = |why: &str| {
        let text = format!("--server `{server}`: {why}; give a URL such as http://127.0.0.1:8440");
        Failure::usage("server_invalid", text)
    };
    let url = if server.contains("://") { server.to_owned() } else { format!("http://{server}") };
    let parsed = Url::parse(&url).map_err(|error| bad(&error.to_string()))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(bad("only http and https are spoken"));
    }
    if parsed.query().is_some() || parsed.fragment().is_some() {
        return Err(bad("no query and no fragment belong here"));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// One path segment out of what a person typed: `a/b` stays one name and never becomes a route.
pub(crate) fn segment(what: &str, id: &str) -> Result<String, Failure> {
    if matches!(id, "" | "." | "..") {
        return Err(Failure::usage("field_invalid", format!("{what} `{id}` is no name of one")));
    }
    let mut text = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b':') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    Ok(text)
}
