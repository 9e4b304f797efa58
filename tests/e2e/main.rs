//! The same scenarios on real servers, where they are installed.
//!
//! `cargo xtask e2e` installs and names them, and refuses a run in which one is missing.

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
