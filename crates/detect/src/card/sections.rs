//! What a rule in data keeps in mind, as its card says it: `[window.NAME]`, `[sequence.NAME]`, `[baseline.NAME]`.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{
    Lists, Subject, Text,
    file::{CONDITION_BYTES, TEMPLATE_BYTES, list, name},
    text::{Source, text},
};
use crate::{Fault, Span, place::File};

/// Windows, sequences or baselines of one rule.
const SECTIONS: usize = 8;
/// Steps of a sequence.
const STEPS: usize = 8;
/// Blocks of a span: a year at two seconds a block.
const BLOCKS_MAX: u64 = 16_000_000;
/// Seconds of a span: a year.
const SECONDS_MAX: u64 = 366 * 86_400;
/// Entries of one key: a day of blocks at twelve seconds, and some.
const ENTRIES_MAX: u64 = 8_192;
/// Keys of one section.
const KEYS_MAX: u64 = 50_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WindowFile {
    on: Subject,
    when: Option<Spanned<String>>,
    #[serde(default)]
    key: Vec<Spanned<String>>,
    value: Option<Spanned<String>>,
    measure: Spanned<Measure>,
    blocks: Option<Spanned<u64>>,
    seconds: Option<Spanned<u64>>,
    per: Option<Spanned<u64>>,
    quantile_bp: Option<Spanned<u64>>,
    entries_max: Option<Spanned<u64>>,
    keys_max: Option<Spanned<u64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SequenceFile {
    blocks: Option<Spanned<u64>>,
    seconds: Option<Spanned<u64>>,
    keys_max: Option<Spanned<u64>>,
    #[serde(default)]
    step: Vec<Spanned<StepFile>>,
    reset: Option<StepFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StepFile {
    name: Option<Spanned<String>>,
    on: Subject,
    when: Spanned<String>,
    #[serde(default)]
    key: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BaselineFile {
    on: Subject,
    when: Option<Spanned<String>>,
    #[serde(default)]
    key: Vec<Spanned<String>>,
    value: Spanned<String>,
    every_seconds: Option<Spanned<u64>>,
    #[serde(default)]
    season: Season,
    keep: Option<Spanned<u64>>,
    least: Option<Spanned<u64>>,
    least_seconds: Option<Spanned<u64>>,
    drift_bp_per_day: Option<Spanned<u64>>,
    spread_min: Option<Spanned<String>>,
    keys_max: Option<Spanned<u64>>,
}

/// What a window measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Measure {
    Count,
    Sum,
    Rate,
    Distinct,
    Quantile,
    Min,
    Max,
    First,
    Last,
}

/// What happened before at the same hour, on the same day, or at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Season {
    #[default]
    None,
    HourOfDay,
    DayOfWeek,
    HourOfWeek,
}

/// What is looked at, and by which key it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Gathered {
    pub(crate) on: Subject,
    pub(crate) when: Option<Text>,
    pub(crate) key: Vec<Text>,
}

/// `[window.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct WindowText {
    pub(crate) name: String,
    pub(crate) of: Gathered,
    pub(crate) value: Option<Text>,
    pub(crate) measure: Measure,
    pub(crate) span: Span,
    /// Blocks or seconds, as the span, to which a rate refers.
    pub(crate) per: u64,
    pub(crate) quantile_bp: u64,
    pub(crate) entries_max: usize,
    pub(crate) keys_max: usize,
    #[serde(skip)]
    pub(crate) place: Text,
}

/// `[sequence.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct SequenceText {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) keys_max: usize,
    pub(crate) steps: Vec<(String, Gathered)>,
    pub(crate) reset: Option<Gathered>,
    #[serde(skip)]
    pub(crate) place: Text,
}

/// `[baseline.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct BaselineText {
    pub(crate) name: String,
    pub(crate) of: Gathered,
    pub(crate) value: Text,
    /// Observations are sums over intervals of so many seconds; without it each value is one.
    pub(crate) every_seconds: Option<u64>,
    pub(crate) season: Season,
    /// Observations that are kept, of each season.
    pub(crate) keep: usize,
    /// Observations that it needs before it says anything.
    pub(crate) least: usize,
    /// Seconds between the first and the last of them.
    pub(crate) least_seconds: u64,
    /// How far the level may move in a day.
    pub(crate) drift_bp_per_day: u64,
    /// The least spread that is believed.
    pub(crate) spread_min: facts::U256,
    pub(crate) keys_max: usize,
    #[serde(skip)]
    pub(crate) place: Text,
}

/// What a card declares beside its condition.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Sections {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) lists: Lists,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) windows: Vec<WindowText>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) sequences: Vec<SequenceText>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) baselines: Vec<BaselineText>,
}

