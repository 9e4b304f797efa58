//! `serve`: the daemon, until SIGINT or SIGTERM.

use tokio_util::sync::CancellationToken;

use super::config_path;
use crate::exit::{Exit, Failure};
use crate::{config, output, telemetry, wiring};

pub(super) async fn run(path: Option<&str>) -> Result<Exit, Failure> {
    let loaded = config::load(config_path(path)?)?;
    telemetry::start("info,sea_orm_migration=warn", false);
    let stop = CancellationToken::new();
    let daemon = wiring::start(wiring::Plan::of(&loaded)?, stop.clone()).await?;
    output::note(format_args!(
        "rekindle {} on http://{}",
        env!("CARGO_PKG_VERSION"),
        daemon.address
    ));
    let store = daemon.engine.store().clone();
    let disk_failed = tokio::select! {
        signal = wiring::stop_signal() => { signal?; false }
        () = store.stopped() => true,
    };
    tracing::info!("stopping: running work gets ten seconds");
    stop.cancel();
    daemon.finished().await?;
    if disk_failed {
        return Err(Failure::unknown(
            "ledger_stopped",
            "a commit did not reach the disk; everything acknowledged is safe: look at the disk, \
             run `rekindle doctor`, then start again",
        ));
    }
    Ok(Exit::Good)
}
