//! Entry bundles of C2SP tlog-tiles: up to 256 entries, each behind its big-endian 16-bit length.

use std::str::FromStr;

use bytes::Bytes;

use crate::error::TileError;
use crate::hash::shorten;
use crate::tile::{TILE_WIDTH, index_path, parse_index_path, width};

/// The name of one entry bundle.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundleId {
    /// Position, from 0: the bundle holds the entries from `index * 256` on.
    pub index: u64,
    /// Entries in it, 1 to 256; less than 256 names a partial bundle.
    pub width: u16,
}

/// A bundle that cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The bytes end inside a length or an entry.
    #[error("the bundle ends at byte {length} inside entry {entry}; it was cut, fetch it again")]
    Cut {
        /// Number of the entry that is not complete, from 0.
        entry: usize,
        /// Bytes of the whole bundle.
        length: usize,
    },
    /// More entries than asked for.
    #[error("the bundle has more than {max} entries; a bundle never has, do not trust this source")]
    TooMany {
        /// The most that were expected.
        max: usize,
    },
    /// An entry that the 16-bit length cannot describe.
    #[error("entry {entry} has {length} bytes, a bundle can carry 65535; it cannot be in this log")]
    EntryTooLarge {
        /// Number of the entry, from 0.
        entry: usize,
        /// Its bytes.
        length: usize,
    },
}

impl BundleError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cut { .. } => "bundle_cut",
            Self::TooMany { .. } => "bundle_too_many",
            Self::EntryTooLarge { .. } => "entry_too_large",
        }
    }
}

impl BundleId {
    /// The path below the log's read prefix, such as `tile/entries/x001/067.p/5`.
    pub fn path(&self) -> String {
        format!("tile/entries/{}", index_path(self.index, self.width))
    }

    /// The full bundle at this place.
    pub fn full(&self) -> BundleId {
        BundleId { width: TILE_WIDTH, ..*self }
    }

    /// The bundle with the entry at `entry`, as wide as a log of `size` entries has it.
    pub fn of_entry(entry: u64, size: u64) -> Option<BundleId> {
        let index = entry / u64::from(TILE_WIDTH);
        (entry < size)
            .then_some(())
            .and_then(|()| width(0, index, size))
            .map(|width| BundleId { index, width })
    }
}

impl FromStr for BundleId {
    type Err = TileError;

    /// Reads only the one form that [`BundleId::path`] writes.
    fn from_str(path: &str) -> Result<BundleId, TileError> {
        let bad = || TileError::BadPath { path: shorten(path) };
        let rest = path.strip_prefix("tile/entries/").ok_or_else(bad)?;
        let (index, width) = parse_index_path(rest).ok_or_else(bad)?;
        let bundle = BundleId { index, width };
        let known = (1..=TILE_WIDTH).contains(&width) && bundle.path() == path;
        if known { Ok(bundle) } else { Err(bad()) }
    }
}

/// Splits a bundle into its entries. Every byte must belong to an entry, and there are at most
/// `max_entries` of them (256 by the specification). Entries are unverified.
pub fn parse(bytes: &[u8], max_entries: usize) -> Result<Vec<Bytes>, BundleError> {
    let whole = Bytes::copy_from_slice(bytes);
    let mut entries = Vec::new();
    let mut at = 0;
    while at < whole.len() {
        let entry = entries.len();
        if entry == max_entries {
            return Err(BundleError::TooMany { max: max_entries });
        }
        let cut = BundleError::Cut { entry, length: whole.len() };
        let Some([high, low]) = whole.get(at..at + 2) else { return Err(cut) };
        let start = at + 2;
        at = start + usize::from(u16::from_be_bytes([*high, *low]));
        if at > whole.len() {
            return Err(cut);
        }
        entries.push(whole.slice(start..at));
    }
    Ok(entries)
}

/// Writes the bundle of these entries; the inverse of [`parse`].
pub fn encode(entries: &[Bytes]) -> Result<Vec<u8>, BundleError> {
    let mut out = Vec::with_capacity(entries.iter().map(|e| e.len() + 2).sum());
    for (entry, bytes) in entries.iter().enumerate() {
        let length = u16::try_from(bytes.len())
            .map_err(|_| BundleError::EntryTooLarge { entry, length: bytes.len() })?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(bytes);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_every_cut_is_seen() {
        let entries = vec![Bytes::from_static(b"one"), Bytes::new(), Bytes::from(vec![7; 300])];
        let bytes = encode(&entries).unwrap();
        assert_eq!(parse(&bytes, 256).unwrap(), entries);
        for end in 1..bytes.len() {
            // A cut between two entries is a shorter bundle, not a broken one.
            if end != 5 && end != 7 {
                assert_eq!(
                    parse(&bytes[..end], 256).unwrap_err().code(),
                    "bundle_cut",
                    "cut at {end}"
                );
            }
        }
        assert_eq!(parse(&bytes, 2).unwrap_err().code(), "bundle_too_many");
        assert_eq!(parse(&[], 0).unwrap(), Vec::<Bytes>::new());
    }

    #[test]
    fn entry_length_limit_is_the_u16() {
        assert!(encode(&[Bytes::from(vec![0; 65_535])]).is_ok());
        assert_eq!(encode(&[Bytes::from(vec![0; 65_536])]).unwrap_err().code(), "entry_too_large");
    }

    #[test]
    fn names_round_trip() {
        let id = BundleId { index: 1_234_067, width: 5 };
        assert_eq!(id.path(), "tile/entries/x001/x234/067.p/5");
        assert_eq!(id.path().parse::<BundleId>().unwrap(), id);
        assert_eq!(id.full().path(), "tile/entries/x001/x234/067");
        assert_eq!(BundleId::of_entry(511, 513), Some(BundleId { index: 1, width: 256 }));
        assert_eq!(BundleId::of_entry(512, 513), Some(BundleId { index: 2, width: 1 }));
        assert_eq!(BundleId::of_entry(513, 513), None);
        for bad in [
            "tile/entries/67",
            "tile/entries/067.p/256",
            "tile/entries/067.p/0",
            "tile/0/067",
            "tile/entries/x067",
        ] {
            assert!(bad.parse::<BundleId>().is_err(), "{bad}");
        }
    }
}
