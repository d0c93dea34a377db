use std::collections::{BTreeMap, BTreeSet};

use facts::BlockRef;
use serde::{Deserialize, Serialize};

use super::{
    MemoryLimits,
    cell::{Cell, Content},
    journal::{Journal, Undo, Was},
    key::Key,
    series::Slot,
};

/// All drawers, and the block they stand at.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) head: Option<BlockRef>,
    pub(super) drawers: BTreeMap<String, Drawer>,
    /// Bytes of all drawers.
    pub(super) bytes: u64,
}

/// What one rule remembers.
#[derive(Debug, Clone, Default)]
pub(super) struct Drawer {
    pub(super) cells: BTreeMap<Key, Cell>,
    pub(super) losses: Losses,
    /// The same keys by the block that last wrote them: who goes first when it gets tight.
    age: BTreeSet<(u64, Key)>,
    /// How many keys each slot has.
    slots: BTreeMap<[u8; 8], usize>,
    bytes: u64,
}

/// What had to be given up for want of room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Losses {
    /// How many entries.
    pub(super) evicted: u64,
    /// Block and time of the last one; what is not found since then may have been there.
    pub(super) last: Option<(u64, u64)>,
}

impl Losses {
    pub(super) fn note(&mut self, journal: &Journal) {
        self.evicted = self.evicted.saturating_add(1);
        self.last = Some((journal.block.number, journal.time));
    }
}

impl Drawer {
    pub(super) fn get(&self, key: &Key) -> Option<&Cell> {
        self.cells.get(key)
    }

    /// Puts a cell in place, or takes it away, keeping age and size in step.
    fn set(&mut self, key: Key, cell: Option<Cell>) {
        let slot = key.slot();
        if let Some(old) = self.cells.remove(&key) {
            self.bytes = self.bytes.saturating_sub(weight(&key, &old));
            self.age.remove(&(old.touched, key.clone()));
            if let Some(count) = slot.and_then(|slot| self.slots.get_mut(&slot)) {
                *count = count.saturating_sub(1);
            }
        }
        if let Some(cell) = cell {
            self.bytes += weight(&key, &cell);
            self.age.insert((cell.touched, key.clone()));
            self.cells.insert(key, cell);
            if let Some(slot) = slot {
                *self.slots.entry(slot).or_default() += 1;
            }
        }
    }

    /// Changes a cell in place, keeping age and size in step.
    fn alter(&mut self, key: &Key, block: u64, change: impl FnOnce(&mut Content)) {
        let Some(cell) = self.cells.get_mut(key) else { return };
        let (touched, before) = (cell.touched, cell.content.size());
        change(&mut cell.content);
        cell.touched = block;
        self.bytes = self.bytes.saturating_sub(before).saturating_add(cell.content.size());
        if touched != block {
            self.age.remove(&(touched, key.clone()));
            self.age.insert((block, key.clone()));
        }
    }

    /// How many keys are in a slot.
    pub(super) fn keys_in(&self, slot: &Slot) -> usize {
        self.slots.get(&slot.id).copied().unwrap_or(0)
    }

    fn is_blank(&self) -> bool {
        self.cells.is_empty() && self.losses == Losses::default()
    }
}

fn weight(key: &Key, cell: &Cell) -> u64 {
    key.len() as u64 + cell.content.size() + 48
}

impl State {
    pub(super) fn evicted(&self) -> u64 {
        self.drawers.values().map(|drawer| drawer.losses.evicted).sum()
    }

    pub(super) fn entries(&self) -> usize {
        self.drawers.values().map(|drawer| drawer.cells.len()).sum()
    }

    pub(super) fn drawer(&mut self, rule: &str) -> &mut Drawer {
        if !self.drawers.contains_key(rule) {
            self.drawers.insert(rule.to_owned(), Drawer::default());
        }
        self.drawers.get_mut(rule).expect("the drawer was inserted above")
    }

    /// Puts a cell in place without a word about what was there.
    pub(super) fn set(&mut self, rule: &str, key: Key, cell: Option<Cell>) {
        let drawer = self.drawer(rule);
        let before = drawer.bytes;
        drawer.set(key, cell);
        let after = drawer.bytes;
        self.bytes = self.bytes.saturating_sub(before).saturating_add(after);
    }

