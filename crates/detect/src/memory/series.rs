use std::collections::VecDeque;

use facts::U256;
use serde::{Deserialize, Serialize};

use super::{
    Span,
    cell::{Cell, Content},
    key::Sought,
};

/// A place for one kind of thing that a rule in data keeps by key, with its limits.
///
/// Its id is a digest of its definition, so that a changed rule never reads what an earlier version meant otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) id: [u8; 8],
    /// How long an entry counts.
    pub(crate) span: Span,
    /// Entries of one key.
    pub(crate) entries_max: usize,
    /// Keys at a time.
    pub(crate) keys_max: usize,
    /// Whether the oldest entry may make room for the newest without being missed.
    pub(crate) is_ring: bool,
}

/// One thing that happened, or several of one block taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) block: u64,
    pub(crate) time: u64,
    pub(crate) count: u64,
    pub(crate) value: U256,
}

/// Entries of one key, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Series {
    pub(crate) entries: VecDeque<Entry>,
    /// Until when something is missing from it that its span would still hold, in blocks or seconds as the span.
    pub(super) short_until: u64,
}

/// How an entry joins those that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Joining {
    /// It adds to that of the same block.
    Merged,
    /// It stands for itself.
    Apart,
    /// It stands for itself, unless the same value was named in the same block.
    Distinct,
    /// Of those of one block, the least stays.
    Least,
    /// The greatest.
    Most,
    /// The first.
    First,
    /// The last.
    Last,
}

/// What is found at a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found<T> {
    /// This, and nothing of it is missing.
    Whole(T),
    /// Nothing was ever there, or it is too long ago.
    Nothing,
    /// There may have been something, but it had to be given up for want of room.
    Lost,
}

impl Span {
    pub(crate) fn length(self) -> u64 {
        match self {
            Span::Blocks(length) | Span::Seconds(length) => length,
        }
    }

    /// The block or the time, whichever the span counts.
    pub(crate) fn moment(self, block: u64, time: u64) -> u64 {
        match self {
            Span::Blocks(_) => block,
            Span::Seconds(_) => time,
        }
    }

    /// Whether something of `then` still counts `now`.
    pub(crate) fn reaches(self, then: u64, now: u64) -> bool {
        now.saturating_sub(then) < self.length()
    }
}

impl Slot {
    /// The key of something in this slot.
    pub(super) fn key(&self, kind: u8, key: &[u8]) -> Sought {
        Sought::in_slot(kind, self.id, key)
    }

    fn reaches(&self, entry: &Entry, now: u64) -> bool {
        self.span.reaches(self.span.moment(entry.block, entry.time), now)
    }
}

impl Series {
    /// Bytes of one entry by our own count.
    pub(crate) const ENTRY_BYTES: usize = 56;

    /// The entries that `slot`'s span still holds.
    pub(crate) fn within<'a>(&'a self, slot: &'a Slot, block: u64, time: u64) -> impl Iterator<Item = &'a Entry> + 'a {
        let now = slot.span.moment(block, time);
        self.entries.iter().filter(move |entry| slot.reaches(entry, now))
    }

    /// Adds an entry and lets go of those that are too old or too many. Those that were there before this block are
    /// returned, oldest first: they have to come back when the block is undone.
    pub(super) fn append(&mut self, new: Entry, joining: Joining, slot: &Slot) -> Vec<Entry> {
        let mut gone = Vec::new();
        let now = slot.span.moment(new.block, new.time);
        let mut drop_first = |entries: &mut VecDeque<Entry>| {
            gone.extend(entries.pop_front().filter(|entry| entry.block != new.block));
        };
        while self.entries.front().is_some_and(|entry| !slot.reaches(entry, now)) {
            drop_first(&mut self.entries);
        }
        let mut of_block = self.entries.iter_mut().rev().take_while(|entry| entry.block == new.block);
        let same = match joining {
            Joining::Merged | Joining::Least | Joining::Most | Joining::First | Joining::Last => of_block.next(),
            Joining::Apart => None,
            Joining::Distinct => of_block.find(|entry| entry.value == new.value),
        };
        match same {
            Some(same) => {
                same.count = same.count.saturating_add(new.count);
                same.value = match joining {
                    Joining::Merged => same.value.saturating_add(new.value),
                    Joining::Least => same.value.min(new.value),
                    Joining::Most => same.value.max(new.value),
                    Joining::Last => new.value,
                    Joining::Apart | Joining::Distinct | Joining::First => same.value,
                };
            }
            None => self.entries.push_back(new),
        }
        while self.entries.len() > slot.entries_max.max(1) {
            if let Some(first) = self.entries.front().filter(|_| !slot.is_ring) {
                let until = slot.span.moment(first.block, first.time).saturating_add(slot.span.length());
                self.short_until = self.short_until.max(until);
            }
            drop_first(&mut self.entries);
        }
        gone
    }

    /// Does again what a block did to it; returns what it let go.
    pub(super) fn repeat(&mut self, short_until: u64, gone: u32, added: Vec<Entry>) -> Vec<Entry> {
        let gone = self.entries.len().min(usize::try_from(gone).unwrap_or(usize::MAX));
        let gone = self.entries.drain(..gone).collect();
        self.entries.extend(added);
        self.short_until = short_until;
        gone
    }

    /// Takes back what `block` added, and puts back what it let go.
    pub(super) fn take_back(&mut self, block: u64, gone: Vec<Entry>, short_until: u64) {
        while self.entries.back().is_some_and(|entry| entry.block == block) {
            self.entries.pop_back();
        }
        for entry in gone.into_iter().rev() {
            self.entries.push_front(entry);
        }
        self.short_until = short_until;
    }
}

impl Cell {
    /// Whether nothing that `slot` would still count is in it.
    pub(super) fn is_over(&self, slot: &Slot, block: u64, time: u64) -> bool {
        let now = slot.span.moment(block, time);
        match &self.content {
            Content::Series(series) => {
                now >= series.short_until && series.entries.back().is_none_or(|last| !slot.reaches(last, now))
            }
            Content::Note(note) => {
                now >= note.short_until && !slot.span.reaches(slot.span.moment(self.touched, note.time), now)
            }
            _ => false,
        }
    }
}
