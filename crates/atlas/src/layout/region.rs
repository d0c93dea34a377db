//! Stretches of storage of one type.

use std::collections::BTreeMap;

use alloy_primitives::{B256, U256, keccak256};
use facts::MappingKey;

use super::{DEPTH_MAX, Language, Layout, Shape, Variable};

/// How many times keys are looked at again for mappings inside mappings: as deep as any nest.
const PASSES_MAX: usize = 16;
/// How many elements of an array are looked into for arrays of their own.
const ELEMENTS_MAX: u64 = 32;
/// The most stretches. Each key of a transaction makes a few.
const REGIONS_MAX: usize = 50_000;

/// A stretch of slots, with what it is called.
#[derive(Debug, Clone)]
pub(super) struct Region {
    pub(super) start: U256,
    /// How many slots belong to it.
    pub(super) slots: U256,
    pub(super) path: String,
    pub(super) what: What,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum What {
    /// A value of this type, which begins so many bytes into its first slot.
    Value { ty: usize, offset: usize },
    /// The elements of a dynamic array.
    Elements { element: usize },
    /// The bytes of a long `bytes` or `string`.
    Content,
}

/// A value that begins in a slot.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) path: String,
    /// Its type; none for a piece of a long text.
    pub(super) ty: Option<usize>,
    /// Bytes from the low end of the slot.
    pub(super) offset: usize,
}

impl Place {
    /// A piece of a text, so many slots from its beginning.
    fn content(path: &str, slots: U256) -> Self {
        Self { path: format!("{path}[byte {}]", slots.saturating_mul(U256::from(32))), ty: None, offset: 0 }
    }
}

pub(super) struct Regions<'a> {
    layout: &'a Layout,
    by_start: BTreeMap<U256, Vec<Region>>,
    count: usize,
}

