//! The log that outlives the daemon: testlog in this process, or a real server.

use std::{collections::BTreeMap, path::Path, time::Duration};

use anyhow::{Result, anyhow};
use clap::ValueEnum;
use rekindle_proof::LogKey;
use rekindle_testlog::{Options, TestLog};

use crate::shared::{LogConfig, ORIGIN, RekorTiles};

/// Which log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// In this process; also says what was posted twice
    Testlog,
    /// The program that `REKINDLE_REKOR_TILES` names
    RekorTiles,
}

/// A running log.
pub(crate) enum Backend {
    /// With its public key.
    Testlog(TestLog, String),
    /// A child process.
    Tiles(Box<RekorTiles>),
}

impl Backend {
    /// Starts it in that folder.
    pub(crate) async fn start(kind: Kind, dir: &Path, seed: u64) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        Ok(match kind {
            Kind::Testlog => {
                let mut options = Options::new(dir);
                ORIGIN.clone_into(&mut options.origin);
                options.seed = seed;
                let log = TestLog::start(options).await.map_err(|error| anyhow!(error))?;
                let pem = log.public_key_pem();
                Self::Testlog(log, pem)
            }
            Kind::RekorTiles => Self::Tiles(Box::new(RekorTiles::start(dir).await?)),
        })
    }

    /// How long a daemon may live: long enough that some answers arrive.
    pub(crate) fn longest_life(&self) -> Duration {
        match self {
            // It answers with the next checkpoint, each 100 ms.
            Self::Testlog(..) => Duration::from_millis(800),
            // It releases answers about once a second.
            Self::Tiles(_) => Duration::from_millis(2_000),
        }
    }

    /// Writes the daemon's configuration with it.
    pub(crate) fn home(&self, dir: &Path) -> Result<crate::shared::Home> {
        let urls = match self {
            Self::Testlog(log, _) => (log.write_url(), log.read_url()),
            Self::Tiles(tiles) => (tiles.write_url.clone(), tiles.read_url.clone()),
        };
        let public_key_pem = match self {
            Self::Testlog(_, pem) => pem,
            Self::Tiles(tiles) => &tiles.public_key_pem,
        };
        let log = LogConfig { write_url: &urls.0, read_url: &urls.1, public_key_pem };
        crate::shared::Home::new(dir, &log, "200ms", 512)
    }

    /// The folder with checkpoint and bundles.
    pub(crate) fn storage(&self) -> &Path {
        match self {
            Self::Testlog(log, _) => log.dir(),
            Self::Tiles(tiles) => &tiles.storage,
        }
    }

    /// The key that signs its checkpoints.
    pub(crate) fn key(&self) -> LogKey {
        match self {
            Self::Testlog(log, _) => log.log_key(),
            Self::Tiles(tiles) => tiles.key.clone(),
        }
    }

    /// Posts seen, and how many of them carried bytes that were posted before; the real server
    /// does not tell.
    pub(crate) fn posts(&self) -> Option<(usize, usize)> {
        let Self::Testlog(log, _) = self else { return None };
        let mut bodies: BTreeMap<[u8; 32], usize> = BTreeMap::new();
        let requests = log.requests();
        for digest in requests.iter().filter(|r| r.method == "POST").filter_map(|r| r.body_digest) {
            *bodies.entry(digest).or_default() += 1;
        }
        let posts = bodies.values().sum::<usize>();
        Some((posts, posts - bodies.len()))
    }
}
