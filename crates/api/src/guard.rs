//! Host and Origin checks: a web page on another name must not reach a loopback daemon.

use axum::extract::{Request, State as With};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use crate::state::State;

/// Names under which a loopback daemon is rightly addressed.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

pub(crate) async fn check(With(state): With<State>, request: Request, next: Next) -> Response {
    match allowed(request.headers(), request.uri().host(), &state.options.hosts) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn allowed(headers: &HeaderMap, uri_host: Option<&str>, hosts: &[String]) -> Result<(), Problem> {
    let text = |name| headers.get(name).map(|value: &header::HeaderValue| value.to_str());
    let host = match text(header::HOST) {
        Some(Ok(host)) => Some(host),
        Some(Err(_)) => return Err(refused("Host", "(not text)")),
        None => uri_host,
    };
    let host = host.ok_or_else(|| refused("Host", "(none)"))?;
    if !is_allowed(name_of(host), hosts) {
        return Err(refused("Host", host));
    }
    let Some(origin) = text(header::ORIGIN) else { return Ok(()) };
    let origin = origin.map_err(|_| refused("Origin", "(not text)"))?;
    let name = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    match name {
        Some(name) if is_allowed(name_of(name), hosts) => Ok(()),
        _ => Err(refused("Origin", origin)),
    }
}

fn is_allowed(name: &str, hosts: &[String]) -> bool {
    LOOPBACK.iter().any(|known| known.eq_ignore_ascii_case(name))
        || hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The host without its port.
fn name_of(host: &str) -> &str {
    match host.strip_prefix('[').and_then(|rest| rest.find(']')) {
        Some(end) => &host[..end + 2],
        None => host.split(':').next().unwrap_or(host),
    }
}

fn refused(what: &str, value: &str) -> Problem {
    Problem::new(
        403,
        "host_refused",
        format!(
            "{what} `{value}` is not a name of this daemon: address it as 127.0.0.1 or localhost"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: Option<&str>, origin: Option<&str>) -> HeaderMap {
        let mut map = HeaderMap::new();
        if let Some(host) = host {
            map.insert(header::HOST, host.parse().unwrap());
        }
        if let Some(origin) = origin {
            map.insert(header::ORIGIN, origin.parse().unwrap());
        }
        map
    }

    #[test]
    fn only_names_of_this_daemon_pass() {
        let hosts = vec!["rekindle.internal".to_owned()];
        for (host, origin, good) in [
            (Some("127.0.0.1:8440"), None, true),
            (Some("localhost"), Some("http://localhost:8440"), true),
            (Some("[::1]:8440"), None, true),
            (Some("rekindle.internal"), None, true),
            (Some("evil.example"), None, false),
            (Some("127.0.0.1.evil.example:8440"), None, false),
            (Some("127.0.0.1:8440"), Some("http://evil.example"), false),
            (Some("127.0.0.1:8440"), Some("null"), false),
            (None, None, false),
        ] {
            let verdict = allowed(&headers(host, origin), None, &hosts);
            assert_eq!(verdict.is_ok(), good, "{host:?} {origin:?}");
        }
    }
}
