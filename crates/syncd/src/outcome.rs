//! The one table from a log's answer to what happens with the entry.

use std::time::Duration;

use rekindle_proof::Receipt;
use rekindle_queue::RetryClass;
use rekindle_rekor::{Answer, Place};

/// A wait that a server does not name.
const DEFAULT_BUSY: Duration = Duration::from_secs(2);
/// The least wait whatever a server names: `Retry-After: 0` would make a loop without a pause.
const LEAST_BUSY: Duration = Duration::from_secs(1);
/// How long an entry for a closed shard sleeps: somebody has to configure the next one.
const FROZEN_PAUSE: Duration = Duration::from_secs(600);

/// What to do next with the entry.
#[derive(Debug)]
pub enum Next {
    /// Check this receipt.
    Check(Box<Receipt>),
    /// The log has the leaf: fetch and prove it.
    Recover(Place),
    /// The log refuses for good.
    Fail {
        /// HTTP status.
        status: u16,
        /// The server's reason.
        reason: Box<str>,
    },
    /// Come back later; no attempt is burned.
    Pause {
        /// How long.
        wait: Duration,
        /// What the server said.
        why: String,
    },
    /// Post the same bytes again after a pause.
    Again {
        /// How the pause grows.
        class: RetryClass,
        /// What happened.
        why: String,
    },
}

/// The table.
#[must_use]
pub fn next(answer: Answer) -> Next {
    match answer {
        Answer::Logged(receipt) => Next::Check(receipt),
        Answer::Known(place) => Next::Recover(place),
        Answer::Refused { status, reason } => Next::Fail { status, reason },
        Answer::Busy { status, wait, reason } => Next::Pause {
            wait: wait.unwrap_or(DEFAULT_BUSY).max(LEAST_BUSY),
            why: format!("HTTP {status}: {reason}"),
        },
        Answer::Frozen => {
            Next::Pause { wait: FROZEN_PAUSE, why: "the log is frozen (HTTP 405)".into() }
        }
        Answer::Unclear(cut) => {
            Next::Again { class: RetryClass::Unclear, why: cut.what.to_string() }
        }
    }
}
