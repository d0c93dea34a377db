use std::{
    cell::OnceCell,
    collections::{BTreeMap, VecDeque},
};

use facts::U256;
use serde::Serialize;

use super::{
    MemoryLimits,
    cell::{Bucket, Cell, Content},
    drawer::Drawer,
    journal::Journal,
    key::{Sought, held},
    state::{Place, State},
};

/// One rule's drawer while a block is open.
///
/// A key is a list of parts, such as an address and a selector. The same key may hold one value of each kind.
/// Sums and counts saturate: a token that lies about amounts is the only way there.
#[derive(Debug)]
pub struct MemoryView<'a> {
    rule: &'a str,
    /// Where its drawer is, once somebody has asked.
    place: OnceCell<Place>,
    pub(super) state: &'a mut State,
    pub(super) journal: &'a mut Journal,
    pub(super) limits: &'a MemoryLimits,
}

/// How far back a window reaches, the current block included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Span {
    /// So many blocks by height.
    Blocks(u64),
    /// So many seconds by the blocks' own time.
    Seconds(u64),
}

/// What a window holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many entries.
    pub count: u64,
    /// The sum of their amounts.
    pub sum: U256,
}

impl<'a> MemoryView<'a> {
    pub(super) fn new(rule: &'a str, state: &'a mut State, journal: &'a mut Journal, limits: &'a MemoryLimits) -> Self {
        Self { rule, place: OnceCell::new(), state, journal, limits }
    }

    /// The same, knowing where the drawer is from another view of it in the same block.
    pub(crate) fn at(mut self, known: Option<usize>) -> Self {
        self.place = known.map_or_else(OnceCell::new, OnceCell::from);
        self
    }

    /// Where the drawer is, if anybody has looked into it.
    pub(crate) fn known(&self) -> Option<usize> {
        self.place.get().copied()
    }

    /// The counter at `key`; zero if there is none.
    pub fn count(&self, key: &[&[u8]]) -> u64 {
        match self.content(&Sought::of(Content::COUNT, key)) {
            Some(Content::Count(count)) => *count,
            _ => 0,
        }
    }

    /// Adds to the counter at `key`, and returns it.
    pub fn add_count(&mut self, key: &[&[u8]], more: u64) -> u64 {
        self.edit(&Sought::of(Content::COUNT, key), Content::Count(0), |content| {
            let Content::Count(count) = content else { return 0 };
            *count = count.saturating_add(more);
            *count
        })
    }

    /// The sum at `key`; zero if there is none.
    pub fn sum(&self, key: &[&[u8]]) -> U256 {
        match self.content(&Sought::of(Content::SUM, key)) {
            Some(Content::Sum(sum)) => *sum,
            _ => U256::ZERO,
        }
    }

    /// Adds to the sum at `key`, and returns it.
    pub fn add_sum(&mut self, key: &[&[u8]], more: U256) -> U256 {
        self.edit(&Sought::of(Content::SUM, key), Content::Sum(U256::ZERO), |content| {
            let Content::Sum(sum) = content else { return U256::ZERO };
            *sum = sum.saturating_add(more);
            *sum
        })
    }

    /// Adds a member to the set at `key`; whether it was not in it. A full set
    /// ([`MemoryLimits::members`]) forgets the member that was named longest ago.
    pub fn insert(&mut self, key: &[&[u8]], member: &[u8]) -> bool {
        let (block, limits) = (self.journal.block.number, self.limits);
        let key = Sought::of(Content::SET, key);
        self.edit(&key, Content::Set(BTreeMap::new()), |set| set.insert(held(member), block, limits))
    }

    /// Whether the set at `key` has this member.
    pub fn contains(&self, key: &[&[u8]], member: &[u8]) -> bool {
        let set = self.content(&Sought::of(Content::SET, key));
        matches!(set, Some(Content::Set(members)) if members.contains_key(&held(member)))
    }

    /// How many members the set at `key` has.
    pub fn distinct(&self, key: &[&[u8]]) -> usize {
        match self.content(&Sought::of(Content::SET, key)) {
            Some(Content::Set(members)) => members.len(),
            _ => 0,
        }
    }

