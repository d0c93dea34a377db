//! The note that compilers leave behind the code: which compiler it was, and the hash of what it was given.
//!
//! Formats: the Solidity documentation, "Contract Metadata" (a CBOR map, then its length in two bytes); the Vyper
//! release notes for 0.3.4 (the same form) and 0.3.10 (a list whose length counts its own two bytes, in init code only).
//! What is read here was written by whoever deployed the code: it is a claim.

use std::fmt;

use alloy_primitives::{Bytes, hex};

/// A compiler's note is 11 to about 120 bytes long.
const NOTE_BYTES_MAX: usize = 512;
/// Items of a note, nested ones included. A real one has at most a dozen.
const ITEMS_MAX: usize = 64;

/// What a compiler claims of the code before its note.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Which compiler, with its version where it says it.
    pub compiler: Option<Compiler>,
    /// Where the sources' description is said to lie.
    pub source: Option<SourceHash>,
    /// Whether Solidity says that experimental features were on.
    pub experimental: bool,
}

/// A compiler and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compiler {
    /// A release of Solidity.
    Solidity(u8, u8, u8),
    /// Another build of Solidity, in its own words: at most 64 characters, hostile.
    SolidityBuild(String),
    /// A release of Vyper.
    Vyper(u8, u8, u8),
}

/// The hash of the description of the sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceHash {
    /// The multihash of an IPFS file, 34 bytes.
    Ipfs(Bytes),
    /// A hash of Swarm, in its first form (`bzzr0`).
    Swarm0(Bytes),
    /// A hash of Swarm, in its second form (`bzzr1`).
    Swarm1(Bytes),
}

impl fmt::Display for Compiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Solidity(major, minor, patch) => write!(f, "solc {major}.{minor}.{patch}"),
            Self::SolidityBuild(build) => write!(f, "solc {}", build.escape_debug()),
            Self::Vyper(major, minor, patch) => write!(f, "vyper {major}.{minor}.{patch}"),
        }
    }
}

impl fmt::Display for SourceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ipfs(hash) => write!(f, "ipfs {}", hex::encode(hash)),
            Self::Swarm0(hash) => write!(f, "bzzr0 {}", hex::encode(hash)),
            Self::Swarm1(hash) => write!(f, "bzzr1 {}", hex::encode(hash)),
        }
    }
}

/// Splits the note off the end: where the code ends, and what the note says.
pub(super) fn split(code: &[u8]) -> (usize, Option<Metadata>) {
    let Some((rest, &[high, low])) = code.split_last_chunk::<2>() else { return (code.len(), None) };
    let said = usize::from(u16::from_be_bytes([high, low]));
    for len in [said, said.saturating_sub(2)] {
        if (1..=NOTE_BYTES_MAX).contains(&len)
            && let Some(start) = rest.len().checked_sub(len)
            && let Some(metadata) = read(&rest[start..])
        {
            return (start, Some(metadata));
        }
    }
    (code.len(), None)
}

/// Where the last compiler's note of these bytes ends, its length included. For init code, which has its arguments
/// behind it.
pub(super) fn last_note_end(code: &[u8]) -> Option<usize> {
    // How the last entry of a note begins, and how many bytes follow. Each that looks so costs one short note to read.
    const LAST: [(&[u8], usize); 4] =
        [(b"dsolcC", 3), (b"evyper\x83", 3), (b"ebzzr0X\x20", 32), (b"lexperimental\xf5", 0)];
    (0..code.len()).rev().find_map(|at| {
        let (word, behind) = LAST.iter().find(|(word, _)| code[at..].starts_with(word))?;
        let end = at + word.len() + behind + 2;
        split(code.get(..end)?).1.map(|_| end)
    })
}

