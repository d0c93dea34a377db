use std::collections::BTreeMap;

use facts::B256;
use serde::{Deserialize, Serialize};

use super::{Gather, Recall, Stepped, slot_id};
use crate::{
    Fault, MemoryView,
    card::{SequenceText, Subject},
    condition::{
        Shape,
        expr::{Scene, Trouble},
    },
    memory::{Found, Slot},
    workshop::Bench,
};

/// Steps that have to come one after the other, each in a later transaction, by key.
#[derive(Debug)]
pub(super) struct Sequence {
    steps: Vec<(String, Gather)>,
    reset: Option<Gather>,
    slot: Slot,
}

/// One step that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Taken {
    block: u64,
    time: u64,
    tx: B256,
}

/// For each step the steps up to it, of those that lead there the one that began last; none if it was not reached.
///
/// A chain that began later is never worse: whatever completes an older one within the span completes it too.
type Chains = Vec<Vec<Taken>>;

/// What of a transaction is a step of which sequence, under which key.
#[derive(Debug, Default)]
pub(crate) struct Steps(BTreeMap<(usize, Vec<u8>), Marks>);

/// The steps that a transaction takes, as bits, and whether it resets.
#[derive(Debug, Default)]
struct Marks {
    steps: u32,
    reset: bool,
}

impl Sequence {
    pub(super) fn build(bench: &mut Bench<'_>, text: &SequenceText) -> Result<(Self, Shape), Fault> {
        let mut steps = Vec::new();
        let mut of = None;
        let mut same = |key: Vec<_>, step: &str| match &of {
            None => {
                of = Some(key);
                Ok(())
            }
            Some(first) if *first == key => Ok(()),
            Some(_) => {
                let what = format!("the key of `{step}` is not of the same kind as that of the first step");
                Err(text.place.fault(0, what, "all steps and the reset are correlated by one key"))
            }
        };
        for (name, gathered) in &text.steps {
            let (step, key) = Gather::build(bench, gathered)?;
            same(key, name)?;
            steps.push((name.clone(), step));
        }
        let reset = text.reset.as_ref().map(|reset| Gather::build(bench, reset)).transpose()?;
        let reset = match reset {
            Some((reset, key)) => {
                same(key, "reset")?;
                Some(reset)
            }
            None => None,
        };
        let id = slot_id(text, bench.known.parameters);
        let slot = Slot { id, span: text.span, entries_max: 1, keys_max: text.keys_max, is_ring: false };
        let shape = Shape { name: text.name.clone(), key: of.unwrap_or_default(), measure: None, entries_max: 1 };
        Ok((Self { steps, reset, slot }, shape))
    }

    pub(super) fn gathers(&self) -> impl Iterator<Item = &Gather> {
        self.steps.iter().map(|(_, step)| step).chain(&self.reset)
    }

    /// The chains under a key, without those that took too long.
    fn chains(&self, memory: &MemoryView<'_>, key: &[u8]) -> Result<Chains, Trouble> {
        let bytes = match memory.note(&self.slot, key) {
            Found::Whole(bytes) => bytes,
            Found::Nothing => return Ok(vec![Vec::new(); self.steps.len()]),
            Found::Lost => return Err(Trouble::Lost),
        };
        let mut chains: Chains = postcard::from_bytes(bytes).map_err(|_| Trouble::Lost)?;
        chains.resize(self.steps.len(), Vec::new());
        let (block, time) = memory.now();
        let span = self.slot.span;
        for chain in &mut chains {
            let first = chain.first().map(|first| span.moment(first.block, first.time));
            if first.is_some_and(|first| !span.reaches(first, span.moment(block, time))) {
                chain.clear();
            }
        }
        Ok(chains)
    }

    fn take(&self, memory: &mut MemoryView<'_>, key: &[u8], marks: &Marks, tx: B256) {
        // Whoever resets and takes a step in one transaction has taken the step.
        if marks.reset {
            memory.set_note(&self.slot, key, None);
        }
        // What was lost cannot be gone on from, but it can begin again; the slot remembers that it was lost.
        let mut chains = self.chains(memory, key).unwrap_or_else(|_| vec![Vec::new(); self.steps.len()]);
        let (block, time) = memory.now();
        let mut has_moved = false;
        // From the last step to the first: a transaction takes a chain one step further, not two.
        for at in (0..self.steps.len()).rev().filter(|at| marks.steps & (1 << at) != 0) {
            let before = match at.checked_sub(1) {
                Some(before) if chains[before].is_empty() => continue,
                Some(before) => chains[before].clone(),
                None => Vec::new(),
            };
            chains[at] = [before, vec![Taken { block, time, tx }]].concat();
            has_moved = true;
        }
        if has_moved && let Ok(bytes) = postcard::to_stdvec(&chains) {
            memory.set_note(&self.slot, key, Some(bytes.into()));
        }
    }

    pub(super) fn bytes_max(&self) -> u64 {
        let steps = self.steps.len();
        (self.slot.keys_max * (steps * (steps + 1) / 2 * 52 + 160)) as u64
    }
}

impl super::Keeping {
    /// Notes the steps that an item takes.
    pub(crate) fn stepped<'a>(&'a self, on: Subject, scene: &mut Scene<'a>, into: &mut Steps) -> Result<(), Trouble> {
        for (which, sequence) in self.sequences.iter().enumerate() {
            for (at, (_, step)) in sequence.steps.iter().enumerate().filter(|(_, (_, step))| step.on == on) {
                if let Some(key) = step.key(scene)? {
                    into.0.entry((which, key)).or_default().steps |= 1 << at;
                }
            }
            if let Some(reset) = sequence.reset.as_ref().filter(|reset| reset.on == on)
                && let Some(key) = reset.key(scene)?
            {
                into.0.entry((which, key)).or_default().reset = true;
            }
        }
        Ok(())
    }

    /// Takes the steps of a transaction.
    pub(crate) fn take(&self, steps: &Steps, tx: B256, memory: &mut MemoryView<'_>) {
        for ((which, key), marks) in &steps.0 {
            self.sequences[*which].take(memory, key, marks, tx);
        }
    }

    /// What sequences look at.
    pub(crate) fn sequences_on(&self, on: Subject) -> bool {
        self.sequences.iter().flat_map(Sequence::gathers).any(|gather| gather.on == on)
    }
}

impl Recall<'_> {
    /// Whether a sequence is complete under a key; if it is, its steps are cited.
    pub(super) fn sequence_is_complete(&self, at: usize, key: &[u8]) -> Result<bool, Trouble> {
        let sequence = self.keeping.sequences.get(at).ok_or(Trouble::Unseen)?;
        let chains = sequence.chains(self.memory, key)?;
        let Some(complete) = chains.last().filter(|chain| !chain.is_empty()) else { return Ok(false) };
        let steps = sequence.steps.iter().zip(complete);
        let cited = steps.map(|((name, step), taken)| Stepped {
            name: name.clone(),
            on: step.on,
            block: taken.block,
            tx: taken.tx,
        });
        self.cited.borrow_mut().extend(cited);
        Ok(true)
    }
}