    /// Adds an entry of `amount` to the window at `key`, and returns what `span` holds with it. What lies before
    /// the span is forgotten, so one window has one span.
    pub fn push(&mut self, key: &[&[u8]], span: Span, amount: U256) -> Tally {
        let (block, time) = (self.journal.block.number, self.journal.time);
        let (key, limits) = (Sought::of(Content::WINDOW, key), self.limits);
        self.edit(&key, Content::Window(VecDeque::new()), |window| {
            if let Content::Window(buckets) = window {
                buckets.retain(|bucket| span.holds(bucket, block, time));
            }
            window.push(Bucket { block, time, count: 1, sum: amount }, limits);
            tally(window, span, block, time)
        })
    }

    /// What the window at `key` holds within `span`.
    pub fn window(&self, key: &[&[u8]], span: Span) -> Tally {
        let window = self.content(&Sought::of(Content::WINDOW, key));
        window.map_or_else(Tally::default, |window| tally(window, span, self.journal.block.number, self.journal.time))
    }

    /// The value last kept at `key`.
    pub fn last(&self, key: &[&[u8]]) -> Option<&[u8]> {
        match self.content(&Sought::of(Content::LAST, key)) {
            Some(Content::Last(value)) => Some(value),
            _ => None,
        }
    }

    /// The value last kept at `key` in a drawer that all rules may read.
    pub(crate) fn last_of(&self, drawer: &str, key: &[&[u8]]) -> Option<&[u8]> {
        let drawer = self.state.drawers.get(self.state.place(drawer)?)?;
        match &drawer.get(&Sought::of(Content::LAST, key))?.content {
            Content::Last(value) => Some(value),
            _ => None,
        }
    }

    /// Keeps a value at `key`. More than [`MemoryLimits::VALUE_BYTES`] bytes are kept as their digest.
    pub fn set_last(&mut self, key: &[&[u8]], value: &[u8]) {
        self.put(&Sought::of(Content::LAST, key), Content::Last(held(value)));
    }

    /// Forgets every kind of value at `key`.
    pub fn forget(&mut self, key: &[&[u8]]) {
        for kind in [Content::COUNT, Content::SUM, Content::SET, Content::WINDOW, Content::LAST] {
            let key = Sought::of(kind, key);
            if self.content(&key).is_some() {
                self.strike(&key);
            }
        }
    }

    pub(super) fn content(&self, key: &Sought) -> Option<&Content> {
        self.cell(key).map(|cell| &cell.content)
    }

    pub(super) fn cell(&self, key: &Sought) -> Option<&Cell> {
        self.drawer()?.get(key)
    }

    /// Its drawer, if it ever kept anything.
    pub(super) fn drawer(&self) -> Option<&Drawer> {
        if self.place.get().is_none() {
            let _ = self.place.set(self.state.place(self.rule)?);
        }
        self.state.drawers.get(*self.place.get()?)
    }

    /// Where its drawer is, begun if it was not.
    pub(super) fn place(&mut self) -> Place {
        *self.place.get_or_init(|| self.state.place_of(self.rule))
    }

    /// Changes what is at a key, or `fresh` where nothing is.
    fn edit<T>(&mut self, key: &Sought, fresh: Content, change: impl FnOnce(&mut Content) -> T) -> T {
        let (place, block) = (self.place(), self.journal.block.number);
        let changed = self.state.change(place, self.journal, |drawer| drawer.edit((key, block), fresh, change));
        self.state.make_room(place, self.limits, self.journal);
        changed
    }

    /// Takes whatever is at a key away.
    pub(super) fn strike(&mut self, key: &Sought) {
        let place = self.place();
        self.state.take(place, &key.key(), self.journal);
    }

    pub(super) fn put(&mut self, key: &Sought, content: Content) {
        let cell = Cell { touched: self.journal.block.number, content };
        let place = self.place();
        self.state.put(place, key, cell, self.journal);
        self.state.make_room(place, self.limits, self.journal);
    }
}

impl Span {
    fn holds(self, bucket: &Bucket, block: u64, time: u64) -> bool {
        match self {
            Span::Blocks(blocks) => block.saturating_sub(bucket.block) < blocks,
            Span::Seconds(seconds) => time.saturating_sub(bucket.time) < seconds,
        }
    }
}

fn tally(window: &Content, span: Span, block: u64, time: u64) -> Tally {
    let Content::Window(buckets) = window else { return Tally::default() };
    let within = buckets.iter().filter(|bucket| span.holds(bucket, block, time));
    within.fold(Tally::default(), |tally, bucket| Tally {
        count: tally.count.saturating_add(bucket.count),
        sum: tally.sum.saturating_add(bucket.sum),
    })
}
