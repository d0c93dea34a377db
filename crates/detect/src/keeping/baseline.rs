//! What is usual: a median and its spread, learnt by key and season, slowly and only from what nobody objected to.
//!
//! Level and spread are the median and the median absolute deviation (MAD) of the last observations, and a score is
//! the modified z-score `0.6745 · |x − median| / MAD` in hundredths (Iglewicz and Hoaglin, 1993; 350 is their limit).
//! Rise and fall are the two sums of a CUSUM with an allowance of half a deviation (Page, 1954). Everything is
//! whole numbers. Level and spread may move by so many basis points a day and no more, however many observations
//! say otherwise: whoever wants to teach it patience with an attack has to do so for weeks, in the open.

use std::collections::BTreeMap;

use facts::U256;
use serde::{Deserialize, Serialize};

use super::{Gather, Recall, slot_id};
use crate::{
    Fault, MemoryView, Span,
    card::{BaselineText, Season, Subject},
    condition::{
        Bound, Condition, Shape,
        expr::{Scene, Trouble},
        look::{Part, Wide, narrow, wide},
        types::Value,
    },
    memory::{Found, Joining, Series, Slot},
    workshop::Bench,
};

/// Observations of one key in one block: what is beyond says little that is new and costs a sort each.
const PER_BLOCK: usize = 8;
/// The allowance of rise and fall, and the most that one value can add, in hundredths of a deviation.
const ALLOWANCE: u64 = 50;
const STEP_MAX: u64 = 500;
/// Intervals that are remembered as spoilt.
const SPOILT: usize = 64;
const DAY: u64 = 86_400;

/// What is usual, by key.
#[derive(Debug)]
pub(super) struct Baseline {
    pub(super) of: Gather,
    pub(super) value: Bound<Condition>,
    every: Option<u64>,
    season: Season,
    least: usize,
    least_seconds: u64,
    drift_bp: u64,
    spread_min: U256,
    /// Observations by key and season.
    seen: Slot,
    /// What was learnt of them.
    learnt: Slot,
    /// What is going on, by key.
    current: Slot,
}

/// What was learnt. The anchors are level and spread at the beginning of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Learnt {
    level: U256,
    spread: U256,
    day: u64,
    level_anchor: U256,
    spread_anchor: U256,
}

/// What is going on: the interval that is not over yet, and how far values have crept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Current {
    interval: u64,
    total: U256,
    is_spoilt: bool,
    rise: u64,
    fall: u64,
}

/// A value, and whether somebody objected to the transaction it is of.
type Observation = (U256, bool);

/// Values of one block, by baseline and key, and whether a rule objected to the transaction they are of.
#[derive(Debug, Default)]
pub(crate) struct Observed(BTreeMap<(usize, Vec<u8>), Vec<Observation>>);

impl Baseline {
    pub(super) fn build(bench: &mut Bench<'_>, text: &BaselineText) -> Result<(Self, Shape), Fault> {
        let (of, key) = Gather::build(bench, &text.of)?;
        let value = bench.number(&text.value, text.of.on)?;
        let id = slot_id(text, bench.known.parameters);
        let slot = |which: u8, entries_max: usize, per_key: usize| {
            let mut id = id;
            id[7] = id[7].wrapping_add(which);
            // A key is given up when it has been silent for twice as long as its observations take to gather.
            let period = text.season.period().unwrap_or_else(|| text.every_seconds.unwrap_or(0));
            let span = Span::Seconds((period * text.keep as u64 * 2).max(90 * DAY));
            Slot { id, span, entries_max, keys_max: text.keys_max * per_key, is_ring: true }
        };
        let seasons = text.season.count();
        let this = Self {
            of,
            value,
            every: text.every_seconds,
            season: text.season,
            least: text.least,
            least_seconds: text.least_seconds,
            drift_bp: text.drift_bp_per_day,
            spread_min: text.spread_min,
            seen: slot(0, text.keep, seasons),
            learnt: slot(1, 1, seasons),
            current: slot(2, 1, 1),
        };
        let shape = Shape { name: text.name.clone(), key, measure: None, entries_max: 1 };
        Ok((this, shape))
    }

