//! Program `fault`: hurts a running daemon and then audits what is left.
//!
//! The last line on standard output is one JSON object with the numbers; exit 1 on a violation.

mod audit;
mod backend;
mod kill;
mod leaves;
mod random;
#[path = "../shared/mod.rs"]
mod shared;

use std::process::ExitCode;

use clap::Parser;

/// Hurts a running daemon and then audits what is left.
#[derive(Parser)]
enum Scenario {
    /// SIGKILL at random moments while attestations go in
    Kill(kill::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Scenario::Kill(args) = Scenario::parse();
    match kill::run(&args).await {
        Ok(report) => {
            for violation in &report.violations {
                eprintln!("violation: {violation}");
            }
            println!("{}", report.to_json());
            if report.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("fault: {error:#}");
            ExitCode::FAILURE
        }
    }
}
