//! The daemon and command line of Rekindle.
fn main() {}
