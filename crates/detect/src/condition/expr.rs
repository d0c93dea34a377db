//! A checked condition, and how it is computed.
//!
//! The checker turns CEL's syntax tree into this one, in which every name is resolved and every type is known. What
//! can still go wrong at run time is listed in [`Trouble`]; it is never mistaken for an answer: unlike in CEL,
//! `trouble || true` is trouble. Operands are computed from left to right, and `&&`, `||` and `?:` stop early, so a
//! guard on the left protects what stands on the right of it.

use std::cell::Cell;

use facts::{Address, B256, U256};

use super::{
    look::{Blank, Look, Mind},
    schema::Field,
    types::{BlockView, Item, Items, ObservedView, Value},
};
use crate::{Booking, Indexed, TxCtx};

/// Why a condition could not be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// A result above 2^256 - 1.
    #[error("a number would not fit into 256 bits")]
    Overflow,
    /// A result below zero.
    #[error("a number would be below zero")]
    Underflow,
    /// A division or remainder by zero.
    #[error("a division by zero")]
    DivisionByZero,
    /// Null where a value is needed.
    #[error("a value is null; guard it with `!= null`")]
    Null,
    /// A word that lies outside the bytes.
    #[error("the data is shorter than the word that was asked for; guard it with `size()`")]
    ShortData,
    /// A field that the sight at hand does not show, or of which only a part was kept.
    #[error("a field was not seen")]
    Unseen,
    /// Something that was kept had to be given up for want of room, or more happened than is kept.
    #[error(
        "what the rule keeps in mind is incomplete: more happened than it has room for; raise `keys_max` or `entries_max`"
    )]
    Lost,
    /// More steps than a transaction is worth.
    #[error("the transaction is too large for this rule: more than {STEPS} items to look at")]
    TooLarge,
}

/// Items that one rule looks at in one transaction: some ten times what fits into the largest block.
pub(crate) const STEPS: u32 = 200_000;

/// An expression.
#[derive(Debug)]
pub(crate) enum Expr {
    Constant(Value<'static>),
    /// A value that the rule brings, by its place among the rule's values.
    Slot(usize),
    /// One of the names in scope.
    Variable(usize),
    Field(Box<Expr>, &'static Field),
    Not(Box<Expr>),
    And(Box<[Expr; 2]>),
    Or(Box<[Expr; 2]>),
    If(Box<[Expr; 3]>),
    Equal(Box<[Expr; 2]>),
    Compare(Comparison, Box<[Expr; 2]>),
    Math(Math, Box<[Expr; 2]>),
    /// A value among others, which are constants or slots.
    In(Box<Expr>, Vec<Expr>),
    Call(Function, Vec<Expr>),
    Quantify(Quantifier, usize, Box<[Expr; 2]>),
    /// Something beyond the item at hand.
    Look(Look, Vec<Expr>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Math {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    All,
    Exists,
    ExistsOne,
}

/// Functions that are computed at run time. Those on literals are constants by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    /// Length of bytes or of a text in characters, or number of items.
    Size,
    /// A hash as the address it holds; null if it holds none.
    AddressOf,
    /// A hash as a number.
    NumberOf,
    /// The n-th 32-byte word of a log's data or of a call's arguments.
    Word,
    /// Whether an address is a protected contract.
    Protected,
    /// Whether a contract was entered again before it had finished, and that mattered.
    Reentered,
    /// Whether who paid books a movement under somebody's name.
    Booked,
    /// Which share of a holding went away in the transaction, in basis points.
    ShareBp,
    Contains,
    StartsWith,
    EndsWith,
}

/// Names in scope: transaction, block, subject, and what quantifiers name.
pub(crate) const TX: usize = 0;
pub(crate) const BLOCK: usize = 1;
pub(crate) const SUBJECT: usize = 2;
pub(crate) const NAMES: usize = 5;

/// What an expression is computed on.
pub(crate) struct Scene<'a> {
    names: [Option<Item<'a>>; NAMES],
    slots: &'a [Value<'static>],
    protects: &'a dyn Fn(Address) -> bool,
    steps: &'a Cell<u32>,
    /// The transaction with its indexes.
    pub(super) facts: Option<&'a Indexed<'a>>,
    pub(super) mind: &'a dyn Mind,
    pub(super) answers: &'a [Option<ObservedView<'a>>],
}

impl<'a> Scene<'a> {
    /// A transaction and an item of it.
    pub(crate) fn of(
        ctx: &TxCtx<'a>,
        subject: Item<'a>,
        protects: &'a dyn Fn(Address) -> bool,
        steps: &'a Cell<u32>,
    ) -> Self {
        let block = Item::Block(BlockView { block: ctx.block, timestamp: ctx.timestamp });
        let names = [Some(Item::Tx(ctx.facts.facts())), Some(block), Some(subject), None, None];
        Self { names, slots: &[], protects, steps, facts: Some(ctx.facts), mind: &Blank, answers: &[] }
    }