    pub(super) fn bytes_max(&self) -> u64 {
        let seen = self.seen.keys_max * (self.seen.entries_max * Series::ENTRY_BYTES + 160);
        (seen + self.learnt.keys_max * 360 + self.current.keys_max * 260) as u64
    }

    /// Takes in what a block showed of one key.
    fn observe(&self, memory: &mut MemoryView<'_>, key: &[u8], values: &[Observation]) {
        let (_, time) = memory.now();
        let mut current: Current = self.read(memory, &self.current, key).unwrap_or_default();
        match self.every {
            None => {
                for (value, is_objected) in values.iter().take(PER_BLOCK) {
                    self.creep(memory, key, time, *value, &mut current);
                    if !is_objected {
                        self.learn(memory, key, time, *value);
                    }
                }
            }
            Some(every) => {
                let interval = time / every;
                self.close(memory, key, every, interval, &mut current);
                for (value, is_objected) in values {
                    match is_objected {
                        true => current.is_spoilt = true,
                        false => current.total = current.total.saturating_add(*value),
                    }
                }
            }
        }
        // What a rule spoke up about is dealt with; the sums begin anew.
        if values.iter().any(|(_, is_objected)| *is_objected) {
            (current.rise, current.fall) = (0, 0);
        }
        write(memory, &self.current, key, &current);
    }

    /// Closes the intervals before this one: their totals are observations, those without any are zero.
    fn close(&self, memory: &mut MemoryView<'_>, key: &[u8], every: u64, interval: u64, current: &mut Current) {
        if current.interval != 0 && current.interval < interval {
            let spoilt = self.spoilt(memory);
            let oldest = interval.saturating_sub(self.seen.entries_max as u64);
            let empty = current.interval.saturating_add(1).max(oldest)..interval;
            let all = [(current.interval, current.total)].into_iter().chain(empty.map(|at| (at, U256::ZERO)));
            for (at, total) in all {
                if spoilt.contains(&at) || (at == current.interval && current.is_spoilt) {
                    continue;
                }
                self.creep(memory, key, at * every, total, current);
                self.learn(memory, key, at * every, total);
            }
        }
        if current.interval < interval {
            (current.interval, current.total, current.is_spoilt) = (interval, U256::ZERO, false);
        }
    }

    /// How far values have crept, with one more.
    fn creep(&self, memory: &MemoryView<'_>, key: &[u8], time: u64, value: U256, current: &mut Current) {
        if let Some(learnt) = self.learnt(memory, key, time) {
            (current.rise, current.fall) = self.crept(&learnt, value, current);
        }
    }

    fn crept(&self, learnt: &Learnt, value: U256, current: &Current) -> (u64, u64) {
        let score = u64::try_from(self.score(learnt, value)).unwrap_or(STEP_MAX).min(STEP_MAX);
        let (up, down) = if value > learnt.level { (score, 0) } else { (0, score) };
        let next = |sum: u64, with: u64, against: u64| sum.saturating_add(with).saturating_sub(against + ALLOWANCE);
        (next(current.rise, up, down), next(current.fall, down, up))
    }

    /// Adds an observation, and lets level and spread follow it as far as they may.
    fn learn(&self, memory: &mut MemoryView<'_>, key: &[u8], time: u64, value: U256) {
        let key = self.in_season(key, time);
        memory.append(&self.seen, &key, value, Joining::Apart);
        let Found::Whole(series) = memory.series(&self.seen, &key) else { return };
        let (Some(first), Some(last)) = (series.entries.front(), series.entries.back()) else { return };
        if series.entries.len() < self.least || last.time.saturating_sub(first.time) < self.least_seconds {
            return;
        }
        let mut values: Vec<_> = series.entries.iter().map(|entry| entry.value).collect();
        let level = median(&mut values);
        values.iter_mut().for_each(|value| *value = value.abs_diff(level));
        let spread = median(&mut values);
        let day = last.time / DAY;
        let learnt = match self.read::<Learnt>(memory, &self.learnt, &key) {
            None => Learnt { level, spread, day, level_anchor: level, spread_anchor: spread },
            Some(mut learnt) => {
                if learnt.day < day {
                    let (level_anchor, spread_anchor) = (learnt.level, learnt.spread);
                    learnt = Learnt { day, level_anchor, spread_anchor, ..learnt };
                }
                learnt.level = self.follow(learnt.level_anchor, level);
                learnt.spread = self.follow(learnt.spread_anchor, spread);
                learnt
            }
        };
        write(memory, &self.learnt, &key, &learnt);
    }

