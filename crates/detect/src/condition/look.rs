//! Looks beyond the thing itself: what the rule keeps in mind, answers to questions, labels, lists and patterns.

use std::sync::Arc;

use atlas::LabelKinds;
use facts::{Address, U256};

use super::{
    expr::{Comparison, Expr, Scene, Trouble},
    pattern::Pattern,
    types::{Item, Value},
};
use crate::card::List;

/// What is looked up. The numbers are places on the card.
#[derive(Debug)]
pub(crate) enum Look {
    /// What a window measures for a key, and how many entries it may have.
    Window(usize, u32),
    /// Whether a sequence is complete for a key.
    Sequence(usize),
    /// What a baseline says for a key; what follows the key is judged by it.
    Baseline(usize, Part),
    /// The answer to a standing question.
    Answer(usize),
    /// Whether an account is known to be of one of these kinds.
    Labelled(LabelKinds),
    /// Where an account comes from.
    Origin(Origin),
    /// Whether a value is on a list.
    Among(Arc<List>),
    /// Whether a transaction calls a function on a list, in a way that lasts.
    Called(Arc<List>),
    /// Whether a text fits a pattern.
    Matches(Pattern),
    /// A rate against a rate or a number, exactly.
    Compare(Comparison),
    /// By how many basis points the second number is above the first.
    RiseBp,
    /// By how many basis points the second number is below the first.
    FallBp,
}

/// What can be asked of a baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Whether it has seen enough to say anything.
    Ready,
    /// How many observations it keeps.
    Count,
    /// The learnt median.
    Median,
    /// The learnt spread: the median absolute deviation.
    Spread,
    /// Whether a value is so many hundredths of a deviation above it.
    Above,
    /// Whether a value is so many hundredths of a deviation below it.
    Below,
    /// By how many hundredths of a deviation a value differs.
    Score,
    /// How far values have crept up, in hundredths of a deviation, with this one.
    Rise,
    /// How far values have crept down.
    Fall,
}

/// What is known of where an account comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// Who created it.
    Creator,
    /// Who sent the first native value that was seen.
    Funder,
    /// The hash of its code.
    CodeHash,
    /// The hash of its code without what a deployment fills in.
    CodeShape,
    /// The account at the beginning of its chain of creators.
    Entity,
}

/// What a rule has in mind while a condition is computed.
pub(crate) trait Mind {
    fn window(&self, at: usize, key: &[u8]) -> Result<Value<'static>, Trouble>;
    fn sequence(&self, at: usize, key: &[u8]) -> Result<bool, Trouble>;
    fn baseline(&self, at: usize, part: Part, key: &[u8], of: &[U256]) -> Result<Value<'static>, Trouble>;
    fn origin(&self, what: Origin, of: Address) -> Value<'static>;
    fn labelled(&self, account: Address, kinds: LabelKinds) -> bool;
}

/// A mind with nothing in it.
pub(crate) struct Blank;

impl Mind for Blank {
    fn window(&self, _: usize, _: &[u8]) -> Result<Value<'static>, Trouble> {
        Err(Trouble::Unseen)
    }

    fn sequence(&self, _: usize, _: &[u8]) -> Result<bool, Trouble> {
        Err(Trouble::Unseen)
    }

    fn baseline(&self, _: usize, _: Part, _: &[u8], _: &[U256]) -> Result<Value<'static>, Trouble> {
        Err(Trouble::Unseen)
    }

    fn origin(&self, _: Origin, _: Address) -> Value<'static> {
        Value::Null
    }

    fn labelled(&self, _: Address, _: LabelKinds) -> bool {
        false
    }
}

impl Look {
    /// Steps that it takes at most, its arguments aside.
    pub(crate) fn steps(&self) -> u64 {
        match self {
            Look::Window(_, entries) => u64::from(*entries),
            Look::Matches(_) => 4_096,
            Look::Sequence(_) | Look::Baseline(..) => 64,
            Look::Among(_) | Look::Labelled(_) => 20,
            Look::Called(list) => list.len() as u64,
            Look::Answer(_) | Look::Origin(_) | Look::Compare(_) | Look::RiseBp | Look::FallBp => 4,
        }
    }

