//! What is said of addresses: by whom, and when.
//!
//! A label is a claim of its source and stays one: two sources that disagree are both here, and nothing is weighed.

mod build;
mod columns;
mod kind;
mod read;
mod write;

use alloy_primitives::Address;
use facts::ChainId;

pub use build::{LABELS_MAX, LabelsBuilder};
pub use kind::{LabelKind, LabelKinds};
pub use read::{LABEL_FILE_BYTES_MAX, LabelFile};

use build::{Entry, Sieve, Texts};

/// The label files in the binary, by name. A test compares them with the folder.
const EMBEDDED: &[(&str, &str)] = &[
    ("lenders.csv", include_str!("../../../data/labels/lenders.csv")),
    ("mixers.csv", include_str!("../../../data/labels/mixers.csv")),
    ("infrastructure.csv", include_str!("../../../data/labels/infrastructure.csv")),
];

/// Labels of addresses, in one sorted row: about 40 bytes each, and their names once.
#[derive(Debug, Clone)]
pub struct Labels {
    /// By address, then chain, source, name.
    entries: Vec<Entry>,
    sieve: Sieve,
    /// Where the addresses that begin with each number of `index_bits` bits begin, and the end.
    index: Vec<u32>,
    index_bits: u32,
    texts: Texts,
    chains: Vec<ChainId>,
    sources: Vec<LabelSource>,
}

/// Who says it, and when it was said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelSource {
    /// The source, for people.
    pub name: String,
    /// The day it was taken from there, as `YYYY-MM-DD`; none when that is not known.
    pub date: Option<String>,
}

/// One label. Name and tags come from outside: hostile until escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label<'a> {
    /// The address.
    pub address: Address,
    /// The chain it is about; none for every EVM chain.
    pub chain: Option<&'a ChainId>,
    /// What kinds of account it is.
    pub kinds: LabelKinds,
    /// What the source calls it. May be empty.
    pub name: &'a str,
    /// The source's own words for its kinds, with commas between them. May be empty.
    pub tags: &'a str,
    /// Who says so.
    pub source: &'a LabelSource,
}

impl Labels {
    /// The labels in the binary: flash lenders, Tornado Cash, wrapped coins, routers and other well-known contracts.
    pub fn embedded() -> Self {
        LabelsBuilder::embedded().build()
    }

    /// What is said of an address on a chain, and on every EVM chain.
    pub fn of<'a>(&'a self, chain: &'a ChainId, address: Address) -> impl Iterator<Item = Label<'a>> {
        self.all_of(address).filter(move |label| label.chain.is_none_or(|of| of == chain))
    }

    /// What is said of an address on any chain.
    pub fn all_of(&self, address: Address) -> impl Iterator<Item = Label<'_>> {
        self.entries_of(address).map(|entry| self.label(entry))
    }

    /// The kinds that any source gives an address on a chain.
    pub fn kinds(&self, chain: &ChainId, address: Address) -> LabelKinds {
        // Without the names: they lie far from here.
        let here = self.entries_of(address).filter(|entry| self.chain(entry).is_none_or(|of| of == chain));
        here.fold(LabelKinds::default(), |kinds, entry| kinds.with(entry.kinds))
    }

    /// The name that the first source gives it.
    pub fn name<'a>(&'a self, chain: &'a ChainId, address: Address) -> Option<&'a str> {
        self.of(chain, address).map(|label| label.name).find(|name| !name.is_empty())
    }

    /// All labels, by address.
    pub fn iter(&self) -> impl Iterator<Item = Label<'_>> {
        self.entries.iter().map(|entry| self.label(entry))
    }

    /// How many labels there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All sources, in the order in which they were read.
    pub fn sources(&self) -> &[LabelSource] {
        &self.sources
    }

    /// How much memory the labels take, in bytes.
    pub fn bytes(&self) -> usize {
        size_of_val(self.entries.as_slice())
            + size_of_val(self.index.as_slice())
            + self.sieve.bytes()
            + self.texts.bytes()
    }

    fn entries_of(&self, address: Address) -> impl Iterator<Item = &Entry> {
        let near = if self.sieve.lets_through(address) { self.near(address) } else { &[] };
        let start = near.partition_point(|entry| entry.address < address);
        near[start..].iter().take_while(move |entry| entry.address == address)
    }

    fn chain(&self, entry: &Entry) -> Option<&ChainId> {
        entry.chain.checked_sub(1).map(|at| &self.chains[usize::from(at)])
    }

    /// The entries whose addresses begin like this one.
    fn near(&self, address: Address) -> &[Entry] {
        let at = build::bucket(address, self.index_bits);
        let place = |at: usize| self.index.get(at).map_or(self.entries.len(), |place| *place as usize);
        &self.entries[place(at)..place(at + 1)]
    }

    fn label(&self, entry: &Entry) -> Label<'_> {
        Label {
            address: entry.address,
            chain: self.chain(entry),
            kinds: entry.kinds,
            name: self.texts.get(entry.name),
            tags: self.texts.get(entry.tags),
            source: &self.sources[usize::from(entry.source)],
        }
    }
}

#[cfg(test)]
mod tests;
