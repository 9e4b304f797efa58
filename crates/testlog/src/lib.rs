//! A Rekor v2 compatible log in a box: real trees, real signatures, honest or lying on request.
//!
//! What it is **not**: a log to rely on. It does not sync its files, has one process, and its key lies
//! in the folder or in a number.
//!
//! Read first: [`TestLog`], [`Options`], [`Fault`].
//!
//! ```
//! use rekindle_testlog::{Fault, Options, TestLog, What};
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let dir = tempfile::tempdir()?;
//! let log = TestLog::start(Options::new(dir.path())).await?;
//! println!("post to {}, read from {}, key:\n{}", log.write_url(), log.read_url(), log.public_key_pem());
//! log.set_fault(Fault::new(What::TooMany).times(2));
//! assert_eq!(log.size(), 0);
//! log.stop().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod create;
mod disk;
mod fork;
mod key;
mod log;
mod net;
mod options;
mod read;
mod script;
mod server;
mod testlog;
mod tree;

pub use crate::log::RequestRecord;
pub use fork::Fork;
pub use options::{KeyKind, Options, TestLogError};
pub use script::{Fault, Script, What, When};
pub use testlog::TestLog;
