//! Arguments out of call data, for people to read.
//!
//! Call data is written by attackers: offsets may point anywhere, at each other, and at the same bytes a thousand
//! times, and a length may be any number. So nothing is built from what it claims. Values are written straight into a
//! text with a limit; what does not fit its type exactly is not guessed at.

use alloy_dyn_abi::DynSolType;
use alloy_primitives::{Address, I256, U256, hex};

/// The longest text of one argument, in bytes; the rest is an ellipsis.
pub const ARGUMENT_BYTES_MAX: usize = 1_024;
/// How many elements of an array are written.
const ELEMENTS_MAX: usize = 32;
/// How many values are visited for one argument, nested ones included.
const VALUES_MAX: usize = 512;

const WORD: usize = 32;

/// The arguments of these types in `data`, as text; `None` when the data does not hold them.
///
/// Numbers are decimal, addresses checksummed, bytes hex, texts in quotes with whatever could deceive escaped.
pub(crate) fn arguments(types: &[DynSolType], data: &[u8]) -> Option<Vec<String>> {
    let mut at = 0;
    let mut arguments = Vec::with_capacity(types.len());
    for ty in types {
        let mut out = Out { text: String::new(), values: VALUES_MAX, full: false };
        value(ty, data, at, &mut out)?;
        arguments.push(out.text);
        at = at.checked_add(head_bytes(ty)?)?;
    }
    Some(arguments)
}

/// The bytes of the `bytes` or `string` whose offset stands at the head of `data`.
pub(crate) fn first_bytes(data: &[u8]) -> Option<&[u8]> {
    let body = data.get(number(data, 0)?..)?;
    let len = number(body, 0)?;
    body.get(WORD..)?.get(..len)
}

struct Out {
    text: String,
    values: usize,
    full: bool,
}

impl Out {
    fn push(&mut self, text: &str) {
        if self.full {
            return;
        }
        let left = ARGUMENT_BYTES_MAX - self.text.len();
        if text.len() <= left {
            return self.text.push_str(text);
        }
        self.full = true;
        let cut = text.floor_char_boundary(left.saturating_sub('…'.len_utf8()));
        self.text.push_str(&text[..cut]);
        let room = self.text.floor_char_boundary(ARGUMENT_BYTES_MAX - '…'.len_utf8());
        self.text.truncate(room);
        self.text.push('…');
    }

    /// Whether another value may be visited.
    fn visit(&mut self) -> bool {
        if self.values == 0 {
            self.push("…");
            self.full = true;
            return false;
        }
        self.values -= 1;
        !self.full
    }
}

/// Writes the value whose head is `at` bytes into `frame`. Offsets count from the start of the frame.
fn value(ty: &DynSolType, frame: &[u8], at: usize, out: &mut Out) -> Option<()> {
    if !out.visit() {
        return Some(());
    }
    let body = if is_dynamic(ty) { frame.get(number(frame, at)?..)? } else { frame.get(at..)? };
    match ty {
        DynSolType::Bytes => out.push(&long_hex(packed(body)?)),
        DynSolType::String => out.push(&quoted(packed(body)?)),
        DynSolType::Array(inner) => elements(inner, number(body, 0)?, body.get(WORD..)?, out)?,
        DynSolType::FixedArray(inner, size) => elements(inner, *size, body, out)?,
        DynSolType::Tuple(fields) => {
            out.push("(");
            let mut at = 0_usize;
            for (index, field) in fields.iter().enumerate() {
                out.push(if index > 0 { ", " } else { "" });
                value(field, body, at, out)?;
                at = at.checked_add(head_bytes(field)?)?;
            }
            out.push(")");
        }
        _ => out.push(&word(ty, body.first_chunk::<WORD>()?)?),
    }
    Some(())
}

fn elements(inner: &DynSolType, len: usize, body: &[u8], out: &mut Out) -> Option<()> {
    let head = head_bytes(inner)?;
    if head == 0 || len.checked_mul(head)? > body.len() {
        return None;
    }
    out.push("[");
    for index in 0..len.min(ELEMENTS_MAX) {
        out.push(if index > 0 { ", " } else { "" });
        value(inner, body, index * head, out)?;
    }
    if len > ELEMENTS_MAX {
        out.push(&format!(", … {len} in all"));
    }
    out.push("]");
    Some(())
}

/// A value of one word; `None` when the word has bits that the type does not.
fn word(ty: &DynSolType, word: &[u8; WORD]) -> Option<String> {
    let number = U256::from_be_bytes(*word);
    match ty {
        DynSolType::Bool => (number <= U256::ONE).then(|| (number == U256::ONE).to_string()),
        DynSolType::Uint(bits) => (number.bit_len() <= *bits).then(|| number.to_string()),
        DynSolType::Int(bits) => {
            let number = I256::from_raw(number);
            let magnitude = if number.is_negative() { !number.into_raw() } else { number.into_raw() };
            (magnitude.bit_len() < *bits).then(|| number.to_string())
        }
        DynSolType::Address => {
            let (zeros, address) = word.split_at(12);
            zeros.iter().all(|byte| *byte == 0).then(|| Address::from_slice(address).to_string())
        }
        DynSolType::FixedBytes(size) => left_aligned(word, *size),
        DynSolType::Function => left_aligned(word, 24),
        _ => None,
    }
}

fn left_aligned(word: &[u8; WORD], size: usize) -> Option<String> {
    let (bytes, zeros) = word.split_at_checked(size)?;
    zeros.iter().all(|byte| *byte == 0).then(|| hex::encode_prefixed(bytes))
}

fn long_hex(bytes: &[u8]) -> String {
    // Twice the limit is enough for it to be noticed as too long.
    hex::encode_prefixed(&bytes[..bytes.len().min(ARGUMENT_BYTES_MAX)])
}

fn quoted(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(2 * ARGUMENT_BYTES_MAX)]);
    format!("\"{}\"", text.escape_debug())
}

fn packed(body: &[u8]) -> Option<&[u8]> {
    body.get(WORD..)?.get(..number(body, 0)?)
}

pub(crate) fn number(frame: &[u8], at: usize) -> Option<usize> {
    let word = frame.get(at..)?.first_chunk::<WORD>()?;
    U256::from_be_bytes(*word).try_into().ok()
}

pub(crate) fn is_dynamic(ty: &DynSolType) -> bool {
    match ty {
        DynSolType::Bytes | DynSolType::String | DynSolType::Array(_) => true,
        DynSolType::FixedArray(inner, _) => is_dynamic(inner),
        DynSolType::Tuple(fields) => fields.iter().any(is_dynamic),
        _ => false,
    }
}

/// How many bytes a value takes where it stands, without what its offset points at.
pub(crate) fn head_bytes(ty: &DynSolType) -> Option<usize> {
    match ty {
        _ if is_dynamic(ty) => Some(WORD),
        DynSolType::FixedArray(inner, size) => head_bytes(inner)?.checked_mul(*size),
        DynSolType::Tuple(fields) => fields.iter().try_fold(0_usize, |sum, field| sum.checked_add(head_bytes(field)?)),
        _ => Some(WORD),
    }
}

#[cfg(test)]
mod tests;
