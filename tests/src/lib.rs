//! Support library for the suites.
