//! What detectors remember from block to block: bounded, and undone exactly when a block is.
//!
//! One [`Memory`] follows one chain. A block is opened, detectors write through a [`MemoryView`] each in a drawer of
//! their own, and the block is closed; its [`Memory::changes`] go to the book with the head. Everything that happens in
//! a block, evictions too, keeps its before-image, so that undoing a block leaves no trace of it.

mod cell;
mod cells;
mod drawer;
mod journal;
mod key;
mod series;
mod slots;
mod state;
#[cfg(test)]
mod tests;
mod view;

pub use journal::{BlockChanges, Snapshot};
pub(crate) use series::{Entry, Found, Joining, Series, Slot};
pub use view::{MemoryView, Span, Tally};

use std::collections::VecDeque;

use case::Digest;
use facts::BlockRef;

use crate::DetectError;
use journal::{Journal, Undo};
use state::State;

/// How much a memory may hold. The default is what a service runs with; tests run with less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryLimits {
    /// Entries one rule may keep. Beyond, the oldest sixteenth is evicted: 50,000 addresses are some weeks of a busy protocol.
    pub entries_per_rule: usize,
    /// Bytes over all rules, by our own count of keys and values. Beyond, the fullest rule gives up its oldest.
    pub bytes: u64,
    /// Members of one set.
    pub members: usize,
    /// Blocks with entries in one window.
    pub buckets: usize,
    /// Blocks that can be undone even when they are final, because finality can be late to say so.
    pub undo_min: usize,
    /// Blocks that can be undone when finality does not move: an hour and a half at four seconds a block.
    pub undo_max: usize,
}

impl MemoryLimits {
    /// Bytes of a key; a longer one is replaced by its digest.
    pub const KEY_BYTES: usize = 96;
    /// Bytes of a remembered value or of a member of a set; a longer one is replaced by its digest.
    pub const VALUE_BYTES: usize = 256;
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self { entries_per_rule: 50_000, bytes: 64 << 20, members: 256, buckets: 512, undo_min: 64, undo_max: 1_350 }
    }
}

/// The memory of all rules on one chain.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    state: State,
    undo: VecDeque<Undo>,
    limits: MemoryLimits,
}

impl Memory {
    /// An empty memory with limits other than the usual ones.
    pub fn with_limits(limits: MemoryLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// The last block that was closed, if any.
    pub fn head(&self) -> Option<&BlockRef> {
        self.state.head.as_ref()
    }

    /// How many entries were evicted so far, and are therefore forgotten.
    pub fn evicted(&self) -> u64 {
        self.state.evicted()
    }

    /// How many entries are kept.
    pub fn entries(&self) -> usize {
        self.state.entries()
    }

    /// How many blocks can be undone from here.
    pub fn undo_depth(&self) -> usize {
        self.undo.len()
    }

    /// Opens a block. `time` is its header's, in seconds since 1970 UTC. A gap after the head is allowed, for a
    /// recording need not be whole; a block at or below the head is not, for that is a reorg and has to be undone.
    ///
    /// # Errors
    /// [`DetectError::NotAhead`] if the block is not above the head, [`DetectError::NotChild`] if it stands right above
    /// it and names another parent.
    pub fn begin_block(&mut self, block: &BlockRef, time: u64) -> Result<OpenBlock<'_>, DetectError> {
        if let Some(head) = self.head().filter(|head| head.number >= block.number) {
            return Err(DetectError::NotAhead { block: block.number, head: head.number });
        }
        let child = self.head().filter(|head| head.number + 1 == block.number);
        if let Some(head) = child.filter(|head| head.hash != block.parent) {
            return Err(DetectError::NotChild { block: block.number, parent: block.parent, head: head.hash });
        }
        Ok(OpenBlock { journal: Journal::new(block.clone(), time), memory: self, closed: false })
    }

    /// Undoes the head, as if it had never been.
    ///
    /// # Errors
    /// [`DetectError::NotHead`] if `block` is not the head, [`DetectError::TooDeep`] if its before-images are gone.
    pub fn undo(&mut self, block: &BlockRef) -> Result<(), DetectError> {
        if self.head() != Some(block) {
            let head =
                self.head().map_or_else(|| "nothing".to_owned(), |head| format!("{} {}", head.number, head.hash));
            return Err(DetectError::NotHead { block: block.number, hash: block.hash, head });
        }
        let undo = self.undo.pop_back().ok_or(DetectError::TooDeep { block: block.number })?;
        self.state.put_back(undo);
        Ok(())
    }

