//! Values out of call data, return data and logs, with their names and types.
//!
//! Data is written by attackers: offsets may point anywhere, at each other, and at the same bytes a thousand times. Who
//! encodes honestly writes every value into bytes of its own, so as many values are read as `data` has words, and as
//! many bytes copied as it has; whatever claims more does not fit.

mod shown;

use alloy_dyn_abi::{DynSolType, DynSolValue};
use alloy_primitives::{Address, B256, Bytes, FixedBytes, I256, U256};

use crate::{
    abi::AbiParam,
    decode::{head_bytes, is_dynamic, number},
};

const WORD: usize = 32;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A number without a sign.
    Uint(U256),
    /// A number with one.
    Int(I256),
    /// Yes or no.
    Bool(bool),
    /// An account.
    Address(Address),
    /// `bytes1` to `bytes32`, or a function's address and selector.
    FixedBytes(Bytes),
    /// `bytes`.
    Bytes(Bytes),
    /// `string`, as it came: hostile, and not always UTF-8.
    Text(Bytes),
    /// An array of either kind.
    Array(Vec<Value>),
    /// A struct.
    Tuple(Vec<Field>),
    /// What a log keeps of an indexed value that is longer than a word: its hash.
    Hashed(B256),
}

/// A value with its name. The name is that of an ABI, or empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type, as a signature writes it.
    pub ty: String,
    /// What it is.
    pub value: Value,
}

impl Value {
    /// The number, if it is one without a sign.
    pub fn as_uint(&self) -> Option<U256> {
        if let Self::Uint(number) = self { Some(*number) } else { None }
    }

    /// The account, if it is one.
    pub fn as_address(&self) -> Option<Address> {
        if let Self::Address(address) = self { Some(*address) } else { None }
    }

    /// Every account in it, in order.
    pub fn addresses(&self) -> Vec<Address> {
        match self {
            Self::Address(address) => vec![*address],
            Self::Array(values) => values.iter().flat_map(Self::addresses).collect(),
            Self::Tuple(fields) => fields.iter().flat_map(|field| field.value.addresses()).collect(),
            _ => Vec::new(),
        }
    }
}

/// Reads values of these types; `None` when the data does not hold them. `names` are those of the types, in their order,
/// or nothing.
pub(crate) fn read(types: &[DynSolType], names: &[AbiParam], data: &[u8]) -> Option<Vec<Field>> {
    let words = data.len() / WORD;
    // An offset is a value of its own, and so is what it points at.
    let mut budget = Budget { values: 2 * words + 1, bytes: data.len() };
    sequence(types, names, data, &mut budget)
}

/// Whether these values are what an honest encoder would have made these very bytes of.
pub(crate) fn writes(fields: &[Field], types: &[DynSolType], data: &[u8]) -> bool {
    let values: Option<Vec<_>> = fields.iter().zip(types).map(|(field, ty)| encodable(&field.value, ty)).collect();
    values.is_some_and(|values| DynSolValue::Tuple(values).abi_encode_params() == data)
}

/// Reads a value of one word.
pub(crate) fn word(ty: &DynSolType, word: &[u8; WORD]) -> Option<Value> {
    let number = U256::from_be_bytes(*word);
    Some(match ty {
        DynSolType::Bool if number <= U256::ONE => Value::Bool(!number.is_zero()),
        DynSolType::Uint(bits) if number.bit_len() <= *bits => Value::Uint(number),
        DynSolType::Int(bits) => {
            let signed = I256::from_raw(number);
            let magnitude = if signed.is_negative() { !number } else { number };
            (magnitude.bit_len() < *bits).then_some(Value::Int(signed))?
        }
        DynSolType::Address if number.bit_len() <= 160 => Value::Address(Address::from_word(B256::from(*word))),
        DynSolType::FixedBytes(size) => left_aligned(word, *size)?,
        DynSolType::Function => left_aligned(word, 24)?,
        _ => return None,
    })
}

/// What of honest data is left.
struct Budget {
    values: usize,
    bytes: usize,
}

impl Budget {
    fn value(&mut self) -> Option<()> {
        self.values = self.values.checked_sub(1)?;
        Some(())
    }

