use std::collections::BTreeSet;

use facts::U256;

use super::{Gather, Recall, slot_id};
use crate::{
    Fault, MemoryView,
    card::{Measure, Subject, WindowText},
    condition::{
        Bound, Condition, Shape,
        expr::{Scene, Trouble},
        types::{Type, Value},
    },
    memory::{Entry, Found, Joining, Series, Slot},
    workshop::Bench,
};

/// What happened within a span, by key.
#[derive(Debug)]
pub(super) struct Window {
    pub(super) of: Gather,
    pub(super) value: Option<Bound<Condition>>,
    slot: Slot,
    measure: Measure,
    per: u64,
    quantile_bp: u64,
}

/// One item that counts: which window, under which key, with which value.
pub(super) type Counted = (usize, Vec<u8>, U256);

impl Window {
    pub(super) fn build(bench: &mut Bench<'_>, text: &WindowText) -> Result<(Self, Shape), Fault> {
        let (of, key) = Gather::build(bench, &text.of)?;
        let value = match (&text.value, text.measure) {
            (Some(value), Measure::Distinct) => Some(bench.key(value, text.of.on)?),
            (Some(value), _) => Some(bench.number(value, text.of.on)?),
            (None, _) => None,
        };
        let id = slot_id(text, bench.known.parameters);
        let slot = Slot { id, span: text.span, entries_max: text.entries_max, keys_max: text.keys_max, is_ring: false };
        let (name, measure) = (text.name.clone(), Some(text.measure));
        let shape = Shape { name, key, measure, entries_max: text.entries_max };
        Ok((Self { of, value, slot, measure: text.measure, per: text.per, quantile_bp: text.quantile_bp }, shape))
    }

    /// The key and value of an item, if it counts.
    pub(super) fn count<'a>(&'a self, scene: &mut Scene<'a>) -> Result<Option<(Vec<u8>, U256)>, Trouble> {
        let Some(key) = self.of.key(scene)? else { return Ok(None) };
        let value = match &self.value {
            None => U256::ZERO,
            Some(value) => match value.value(scene)? {
                Value::Number(number) => number,
                other if value.of() != Type::Number => member(&other)?,
                _ => return Err(Trouble::Null),
            },
        };
        Ok(Some((key, value)))
    }

    pub(super) fn add(&self, memory: &mut MemoryView<'_>, key: &[u8], value: U256) {
        let joining = match self.measure {
            Measure::Count | Measure::Sum | Measure::Rate => Joining::Merged,
            Measure::Distinct => Joining::Distinct,
            Measure::Quantile => Joining::Apart,
            Measure::Min => Joining::Least,
            Measure::Max => Joining::Most,
            Measure::First => Joining::First,
            Measure::Last => Joining::Last,
        };
        memory.append(&self.slot, key, value, joining);
    }

    /// What it measures under a key.
    pub(super) fn read(&self, memory: &MemoryView<'_>, key: &[u8]) -> Result<Value<'static>, Trouble> {
        let empty = Series::default();
        let series = match memory.series(&self.slot, key) {
            Found::Whole(series) => series,
            Found::Nothing => &empty,
            Found::Lost => return Err(Trouble::Lost),
        };
        let (block, time) = memory.now();
        let entries = series.within(&self.slot, block, time);
        let value = match self.measure {
            Measure::Count => Some(count(entries)),
            Measure::Sum => Some(sum(entries)),
            Measure::Rate => {
                let all = if self.value.is_some() { sum(entries) } else { count(entries) };
                return Ok(Value::Rate(all.saturating_mul(U256::from(self.per)), self.slot.span.length()));
            }
            Measure::Distinct => {
                let members: BTreeSet<_> = entries.map(|entry| entry.value).collect();
                Some(U256::from(members.len()))
            }
            Measure::Quantile => self.quantile(entries),
            Measure::Min => entries.map(|entry| entry.value).min(),
            Measure::Max => entries.map(|entry| entry.value).max(),
            Measure::First => entries.map(|entry| entry.value).next(),
            Measure::Last => entries.map(|entry| entry.value).last(),
        };
        Ok(value.map_or(Value::Null, Value::Number))
    }

    /// The smallest value that at least so large a share of all values does not exceed.
    fn quantile<'a>(&self, entries: impl Iterator<Item = &'a Entry>) -> Option<U256> {
        let mut values: Vec<_> = entries.map(|entry| entry.value).collect();
        values.sort_unstable();
        let share = u128::from(self.quantile_bp) * values.len() as u128;
        let rank = usize::try_from(share.div_ceil(10_000)).ok()?;
        values.get(rank.max(1) - 1).copied()
    }

    pub(super) fn bytes_max(&self) -> u64 {
        (self.slot.keys_max * (self.slot.entries_max * Series::ENTRY_BYTES + 160)) as u64
    }
}

impl super::Keeping {
    /// Brings the windows on `on` up to date with items; each has its scene made.
    pub(crate) fn windows_on(&self, on: Subject) -> bool {
        self.windows.iter().any(|window| window.of.on == on)
    }

    /// What of an item counts in which window.
    pub(crate) fn counted<'a>(
        &'a self,
        on: Subject,
        scene: &mut Scene<'a>,
        into: &mut Vec<Counted>,
    ) -> Result<(), Trouble> {
        for (at, window) in self.windows.iter().enumerate().filter(|(_, window)| window.of.on == on) {
            if let Some((key, value)) = window.count(scene)? {
                into.push((at, key, value));
            }
        }
        Ok(())
    }

    /// Adds what counts.
    pub(crate) fn add(&self, counted: Vec<Counted>, memory: &mut MemoryView<'_>) {
        for (at, key, value) in counted {
            self.windows[at].add(memory, &key, value);
        }
    }
}

fn count<'a>(entries: impl Iterator<Item = &'a Entry>) -> U256 {
    entries.fold(U256::ZERO, |all, entry| all.saturating_add(U256::from(entry.count)))
}

fn sum<'a>(entries: impl Iterator<Item = &'a Entry>) -> U256 {
    entries.fold(U256::ZERO, |all, entry| all.saturating_add(entry.value))
}

/// A value as a member of a set: itself if it fits, else its digest.
fn member(value: &Value<'_>) -> Result<U256, Trouble> {
    let mut bytes = Vec::with_capacity(40);
    crate::condition::look::push_key(&mut bytes, value)?;
    Ok(U256::from_be_bytes(case::Digest::of_bytes(&bytes).0))
}

impl Recall<'_> {
    pub(super) fn window_value(&self, at: usize, key: &[u8]) -> Result<Value<'static>, Trouble> {
        self.keeping.windows.get(at).ok_or(Trouble::Unseen)?.read(self.memory, key)
    }
}
