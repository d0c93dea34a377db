//! What was read and written of some contracts' storage, slot by slot.

use facts::{Address, TxFacts, U256};

use super::borrows;

/// What an access did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// It looked.
    Read,
    /// It changed the value.
    Write {
        /// From this…
        before: U256,
        /// …to this.
        after: U256,
    },
    /// It wrote what was there already: all entries may have computed the same from the same stale value.
    Idle,
}

/// One access.
#[derive(Debug, Clone, Copy)]
pub(super) struct Access {
    pub(super) contract: Address,
    pub(super) slot: U256,
    /// When, in the transaction's order of events.
    pub(super) at: u32,
    /// The frame by which the contract had been entered.
    pub(super) entry: u32,
    pub(super) what: What,
}

/// All of them, ordered by contract, slot and time.
pub(super) struct Accesses(Vec<Access>);

impl Accesses {
    /// Those of some contracts, which are sorted.
    pub(super) fn of(facts: &TxFacts, contracts: &[Address]) -> Self {
        let entries = entries(facts);
        let access = |slot, at, frame: u32, what| {
            let contract = facts.frames.get(frame as usize)?.target;
            contracts.binary_search(&contract).ok()?;
            Some(Access { contract, slot, at, entry: *entries.get(frame as usize)?, what })
        };
        let reads = facts.reads.iter().filter_map(|read| access(read.slot, read.at, read.frame, What::Read));
        let idle = facts.idle_writes.iter().filter_map(|write| access(write.slot, write.at, write.frame, What::Idle));
        let writes = facts.writes.iter().filter_map(|write| {
            access(write.slot, write.at, write.frame, What::Write { before: write.before, after: write.after })
        });
        let mut all: Vec<Access> = reads.chain(idle).chain(writes).collect();
        all.sort_unstable_by_key(|access| (access.contract, access.slot, access.at));
        Self(all)
    }

    /// The accesses of each slot.
    pub(super) fn by_slot(&self) -> impl Iterator<Item = &[Access]> {
        self.0.chunk_by(|one, two| (one.contract, one.slot) == (two.contract, two.slot))
    }
}

/// For each frame the one by which its contract had been entered: from somebody else, and not to borrow code.
fn entries(facts: &TxFacts) -> Vec<u32> {
    let mut entries: Vec<u32> = Vec::with_capacity(facts.frames.len());
    for (index, frame) in (0u32..).zip(&facts.frames) {
        let stays = borrows(frame) || frame.caller == frame.target;
        let above = frame.parent.filter(|_| stays).and_then(|parent| entries.get(parent as usize).copied());
        entries.push(above.unwrap_or(index));
    }
    entries
}
