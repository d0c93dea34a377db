use case::Digest;
use serde::{Deserialize, Serialize};

use super::{MemoryLimits, cell::Content};

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

    /// The key of something in a slot. The slot's id stays readable in it, so that keys can be counted slot by slot.
    pub(super) fn in_slot(kind: u8, slot: [u8; 8], key: &[u8]) -> Self {
        let digest = (key.len() > Self::PLAIN).then(|| Digest::of_bytes(key).0);
        let key: &[u8] = digest.as_ref().map_or(key, |digest| &digest[..]);
        // A digest has a length of its own, so that it is never mistaken for a plain key.
        let length = if digest.is_some() { u8::MAX } else { u8::try_from(key.len()).unwrap_or(u8::MAX) };
        Self([&[kind][..], &slot, &[length], key].concat().into())
    }

    /// Bytes of a key in a slot that are kept as they are.
    const PLAIN: usize = 80;

    /// The slot that this key is in, if it is in one.
    pub(super) fn slot(&self) -> Option<[u8; 8]> {
        let is_in_one = [Content::SERIES, Content::NOTE].contains(self.0.first()?);
        is_in_one.then(|| self.0.get(1..9)?.try_into().ok()).flatten()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// A value or member as it is kept: itself, or its digest when it is too long.
pub(super) fn held(value: &[u8]) -> Box<[u8]> {
    if value.len() <= MemoryLimits::VALUE_BYTES { value.into() } else { Digest::of_bytes(value).0.into() }
}
