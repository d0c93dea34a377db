//! Looks beyond the item at hand, in words.

use std::sync::Arc;

use super::words::{Tell, compared, name, names};
use crate::{
    card::Measure,
    condition::{
        expr::Expr,
        look::{Look, Origin, Part},
    },
    memory::Span,
};

/// A look as a sentence if it is true or false, and as a noun if it is a value.
pub(super) fn look(look: &Look, arguments: &[Expr], tell: &Tell<'_>) -> String {
    let sections = &tell.card.sections;
    let of = |arguments: &[Expr]| match arguments {
        [] => String::new(),
        arguments => format!(" for {}", names(arguments, tell)),
    };
    match look {
        Look::Window(at, _) => sections.windows.get(*at).map_or_else(String::new, |window| {
            let measure = match window.measure {
                Measure::Count => "how many there were",
                Measure::Sum => "the sum",
                Measure::Rate => "the rate",
                Measure::Distinct => "how many different ones there were",
                Measure::Quantile => "the quantile",
                Measure::Min => "the least",
                Measure::Max => "the greatest",
                Measure::First => "the first",
                Measure::Last => "the last",
            };
            format!("{measure} in `{}` over {}{}", window.name, span(window.span), of(arguments))
        }),
        Look::Sequence(at) => sections.sequences.get(*at).map_or_else(String::new, |sequence| {
            let steps = sequence.steps.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", then ");
            format!("{steps} came before, within {}{}", span(sequence.span), of(arguments))
        }),
        Look::Baseline(at, part) => {
            let (key, values) = arguments.split_at(arguments.len().saturating_sub(part.takes()));
            let value = values.first().map(|value| name(value, tell)).unwrap_or_default();
            let limit = values.get(1).map(|limit| name(limit, tell)).unwrap_or_default();
            let which = sections.baselines.get(*at).map_or("", |baseline| baseline.name.as_str());
            let usual = format!("what `{which}` has learnt{}", of(key));
            match part {
                Part::Ready => format!("{usual} is enough to judge by"),
                Part::Count => format!("the number of observations of {usual}"),
                Part::Median => format!("the median of {usual}"),
                Part::Spread => format!("the spread of {usual}"),
                Part::Above => format!("{value} is {limit} hundredths of a deviation or more above {usual}"),
                Part::Below => format!("{value} is {limit} hundredths of a deviation or more below {usual}"),
                Part::Score => format!("how far {value} is from {usual}"),
                Part::Rise => format!("how far values crept above {usual}, up to {value}"),
                Part::Fall => format!("how far values crept below {usual}, down to {value}"),
            }
        }
        Look::Answer(at) => tell.card.questions.get(*at).map_or_else(String::new, |question| {
            format!("the answer to `{}`", question.name.rsplit('/').next().unwrap_or_default())
        }),
        Look::Labelled(kinds) => {
            let kinds = kinds.iter().map(|kind| format!("“{}”", kind.name())).collect::<Vec<_>>().join(" or ");
            format!("{} is labelled {kinds}", names(arguments, tell))
        }
        Look::Origin(what) => {
            let what = match what {
                Origin::Creator => "the creator of",
                Origin::Funder => "the first funder of",
                Origin::CodeHash => "the code hash of",
                Origin::CodeShape => "the shape of the code of",
                Origin::Entity => "who stands behind",
            };
            format!("{what} {}", names(arguments, tell))
        }
        Look::Among(list) => {
            let which = sections.lists.iter().find(|(_, known)| Arc::ptr_eq(known, list)).map_or("", |(name, _)| name);
            format!("{} is one of the {} on the list `{which}`", names(arguments, tell), list.len())
        }
        Look::Called(list) => {
            let which = sections.lists.iter().find(|(_, known)| Arc::ptr_eq(known, list)).map_or("", |(name, _)| name);
            format!("the transaction calls one of the {} functions on the list `{which}`", list.len())
        }
        Look::Matches(pattern) => format!("{} fits `{}`", names(arguments, tell), pattern.text()),
        Look::Compare(how) => match arguments {
            [one, two] => format!("{} is {} {}", name(one, tell), compared(*how), name(two, tell)),
            _ => String::new(),
        },
        Look::RiseBp | Look::FallBp => {
            let how = if matches!(look, Look::RiseBp) { "rise" } else { "fall" };
            match arguments {
                [before, after] => {
                    format!("the {how} from {} to {} in basis points", name(before, tell), name(after, tell))
                }
                _ => String::new(),
            }
        }
    }
}

fn span(span: Span) -> String {
    match span {
        Span::Blocks(blocks) => format!("{blocks} blocks"),
        Span::Seconds(seconds) => format!("{seconds} seconds"),
    }
}
