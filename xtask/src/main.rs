//! The project's own tasks: `cargo xtask TASK`. One module per task; this file only chooses.

mod bench;
mod codegen;
mod e2e;
mod layers;
mod process;
mod servers;
mod soak;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The command line; `tidy` also reads it, to find unknown commands in the documents.
#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own tasks")]
pub(crate) struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write docs/events from the event catalogue
    Codegen {
        /// Only say what is stale; nothing is written
        #[arg(long)]
        check: bool,
    },
    /// Module docs, relative links, the README's crate table, file lengths
    Tidy,
    /// Hold the arrows between the crates
    Layers,
    /// Install, start and stop the real servers
    Servers {
        #[command(subcommand)]
        what: servers::What,
    },
    /// Run every scenario on real servers; nothing may be skipped
    E2e(e2e::Args),
    /// Run a fault scenario in full counts and add a report to docs/soak.md
    Soak(soak::Args),
    /// Measure against the real servers
    Bench {
        #[command(subcommand)]
        what: bench::What,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Codegen { check: true } => codegen::check(),
        Task::Codegen { check: false } => codegen::write(),
        Task::Tidy => tidy::run(),
        Task::Layers => layers::run(),
        Task::Servers { what } => servers::run(&what),
        Task::E2e(args) => e2e::run(&args),
        Task::Soak(args) => soak::run(&args),
        Task::Bench { what } => bench::run(&what),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A finding is no crash: its words, without a backtrace.
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