fn read(note: &[u8]) -> Option<Metadata> {
    let mut cbor = Cbor { left: note, items: ITEMS_MAX };
    let mut found = Metadata::default();
    let known = match cbor.head()? {
        (5, pairs) => {
            let mut known = false;
            for _ in 0..pairs {
                let (3, len) = cbor.head()? else { return None };
                let key = cbor.take(len)?;
                known |= matches!(key, b"solc" | b"ipfs" | b"bzzr0" | b"bzzr1" | b"vyper" | b"experimental");
                found.entry(key, &mut cbor)?;
            }
            known
        }
        // Vyper from 0.3.10 on: [code size, [data sizes], size of immutables, {"vyper": [..]}], from 0.4.1 on with a
        // digest at its head.
        (4, items) if (4..=5).contains(&items) => {
            for _ in 1..items {
                cbor.skip(0)?;
            }
            let ((5, 1), (3, len)) = (cbor.head()?, cbor.head()?) else { return None };
            let key = cbor.take(len)?;
            found.entry(key, &mut cbor)?;
            key == b"vyper"
        }
        _ => return None,
    };
    (known && cbor.left.is_empty()).then_some(found)
}

impl Metadata {
    fn entry(&mut self, key: &[u8], cbor: &mut Cbor<'_>) -> Option<()> {
        match (key, cbor.peek_major()?) {
            (b"ipfs", 2) => self.source = Some(SourceHash::Ipfs(cbor.bytes()?)),
            (b"bzzr0", 2) => self.source = Some(SourceHash::Swarm0(cbor.bytes()?)),
            (b"bzzr1", 2) => self.source = Some(SourceHash::Swarm1(cbor.bytes()?)),
            (b"solc", 2) => {
                let &[major, minor, patch] = cbor.bytes()?.as_ref() else { return None };
                self.compiler = Some(Compiler::Solidity(major, minor, patch));
            }
            (b"solc", 3) => {
                let (_, len) = cbor.head()?;
                let text = String::from_utf8_lossy(cbor.take(len)?).chars().take(64).collect();
                self.compiler = Some(Compiler::SolidityBuild(text));
            }
            (b"vyper", 4) => {
                let (_, 3) = cbor.head()? else { return None };
                let mut version = [0; 3];
                for part in &mut version {
                    let (0, number) = cbor.head()? else { return None };
                    *part = u8::try_from(number).ok()?;
                }
                let [major, minor, patch] = version;
                self.compiler = Some(Compiler::Vyper(major, minor, patch));
            }
            (b"experimental", 7) => self.experimental = cbor.head()? == (7, 21),
            _ => cbor.skip(0)?,
        }
        Some(())
    }
}

/// As much of CBOR (RFC 8949) as a note holds: no indefinite lengths, no numbers above 16 bits.
struct Cbor<'a> {
    left: &'a [u8],
    items: usize,
}

impl<'a> Cbor<'a> {
    fn peek_major(&self) -> Option<u8> {
        self.left.first().map(|byte| byte >> 5)
    }

    /// The major type and the argument of the next item.
    fn head(&mut self) -> Option<(u8, usize)> {
        self.items = self.items.checked_sub(1)?;
        let (&first, rest) = self.left.split_first()?;
        let (argument, rest) = match first & 0x1f {
            small @ 0..=23 => (usize::from(small), rest),
            24 => rest.split_first().map(|(byte, rest)| (usize::from(*byte), rest))?,
            25 => rest.split_first_chunk::<2>().map(|(two, rest)| (usize::from(u16::from_be_bytes(*two)), rest))?,
            _ => return None,
        };
        self.left = rest;
        Some((first >> 5, argument))
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.left.split_at_checked(len)?;
        self.left = rest;
        Some(taken)
    }

    fn bytes(&mut self) -> Option<Bytes> {
        let (_, len) = self.head()?;
        self.take(len).map(Bytes::copy_from_slice)
    }

    fn skip(&mut self, depth: usize) -> Option<()> {
        let (major, argument) = self.head()?;
        let children = match major {
            2 | 3 => return self.take(argument).map(drop),
            4 => argument,
            5 => argument.checked_mul(2)?,
            0 | 1 | 7 => 0,
            _ => return None,
        };
        if depth >= 4 {
            return None;
        }
        (0..children).try_for_each(|_| self.skip(depth + 1))
    }
}
