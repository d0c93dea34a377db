use std::collections::{BTreeMap, BTreeSet};

use facts::BlockRef;

use super::{
    MemoryLimits,
    cell::Cell,
    journal::{Journal, Undo},
    key::Key,
};

/// All drawers, and the block they stand at.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) head: Option<BlockRef>,
    pub(super) drawers: BTreeMap<String, Drawer>,
}

/// What one rule remembers.
#[derive(Debug, Clone, Default)]
pub(super) struct Drawer {
    pub(super) cells: BTreeMap<Key, Cell>,
    pub(super) evicted: u64,
    /// The same keys by the block that last wrote them: who goes first when it gets tight.
    age: BTreeSet<(u64, Key)>,
    bytes: u64,
}

impl Drawer {
    pub(super) fn get(&self, key: &Key) -> Option<&Cell> {
        self.cells.get(key)
    }

    /// Puts a cell in place, or takes it away, keeping age and size in step.
    pub(super) fn set(&mut self, key: Key, cell: Option<Cell>) {
        if let Some(old) = self.cells.remove(&key) {
            self.bytes = self.bytes.saturating_sub(weight(&key, &old));
            self.age.remove(&(old.touched, key.clone()));
        }
        if let Some(cell) = cell {
            self.bytes += weight(&key, &cell);
            self.age.insert((cell.touched, key.clone()));
            self.cells.insert(key, cell);
        }
    }

    fn is_blank(&self) -> bool {
        self.cells.is_empty() && self.evicted == 0
    }
}

fn weight(key: &Key, cell: &Cell) -> u64 {
    key.len() as u64 + cell.content.size() + 48
}

impl State {
    pub(super) fn evicted(&self) -> u64 {
        self.drawers.values().map(|drawer| drawer.evicted).sum()
    }

    pub(super) fn entries(&self) -> usize {
        self.drawers.values().map(|drawer| drawer.cells.len()).sum()
    }

    fn bytes(&self) -> u64 {
        self.drawers.values().map(|drawer| drawer.bytes).sum()
    }

    pub(super) fn drawer(&mut self, rule: &str) -> &mut Drawer {
        if !self.drawers.contains_key(rule) {
            self.drawers.insert(rule.to_owned(), Drawer::default());
        }
        self.drawers.get_mut(rule).expect("the drawer was inserted above")
    }

    /// Writes a cell, remembering what was there before this block.
    pub(super) fn write(&mut self, rule: &str, key: Key, cell: Option<Cell>, journal: &mut Journal) {
        let drawer = self.drawer(rule);
        journal.remember(rule, &key, drawer);
        drawer.set(key, cell);
    }

    /// Gives up what is oldest, by block and then by key, until the limits hold.
    pub(super) fn make_room(&mut self, rule: &str, limits: &MemoryLimits, journal: &mut Journal) {
        while self.drawers.get(rule).is_some_and(|drawer| drawer.cells.len() > limits.entries_per_rule) {
            self.evict(rule, journal);
        }
        while self.bytes() > limits.bytes {
            let fullest = self.drawers.iter().filter(|(_, drawer)| !drawer.cells.is_empty());
            let Some((rule, _)) = fullest.max_by_key(|(rule, drawer)| (drawer.bytes, *rule)) else { return };
            let rule = rule.clone();
            self.evict(&rule, journal);
        }
    }

    fn evict(&mut self, rule: &str, journal: &mut Journal) {
        let drawer = self.drawer(rule);
        let Some((_, key)) = drawer.age.first().cloned() else { return };
        journal.remember(rule, &key, drawer);
        drawer.set(key, None);
        drawer.evicted = drawer.evicted.saturating_add(1);
    }

    /// Closes a block: its before-images become its undo.
    pub(super) fn advance(&mut self, journal: Journal) -> Undo {
        let before = self.head.replace(journal.block.clone());
        Undo::new(before, journal)
    }

    /// Undoes a closed block.
    pub(super) fn put_back(&mut self, undo: Undo) {
        let (head, journal) = undo.into_parts();
        self.head = head;
        self.roll_back(journal);
    }

    /// Puts every before-image back.
    pub(super) fn roll_back(&mut self, journal: Journal) {
        for (rule, before) in journal.before {
            let drawer = self.drawer(&rule);
            drawer.evicted = before.evicted;
            for (key, cell) in before.cells {
                drawer.set(key, cell);
            }
            if drawer.is_blank() {
                self.drawers.remove(&rule);
            }
        }
    }
}
