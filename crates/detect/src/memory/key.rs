use std::{borrow::Borrow, ops::Deref, sync::Arc};

use case::Digest;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{MemoryLimits, cell::Content};

/// What a value is found by inside a rule's drawer: what kind of value it is, and the parts its detector chose.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key(Arc<[u8]>);

/// A key that is only looked up. It is put together without asking for memory: most look-ups find nothing.
pub(super) struct Sought {
    bytes: [u8; MemoryLimits::KEY_BYTES],
    length: usize,
}

impl Sought {
    fn begin(kind: u8) -> Self {
        let mut sought = Self { bytes: [0; MemoryLimits::KEY_BYTES], length: 0 };
        sought.push(&[kind]);
        sought
    }

    /// Adds bytes, of which there is room by what the callers below allow.
    #[inline]
    fn push(&mut self, more: &[u8]) {
        let end = self.length + more.len();
        self.bytes[self.length..end].copy_from_slice(more);
        self.length = end;
    }

    /// The key of `parts`. Each part carries its length, so that `ab, c` is not `a, bc`.
    pub(super) fn of(kind: u8, parts: &[&[u8]]) -> Self {
        let mut sought = Self::begin(kind);
        let fits = parts.iter().all(|part| {
            let fits = sought.length + 1 + part.len() <= MemoryLimits::KEY_BYTES;
            if fits {
                sought.push(&[u8::try_from(part.len()).unwrap_or(u8::MAX)]);
                sought.push(part);
            }
            fits
        });
        if fits {
            return sought;
        }
        sought.length = 1;
        let mut whole = Vec::new();
        for part in parts {
            whole.extend_from_slice(&(part.len() as u64).to_be_bytes());
            whole.extend_from_slice(part);
        }
        // No part is 255 bytes long in a short key, so a digest cannot be mistaken for one.
        sought.push(&[u8::MAX]);
        sought.push(&Digest::of_bytes(&whole).0);
        sought
    }

    /// The key of something in a slot. The slot's id stays readable in it, so that keys can be counted slot by slot.
    pub(super) fn in_slot(kind: u8, slot: [u8; 8], key: &[u8]) -> Self {
        let digest = (key.len() > Self::PLAIN).then(|| Digest::of_bytes(key).0);
        let key: &[u8] = digest.as_ref().map_or(key, |digest| &digest[..]);
        // A digest has a length of its own, so that it is never mistaken for a plain key.
        let length = if digest.is_some() { u8::MAX } else { u8::try_from(key.len()).unwrap_or(u8::MAX) };
        let mut sought = Self::begin(kind);
        sought.push(&slot);
        sought.push(&[length]);
        sought.push(key);
        sought
    }

    /// Bytes of a key in a slot that are kept as they are.
    const PLAIN: usize = 80;

    /// The key to keep.
    pub(super) fn key(&self) -> Key {
        Key(self[..].into())
    }
}

impl Deref for Sought {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl Key {
    /// The slot that this key is in, if it is in one.
    pub(super) fn slot(&self) -> Option<[u8; 8]> {
        let is_in_one = [Content::SERIES, Content::NOTE].contains(self.0.first()?);
        is_in_one.then(|| self.0.get(1..9)?.try_into().ok()).flatten()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0[..].serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<[u8]>::deserialize(deserializer).map(|bytes| Self(bytes.into()))
    }
}

/// A value or member as it is kept: itself, or its digest when it is too long.
pub(super) fn held(value: &[u8]) -> Box<[u8]> {
    if value.len() <= MemoryLimits::VALUE_BYTES { value.into() } else { Digest::of_bytes(value).0.into() }
}
