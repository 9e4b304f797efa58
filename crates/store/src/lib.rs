//! The ledger: one [`Commit`], one writer, an append-only event log on SQLite.
//!
//! Everything that changes together is one [`Commit`]: preconditions, events, rows and jobs. One
//! writer task groups the commits that wait, applies each inside its own savepoint, and answers
//! only after `COMMIT` with `synchronous=FULL`. Nothing else writes.
//!
//! Not its job: meaning. It keeps rows and checks order; what an event says is decided elsewhere.
//!
//! Read first: [`Commit`], [`Ledger`], [`Store`].
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use rekindle_store::{Commit, Ledger, Options, Store, Write};
//! let dir = tempfile::tempdir().unwrap();
//! let url = format!("sqlite:{}/ledger.db", dir.path().display());
//! let store = Store::open(Options::new(&url)).await.unwrap();
//! let writes = vec![Write::Cursor { name: "example".into(), to: 7 }];
//! store.commit(Commit { writes, ..Commit::default() }).await.unwrap();
//! assert_eq!(store.cursor("example").await.unwrap(), 7);
//! # });
//! ```

mod apply;
mod commit;
mod error;
mod jobs;
mod migration;
mod open;
mod read;
mod rows;
mod sql;
mod write;
mod writer;

pub use commit::{Commit, Committed, Expect, InputDigest, Ledger, NewEvent, Write};
pub use error::{CommitError, StoreError};
pub use open::{Options, Store};
pub use rows::{
    CheckpointRow, EntryFilter, EntryRow, EntryView, EntryWork, EventFilter, JobFilter, JobView,
    PolicyRow, StoredEvent, StoredTrigger, SubmissionRow, TriggerRow, ViewRow,
};
