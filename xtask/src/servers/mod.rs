//! `cargo xtask servers`: real servers on loopback, without containers.

mod files;
mod install;
mod start;

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Result;
use clap::Subcommand;

pub(crate) use install::install;

/// The tasks of this family.
#[derive(Subcommand)]
pub(crate) enum What {
    /// Build the pinned programs into the cache folder, or reuse them
    Install,
    /// Start rekor-tiles and a file server for its reads; prints ports, paths and process ids
    Start(start::Args),
    /// Stop what `start` started in this folder
    Stop {
        /// The folder that `start` printed as `dir`
        dir: PathBuf,
    },
    /// Serve a folder's files, which is all that reading from such a log takes
    #[command(hide = true)]
    Files {
        #[arg(long)]
        dir: PathBuf,
        #[arg(long)]
        listen: SocketAddr,
    },
}

/// Does it.
pub(crate) fn run(what: &What) -> Result<()> {
    match what {
        What::Install => {
            let programs = install()?;
            println!("{}", serde_json::to_string_pretty(&programs)?);
            Ok(())
        }
        What::Start(args) => start::start(args),
        What::Stop { dir } => start::stop(dir),
        What::Files { dir, listen } => files::serve(dir, *listen),
    }
}
