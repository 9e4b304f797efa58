//! Tile names, widths, and what a set of tiles takes and refuses.

use rekindle_proof::tile::{TileId, TileSet, width};
use rekindle_proof::{Hash, compact, consistency, hash, inclusion};

fn leaves(n: u64) -> Vec<Hash> {
    (0..n).map(|i| hash::leaf(&i.to_be_bytes())).collect()
}

fn id(level: u8, index: u64, width: u16) -> TileId {
    TileId { level, index, width }
}

/// What a reader does: fetch the named tiles, nothing else.
fn fetch(all: &TileSet, ids: &[TileId]) -> TileSet {
    let mut set = TileSet::new();
    ids.iter().for_each(|id| set.insert(*id, &all.bytes(*id).unwrap()).unwrap());
    set
}

#[test]
fn paths_round_trip_and_other_forms_are_refused() {
    for (tile, path) in [
        (id(0, 67, 256), "tile/0/067"),
        (id(0, 1_067, 5), "tile/0/x001/067.p/5"),
        (id(3, 1_234_067, 256), "tile/3/x001/x234/067"),
        (id(7, 0, 1), "tile/7/000.p/1"),
        (id(0, u64::MAX, 255), "tile/0/x018/x446/x744/x073/x709/x551/615.p/255"),
    ] {
        assert_eq!(tile.path(), path);
        assert_eq!(path.parse::<TileId>().unwrap(), tile);
        assert_eq!(tile.full().width, 256);
    }
    for bad in [
        "",
        "tile/0",
        "tile/0/67",
        "tile/0/x067",
        "tile/0/001/067",
        "tile/0/x000/067",
        "tile/8/000",
        "tile/00/000",
        "tile/0/067.p/256",
        "tile/0/067.p/0",
        "tile/0/067.p/05",
        "tile/0/067.p/",
        "tile/+0/067",
        "tile/0/+67",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/entries/000",
        "/tile/0/000",
        "tile/0/000/",
    ] {
        assert!(bad.parse::<TileId>().is_err(), "{bad}");
    }
}

#[test]
fn widths_follow_the_specification() {
    assert_eq!(
        (width(0, 272, 70_000), width(0, 273, 70_000), width(0, 274, 70_000)),
        (Some(256), Some(112), None)
    );
    assert_eq!(
        (width(1, 0, 70_000), width(1, 1, 70_000), width(2, 0, 70_000)),
        (Some(256), Some(17), Some(1))
    );
    assert_eq!((width(0, 0, 256), width(1, 0, 256), width(2, 0, 256)), (Some(256), Some(1), None));
    assert_eq!(
        (width(0, 0, 0), width(8, 0, u64::MAX), width(255, 0, u64::MAX)),
        (None, None, None)
    );
    assert_eq!((width(7, 0, u64::MAX), width(0, u64::MAX, u64::MAX)), (Some(255), None));
}

#[test]
fn a_set_refuses_wrong_bytes_and_contradictions() {
    let mut set = TileSet::new();
    let bytes: Vec<u8> = leaves(4).iter().flat_map(|h| h.0).collect();
    assert_eq!(set.insert(id(0, 0, 4), &bytes[1..]).unwrap_err().code(), "tile_length");
    assert_eq!(set.insert(id(8, 0, 4), &bytes).unwrap_err().code(), "no_such_tile");
    assert_eq!(set.insert(id(0, 0, 0), &[]).unwrap_err().code(), "no_such_tile");
    assert_eq!(set.insert(id(0, 0, 257), &[0; 257 * 32]).unwrap_err().code(), "no_such_tile");
    assert_eq!(set.hash(0, 2).unwrap_err().code(), "tile_missing");
    set.insert(id(0, 0, 2), &bytes[..64]).unwrap();
    assert_eq!(
        set.hash(0, 2).unwrap_err().to_string(),
        "tile tile/0/000.p/3 is needed and not here; fetch it and try again"
    );
    set.insert(id(0, 0, 4), &bytes).unwrap();
    set.insert(id(0, 0, 2), &bytes[..64]).unwrap();
    assert_eq!(set.ids().collect::<Vec<_>>(), [id(0, 0, 4)]);
    let before = set.clone();
    let mut wrong = bytes.clone();
    wrong[40] ^= 1;
    assert_eq!(set.insert(id(0, 0, 4), &wrong).unwrap_err().code(), "tile_conflict");
    assert_eq!(set, before);
    assert_eq!(set.hash(2, 0).unwrap(), compact::from_tiles(0, 4, &set).unwrap().root().unwrap());
    assert_eq!(set.append(5, leaves(1)[0]).unwrap_err().code(), "leaf_not_next");
    set.append(4, leaves(5)[4]).unwrap();
    assert_eq!(set, TileSet::from_leaf_hashes(&leaves(5)));
}

#[test]
fn the_named_tiles_are_enough_and_all_are_needed() {
    let all = TileSet::from_leaf_hashes(&leaves(66_000));
    for size in [1u64, 255, 256, 257, 511, 65_535, 65_536, 65_537, 66_000] {
        let root = compact::from_tiles(0, size, &fetch(&all, &compact::tiles(0, size, size)))
            .unwrap()
            .root()
            .unwrap();
        for index in [0, 1, 255, 256, size / 2, size - 1].into_iter().filter(|i| *i < size) {
            let ids = inclusion::tiles(index, size);
            assert!(ids.is_sorted());
            let path = inclusion::prove(index, size, &fetch(&all, &ids)).unwrap();
            inclusion::verify(index, size, &hash::leaf(&index.to_be_bytes()), &path, &root)
                .unwrap();
            for left_out in &ids {
                let rest: Vec<TileId> = ids.iter().copied().filter(|id| id != left_out).collect();
                assert_eq!(
                    inclusion::prove(index, size, &fetch(&all, &rest)).unwrap_err().code(),
                    "tile_missing"
                );
            }
        }
        for old in [1, 2, 255, 256, 257, 65_536].into_iter().filter(|old| *old <= size) {
            let proof = consistency::prove(old, size, &fetch(&all, &consistency::tiles(old, size)))
                .unwrap();
            let old_root = compact::from_tiles(0, old, &all).unwrap().root().unwrap();
            consistency::verify(old, size, &proof, &old_root, &root).unwrap();
        }
    }
    assert!(all.ids().any(|id| id == TileId { level: 2, index: 0, width: 1 }));
}
