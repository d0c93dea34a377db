//! What calls, answers, reverts and logs say, by all the interfaces that are known.
//!
//! Four bytes are few: strangers make functions that share them on purpose. So every signature of a selector is a
//! candidate, and the data decides: what an honest encoder would have written just so comes first.

mod list;

use std::{collections::BTreeMap, fmt, sync::Arc};

use alloy_dyn_abi::DynSolType;
use alloy_primitives::{B256, Selector};

use crate::{
    Abi, AbiItem, Field, Reason, Selectors, Signature, SignatureKind, Value, abi::AbiParam, decode::is_dynamic, value,
};

/// How many signatures of one selector or topic are kept: those that came first.
pub const CANDIDATES_MAX: usize = 16;

/// Functions, errors and events by the bytes that stand for them, with every candidate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interfaces {
    functions: BTreeMap<Selector, Vec<Arc<AbiItem>>>,
    errors: BTreeMap<Selector, Vec<Arc<AbiItem>>>,
    events: BTreeMap<B256, Vec<Arc<AbiItem>>>,
}

/// A call, an error or a log in words and values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What it is taken for.
    pub item: Arc<AbiItem>,
    /// Its arguments; empty when the data does not hold them.
    pub fields: Vec<Field>,
    /// How well the data fits.
    pub fit: Fit,
}

/// How well data fits what it is taken for, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fit {
    /// An honest encoder would have written these very bytes.
    Exact,
    /// The values are there, and something else: bytes behind them, or an unusual order. For a log: which of its values
    /// are indexed is not known, and was taken to be the first.
    Loose,
    /// The values are not there.
    No,
}

impl Interfaces {
    /// The signatures in the binary, without names of arguments.
    pub fn embedded() -> Self {
        Selectors::embedded_ref().iter().fold(Self::default(), |mut all, signature| {
            all.add(Arc::new(AbiItem::bare(signature.clone())));
            all
        })
    }

    /// Only what this ABI declares.
    pub fn of(abi: &Abi) -> Self {
        Self::default().with(abi)
    }

    /// Adds what an ABI declares, behind what is known already.
    pub fn with(mut self, abi: &Abi) -> Self {
        abi.items().iter().for_each(|item| self.add(item.clone()));
        self
    }

    /// The functions with this selector, those that were known first before others.
    pub fn functions(&self, selector: Selector) -> &[Arc<AbiItem>] {
        self.functions.get(&selector).map_or(&[], Vec::as_slice)
    }

    /// The errors with this selector.
    pub fn errors(&self, selector: Selector) -> &[Arc<AbiItem>] {
        self.errors.get(&selector).map_or(&[], Vec::as_slice)
    }

    /// The events with this first topic.
    pub fn events(&self, topic: B256) -> &[Arc<AbiItem>] {
        self.events.get(&topic).map_or(&[], Vec::as_slice)
    }

