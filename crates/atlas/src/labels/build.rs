//! Putting labels in order.

use std::{collections::BTreeMap, hash::BuildHasher as _};

use alloy_primitives::Address;
use facts::{ChainId, Keyed};
use hashbrown::{HashTable, hash_table::Entry as Place};

use super::{
    EMBEDDED, LabelFile, LabelKinds, LabelSource, Labels,
    read::{self, Row},
};
use crate::{BadRows, ConfigError, RowsRead};

/// The most labels that are taken, over all files.
pub const LABELS_MAX: usize = 8_000_000;
/// Addresses are found by their first bits, of which at most so many are an index.
const INDEX_BITS_MAX: u32 = 20;

/// One label as it is kept: 36 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) address: Address,
    /// Place among the chains, from 1; 0 for every EVM chain.
    pub(super) chain: u16,
    pub(super) source: u16,
    pub(super) name: u32,
    pub(super) tags: u32,
    pub(super) kinds: LabelKinds,
}

/// Gathers labels from files.
#[derive(Debug, Default)]
pub struct LabelsBuilder {
    entries: Vec<Entry>,
    texts: Texts,
    /// The texts by what they say: their places only, which is a third of what a map would take.
    known: HashTable<u32>,
    chains: Vec<ChainId>,
    sources: Vec<LabelSource>,
    source_places: BTreeMap<LabelSource, u16>,
}

impl LabelsBuilder {
    /// With the labels in the binary.
    pub fn embedded() -> Self {
        EMBEDDED.iter().fold(Self::default(), |mut builder, (file, text)| {
            let file = LabelFile { file, text, chain: None, kinds: None, source: "breakglass", date: None };
            builder.read(&file, BadRows::Refuse).expect("a test reads the label files in the binary");
            builder
        })
    }

    /// Reads a file. See [`LabelFile`] for the forms. After an error nothing of the file was taken.
    pub fn read(&mut self, file: &LabelFile<'_>, bad: BadRows) -> Result<RowsRead, ConfigError> {
        let before = self.entries.len();
        read::read(file, bad, self).inspect_err(|_| self.entries.truncate(before))
    }

    /// Takes a label; the message of an error when there is no room for it.
    pub(super) fn add(&mut self, row: Row<'_>) -> Result<(), &'static str> {
        if self.entries.len() >= LABELS_MAX {
            return Err("there are more labels than can be kept");
        }
        let entry = Entry {
            address: row.address,
            chain: self.chain(row.chain)?,
            source: self.source(row.source, row.date)?,
            name: self.text(row.name)?,
            tags: self.text(row.tags)?,
            kinds: row.kinds,
        };
        self.entries.push(entry);
        Ok(())
    }

    /// Puts them in order. A label that stands there twice, from the same source, is kept once.
    pub fn build(mut self) -> Labels {
        self.entries.sort_unstable();
        self.entries.dedup();
        self.entries.shrink_to_fit();
        self.texts.shrink();
        let index_bits = (self.entries.len().max(1).ilog2()).min(INDEX_BITS_MAX);
        let mut index = vec![0_u32; 1 << index_bits];
        for entry in &self.entries {
            // Counts first, then where each begins.
            index[bucket(entry.address, index_bits)] += 1;
        }
        let mut begins = 0;
        for place in &mut index {
            begins += std::mem::replace(place, begins);
        }
        let mut sieve = Sieve::new(self.entries.len());
        self.entries.iter().for_each(|entry| sieve.add(entry.address));
        let Self { entries, texts, chains, sources, .. } = self;
        Labels { entries, sieve, index, index_bits, texts, chains, sources }
    }

    fn chain(&mut self, chain: Option<&ChainId>) -> Result<u16, &'static str> {
        let Some(chain) = chain else { return Ok(0) };
        let at = self.chains.iter().position(|known| known == chain).unwrap_or_else(|| {
            self.chains.push(chain.clone());
            self.chains.len() - 1
        });
        // Looked for one by one: there are a handful, not thousands.
        u16::try_from(at + 1).ok().filter(|at| *at <= 1_024).ok_or("there are labels of more than 1024 chains")
    }

    fn source(&mut self, name: &str, date: Option<&str>) -> Result<u16, &'static str> {
        // Most rows have the source of the row before.
        if let Some((at, _)) = self
            .sources
            .iter()
            .enumerate()
            .next_back()
            .filter(|(_, last)| last.name == name && last.date.as_deref() == date)
        {
            return u16::try_from(at).map_err(|_| "there are too many sources");
        }
        let source = LabelSource { name: name.to_owned(), date: date.map(str::to_owned) };
        if let Some(at) = self.source_places.get(&source) {
            return Ok(*at);
        }
        let at = u16::try_from(self.sources.len()).map_err(|_| "there are more than 65536 sources")?;
        self.sources.push(source.clone());
        self.source_places.insert(source, at);
        Ok(at)
    }

    fn text(&mut self, text: &str) -> Result<u32, &'static str> {
        let Self { texts, known, .. } = self;
        let hash = |text: &str| Keyed::default().hash_one(text);
        match known.entry(hash(text), |at| texts.get(*at) == text, |at| hash(texts.get(*at))) {
            Place::Occupied(at) => Ok(*at.get()),
            Place::Vacant(place) => {
                let at = texts.push(text)?;
                place.insert(at);
                Ok(at)
            }
        }
    }
}

/// Tells most addresses that have no label from the others, in two bytes for each label: it stays in the cache, which
/// the labels do not. A Bloom filter in blocks of one word (Putze, Sanders, Singler 2007).
#[derive(Debug, Clone)]
pub(super) struct Sieve(Vec<u64>);

impl Sieve {
    fn new(labels: usize) -> Self {
        Self(vec![0; labels / 4 + 1])
    }

    fn add(&mut self, address: Address) {
        let (word, bits) = self.place(address);
        self.0[word] |= bits;
    }

    /// Whether the address may have a label. If not, it has none.
    pub(super) fn lets_through(&self, address: Address) -> bool {
        let (word, bits) = self.place(address);
        self.0[word] & bits == bits
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.0.as_slice())
    }

    fn place(&self, address: Address) -> (usize, u64) {
        let hash = Keyed::default().hash_one(address);
        let words = self.0.len() as u128;
        let word = usize::try_from((u128::from(hash) * words) >> 64).unwrap_or_default();
        // The high bits choose the word, the low ones four bits in it.
        let bits = (0..4).fold(0, |bits, at| bits | 1 << (hash >> (6 * at) & 63));
        (word, bits)
    }
}

/// Where the addresses with these first bits are counted.
pub(super) fn bucket(address: Address, bits: u32) -> usize {
    let [a, b, c, d, ..] = address.0.0;
    let first = u64::from(u32::from_be_bytes([a, b, c, d]));
    usize::try_from(first >> (32 - bits)).unwrap_or_default()
}

/// Texts one behind the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    all: String,
    ends: Vec<u32>,
}

impl Texts {
    fn push(&mut self, text: &str) -> Result<u32, &'static str> {
        let full = "the names of all labels are longer than can be kept";
        let end = u32::try_from(self.all.len() + text.len()).map_err(|_| full)?;
        let at = u32::try_from(self.ends.len()).map_err(|_| full)?;
        self.all.push_str(text);
        self.ends.push(end);
        Ok(at)
    }

    pub(super) fn get(&self, at: u32) -> &str {
        let at = at as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.all[start as usize..self.ends[at] as usize]
    }

    pub(super) fn bytes(&self) -> usize {
        self.all.len() + size_of_val(self.ends.as_slice())
    }

    fn shrink(&mut self) {
        self.all.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}