    /// Nothing but a block and an item that is not of a transaction.
    pub(crate) fn of_block(
        block: BlockView<'a>,
        subject: Item<'a>,
        protects: &'a dyn Fn(Address) -> bool,
        steps: &'a Cell<u32>,
    ) -> Self {
        let names = [None, Some(Item::Block(block)), Some(subject), None, None];
        Self { names, slots: &[], protects, steps, facts: None, mind: &Blank, answers: &[] }
    }

    /// Nothing but values: for what can be computed before a block is seen.
    pub(crate) fn of_slots(slots: &'a [Value<'static>], steps: &'a Cell<u32>) -> Self {
        Self { names: [None; NAMES], slots, protects: &|_| false, steps, facts: None, mind: &Blank, answers: &[] }
    }

    /// The same with the values of what is computed next.
    pub(crate) fn with(&mut self, slots: &'a [Value<'static>]) -> &mut Self {
        self.slots = slots;
        self
    }

    /// The same with what the rule keeps in mind, and the answers to its questions.
    pub(crate) fn minding(mut self, mind: &'a dyn Mind, answers: &'a [Option<ObservedView<'a>>]) -> Self {
        (self.mind, self.answers) = (mind, answers);
        self
    }

    /// Counts entries that are looked at, sixteen of which are as much work as an item.
    pub(super) fn charge(&self, entries: u32) -> Result<(), Trouble> {
        let left = self.steps.get().checked_sub(1 + entries / 16).ok_or(Trouble::TooLarge)?;
        self.steps.set(left);
        Ok(())
    }

    /// Counts one item that is looked at.
    pub(crate) fn step(&self) -> Result<(), Trouble> {
        let left = self.steps.get().checked_sub(1).ok_or(Trouble::TooLarge)?;
        self.steps.set(left);
        Ok(())
    }
}

