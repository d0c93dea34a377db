//! What one rule remembers, and what of it the block at hand has changed so far.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Entry, Series,
    cell::{Cell, Content},
    cells::Cells,
    journal::{Before, Losses, Was},
    key::{Key, Sought},
    series::Slot,
};

/// Of how many entries one is given up when it gets tight: looking for the oldest costs a look at all of them.
const SHARE_GIVEN_UP: usize = 16;

/// What one rule remembers.
#[derive(Debug, Clone)]
pub(super) struct Drawer {
    pub(super) name: Arc<str>,
    pub(super) cells: Cells,
    pub(super) losses: Losses,
    /// How many keys each slot has.
    slots: BTreeMap<[u8; 8], usize>,
    pub(super) bytes: u64,
    /// What the block at hand found here, if it has changed anything.
    pub(super) before: Option<Before>,
}

impl Drawer {
    pub(super) fn new(name: &str) -> Self {
        let (cells, losses) = (Cells::default(), Losses::default());
        Self { name: name.into(), cells, losses, slots: BTreeMap::new(), bytes: 0, before: None }
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<&Cell> {
        self.cells.get(key)
    }

    /// Puts a cell in place, remembering what the block found there. A cell that the block wrote itself was remembered then.
    pub(super) fn put(&mut self, sought: &[u8], key: impl FnOnce() -> Key, new: Cell) {
        let (block, weighs) = (new.touched, weight(sought, &new));
        if let Some((key, cell)) = self.cells.get_mut(sought) {
            self.bytes = self.bytes.saturating_sub(weight(sought, cell)) + weighs;
            let old = std::mem::replace(cell, new);
            if old.touched != block {
                let key = key.clone();
                self.remember(key, Was::Cell(Some(old)));
            } else if matches!(old.content, Content::Series(_)) {
                self.remember_whole(sought, &old, block);
            }
            return;
        }
        let key = key();
        if !self.before().removed.contains_key(sought) {
            self.remember(key.clone(), Was::Cell(None));
        }
        self.add(key, new);
    }

    /// Changes what is at a key in place, or `fresh` there, remembering what the block found.
    pub(super) fn edit<T>(
        &mut self,
        (sought, block): (&Sought, u64),
        mut fresh: Content,
        change: impl FnOnce(&mut Content) -> T,
    ) -> T {
        let Some((key, cell)) = self.cells.get_mut(sought) else {
            let changed = change(&mut fresh);
            self.put(sought, || sought.key(), Cell { touched: block, content: fresh });
            return changed;
        };
        let was = (cell.touched != block).then(|| (key.clone(), cell.clone()));
        let size = cell.content.size();
        let changed = change(&mut cell.content);
        cell.touched = block;
        self.bytes = self.bytes.saturating_sub(size) + cell.content.size();
        if let Some((key, was)) = was {
            self.remember(key, Was::Cell(Some(was)));
        }
        changed
    }

    /// Takes a cell away, remembering what the block found there.
    pub(super) fn take(&mut self, key: &Key, block: u64) {
        let Some(old) = self.remove(key) else { return };
        if old.touched != block {
            self.remember(key.clone(), Was::Cell(Some(old)));
        } else if matches!(old.content, Content::Series(_)) {
            self.remember_whole(key.bytes(), &old, block);
        }
        self.before().removed.insert(key.clone(), ());
    }

    /// Changes a series in place; `change` says what it let go. Only that and what it adds is remembered, not the whole.
    pub(super) fn alter(&mut self, key: &Key, block: u64, change: impl FnOnce(&mut Series) -> Vec<Entry>) {
        let Some((_, cell)) = self.cells.get_mut(key.bytes()) else { return };
        let (touched, size) = (cell.touched, cell.content.size());
        let Content::Series(series) = &mut cell.content else { return };
        let short_until = series.short_until;
        let gone = change(series);
        cell.touched = block;
        self.bytes = self.bytes.saturating_sub(size) + cell.content.size();
        let before = self.before();
        if touched != block {
            before.series.insert(key.clone(), before.cells.len());
            before.cells.push((key.clone(), Was::Series { touched, short_until, gone }));
        } else if let Some((_, Was::Series { gone: so_far, .. })) =
            before.series.get(key).copied().and_then(|at| before.cells.get_mut(at))
        {
            so_far.extend(gone);
        }
    }

    /// Puts back what a block found.
    pub(super) fn put_back(&mut self, before: Before, block: u64) {
        self.losses = before.losses;
        for (key, was) in before.cells {
            let now = self.remove(&key);
            if let Some(cell) = was.into_cell(now.as_ref(), block) {
                self.add(key, cell);
            }
        }
    }

    /// Puts a cell where none is, without a word about it.
    pub(super) fn add(&mut self, key: Key, cell: Cell) {
        self.bytes += weight(key.bytes(), &cell);
        if let Some(slot) = key.slot() {
            *self.slots.entry(slot).or_default() += 1;
        }
        self.cells.add(key, cell);
    }

    fn remove(&mut self, key: &Key) -> Option<Cell> {
        let old = self.cells.remove(key.bytes())?;
        self.bytes = self.bytes.saturating_sub(weight(key.bytes(), &old));
        if let Some(count) = key.slot().and_then(|slot| self.slots.get_mut(&slot)) {
            *count = count.saturating_sub(1);
        }
        Some(old)
    }

    /// The keys to give up when it gets tight: a part of all, oldest first, by block and then by key.
    pub(super) fn oldest(&self) -> Vec<Key> {
        let count = (self.cells.len() / SHARE_GIVEN_UP).max(1);
        let mut by_age: Vec<_> = self.cells.iter().map(|(key, cell)| (cell.touched, key)).collect();
        if count < by_age.len() {
            by_age.select_nth_unstable(count);
            by_age.truncate(count);
        }
        by_age.sort_unstable();
        by_age.into_iter().map(|(_, key)| key.clone()).collect()
    }

    /// The keys of a slot whose time is over, in order.
    pub(super) fn over(&self, slot: &Slot, block: u64, time: u64) -> Vec<Key> {
        let is_over = |(key, cell): &(&Key, &Cell)| key.slot() == Some(slot.id) && cell.is_over(slot, block, time);
        let mut over: Vec<_> = self.cells.iter().filter(is_over).map(|(key, _)| key.clone()).collect();
        over.sort_unstable();
        over
    }

    /// How many keys are in a slot.
    pub(super) fn keys_in(&self, slot: &Slot) -> usize {
        self.slots.get(&slot.id).copied().unwrap_or(0)
    }

    /// Puts a cell in place as it was put there once.
    pub(super) fn repeat(&mut self, key: Key, cell: Cell) {
        self.put(key.bytes(), || key.clone(), cell);
    }

    /// Says what has been given up so far.
    pub(super) fn lost(&mut self, losses: Losses) {
        if losses != self.losses {
            self.before();
            self.losses = losses;
        }
    }

    /// Notes that something had to be given up.
    pub(super) fn lose(&mut self, block: u64, time: u64) {
        self.before();
        self.losses.note(block, time);
    }

    /// What the block found here, begun if this is the first that it changes.
    fn before(&mut self) -> &mut Before {
        let losses = self.losses;
        self.before.get_or_insert_with(|| Before { losses, ..Before::default() })
    }

    fn remember(&mut self, key: Key, was: Was) {
        self.before().cells.push((key, was));
    }

    /// Remembers the whole of a series of which only the change was: it can no longer be told from what will be there.
    fn remember_whole(&mut self, key: &[u8], now: &Cell, block: u64) {
        let before = self.before();
        let Some((_, was)) = before.series.remove(key).and_then(|at| before.cells.get_mut(at)) else { return };
        *was = Was::Cell(std::mem::replace(was, Was::Cell(None)).into_cell(Some(now), block));
    }
}

fn weight(key: &[u8], cell: &Cell) -> u64 {
    key.len() as u64 + cell.content.size() + 48
}
