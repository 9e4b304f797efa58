//! Scenario `kill`: the daemon dies at random moments while attestations go in.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context, Result, bail};
use reqwest::{Client, StatusCode, header};
use serde_json::{Map, Value, json};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};

use crate::{
    audit,
    backend::{Backend, Kind},
    random::Random,
    shared::{self, Home, Signed, SigningKey},
};

/// Every one of these kills strikes while the daemon starts, before it listens.
const DURING_START: u64 = 6;
/// Of the others, every one of these strikes in the first part of the life.
const DURING_RUSH: u64 = 3;
/// A debug build opens its ledger in less.
const LONGEST_START: Duration = Duration::from_millis(150);
/// The first part of a life in which its attestations come in.
const BUSY: u32 = 8;
/// From the last start on; posts that were cut are tried again after a minute at most.
const VERIFIED_WITHIN: Duration = Duration::from_secs(300);
/// A daemon that is alive answers a submission in less.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Clients that hand in at the same moment.
const CLIENTS: usize = 32;
/// Between two tries of a client that got no answer.
const PAUSE: Duration = Duration::from_millis(20);

/// How much, and from where.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often the daemon is killed
    #[arg(long, default_value_t = 50)]
    kills: u64,
    /// How many attestations go in meanwhile
    #[arg(long, default_value_t = 500)]
    attestations: usize,
    /// Decides all moments; a new one each time when not given
    #[arg(long)]
    seed: Option<u64>,
    /// The log
    #[arg(long, value_enum, default_value = "testlog")]
    backend: Kind,
    /// Keep the folder with ledger, log and what each daemon said
    #[arg(long)]
    keep: bool,
}

/// Numbers of a run and what was wrong.
pub(crate) struct Report {
    numbers: Map<String, Value>,
    /// Each one breaks a promise.
    pub(crate) violations: Vec<String>,
}

impl Report {
    /// One object.
    pub(crate) fn to_json(&self) -> Value {
        let mut all = self.numbers.clone();
        all.insert("violations".into(), json!(self.violations.len()));
        Value::Object(all)
    }
}

/// A submission that the daemon has acknowledged.
pub(crate) struct Acknowledged {
    /// Submission id.
    pub(crate) id: String,
    /// What was handed in.
    pub(crate) signed: Signed,
    /// Tries that ended without an answer: the daemon died, or was not there.
    unanswered: u64,
    /// Tries that a running daemon answered with 5xx.
    refused: u64,
    /// The answer was 200: an earlier try had reached the ledger, its answer not us.
    known: bool,
}

/// What the clients know of the daemon.
#[derive(Clone, Default)]
struct Door {
    url: Option<String>,
    /// Lives so far; each attestation is first handed in during a life of its own.
    life: u64,
}

/// Runs the scenario in a temporary folder, which stays when something is wrong.
pub(crate) async fn run(args: &Args) -> Result<Report> {
    shared::program("REKINDLE_BIN", "the daemon's program")?;
    let home = tempfile::tempdir()?;
    let seed = args.seed.unwrap_or_else(seed_of_now);
    eprintln!("fault kill: seed {seed}, folder {}", home.path().display());
    let report = scenario(args, seed, home.path()).await;
    let good = report.as_ref().is_ok_and(|report| report.violations.is_empty());
    if args.keep || !good {
        eprintln!("the folder is kept: {}", home.keep().display());
    }
    report
}

async fn scenario(args: &Args, seed: u64, dir: &Path) -> Result<Report> {
    let started = Instant::now();
    let mut random = Random::new(seed);
    let log = Backend::start(args.backend, &dir.join("log"), seed).await?;
    let mut home = log.home(dir)?;
    let signed = SigningKey::new()?.sign_all("kill", args.attestations)?;
    let life = log.longest_life();
    let (door, watched) = watch::channel(Door::default());
    let clients = Clients::start(signed, args.kills, life, &watched, &mut random)?;

    let mut during_start = 0;
    for number in 1..=args.kills {
        let mut daemon = home.start()?;
        if random.once_in(DURING_START) {
            during_start += 1;
            door.send_modify(|door| door.life = number);
            tokio::time::sleep(random.moment(LONGEST_START)).await;
        } else {
            let url = daemon.ready().await?;
            door.send_replace(Door { url: Some(url), life: number });
            // Some strike while the door is busiest, between commit and answer.
            let most = if random.once_in(DURING_RUSH) { life / BUSY } else { life };
            tokio::time::sleep(random.moment(most)).await;
        }
        daemon.kill().await.with_context(|| format!("kill {number}"))?;
        door.send_modify(|door| door.url = None);
    }
    let mut daemon = home.start()?;
    let url = daemon.ready().await?;
    let settled = Instant::now();
    door.send_replace(Door { url: Some(url.clone()), life: args.kills + 1 });
    let acknowledged = clients.finish().await?;
    eprintln!("{} acknowledged, waiting until they are verified", acknowledged.len());

    let http = shared::http(4, ANSWER_WITHIN)?;
    let late = verified(&http, &url, &acknowledged).await?;
    let settled = settled.elapsed();
    daemon.still_running()?;
    let mut audit = audit::Audit::new(&http, &url, &acknowledged);
    if let Some(example) = late.first() {
        audit.violation(format!("{} acknowledged ones are not verified: {example}", late.len()));
    }
    let leaves = crate::leaves::read(log.storage(), &log.key())?;
    audit.history(&leaves).await?;
    let status = daemon.stop().await?;
    if !status.success() {
        audit.violation(format!("the daemon ended with {status} after SIGTERM"));
    }
    audit.replay(&home).await?;

    let mut numbers = Map::new();
    let mut tell = |name: &str, value: Value| numbers.insert(name.into(), value);
    tell("scenario", "kill".into());
    tell("log", format!("{:?}", args.backend).to_lowercase().into());
    tell("seed", seed.to_string().into());
    tell("kills", args.kills.into());
    tell("killsDuringStart", during_start.into());
    tell("attestations", args.attestations.into());
    tell("acknowledged", acknowledged.len().into());
    tell("triesWithoutAnswer", acknowledged.iter().map(|a| a.unanswered).sum::<u64>().into());
    tell("triesAnswered5xx", acknowledged.iter().map(|a| a.refused).sum::<u64>().into());
    tell("knownWhenResubmitted", acknowledged.iter().filter(|a| a.known).count().into());
    if let Some((posts, again)) = log.posts() {
        tell("postsToTheLog", posts.into());
        tell("postedAgain", again.into());
    }
    let (more, violations) = audit.finish();
    numbers.extend(more);
    numbers.insert("secondsUntilVerified".into(), settled.as_secs().into());
    numbers.insert("seconds".into(), started.elapsed().as_secs().into());
    Ok(Report { numbers, violations })
}

