//! One file per command; this is the list.

mod config;
mod doctor;
mod entries;
mod events;
mod hints;
mod log;
mod policies;
mod queue;
mod replay;
mod scope;
mod serve;
mod submit;
mod testlog;
mod triggers;
mod verify;

use serde_json::Value;

use crate::cli::{Cli, Command};
use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::output::{self, Reader};

/// Runs one command.
pub(crate) async fn run(cli: Cli) -> Result<Exit, Failure> {
    let (server, path) = (cli.server, cli.config);
    let client = || Client::new(server.as_deref(), path.as_deref());
    match cli.command {
        Command::Dev(args) => crate::dev::run(args).await,
        Command::Serve => serve::run(path.as_deref()).await,
        Command::Submit(args) => submit::run(&client()?, args).await,
        Command::Hints(args) => hints::run(&args),
        Command::Scope(args) => scope::run(args),
        Command::Events(args) => events::run(&client()?, args).await,
        Command::Entries(args) => entries::run(&client()?, args).await,
        Command::Policies(args) => policies::run(&client()?, args).await,
        Command::Triggers(args) => triggers::run(&client()?, args).await,
        Command::Queue(args) => queue::run(&client()?, args).await,
        Command::Log(args) => log::run(&client()?, args).await,
        Command::Verify(args) => verify::run(args),
        Command::Replay(args) => replay::run(path.as_deref(), args).await,
        Command::Doctor => doctor::run(path.as_deref()).await,
        Command::Config(args) => config::run(path.as_deref(), &args),
        Command::Testlog(args) => testlog::run(args).await,
    }
}

/// Prints each element of a list as one JSON object a line, as long as somebody reads.
fn print_lines(list: &Value) -> Result<Reader, Failure> {
    for value in list.as_array().into_iter().flatten() {
        if output::line(value)? == Reader::Gone {
            return Ok(Reader::Gone);
        }
    }
    Ok(Reader::There)
}

/// The configuration file that a command needs.
fn config_path(path: Option<&str>) -> Result<&str, Failure> {
    path.ok_or_else(|| {
        Failure::usage(
            "config_missing",
            "this command reads the configuration: name it by --config TOML or REKINDLE_CONFIG",
        )
    })
}
