//! The configuration: TOML file, environment, and what is wrong with it, by line.

mod check;
mod env;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use rekindle_attestation::Verifier;
use rekindle_proof::{LogKey, Origin};
use rekindle_syncd::{Entries, Follow, LogOptions, door};
use serde::{Deserialize, Serialize};

use crate::exit::Failure;

use check::{Place, parse};

/// Longest wait for one answer of a log; the server itself may take 20 s.
const DEFAULT_TIMEOUT: &str = "30s";

/// The whole file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(default = "default_data_dir")]
    pub(crate) data_dir: PathBuf,
    #[serde(default)]
    pub(crate) store: StoreConfig,
    #[serde(default)]
    pub(crate) http: HttpConfig,
    #[serde(default)]
    pub(crate) submit: SubmitConfig,
    #[serde(default)]
    pub(crate) logs: Vec<LogConfig>,
    #[serde(default)]
    pub(crate) keys: Vec<KeyConfig>,
    /// Folder of the file: relative paths start here.
    #[serde(skip)]
    pub(crate) base: PathBuf,
    /// The file and its text, to tell mistakes by line.
    #[serde(skip)]
    path: String,
    #[serde(skip)]
    text: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreConfig {
    #[serde(default = "default_store_url")]
    pub(crate) url: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpConfig {
    #[serde(default = "default_listen")]
    pub(crate) listen: String,
    /// Further host names under which the daemon may be addressed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) hosts: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmitConfig {
    #[serde(default = "default_in_flight")]
    pub(crate) in_flight: usize,
    #[serde(default = "default_deadline")]
    pub(crate) deadline: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogConfig {
    pub(crate) name: String,
    pub(crate) api: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) write_url: Option<String>,
    pub(crate) read_url: String,
    pub(crate) origin: String,
    pub(crate) public_key: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) follow: Option<FollowConfig>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FollowConfig {
    #[serde(default = "default_interval")]
    pub(crate) interval: String,
    #[serde(default = "default_entries")]
    pub(crate) entries: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyConfig {
    /// The DSSE key id under which envelopes name it.
    pub(crate) id: String,
    /// PEM file: public key or certificate.
    pub(crate) file: PathBuf,
}

fn default_data_dir() -> PathBuf {
    "rekindle-data".into()
}
fn default_store_url() -> String {
    "sqlite:rekindle.db".into()
}
fn default_listen() -> String {
    "127.0.0.1:8440".into()
}
fn default_in_flight() -> usize {
    512
}
fn default_deadline() -> String {
    "7d".into()
}
fn default_interval() -> String {
    "10s".into()
}
fn default_entries() -> String {
    "own".into()
}

impl Default for StoreConfig {
    fn default() -> Self {
        StoreConfig { url: default_store_url() }
    }
}
impl Default for HttpConfig {
    fn default() -> Self {
        HttpConfig { listen: default_listen(), hosts: Vec::new() }
    }
}
impl Default for SubmitConfig {
    fn default() -> Self {
        SubmitConfig { in_flight: default_in_flight(), deadline: default_deadline() }
    }
}

/// Reads a configuration file with the environment on top.
pub(crate) fn load(path: &str) -> Result<Config, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage("config_unreadable", format!("{path}: {error}")))?;
    let mut config = parse(path, &text)?;
    config.base = Path::new(path).parent().unwrap_or(Path::new("")).to_owned();
    config.path = path.to_owned();
    config.text = text;
    env::apply(&mut config, |name| std::env::var(name).ok())?;
    Ok(config)
}