    /// Undoes every block above `ancestor`, newest first. The ancestor itself need not have been seen.
    ///
    /// # Errors
    /// [`DetectError::TooDeep`] if before-images are gone; what could be undone is undone. Restore a snapshot then.
    pub fn revert_to(&mut self, ancestor: &BlockRef) -> Result<(), DetectError> {
        while let Some(head) = self.head().filter(|head| head.number > ancestor.number).cloned() {
            self.undo(&head)?;
        }
        match self.head() {
            Some(head) if head.number == ancestor.number && head.hash != ancestor.hash => {
                let found = format!("{} {}", head.number, head.hash);
                Err(DetectError::NotHead { block: ancestor.number, hash: ancestor.hash, head: found })
            }
            _ => Ok(()),
        }
    }

    /// Blocks up to `number` are final: their before-images may go, but for the last
    /// [`MemoryLimits::undo_min`] blocks.
    pub fn finalize(&mut self, number: u64) {
        while self.undo.len() > self.limits.undo_min && self.undo.front().is_some_and(|undo| undo.number() <= number) {
            self.undo.pop_front();
        }
    }

    /// Keeps the drawers with these names and forgets all others, before-images included, as if they had never been.
    pub(crate) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.state.retain(&keep);
        self.undo.iter_mut().for_each(|undo| undo.retain(&keep));
    }

    /// What the head changed, for the book to keep with it; nothing before the first block.
    pub fn changes(&self) -> Option<BlockChanges> {
        self.undo.back().map(|undo| undo.changes(&self.state))
    }

    /// Everything, before-images included, for the store to keep now and then.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.state, &self.undo)
    }

    /// The memory as it was: a snapshot, or nothing, and the changes of the blocks after it in order. The snapshot
    /// is trusted as far as the book is; it was sealed there.
    ///
    /// # Errors
    /// As [`Memory::begin_block`], when the changes are not those of blocks above the snapshot in order.
    pub fn restore(
        snapshot: Option<Snapshot>,
        changes: impl IntoIterator<Item = BlockChanges>,
        limits: MemoryLimits,
    ) -> Result<Self, DetectError> {
        let (state, undo) = snapshot.map(Snapshot::into_parts).unwrap_or_default();
        let mut memory = Self { state, undo, limits };
        for change in changes {
            memory.apply(change)?;
        }
        Ok(memory)
    }

    /// Repeats what a block changed.
    ///
    /// # Errors
    /// As [`Memory::begin_block`].
    pub fn apply(&mut self, changes: BlockChanges) -> Result<(), DetectError> {
        let mut open = self.begin_block(&changes.block, changes.time)?;
        let OpenBlock { memory, journal, .. } = &mut open;
        changes.repeat(&mut memory.state, journal);
        open.end_block();
        Ok(())
    }

    /// A digest of all that is remembered and of the head. Two memories with the same digest behave the same.
    ///
    /// # Errors
    /// [`DetectError::Bytes`] if the memory cannot be written, which plain data does not do.
    pub fn digest(&self) -> Result<Digest, DetectError> {
        self.state.digest()
    }
}

/// A block while detectors look at it. Dropped without [`OpenBlock::end_block`], it leaves no trace.
#[derive(Debug)]
pub struct OpenBlock<'a> {
    memory: &'a mut Memory,
    journal: Journal,
    closed: bool,
}

impl OpenBlock<'_> {
    /// The drawer of one rule.
    pub fn view<'v>(&'v mut self, rule: &'v str) -> MemoryView<'v> {
        MemoryView::new(rule, &mut self.memory.state, &mut self.journal, &self.memory.limits)
    }

    /// Closes the block, which is the head now.
    pub fn end_block(mut self) {
        self.closed = true;
        let journal = self.journal.take();
        let undo = self.memory.state.advance(journal);
        self.memory.undo.push_back(undo);
        while self.memory.undo.len() > self.memory.limits.undo_max {
            self.memory.undo.pop_front();
        }
    }
}

impl Drop for OpenBlock<'_> {
    fn drop(&mut self) {
        if !self.closed {
            self.memory.state.roll_back(&self.journal);
        }
    }
}
