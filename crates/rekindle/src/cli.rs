//! The command line: names and help, nothing else.

mod offline;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use offline::{Config, Replay, Testlog, Verify};

/// Puts attestations into Rekor without losing one, proves that they are there, watches that the
/// log does not lie, and tells policy engines what to compute again.
///
/// Exit codes: 0 good, 1 a finding, 2 wrong usage or bad input, 3 could not find out.
#[derive(Debug, Parser)]
#[command(name = "rekindle", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Address of the daemon; else the config's http.listen, else http://127.0.0.1:8440
    #[arg(
        long,
        global = true,
        help_heading = "Everywhere",
        env = "REKINDLE_SERVER",
        value_name = "URL"
    )]
    pub(crate) server: Option<String>,
    /// Configuration file; needed by serve, config, doctor and replay
    #[arg(
        long,
        global = true,
        help_heading = "Everywhere",
        env = "REKINDLE_CONFIG",
        value_name = "TOML"
    )]
    pub(crate) config: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Everything in one process: a log, the daemon, a live page and a tour
    Dev(Dev),
    /// Run the daemon
    Serve,
    /// Hand attestations to the daemon
    Submit(Submit),
    /// Say what a document is about; needs no daemon
    Hints(Hints),
    /// Try the scope language; needs no daemon
    #[command(subcommand)]
    Scope(Scope),
    /// Read the event history
    #[command(subcommand)]
    Events(Events),
    /// Read entries
    #[command(subcommand)]
    Entries(Entries),
    /// Register who wants to be woken
    #[command(subcommand)]
    Policies(Policies),
    /// Read and acknowledge what has to be computed again
    #[command(subcommand)]
    Triggers(Triggers),
    /// Look after the queue
    #[command(subcommand)]
    Queue(Queue),
    /// Look at the logs
    #[command(subcommand)]
    Log(Log),
    /// Check a proof, offline
    #[command(subcommand)]
    Verify(Verify),
    /// Make every event again out of its stored inputs and compare
    Replay(Replay),
    /// Check the ledger against its events and signed notes
    Doctor,
    /// Print or check the configuration
    #[command(subcommand)]
    Config(Config),
    /// A log in a box, honest or lying on request
    #[command(subcommand)]
    Testlog(Testlog),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// End after the tour: exit 0 when everything was shown
    #[arg(long)]
    pub(crate) once: bool,
    /// Output
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
    /// Keep the data here instead of in a fresh temporary folder
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<String>,
    /// Port of API and page; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Wait {
    /// Until it is durable in the queue
    Queued,
    /// Until the log has it
    Logged,
    /// Until its inclusion is proven
    Verified,
}

#[derive(Debug, Args)]
pub(crate) struct Submit {
    /// DSSE envelopes, Sigstore bundles, or .jsonl with one envelope a line; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// Public key that verifies the signature
    #[arg(long, value_name = "PEM", conflicts_with = "certificate")]
    pub(crate) key: Option<String>,
    /// Certificate that verifies the signature
    #[arg(long, value_name = "PEM")]
    pub(crate) certificate: Option<String>,
    /// Wake only policies about this, such as component:openssl
    #[arg(long)]
    pub(crate) scope: Option<String>,
    /// How soon the policies should be computed again
    #[arg(long, value_parser = ["now", "soon", "routine"])]
    pub(crate) urgency: Option<String>,
    /// Only this log; may be repeated
    #[arg(long = "log", value_name = "NAME")]
    pub(crate) logs: Vec<String>,
    /// Give up after this long, such as 12h; else the config's submit.deadline, 7d by default
    #[arg(long, value_name = "TIME")]
    pub(crate) deadline: Option<String>,
    /// When to return
    #[arg(long, value_enum, default_value = "queued")]
    pub(crate) wait: Wait,
    /// How long --wait may take: a number and one of ms, s, m, h, d
    #[arg(long, default_value = "60s", value_name = "TIME")]
    pub(crate) timeout: String,
}

