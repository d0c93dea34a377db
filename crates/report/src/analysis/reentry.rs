//! Contracts that were entered again while an earlier call of them was not done.

use std::collections::{BTreeMap, BTreeSet};

use facts::{Address, B256, Frame, FrameKind, Read, TxFacts, U256};

/// Re-entries that are told. A loop of thousands is one story.
const REENTRIES_MAX: usize = 256;

/// A contract entered again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reentry {
    pub(super) account: Address,
    pub(super) frame: u32,
    pub(super) outer: u32,
    pub(super) by: Address,
    pub(super) read_only: bool,
    pub(super) stale_slot: Option<B256>,
}

/// Every frame that enters a contract from outside while it is at work, in order.
pub(super) fn reentries(facts: &TxFacts) -> Vec<Reentry> {
    let frames = &facts.frames;
    let mut found = Vec::new();
    let mut reads: BTreeMap<U256, Vec<&Read>> = BTreeMap::new();
    facts.reads.iter().for_each(|read| reads.entry(read.slot).or_default().push(read));
    // The chain of frames around the present one, outermost first.
    let mut around: Vec<u32> = Vec::new();
    for (index, frame) in (0u32..).zip(frames) {
        around.truncate(usize::from(frame.depth).min(around.len()));
        let from_outside = around.last().is_some_and(|last| frames[*last as usize].target != frame.target);
        let creates = matches!(frame.kind, FrameKind::Create | FrameKind::Create2);
        if from_outside && !creates && !frame.target.is_zero() {
            let outer = around.iter().rev().copied().find(|at| frames[*at as usize].target == frame.target);
            if let Some(outer) = outer
                && found.len() < REENTRIES_MAX
            {
                found.push(Reentry {
                    account: frame.target,
                    frame: index,
                    outer,
                    by: frame.caller,
                    read_only: is_static(frames, index),
                    stale_slot: stale(facts, &reads, outer, frame).map(|slot| B256::from(slot.to_be_bytes())),
                });
            }
        }
        around.push(index);
    }
    found
}

/// Whether a frame, or one around it, may change nothing.
fn is_static(frames: &[Frame], index: u32) -> bool {
    let mut next = Some(index);
    while let Some(frame) = next.and_then(|at| frames.get(at as usize)) {
        if frame.kind == FrameKind::StaticCall {
            return true;
        }
        next = frame.parent;
    }
    false
}

/// A slot that the outer call had read before it was entered again, and wrote after, where what happened inside was more
/// than a look: the slot was written inside too, or it was read inside and value left the account. Calls of a proxy and
/// of the code behind it count as one.
fn stale(facts: &TxFacts, reads: &BTreeMap<U256, Vec<&Read>>, outer: u32, inner: &Frame) -> Option<U256> {
    let frames = &facts.frames;
    let whole = frames.get(outer as usize)?;
    let own = |frame: u32| {
        frames.get(frame as usize).is_some_and(|at| at.target == whole.target && frame >= outer && frame < whole.end)
    };
    let inside = |at: u32| inner.open < at && at < inner.close;
    let changed = facts.writes.iter().map(|write| (write.slot, write.frame, write.at));
    let idle = facts.idle_writes.iter().map(|write| (write.slot, write.frame, write.at));
    let written: Vec<(U256, u32)> =
        changed.chain(idle).filter(|(_, frame, _)| own(*frame)).map(|(slot, _, at)| (slot, at)).collect();
    // Each slot is looked at once: a loop that writes one slot ten thousand times costs no more than one that does it once.
    let after: BTreeSet<U256> = written.iter().filter(|(_, at)| *at > inner.close).map(|(slot, _)| *slot).collect();
    let within: BTreeSet<U256> = written.iter().filter(|(_, at)| inside(*at)).map(|(slot, _)| *slot).collect();
    let paid = || facts.flows.iter().any(|flow| flow.from == whole.target && inside(flow.at));
    let paid = !after.is_empty() && paid();
    after.into_iter().find(|slot| {
        let used = reads.get(slot).map(Vec::as_slice).unwrap_or_default();
        let mut used = used.iter().filter(|read| own(read.frame));
        used.clone().any(|read| read.at < inner.open)
            && (within.contains(slot) || (paid && used.any(|read| inside(read.at))))
    })
}
