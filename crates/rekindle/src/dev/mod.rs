//! `dev`: two logs, the daemon and a tour in one process; the first command of a newcomer.

mod checks;
mod lie;
mod make;
mod next;
mod print;
mod tell;
mod tour;
mod world;

use std::time::Instant;

use serde_json::json;

use crate::cli::Dev;
use crate::exit::{Exit, Failure};
use crate::wiring;

use checks::Checks;
use make::{Curve, Signer};
use print::{Printer, Tone};
use tour::Tour;
use world::World;

/// Runs the tour; then ends (`--once`) or stays until Ctrl-C.
pub(crate) async fn run(args: Dev) -> Result<Exit, Failure> {
    crate::telemetry::start("off", false);
    let out = Printer::new(args.format);
    let signers = [Signer::new(Curve::P256)?, Signer::new(Curve::P384)?];
    let keys = signers.iter().map(|signer| (signer.id.to_owned(), signer.verifier.clone()));
    let world = World::start(args.data_dir.as_deref(), args.port, keys.collect()).await?;
    let shown = tokio::select! {
        shown = show(&world, &signers, &out) => shown,
        stopped = wiring::stop_signal() => stopped.and(Err(Failure::unknown(
            "interrupted", "stopped before the tour was over"))),
    };
    let exit = match shown {
        Ok(exit) => exit,
        Err(failure) => {
            // What went wrong is told before what goes wrong while ending.
            let _ = world.end().await;
            return Err(failure);
        }
    };
    if !args.once {
        next::print(&out, &world);
        wiring::stop_signal().await?;
        out.raw("");
    }
    world.end().await?;
    Ok(exit)
}

/// The tour and what was seen of it.
async fn show(world: &World, signers: &[Signer; 2], out: &Printer) -> Result<Exit, Failure> {
    let began = Instant::now();
    welcome(out, world);
    let mut checks = Checks::default();
    let mut tour = Tour::new(world, signers, out, &mut checks);
    let ended = tour.run().await;
    if let Err(failure) = &ended {
        out.json(&json!({"type": "stopped", "code": failure.code, "why": failure.text}));
        out.text(Tone::Bad, &format!("The tour stopped: {}", failure.text));
    }
    out.heading(tour::STEPS, "What was to be seen");
    let good = checks.print(out) && ended.is_ok();
    let seconds = began.elapsed().as_secs_f64();
    out.json(&json!({"type": "result", "good": good, "milliseconds": began.elapsed().as_millis()}));
    out.raw("");
    let (tone, text) = match good {
        true => (Tone::Good, format!("All of it was seen, in {seconds:.1} s.")),
        false => (Tone::Bad, format!("Not all of it was seen, after {seconds:.1} s.")),
    };
    out.text(tone, &text);
    Ok(if good { Exit::Good } else { Exit::Finding })
}

fn welcome(out: &Printer, world: &World) {
    let (url, folder) = (world.url(), world.folder.path().display().to_string());
    let logs = [("local", &world.local), ("spare", &world.spare)].map(|(name, log)| {
        json!({"name": name, "url": log.write_url(), "origin": log.log_key().origin().as_str(),
            "publicKey": log.public_key_pem()})
    });
    out.json(&json!({"type": "started", "version": env!("CARGO_PKG_VERSION"),
        "url": url, "dataDir": folder, "logs": logs}));
    out.text(Tone::Bold, "Rekindle: five attestations, two transparency logs, and a lie");
    out.text(
        Tone::Dim,
        "Everything runs in this process, on loopback, with keys made a moment ago.",
    );
    out.raw("");
    let row = |name: &str, value: &str, what: &str| {
        let columns = [("", 3, Tone::Plain), (name, 9, Tone::Bold), (value, 30, Tone::Name)];
        out.row(&columns, (what, Tone::Dim));
    };
    row("daemon", &format!("{url}/"), "a live page; the API is under /v1");
    row("log", &world.local.write_url(), "`local`, speaks Rekor v2; it will lie later");
    row("log", &world.spare.write_url(), "`spare`, stays honest");
    row(
        "data",
        &folder,
        match world.folder {
            world::Folder::Fresh(_) => "SQLite and tiles; removed at the end",
            world::Folder::Kept(_) => "SQLite and tiles; stays",
        },
    );
}
