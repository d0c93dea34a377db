//! A contract was entered again before it had finished, and it mattered.
//!
//! It matters when the second entry read something that the first one changes only afterwards, and value left or
//! state changed meanwhile: the second entry worked on what was no longer so. (The condition follows Rodler et al.,
//! "Sereum", NDSS 2019, with the added demand of an effect.)

use std::sync::Arc;

use case::EvidenceKind;
use facts::{Address, Frame, FrameKind, Selector, TxFacts, U256};

use crate::{DetectError, Detector, Finding, Findings, MemoryView, RuleCard, TxCtx, Wake, value::ancestors};

pub(crate) const ID: &str = "reentrancy";
/// Re-entries looked at in one transaction; an attack repeats itself, so the first ones tell.
const REENTRIES_MAX: usize = 64;

/// Callbacks that a token makes to a recipient: ERC-777, ERC-721, ERC-1155, ERC-1363.
const TOKEN_CALLBACKS: [[u8; 4]; 5] = [
    [0x00, 0x23, 0xde, 0x29],
    [0x15, 0x0b, 0x7a, 0x02],
    [0xf2, 0x3a, 0x6e, 0x61],
    [0xbc, 0x19, 0x7c, 0x81],
    [0x88, 0xa7, 0xca, 0x5c],
];

/// Finds second entries that worked on stale state.
pub(crate) struct Reentrancy {
    card: Arc<RuleCard>,
}

/// A contract entered twice, through somebody else.
struct Reentry<'a> {
    contract: Address,
    outer: (u32, &'a Frame),
    inner: (u32, &'a Frame),
    /// The call by which the contract let somebody else in.
    out: &'a Frame,
}

impl Reentrancy {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        Ok(Self { card })
    }
}

impl Detector for Reentrancy {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Tx]
    }

    fn tx(&self, ctx: &TxCtx<'_>, _: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        // Victim, intermediary, victim again: with fewer frames there is no second entry.
        if facts.frames.len() < 3 {
            return;
        }
        let mut said: Vec<Address> = Vec::new();
        for reentry in reentries(facts).take(REENTRIES_MAX) {
            let contract = reentry.contract;
            if said.contains(&contract) || !ctx.scope.covers(&ctx.chain.id, contract) {
                continue;
            }
            let Some(slot) = stale_slot(facts, &reentry) else { continue };
            said.push(contract);
            out.raise(finding(ctx, &reentry, slot));
        }
    }
}

/// The first contract that was entered again and worked on stale state, and the frame of that second entry.
pub(crate) fn worked_on_stale_state(facts: &TxFacts) -> Option<(Address, u32)> {
    let found = reentries(facts).take(REENTRIES_MAX).find(|reentry| stale_slot(facts, reentry).is_some())?;
    Some((found.contract, found.inner.0))
}

/// Every entry into a contract that had not finished, with somebody else in between.
fn reentries(facts: &TxFacts) -> impl Iterator<Item = Reentry<'_>> {
    let frames = &facts.frames;
    (0u32..).zip(frames).filter_map(move |(index, inner)| {
        if !inner.effective || inner.depth < 2 || matches!(inner.kind, FrameKind::StaticCall | FrameKind::DelegateCall)
        {
            return None;
        }
        let mut out = None;
        for (at, outer) in ancestors(frames, index).skip(1) {
            if outer.target != inner.target {
                out = Some(outer);
            } else if let Some(out) = out {
                return Some(Reentry { contract: inner.target, outer: (at, outer), inner: (index, inner), out });
            }
        }
        None
    })
}

