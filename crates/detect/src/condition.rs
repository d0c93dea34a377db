//! The language of rules in data: CEL (Common Expression Language), checked before it runs.
//!
//! CEL's own crate parses; our checker gives every part a type and a place, and what comes out of it is computed
//! here, without allocation, on exact 256-bit numbers. It is a strict part of CEL: no floating point, no maps, no
//! patterns, no numbers below zero, and what cannot be computed is never an answer, not even in `… || true`. A test
//! holds the common part against CEL's own interpreter.

mod check;
pub(crate) mod expr;
mod keys;
mod literal;
mod reference;
pub(crate) mod schema;
mod source;
pub(crate) mod template;
#[cfg(test)]
mod tests;
pub(crate) mod types;

pub(crate) use keys::{is_key, wakes};
pub(crate) use literal::selector_of;
pub use reference::language;

use crate::{
    Fault,
    card::{Parameters, Subject, Text},
};
use check::Checker;
use expr::Expr;
use types::{Record, Type};

/// A checked condition, or a checked path to a value.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) expr: Expr,
    /// The records whose fields it reads, in order.
    pub(crate) reads: Vec<Record>,
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
        }
    }
}

/// Checks a condition: something that is true or false.
///
/// # Errors
/// A fault with the place in the file and what to do.
pub(crate) fn compile(text: &Text, on: Subject, parameters: &Parameters) -> Result<Condition, Fault> {
    compile_as(text, on, parameters, |of| of == Type::Bool, "true or false")
}

/// Checks a path to an account.
///
/// # Errors
/// As [`compile`].
pub(crate) fn compile_account(text: &Text, on: Subject, parameters: &Parameters) -> Result<Condition, Fault> {
    compile_as(text, on, parameters, |of| of == Type::Address, "an address")
}

/// Checks something that can be written into a message.
///
/// # Errors
/// As [`compile`].
pub(crate) fn compile_scalar(text: &Text, on: Subject, parameters: &Parameters) -> Result<Condition, Fault> {
    compile_as(text, on, parameters, Type::is_scalar, "something that can be written down")
}

fn compile_as(
    text: &Text,
    on: Subject,
    parameters: &Parameters,
    fits: impl FnOnce(Type) -> bool,
    needed: &str,
) -> Result<Condition, Fault> {
    let (tree, info) = source::parse(text)?;
    let mut checker = Checker::new(text, &info, parameters, on.record());
    let typed = checker.check(&tree, 0)?;
    if !fits(typed.of) {
        let what = format!("this is {}, but {needed} is needed", typed.of.name());
        return Err(text.fault(typed.at, what, ""));
    }
    checker.reads.sort_unstable();
    Ok(Condition { expr: typed.expr, reads: checker.reads })
}
