use std::collections::{BTreeMap, VecDeque};

use case::Digest;
use facts::BlockRef;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    cell::Cell,
    key::Key,
    state::{Drawer, State},
};
use crate::DetectError;

/// What a block found when it first touched something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Journal {
    pub(super) block: BlockRef,
    pub(super) time: u64,
    pub(super) before: BTreeMap<String, Before>,
}

/// The before-images of one drawer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Before {
    pub(super) evicted: u64,
    pub(super) cells: BTreeMap<Key, Option<Cell>>,
}

impl Journal {
    pub(super) fn new(block: BlockRef, time: u64) -> Self {
        Self { block, time, before: BTreeMap::new() }
    }

    /// Takes the before-images out, leaving an empty journal of the same block.
    pub(super) fn take(&mut self) -> Self {
        let empty = Self::new(self.block.clone(), self.time);
        std::mem::replace(self, empty)
    }

    /// Keeps what `drawer` holds under `key`, the first time in this block.
    pub(super) fn remember(&mut self, rule: &str, key: &Key, drawer: &Drawer) {
        let before = self.meet(rule, drawer);
        if !before.cells.contains_key(key) {
            before.cells.insert(key.clone(), drawer.get(key).cloned());
        }
    }

    /// The before-images of a drawer, begun when it is first met in this block.
    fn meet(&mut self, rule: &str, drawer: &Drawer) -> &mut Before {
        if !self.before.contains_key(rule) {
            let before = Before { evicted: drawer.evicted, cells: BTreeMap::new() };
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
            let changed = before.cells.iter().filter(|(key, old)| now(key) != old.as_ref());
            let cells = changed.map(|(key, _)| (key.clone(), now(key).cloned())).collect::<Vec<_>>();
            let evicted = drawer.map_or(0, |drawer| drawer.evicted);
            if !cells.is_empty() || evicted != before.evicted {
                rules.push(RuleChanges { rule: rule.clone(), evicted, cells });
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
    evicted: u64,
    cells: Vec<(Key, Option<Cell>)>,
}

impl BlockChanges {
    /// Whether the block changed nothing but the head.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Does the same again. No limit is asked: evictions were decided when the block was first seen.
    pub(super) fn repeat(self, state: &mut State, journal: &mut Journal) {
        for change in self.rules {
            journal.meet(&change.rule, state.drawer(&change.rule));
            for (key, cell) in change.cells {
                state.write(&change.rule, key, cell, journal);
            }
            state.drawer(&change.rule).evicted = change.evicted;
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
    evicted: u64,
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
            let drawer = state.drawer(&stored.rule);
            drawer.evicted = stored.evicted;
            for (key, cell) in stored.cells {
                drawer.set(key, Some(cell));
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
        evicted: drawer.evicted,
        cells: drawer.cells.iter().map(|(key, cell)| (key.clone(), cell.clone())).collect(),
    });
    stored.filter(|drawer| drawer.evicted > 0 || !drawer.cells.is_empty()).collect()
}

impl State {
    /// A digest of what is remembered, empty drawers left out: they remember nothing.
    pub(super) fn digest(&self) -> Result<Digest, DetectError> {
        Ok(Digest::of_bytes(&write(&(&self.head, drawers(self)))?))
    }
}

const VERSION: u8 = 1;

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
