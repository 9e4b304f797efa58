//! Binding entries: the right ones pass, and one wrong byte anywhere stops all.

mod support;

use bytes::Bytes;
use proptest::prelude::*;
use rekindle_follow::{bind, bind_between, bind_tiles};
use rekindle_proof::compact::{self, Range};
use rekindle_proof::tile::TileSet;
use rekindle_proof::{VerifiedCheckpoint, hash};
use support::Log;

fn fetch(log: &Log, first: u64, count: u64, accepted: &VerifiedCheckpoint) -> TileSet {
    let mut set = TileSet::new();
    for id in bind_tiles(first, count, accepted) {
        set.insert(id, &log.tiles.bytes(id).unwrap()).unwrap();
    }
    set
}

#[test]
fn the_named_tiles_bind_every_run() {
    let log = Log::honest(600);
    for size in [1u64, 2, 255, 256, 257, 512, 599, 600] {
        let accepted = log.at(size);
        for (first, end) in [
            (0, size),
            (0, 1),
            (size - 1, size),
            (size / 2, size),
            (size / 3, size / 2),
            (256, 512),
        ] {
            if end > size || first > end {
                continue;
            }
            let entries = &log.entries[first as usize..end as usize];
            let tiles = fetch(&log, first, end - first, &accepted);
            let bound = bind(first, entries, &tiles, &accepted).unwrap();
            assert_eq!(bound.len(), entries.len());
            for (at, entry) in bound.iter().enumerate() {
                assert_eq!((entry.index(), entry.bytes()), (first + at as u64, &entries[at]));
                assert_eq!(entry.leaf_hash(), hash::leaf(&entries[at]));
            }
        }
    }
}

#[test]
fn a_wrong_entry_is_named() {
    let log = Log::honest(300);
    let accepted = log.at(300);
    let tiles = fetch(&log, 10, 20, &accepted);
    let mut entries = log.entries[10..30].to_vec();
    entries[7] = Bytes::from_static(b"other");
    let error = bind(10, &entries, &tiles, &accepted).unwrap_err();
    assert_eq!(error.code(), "entry_not_in_tile");
    assert!(error.to_string().starts_with("entry 17 "), "{error}");
    // The right entries at another place are wrong entries.
    assert_eq!(
        bind(11, &log.entries[10..29], &tiles, &accepted).unwrap_err().code(),
        "entry_not_in_tile"
    );
}

#[test]
fn tiles_and_entries_that_agree_still_need_the_signed_root() {
    let (log, fork) = (Log::honest(300), Log::forked(300, 20));
    let accepted = log.at(300);
    let tiles = fetch(&fork, 10, 20, &fork.at(300));
    let error = bind(10, &fork.entries[10..30], &tiles, &accepted).unwrap_err();
    assert_eq!(error.code(), "entries_not_in_root");
    // Good entries beside a wrong neighbour do not bind either.
    let last_wrong = Log::forked(300, 299);
    let tiles = fetch(&last_wrong, 10, 20, &accepted);
    assert_eq!(
        bind(10, &log.entries[10..30], &tiles, &accepted).unwrap_err().code(),
        "entries_not_in_root"
    );
}

#[test]
fn outside_and_missing() {
    let log = Log::honest(300);
    let accepted = log.at(200);
    let code = |first, n: usize, tiles: &TileSet| {
        bind(first, &log.entries[..n], tiles, &accepted).unwrap_err().code()
    };
    assert_eq!(code(199, 2, &log.tiles), "entry_beyond_tree");
    assert_eq!(code(u64::MAX, 2, &log.tiles), "entry_beyond_tree");
    assert_eq!(code(0, 2, &TileSet::new()), "tile_missing");
    assert!(bind_tiles(199, 2, &accepted).is_empty());
    assert!(bind(200, &[], &log.tiles, &accepted).unwrap().is_empty());
    // Every tile that is named is read.
    let ids = bind_tiles(0, 3, &accepted);
    assert_eq!(ids.len(), 1);
    assert_eq!(bind_tiles(256, 10, &log.at(300)).len(), 2);
}

#[test]
fn ranges_without_tiles_must_touch_and_span() {
    let log = Log::honest(50);
    let accepted = log.at(50);
    let range = |begin, end| compact::from_tiles(begin, end, &log.tiles).unwrap();
    let entries = &log.entries[20..30];
    assert_eq!(bind_between(range(0, 20), entries, &range(30, 50), &accepted).unwrap().len(), 10);
    for (before, after) in [
        (range(0, 20), range(31, 50)),
        (range(1, 20), range(30, 50)),
        (range(0, 20), range(30, 49)),
    ] {
        assert_eq!(
            bind_between(before, entries, &after, &accepted).unwrap_err().code(),
            "entry_ranges"
        );
    }
    let wrong = bind_between(range(0, 19), entries, &range(29, 50), &accepted).unwrap_err();
    assert_eq!(wrong.code(), "entries_not_in_root");
    assert_eq!(
        bind_between(Range::empty(51), &[], &range(50, 50), &accepted).unwrap_err().code(),
        "entry_beyond_tree"
    );
}

proptest! {
    #[test]
    fn one_flipped_bit_binds_nothing(size in 1..80u64, a in 0..80u64, b in 0..80u64, at in 0..80usize, bit in 0..8u8) {
        let log = Log::honest(80);
        let (first, end) = (a.min(b) % size, a.max(b) % size + 1);
        prop_assume!(first < end);
        let accepted = log.at(size);
        let tiles = fetch(&log, first, end - first, &accepted);
        let mut entries = log.entries[first as usize..end as usize].to_vec();
        prop_assert!(bind(first, &entries, &tiles, &accepted).is_ok());
        let at = at % entries.len();
        let mut changed = entries[at].to_vec();
        changed[0] ^= 1 << bit;
        entries[at] = changed.into();
        prop_assert!(bind(first, &entries, &tiles, &accepted).is_err());
        let before = compact::from_tiles(0, first, &tiles).unwrap();
        let after = compact::from_tiles(end, size, &tiles).unwrap();
        prop_assert!(bind_between(before, &entries, &after, &accepted).is_err());
    }
}