impl Sections {
    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The place of the section that may come to hold the most.
    pub(crate) fn largest(&self) -> Option<&Text> {
        let windows = self.windows.iter().map(|window| (window.keys_max * window.entries_max, &window.place));
        let baselines = self.baselines.iter().map(|one| (one.keys_max * one.keep * one.season.count(), &one.place));
        let sequences = self.sequences.iter().map(|one| (one.keys_max, &one.place));
        windows.chain(baselines).chain(sequences).max_by_key(|(size, _)| *size).map(|(_, place)| place)
    }

    /// A text that is the same for equal sections.
    pub(crate) fn shape(&self) -> String {
        if self.is_empty() { String::new() } else { format!("{:?}", case::Digest::of(self)) }
    }
}

/// Sections by name, as they are written.
pub(super) type Named<T> = BTreeMap<Spanned<String>, T>;

/// Reads sections from the card.
pub(super) struct Reader<'a> {
    pub(super) file: File<'a>,
    pub(super) origin: &'a Arc<Source>,
}

impl Reader<'_> {
    pub(super) fn windows(&self, raw: Named<WindowFile>) -> Result<Vec<WindowText>, Fault> {
        self.few(&raw)?;
        raw.into_iter().map(|(name, window)| self.window(&name, window)).collect()
    }

    pub(super) fn sequences(&self, raw: Named<SequenceFile>) -> Result<Vec<SequenceText>, Fault> {
        self.few(&raw)?;
        raw.into_iter().map(|(name, sequence)| self.sequence(&name, sequence)).collect()
    }

    pub(super) fn baselines(&self, raw: Named<BaselineFile>) -> Result<Vec<BaselineText>, Fault> {
        self.few(&raw)?;
        raw.into_iter().map(|(name, baseline)| self.baseline(&name, baseline)).collect()
    }

    fn few<T>(&self, raw: &Named<T>) -> Result<(), Fault> {
        let Some(beyond) = raw.keys().nth(SECTIONS) else { return Ok(()) };
        let what = format!("more than {SECTIONS} sections of one kind");
        Err(self.file.fault(beyond.span().start, what, "split the rule"))
    }

    fn window(&self, spanned: &Spanned<String>, raw: WindowFile) -> Result<WindowText, Fault> {
        use Measure::{Count, Distinct, Quantile, Rate};
        let at = spanned.span().start;
        let measure = *raw.measure.get_ref();
        let what = |what: &str| format!("the window `{}` {what}", spanned.get_ref());
        if raw.value.is_none() && !matches!(measure, Count | Rate) {
            return Err(self.file.fault(at, what("has no value"), "say of what, such as `value = \"flow.amount\"`"));
        }
        if let Some(value) = raw.value.as_ref().filter(|_| measure == Count) {
            let hint = "leave the value out, or measure its `sum`";
            return Err(self.file.fault(value.span().start, what("counts and has a value"), hint));
        }
        for (number, of, is_needed) in [(&raw.per, Rate, false), (&raw.quantile_bp, Quantile, true)] {
            match number {
                Some(number) if measure != of => {
                    let hint = "`per` belongs to a `rate`, `quantile_bp` to a `quantile`";
                    return Err(self.file.fault(number.span().start, what("does not measure that"), hint));
                }
                None if measure == of && is_needed => {
                    let hint = "add `quantile_bp = 9500` for the value that 95 % do not exceed";
                    return Err(self.file.fault(at, what("does not say which quantile"), hint));
                }
                _ => {}
            }
        }
        let span = self.span(at, raw.blocks, raw.seconds)?;
        // A value of its own for each thing that happened, or one for each block.
        let usual = if matches!(measure, Distinct | Quantile) { 256 } else { span.length().clamp(1, 256) };
        Ok(WindowText {
            name: name(&self.file, spanned, "window")?,
            of: self.gathered(raw.on, raw.when, raw.key)?,
            value: raw.value.map(|value| self.path(value)).transpose()?,
            measure,
            span,
            per: self.number(raw.per, 1, 1..=SECONDS_MAX)?,
            quantile_bp: self.number(raw.quantile_bp, 5_000, 1..=10_000)?,
            entries_max: self.size(raw.entries_max, usual, 1..=ENTRIES_MAX)?,
            keys_max: self.size(raw.keys_max, 1_000, 1..=KEYS_MAX)?,
            place: self.place(spanned),
        })
    }

    fn sequence(&self, spanned: &Spanned<String>, raw: SequenceFile) -> Result<SequenceText, Fault> {
        let at = spanned.span().start;
        let what = |what: &str| format!("the sequence `{}` {what}", spanned.get_ref());
        if raw.step.is_empty() || raw.step.len() > STEPS {
            let hint = format!("add 1 to {STEPS} `[[sequence.{}.step]]`", spanned.get_ref());
            return Err(self.file.fault(at, what(&format!("has {} steps", raw.step.len())), hint));
        }
        let mut steps: Vec<(String, Gathered)> = Vec::new();
        for step in raw.step {
            let place = step.span().start;
            let step = step.into_inner();
            let Some(called) = &step.name else {
                let hint = "add `name = \"…\"`: the finding calls it by that";
                return Err(self.file.fault(place, what("has a step without a name"), hint));
            };
            let called = name(&self.file, called, "step")?;
            steps.push((called, self.gathered(step.on, Some(step.when), step.key)?));
        }
        let reset = raw.reset.map(|step| self.gathered(step.on, Some(step.when), step.key)).transpose()?;
        Ok(SequenceText {
            name: name(&self.file, spanned, "sequence")?,
            span: self.span(at, raw.blocks, raw.seconds)?,
            keys_max: self.size(raw.keys_max, 1_000, 1..=KEYS_MAX)?,
            steps,
            reset,
            place: self.place(spanned),
        })
    }

    fn baseline(&self, spanned: &Spanned<String>, raw: BaselineFile) -> Result<BaselineText, Fault> {
        let least_at = raw.least.as_ref().map_or(spanned.span().start, |least| least.span().start);
        let keep = self.size(raw.keep, 64, 3..=512)?;
        let least = self.size(raw.least, 24.min(keep as u64), 3..=512)?;
        if least > keep {
            let what = format!("`{least}` observations are needed but only `{keep}` are kept");
            return Err(self.file.fault(least_at, what, "raise `keep` or lower `least`"));
        }
        let spread_min = raw.spread_min.map(|given| {
            super::parse_amount(given.get_ref()).map_err(|why| {
                self.file.fault(given.span().start, why, "write an amount, such as \"1000000\" or \"1 ether\"")
            })
        });
        Ok(BaselineText {
            name: name(&self.file, spanned, "baseline")?,
            of: self.gathered(raw.on, raw.when, raw.key)?,
            value: self.path(raw.value)?,
            every_seconds: raw.every_seconds.map(|every| self.number(Some(every), 1, 60..=86_400)).transpose()?,
            season: raw.season,
            keep,
            least,
            least_seconds: self.number(raw.least_seconds, 86_400, 0..=SECONDS_MAX)?,
            drift_bp_per_day: self.number(raw.drift_bp_per_day, 500, 1..=10_000)?,
            spread_min: spread_min.transpose()?.unwrap_or(facts::U256::from(1)).max(facts::U256::from(1)),
            keys_max: self.size(raw.keys_max, 256, 1..=KEYS_MAX)?,
            place: self.place(spanned),
        })
    }

    fn gathered(
        &self,
        on: Subject,
        when: Option<Spanned<String>>,
        key: Vec<Spanned<String>>,
    ) -> Result<Gathered, Fault> {
        list(&self.file, &key)?;
        Ok(Gathered {
            on,
            when: when.map(|when| text(&self.file, self.origin, when, CONDITION_BYTES)).transpose()?,
            key: key.into_iter().map(|key| self.path(key)).collect::<Result<_, _>>()?,
        })
    }

    fn path(&self, spanned: Spanned<String>) -> Result<Text, Fault> {
        text(&self.file, self.origin, spanned, TEMPLATE_BYTES)
    }

    fn place(&self, spanned: &Spanned<String>) -> Text {
        Text::at(self.origin, spanned.span().start)
    }

    fn span(&self, at: usize, blocks: Option<Spanned<u64>>, seconds: Option<Spanned<u64>>) -> Result<Span, Fault> {
        match (blocks, seconds) {
            (Some(blocks), None) => self.number(Some(blocks), 1, 1..=BLOCKS_MAX).map(Span::Blocks),
            (None, Some(seconds)) => self.number(Some(seconds), 1, 1..=SECONDS_MAX).map(Span::Seconds),
            _ => {
                let hint = "give one of `blocks = 300` and `seconds = 3600`";
                Err(self.file.fault(at, "it is not said how far back it reaches", hint))
            }
        }
    }

    fn number(
        &self,
        given: Option<Spanned<u64>>,
        usual: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> Result<u64, Fault> {
        let Some(given) = given else { return Ok(usual) };
        let number = *given.get_ref();
        if range.contains(&number) {
            return Ok(number);
        }
        let hint = format!("use a number from {} to {}", range.start(), range.end());
        Err(self.file.fault(given.span().start, format!("`{number}` is out of range"), hint))
    }

    fn size(
        &self,
        given: Option<Spanned<u64>>,
        usual: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> Result<usize, Fault> {
        self.number(given, usual, range).map(|number| usize::try_from(number).unwrap_or(usize::MAX))
    }
}