    fn copied(&mut self, bytes: &[u8]) -> Option<Bytes> {
        self.bytes = self.bytes.checked_sub(bytes.len())?;
        Some(Bytes::copy_from_slice(bytes))
    }
}

fn sequence(types: &[DynSolType], names: &[AbiParam], frame: &[u8], budget: &mut Budget) -> Option<Vec<Field>> {
    let mut at = 0_usize;
    let mut fields = Vec::new();
    for (index, ty) in types.iter().enumerate() {
        let param = names.get(index);
        let parts = param.map_or(&[][..], |param| &param.components);
        let value = value(ty, parts, frame, at, budget)?;
        let name = param.map(|param| param.name.clone()).unwrap_or_default();
        fields.push(Field { name, ty: crate::signature::type_name(ty), value });
        at = at.checked_add(head_bytes(ty)?)?;
    }
    Some(fields)
}

/// Reads the value whose head is `at` bytes into `frame`. Offsets count from the start of the frame.
fn value(ty: &DynSolType, parts: &[AbiParam], frame: &[u8], at: usize, budget: &mut Budget) -> Option<Value> {
    let body = if is_dynamic(ty) {
        budget.value()?;
        frame.get(number(frame, at)?..)?
    } else {
        frame.get(at..)?
    };
    Some(match ty {
        DynSolType::Bytes => Value::Bytes(budget.copied(packed(body)?)?),
        DynSolType::String => Value::Text(budget.copied(packed(body)?)?),
        DynSolType::Array(inner) => Value::Array(elements(inner, parts, number(body, 0)?, body.get(WORD..)?, budget)?),
        DynSolType::FixedArray(inner, size) => Value::Array(elements(inner, parts, *size, body, budget)?),
        DynSolType::Tuple(fields) => Value::Tuple(sequence(fields, parts, body, budget)?),
        _ => {
            budget.value()?;
            word(ty, body.first_chunk::<WORD>()?)?
        }
    })
}

fn elements(
    inner: &DynSolType,
    parts: &[AbiParam],
    len: usize,
    body: &[u8],
    budget: &mut Budget,
) -> Option<Vec<Value>> {
    let head = head_bytes(inner)?;
    if head == 0 || len.checked_mul(head)? > body.len() {
        return None;
    }
    (0..len).map(|index| value(inner, parts, body, index * head, budget)).collect()
}

fn packed(body: &[u8]) -> Option<&[u8]> {
    body.get(WORD..)?.get(..number(body, 0)?)
}

fn left_aligned(word: &[u8; WORD], size: usize) -> Option<Value> {
    let (bytes, zeros) = word.split_at_checked(size)?;
    zeros.iter().all(|byte| *byte == 0).then(|| Value::FixedBytes(Bytes::copy_from_slice(bytes)))
}

fn encodable(value: &Value, ty: &DynSolType) -> Option<DynSolValue> {
    let all = |values: &[Value], inner: &DynSolType| -> Option<Vec<DynSolValue>> {
        values.iter().map(|value| encodable(value, inner)).collect()
    };
    Some(match (value, ty) {
        (Value::Uint(number), DynSolType::Uint(bits)) => DynSolValue::Uint(*number, *bits),
        (Value::Int(number), DynSolType::Int(bits)) => DynSolValue::Int(*number, *bits),
        (Value::Bool(yes), _) => DynSolValue::Bool(*yes),
        (Value::Address(address), _) => DynSolValue::Address(*address),
        (Value::FixedBytes(bytes), _) => DynSolValue::FixedBytes(FixedBytes::right_padding_from(bytes), bytes.len()),
        (Value::Bytes(bytes), _) => DynSolValue::Bytes(bytes.to_vec()),
        // A text is encoded like bytes, and need not be UTF-8 that way.
        (Value::Text(bytes), _) => DynSolValue::Bytes(bytes.to_vec()),
        (Value::Array(values), DynSolType::Array(inner)) => DynSolValue::Array(all(values, inner)?),
        (Value::Array(values), DynSolType::FixedArray(inner, _)) => DynSolValue::FixedArray(all(values, inner)?),
        (Value::Tuple(fields), DynSolType::Tuple(types)) => {
            let values = fields.iter().zip(types).map(|(field, ty)| encodable(&field.value, ty));
            DynSolValue::Tuple(values.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
