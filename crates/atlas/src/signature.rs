//! What a function, an event or an error is called, and the four or thirty-two bytes that stand for it on chain.

use std::fmt;

use alloy_dyn_abi::DynSolType;
use alloy_primitives::{B256, Selector, keccak256};

use crate::config::one_line;

/// The longest signature that is taken, in bytes. Compilers set no limit; the longest of 4,000 in use has 900.
pub const SIGNATURE_BYTES_MAX: usize = 2_048;
/// The longest name, in bytes.
pub const NAME_BYTES_MAX: usize = 128;
/// How deep types may nest. The decoder recurses as deep.
const DEPTH_MAX: usize = 16;

/// What a signature names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SignatureKind {
    /// A function, called by the first four bytes of the hash of its signature.
    Function,
    /// An event, known by the whole hash, as the first topic of a log.
    Event,
    /// A custom error, reverted with the first four bytes.
    Error,
}

/// A canonical signature, such as `transfer(address,uint256)`.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    kind: SignatureKind,
    text: String,
    name_len: usize,
    inputs: Vec<DynSolType>,
    hash: B256,
}

/// A text that is no signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// It is too long to be honest.
    #[error("a signature of {0} bytes is longer than {SIGNATURE_BYTES_MAX}")]
    TooLong(usize),
    /// The name before the parenthesis is not an identifier.
    #[error("`{0}` does not begin with a name of at most {NAME_BYTES_MAX} letters, digits, `_` and `$`")]
    Name(String),
    /// What follows the name is not a list of types in parentheses.
    #[error("`{0}` does not end with Solidity's types in parentheses, without spaces or argument names")]
    Types(String),
    /// The types nest too deep, or take no room at all.
    #[error("`{0}` has types that nest deeper than {DEPTH_MAX} or are empty")]
    Shape(String),
}

impl Signature {
    /// Reads a signature. `uint` and `int` are written out as `uint256` and `int256`, as their hashes demand.
    pub fn parse(kind: SignatureKind, text: &str) -> Result<Self, SignatureError> {
        if text.len() > SIGNATURE_BYTES_MAX {
            return Err(SignatureError::TooLong(text.len()));
        }
        let shown = || one_line(text, 120);
        let open = text.find('(').ok_or_else(|| SignatureError::Types(shown()))?;
        let (name, types) = text.split_at(open);
        if !is_identifier(name) {
            return Err(SignatureError::Name(shown()));
        }
        let inputs = inputs(types).ok_or_else(|| SignatureError::Types(shown()))?;
        // `is_zst` is true of what takes no words, such as `uint256[0]`: an array of that has any length it likes.
        if inputs.iter().any(|ty| ty.nesting_depth() > DEPTH_MAX || holds_nothing(ty)) {
            return Err(SignatureError::Shape(shown()));
        }
        let mut canonical = String::with_capacity(text.len());
        canonical.push_str(name);
        write_list(&inputs, &mut canonical);
        Ok(Self { kind, hash: keccak256(&canonical), text: canonical, name_len: name.len(), inputs })
    }

    /// What it names.
    pub fn kind(&self) -> SignatureKind {
        self.kind
    }

    /// The name without its types.
    pub fn name(&self) -> &str {
        &self.text[..self.name_len]
    }

    /// The whole, in canonical form.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The types of its arguments.
    pub fn inputs(&self) -> &[DynSolType] {
        &self.inputs
    }

    /// The first four bytes of its hash. Means nothing for an event.
    pub fn selector(&self) -> Selector {
        let [a, b, c, d, ..] = self.hash.0;
        Selector::from([a, b, c, d])
    }

    /// Its hash, the first topic of an event's logs.
    pub fn topic(&self) -> B256 {
        self.hash
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.kind, self.text)
    }
}

/// Whether this is a name in Solidity or Vyper. Whatever else an ABI brings is hostile text.
pub(crate) fn is_identifier(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$';
    name.len() <= NAME_BYTES_MAX
        && name.bytes().next().is_some_and(letter)
        && name.bytes().all(|byte| letter(byte) || byte.is_ascii_digit())
}

fn inputs(types: &str) -> Option<Vec<DynSolType>> {
    if types == "()" {
        return Some(Vec::new());
    }
    // The parser is lenient about spaces, names and `tuple`; a signature has none.
    let strict =
        types.ends_with(')') && types.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"()[],".contains(&byte));
    match DynSolType::parse(types) {
        Ok(DynSolType::Tuple(inputs)) if strict => Some(inputs),
        _ => None,
    }
}

/// Types as a signature lists them. The library's own names will not do: it writes a tuple of one as `(bool,)`.
fn write_list(types: &[DynSolType], text: &mut String) {
    text.push('(');
    for (index, ty) in types.iter().enumerate() {
        text.push_str(if index > 0 { "," } else { "" });
        write_type(ty, text);
    }
    text.push(')');
}

/// A type as a signature writes it.
pub(crate) fn type_name(ty: &DynSolType) -> String {
    let mut text = String::new();
    write_type(ty, &mut text);
    text
}

fn write_type(ty: &DynSolType, text: &mut String) {
    match ty {
        DynSolType::Tuple(fields) => write_list(fields, text),
        DynSolType::Array(inner) => {
            write_type(inner, text);
            text.push_str("[]");
        }
        DynSolType::FixedArray(inner, size) => {
            write_type(inner, text);
            text.push('[');
            text.push_str(&size.to_string());
            text.push(']');
        }
        word => text.push_str(&word.sol_type_name()),
    }
}

fn holds_nothing(ty: &DynSolType) -> bool {
    match ty {
        DynSolType::Array(inner) => holds_nothing(inner),
        DynSolType::FixedArray(inner, size) => *size == 0 || holds_nothing(inner),
        DynSolType::Tuple(inner) => inner.is_empty() || inner.iter().any(holds_nothing),
        _ => false,
    }
}
