//! Waiting for what must happen, with a deadline; never sleeping for luck.

use std::time::{Duration, Instant};

/// Pause between two looks: short against what is waited for, long against what a look costs.
const PAUSE: Duration = Duration::from_millis(25);

/// Long enough for the slowest promise (a retry after an unclear answer) on a busy machine.
pub const LONG: Duration = Duration::from_secs(40);

/// Looks until there is something.
///
/// # Panics
/// When there is nothing within `deadline`: the message says what was waited for.
pub async fn until<T, F>(what: &str, deadline: Duration, mut look: F) -> T
where
    F: AsyncFnMut() -> Option<T>,
{
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < deadline, "{what}: not within {deadline:?}");
        tokio::time::sleep(PAUSE).await;
    }
}