#[derive(Debug, Args)]
pub(crate) struct Hints {
    /// A bundle, envelope, statement or bare document; - is standard input
    pub(crate) file: String,
    /// Say where each hint came from and what is not known
    #[arg(long)]
    pub(crate) explain: bool,
    /// Output
    #[arg(long, value_enum, default_value = "json")]
    pub(crate) format: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Scope {
    /// yes, no or maybe, with the atoms that matched; exit 0 for all three
    Match {
        /// Such as component:openssl;vuln:CVE-2026-0001
        #[arg(long)]
        scope: String,
        /// Hints JSON, or any document that `hints` takes
        #[arg(long)]
        hints: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct EventsFilter {
    /// Continue after this sequence
    #[arg(long, default_value_t = 0)]
    pub(crate) after: u64,
    /// Only this entry or subject
    #[arg(long)]
    pub(crate) entry: Option<String>,
    /// Only this kind, such as rekor.entry.logged; commas separate several
    #[arg(long = "type", value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// At most this many
    #[arg(long)]
    pub(crate) limit: Option<u64>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Events {
    /// Print events, one JSON object a line
    List(EventsFilter),
    /// Print one event by id or sequence
    Show {
        /// rekor-evt-sha256:… or a sequence
        id: String,
    },
    /// Print events as they come; resumes by itself
    Tail(EventsFilter),
}

/// The kinds of events that there are.
fn kinds() -> PossibleValuesParser {
    rekindle_events::Kind::ALL.map(rekindle_events::Kind::as_str).into()
}

#[derive(Debug, Args)]
pub(crate) struct FindEntry {
    /// Artifact digest, sha256:…
    #[arg(long)]
    pub(crate) digest: Option<String>,
    /// Leaf hash (64 hex) or v1 entry id (80 hex)
    #[arg(long)]
    pub(crate) uuid: Option<String>,
    /// Log index
    #[arg(long)]
    pub(crate) log_index: Option<u64>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Entries {
    /// List entries
    List {
        #[command(flatten)]
        find: FindEntry,
        /// Only those at this stage
        #[arg(long, value_parser = ["queued", "logged", "verified", "failed"])]
        stage: Option<String>,
    },
    /// Show entries with their history
    Show {
        /// ent-…
        id: Option<String>,
        #[command(flatten)]
        find: FindEntry,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Policies {
    /// Store a policy; an identical one changes nothing
    Put {
        /// Its id
        id: String,
        /// What it is about, such as component:openssl
        #[arg(long)]
        scope: String,
        /// Also wake on this event kind, such as rekor.entry.observed; may be repeated
        #[arg(long, value_name = "KIND", value_parser = kinds())]
        on: Vec<String>,
        /// What to do when an event is narrowed to an axis that this policy does not name: wake
        /// with the narrowed scope (narrow, the default), stay asleep (skip), wake fully (full)
        #[arg(long, value_parser = ["narrow", "skip", "full"])]
        on_scoped: Option<String>,
    },
    /// List policies
    List,
    /// Delete a policy
    Delete {
        /// Its id
        id: String,
    },
    /// Store many policies as one change: one JSON object a line
    Import {
        /// NDJSON file; - is standard input
        file: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Triggers {
    /// List triggers
    List {
        /// Continue after this number
        #[arg(long, default_value_t = 0)]
        after: u64,
        /// Only those that nobody acknowledged
        #[arg(long)]
        open: bool,
    },
    /// List what scopes of producers kept asleep
    Suppressed,
    /// Everything up to this number is done
    Ack {
        /// The last trigger number acted on
        #[arg(long)]
        through: u64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Queue {
    /// Counts by kind and state
    Status,
    /// List jobs
    List {
        /// Only jobs in this state
        #[arg(long, value_parser = ["ready", "leased", "dead"])]
        state: Option<String>,
        /// Only jobs of this kind
        #[arg(long, value_parser = ["submit", "verify", "follow", "ingest", "trigger"])]
        kind: Option<String>,
    },
    /// Give a failed entry another life
    Requeue {
        /// ent-…
        entry: String,
        /// For the record
        #[arg(long)]
        reason: String,
        /// Who asks
        #[arg(long, env = "USER", default_value = "operator")]
        actor: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    /// Views and last verdicts
    Status,
    /// Look now: 0 good, 1 diverged, 3 unproven or unreachable
    Verify {
        /// Only this log
        name: Option<String>,
    },
    /// Print the evidence that convicted a log
    Evidence {
        /// The log
        name: String,
    },
}
