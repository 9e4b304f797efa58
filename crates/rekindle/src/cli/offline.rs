//! Commands that need no running daemon: names and help.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Verify {
    /// Is this leaf in that tree?
    Inclusion {
        /// Hex or base64
        #[arg(long)]
        leaf_hash: String,
        /// Log index
        #[arg(long)]
        index: u64,
        /// Tree size
        #[arg(long)]
        size: u64,
        /// Root hash, hex or base64
        #[arg(long)]
        root: String,
        /// Hashes, comma-separated, hex or base64
        #[arg(long, default_value = "")]
        proof: String,
    },
    /// Is the old tree a prefix of the new one?
    Consistency {
        /// Old tree size
        #[arg(long)]
        old_size: u64,
        /// Old root hash
        #[arg(long)]
        old_root: String,
        /// New tree size
        #[arg(long)]
        new_size: u64,
        /// New root hash
        #[arg(long)]
        new_root: String,
        /// Hashes, comma-separated, hex or base64
        #[arg(long, default_value = "")]
        proof: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Folder with rekindle.db, instead of the config's data_dir
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// The configuration in force
    Print,
    /// Explain mistakes by line
    Check,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Testlog {
    /// Serve a Rekor v2 compatible log
    Serve {
        /// Folder for tiles and bundles
        #[arg(long)]
        dir: String,
        /// Address
        #[arg(long, default_value = "127.0.0.1:3003")]
        listen: std::net::SocketAddr,
        /// Origin of its checkpoints
        #[arg(long, default_value = "rekor-local")]
        origin: String,
        /// Faults, TOML
        #[arg(long)]
        script: Option<String>,
        /// The log's key is made from this
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// ed25519 or ecdsa-p256
        #[arg(long, default_value = "ed25519", value_parser = ["ed25519", "ecdsa-p256"])]
        key: String,
        /// As rekor-tiles has it, such as ecdsa-sha2-256-nistp256; commas separate several
        #[arg(long, value_delimiter = ',')]
        client_signing_algorithms: Option<Vec<String>>,
    },
}