impl Expr {
    /// Computes a condition.
    pub(crate) fn holds<'a>(&'a self, scene: &mut Scene<'a>) -> Result<bool, Trouble> {
        match self.value(scene)? {
            Value::Bool(holds) => Ok(holds),
            _ => Err(Trouble::Null),
        }
    }

    /// Computes a value.
    pub(crate) fn value<'a>(&'a self, scene: &mut Scene<'a>) -> Result<Value<'a>, Trouble> {
        match self {
            Expr::Constant(value) => Ok(value.borrow()),
            Expr::Slot(at) => scene.slots.get(*at).map(Value::borrow).ok_or(Trouble::Unseen),
            Expr::Variable(at) => scene.names.get(*at).copied().flatten().map(Value::Item).ok_or(Trouble::Unseen),
            Expr::Field(of, field) => match of.value(scene)? {
                Value::Item(item) => (field.read)(&item).ok_or(Trouble::Unseen),
                _ => Err(Trouble::Null),
            },
            Expr::Not(of) => Ok(Value::Bool(!of.holds(scene)?)),
            Expr::And(both) => Ok(Value::Bool(both[0].holds(scene)? && both[1].holds(scene)?)),
            Expr::Or(both) => Ok(Value::Bool(both[0].holds(scene)? || both[1].holds(scene)?)),
            Expr::If(three) => match three[0].holds(scene)? {
                true => three[1].value(scene),
                false => three[2].value(scene),
            },
            Expr::Equal(both) => Ok(Value::Bool(both[0].value(scene)?.equals(&both[1].value(scene)?))),
            Expr::Compare(how, both) => {
                let (one, two) = (both[0].number(scene)?, both[1].number(scene)?);
                Ok(Value::Bool(match how {
                    Comparison::Less => one < two,
                    Comparison::LessOrEqual => one <= two,
                    Comparison::Greater => one > two,
                    Comparison::GreaterOrEqual => one >= two,
                }))
            }
            Expr::Math(how, both) => {
                let (one, two) = (both[0].number(scene)?, both[1].number(scene)?);
                how.compute(one, two).map(Value::Number)
            }
            Expr::In(of, among) => {
                let value = of.value(scene)?;
                let slots = scene.slots;
                Ok(Value::Bool(among.iter().any(|one| one.fixed(slots).is_some_and(|one| one.equals(&value)))))
            }
            Expr::Call(function, arguments) => function.call(arguments, scene),
            Expr::Look(look, arguments) => look.value(arguments, scene),
            Expr::Quantify(quantifier, name, both) => quantifier.over(&both[0], *name, &both[1], scene),
        }
    }

    pub(super) fn number<'a>(&'a self, scene: &mut Scene<'a>) -> Result<U256, Trouble> {
        match self.value(scene)? {
            Value::Number(number) => Ok(number),
            _ => Err(Trouble::Null),
        }
    }

    /// Whether it is the same in every rule.
    pub(crate) fn is_constant(&self) -> bool {
        matches!(self, Expr::Constant(_))
    }

    /// Whether it is the same for every item that one rule looks at.
    pub(crate) fn is_fixed(&self) -> bool {
        matches!(self, Expr::Constant(_) | Expr::Slot(_))
    }

    /// Its value, if that is the same for every item.
    pub(crate) fn fixed<'a>(&'a self, slots: &'a [Value<'static>]) -> Option<&'a Value<'static>> {
        match self {
            Expr::Constant(value) => Some(value),
            Expr::Slot(at) => slots.get(*at),
            _ => None,
        }
    }
}

impl Math {
    fn compute(self, one: U256, two: U256) -> Result<U256, Trouble> {
        match self {
            Math::Add => one.checked_add(two).ok_or(Trouble::Overflow),
            Math::Subtract => one.checked_sub(two).ok_or(Trouble::Underflow),
            Math::Multiply => one.checked_mul(two).ok_or(Trouble::Overflow),
            Math::Divide => one.checked_div(two).ok_or(Trouble::DivisionByZero),
            Math::Remainder => one.checked_rem(two).ok_or(Trouble::DivisionByZero),
        }
    }
}

impl Quantifier {
    fn over<'a>(
        self,
        list: &'a Expr,
        name: usize,
        test: &'a Expr,
        scene: &mut Scene<'a>,
    ) -> Result<Value<'a>, Trouble> {
        let Value::Items(items) = list.value(scene)? else { return Err(Trouble::Null) };
        let mut hits = 0u32;
        for at in 0..items.len() {
            scene.step()?;
            scene.names[name] = items.get(at);
            let hit = test.holds(scene)?;
            hits += u32::from(hit);
            let is_settled = match self {
                Quantifier::All => !hit,
                Quantifier::Exists => hit,
                Quantifier::ExistsOne => hits > 1,
            };
            if is_settled {
                break;
            }
        }
        scene.names[name] = None;
        Ok(Value::Bool(match self {
            Quantifier::All => hits as usize == items.len(),
            Quantifier::Exists => hits > 0,
            Quantifier::ExistsOne => hits == 1,
        }))
    }
}

