//! Constants of a condition: addresses, hashes, selectors and amounts out of texts.

use alloy_primitives::keccak256;
use facts::{Address, B256, Selector, U256};

use super::{
    slots::Read,
    types::{Type, Value},
};
use crate::card::{parse_amount, parse_decimal};

/// What a function makes of a text, and the type of it.
pub(super) fn reader(function: &str) -> Option<(Read, Type)> {
    let (read, of): (Read, Type) = match function {
        "address" => (|text| of_text(text, address, Value::Address), Type::Address),
        "hash" => (|text| of_text(text, hash, Value::Hash), Type::Hash),
        "topic" => (|text| of_text(text, topic, Value::Hash), Type::Hash),
        "selector" => (|text| of_text(text, selector_of, Value::Selector), Type::Selector),
        "amount" => (|text| of_number(text, parse_amount), Type::Number),
        "ether" => (|text| of_number(text, |text| parse_decimal(text, 18)), Type::Number),
        "gwei" => (|text| of_number(text, |text| parse_decimal(text, 9)), Type::Number),
        _ => return None,
    };
    Some((read, of))
}

fn of_text<T>(
    value: &Value<'_>,
    read: impl Fn(&str) -> Result<T, String>,
    give: fn(T) -> Value<'static>,
) -> Result<Value<'static>, (String, &'static str)> {
    let text = text(value)?;
    let shown: String = text.chars().take(60).collect();
    read(text).map(give).map_err(|why| (format!("`{shown}` {why}"), ""))
}

fn of_number(
    value: &Value<'_>,
    read: impl Fn(&str) -> Result<U256, String>,
) -> Result<Value<'static>, (String, &'static str)> {
    read(text(value)?).map(Value::Number).map_err(|why| (why, ""))
}

fn text<'a>(value: &'a Value<'_>) -> Result<&'a str, (String, &'static str)> {
    match value {
        Value::Text(text) => Ok(text),
        _ => Err(("this is not a text".to_owned(), "")),
    }
}

/// The largest number of so many bits.
pub(super) fn max_uint(bits: &Value<'_>) -> Result<Value<'static>, (String, &'static str)> {
    let number = match bits {
        Value::Number(number) => usize::try_from(*number).ok(),
        _ => None,
    };
    match number.filter(|bits| (8..=256).contains(bits) && bits % 8 == 0) {
        Some(bits) => Ok(Value::Number(U256::MAX >> (256 - bits))),
        None => Err(("this is not a number of bits".to_owned(), "write a multiple of 8 up to 256")),
    }
}

/// An address in hex; one with mixed case has to carry a right EIP-55 checksum.
pub(crate) fn address(text: &str) -> Result<Address, String> {
    let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 40);
    let address: Address = digits.and_then(|_| text.parse().ok()).ok_or("is not `0x` and 40 hex digits")?;
    let digits = digits.unwrap_or_default();
    let is_mixed =
        digits.contains(|c: char| c.is_ascii_lowercase()) && digits.contains(|c: char| c.is_ascii_uppercase());
    let checksum = address.to_checksum(None);
    if is_mixed && checksum != text {
        return Err(format!("has a wrong checksum; if the address is right, write `{checksum}`"));
    }
    Ok(address)
}

/// A hash in hex.
pub(crate) fn hash(text: &str) -> Result<B256, String> {
    let is_hash = text.starts_with("0x") && text.len() == 66;
    is_hash.then(|| text.parse().ok()).flatten().ok_or_else(|| "is not `0x` and 64 hex digits".into())
}

/// The first topic of an event, from its signature or in hex.
pub(super) fn topic(text: &str) -> Result<B256, String> {
    if text.starts_with("0x") { hash(text) } else { Ok(keccak256(signature(text)?)) }
}

/// The selector of a function or an error, from its signature, such as `transfer(address,uint256)`, or in hex.
pub(crate) fn selector_of(text: &str) -> Result<Selector, String> {
    if text.starts_with("0x") {
        let is_selector = text.len() == 10;
        return is_selector.then(|| text.parse().ok()).flatten().ok_or_else(|| "is not `0x` and 8 hex digits".into());
    }
    Ok(Selector::from_slice(&keccak256(signature(text)?)[..4]))
}

/// A signature in canonical form. A space or a parameter's name would change the hash without a word.
fn signature(text: &str) -> Result<&str, String> {
    let (name, rest) = text.split_once('(').ok_or("is not a signature such as `pause()`")?;
    let is_name = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    let is_type = |c: char| c.is_ascii_alphanumeric() || "(),[]".contains(c);
    let open = text.matches('(').count();
    if !is_name || !rest.ends_with(')') || !rest.chars().all(is_type) || open != text.matches(')').count() {
        return Err(
            "is not a canonical signature: write types only and no spaces, such as `transfer(address,uint256)`".into(),
        );
    }
    for alias in ["uint", "int"] {
        let mut types = rest.split(|c: char| "(),[]".contains(c));
        if types.any(|word| word == alias) {
            return Err(format!("is not a canonical signature: write `{alias}256` for `{alias}`"));
        }
    }
    Ok(text)
}
