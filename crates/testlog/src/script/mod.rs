//! Faults on request: what the log does wrong, and at which requests.

mod fault;
mod parse;

pub(crate) use fault::{Armed, Hit};
pub use fault::{Fault, What, When};

/// A list of faults; the first one that fits a request decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// In order.
    pub faults: Vec<Fault>,
}
