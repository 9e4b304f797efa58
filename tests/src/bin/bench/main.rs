//! Program `bench`: measurements against a real log, in interleaved rounds.
//!
//! The last line on standard output is one JSON object with the numbers; exit 1 below the gate.

mod bare;
mod machine;
#[path = "../shared/mod.rs"]
mod shared;
mod submit;
mod through;

use std::process::ExitCode;

use clap::Parser;

/// Measurements against a real log.
#[derive(Parser)]
enum What {
    /// Attestations per second through the daemon, against a bare load generator
    Submit(submit::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    let What::Submit(args) = What::parse();
    match submit::run(&args).await {
        Ok((numbers, true)) => {
            println!("{numbers}");
            ExitCode::SUCCESS
        }
        Ok((numbers, false)) => {
            eprintln!("bench submit: below {}", submit::GATE);
            println!("{numbers}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("bench submit: {error:#}");
            ExitCode::FAILURE
        }
    }
}
