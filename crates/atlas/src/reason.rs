//! Why a call reverted, as far as its output says.

use std::fmt;

use alloy_primitives::{Bytes, U256, hex};

use crate::{Decoded, decode};

/// The longest text of a reason, in characters.
pub const REASON_CHARS_MAX: usize = 1_024;
/// How much of an output is kept that is not understood, in bytes.
pub const RAW_BYTES_MAX: usize = 128;

pub(crate) const ERROR_STRING: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
pub(crate) const PANIC_CODE: [u8; 4] = [0x4e, 0x48, 0x7b, 0x71];

/// Why a call reverted. What it says was written by a contract, and may be written to deceive.
///
/// `Display` is one safe line: characters that could deceive are escaped in it. Whoever shows `text` itself has to
/// escape it for where it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It gave none.
    Silent,
    /// `Error(string)`, from `revert("…")` or a failed `require`.
    Text(ChainText),
    /// `Panic(uint256)`, from a check that the compiler put in.
    Panic(U256),
    /// A custom error that is known.
    Custom(Decoded),
    /// Something else.
    Raw {
        /// Its first bytes, at most [`RAW_BYTES_MAX`].
        head: Bytes,
        /// How many bytes it had.
        len: usize,
    },
}

impl Reason {
    /// Reads the two forms that Solidity itself has; every other output is raw.
    pub(crate) fn built_in(output: &[u8]) -> Self {
        let raw = || Self::Raw {
            head: Bytes::copy_from_slice(&output[..output.len().min(RAW_BYTES_MAX)]),
            len: output.len(),
        };
        match output.split_first_chunk::<4>() {
            None if output.is_empty() => Self::Silent,
            Some((&ERROR_STRING, data)) => {
                decode::first_bytes(data).map_or_else(raw, |bytes| Self::Text(ChainText::read(bytes)))
            }
            Some((&PANIC_CODE, data)) => {
                <[u8; 32]>::try_from(data).map_or_else(|_| raw(), |code| Self::Panic(U256::from_be_bytes(code)))
            }
            _ => raw(),
        }
    }
}

/// What the code of a panic means, in the words of the Solidity documentation; `None` for a code it does not have.
pub fn panic_meaning(code: U256) -> Option<&'static str> {
    Some(match u8::try_from(code).ok()? {
        0x00 => "a panic of the compiler",
        0x01 => "a failed assertion",
        0x11 => "arithmetic overflow or underflow",
        0x12 => "division or modulo by zero",
        0x21 => "a value that is too big or negative for its enum",
        0x22 => "a storage byte array that is wrongly encoded",
        0x31 => "`pop` on an empty array",
        0x32 => "an index out of bounds",
        0x41 => "too much memory, or an array that is too large",
        0x51 => "a call to an internal function that was never set",
        _ => return None,
    })
}

/// A text from a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainText {
    /// What it says, at most [`REASON_CHARS_MAX`] characters, with every character it came with. Not escaped.
    pub text: String,
    /// Whether there was more of it.
    pub cut: bool,
    /// Whether it holds what an honest text does not: control characters, characters that turn the direction of writing
    /// or are invisible, or bytes that are not UTF-8 (which are replaced).
    pub hostile: bool,
}

impl ChainText {
    /// Reads bytes from a chain as text.
    pub fn read(bytes: &[u8]) -> Self {
        // A character has at most four bytes.
        let near = &bytes[..bytes.len().min(4 * REASON_CHARS_MAX + 4)];
        let lossy = String::from_utf8_lossy(near);
        let text: String = lossy.chars().take(REASON_CHARS_MAX).collect();
        let cut = near.len() < bytes.len() || text.len() < lossy.len();
        let replaced = text.contains(char::REPLACEMENT_CHARACTER);
        Self { cut, hostile: replaced || text.chars().any(deceives), text }
    }
}

/// Whether a character does something else than to be read.
fn deceives(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(char, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

impl fmt::Display for ChainText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for char in self.text.chars() {
            if deceives(char) { write!(f, "{}", char.escape_unicode())? } else { write!(f, "{char}")? }
        }
        f.write_str(if self.cut { "…" } else { "" })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("no reason given"),
            Self::Text(text) => text.fmt(f),
            Self::Panic(code) => match panic_meaning(*code) {
                Some(meaning) => write!(f, "panic {code:#04x}: {meaning}"),
                None => write!(f, "panic {code:#04x}"),
            },
            Self::Custom(error) => error.fmt(f),
            Self::Raw { head, len } if *len > head.len() => {
                write!(f, "{}… ({len} bytes)", hex::encode_prefixed(head))
            }
            Self::Raw { head, .. } => f.write_str(&hex::encode_prefixed(head)),
        }
    }
}

#[cfg(test)]
mod tests;
