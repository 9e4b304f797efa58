//! One fault, and the counting that decides when it strikes.

use rekindle_rekor::wire::v2::ENTRIES_PATH;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Status 429 with an HTML page, as a proxy sends it.
    TooMany,
    /// Status 500 in the log's form; nothing is taken.
    Error,
    /// Status 500 in the log's form, but the entry is taken.
    ErrorAfterAccept,
    /// Status 503 "reached max pushback" in the log's form.
    Pushback,
    /// Status 405 in plain text, as a frozen shard answers.
    Frozen,
    /// Status 502 with an HTML page.
    Html,
    /// No answer until the client gives up.
    Hang,
    /// The connection ends before anything is taken.
    Cut,
    /// The entry is taken, then the connection ends without an answer.
    CutAfterAccept,
    /// An older checkpoint is shown again and again.
    StaleCheckpoint,
    /// The log starts to show a second history, see [`Fork`](crate::Fork).
    Fork,
    /// A tile or bundle ends in the middle.
    TornTile,
    /// One bit of each hash of a tile is wrong, or one bit of a bundle.
    WrongTile,
    /// A receipt with a path that does not lead to the root.
    WrongProof,
    /// A receipt for another body.
    WrongBody,
}

impl What {
    /// All faults with the names that scripts use.
    pub const NAMES: [(&'static str, What); 15] = [
        ("429", What::TooMany),
        ("500", What::Error),
        ("500-after-accept", What::ErrorAfterAccept),
        ("503", What::Pushback),
        ("frozen", What::Frozen),
        ("html", What::Html),
        ("hang", What::Hang),
        ("cut", What::Cut),
        ("cut-after-accept", What::CutAfterAccept),
        ("stale-checkpoint", What::StaleCheckpoint),
        ("fork", What::Fork),
        ("torn-tile", What::TornTile),
        ("wrong-tile", What::WrongTile),
        ("wrong-proof", What::WrongProof),
        ("wrong-body", What::WrongBody),
    ];

    /// Requests it strikes unless the script says otherwise.
    fn default_path(self) -> &'static str {
        match self {
            Self::StaleCheckpoint | Self::Fork => "/checkpoint",
            Self::TornTile | Self::WrongTile => "/tile/",
            _ => ENTRIES_PATH,
        }
    }
}

/// At which requests a fault strikes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// Fitting requests that go well first.
    pub after: u64,
    /// From then on each `every`-th one, 1 or more.
    pub every: u64,
    /// Start of the request's path; by default the one that the fault is about.
    pub path: Option<String>,
}

impl Default for When {
    /// Every fitting request.
    fn default() -> Self {
        Self { after: 0, every: 1, path: None }
    }
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub what: What,
    /// At which requests.
    pub when: When,
    /// How often at most; `None` is until it is cleared.
    pub count: Option<u64>,
    /// Seconds in a `Retry-After` header, for 429 and 503.
    pub retry_after: Option<u64>,
    /// Where a fork begins; by default it replaces the last entry.
    pub at: Option<u64>,
    /// Whether a fork keeps the size of the true history.
    pub same_size: bool,
}

impl Fault {
    /// At every fitting request until it is cleared.
    pub fn new(what: What) -> Self {
        Self {
            what,
            when: When::default(),
            count: None,
            retry_after: None,
            at: None,
            same_size: false,
        }
    }

    /// The same, at most `count` times.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// The same, for requests whose path starts with `path`.
    #[must_use]
    pub fn on(mut self, path: impl Into<String>) -> Self {
        self.when.path = Some(path.into());
        self
    }

    /// The same, after this many fitting requests.
    #[must_use]
    pub fn after(mut self, requests: u64) -> Self {
        self.when.after = requests;
        self
    }
}

/// A fault with its counts.
#[derive(Debug)]
pub(crate) struct Armed {
    fault: Fault,
    seen: u64,
    struck: u64,
    /// The note that a stale checkpoint keeps showing.
    stale: Option<bytes::Bytes>,
}

/// A fault that strikes now.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) fault: Fault,
    pub(crate) stale: Option<bytes::Bytes>,
}

impl Armed {
    pub(crate) fn new(fault: Fault) -> Self {
        Self { fault, seen: 0, struck: 0, stale: None }
    }

    /// Counts the request and says whether the fault strikes. `older` is the note to go back to.
    pub(crate) fn hit(&mut self, path: &str, older: &bytes::Bytes) -> Option<Hit> {
        let wanted = self.fault.when.path.as_deref().unwrap_or(self.fault.what.default_path());
        if !path.starts_with(wanted) {
            return None;
        }
        self.seen += 1;
        let turn = self.seen.checked_sub(self.fault.when.after + 1)?;
        let over = self.fault.count.is_some_and(|count| self.struck >= count);
        if turn % self.fault.when.every.max(1) != 0 || over {
            return None;
        }
        self.struck += 1;
        let stale = (self.fault.what == What::StaleCheckpoint)
            .then(|| self.stale.get_or_insert_with(|| older.clone()).clone());
        Some(Hit { fault: self.fault.clone(), stale })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_every_and_count() {
        let when = When { after: 2, every: 3, path: Some("/x".to_owned()) };
        let mut armed = Armed::new(Fault { when, count: Some(2), ..Fault::new(What::Cut) });
        let note = bytes::Bytes::new();
        let struck: Vec<u32> = (1..=12).filter(|_| armed.hit("/x/1", &note).is_some()).collect();
        assert_eq!(struck, [3, 6]);
        assert!(armed.hit("/y", &note).is_none());
        assert_eq!(armed.seen, 12, "other paths are not counted");
    }
}
