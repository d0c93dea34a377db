//! Cells by their keys. Each hash is kept beside its key: a table that grows then moves what it holds without looking at
//! any key again, which lie all over the memory.

use std::hash::BuildHasher;

use facts::Keyed;
use hashbrown::HashTable;

use super::{cell::Cell, key::Key};

#[derive(Debug, Clone, Default)]
pub(super) struct Cells {
    table: HashTable<Held>,
    hasher: Keyed,
}

#[derive(Debug, Clone)]
struct Held {
    hash: u64,
    key: Key,
    cell: Cell,
}

impl Cells {
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// All of them, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Key, &Cell)> {
        self.table.iter().map(|held| (&held.key, &held.cell))
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<&Cell> {
        let hash = self.hasher.hash_one(key);
        self.table.find(hash, |held| held.is(hash, key)).map(|held| &held.cell)
    }

    pub(super) fn get_mut(&mut self, key: &[u8]) -> Option<(&Key, &mut Cell)> {
        let hash = self.hasher.hash_one(key);
        self.table.find_mut(hash, |held| held.is(hash, key)).map(|held| (&held.key, &mut held.cell))
    }

    /// Puts a cell where none is.
    pub(super) fn add(&mut self, key: Key, cell: Cell) {
        let hash = self.hasher.hash_one(key.bytes());
        self.table.insert_unique(hash, Held { hash, key, cell }, |held| held.hash);
    }

    pub(super) fn remove(&mut self, key: &[u8]) -> Option<Cell> {
        let hash = self.hasher.hash_one(key);
        let found = self.table.find_entry(hash, |held| held.is(hash, key)).ok()?;
        Some(found.remove().0.cell)
    }
}

impl Held {
    fn is(&self, hash: u64, key: &[u8]) -> bool {
        self.hash == hash && self.key.bytes() == key
    }
}