    /// As near to `to` as a day's drift from `anchor` allows.
    fn follow(&self, anchor: U256, to: U256) -> U256 {
        let step = wide(anchor.max(self.spread_min), U256::from(self.drift_bp)) / Wide::from(10_000);
        let step = narrow(step).max(U256::from(1));
        to.clamp(anchor.saturating_sub(step), anchor.saturating_add(step))
    }

    /// How far a value is from the level, in hundredths of a deviation, rounded down.
    fn score(&self, learnt: &Learnt, value: U256) -> U256 {
        let distance = wide(value.abs_diff(learnt.level), U256::from(6_745));
        let spread = wide(learnt.spread.max(self.spread_min), U256::from(100));
        distance.checked_div(spread).map_or(U256::MAX, narrow)
    }

    fn learnt(&self, memory: &MemoryView<'_>, key: &[u8], time: u64) -> Option<Learnt> {
        self.read(memory, &self.learnt, &self.in_season(key, time))
    }

    fn in_season(&self, key: &[u8], time: u64) -> Vec<u8> {
        [&[self.season.at(time)], key].concat()
    }

    /// Intervals in which something could not be seen, or was objected to as a whole.
    fn spoilt(&self, memory: &MemoryView<'_>) -> Vec<u64> {
        self.read(memory, &self.current, SPOILT_KEY).unwrap_or_default()
    }

    /// The interval of now is not one to learn from.
    fn spoil(&self, memory: &mut MemoryView<'_>) {
        let Some(every) = self.every else { return };
        let mut spoilt = self.spoilt(memory);
        let interval = memory.now().1 / every;
        if spoilt.last() != Some(&interval) {
            spoilt.push(interval);
            let beyond = spoilt.len().saturating_sub(SPOILT);
            spoilt.drain(..beyond);
            write(memory, &self.current, SPOILT_KEY, &spoilt);
        }
    }

    fn read<T: for<'de> Deserialize<'de>>(&self, memory: &MemoryView<'_>, slot: &Slot, key: &[u8]) -> Option<T> {
        match memory.note(slot, key) {
            Found::Whole(bytes) => postcard::from_bytes(bytes).ok(),
            Found::Nothing | Found::Lost => None,
        }
    }
}

/// The key of the spoilt intervals. Keys of values begin with zero or one.
const SPOILT_KEY: &[u8] = &[2];

fn write<T: Serialize>(memory: &mut MemoryView<'_>, slot: &Slot, key: &[u8], what: &T) {
    if let Ok(bytes) = postcard::to_stdvec(what) {
        memory.set_note(slot, key, Some(bytes.into()));
    }
}

