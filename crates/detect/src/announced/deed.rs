//! What a transaction did to a contract, in the words of announcements.

use case::Planned;
use facts::{Address, Asset, Change, Flow, Frame, FrameKind, TxFacts, U256};

/// Whose loss, of what, and how much.
pub(crate) type Lost = (Address, Asset, U256);

/// What an alert is about, to be held against what is announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    /// One deed and nothing else.
    Deed(Deed),
    /// That these accounts lost so much of these assets, and nothing else.
    Losses(Vec<Lost>),
}

impl About {
    /// Whether something of a token, or of the coin, was lost by a contract.
    pub(super) fn is_loss(&self, contract: Address, token: Option<Address>) -> bool {
        let Self::Losses(losses) = self else { return false };
        losses.iter().any(|(account, asset, _)| *account == contract && asset.contract() == token)
    }
}

/// One change of a contract, one call of it that may change something, or one payment out of it.
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

    pub(crate) fn of_flow(flow: &Flow) -> Self {
        Self { contract: flow.from, what: Planned::paid(flow), frame: flow.frame }
    }

    /// Whether it is a payment.
    pub(super) fn is_payout(&self) -> bool {
        matches!(self.what, Planned::Payout { .. })
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
    // The same payment twice is two payments.
    let moved = facts.flows.iter().filter(|flow| !flow.amount.is_zero() && flow.to != flow.from);
    deeds.extend(moved.filter(|flow| is_asked(flow.from)).map(Deed::of_flow));
    deeds
}