/// A slot that the second entry read and the first one changed only afterwards, if the second entry had an effect.
fn stale_slot(facts: &TxFacts, reentry: &Reentry<'_>) -> Option<U256> {
    let (contract, inner) = (reentry.contract, reentry.inner.1);
    let entry = entry_of(facts, reentry.outer.0);
    let outer = &facts.frames[entry as usize];
    let inside = |at: u32| inner.open < at && at < inner.close;
    let moved = facts.flows.iter().any(|flow| flow.from == contract && inside(flow.at) && !flow.amount.is_zero());
    let wrote = facts.writes.iter().any(|write| write.address == contract && inside(write.at));
    if !moved && !wrote {
        return None;
    }
    // Writing back what is there already counts: all entries may have computed the same from the same stale value.
    let changed = facts.writes.iter().filter(|write| write.address == contract);
    let changed = changed.map(|write| (write.slot, write.at, write.frame, Some(write.after)));
    let idle = facts.idle_writes.iter().filter(|write| target_of(facts, write.frame) == Some(contract));
    let idle = idle.map(|write| (write.slot, write.at, write.frame, None));
    let mut late = changed
        .chain(idle)
        .filter(|(_, at, frame, _)| inner.close < *at && *at < outer.close && entry_of(facts, *frame) == entry);
    let was_read = |slot: U256| {
        let first = facts.reads.partition_point(|read| read.at < inner.open);
        facts.reads[first..]
            .iter()
            .take_while(|read| read.at < inner.close)
            .any(|read| read.slot == slot && target_of(facts, read.frame) == Some(contract))
    };
    // A lock is set before and released after; reading it is not working on stale state.
    let is_lock = |slot: U256, after: U256| {
        facts.writes.iter().any(|write| {
            write.address == contract
                && write.slot == slot
                && outer.open < write.at
                && write.at < inner.open
                && write.before == after
        })
    };
    late.find(|(slot, _, _, after)| was_read(*slot) && !after.is_some_and(|after| is_lock(*slot, after)))
        .map(|(slot, ..)| slot)
}

/// Whose storage a frame acts on.
fn target_of(facts: &TxFacts, frame: u32) -> Option<Address> {
    facts.frames.get(frame as usize).map(|frame| frame.target)
}

/// The frame by which a contract was entered: code it borrows by delegate call still acts as the contract.
fn entry_of(facts: &TxFacts, index: u32) -> u32 {
    let borrowed = |frame: &Frame| matches!(frame.kind, FrameKind::DelegateCall | FrameKind::CallCode);
    ancestors(&facts.frames, index).find(|(_, frame)| !borrowed(frame)).map_or(index, |(at, _)| at)
}

fn finding(ctx: &TxCtx<'_>, reentry: &Reentry<'_>, slot: U256) -> Finding {
    let contract = reentry.contract;
    let name = ctx.scope.name(&ctx.chain.id, contract).map_or_else(|| contract.to_string(), str::to_owned);
    let (outer, inner) = (reentry.outer.1, reentry.inner.1);
    let word =
        |selector: Option<Selector>| selector.map_or_else(|| "its fallback".to_owned(), |of| ctx.scope.function(of));
    let kind = if reentry.out.selector().is_some_and(|selector| TOKEN_CALLBACKS.contains(&selector.0)) {
        "reentrancy/token-callback"
    } else if outer.selector() == inner.selector() {
        "reentrancy/classic"
    } else {
        "reentrancy/cross-function"
    };
    let (entered, unfinished) = (word(inner.selector()), word(outer.selector()));
    let unfinished = if entered == unfinished { "it" } else { &unfinished };
    let message = format!(
        "{name} was entered again in {entered} before {unfinished} had finished, and worked on state that was not yet \
         written"
    );
    let times = ctx.facts.frames.iter().filter(|frame| frame.target == contract && frame.effective).count();
    let call = format!(
        "{name} called {} at depth {}, which came back to it ({times} frames)",
        reentry.out.target, reentry.out.depth
    );
    let storage = format!("slot {slot:#x} of {name} was read inside and written only afterwards");
    Finding::about(contract, message)
        .kind(kind)
        .victim(contract)
        .attacker(ctx.facts.from)
        .attacker(inner.caller)
        .evidence(EvidenceKind::Call, Some(reentry.inner.0), call)
        .evidence(EvidenceKind::Storage, Some(reentry.outer.0), storage)
}