impl Function {
    fn call<'a>(self, arguments: &'a [Expr], scene: &mut Scene<'a>) -> Result<Value<'a>, Trouble> {
        let [first, rest @ ..] = arguments else { return Err(Trouble::Null) };
        let first = first.value(scene)?;
        match (self, first) {
            (Function::Size, value) => size(&value).map(|size| Value::Number(U256::from(size))),
            (Function::AddressOf | Function::NumberOf | Function::Protected, Value::Null) => Ok(match self {
                Function::Protected => Value::Bool(false),
                _ => Value::Null,
            }),
            (Function::AddressOf, Value::Hash(hash)) => Ok(address_in(&hash).map_or(Value::Null, Value::Address)),
            (Function::NumberOf, Value::Hash(hash)) => Ok(Value::Number(hash.into())),
            (Function::Protected, Value::Address(address)) => Ok(Value::Bool((scene.protects)(address))),
            (Function::Word, Value::Item(item)) => {
                let at = rest.first().ok_or(Trouble::Null)?.number(scene)?;
                word(&item, at).map(Value::Hash)
            }
            (Function::Reentered, Value::Item(Item::Tx(_))) => {
                let facts = scene.facts.ok_or(Trouble::Unseen)?;
                Ok(Value::Bool(!facts.reentries().is_empty()))
            }
            (Function::Booked, Value::Item(Item::Flow(flow))) => {
                let facts = scene.facts.ok_or(Trouble::Unseen)?;
                Ok(Value::Bool(facts.bookings(flow, Booking::Either).next().is_some()))
            }
            (Function::ShareBp, Value::Item(Item::Flow(flow))) => {
                let facts = scene.facts.ok_or(Trouble::Unseen)?;
                let share = facts.share_lost_bp(flow.from, &flow.asset);
                Ok(share.map_or(Value::Null, |share| Value::Number(U256::from(share))))
            }
            (Function::Contains | Function::StartsWith | Function::EndsWith, Value::Text(text)) => {
                let Value::Text(part) = rest.first().ok_or(Trouble::Null)?.value(scene)? else {
                    return Err(Trouble::Null);
                };
                Ok(Value::Bool(match self {
                    Function::StartsWith => text.starts_with(&*part),
                    Function::EndsWith => text.ends_with(&*part),
                    _ => text.contains(&*part),
                }))
            }
            _ => Err(Trouble::Null),
        }
    }
}

fn size(value: &Value<'_>) -> Result<usize, Trouble> {
    match value {
        Value::Bytes(bytes) => Ok(bytes.len()),
        Value::Text(text) => Ok(text.chars().count()),
        Value::Items(items) => Ok(Items::len(*items)),
        _ => Err(Trouble::Null),
    }
}

/// The address in the low twenty bytes, if the others are zero.
fn address_in(hash: &B256) -> Option<Address> {
    hash[..12].iter().all(|byte| *byte == 0).then(|| Address::from_word(*hash))
}

fn word(item: &Item<'_>, at: U256) -> Result<B256, Trouble> {
    let data: &[u8] = match item {
        Item::Log(log) => &log.data,
        Item::Observed(answer) => &answer.data,
        Item::Call(call) if call.clipped => return Err(Trouble::Unseen),
        Item::Call(call) => call.input.get(4..).unwrap_or_default(),
        _ => return Err(Trouble::Null),
    };
    let start = usize::try_from(at).ok().and_then(|at| at.checked_mul(32)).ok_or(Trouble::ShortData)?;
    let end = start.checked_add(32).ok_or(Trouble::ShortData)?;
    data.get(start..end).map(B256::from_slice).ok_or(Trouble::ShortData)
}
