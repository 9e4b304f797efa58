//! Hash tiles of C2SP tlog-tiles: names, paths, and a checked set of them.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::error::TileError;
use crate::hash::{Hash, node, shorten};

/// Hashes in a full tile, 2 to the [`TILE_HEIGHT`].
pub const TILE_WIDTH: u16 = 256;

/// Tree levels that one tile level spans.
pub const TILE_HEIGHT: u8 = 8;

/// Highest tile level: 8 levels of 8 bits span every tree with a 64-bit size.
pub const MAX_LEVEL: u8 = 7;

/// Bytes of one hash.
const HASH_BYTES: usize = 32;

/// The name of one tile.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// Tile level, 0 for the tiles of leaf hashes, at most [`MAX_LEVEL`].
    pub level: u8,
    /// Position in its level, from 0.
    pub index: u64,
    /// Hashes in it, 1 to 256; less than 256 names a partial tile.
    pub width: u16,
}

impl TileId {
    /// The path below the log's read prefix, such as `tile/0/x001/067.p/5`.
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, index_path(self.index, self.width))
    }

    /// The full tile at this place; a partial one disappears from servers once it exists.
    pub fn full(&self) -> TileId {
        TileId { width: TILE_WIDTH, ..*self }
    }

    fn check(self) -> Result<TileId, TileError> {
        let known = self.level <= MAX_LEVEL && (1..=TILE_WIDTH).contains(&self.width);
        if known { Ok(self) } else { Err(TileError::NoSuchTile { tile: self }) }
    }
}

impl FromStr for TileId {
    type Err = TileError;

    /// Reads only the one form that [`TileId::path`] writes.
    fn from_str(path: &str) -> Result<TileId, TileError> {
        let bad = || TileError::BadPath { path: shorten(path) };
        let (level, rest) =
            path.strip_prefix("tile/").and_then(|p| p.split_once('/')).ok_or_else(bad)?;
        let (index, width) = parse_index_path(rest).ok_or_else(bad)?;
        let tile = TileId { level: level.parse().map_err(|_| bad())?, index, width }.check()?;
        if tile.path() == path { Ok(tile) } else { Err(bad()) }
    }
}

/// Hashes that the tile holds in a tree of `size` leaves; `None` if it does not exist there.
pub fn width(level: u8, index: u64, size: u64) -> Option<u16> {
    let hashes = size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT)).unwrap_or(0);
    let before = index.checked_mul(u64::from(TILE_WIDTH))?;
    let here = hashes.checked_sub(before).filter(|n| *n > 0)?.min(u64::from(TILE_WIDTH));
    u16::try_from(here).ok()
}

/// Hash tiles at hand. Each is unsigned: what is read from it has to lead to a signed root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TileSet {
    tiles: BTreeMap<(u8, u64), Vec<Hash>>,
}

impl TileSet {
    /// A set without tiles.
    pub fn new() -> TileSet {
        TileSet::default()
    }

    /// All tiles of the tree with these leaf hashes.
    pub fn from_leaf_hashes(leaves: &[Hash]) -> TileSet {
        let mut set = TileSet::new();
        for (index, leaf) in leaves.iter().enumerate() {
            // In order from 0, so every append is the next one.
            set.grow(0, index as u64, *leaf);
        }
        set
    }

    /// Takes in a tile of exactly `width` hashes of 32 bytes. The widest one of a place is kept;
    /// hashes that contradict those already here are refused and change nothing.
    pub fn insert(&mut self, id: TileId, bytes: &[u8]) -> Result<(), TileError> {
        id.check()?;
        let expected = usize::from(id.width) * HASH_BYTES;
        if bytes.len() != expected {
            return Err(TileError::WrongLength { tile: id, expected, got: bytes.len() });
        }
        let (hashes, _) = bytes.as_chunks::<HASH_BYTES>();
        let held = self.tiles.entry((id.level, id.index)).or_default();
        if let Some(position) = held.iter().zip(hashes).position(|(a, b)| a.0 != *b) {
            return Err(TileError::Conflict { tile: id, position });
        }
        if let Some(new) = hashes.get(held.len()..) {
            held.extend(new.iter().copied().map(Hash));
        }
        Ok(())
    }

