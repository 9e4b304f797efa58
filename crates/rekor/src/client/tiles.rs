//! Tiles and entry bundles, with the rules for partial ones.

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rekindle_proof::bundle::{self, BundleId};
use rekindle_proof::tile::{TILE_WIDTH, TileId, TileSet};
use rekindle_proof::{Hash, consistency, inclusion};

use super::Client;
use super::error::ReadError;

/// Requests in flight for one set of tiles.
const PARALLEL: usize = 16;

/// Bytes of a full tile: 256 hashes.
const MAX_TILE: usize = 256 * 32;

/// Bytes of the largest bundle: 256 entries of 65,535 bytes behind their lengths.
const MAX_BUNDLE: usize = 256 * (2 + 65_535);

impl Client {
    /// Fetches these tiles, up to 16 at a time. Lengths are checked; the hashes are **not verified**.
    pub async fn tiles(&self, ids: &[TileId]) -> Result<TileSet, ReadError> {
        let fetched: Vec<(TileId, Bytes)> = stream::iter(ids.iter().copied())
            .map(|id| async move { Ok::<_, ReadError>((id, self.tile(id).await?)) })
            .buffer_unordered(PARALLEL)
            .try_collect()
            .await?;
        let mut set = TileSet::new();
        for (id, bytes) in fetched {
            if let Err(e) = set.insert(id, &bytes) {
                // Two of them contradict each other: do not keep the wrong one.
                self.forget_tiles();
                return Err(e.into());
            }
        }
        Ok(set)
    }

    /// Builds a consistency proof from tiles; **not verified**, because no root is known here.
    ///
    /// A caller that finds it wrong should call [`Client::forget_tiles`] before it asks again.
    pub async fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, ReadError> {
        let tiles = self.tiles(&consistency::tiles(from, to)).await?;
        Ok(consistency::prove(from, to, &tiles)?)
    }

    /// Builds an inclusion proof from tiles; **not verified**, see [`Client::consistency`].
    pub async fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, ReadError> {
        let tiles = self.tiles(&inclusion::tiles(index, size)).await?;
        Ok(inclusion::prove(index, size, &tiles)?)
    }

    /// The entries of a bundle, exactly as many as its width says; **not verified**.
    pub async fn entries(&self, id: BundleId) -> Result<Vec<Bytes>, ReadError> {
        let (path, bytes) = match self.get(&id.path(), MAX_BUNDLE).await {
            Err(ReadError::NotFound { .. }) if id.width < TILE_WIDTH => {
                let path = id.full().path();
                let bytes = self.get(&path, MAX_BUNDLE).await?;
                (path, bytes)
            }
            other => (id.path(), other?),
        };
        let malformed = |why: String| match self.read_url(&path) {
            Ok(url) => ReadError::Malformed { url: url.to_string(), why },
            Err(e) => e,
        };
        let mut entries =
            bundle::parse(&bytes, usize::from(TILE_WIDTH)).map_err(|e| malformed(e.to_string()))?;
        let width = usize::from(id.width);
        if entries.len() < width {
            return Err(malformed(format!("it has {} entries, {width} are needed", entries.len())));
        }
        entries.truncate(width);
        Ok(entries)
    }

    /// Forgets all cached tiles: after a proof from them failed, they are fetched again.
    pub fn forget_tiles(&self) {
        self.with_cache(super::cache::TileCache::clear);
    }

    /// One tile, cut to its width. A partial one vanishes once the full one exists.
    async fn tile(&self, id: TileId) -> Result<Bytes, ReadError> {
        if let Some(full) = self.with_cache(|cache| cache.get(id.full())) {
            return Ok(full.slice(..usize::from(id.width) * 32));
        }
        match self.whole_tile(id).await {
            Err(ReadError::NotFound { .. }) if id.width < TILE_WIDTH => {
                let full = self.whole_tile(id.full()).await?;
                Ok(full.slice(..usize::from(id.width) * 32))
            }
            other => other,
        }
    }

    async fn whole_tile(&self, id: TileId) -> Result<Bytes, ReadError> {
        let bytes = self.get(&id.path(), MAX_TILE).await?;
        let expected = usize::from(id.width) * 32;
        if bytes.len() != expected {
            let url = self.read_url(&id.path())?.to_string();
            return Err(ReadError::Malformed {
                url,
                why: format!("it has {} bytes, not {expected}", bytes.len()),
            });
        }
        self.with_cache(|cache| cache.put(id, bytes.clone()));
        Ok(bytes)
    }

    fn with_cache<T>(&self, work: impl FnOnce(&mut super::cache::TileCache) -> T) -> T {
        // A panic while the lock is held leaves a map that is still a map.
        work(&mut self.cache.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}
