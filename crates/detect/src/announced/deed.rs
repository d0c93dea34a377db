//! What a transaction did to a contract, in the words of announcements.

use case::Planned;
use facts::{Address, Change, Frame, FrameKind, TxFacts};

/// One change of a contract, or one call of it that may change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deed {
    /// The contract.
    pub(crate) contract: Address,
    /// What became of it.
    pub(crate) what: Planned,
    /// The frame in which it happened.
    pub(crate) frame: u32,
}

impl Deed {
    pub(crate) fn of_change(change: &Change) -> Self {
        Self { contract: change.contract, what: Planned::seen(change), frame: change.frame }
    }

    /// A call; none for what calls no function, changes nothing, or did not last. Code that runs on the storage of its
    /// caller is part of the call of that caller.
    pub(crate) fn of_call(frames: &[Frame], index: usize) -> Option<Self> {
        let frame = frames.get(index)?;
        let counts = frame.effective && frame.kind == FrameKind::Call;
        let what = Planned::Call(frame.selector().filter(|_| counts)?);
        Some(Self { contract: frame.target, what, frame: u32::try_from(index).ok()? })
    }
}

/// What a transaction did to contracts that are asked about, in order.
pub(super) fn deeds(facts: &TxFacts, is_asked: impl Fn(Address) -> bool) -> Vec<Deed> {
    // What is written again as it was changes nothing.
    let changes = facts.changes.iter().filter(|change| change.before != Some(change.after));
    let changes = changes.map(Deed::of_change);
    let calls = (0..facts.frames.len()).filter_map(|index| Deed::of_call(&facts.frames, index));
    let mut deeds: Vec<Deed> = changes.chain(calls).filter(|deed| is_asked(deed.contract)).collect();
    deeds.dedup();
    deeds
}