    /// Writes a cell, remembering what was there before this block.
    pub(super) fn write(&mut self, rule: &str, key: Key, cell: Option<Cell>, journal: &mut Journal) {
        journal.remember(rule, &key, self.drawer(rule));
        self.set(rule, key, cell);
    }

    /// Changes a series in place. Only what the change adds and lets go is remembered, not the whole of it.
    pub(super) fn append(
        &mut self,
        rule: &str,
        key: &Key,
        journal: &mut Journal,
        change: impl FnOnce(&mut super::Series) -> Vec<super::Entry>,
    ) {
        let block = journal.block.number;
        let drawer = self.drawer(rule);
        let before = journal.remember_series(rule, key, drawer);
        let (bytes, mut gone) = (drawer.bytes, Vec::new());
        drawer.alter(key, block, |content| {
            if let Content::Series(series) = content {
                gone = change(series);
            }
        });
        if let Some(Was::Series { gone: so_far, .. }) = before {
            so_far.extend(gone);
        }
        let after = drawer.bytes;
        self.bytes = self.bytes.saturating_sub(bytes).saturating_add(after);
    }

    /// Gives up what is oldest, by block and then by key, until the limits hold.
    pub(super) fn make_room(&mut self, rule: &str, limits: &MemoryLimits, journal: &mut Journal) {
        while self.drawers.get(rule).is_some_and(|drawer| drawer.cells.len() > limits.entries_per_rule) {
            self.evict(rule, journal);
        }
        while self.bytes > limits.bytes {
            let fullest = self.drawers.iter().filter(|(_, drawer)| !drawer.cells.is_empty());
            let Some((rule, _)) = fullest.max_by_key(|(rule, drawer)| (drawer.bytes, *rule)) else { return };
            let rule = rule.clone();
            self.evict(&rule, journal);
        }
    }

    /// Makes room for one more key in a slot by forgetting those whose time is over. Whether there is room.
    pub(super) fn admit(&mut self, rule: &str, slot: &Slot, journal: &mut Journal) -> bool {
        let is_full = |state: &mut Self| state.drawer(rule).keys_in(slot) >= slot.keys_max;
        // Nothing more can be over within the same block, so one look a block is enough.
        if is_full(self) && journal.swept.insert((rule.to_owned(), slot.id)) {
            let (block, time) = (journal.block.number, journal.time);
            let drawer = self.drawer(rule);
            let is_over = |(key, cell): &(&Key, &Cell)| key.slot() == Some(slot.id) && cell.is_over(slot, block, time);
            let over: Vec<_> = drawer.cells.iter().filter(is_over).map(|(key, _)| key.clone()).collect();
            for key in over {
                self.write(rule, key, None, journal);
            }
        }
        if is_full(self) {
            let drawer = self.drawer(rule);
            journal.meet(rule, drawer);
            drawer.losses.note(journal);
            return false;
        }
        true
    }

    fn evict(&mut self, rule: &str, journal: &mut Journal) {
        let drawer = self.drawer(rule);
        let Some((_, key)) = drawer.age.first().cloned() else { return };
        journal.remember(rule, &key, drawer);
        drawer.losses.note(journal);
        self.set(rule, key, None);
    }

    /// Keeps the drawers with these names.
    pub(super) fn retain(&mut self, keep: &dyn Fn(&str) -> bool) {
        self.drawers.retain(|drawer, _| keep(drawer));
        self.bytes = self.drawers.values().map(|drawer| drawer.bytes).sum();
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
        let block = journal.block.number;
        for (rule, before) in journal.before {
            let drawer = self.drawer(&rule);
            drawer.losses = before.losses;
            for (key, was) in before.cells {
                let cell = was.into_cell(self.drawer(&rule).get(&key), block);
                self.set(&rule, key, cell);
            }
            if self.drawer(&rule).is_blank() {
                self.drawers.remove(&rule);
            }
        }
    }
}