/// The lower median. The values are left in order.
fn median(values: &mut [U256]) -> U256 {
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

impl Season {
    /// How many seasons there are.
    pub(crate) fn count(self) -> usize {
        match self {
            Season::None => 1,
            Season::HourOfDay => 24,
            Season::DayOfWeek => 7,
            Season::HourOfWeek => 168,
        }
    }

    /// After how many seconds a season comes again.
    fn period(self) -> Option<u64> {
        match self {
            Season::None => None,
            Season::HourOfDay => Some(DAY),
            Season::DayOfWeek | Season::HourOfWeek => Some(7 * DAY),
        }
    }

    /// The season of a time. The first of January 1970 was a Thursday; weeks here begin on that day.
    fn at(self, time: u64) -> u8 {
        let at = match self {
            Season::None => 0,
            Season::HourOfDay => time / 3_600 % 24,
            Season::DayOfWeek => time / DAY % 7,
            Season::HourOfWeek => time / 3_600 % 168,
        };
        u8::try_from(at).unwrap_or(0)
    }
}

impl super::Keeping {
    /// What baselines look at.
    pub(crate) fn baselines_on(&self, on: Subject) -> bool {
        self.baselines.iter().any(|baseline| baseline.of.on == on)
    }

    /// Whether there are any.
    pub(crate) fn learns(&self) -> bool {
        !self.baselines.is_empty()
    }

    /// Notes the values of an item. Trouble here was trouble for the condition too, or is of no account.
    pub(crate) fn observed<'a>(
        &'a self,
        on: Subject,
        scene: &mut Scene<'a>,
        is_objected: bool,
        into: &mut Observed,
    ) -> Result<(), Trouble> {
        for (at, baseline) in self.baselines.iter().enumerate().filter(|(_, baseline)| baseline.of.on == on) {
            if let Some(key) = baseline.of.key(scene)? {
                match baseline.value.value(scene)? {
                    Value::Number(value) => into.0.entry((at, key)).or_default().push((value, is_objected)),
                    _ => return Err(Trouble::Null),
                }
            }
        }
        Ok(())
    }

    /// Learns from a block. Where it could not be seen whole, or was objected to as a whole, its interval is spoilt.
    pub(crate) fn learn(&self, observed: &Observed, is_spoilt: bool, memory: &mut MemoryView<'_>) {
        for baseline in self.baselines.iter().filter(|_| is_spoilt) {
            baseline.spoil(memory);
        }
        for ((at, key), values) in &observed.0 {
            self.baselines[*at].observe(memory, key, values);
        }
    }
}

impl Recall<'_> {
    pub(super) fn baseline_part(
        &self,
        at: usize,
        part: Part,
        key: &[u8],
        of: &[U256],
    ) -> Result<Value<'static>, Trouble> {
        let baseline = self.keeping.baselines.get(at).ok_or(Trouble::Unseen)?;
        let (_, time) = self.memory.now();
        let keyed = baseline.in_season(key, time);
        if self.memory.note(&baseline.learnt, &keyed) == Found::Lost {
            return Err(Trouble::Lost);
        }
        let learnt = baseline.learnt(self.memory, key, time);
        let value = of.first().copied().unwrap_or_default();
        let current = || baseline.read::<Current>(self.memory, &baseline.current, key).unwrap_or_default();
        let scores = |learnt: &Learnt| of.get(1).is_some_and(|limit| baseline.score(learnt, value) >= *limit);
        Ok(match (part, learnt) {
            (Part::Count, _) => match self.memory.series(&baseline.seen, &keyed) {
                Found::Whole(series) => Value::Number(U256::from(series.entries.len())),
                Found::Nothing => Value::Number(U256::ZERO),
                Found::Lost => return Err(Trouble::Lost),
            },
            (Part::Ready, learnt) => Value::Bool(learnt.is_some()),
            (Part::Above | Part::Below, None) => Value::Bool(false),
            (Part::Above, Some(learnt)) => Value::Bool(value > learnt.level && scores(&learnt)),
            (Part::Below, Some(learnt)) => Value::Bool(value < learnt.level && scores(&learnt)),
            (Part::Rise | Part::Fall, None) => Value::Number(U256::ZERO),
            (Part::Rise, Some(learnt)) => Value::Number(U256::from(baseline.crept(&learnt, value, &current()).0)),
            (Part::Fall, Some(learnt)) => Value::Number(U256::from(baseline.crept(&learnt, value, &current()).1)),
            (Part::Median | Part::Spread | Part::Score, None) => Value::Null,
            (Part::Median, Some(learnt)) => Value::Number(learnt.level),
            (Part::Spread, Some(learnt)) => Value::Number(learnt.spread),
            (Part::Score, Some(learnt)) => Value::Number(baseline.score(&learnt, value)),
        })
    }
}
