//! A small memory of full tiles, so that proofs that share their upper tiles fetch them once.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rekindle_proof::tile::{TILE_WIDTH, TileId};

/// Tiles kept: 8 KiB each, so 4 MiB.
const MAX_TILES: usize = 512;

/// Full tiles never change, but these are unverified: a wrong one must not stay for ever.
const MAX_AGE: Duration = Duration::from_secs(60);

/// Least recently used full tiles.
#[derive(Debug, Default)]
pub(super) struct TileCache {
    tiles: BTreeMap<TileId, Held>,
    uses: u64,
}

#[derive(Debug)]
struct Held {
    bytes: Bytes,
    since: Instant,
    used: u64,
}

impl TileCache {
    /// The bytes of a full tile.
    pub(super) fn get(&mut self, id: TileId) -> Option<Bytes> {
        self.uses += 1;
        let held = self.tiles.get_mut(&id)?;
        if held.since.elapsed() > MAX_AGE {
            self.tiles.remove(&id);
            return None;
        }
        held.used = self.uses;
        Some(held.bytes.clone())
    }

    /// Keeps a full tile; partial ones are ignored.
    pub(super) fn put(&mut self, id: TileId, bytes: Bytes) {
        if id.width != TILE_WIDTH {
            return;
        }
        if self.tiles.len() >= MAX_TILES && !self.tiles.contains_key(&id) {
            let oldest = self.tiles.iter().min_by_key(|(_, held)| held.used).map(|(id, _)| *id);
            oldest.map(|id| self.tiles.remove(&id));
        }
        self.uses += 1;
        self.tiles.insert(id, Held { bytes, since: Instant::now(), used: self.uses });
    }

    /// Drops everything.
    pub(super) fn clear(&mut self) {
        self.tiles.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_full_tiles_and_drops_the_least_used() {
        let id = |index| TileId { level: 0, index, width: TILE_WIDTH };
        let mut cache = TileCache::default();
        cache.put(TileId { width: 3, ..id(0) }, Bytes::new());
        assert_eq!(cache.tiles.len(), 0);
        for index in 0..MAX_TILES as u64 {
            cache.put(id(index), Bytes::from(vec![index as u8]));
        }
        assert!(cache.get(id(0)).is_some());
        cache.put(id(9999), Bytes::new());
        assert_eq!(cache.tiles.len(), MAX_TILES);
        assert!(cache.get(id(0)).is_some(), "used just now");
        assert!(cache.get(id(1)).is_none(), "the least used one went");
    }
}