impl Config {
    /// Folder of the ledger.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.base.join(&self.data_dir)
    }

    /// The store's URL with its file under `data_dir`.
    pub(crate) fn store_url(&self) -> Result<String, Failure> {
        let Some(file) = self.store.url.strip_prefix("sqlite:") else {
            let why = format!("`{}`: only sqlite:FILE is built in yet", self.store.url);
            return Err(self.bad(Place::Key("store", "url"), &why));
        };
        Ok(format!("sqlite:{}", self.data_dir().join(file).display()))
    }

    /// The logs as the engine takes them; keys are read from their files.
    pub(crate) fn logs(&self) -> Result<Vec<LogOptions>, Failure> {
        self.logs.iter().enumerate().map(|(position, log)| self.log(position, log)).collect()
    }

    fn log(&self, position: usize, log: &LogConfig) -> Result<LogOptions, Failure> {
        let bad = |key: &'static str, why: &str| {
            self.bad(Place::Nth("logs", position, key), &format!("log `{}`: {why}", log.name))
        };
        if log.api != "rekor-v2" {
            return Err(bad("api", &format!("`{}`: only rekor-v2 is built in yet", log.api)));
        }
        for (key, url) in [("write_url", log.write_url.as_ref()), ("read_url", Some(&log.read_url))]
        {
            if let Some(url) = url {
                web_address(url).map_err(|why| bad(key, &why))?;
            }
        }
        for earlier in &self.logs[..position] {
            for (key, mine, other) in
                [("name", &log.name, &earlier.name), ("origin", &log.origin, &earlier.origin)]
            {
                if mine == other {
                    let why = format!("`{mine}` is the {key} of an earlier log; give it its own");
                    return Err(bad(key, &why));
                }
            }
        }
        let file = self.base.join(&log.public_key);
        let pem = std::fs::read(&file)
            .map_err(|error| bad("public_key", &format!("{}: {error}", file.display())))?;
        let origin = Origin::new(&log.origin).map_err(|error| bad("origin", &error.to_string()))?;
        let key = LogKey::from_pem(origin, &pem)
            .map_err(|error| bad("public_key", &format!("{}: {error}", file.display())))?;
        let follow = match &log.follow {
            None => None,
            Some(follow) => Some(Follow {
                interval: duration(&follow.interval).map_err(|f| bad("interval", &f.text))?,
                entries: match follow.entries.as_str() {
                    "none" => Entries::None,
                    "own" => Entries::Own,
                    "all" => Entries::All,
                    other => {
                        return Err(bad("entries", &format!("`{other}`: give none, own or all")));
                    }
                },
            }),
        };
        let timeout = log.timeout.as_deref().unwrap_or(DEFAULT_TIMEOUT);
        Ok(LogOptions {
            name: log.name.clone(),
            key,
            write_url: log.write_url.clone(),
            read_url: log.read_url.clone(),
            follow,
            timeout: duration(timeout).map_err(|f| bad("timeout", &f.text))?,
        })
    }

    /// Known keys by DSSE key id.
    pub(crate) fn keys(&self) -> Result<Vec<(String, Verifier)>, Failure> {
        let read = |(position, key): (usize, &KeyConfig)| {
            let file = self.base.join(&key.file);
            let bad = |why: String| {
                let why = format!("key `{}`: {}: {why}", key.id, file.display());
                self.bad(Place::Nth("keys", position, "file"), &why)
            };
            let pem = std::fs::read(&file).map_err(|error| bad(error.to_string()))?;
            let verifier = Verifier::from_pem(&pem).map_err(|error| bad(error.to_string()))?;
            Ok((key.id.clone(), verifier))
        };
        self.keys.iter().enumerate().map(read).collect()
    }

    /// Where the door listens: an address of this machine, since there are no tokens yet.
    pub(crate) fn listen(&self) -> Result<SocketAddr, Failure> {
        let bad = |why: &str| {
            let why = format!("`{}`: {why}", self.http.listen);
            self.bad(Place::Key("http", "listen"), &why)
        };
        let address: SocketAddr = self
            .http
            .listen
            .replace("localhost:", "127.0.0.1:")
            .parse()
            .map_err(|_| bad("give an address with a port, such as 127.0.0.1:8440"))?;
        if !address.ip().is_loopback() {
            return Err(bad("this version has no tokens yet, so it stays on 127.0.0.1 or [::1]"));
        }
        Ok(address)
    }

    /// Most posts to logs at once, and how long a submission may take.
    pub(crate) fn submit(&self) -> Result<(usize, std::time::Duration), Failure> {
        if self.submit.in_flight == 0 {
            let why = "0: nothing would ever be sent; give 1 or more";
            return Err(self.bad(Place::Key("submit", "in_flight"), why));
        }
        let deadline = duration(&self.submit.deadline)
            .map_err(|failure| self.bad(Place::Key("submit", "deadline"), &failure.text))?;
        Ok((self.submit.in_flight, deadline))
    }

    fn bad(&self, place: Place, why: &str) -> Failure {
        let line = check::line_of(&self.text, place).map(|line| format!(":{line}"));
        let key = place.key();
        let text = format!("{}{}: {key}: {why}", self.path, line.unwrap_or_default());
        Failure::usage("config_invalid", text)
    }
}

/// Whether requests can be sent there.
fn web_address(text: &str) -> Result<(), String> {
    let example = "give a URL such as http://127.0.0.1:3003";
    let url = reqwest::Url::parse(text).map_err(|error| format!("`{text}`: {error}; {example}"))?;
    match url.scheme() {
        "http" | "https" => Ok(()),
        _ => Err(format!("`{text}`: only http and https are spoken; {example}")),
    }
}

/// A duration of the configuration or command line.
pub(crate) fn duration(text: &str) -> Result<std::time::Duration, Failure> {
    door::duration(text).map_err(|refusal| Failure::usage(refusal.code(), refusal))
}
