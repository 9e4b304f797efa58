//! The promises, on the test log: one file per promise.

mod bad_input;
mod durable;
mod follow;
mod http;
mod recover;
mod replay;
mod seed;
mod triggers;

use rekindle_tests::servers::{Backend, Boxed, Setup};

/// The log of a scenario: here the test log.
async fn backend(setup: Setup) -> Option<Box<dyn Backend>> {
    Some(Box::new(Boxed::start(setup).await))
}
