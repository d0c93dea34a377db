//! What must be in a transaction for a condition to hold on it: the look-ups that keep other transactions away.

use facts::U256;

use super::{
    expr::{Comparison, Expr, SUBJECT, TX},
    types::{Record, Value},
};
use crate::{FlowShape, Wake};

/// What wakes a rule with this condition. Everything the condition can hold for is covered.
pub(crate) fn wakes(condition: &Expr, on: Record) -> Vec<Wake> {
    if on == Record::Observed {
        return vec![Wake::Block];
    }
    let mut parts = Vec::new();
    conjuncts(condition, &mut parts);
    let required = parts.iter().filter_map(|part| required(part, on)).filter(|wakes| wakes.len() <= KEYS);
    // The rarest kind of key wins; an address is rarer than a function, and a function than an event.
    if let Some(best) = required.min_by_key(|wakes| wakes.first().map_or(0, rank)) {
        return best;
    }
    match on {
        Record::Change => vec![Wake::Change],
        Record::Flow => vec![Wake::Flow(native(&parts).unwrap_or(FlowShape::Any))],
        _ => vec![Wake::Tx],
    }
}

/// Keys of one rule. A longer list is looked at transaction by transaction.
const KEYS: usize = 64;

fn rank(wake: &Wake) -> u8 {
    match wake {
        Wake::Address(_) => 0,
        Wake::Protected => 1,
        Wake::Selector(_) => 2,
        Wake::Topic(_) => 3,
        _ => 4,
    }
}

fn conjuncts<'a>(expr: &'a Expr, parts: &mut Vec<&'a Expr>) {
    match expr {
        Expr::And(both) => both.iter().for_each(|part| conjuncts(part, parts)),
        part => parts.push(part),
    }
}

/// The keys of which one must be there for this part to hold; none if it names no key.
fn required(part: &Expr, on: Record) -> Option<Vec<Wake>> {
    match part {
        Expr::Equal(both) => {
            let (key, value) = match (&both[0], &both[1]) {
                (key, Expr::Constant(value)) | (Expr::Constant(value), key) => (key, value),
                _ => return None,
            };
            is_key(key, on).then(|| wake(value).map(|wake| vec![wake])).flatten()
        }
        Expr::In(key, among) if is_key(key, on) => among.iter().map(wake).collect(),
        Expr::Call(super::expr::Function::Protected, arguments) => {
            arguments.first().is_some_and(|key| is_key(key, on)).then(|| vec![Wake::Protected])
        }
        _ => None,
    }
}

fn wake(value: &Value<'_>) -> Option<Wake> {
    match value {
        Value::Address(address) => Some(Wake::Address(*address)),
        Value::Selector(selector) => Some(Wake::Selector(*selector)),
        Value::Hash(topic) => Some(Wake::Topic(*topic)),
        _ => None,
    }
}

/// Whether this is a field whose values the dispatch has an index of.
pub(crate) fn is_key(expr: &Expr, on: Record) -> bool {
    let Expr::Field(of, field) = expr else { return false };
    let record = match **of {
        Expr::Variable(TX) => Record::Tx,
        Expr::Variable(SUBJECT) => on,
        _ => return false,
    };
    match record {
        Record::Tx => ["from", "to", "selector"].contains(&field.name),
        Record::Call => ["to", "code", "selector"].contains(&field.name),
        Record::Log => ["address", "topic0"].contains(&field.name),
        Record::Flow => ["from", "to"].contains(&field.name),
        Record::Change => field.name == "contract",
        Record::Block | Record::Observed => false,
    }
}

/// The native coin alone, from some amount on, if that is what the parts ask for.
fn native(parts: &[&Expr]) -> Option<FlowShape> {
    let field = |expr: &Expr, name: &str| matches!(expr, Expr::Field(of, field) if field.name == name && matches!(**of, Expr::Variable(SUBJECT)));
    let is_native = parts.iter().any(|part| match part {
        Expr::Equal(both) => {
            let is_word = |expr: &Expr| matches!(expr, Expr::Constant(Value::Text(word)) if word == "native");
            (field(&both[0], "asset") && is_word(&both[1])) || (field(&both[1], "asset") && is_word(&both[0]))
        }
        _ => false,
    });
    let least = parts.iter().filter_map(|part| match part {
        Expr::Compare(Comparison::Greater | Comparison::GreaterOrEqual, both) if field(&both[0], "amount") => {
            match &both[1] {
                Expr::Constant(Value::Number(least)) => Some(*least),
                _ => None,
            }
        }
        _ => None,
    });
    is_native.then(|| FlowShape::Native { at_least: least.max().unwrap_or(U256::ZERO) })
}
