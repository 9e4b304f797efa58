//! Inverted maps: from a value that hints may hold to the policies that ask for it.

use std::collections::{BTreeMap, HashMap};

/// Where a policy lies in the index.
pub(super) type Slot = u32;

/// One dimension's values: whole ones and starts.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    exact: HashMap<Box<str>, Slots>,
    prefix: HashMap<Box<str>, Slots>,
    /// How many prefixes there are of each length: only these lengths are looked up.
    lengths: BTreeMap<usize, u32>,
}

/// Most values are asked for by one policy; a list costs only where there are more.
#[derive(Debug)]
enum Slots {
    One(Slot),
    Many(Vec<Slot>),
}

/// A value to be entered, and whether it is only a start.
pub(super) struct Key {
    pub(super) text: Box<str>,
    pub(super) start: bool,
}

impl Lookup {
    pub(super) fn insert(&mut self, key: Key, slot: Slot) {
        if key.start && !self.prefix.contains_key(&key.text) {
            *self.lengths.entry(key.text.len()).or_default() += 1;
        }
        let map = if key.start { &mut self.prefix } else { &mut self.exact };
        match map.get_mut(&key.text) {
            Some(slots) => slots.push(slot),
            None => {
                map.insert(key.text, Slots::One(slot));
            }
        }
    }

    pub(super) fn remove(&mut self, key: &Key, slot: Slot) {
        let map = if key.start { &mut self.prefix } else { &mut self.exact };
        let Some(slots) = map.get_mut(&key.text) else { return };
        if !slots.remove(slot) {
            return;
        }
        map.remove(&key.text);
        if key.start
            && let Some(count) = self.lengths.get_mut(&key.text.len())
        {
            *count -= 1;
            if *count == 0 {
                self.lengths.remove(&key.text.len());
            }
        }
    }

    /// Adds everyone who asks for this value or a start of it.
    pub(super) fn find(&self, value: &str, into: &mut Vec<Slot>) {
        if let Some(slots) = self.exact.get(value) {
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

    fn push(&mut self, slot: Slot) {
        match self {
            Self::One(first) => *self = Self::Many(vec![*first, slot]),
            Self::Many(slots) => slots.push(slot),
        }
    }

    /// Returns whether nobody is left.
    fn remove(&mut self, slot: Slot) -> bool {
        match self {
            Self::One(only) => *only == slot,
            Self::Many(slots) => {
                slots.retain(|other| *other != slot);
                slots.is_empty()
            }
        }
    }
}
