//! The HTTP client: it asks once and reports; who asks again, and when, is the queue's matter.

mod cache;
mod error;
mod fetch;
mod post;
mod recover;
mod tiles;

use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

pub use error::{ClientError, ReadError};
pub use recover::Recovered;
use rekindle_proof::LogKey;
use reqwest::Url;

use crate::wire::v2::ENTRIES_PATH;
use cache::TileCache;

/// Default time for one request. A log answers after about a second and itself gives up at 20 to 30
/// seconds; a client that gives up earlier counts successes as failures.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Time to open a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a log is, and by which key it is known.
#[derive(Debug, Clone)]
pub struct Options {
    /// Base URL for posts; `None` for a log that is only read.
    pub write_url: Option<String>,
    /// Base URL of `checkpoint` and `tile/...`, with any prefix such as `/api/v2`.
    pub read_url: String,
    /// The log's key.
    pub key: LogKey,
    /// Time for one whole request; 20 s at least is wise, see [`DEFAULT_TIMEOUT`].
    pub timeout: Duration,
    /// The `User-Agent` header.
    pub user_agent: String,
}

impl Options {
    /// The defaults for a log at these addresses.
    pub fn new(write_url: Option<String>, read_url: impl Into<String>, key: LogKey) -> Self {
        Self {
            write_url,
            read_url: read_url.into(),
            key,
            timeout: DEFAULT_TIMEOUT,
            user_agent: concat!("rekindle/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// One log's client. Cheap to share behind an `Arc`; it holds the connections and a small tile cache.
///
/// What it reads is unverified, except where a method says otherwise.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    write: Option<Url>,
    read: Url,
    key: LogKey,
    cache: Mutex<TileCache>,
}

impl Client {
    /// Checks the addresses; opens no connection.
    pub fn new(options: Options) -> Result<Self, ClientError> {
        let read = base(&options.read_url)?;
        let write = options.write_url.as_deref().map(base).transpose()?;
        let local = is_loopback(&read) && write.as_ref().is_none_or(is_loopback);
        let mut builder = reqwest::Client::builder()
            .timeout(options.timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(options.timeout))
            .user_agent(options.user_agent)
            // A moved log is a matter for the configuration, and a POST must not wander.
            .redirect(reqwest::redirect::Policy::none());
        if local {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|e| ClientError::Build { why: error::chain(&e) })?;
        let write =
            write.map(|base| join(&base, ENTRIES_PATH.trim_start_matches('/'))).transpose()?;
        Ok(Self { http, write, read, key: options.key, cache: Mutex::new(TileCache::default()) })
    }

    /// The key that checkpoints are verified with.
    pub fn key(&self) -> &LogKey {
        &self.key
    }

    /// Whether entries can be posted.
    pub fn writes(&self) -> bool {
        self.write.is_some()
    }

    fn read_url(&self, path: &str) -> Result<Url, ReadError> {
        join(&self.read, path).map_err(|e| ReadError::Address { why: e.to_string() })
    }
}

/// A base URL that paths can be appended to.
fn base(text: &str) -> Result<Url, ClientError> {
    let bad = |why: String| ClientError::Url { url: text.to_owned(), why };
    let mut url = Url::parse(text).map_err(|e| bad(e.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad(format!("scheme {} is not http or https", url.scheme())));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("a query or fragment has no place in a base address".to_owned()));
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

fn join(base: &Url, path: &str) -> Result<Url, ClientError> {
    base.join(path)
        .map_err(|e| ClientError::Url { url: format!("{base}{path}"), why: e.to_string() })
}

/// Requests to this machine never go through a proxy from the environment.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
