//! What every store of jobs promises.

use std::time::Duration;

use async_trait::async_trait;

use crate::{Claimed, Lease, Settled, Settlement};

/// A durable set of jobs.
///
/// The conformance suite (feature `conformance`) states the promises as tests.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// What a settlement writes besides the job itself, in the same transaction.
    type Effects: Send + 'static;
    /// Why the store could not answer. Nothing is known about the outcome then.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Leases up to `max` due jobs of these kinds for `lease`, the highest priority first, then
    /// the earliest due.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    async fn claim(
        &self,
        kinds: &[&str],
        max: usize,
        lease: Duration,
    ) -> Result<Vec<Claimed>, Self::Error>;

    /// Extends a lease from now on. False: it was lost, stop working.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    async fn renew(&self, lease: &Lease, lease_for: Duration) -> Result<bool, Self::Error>;

    /// Ends the work: job and effects together, or neither when the lease was lost.
    ///
    /// # Errors
    /// When the store cannot be written or refuses the effects; then the job runs again, at once
    /// or when its lease runs out.
    async fn settle(
        &self,
        lease: Lease,
        how: Settlement,
        effects: Self::Effects,
    ) -> Result<Settled, Self::Error>;

    /// Returns when a job may have become due, at the latest after `at_most`.
    async fn idle(&self, at_most: Duration);
}