impl<'a> Regions<'a> {
    /// Every stretch that the variables have, and those that the hashes of keys lead to.
    pub(super) fn new<'k>(layout: &'a Layout, keys: impl IntoIterator<Item = &'k MappingKey>) -> Self {
        let mut regions = Self { layout, by_start: BTreeMap::new(), count: 0 };
        for variable in &layout.variables {
            regions.add_variable(U256::ZERO, "", variable, 0);
        }
        // A key waits until the slot of its mapping is known.
        let mut waiting: Vec<&MappingKey> = keys.into_iter().collect();
        for _ in 0..PASSES_MAX {
            let before = waiting.len();
            waiting.retain(|key| !regions.follow(key));
            if waiting.len() == before || waiting.is_empty() {
                break;
            }
        }
        regions
    }

    /// The stretches that hold this slot.
    pub(super) fn holding(&self, slot: U256) -> impl Iterator<Item = &Region> {
        // A stretch that begins later and ends earlier lies inside; the nearest few are enough for nests.
        self.by_start
            .range(..=slot)
            .rev()
            .take(4)
            .flat_map(|(_, at)| at)
            .filter(move |region| slot.wrapping_sub(region.start) < region.slots)
    }

    /// Adds the value of a mapping for a key, if it is one; whether it was.
    fn follow(&mut self, key: &MappingKey) -> bool {
        let (word, base) = match self.layout.language {
            Language::Solidity => (key.words[0], key.words[1]),
            Language::Vyper => (key.words[1], key.words[0]),
        };
        let found = self.places(base.into()).into_iter().find_map(|place| match self.layout.types[place.ty?].shape {
            Shape::Mapping { key, value } => Some((place.path, key, value)),
            _ => None,
        });
        let Some((path, key_type, value)) = found else { return false };
        let label = &self.layout.types[key_type].label;
        let leaf = match self.layout.types[key_type].shape {
            Shape::Leaf(leaf) => leaf,
            // The key itself was hashed for a text: what stands here is not it.
            _ => return true,
        };
        let path = format!("{path}[{}]", leaf.key(word, label));
        self.add_value(key.hash.into(), path, value, 0, 0);
        true
    }

    /// Every value that begins or lies in a slot.
    pub(super) fn places(&self, slot: U256) -> Vec<Place> {
        let mut found = Vec::new();
        for region in self.holding(slot) {
            let within = slot.wrapping_sub(region.start);
            match region.what {
                What::Value { ty, offset } => self.descend(&region.path, ty, within, offset, 0, &mut found),
                What::Elements { element } => self.elements(&region.path, element, within, 0, &mut found),
                What::Content => found.push(Place::content(&region.path, within)),
            }
        }
        found
    }

    fn descend(&self, path: &str, ty: usize, within: U256, offset: usize, depth: usize, found: &mut Vec<Place>) {
        if depth > DEPTH_MAX {
            return;
        }
        match &self.layout.types[ty].shape {
            Shape::Struct(members) => {
                for member in members {
                    let slots = self.layout.types[member.ty].slots();
                    if within >= member.slot && within - member.slot < slots {
                        let path = format!("{path}.{}", member.name);
                        self.descend(&path, member.ty, within - member.slot, member.offset, depth + 1, found);
                    }
                }
            }
            Shape::Array { element } => self.elements(path, *element, within, depth, found),
            // Vyper keeps elements and contents behind the length.
            Shape::Text(_) if !within.is_zero() => found.push(Place::content(path, within - U256::ONE)),
            Shape::Dynamic { element } if self.layout.language == Language::Vyper && !within.is_zero() => {
                self.elements(path, *element, within - U256::ONE, depth, found);
            }
            _ => found.push(Place { path: path.to_owned(), ty: Some(ty), offset }),
        }
    }

    /// The elements in the slot that is `within` slots into an array.
    fn elements(&self, path: &str, element: usize, within: U256, depth: usize, found: &mut Vec<Place>) {
        let bytes = self.layout.types[element].bytes;
        let packed = usize::try_from(bytes)
            .ok()
            .filter(|bytes| (1..=16).contains(bytes) && self.layout.language == Language::Solidity);
        if let Some(bytes) = packed {
            let in_slot = 32 / bytes;
            for at in 0..in_slot {
                let index = within.saturating_mul(U256::from(in_slot)).saturating_add(U256::from(at));
                found.push(Place { path: format!("{path}[{index}]"), ty: Some(element), offset: at * bytes });
            }
            return;
        }
        let stride = self.layout.types[element].slots();
        let (index, rest) = within.div_rem(stride);
        self.descend(&format!("{path}[{index}]"), element, rest, 0, depth + 1, found);
    }

    fn add_variable(&mut self, base: U256, before: &str, variable: &Variable, depth: usize) {
        let path = if before.is_empty() { variable.name.clone() } else { format!("{before}.{}", variable.name) };
        self.add_value(base.wrapping_add(variable.slot), path, variable.ty, variable.offset, depth);
    }

    fn add_value(&mut self, start: U256, path: String, ty: usize, offset: usize, depth: usize) {
        let slots = self.layout.types[ty].slots();
        // Itself first: what lies at hashes may be more than there is room for.
        self.push(Region { start, slots, path: path.clone(), what: What::Value { ty, offset } });
        self.hashed(start, &path, ty, depth);
    }

    /// Adds the stretches at the hashes of slots in a value.
    fn hashed(&mut self, start: U256, path: &str, ty: usize, depth: usize) {
        if depth > DEPTH_MAX || self.layout.language == Language::Vyper || self.count >= REGIONS_MAX {
            return;
        }
        let layout = self.layout;
        let at = |slot: U256| U256::from_be_bytes(keccak256(B256::from(slot)).0);
        match &layout.types[ty].shape {
            Shape::Text(_) => {
                // Longer texts than four gigabytes cannot be paid for.
                let (start, slots, path) = (at(start), U256::from(1_u64 << 27), path.to_owned());
                self.push(Region { start, slots, path, what: What::Content });
            }
            Shape::Dynamic { element } => {
                let (start, element) = (at(start), *element);
                let slots = U256::from(1_u64 << 40).saturating_mul(layout.types[element].slots());
                for index in 0..ELEMENTS_MAX {
                    let stride = layout.types[element].slots();
                    let place = start.wrapping_add(stride.saturating_mul(U256::from(index)));
                    self.hashed(place, &format!("{path}[{index}]"), element, depth + 1);
                    if !layout.hashes_within(element, DEPTH_MAX) {
                        break;
                    }
                }
                self.push(Region { start, slots, path: path.to_owned(), what: What::Elements { element } });
            }
            Shape::Struct(members) => {
                for member in members {
                    let path = format!("{path}.{}", member.name);
                    self.hashed(start.wrapping_add(member.slot), &path, member.ty, depth + 1);
                }
            }
            Shape::Array { element } if layout.hashes_within(*element, DEPTH_MAX) => {
                let stride = layout.types[*element].slots();
                let count = layout.types[ty].slots() / stride;
                for index in 0..count.saturating_to::<u64>().min(ELEMENTS_MAX) {
                    let place = start.wrapping_add(stride.saturating_mul(U256::from(index)));
                    self.hashed(place, &format!("{path}[{index}]"), *element, depth + 1);
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, region: Region) {
        let here = self.by_start.entry(region.start).or_default();
        // The same key is hashed again and again.
        if self.count < REGIONS_MAX && here.iter().all(|other| other.path != region.path) {
            self.count += 1;
            here.push(region);
        }
    }
}

impl Layout {
    /// Whether something of this type lies at the hash of its slot.
    fn hashes_within(&self, ty: usize, depth: usize) -> bool {
        let Some(below) = depth.checked_sub(1) else { return false };
        match &self.types[ty].shape {
            Shape::Text(_) | Shape::Dynamic { .. } => true,
            Shape::Array { element } => self.hashes_within(*element, below),
            Shape::Struct(members) => members.iter().any(|member| self.hashes_within(member.ty, below)),
            _ => false,
        }
    }
}
