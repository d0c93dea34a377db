use case::Digest;
use serde::{Deserialize, Serialize};

use super::MemoryLimits;

/// What a value is found by inside a rule's drawer: what kind of value it is, and the parts its detector chose.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Key(Box<[u8]>);

impl Key {
    /// The key of `parts`. Each part carries its length, so that `ab, c` is not `a, bc`.
    pub(super) fn of(kind: u8, parts: &[&[u8]]) -> Self {
        let length: usize = 1 + parts.iter().map(|part| part.len() + 1).sum::<usize>();
        if length <= MemoryLimits::KEY_BYTES {
            let mut bytes = Vec::with_capacity(length);
            bytes.push(kind);
            for part in parts {
                bytes.push(u8::try_from(part.len()).unwrap_or(u8::MAX));
                bytes.extend_from_slice(part);
            }
            return Self(bytes.into());
        }
        let mut whole = Vec::with_capacity(length + 8 * parts.len());
        for part in parts {
            whole.extend_from_slice(&(part.len() as u64).to_be_bytes());
            whole.extend_from_slice(part);
        }
        let digest = Digest::of_bytes(&whole);
        // No part is 255 bytes long in a short key, so a digest cannot be mistaken for one.
        Self([&[kind, u8::MAX][..], &digest.0].concat().into())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// A value or member as it is kept: itself, or its digest when it is too long.
pub(super) fn held(value: &[u8]) -> Box<[u8]> {
    if value.len() <= MemoryLimits::VALUE_BYTES { value.into() } else { Digest::of_bytes(value).0.into() }
}