    pub(crate) fn value<'a>(&'a self, arguments: &'a [Expr], scene: &mut Scene<'a>) -> Result<Value<'a>, Trouble> {
        match self {
            Look::Window(at, entries) => {
                scene.charge(*entries)?;
                let key = key(arguments, scene)?;
                scene.mind.window(*at, &key)
            }
            Look::Sequence(at) => {
                let key = key(arguments, scene)?;
                scene.mind.sequence(*at, &key).map(Value::Bool)
            }
            Look::Baseline(at, part) => {
                let (keyed, of) = arguments.split_at(arguments.len().saturating_sub(part.takes()));
                let key = key(keyed, scene)?;
                let mut numbers = [U256::ZERO; 2];
                for (number, of) in numbers.iter_mut().zip(of) {
                    *number = of.number(scene)?;
                }
                scene.mind.baseline(*at, *part, &key, numbers.get(..of.len()).unwrap_or_default())
            }
            Look::Answer(at) => {
                let answer = scene.answers.get(*at).and_then(Option::as_ref).ok_or(Trouble::Unseen)?;
                Ok(Value::Item(Item::Observed(answer)))
            }
            Look::Labelled(kinds) => match one(arguments, scene)? {
                Value::Address(account) => Ok(Value::Bool(scene.mind.labelled(account, *kinds))),
                _ => Err(Trouble::Null),
            },
            Look::Origin(what) => match one(arguments, scene)? {
                Value::Address(account) => Ok(scene.mind.origin(*what, account)),
                // Where nobody comes from is not known.
                _ => Ok(Value::Null),
            },
            Look::Among(list) => {
                let value = one(arguments, scene)?;
                Ok(Value::Bool(list.has(&value)))
            }
            Look::Called(list) => {
                let List::Selectors(functions) = &**list else { return Err(Trouble::Null) };
                let facts = scene.facts.ok_or(Trouble::Unseen)?;
                scene.charge(u32::try_from(functions.len()).unwrap_or(u32::MAX))?;
                Ok(Value::Bool(functions.iter().any(|function| facts.calls_function(*function))))
            }
            Look::Matches(pattern) => match one(arguments, scene)? {
                Value::Text(text) => Ok(Value::Bool(pattern.matches(&text))),
                _ => Err(Trouble::Null),
            },
            Look::Compare(how) => {
                let [one, two] = arguments else { return Err(Trouble::Null) };
                let (one, two) = (fraction(&one.value(scene)?)?, fraction(&two.value(scene)?)?);
                let (left, right) = (wide(one.0, two.1), wide(two.0, one.1));
                Ok(Value::Bool(match how {
                    Comparison::Less => left < right,
                    Comparison::LessOrEqual => left <= right,
                    Comparison::Greater => left > right,
                    Comparison::GreaterOrEqual => left >= right,
                }))
            }
            Look::RiseBp | Look::FallBp => {
                let [before, after] = arguments else { return Err(Trouble::Null) };
                let (before, after) = (before.number(scene)?, after.number(scene)?);
                let more =
                    if matches!(self, Look::RiseBp) { after.checked_sub(before) } else { before.checked_sub(after) };
                Ok(Value::Number(share_bp(more.unwrap_or_default(), before)))
            }
        }
    }
}

impl Part {
    /// How many numbers it judges.
    pub(crate) fn takes(self) -> usize {
        match self {
            Part::Ready | Part::Count | Part::Median | Part::Spread => 0,
            Part::Score | Part::Rise | Part::Fall => 1,
            Part::Above | Part::Below => 2,
        }
    }
}

impl List {
    fn has(&self, value: &Value<'_>) -> bool {
        match (self, value) {
            (List::Addresses(items), Value::Address(value)) => items.binary_search(value).is_ok(),
            (List::Hashes(items), Value::Hash(value)) => items.binary_search(value).is_ok(),
            (List::Selectors(items), Value::Selector(value)) => items.binary_search(value).is_ok(),
            (List::Numbers(items), Value::Number(value)) => items.binary_search(value).is_ok(),
            (List::Texts(items), Value::Text(value)) => items.binary_search_by(|item| item.as_str().cmp(value)).is_ok(),
            _ => false,
        }
    }
}

/// `part` of `whole` in basis points, rounded down. Something of nothing is without bound.
pub(crate) fn share_bp(part: U256, whole: U256) -> U256 {
    if part.is_zero() {
        return U256::ZERO;
    }
    let share = wide(part, U256::from(10_000)).checked_div(wide(whole, U256::from(1)));
    share.map_or(U256::MAX, narrow)
}

/// A number of 512 bits.
pub(crate) type Wide = alloy_primitives::U512;

/// A number of 512 bits in 256, or the largest of those.
pub(crate) fn narrow(number: Wide) -> U256 {
    number.saturating_to()
}

/// A product that always fits.
pub(crate) fn wide(one: U256, two: U256) -> Wide {
    one.widening_mul(two)
}

/// A number or a rate as numerator and denominator.
fn fraction(value: &Value<'_>) -> Result<(U256, U256), Trouble> {
    match value {
        Value::Number(number) => Ok((*number, U256::from(1))),
        Value::Rate(numerator, denominator) => Ok((*numerator, U256::from(*denominator))),
        _ => Err(Trouble::Null),
    }
}

fn one<'a>(arguments: &'a [Expr], scene: &mut Scene<'a>) -> Result<Value<'a>, Trouble> {
    arguments.first().ok_or(Trouble::Null)?.value(scene)
}

/// Values as the bytes of a key.
fn key<'a>(values: &'a [Expr], scene: &mut Scene<'a>) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::with_capacity(40);
    for value in values {
        push_key(&mut bytes, &value.value(scene)?)?;
    }
    Ok(bytes)
}

/// Adds a value to the bytes of a key. It carries its length, so that `ab, c` is not `a, bc`; null is a value of its
/// own.
pub(crate) fn push_key(bytes: &mut Vec<u8>, value: &Value<'_>) -> Result<(), Trouble> {
    let number;
    let part: &[u8] = match value {
        Value::Null => {
            bytes.push(0);
            return Ok(());
        }
        Value::Bool(bool) => &[u8::from(*bool)],
        Value::Number(of) => {
            number = of.to_be_bytes::<32>();
            &number
        }
        Value::Address(address) => address.as_slice(),
        Value::Hash(hash) => hash.as_slice(),
        Value::Selector(selector) => selector.as_slice(),
        Value::Bytes(bytes) => bytes,
        Value::Text(text) => text.as_bytes(),
        Value::Rate(..) | Value::Item(_) | Value::Items(_) => return Err(Trouble::Null),
    };
    bytes.push(1);
    bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(part);
    Ok(())
}
