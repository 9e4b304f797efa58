//! The HTTP door: JSON routes, server-sent events, one live page, metrics text.
//!
//! Reads come from the store, writes go through the engine. Not its job: deciding anything, or
//! holding state besides connections.
//!
//! Read first: [`router`], [`Problem`], [`State`].
//!
//! ```
//! use rekindle_api::Problem;
//! let problem = Problem::new(404, "not_found", "entry `ent-0` does not exist");
//! assert_eq!(problem.code(), "not_found");
//! ```

mod guard;
mod openapi;
mod page;
mod problem;
mod render;
mod router;
mod routes;
mod sse;
mod state;

pub use problem::Problem;
pub use render::{entry, trigger};
pub use router::{router, serve};
pub use state::{Options, State};
