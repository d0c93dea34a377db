//! The newest blocks that were told, so that a reorg can be walked back.

use std::collections::VecDeque;

use facts::BlockRef;

use crate::WatchError;

/// A chain of block references, the head last, at most `capacity` long.
#[derive(Debug)]
pub(crate) struct Ring {
    blocks: VecDeque<BlockRef>,
    capacity: usize,
}

impl Ring {
    /// A ring that already knows `blocks`, oldest first.
    pub(crate) fn new(blocks: Vec<BlockRef>, capacity: usize) -> Result<Self, WatchError> {
        for pair in blocks.windows(2) {
            if let [older, newer] = pair
                && (newer.parent != older.hash || older.number.checked_add(1) != Some(newer.number))
            {
                let why = format!("block `{}` is not the parent of block `{}`", older.number, newer.number);
                return Err(WatchError::Start { why });
            }
        }
        let mut ring = Self { blocks: VecDeque::new(), capacity };
        blocks.into_iter().for_each(|block| ring.push(block));
        Ok(ring)
    }

    /// The newest block.
    pub(crate) fn head(&self) -> Option<&BlockRef> {
        self.blocks.back()
    }

    /// Adds a block on top.
    pub(crate) fn push(&mut self, block: BlockRef) {
        if self.blocks.len() >= self.capacity {
            self.blocks.pop_front();
        }
        self.blocks.push_back(block);
    }

    /// The remembered block of this height.
    pub(crate) fn at(&self, number: u64) -> Option<&BlockRef> {
        self.blocks.iter().rev().find(|block| block.number == number)
    }

    /// Remembered heights, newest first.
    pub(crate) fn heights(&self) -> Vec<u64> {
        self.blocks.iter().rev().map(|block| block.number).collect()
    }

    /// Forgets every block above `number`.
    pub(crate) fn cut(&mut self, number: u64) {
        while self.blocks.back().is_some_and(|block| block.number > number) {
            self.blocks.pop_back();
        }
    }

    /// The oldest remembered height, and how many blocks are remembered.
    pub(crate) fn depth(&self) -> (u64, usize) {
        (self.blocks.front().map_or(0, |block| block.number), self.blocks.len())
    }
}
