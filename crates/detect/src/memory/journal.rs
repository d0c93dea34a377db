use std::collections::{BTreeSet, VecDeque};

use case::Digest;
use facts::{BlockRef, KeyedMap};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Entry,
    cell::{Cell, Content},
    drawer::Drawer,
    key::Key,
    state::{Place, State},
};
use crate::DetectError;

/// An open block: which drawers it changed. What it found in them is kept with them meanwhile.
#[derive(Debug)]
pub(super) struct Journal {
    pub(super) block: BlockRef,
    pub(super) time: u64,
    pub(super) met: Vec<Place>,
    /// Slots in which this block has looked for keys whose time is over.
    pub(super) swept: BTreeSet<(Place, [u8; 8])>,
}

/// What a block found when it first touched something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Found {
    block: BlockRef,
    time: u64,
    /// Drawer by drawer.
    pub(super) before: Vec<(String, Before)>,
}

/// The before-images of one drawer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Before {
    pub(super) losses: Losses,
    /// Each key once, in the order in which they were touched.
    pub(super) cells: Vec<(Key, Was)>,
    /// Where the series stand of which only the change is remembered, while the block is open.
    #[serde(skip)]
    pub(super) series: KeyedMap<Key, usize>,
    /// Keys that were taken away, while the block is open: only their absence does not tell when they were last written.
    #[serde(skip)]
    pub(super) removed: KeyedMap<Key, ()>,
}

impl PartialEq for Before {
    fn eq(&self, other: &Self) -> bool {
        self.losses == other.losses && self.cells == other.cells
    }
}

impl Eq for Before {}

/// What had to be given up for want of room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Losses {
    /// How many entries.
    pub(super) evicted: u64,
    /// Block and time of the last one; what is not found since then may have been there.
    pub(super) last: Option<(u64, u64)>,
}

impl Losses {
    pub(super) fn note(&mut self, block: u64, time: u64) {
        self.evicted = self.evicted.saturating_add(1);
        self.last = Some((block, time));
    }
}

/// What was under a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Was {
    /// This, or nothing.
    Cell(Option<Cell>),
    /// A series of which only this is different: entries of the block are on top of it, and these are gone.
    Series { touched: u64, short_until: u64, gone: Vec<Entry> },
}

impl Was {
    /// The cell as it was, from how it is after the block.
    pub(super) fn into_cell(self, now: Option<&Cell>, block: u64) -> Option<Cell> {
        let (touched, short_until, gone) = match self {
            Was::Cell(cell) => return cell,
            Was::Series { touched, short_until, gone } => (touched, short_until, gone),
        };
        let mut cell = now.cloned()?;
        cell.touched = touched;
        if let Content::Series(series) = &mut cell.content {
            series.take_back(block, gone, short_until);
        }
        Some(cell)
    }
}

impl Journal {
    pub(super) fn new(block: BlockRef, time: u64) -> Self {
        Self { block, time, met: Vec::new(), swept: BTreeSet::new() }
    }

    /// Takes what was noted out, leaving an empty journal of the same block.
    pub(super) fn take(&mut self) -> Self {
        let empty = Self::new(self.block.clone(), self.time);
        std::mem::replace(self, empty)
    }
}

/// How to undo one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Undo {
    pub(super) head: Option<BlockRef>,
    pub(super) journal: Found,
}

impl Undo {
    /// The undo of a block that closes, with what is kept of it in the drawers. `head` is the block before it.
    pub(super) fn of(head: Option<BlockRef>, journal: Journal, drawers: &mut [Drawer]) -> Self {
        let found = |place: &Place| {
            let drawer = drawers.get_mut(*place)?;
            let Before { losses, cells, .. } = drawer.before.take()?;
            Some((drawer.name.to_string(), Before { losses, cells, ..Before::default() }))
        };
        let before = journal.met.iter().filter_map(found).collect();
        Self { head, journal: Found { block: journal.block, time: journal.time, before } }
    }

    /// Keeps the before-images of the drawers with these names.
    pub(super) fn retain(&mut self, keep: &dyn Fn(&str) -> bool) {
        self.journal.before.retain(|(drawer, _)| keep(drawer));
    }

    pub(super) fn number(&self) -> u64 {
        self.journal.block.number
    }

    /// What the block changed, as it stands in `state` after it, in the order of names and keys.
    pub(super) fn changes(&self, state: &State) -> BlockChanges {
        let Found { block, time, before } = &self.journal;
        let mut rules = Vec::new();
        for (rule, before) in before {
            let drawer = state.place(rule).and_then(|place| state.drawers.get(place));
            let changed = before.cells.iter().filter_map(|(key, was)| {
                let now = drawer.and_then(|drawer| drawer.cells.get(key.bytes()));
                Some((key.clone(), Is::after(was, now, block.number)?))
            });
            let mut cells = changed.collect::<Vec<_>>();
            cells.sort_unstable_by(|(one, _), (two, _)| one.cmp(two));
            let losses = drawer.map_or_else(Losses::default, |drawer| drawer.losses);
            if !cells.is_empty() || losses != before.losses {
                rules.push(RuleChanges { rule: rule.clone(), losses, cells });
            }
        }
        rules.sort_unstable_by(|one, two| one.rule.cmp(&two.rule));
        BlockChanges { block: block.clone(), time: *time, rules }
    }
}

/// What one block changed in the memory, small enough to be written with the head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockChanges {
    /// The block.
    pub block: BlockRef,
    /// Its time, seconds since 1970 UTC.
    pub time: u64,
    rules: Vec<RuleChanges>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct RuleChanges {
    rule: String,
    losses: Losses,
    cells: Vec<(Key, Is)>,
}

