//! The daemon and command line of Rekindle: parse, wire, run, exit code. No rule lives here.

mod cli;
mod client;
mod command;
mod config;
mod dev;
mod exit;
mod input;
mod output;
mod telemetry;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::note(format_args!("error[runtime_failed]: {error}"));
            return exit::Exit::Unknown.into();
        }
    };
    match runtime.block_on(command::run(cli)) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::note(format_args!("error[{}]: {}", failure.code, failure.text));
            failure.exit.into()
        }
    }
}
