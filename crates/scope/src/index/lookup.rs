//! Inverted maps: from a value that hints may hold to the policies that ask for it.

use std::collections::hash_map::{Entry, RandomState};
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher};

/// Where a policy lies in the index.
pub(super) type Slot = u32;

/// One dimension's values: whole ones and starts.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    /// By the value's hash: candidates are verified anyway, so a collision costs a comparison and the text is not
    /// kept a second time.
    exact: HashMap<u64, Slots, BuildHasherDefault<Hashed>>,
    keyed: RandomState,
    prefix: HashMap<Box<str>, Slots>,
    /// How many prefixes there are of each length: only these lengths are looked up.
    lengths: BTreeMap<usize, u32>,
}

/// Most values are asked for by one policy; a list costs only where there are more.
#[derive(Debug)]
enum Slots {
    One(Slot),
    // Boxed, because a list inside would double the size of all those that are one.
    #[expect(clippy::box_collection)]
    Many(Box<Vec<Slot>>),
}

/// Hands a hash through.
#[derive(Default)]
struct Hashed(u64);

/// A value to be entered, and whether it is only a start.
pub(super) struct Key {
    pub(super) text: Box<str>,
    pub(super) start: bool,
}

impl Lookup {
    pub(super) fn insert(&mut self, key: Key, slot: Slot) {
        if !key.start {
            return add(self.exact.entry(self.keyed.hash_one(&*key.text)), slot);
        }
        let length = key.text.len();
        let entry = self.prefix.entry(key.text);
        if matches!(entry, Entry::Vacant(_)) {
            *self.lengths.entry(length).or_default() += 1;
        }
        add(entry, slot);
    }

    pub(super) fn remove(&mut self, key: Key, slot: Slot) {
        if !key.start {
            take(self.exact.entry(self.keyed.hash_one(&*key.text)), slot);
            return;
        }
        let length = key.text.len();
        if take(self.prefix.entry(key.text), slot)
            && let Some(count) = self.lengths.get_mut(&length)
        {
            *count -= 1;
            if *count == 0 {
                self.lengths.remove(&length);
            }
        }
    }

    /// Adds everyone who asks for this value or a start of it.
    pub(super) fn find(&self, value: &str, into: &mut Vec<Slot>) {
        if let Some(slots) = self.exact.get(&self.keyed.hash_one(value)) {
            into.extend_from_slice(slots.as_slice());
        }
        for &length in self.lengths.range(..=value.len()).map(|(length, _)| length) {
            if let Some(slots) = value.get(..length).and_then(|start| self.prefix.get(start)) {
                into.extend_from_slice(slots.as_slice());
            }
        }
    }
}

impl Slots {
    fn as_slice(&self) -> &[Slot] {
        match self {
            Self::One(slot) => std::slice::from_ref(slot),
            Self::Many(slots) => slots,
        }
    }
}

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn write(&mut self, bytes: &[u8]) {
        // Keys are u64, so this is never called; any mixing is right.
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }
}

fn add<K>(entry: Entry<'_, K, Slots>, slot: Slot) {
    match entry {
        Entry::Vacant(place) => {
            place.insert(Slots::One(slot));
        }
        Entry::Occupied(mut place) => match place.get_mut() {
            Slots::One(first) => {
                let both = vec![*first, slot];
                place.insert(Slots::Many(Box::new(both)));
            }
            Slots::Many(slots) => slots.push(slot),
        },
    }
}

/// Returns whether nobody is left, and then drops the value.
fn take<K>(entry: Entry<'_, K, Slots>, slot: Slot) -> bool {
    let Entry::Occupied(mut place) = entry else { return false };
    let gone = match place.get_mut() {
        Slots::One(only) => *only == slot,
        Slots::Many(slots) => {
            slots.retain(|other| *other != slot);
            slots.is_empty()
        }
    };
    if gone {
        place.remove();
    }
    gone
}
