//! Messages with values in braces: `{tx.from} called {call.selector}`.

use facts::U256;

use super::{
    Known, check_scalar,
    expr::{Expr, Scene},
    slots::Slots,
    types::{Record, Value},
};
use crate::{
    Fault,
    card::{Parameters, Subject, Text},
};

/// Characters of one value.
const VALUE: usize = 120;
/// Values of one message.
const VALUES: usize = 12;

/// A checked message.
#[derive(Debug)]
pub(crate) struct Template {
    parts: Vec<Part>,
    /// What it takes from the card.
    pub(super) slots: Slots,
}

#[derive(Debug)]
enum Part {
    Plain(String),
    Value(Expr, Vec<Record>),
}

impl Template {
    /// Checks a message.
    ///
    /// # Errors
    /// A fault with the place in the file and what to do.
    pub(crate) fn compile(text: &Text, on: Subject, known: Known<'_>) -> Result<Self, Fault> {
        let (mut parts, mut slots) = (Vec::new(), Slots::default());
        let mut at = 0;
        while let Some(open) = text.text[at..].find(['{', '}']).map(|found| at + found) {
            let close = text.text[open..].find('}').map(|found| open + found);
            let (true, Some(close)) = (text.text[open..].starts_with('{'), close) else {
                return Err(text.fault(open, "this brace stands alone", "write `{tx.from}` for a value"));
            };
            parts.push(Part::Plain(text.text[at..open].to_owned()));
            slots.begin(open + 1);
            let (value, reads) = check_scalar(&text.part(open + 1..close), on, known, &mut slots)?;
            parts.push(Part::Value(value, reads));
            at = close + 1;
        }
        parts.push(Part::Plain(text.text[at..].to_owned()));
        if text.text.trim().is_empty() {
            return Err(text.fault(0, "the message is empty", "write one sentence for a person"));
        }
        if parts.len() > 2 * VALUES + 1 {
            return Err(text.fault(
                0,
                format!("more than {VALUES} values in one message"),
                "keep the ones that matter",
            ));
        }
        Ok(Self { parts, slots })
    }

    /// Whether a card has the parameters that it was checked with. Their values may be others.
    pub(crate) fn fits(&self, parameters: &Parameters) -> bool {
        self.slots.fit(parameters)
    }

    /// The values in it.
    pub(crate) fn exprs(&self) -> impl Iterator<Item = &Expr> {
        self.parts.iter().filter_map(|part| match part {
            Part::Plain(_) => None,
            Part::Value(expr, _) => Some(expr),
        })
    }

    /// The records it reads.
    pub(crate) fn reads(&self) -> impl Iterator<Item = Record> + '_ {
        self.parts
            .iter()
            .flat_map(|part| match part {
                Part::Plain(_) => &[][..],
                Part::Value(_, reads) => &reads[..],
            })
            .copied()
    }

    /// The message for an item. A value that cannot be computed says why in its place.
    pub(crate) fn fill<'a>(&'a self, scene: &mut Scene<'a>) -> String {
        let mut message = String::new();
        for part in &self.parts {
            match part {
                Part::Plain(plain) => message.push_str(plain),
                Part::Value(value, _) => match value.value(scene) {
                    Ok(value) => message.push_str(&written(&value)),
                    Err(trouble) => message.push_str(&format!("({trouble})")),
                },
            }
        }
        message
    }
}

/// A value in words. Text from a chain stays as it is, cut: escaping is for whoever shows it.
pub(crate) fn written(value: &Value<'_>) -> String {
    match value {
        Value::Null => "none".into(),
        Value::Bool(bool) => bool.to_string(),
        Value::Number(number) if *number == U256::MAX => "2^256-1".into(),
        Value::Number(number) => number.to_string(),
        Value::Address(address) => address.to_string(),
        Value::Hash(hash) => hash.to_string(),
        Value::Selector(selector) => selector.to_string(),
        Value::Bytes(bytes) => {
            let hex = facts::Bytes::copy_from_slice(&bytes[..bytes.len().min(VALUE / 2 - 2)]);
            if bytes.len() * 2 + 2 > VALUE { format!("{hex}…") } else { hex.to_string() }
        }
        Value::Text(text) if text.chars().count() <= VALUE => text.to_string(),
        Value::Text(text) => text.chars().take(VALUE).chain(['…']).collect(),
        Value::Rate(numerator, denominator) => format!("{numerator}/{denominator}"),
        Value::Item(_) | Value::Items(_) => String::new(),
    }
}
