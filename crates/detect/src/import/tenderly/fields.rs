//! What an expression of Tenderly's says in its fields.

use facts::Address;
use serde_json::Value;

use super::{BY_HAND, Refused, refused};
use crate::import::{
    document::{as_text, first, items, text},
    expression::{How, Literal, literal},
    translate::{Operand, compare},
};

/// A comparison with what stands under one of some keys; `>=` and the like under `operator`.
pub(super) fn compared(operand: &Operand, inner: &Value, keys: &[&str]) -> Result<String, Refused> {
    let by_hand = |why: String| (why, BY_HAND.to_owned());
    let sign = text(inner, &["operator"]).ok_or_else(|| by_hand("it does not say how to compare".to_owned()))?;
    let how = How::of(&sign)
        .ok_or_else(|| by_hand(format!("`{}` is no comparison", sign.chars().take(40).collect::<String>())))?;
    let right = match first(inner, keys) {
        Some(Value::Bool(is)) => Literal::Bool(*is),
        Some(value) => {
            let written = as_text(value).ok_or_else(|| by_hand("it is compared with a list".to_owned()))?;
            literal(&written).unwrap_or(Literal::Text(written))
        }
        None => return Err(by_hand("it does not say what to compare with".to_owned())),
    };
    compare(operand, how, &right).map_err(|why| by_hand(format!("`{}` {why}", operand.cel)))
}

pub(super) fn addresses(inner: &Value) -> Result<Vec<Address>, Refused> {
    let written = [items(inner, &["address"]), items(inner, &["addresses"])].concat();
    let read = |value: &Value| {
        let text = as_text(value).unwrap_or_default();
        text.to_lowercase().parse::<Address>().or_else(|_| {
            refused(
                format!("`{}` is no address", text.chars().take(60).collect::<String>()),
                "mend it and import it again",
            )
        })
    };
    match written.as_slice() {
        [] => refused("it names no address", "name it and import it again"),
        written => written.iter().map(|value| read(value)).collect(),
    }
}

pub(super) fn is_hex(text: &str, bytes: usize) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or_default();
    digits.len() == bytes * 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}