/// What is under a key now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Is {
    /// This, or nothing.
    Cell(Option<Cell>),
    /// The series that was there, without so many of its oldest entries and with these added.
    Series { short_until: u64, gone: u32, added: Vec<Entry> },
}

impl Is {
    /// What differs from what was; nothing if nothing does.
    fn after(was: &Was, now: Option<&Cell>, block: u64) -> Option<Self> {
        match (was, now.map(|cell| &cell.content)) {
            (Was::Cell(old), _) => (now != old.as_ref()).then(|| Is::Cell(now.cloned())),
            (Was::Series { gone, .. }, Some(Content::Series(series))) => {
                let added = series.entries.iter().filter(|entry| entry.block == block).copied().collect();
                let gone = u32::try_from(gone.len()).unwrap_or(u32::MAX);
                Some(Is::Series { short_until: series.short_until, gone, added })
            }
            (Was::Series { .. }, _) => Some(Is::Cell(now.cloned())),
        }
    }
}

impl BlockChanges {
    /// Whether the block changed nothing but the head.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules whose memory the block changed, in order.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|change| change.rule.as_str())
    }

    /// Does the same again. No limit is asked: evictions were decided when the block was first seen.
    pub(super) fn repeat(self, state: &mut State, journal: &mut Journal) {
        for change in self.rules {
            let place = state.place_of(&change.rule);
            for (key, is) in change.cells {
                match is {
                    Is::Cell(Some(cell)) => state.change(place, journal, |drawer| drawer.repeat(key, cell)),
                    Is::Cell(None) => state.take(place, &key, journal),
                    Is::Series { short_until, gone, added } => {
                        state.append(place, &key, journal, |series| series.repeat(short_until, gone, added));
                    }
                }
            }
            state.change(place, journal, |drawer| drawer.lost(change.losses));
        }
    }

    /// Compact bytes for the store (postcard behind a version byte).
    ///
    /// # Errors
    /// [`DetectError::Bytes`] if they cannot be written, which plain data does not do.
    pub fn to_bytes(&self) -> Result<Vec<u8>, DetectError> {
        write(self)
    }

    /// Reads what [`BlockChanges::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DetectError::Bytes`] for bytes of another version or of none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DetectError> {
        read("changes of a block", bytes)
    }
}

/// A whole memory, before-images included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    head: Option<BlockRef>,
    drawers: Vec<StoredDrawer>,
    undo: VecDeque<Undo>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredDrawer {
    rule: String,
    losses: Losses,
    cells: Vec<(Key, Cell)>,
}

impl Snapshot {
    /// The block it stands at.
    pub fn head(&self) -> Option<&BlockRef> {
        self.head.as_ref()
    }

    pub(super) fn of(state: &State, undo: &VecDeque<Undo>) -> Self {
        Self { head: state.head.clone(), drawers: drawers(state), undo: undo.clone() }
    }

    pub(super) fn into_parts(self) -> (State, VecDeque<Undo>) {
        let mut state = State::default();
        state.head = self.head;
        for stored in self.drawers {
            let place = state.place_of(&stored.rule);
            state.drawers[place].losses = stored.losses;
            for (key, cell) in stored.cells {
                state.add(place, key, cell);
            }
        }
        (state, self.undo)
    }

    /// Compact bytes for the store (postcard behind a version byte).
    ///
    /// # Errors
    /// [`DetectError::Bytes`] if they cannot be written, which plain data does not do.
    pub fn to_bytes(&self) -> Result<Vec<u8>, DetectError> {
        write(self)
    }

    /// Reads what [`Snapshot::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DetectError::Bytes`] for bytes of another version or of none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DetectError> {
        read("a snapshot of the memory", bytes)
    }
}

/// Everything in the order of names and keys, empty drawers left out: they remember nothing.
fn drawers(state: &State) -> Vec<StoredDrawer> {
    let stored = state.drawers.iter().map(|drawer| {
        let mut cells: Vec<_> = drawer.cells.iter().map(|(key, cell)| (key.clone(), cell.clone())).collect();
        cells.sort_unstable_by(|(one, _), (two, _)| one.cmp(two));
        StoredDrawer { rule: drawer.name.to_string(), losses: drawer.losses, cells }
    });
    let mut stored: Vec<_> =
        stored.filter(|drawer| drawer.losses != Losses::default() || !drawer.cells.is_empty()).collect();
    stored.sort_unstable_by(|one, two| one.rule.cmp(&two.rule));
    stored
}

impl State {
    /// A digest of what is remembered.
    pub(super) fn digest(&self) -> Result<Digest, DetectError> {
        Ok(Digest::of_bytes(&write(&(&self.head, drawers(self)))?))
    }
}

const VERSION: u8 = 2;

fn write<T: Serialize>(value: &T) -> Result<Vec<u8>, DetectError> {
    postcard::to_extend(value, vec![VERSION])
        .map_err(|error| DetectError::Bytes { what: "the memory", why: error.to_string() })
}

fn read<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, DetectError> {
    let bad = |why: String| DetectError::Bytes { what, why };
    match bytes.split_first() {
        Some((&VERSION, rest)) => postcard::from_bytes(rest).map_err(|error| bad(error.to_string())),
        Some((version, _)) => Err(bad(format!("version `{version}` is not `{VERSION}`"))),
        None => Err(bad("there are no bytes".into())),
    }
}
