use std::collections::{BTreeMap, VecDeque};

use facts::U256;
use serde::{Deserialize, Serialize};

use super::{MemoryLimits, Series};

/// One remembered value and the block that last wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cell {
    pub(super) touched: u64,
    pub(super) content: Content,
}

/// The kinds of value. Each has its own byte in a key, so that one key never means two kinds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Content {
    Count(u64),
    Sum(U256),
    /// Members with the block that last named them.
    Set(BTreeMap<Box<[u8]>, u64>),
    /// What happened, block by block, oldest first.
    Window(VecDeque<Bucket>),
    Last(Box<[u8]>),
    /// What a rule in data counts over a span.
    Series(Series),
    /// What a rule in data has written down about a key.
    Note(Note),
}

/// A few words about a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    /// When it was written, seconds since 1970 UTC.
    pub(super) time: u64,
    /// Until when an earlier note may be missing, in blocks or seconds as its slot's span.
    pub(super) short_until: u64,
    pub(super) bytes: Box<[u8]>,
}

/// What one block added to a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bucket {
    pub(super) block: u64,
    pub(super) time: u64,
    pub(super) count: u64,
    pub(super) sum: U256,
}

impl Content {
    pub(super) const COUNT: u8 = 1;
    pub(super) const SUM: u8 = 2;
    pub(super) const SET: u8 = 3;
    pub(super) const WINDOW: u8 = 4;
    pub(super) const LAST: u8 = 5;
    pub(super) const SERIES: u8 = 6;
    pub(super) const NOTE: u8 = 7;

    /// Bytes by our own count: an estimate, but the same one everywhere and always.
    pub(super) fn size(&self) -> u64 {
        let bytes = match self {
            Content::Count(_) => 8,
            Content::Sum(_) => 32,
            Content::Set(members) => members.keys().map(|member| member.len() + 24).sum(),
            Content::Window(buckets) => buckets.len() * 56,
            Content::Last(value) => value.len(),
            Content::Series(series) => series.entries.len() * Series::ENTRY_BYTES + 16,
            Content::Note(note) => note.bytes.len() + 16,
        };
        bytes as u64
    }

    /// Adds a member; whether it is new. A full set gives up the member that was named longest ago.
    pub(super) fn insert(&mut self, member: Box<[u8]>, block: u64, limits: &MemoryLimits) -> bool {
        let Content::Set(members) = self else { return false };
        let is_new = members.insert(member, block).is_none();
        while members.len() > limits.members.max(1) {
            let oldest =
                members.iter().min_by_key(|(member, block)| (**block, *member)).map(|(member, _)| member.clone());
            let Some(oldest) = oldest else { break };
            members.remove(&oldest);
        }
        is_new
    }

    /// Adds to the bucket of the current block. A full window gives up its oldest bucket.
    pub(super) fn push(&mut self, now: Bucket, limits: &MemoryLimits) {
        let Content::Window(buckets) = self else { return };
        match buckets.back_mut() {
            Some(last) if last.block == now.block => {
                last.count = last.count.saturating_add(now.count);
                last.sum = last.sum.saturating_add(now.sum);
            }
            _ => buckets.push_back(now),
        }
        while buckets.len() > limits.buckets.max(1) {
            buckets.pop_front();
        }
    }
}
