//! The same scenarios on real servers, where they are installed, and real programs beside them.
//!
//! `cargo xtask e2e` installs and names them, and refuses a run in which one is missing.

mod cosign;
mod fsck;
mod kill;
mod program;
#[path = "../it/seed.rs"]
mod seed;

use rekindle_tests::servers::{Backend, RekorTiles, Setup};

/// The log of a scenario: here the real server.
async fn backend(setup: Setup) -> Option<Box<dyn Backend>> {
    let Some(server) = RekorTiles::start(setup).await else {
        println!("skipped: no rekor-tiles");
        return None;
    };
    Some(Box::new(server))
}

/// A program that an environment variable names; says that it is skipped without.
fn program(variable: &str, name: &str) -> Option<std::path::PathBuf> {
    let program = std::env::var_os(variable).map(Into::into);
    if program.is_none() {
        println!("skipped: no {name}");
    }
    program
}
