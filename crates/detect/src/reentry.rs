//! Contracts that were entered again before they had finished, and what the second entry found out of date.
//!
//! A second entry alone is ordinary, and so is a slot that is read inside and written afterwards: a callback that joins
//! a pool reads its total. It matters in three shapes, each of which an honest order of the steps would have prevented:
//!
//! - *spent twice*: both entries read the same slot before either changed it, and something left during the second;
//! - *overwritten*: the second entry changed a slot, and the first one wrote over it what it had computed before;
//! - *believed*: somebody else, whom the callback used, asked the unfinished contract and was told what it changed later.
//!
//! (The first two follow Rodler et al., "Sereum", NDSS 2019, with the added demand of an effect.)

mod accesses;
mod amid;
mod deposit;

pub(crate) use deposit::only_deposits;

use facts::{Address, Asset, Frame, FrameKind, KeyedMap, TxFacts, U256};

use crate::{Indexed, value::ancestors};
use accesses::{Access, Accesses, What};

/// Accesses of one slot that are looked back on from a write. More of them between a stale read and the write that makes
/// it stale are no contract's business.
const LOOK_BACK: usize = 256;

/// Why a second entry mattered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The same claim was used by both entries.
    SpentTwice,
    /// What the second entry had written was lost.
    Overwritten,
    /// Another contract believed what the unfinished one said.
    Believed,
}

/// A second entry that mattered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reentry {
    /// The contract that was entered twice.
    pub(crate) contract: Address,
    /// The frame of its unfinished entry.
    pub(crate) outer: u32,
    /// The call by which it let somebody else in.
    pub(crate) out: u32,
    /// The frame of the second entry.
    pub(crate) inner: u32,
    /// The slot that was out of date.
    pub(crate) slot: U256,
    /// Why it mattered.
    pub(crate) shape: Shape,
    /// Who believed what was out of date; the contract itself in the other shapes.
    pub(crate) misled: Address,
}

/// The first second entry that mattered of each contract, in order of the contracts.
pub(crate) fn reentries(facts: &Indexed<'_>) -> Vec<Reentry> {
    // Contract, intermediary, contract again: with fewer frames there is no second entry.
    if facts.frames.len() < 3 {
        return Vec::new();
    }
    let entered = entered_again(facts);
    if entered.is_empty() {
        return Vec::new();
    }
    let accesses = Accesses::of(facts, &entered);
    let mut found: Vec<Reentry> = Vec::new();
    for slot in accesses.by_slot() {
        let Some(first) = slot.first() else { continue };
        if found.last().is_none_or(|last| last.contract != first.contract)
            && let Some(reentry) = in_slot(facts, slot)
        {
            found.push(reentry);
        }
    }
    for reentry in amid::asked(facts, &entered) {
        if found.iter().all(|other| other.contract != reentry.contract) {
            found.push(reentry);
        }
    }
    found
}

/// Contracts in which a frame began while another entry, with somebody else in between, had not ended; sorted.
fn entered_again(facts: &TxFacts) -> Vec<Address> {
    let mut open: Vec<(Address, u32)> = Vec::new();
    let mut again: Vec<Address> = Vec::new();
    for (index, frame) in (0u32..).zip(&facts.frames) {
        open.retain(|(_, end)| index < *end);
        let is_foreign = frame.caller != frame.target && !borrows(frame);
        if is_foreign && frame.effective && open.iter().any(|(target, _)| *target == frame.target) {
            again.push(frame.target);
        }
        if !borrows(frame) && frame.end > index + 1 {
            open.push((frame.target, frame.end));
        }
    }
    again.sort_unstable();
    again.dedup();
    again
}

/// Code that is borrowed by delegate call acts as the contract that borrowed it.
fn borrows(frame: &Frame) -> bool {
    matches!(frame.kind, FrameKind::DelegateCall | FrameKind::CallCode)
}

/// The first second entry that mattered, seen from one slot's accesses in order of time.
fn in_slot(facts: &TxFacts, accesses: &[Access]) -> Option<Reentry> {
    // Entries are judged once for each other, by the first write that is no lock's.
    let mut judged: KeyedMap<(u32, u32), ()> = KeyedMap::default();
    for (at, late) in accesses.iter().enumerate().filter(|(_, access)| access.what != What::Read) {
        let outer = &facts.frames[late.entry as usize];
        let back = accesses[..at].iter().rev().take(LOOK_BACK).take_while(|access| access.at > outer.open);
        let inside = |access: &&Access| {
            access.entry != late.entry && within(facts, access.entry, late.entry) && access.what == What::Read
        };
        let own = back.clone().filter(|access| access.entry == late.entry);
        let (mut first_read, mut last_read, mut locked) = (None, None, None);
        for early in own {
            match (early.what, late.what) {
                (What::Read, _) => {
                    first_read = Some(early.at);
                    last_read = last_read.or(Some(early.at));
                }
                (What::Write { before, .. }, What::Write { after, .. }) if before == after => locked = Some(early.at),
                _ => {}
            }
        }
        for stale in back.clone().filter(inside) {
            if judged.contains_key(&(late.entry, stale.entry)) {
                continue;
            }
            let inner = &facts.frames[stale.entry as usize];
            let Some(out) = let_out(facts, stale.entry, late.entry) else { continue };
            let opened = facts.frames[out as usize].open;
            if locked.is_some_and(|at| at < opened) {
                continue;
            }
            judged.insert((late.entry, stale.entry), ());
            let reentry = |shape| Reentry {
                contract: late.contract,
                outer: late.entry,
                out,
                inner: stale.entry,
                slot: late.slot,
                shape,
                misled: late.contract,
            };
            // A question changes nothing; what comes of its answer is seen to apart.
            if inner.kind == FrameKind::StaticCall {
                continue;
            }
            let had_read = first_read.is_some_and(|at| at < opened);
            let looked_again = last_read.is_some_and(|at| inner.close < at);
            let changed = |access: &Access| access.entry == stale.entry && matches!(access.what, What::Write { .. });
            if had_read && paid(facts, late.contract, inner) {
                return Some(reentry(Shape::SpentTwice));
            }
            if had_read && !looked_again && back.clone().any(changed) {
                return Some(reentry(Shape::Overwritten));
            }
        }
    }
    None
}

/// Whether one entry lies within another.
fn within(facts: &TxFacts, inner: u32, outer: u32) -> bool {
    let end = facts.frames[outer as usize].end;
    outer < inner && inner < end
}

/// The call by which the outer entry let somebody else in who came back; none if nobody else was there.
fn let_out(facts: &TxFacts, inner: u32, outer: u32) -> Option<u32> {
    let contract = facts.frames[outer as usize].target;
    let on_the_way = ancestors(&facts.frames, inner).skip(1).take_while(|(at, _)| *at != outer);
    on_the_way.filter(|(_, frame)| frame.target != contract).last().map(|(at, _)| at)
}

/// Whether something left the contract, or was issued by it, within a frame.
fn paid(facts: &TxFacts, contract: Address, within: &Frame) -> bool {
    let first = facts.flows.partition_point(|flow| flow.at <= within.open);
    facts.flows[first..].iter().take_while(|flow| flow.at < within.close).any(|flow| {
        let issued = flow.from.is_zero()
            && facts.frames.get(flow.frame as usize).is_some_and(|at| at.target == contract || at.caller == contract);
        !flow.amount.is_zero() && flow.asset != Asset::Erc20(flow.from) && (flow.from == contract || issued)
    })
}
