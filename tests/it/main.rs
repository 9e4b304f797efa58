//! The promises, on the test log: one file per promise.

mod seed;

use rekindle_tests::servers::{Backend, Boxed, Setup};

/// The log of a scenario: here the test log.
async fn backend(setup: Setup) -> Option<Box<dyn Backend>> {
    Some(Box::new(Boxed::start(setup).await))
}
