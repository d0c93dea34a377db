//! What is kept in a slot or a part of it.

use alloy_primitives::{Address, B256, Bytes, I256, U256};

use crate::Value;

/// How the bytes of a variable are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaf {
    Uint,
    Int,
    Bool,
    Address,
    FixedBytes,
    Bytes,
    Text,
    /// Bytes of a kind that is not known.
    Raw,
}

impl Leaf {
    /// By the name of a type as Solidity, its compiler or Vyper writes it.
    pub(super) fn of(label: &str) -> Self {
        let sized = |prefix: &str| {
            label.strip_prefix(prefix).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        };
        match label {
            "bool" => Self::Bool,
            "address" | "address payable" => Self::Address,
            "bytes" => Self::Bytes,
            "string" => Self::Text,
            _ if label.starts_with("contract ") || label.starts_with("interface ") => Self::Address,
            _ if sized("uint") || label.starts_with("enum ") => Self::Uint,
            _ if sized("int") => Self::Int,
            _ if sized("bytes") => Self::FixedBytes,
            _ => Self::Raw,
        }
    }

    /// Bytes that a variable of this type takes; none for a type without a size of its own.
    pub(super) fn bytes(self, label: &str) -> Option<usize> {
        let digits = |prefix: &str, otherwise: usize| match label.strip_prefix(prefix)? {
            "" => Some(otherwise),
            digits => digits.parse().ok(),
        };
        let bits = |prefix: &str| digits(prefix, 256).filter(|bits| bits % 8 == 0 && (8..=256).contains(bits));
        match self {
            Self::Bool => Some(1),
            Self::Address => Some(20),
            Self::Uint => bits("uint").map(|bits| bits / 8),
            Self::Int => bits("int").map(|bits| bits / 8),
            Self::FixedBytes => digits("bytes", 0).filter(|size| (1..=32).contains(size)),
            Self::Bytes | Self::Text | Self::Raw => None,
        }
    }

    /// Reads `size` bytes that begin `offset` bytes from the low end of a slot.
    pub(super) fn read(self, slot: U256, offset: usize, size: usize) -> Value {
        let shifted = slot >> (8 * offset.min(31));
        let mask = if size >= 32 { U256::MAX } else { (U256::ONE << (8 * size)) - U256::ONE };
        let bits = shifted & mask;
        match self {
            Self::Bool => Value::Bool(!bits.is_zero()),
            Self::Address => Value::Address(Address::from_word(B256::from(bits))),
            Self::Int => {
                let negative = size < 32 && size > 0 && bits.bit(8 * size - 1);
                Value::Int(I256::from_raw(if negative { bits | !mask } else { bits }))
            }
            Self::Uint => Value::Uint(bits),
            Self::FixedBytes | Self::Raw | Self::Bytes | Self::Text => {
                let word = bits.to_be_bytes::<32>();
                Value::FixedBytes(Bytes::copy_from_slice(&word[32 - size.min(32)..]))
            }
        }
    }

    /// Reads a key of a mapping, which is as wide as a word. Only bytes stand at its high end.
    pub(super) fn key(self, word: B256, label: &str) -> Value {
        match self {
            Self::FixedBytes => {
                let size = self.bytes(label).unwrap_or(32);
                Value::FixedBytes(Bytes::copy_from_slice(&word[..size]))
            }
            other => other.read(word.into(), 0, 32),
        }
    }

    /// Reads the slot of `bytes` or `string`: the whole when it is short, and its length when it lies elsewhere.
    pub(super) fn short_text(self, slot: U256) -> Option<Value> {
        let word = slot.to_be_bytes::<32>();
        let len = usize::from(word[31]) / 2;
        if slot.bit(0) {
            return Some(Value::Uint((slot - U256::ONE) >> 1));
        }
        let bytes = Bytes::copy_from_slice(word.get(..len).filter(|_| len < 32)?);
        Some(if self == Self::Text { Value::Text(bytes) } else { Value::Bytes(bytes) })
    }
}
