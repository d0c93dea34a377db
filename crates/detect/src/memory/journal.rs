use std::collections::{BTreeMap, BTreeSet, VecDeque};

use case::Digest;
use facts::BlockRef;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Entry,
    cell::{Cell, Content},
    key::Key,
    state::{Drawer, Losses, State},
};
use crate::DetectError;

/// What a block found when it first touched something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Journal {
    pub(super) block: BlockRef,
    pub(super) time: u64,
    pub(super) before: BTreeMap<String, Before>,
    /// Slots in which this block has looked for keys whose time is over.
    #[serde(skip)]
    pub(super) swept: BTreeSet<(String, [u8; 8])>,
}

/// The before-images of one drawer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Before {
    pub(super) losses: Losses,
    pub(super) cells: BTreeMap<Key, Was>,
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
        Self { block, time, before: BTreeMap::new(), swept: BTreeSet::new() }
    }

    /// Takes the before-images out, leaving an empty journal of the same block.
    pub(super) fn take(&mut self) -> Self {
        let empty = Self::new(self.block.clone(), self.time);
        std::mem::replace(self, empty)
    }

    /// Keeps what `drawer` holds under `key`, the first time in this block.
    pub(super) fn remember(&mut self, rule: &str, key: &Key, drawer: &Drawer) {
        let block = self.block.number;
        let before = self.meet(rule, drawer);
        let was = match before.cells.remove(key) {
            // The change of a series can no longer be told from what will be there: its whole is kept instead.
            Some(was @ Was::Series { .. }) => Was::Cell(was.into_cell(drawer.get(key), block)),
            Some(was) => was,
            None => Was::Cell(drawer.get(key).cloned()),
        };
        before.cells.insert(key.clone(), was);
    }

    /// Keeps what is needed to undo appends to the series that `drawer` holds under `key`.
    pub(super) fn remember_series(&mut self, rule: &str, key: &Key, drawer: &Drawer) -> Option<&mut Was> {
        let before = self.meet(rule, drawer);
        if !before.cells.contains_key(key) {
            let Cell { touched, content: Content::Series(series) } = drawer.get(key)? else { return None };
            let was = Was::Series { touched: *touched, short_until: series.short_until, gone: Vec::new() };
            before.cells.insert(key.clone(), was);
        }
        before.cells.get_mut(key)
    }

    /// The before-images of a drawer, begun when it is first met in this block.
    pub(super) fn meet(&mut self, rule: &str, drawer: &Drawer) -> &mut Before {
        if !self.before.contains_key(rule) {
            let before = Before { losses: drawer.losses, cells: BTreeMap::new() };
            self.before.insert(rule.to_owned(), before);
        }
        self.before.get_mut(rule).expect("the drawer's before-images were inserted above")
    }

    /// What this block changed, as it stands in `state` now.
    pub(super) fn changes(&self, state: &State) -> BlockChanges {
        let mut rules = Vec::new();
        for (rule, before) in &self.before {
            let drawer = state.drawers.get(rule);
            let now = |key: &Key| drawer.and_then(|drawer| drawer.get(key));
            let changed = before.cells.iter().filter_map(|(key, was)| {
                let is = Is::after(was, now(key), self.block.number)?;
                Some((key.clone(), is))
            });
            let cells = changed.collect::<Vec<_>>();
            let losses = drawer.map_or_else(Losses::default, |drawer| drawer.losses);
            if !cells.is_empty() || losses != before.losses {
                rules.push(RuleChanges { rule: rule.clone(), losses, cells });
            }
        }
        BlockChanges { block: self.block.clone(), time: self.time, rules }
    }
}

/// How to undo one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Undo {
    head: Option<BlockRef>,
    journal: Journal,
}

impl Undo {
    pub(super) fn new(head: Option<BlockRef>, journal: Journal) -> Self {
        Self { head, journal }
    }

    /// Keeps the before-images of the drawers with these names.
    pub(super) fn retain(&mut self, keep: &dyn Fn(&str) -> bool) {
        self.journal.before.retain(|drawer, _| keep(drawer));
    }

    pub(super) fn number(&self) -> u64 {
        self.journal.block.number
    }

    pub(super) fn into_parts(self) -> (Option<BlockRef>, Journal) {
        (self.head, self.journal)
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
            journal.meet(&change.rule, state.drawer(&change.rule));
            for (key, is) in change.cells {
                match is {
                    Is::Cell(cell) => state.write(&change.rule, key, cell, journal),
                    Is::Series { short_until, gone, added } => {
                        state.append(&change.rule, &key, journal, |series| series.repeat(short_until, gone, added));
                    }
                }
            }
            state.drawer(&change.rule).losses = change.losses;
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
        let mut state = State { head: self.head, ..State::default() };
        for stored in self.drawers {
            state.drawer(&stored.rule).losses = stored.losses;
            for (key, cell) in stored.cells {
                state.set(&stored.rule, key, Some(cell));
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

fn drawers(state: &State) -> Vec<StoredDrawer> {
    let stored = state.drawers.iter().map(|(rule, drawer)| StoredDrawer {
        rule: rule.clone(),
        losses: drawer.losses,
        cells: drawer.cells.iter().map(|(key, cell)| (key.clone(), cell.clone())).collect(),
    });
    stored.filter(|drawer| drawer.losses != Losses::default() || !drawer.cells.is_empty()).collect()
}

impl State {
    /// A digest of what is remembered, empty drawers left out: they remember nothing.
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