    /// How many signatures there are.
    pub fn len(&self) -> usize {
        let count = |items: &Vec<_>| items.len();
        let selectors = self.functions.values().chain(self.errors.values()).map(count).sum::<usize>();
        selectors + self.events.values().map(count).sum::<usize>()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What call data may say, best first; empty when its function is not known.
    pub fn call(&self, input: &[u8]) -> Vec<Reading> {
        input.split_first_chunk::<4>().map_or_else(Vec::new, |(selector, data)| {
            best_first(self.functions(selector.into()).iter().map(|item| arguments(item, data)))
        })
    }

    /// What a call of this function returned; none when its outputs are not known or the data does not hold them.
    pub fn output(item: &AbiItem, output: &[u8]) -> Option<(Vec<Field>, Fit)> {
        let (types, names) = item.outputs()?;
        let fields = value::read(types, names, output)?;
        let fit = if value::writes(&fields, types, output) { Fit::Exact } else { Fit::Loose };
        Some((fields, fit))
    }

    /// What a custom error may say, best first. Whether it is `Error(string)` or a panic is known to
    /// [`Interfaces::reason`].
    pub fn error(&self, output: &[u8]) -> Vec<Reading> {
        output.split_first_chunk::<4>().map_or_else(Vec::new, |(selector, data)| {
            best_first(self.errors(selector.into()).iter().map(|item| arguments(item, data)))
        })
    }

    /// Why a call reverted, and the values of a custom error that is known.
    pub fn reason(&self, output: &[u8]) -> (Reason, Option<Reading>) {
        match Reason::built_in(output) {
            raw @ Reason::Raw { .. } => {
                let reading = self.error(output).into_iter().next().filter(|reading| reading.fit != Fit::No);
                (raw, reading)
            }
            understood => (understood, None),
        }
    }

    /// What a log may say, best first; empty when its event is not known.
    pub fn log(&self, topics: &[B256], data: &[u8]) -> Vec<Reading> {
        let Some((first, indexed)) = topics.split_first() else { return Vec::new() };
        best_first(self.events(*first).iter().map(|item| log(item, indexed, data)))
    }

    fn add(&mut self, item: Arc<AbiItem>) {
        let signature = item.signature();
        let known = match signature.kind() {
            SignatureKind::Function => self.functions.entry(signature.selector()).or_default(),
            SignatureKind::Error => self.errors.entry(signature.selector()).or_default(),
            SignatureKind::Event => self.events.entry(signature.topic()).or_default(),
        };
        // The same again says nothing new, unless only now it has names or says what is indexed.
        let same = |other: &Arc<AbiItem>| {
            other.signature() == signature && (item.is_bare() || other.is_bare() || other.indexed() == item.indexed())
        };
        match known.iter().position(same) {
            Some(at) if known[at].is_bare() && !item.is_bare() => known[at] = item,
            None if known.len() < CANDIDATES_MAX => known.push(item),
            _ => {}
        }
    }

    fn add_signature(&mut self, signature: Signature) {
        self.add(Arc::new(AbiItem::bare(signature)));
    }
}

fn best_first(readings: impl Iterator<Item = Reading>) -> Vec<Reading> {
    let mut readings: Vec<_> = readings.collect();
    readings.sort_by_key(|reading| reading.fit);
    readings
}

fn arguments(item: &Arc<AbiItem>, data: &[u8]) -> Reading {
    let types = item.signature().inputs();
    match value::read(types, item.inputs(), data) {
        Some(fields) => {
            let fit = if value::writes(&fields, types, data) { Fit::Exact } else { Fit::Loose };
            Reading { item: item.clone(), fields, fit }
        }
        None => Reading { item: item.clone(), fields: Vec::new(), fit: Fit::No },
    }
}

fn log(item: &Arc<AbiItem>, topics: &[B256], data: &[u8]) -> Reading {
    let types = item.signature().inputs();
    let bare = item.is_bare();
    let is_indexed = |at: usize| if bare { at < topics.len() } else { item.inputs()[at].indexed };
    let read = || {
        let (mut inside, mut names) = (Vec::new(), Vec::new());
        for (at, ty) in types.iter().enumerate().filter(|(at, _)| !is_indexed(*at)) {
            inside.push(ty.clone());
            names.push(item.inputs().get(at).cloned().unwrap_or_else(AbiParam::nameless));
        }
        if types.len() - inside.len() != topics.len() {
            return None;
        }
        let from_data = value::read(&inside, &names, data)?;
        let exact = value::writes(&from_data, &inside, data);
        let (mut from_data, mut from_topics) = (from_data.into_iter(), topics.iter());
        let mut fields = Vec::with_capacity(types.len());
        for (at, ty) in types.iter().enumerate() {
            if is_indexed(at) {
                let name = item.inputs().get(at).map(|param| param.name.clone()).unwrap_or_default();
                let value = topic(ty, from_topics.next()?)?;
                fields.push(Field { name, ty: crate::signature::type_name(ty), value });
            } else {
                fields.push(from_data.next()?);
            }
        }
        // With nothing indexed, or everything, there is nothing to guess.
        let guessed = bare && !topics.is_empty() && topics.len() < types.len();
        Some((fields, if exact && !guessed { Fit::Exact } else { Fit::Loose }))
    };
    let (fields, fit) = read().unwrap_or((Vec::new(), Fit::No));
    Reading { item: item.clone(), fields, fit }
}

/// An indexed value. What does not fit a word is there as a hash only.
fn topic(ty: &DynSolType, topic: &B256) -> Option<Value> {
    match ty {
        DynSolType::Tuple(_) | DynSolType::FixedArray(..) => Some(Value::Hashed(*topic)),
        ty if is_dynamic(ty) => Some(Value::Hashed(*topic)),
        ty => value::word(ty, &topic.0),
    }
}

impl Reading {
    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|field| field.name == name).map(|field| &field.value)
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.fit == Fit::No {
            return write!(f, "{} with data that does not fit it", self.item.signature());
        }
        write!(f, "{}(", self.item.signature().name())?;
        for (index, field) in self.fields.iter().enumerate() {
            write!(f, "{}{field}", if index > 0 { ", " } else { "" })?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests;