    /// Grows the tree by its next leaf and fills the tiles above as they become complete.
    pub fn append(&mut self, index: u64, leaf: Hash) -> Result<(), TileError> {
        let held = self.tiles.get(&(0, index >> TILE_HEIGHT)).map_or(0, Vec::len);
        if held as u64 != index % u64::from(TILE_WIDTH) {
            return Err(TileError::NotNext { index, held });
        }
        self.grow(0, index, leaf);
        Ok(())
    }

    /// The bytes of this tile, cut to its width; `None` if it is not here that wide.
    pub fn bytes(&self, id: TileId) -> Option<Vec<u8>> {
        let hashes = self.tiles.get(&(id.level, id.index))?.get(..usize::from(id.width))?;
        Some(hashes.iter().flat_map(|h| h.0).collect())
    }

    /// The tiles that are here, each with its widest form, sorted.
    pub fn ids(&self) -> impl Iterator<Item = TileId> + '_ {
        // A tile never holds more than 256 hashes.
        self.tiles.iter().map(|((level, index), h)| TileId {
            level: *level,
            index: *index,
            width: h.len() as u16,
        })
    }

    /// The hash of the perfect subtree `index` at tree level `level` (0 for leaves).
    pub fn hash(&self, level: u8, index: u64) -> Result<Hash, TileError> {
        let inside = level % TILE_HEIGHT;
        let tile = index >> (TILE_HEIGHT - inside);
        let first = ((index << inside) & 0xff) as usize;
        let end = first + (1 << inside);
        let place = (level / TILE_HEIGHT, tile);
        let hashes = self.tiles.get(&place).and_then(|held| held.get(first..end));
        // `end` is at most 256.
        hashes.map(fold).ok_or(TileError::Missing {
            tile: TileId { level: place.0, index: tile, width: end as u16 },
        })
    }

    fn grow(&mut self, level: u8, index: u64, hash: Hash) {
        let held = self.tiles.entry((level, index >> TILE_HEIGHT)).or_default();
        held.push(hash);
        if held.len() == usize::from(TILE_WIDTH) && level < MAX_LEVEL {
            let above = fold(held);
            self.grow(level + 1, index >> TILE_HEIGHT, above);
        }
    }
}

/// The tile with the subtree `(level, index)`, as wide as a tree of `size` leaves has it.
pub(crate) fn tile_at(level: u8, index: u64, size: u64) -> Option<TileId> {
    let tile_level = level / TILE_HEIGHT;
    let tile = index >> (TILE_HEIGHT - level % TILE_HEIGHT);
    Some(TileId { level: tile_level, index: tile, width: width(tile_level, tile, size)? })
}

/// `x001/x234/067`, with `.p/W` for a partial width.
pub(crate) fn index_path(index: u64, width: u16) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if width == TILE_WIDTH { path } else { format!("{path}.p/{width}") }
}

/// Reads index and width; the caller compares the printed form, which makes this strict.
pub(crate) fn parse_index_path(path: &str) -> Option<(u64, u16)> {
    let (groups, width) = match path.split_once(".p/") {
        Some((groups, width)) => (groups, width.parse().ok()?),
        None => (path, TILE_WIDTH),
    };
    let mut index: u64 = 0;
    for group in groups.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        let number: u64 = digits.parse().ok()?;
        index = index.checked_mul(1000)?.checked_add(number)?;
    }
    Some((index, width))
}

/// Root of a perfect subtree; the length is a power of two.
fn fold(hashes: &[Hash]) -> Hash {
    match hashes {
        [one] => *one,
        _ => {
            let (left, right) = hashes.split_at(hashes.len() / 2);
            node(&fold(left), &fold(right))
        }
    }
}
