//! What a rule in data keeps in mind over time: windows, sequences and baselines, each in its slot of the memory.
//!
//! Everything is gathered transaction by transaction. Windows are brought up to date before the condition is judged,
//! so that they hold the transaction at hand; sequences after it, so that they hold what came before; baselines
//! at the end of the block, and only from what no rule objected to.

mod baseline;
mod recall;
mod sequence;
mod window;

pub(crate) use recall::{Recall, Stepped};

use case::Digest;
use serde::Serialize;

use crate::{
    Fault, RuleCard, Wake,
    card::{Gathered, Subject},
    condition::{
        Bound, Condition, Known,
        expr::{Scene, Trouble},
        look::push_key,
        types::{Record, Type},
    },
    workshop::{Bench, Workshop},
};
use baseline::Baseline;
use sequence::Sequence;
use window::Window;

/// Puts a card on the bench: what it keeps is checked first, for its condition may refer to that.
///
/// # Errors
/// Of what the card keeps, or of what is done with it.
pub(crate) fn on_bench<T, E: From<Fault>>(
    workshop: &mut Workshop,
    card: &RuleCard,
    work: impl FnOnce(&mut Bench<'_>, Keeping) -> Result<T, E>,
) -> Result<T, E> {
    let shape = card.shape();
    let (keeping, shapes) = Keeping::build(workshop, card, &shape)?;
    let known = Known {
        windows: &shapes.windows,
        sequences: &shapes.sequences,
        baselines: &shapes.baselines,
        ..Known::of(&card.parameters, &card.questions, &card.sections)
    };
    work(&mut Bench { workshop, known, shape: &shape }, keeping)
}

/// Everything that one rule keeps.
#[derive(Debug, Default)]
pub(crate) struct Keeping {
    windows: Vec<Window>,
    sequences: Vec<Sequence>,
    baselines: Vec<Baseline>,
}

/// What is looked at, which of it counts, and under which key.
#[derive(Debug)]
struct Gather {
    on: Subject,
    when: Option<Bound<Condition>>,
    key: Vec<Bound<Condition>>,
}

impl Keeping {
    /// Checks what a card declares. The shapes are what conditions see of it.
    fn build(workshop: &mut Workshop, card: &RuleCard, shape: &str) -> Result<(Self, Shapes), Fault> {
        let (mut keeping, mut shapes) = (Self::default(), Shapes::default());
        let sections = &card.sections;
        let plain = Known::of(&card.parameters, &card.questions, sections);
        let mut bench = Bench { workshop, known: plain, shape };
        for text in &sections.windows {
            let (window, shape) = Window::build(&mut bench, text)?;
            keeping.windows.push(window);
            shapes.windows.push(shape);
        }
        for text in &sections.baselines {
            let (baseline, shape) = Baseline::build(&mut bench, text)?;
            keeping.baselines.push(baseline);
            shapes.baselines.push(shape);
        }
        // Steps may ask windows and baselines, but not other sequences.
        bench.known = Known { windows: &shapes.windows, baselines: &shapes.baselines, ..plain };
        let mut sequences = Vec::new();
        for text in &sections.sequences {
            let (sequence, shape) = Sequence::build(&mut bench, text)?;
            keeping.sequences.push(sequence);
            sequences.push(shape);
        }
        shapes.sequences = sequences;
        Ok((keeping, shapes))
    }

    /// What has to wake the rule so that nothing is missed.
    pub(crate) fn wakes(&self) -> impl Iterator<Item = Wake> + '_ {
        let windows = self.windows.iter().map(|window| &window.of);
        let baselines = self.baselines.iter().map(|baseline| &baseline.of);
        let gathers = windows.chain(baselines).chain(self.sequences.iter().flat_map(Sequence::gathers));
        gathers.flat_map(Gather::wakes)
    }

    /// The records that it reads.
    pub(crate) fn reads(&self) -> impl Iterator<Item = Record> + '_ {
        let windows = self.windows.iter().flat_map(|window| window.of.reads().chain(of_value(window.value.as_ref())));
        let baselines = self.baselines.iter().flat_map(|one| one.of.reads().chain(of_value(Some(&one.value))));
        windows.chain(baselines).chain(self.sequences.iter().flat_map(Sequence::gathers).flat_map(Gather::reads))
    }

    /// Every expression of it.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = &Bound<Condition>> {
        let windows = self.windows.iter().flat_map(|window| window.of.conditions().chain(&window.value));
        let baselines = self.baselines.iter().flat_map(|one| one.of.conditions().chain([&one.value]));
        windows.chain(baselines).chain(self.sequences.iter().flat_map(Sequence::gathers).flat_map(Gather::conditions))
    }

    /// Bytes of state it may come to hold.
    pub(crate) fn bytes_max(&self) -> u64 {
        let windows = self.windows.iter().map(Window::bytes_max);
        let sequences = self.sequences.iter().map(Sequence::bytes_max);
        windows.chain(sequences).chain(self.baselines.iter().map(Baseline::bytes_max)).sum()
    }
}

fn of_value(value: Option<&Bound<Condition>>) -> impl Iterator<Item = Record> + '_ {
    value.into_iter().flat_map(Bound::<Condition>::reads)
}

/// What conditions see of a rule's windows, sequences and baselines.
#[derive(Debug, Default)]
struct Shapes {
    windows: Vec<crate::condition::Shape>,
    sequences: Vec<crate::condition::Shape>,
    baselines: Vec<crate::condition::Shape>,
}

impl Gather {
    fn build(bench: &mut Bench<'_>, text: &Gathered) -> Result<(Self, Vec<Type>), Fault> {
        let when = text.when.as_ref().map(|when| bench.condition(when, text.on)).transpose()?;
        let key = text.key.iter().map(|key| bench.key(key, text.on)).collect::<Result<Vec<_>, _>>()?;
        let types = key.iter().map(Bound::of).collect();
        Ok((Self { on: text.on, when, key }, types))
    }

    /// The key of an item that counts.
    fn key<'a>(&'a self, scene: &mut Scene<'a>) -> Result<Option<Vec<u8>>, Trouble> {
        if let Some(when) = &self.when
            && !when.holds(scene)?
        {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(40);
        for part in &self.key {
            push_key(&mut bytes, &part.value(scene)?)?;
        }
        Ok(Some(bytes))
    }

    fn wakes(&self) -> Vec<Wake> {
        let record = self.on.record();
        match &self.when {
            Some(when) => when.wakes(record),
            None => crate::condition::wakes_of_all(record),
        }
    }

    fn conditions(&self) -> impl Iterator<Item = &Bound<Condition>> {
        self.when.iter().chain(&self.key)
    }

    fn reads(&self) -> impl Iterator<Item = Record> + '_ {
        self.conditions().flat_map(Bound::<Condition>::reads).chain([self.on.record()])
    }
}

/// The id of a slot: a digest of what it is for. Parameters count if they are used.
fn slot_id(what: &impl Serialize, card: &crate::card::Parameters) -> [u8; 8] {
    let text = case::canonical(what).unwrap_or_default();
    let uses_parameters = text.windows(7).any(|part| part == b"params.");
    let given = if uses_parameters { case::canonical(card).unwrap_or_default() } else { Vec::new() };
    let digest = Digest::of_bytes(&[text, given].concat()).0;
    let mut id = [0; 8];
    id.copy_from_slice(&digest[..8]);
    id
}
