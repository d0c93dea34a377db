//! All drawers of one chain's memory, and how they are kept within their bounds.

use std::collections::BinaryHeap;

use facts::{BlockRef, KeyedMap};

use super::{
    Entry, MemoryLimits, Series,
    cell::Cell,
    drawer::Drawer,
    journal::{Before, Journal, Undo},
    key::{Key, Sought},
    series::Slot,
};

/// By how much less than the bound there is when room was made: one part of so many.
const SHARE_FREED: u64 = 64;

/// Where a drawer stands among all. It holds until drawers are taken away, which no open block does.
pub(super) type Place = usize;

/// All drawers, and the block they stand at.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) head: Option<BlockRef>,
    pub(super) drawers: Vec<Drawer>,
    places: KeyedMap<Box<str>, Place>,
    /// Bytes of all drawers.
    bytes: u64,
}

impl State {
    pub(super) fn evicted(&self) -> u64 {
        self.drawers.iter().map(|drawer| drawer.losses.evicted).sum()
    }

    pub(super) fn entries(&self) -> usize {
        self.drawers.iter().map(|drawer| drawer.cells.len()).sum()
    }

    /// Where a drawer is, if it was ever begun.
    pub(super) fn place(&self, name: &str) -> Option<Place> {
        self.places.get(name).copied()
    }

    /// Where a drawer is, begun if it was not.
    pub(super) fn place_of(&mut self, name: &str) -> Place {
        self.place(name).unwrap_or_else(|| {
            self.places.insert(name.into(), self.drawers.len());
            self.drawers.push(Drawer::new(name));
            self.drawers.len() - 1
        })
    }

    /// Does something to a drawer within a block, which is told that it did.
    pub(super) fn change<T>(
        &mut self,
        place: Place,
        journal: &mut Journal,
        change: impl FnOnce(&mut Drawer) -> T,
    ) -> T {
        let drawer = &mut self.drawers[place];
        let (bytes, is_first) = (drawer.bytes, drawer.before.is_none());
        let changed = change(drawer);
        self.bytes = self.bytes.saturating_sub(bytes) + drawer.bytes;
        if is_first && drawer.before.is_some() {
            journal.met.push(place);
        }
        changed
    }

    /// Writes a cell, remembering what was there before this block.
    pub(super) fn put(&mut self, place: Place, sought: &Sought, cell: Cell, journal: &mut Journal) {
        self.change(place, journal, |drawer| drawer.put(sought, || sought.key(), cell));
    }

    /// Takes a cell away, remembering what was there before this block.
    pub(super) fn take(&mut self, place: Place, key: &Key, journal: &mut Journal) {
        let block = journal.block.number;
        self.change(place, journal, |drawer| drawer.take(key, block));
    }

    /// Changes a series in place.
    pub(super) fn append(
        &mut self,
        place: Place,
        key: &Key,
        journal: &mut Journal,
        change: impl FnOnce(&mut Series) -> Vec<Entry>,
    ) {
        let block = journal.block.number;
        self.change(place, journal, |drawer| drawer.alter(key, block, change));
    }

    /// Gives up what is oldest, by block and then by key, until the limits hold.
    pub(super) fn make_room(&mut self, place: Place, limits: &MemoryLimits, journal: &mut Journal) {
        while self.drawers[place].cells.len() > limits.entries_per_rule {
            self.evict(place, journal);
        }
        if self.bytes > limits.bytes {
            self.shrink(limits.bytes - limits.bytes / SHARE_FREED, journal);
        }
    }

    /// Lets the fullest drawer give up its oldest entries, again and again, until all hold no more than so many bytes.
    fn shrink(&mut self, bytes: u64, journal: &mut Journal) {
        let drawers = self.drawers.iter().enumerate().filter(|(_, drawer)| !drawer.cells.is_empty());
        let mut by_size: BinaryHeap<_> =
            drawers.map(|(place, drawer)| (drawer.bytes, drawer.name.clone(), place)).collect();
        while self.bytes > bytes
            && let Some((_, name, place)) = by_size.pop()
        {
            self.evict(place, journal);
            let drawer = &self.drawers[place];
            if !drawer.cells.is_empty() {
                by_size.push((drawer.bytes, name, place));
            }
        }
    }

    fn evict(&mut self, place: Place, journal: &mut Journal) {
        let (block, time) = (journal.block.number, journal.time);
        self.change(place, journal, |drawer| {
            for key in drawer.oldest() {
                drawer.lose(block, time);
                drawer.take(&key, block);
            }
        });
    }

    /// Makes room for one more key in a slot by forgetting those whose time is over. Whether there is room.
    pub(super) fn admit(&mut self, place: Place, slot: &Slot, journal: &mut Journal) -> bool {
        let is_full = |state: &Self| state.drawers[place].keys_in(slot) >= slot.keys_max;
        let (block, time) = (journal.block.number, journal.time);
        // Nothing more can be over within the same block, so one look a block is enough.
        if is_full(self) && journal.swept.insert((place, slot.id)) {
            for key in self.drawers[place].over(slot, block, time) {
                self.take(place, &key, journal);
            }
        }
        if is_full(self) {
            self.change(place, journal, |drawer| drawer.lose(block, time));
            return false;
        }
        true
    }

    /// Puts a cell in place without a word about what was there.
    pub(super) fn add(&mut self, place: Place, key: Key, cell: Cell) {
        let drawer = &mut self.drawers[place];
        let bytes = drawer.bytes;
        drawer.add(key, cell);
        self.bytes = self.bytes.saturating_sub(bytes) + drawer.bytes;
    }

    /// Keeps the drawers with these names.
    pub(super) fn retain(&mut self, keep: &dyn Fn(&str) -> bool) {
        self.drawers.retain(|drawer| keep(&drawer.name));
        self.places = (0..).zip(&self.drawers).map(|(place, drawer)| ((&*drawer.name).into(), place)).collect();
        self.bytes = self.drawers.iter().map(|drawer| drawer.bytes).sum();
    }

    /// Closes a block: its before-images become its undo.
    pub(super) fn advance(&mut self, journal: Journal) -> Undo {
        let before = self.head.replace(journal.block.clone());
        Undo::of(before, journal, &mut self.drawers)
    }

    /// Undoes a closed block.
    pub(super) fn put_back(&mut self, undo: Undo) {
        let block = undo.number();
        self.head = undo.head;
        for (name, before) in undo.journal.before {
            let place = self.place_of(&name);
            self.restore(place, block, |_| Some(before));
        }
    }

    /// Puts every before-image of an open block back.
    pub(super) fn roll_back(&mut self, journal: &Journal) {
        for place in &journal.met {
            self.restore(*place, journal.block.number, |drawer| drawer.before.take());
        }
    }

    fn restore(&mut self, place: Place, block: u64, before: impl FnOnce(&mut Drawer) -> Option<Before>) {
        let drawer = &mut self.drawers[place];
        let bytes = drawer.bytes;
        if let Some(before) = before(drawer) {
            drawer.put_back(before, block);
        }
        self.bytes = self.bytes.saturating_sub(bytes) + drawer.bytes;
    }
}
