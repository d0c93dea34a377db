//! The language of rules in data: CEL (Common Expression Language), checked before it runs.
//!
//! CEL's own crate parses; our checker gives every part a type and a place, and what comes out of it is computed
//! here, without allocation, on exact 256-bit numbers. It is a strict part of CEL: no floating point, no maps, no
//! patterns, no numbers below zero, and what cannot be computed is never an answer, not even in `… || true`. A test
//! holds the common part against CEL's own interpreter.

mod check;
pub(crate) mod expr;
mod keys;
mod known;
pub(crate) mod literal;
pub(crate) mod look;
mod pattern;
mod reference;
pub(crate) mod schema;
mod slots;
mod source;
pub(crate) mod template;
#[cfg(test)]
mod tests;
pub(crate) mod types;
mod walk;

pub(crate) use keys::wakes_of_all;
pub(crate) use known::{Known, Shape};
pub(crate) use literal::selector_of;
pub use reference::language;
pub(crate) use slots::Bound;

use crate::{
    Fault,
    card::{Parameters, Subject, Text},
    dispatch::Kind,
};
use check::Checker;
use expr::Expr;
use slots::Slots;
use types::{Record, Type};

/// A checked condition, or a checked path to a value.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) expr: Expr,
    /// The records whose fields it reads, in order.
    pub(crate) reads: Vec<Record>,
    /// What it takes from the card.
    slots: Slots,
    of: Type,
}

impl Condition {
    /// Whether a card has the parameters that it was checked with. Their values may be others.
    pub(crate) fn fits(&self, parameters: &Parameters) -> bool {
        self.slots.fit(parameters)
    }
}

impl Subject {
    /// What it looks at, in the language's own words.
    pub(crate) fn record(self) -> Record {
        match self {
            Subject::Tx => Record::Tx,
            Subject::Call => Record::Call,
            Subject::Log => Record::Log,
            Subject::Flow => Record::Flow,
            Subject::Change => Record::Change,
            Subject::Observed => Record::Observed,
            Subject::Block => Record::Block,
        }
    }
}

impl Subject {
    /// What a dispatch numbers it as, where it does.
    pub(crate) fn kind(self) -> Option<Kind> {
        match self {
            Subject::Call => Some(Kind::Call),
            Subject::Log => Some(Kind::Log),
            Subject::Flow => Some(Kind::Flow),
            Subject::Change => Some(Kind::Change),
            Subject::Tx | Subject::Observed | Subject::Block => None,
        }
    }
}

/// Checks a condition: something that is true or false.
///
/// # Errors
/// A fault with the place in the file and what to do.
pub(crate) fn compile(text: &Text, on: Subject, known: Known<'_>) -> Result<Condition, Fault> {
    compile_as(text, on, known, |of| of == Type::Bool, "true or false")
}

/// Checks a path to an account.
///
/// # Errors
/// As [`compile`].
pub(crate) fn compile_account(text: &Text, on: Subject, known: Known<'_>) -> Result<Condition, Fault> {
    compile_as(text, on, known, |of| of == Type::Address, "an address")
}

/// Checks something that can be written into a message.
///
/// # Errors
/// As [`compile`].
pub(crate) fn compile_scalar(text: &Text, on: Subject, known: Known<'_>) -> Result<Condition, Fault> {
    compile_as(text, on, known, is_written, "something that can be written down")
}

/// Checks something that things can be kept under.
///
/// # Errors
/// As [`compile`].
pub(crate) fn compile_key(text: &Text, on: Subject, known: Known<'_>) -> Result<Condition, Fault> {
    compile_as(text, on, known, |of| of.is_scalar() && of != Type::Null, "a value to keep things by")
}

/// Checks a number.
///
/// # Errors
/// As [`compile`].
pub(crate) fn compile_number(text: &Text, on: Subject, known: Known<'_>) -> Result<Condition, Fault> {
    compile_as(text, on, known, |of| of == Type::Number, "a number")
}

/// Checks a value within a message, whose parts share their slots.
fn check_scalar(text: &Text, on: Subject, known: Known<'_>, slots: &mut Slots) -> Result<(Expr, Vec<Record>), Fault> {
    let checked = check_as(text, on, known, is_written, "something that can be written down", slots);
    checked.map(|(expr, reads, _)| (expr, reads))
}

fn is_written(of: Type) -> bool {
    of.is_scalar() || of == Type::Rate
}

fn compile_as(
    text: &Text,
    on: Subject,
    known: Known<'_>,
    fits: impl FnOnce(Type) -> bool,
    needed: &str,
) -> Result<Condition, Fault> {
    let mut slots = Slots::default();
    let (expr, reads, of) = check_as(text, on, known, fits, needed, &mut slots)?;
    Ok(Condition { expr, reads, slots, of })
}

fn check_as(
    text: &Text,
    on: Subject,
    known: Known<'_>,
    fits: impl FnOnce(Type) -> bool,
    needed: &str,
    slots: &mut Slots,
) -> Result<(Expr, Vec<Record>, Type), Fault> {
    let (tree, info) = source::parse(text)?;
    let mut checker = Checker::new(text, &info, known, on.record(), slots);
    let typed = checker.check(&tree, 0)?;
    if !fits(typed.of) {
        let what = format!("this is {}, but {needed} is needed", typed.of.name());
        return Err(text.fault(typed.at, what, ""));
    }
    let (mut expr, mut reads) = (typed.expr, checker.reads);
    slots.keep(&mut expr);
    reads.sort_unstable();
    Ok((expr, reads, typed.of))
}