/// Tasks that each hand in one attestation until the daemon acknowledges it.
struct Clients(JoinSet<Result<Acknowledged>>);

impl Clients {
    fn start(
        signed: Vec<Signed>,
        kills: u64,
        life: Duration,
        door: &watch::Receiver<Door>,
        random: &mut Random,
    ) -> Result<Self> {
        let http = Arc::new(shared::http(CLIENTS, ANSWER_WITHIN)?);
        let free = Arc::new(Semaphore::new(CLIENTS));
        let (count, mut tasks) = (signed.len() as u64, JoinSet::new());
        for (number, signed) in (0..).zip(signed) {
            // Spread over all lives, so that each kill finds work.
            let first = 1 + number * kills.max(1) / count;
            let after = random.moment(life / BUSY);
            let (http, free, mut door) = (Arc::clone(&http), Arc::clone(&free), door.clone());
            tasks.spawn(async move {
                door.wait_for(|door| door.life >= first).await?;
                tokio::time::sleep(after).await;
                let _one_of_few = free.acquire().await?;
                hand_in(&http, &mut door, signed).await
            });
        }
        Ok(Self(tasks))
    }

    async fn finish(mut self) -> Result<Vec<Acknowledged>> {
        let mut all = Vec::new();
        while let Some(ended) = self.0.join_next().await {
            all.push(ended??);
        }
        Ok(all)
    }
}

/// The same bytes again and again until there is an answer, as a build platform would.
async fn hand_in(
    http: &Client,
    door: &mut watch::Receiver<Door>,
    signed: Signed,
) -> Result<Acknowledged> {
    let (mut unanswered, mut refused) = (0, 0);
    loop {
        let url = door.wait_for(|door| door.url.is_some()).await?.url.clone().unwrap_or_default();
        match submit(http, &url, &signed).await {
            Ok((status, body)) if status.is_success() => {
                let id = body["id"].as_str().context("an acknowledgement without an id")?.into();
                anyhow::ensure!(body["attestation"] == *signed.id, "of another one: {body}");
                let known = status == StatusCode::OK;
                return Ok(Acknowledged { id, signed, unanswered, refused, known });
            }
            Ok((status, body)) if !status.is_server_error() => {
                bail!("a good attestation was answered with {status}: {body}");
            }
            Ok((status, body)) => {
                if refused == 0 {
                    eprintln!("{}: {status} {body}", signed.id);
                }
                refused += 1;
            }
            // No answer, or half of one: not acknowledged.
            Err(_) => unanswered += 1,
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn submit(http: &Client, url: &str, signed: &Signed) -> Result<(StatusCode, Value)> {
    let request = http
        .post(format!("{url}/v1/submissions"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(signed.submission.clone());
    let answer = request.send().await?;
    let status = answer.status();
    Ok((status, answer.json().await?))
}

/// Waits; returns those that did not get there, with what they are instead.
async fn verified(http: &Client, url: &str, all: &[Acknowledged]) -> Result<Vec<String>> {
    let deadline = Instant::now() + VERIFIED_WITHIN;
    let mut open: Vec<&str> = all.iter().map(|one| one.id.as_str()).collect();
    loop {
        let (mut still, mut seen) = (Vec::new(), Vec::new());
        for id in open {
            let shown = shared::get(http, &format!("{url}/v1/submissions/{id}")).await;
            let entries = shown.map(|shown| shown["entries"].clone());
            let entries = entries.unwrap_or_else(|error| json!(error.to_string()));
            let done = entries
                .as_array()
                .is_some_and(|all| !all.is_empty() && all.iter().all(|e| e["stage"] == "verified"));
            if !done {
                still.push(id);
                seen.push(format!("{id}: {entries}"));
            }
        }
        if still.is_empty() || Instant::now() > deadline {
            return Ok(seen);
        }
        open = still;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Different each time, and short enough to type again.
fn seed_of_now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::from(since.subsec_nanos()) ^ since.as_secs()
}

/// Used by the audit to run the daemon's program on the ledger.
pub(crate) async fn output(home: &Home, arguments: &[&str]) -> Result<(bool, String)> {
    let output = home.command().args(arguments).arg(home.data_dir()).output().await?;
    let text = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
}
