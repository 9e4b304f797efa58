//! The daemon as a child process, in a folder with its configuration.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};

/// A debug build on a loaded machine opens its ledger within this.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// The daemon itself gives running work ten seconds.
const STOP_WITHIN: Duration = Duration::from_secs(30);
/// What it prints before its address.
const ADDRESS: &str = " on http://";
/// Of what a dead daemon said, the end is shown.
const LAST_LINES: usize = 15;

/// A program that the environment names.
pub(crate) fn program(variable: &str, what: &str) -> Result<PathBuf> {
    let path = env::var_os(variable)
        .with_context(|| format!("{variable} is not set: it has to name {what}"))?;
    let path = PathBuf::from(path);
    if !path.is_file() {
        bail!("{variable} names {}, which is no file", path.display());
    }
    Ok(path)
}

/// A folder with a configuration and a ledger, in which one daemon after the other lives.
pub(crate) struct Home {
    program: PathBuf,
    dir: PathBuf,
    lives: u32,
}

/// The log as the configuration names it.
pub(crate) struct LogConfig<'a> {
    /// Where to post.
    pub(crate) write_url: &'a str,
    /// Where to read.
    pub(crate) read_url: &'a str,
    /// The log's public key.
    pub(crate) public_key_pem: &'a str,
}

impl Home {
    /// Writes the configuration; `REKINDLE_BIN` names the daemon.
    pub(crate) fn new(
        dir: &Path,
        log: &LogConfig<'_>,
        follow_interval: &str,
        in_flight: usize,
    ) -> Result<Self> {
        let program = program("REKINDLE_BIN", "the daemon's program, `target/debug/rekindle`")?;
        fs::write(dir.join("log.pub.pem"), log.public_key_pem)?;
        let config = format!(
            "data_dir = \"data\"\n\n\
             [http]\nlisten = \"127.0.0.1:0\"\n\n\
             [submit]\nin_flight = {in_flight}\n\n\
             [[logs]]\nname = \"local\"\napi = \"rekor-v2\"\n\
             write_url = \"{}\"\nread_url = \"{}\"\norigin = \"{}\"\n\
             public_key = \"log.pub.pem\"\n\
             follow = {{ interval = \"{follow_interval}\", entries = \"own\" }}\n",
            log.write_url,
            log.read_url,
            super::ORIGIN
        );
        fs::write(dir.join("rekindle.toml"), config)?;
        Ok(Self { program, dir: dir.to_owned(), lives: 0 })
    }

    /// The ledger's folder.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// The program, with nothing of our environment that would change its configuration.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("REKINDLE_") {
                command.env_remove(name);
            }
        }
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Starts a daemon; it has its own file for what it says.
    pub(crate) fn start(&mut self) -> Result<Daemon> {
        self.lives += 1;
        let said = self.dir.join(format!("daemon-{:03}.log", self.lives));
        let out = fs::File::create(&said)?;
        let child = self
            .command()
            .arg("--config")
            .arg(self.dir.join("rekindle.toml"))
            .arg("serve")
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .with_context(|| format!("could not start {}", self.program.display()))?;
        Ok(Daemon { child, said })
    }
}

/// A running daemon; dropping it kills it.
pub(crate) struct Daemon {
    child: Child,
    said: PathBuf,
}

impl Daemon {
    /// Its URL, once it listens.
    pub(crate) async fn ready(&mut self) -> Result<String> {
        let started = Instant::now();
        while started.elapsed() < READY_WITHIN {
            let said = fs::read_to_string(&self.said).unwrap_or_default();
            if let Some(url) = address(&said) {
                return Ok(url);
            }
            self.still_running()?;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!(
            "the daemon did not listen within {} s: {}",
            READY_WITHIN.as_secs(),
            self.last_words()
        )
    }

    /// An error with its last words if it has ended by itself.
    pub(crate) fn still_running(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            Some(status) => bail!("the daemon ended by itself ({status}): {}", self.last_words()),
            None => Ok(()),
        }
    }

    /// SIGKILL: no time to write anything.
    pub(crate) async fn kill(mut self) -> Result<()> {
        self.still_running()?;
        self.child.kill().await.context("could not kill the daemon")
    }

    /// SIGTERM, and how it ended.
    pub(crate) async fn stop(mut self) -> Result<ExitStatus> {
        self.still_running()?;
        let pid = self.child.id().context("the daemon has ended")?;
        let told = Command::new("kill").arg(pid.to_string()).status().await?;
        if !told.success() {
            bail!("could not signal the daemon, process {pid}");
        }
        tokio::time::timeout(STOP_WITHIN, self.child.wait())
            .await
            .with_context(|| format!("no end {} s after SIGTERM", STOP_WITHIN.as_secs()))?
            .context("could not wait for the daemon")
    }

    fn last_words(&self) -> String {
        let said = fs::read_to_string(&self.said).unwrap_or_default();
        let lines: Vec<_> = said.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    }
}

/// The URL in what it said, if the line is whole.
fn address(said: &str) -> Option<String> {
    let whole = &said[..=said.rfind('\n')?];
    let line =
        whole.lines().find(|line| line.starts_with("rekindle ") && line.contains(ADDRESS))?;
    Some(format!("http://{}", line.split_once(ADDRESS)?.1.trim()))
}
