//! Questions to a contract that has not finished, asked by somebody who acts on the answer.
//!
//! The contract need not be entered for good: a view is enough. What it answers may rest on its own storage or on that
//! of others, such as its balance of a token.

use std::collections::BTreeSet;

use facts::{Address, Frame, FrameKind, TxFacts, U256};

use super::{Reentry, Shape, let_out};
use crate::{
    Indexed,
    value::{ancestors, is_withdrawal},
};

/// Questions that are looked at in one transaction; an attack repeats itself.
const QUESTIONS_MAX: usize = 256;

/// `transfer(address,uint256)` and `transferFrom(address,address,uint256)` (ERC-20).
const TRANSFERS: [[u8; 4]; 2] = [[0xa9, 0x05, 0x9c, 0xbb], [0x23, 0xb8, 0x72, 0xdd]];

/// A storage slot of an account.
type Place = (Address, U256);

/// Questions whose answers were no longer true when the contract had finished, one for each contract at most.
pub(super) fn asked(facts: &Indexed<'_>, entered: &[Address]) -> Vec<Reentry> {
    let mut found: Vec<Reentry> = Vec::new();
    let questions = (0u32..).zip(&facts.frames).filter(|(_, frame)| {
        frame.kind == FrameKind::StaticCall && frame.effective && entered.binary_search(&frame.target).is_ok()
    });
    for (question, frame) in questions.take(QUESTIONS_MAX) {
        if found.iter().any(|reentry| reentry.contract == frame.target) {
            continue;
        }
        let mut around = ancestors(&facts.frames, question).skip(1);
        let Some((outer, unfinished)) = around.find(|(_, outer)| outer.target == frame.target) else { continue };
        // Tokens that take a tax sell it in the middle of a transfer, to a pool that asks for its balance.
        if unfinished.selector().is_some_and(|selector| TRANSFERS.contains(&selector.0)) {
            continue;
        }
        let Some(out) = let_out(facts, question, outer) else { continue };
        let Some(misled) = misled(facts, question, out) else { continue };
        if let Some((_, slot)) = outdated(facts, frame, outer, out) {
            let (contract, inner) = (frame.target, question);
            found.push(Reentry { contract, outer, out, inner, slot, shape: Shape::Believed, misled });
        }
    }
    found
}

/// A slot that the answer rested on and that was changed once the callback had ended, before the contract had finished.
fn outdated(facts: &TxFacts, question: &Frame, outer: u32, out: u32) -> Option<Place> {
    let (outer, out) = (facts.frames.get(outer as usize)?, facts.frames.get(out as usize)?);
    let first = facts.reads.partition_point(|read| read.at < question.open);
    let target = |frame: u32| facts.frames.get(frame as usize).map(|frame| frame.target);
    let read: BTreeSet<Place> = facts.reads[first..]
        .iter()
        .take_while(|read| read.at < question.close)
        .filter_map(|read| Some((target(read.frame)?, read.slot)))
        .collect();
    let first = facts.writes.partition_point(|write| write.at < out.close);
    let late = facts.writes[first..].iter().take_while(|write| write.at < outer.close);
    // A lock is set before and put back after.
    let first = facts.writes.partition_point(|write| write.at <= outer.open);
    let early = facts.writes[first..].iter().take_while(|early| early.at < out.open);
    let early = early.filter(|early| read.contains(&(early.address, early.slot)));
    let early: BTreeSet<(Place, U256)> = early.map(|early| ((early.address, early.slot), early.before)).collect();
    let is_lock = |write: &facts::Write| early.contains(&((write.address, write.slot), write.after));
    late.filter(|write| read.contains(&(write.address, write.slot)))
        .find(|write| !is_lock(write))
        .map(|write| (write.address, write.slot))
}

/// Who asked the unfinished contract on behalf of whoever it had let in, and did something with the answer: a contract
/// between the code that acts for the sender and the question.
fn misled(facts: &Indexed<'_>, question: u32, out: u32) -> Option<Address> {
    let frames = &facts.frames;
    let way: Vec<(u32, &Frame)> = ancestors(frames, question).skip(1).take_while(|(at, _)| *at >= out).collect();
    let actors = actors(facts, out);
    let acts = |account: Address| actors.binary_search(&account).is_ok() || facts.is_new(account);
    let actor = way.iter().position(|(_, frame)| acts(frame.target))?;
    // The outermost of those whom it used.
    let (at, used) = way.get(actor.checked_sub(1)?)?;
    let asked = frames.get(question as usize)?.target;
    let span = *at..used.end;
    let wrote = || facts.writes.iter().any(|write| write.address != asked && span.contains(&write.frame));
    // Movements are in order; those of a frame lie between its beginning and its end.
    let first = facts.flows.partition_point(|flow| flow.at < used.open);
    let flows = facts.flows[first..].iter().take_while(|flow| flow.at <= used.close);
    let mut moved = flows.filter(|flow| span.contains(&flow.frame) && !flow.amount.is_zero()).peekable();
    if moved.peek().is_none() {
        return wrote().then_some(used.target);
    }
    // Whoever pays in at the same time trades at the price that is asked; an advantage is to be given something.
    let (mut given, mut paid) = (false, false);
    for flow in moved {
        given |= acts(flow.to) && !is_withdrawal(facts, flow);
        paid |= acts(flow.from);
    }
    (given && !paid).then_some(used.target)
}

/// Whose code acts for the sender, beside what was made on the way: it was called by it, or asked the unfinished contract
/// itself. In order.
fn actors(facts: &TxFacts, out: u32) -> Vec<Address> {
    let callers = ancestors(&facts.frames, out).skip(1).map(|(_, frame)| frame.caller);
    let mut actors: Vec<Address> = facts.to.into_iter().chain(callers).collect();
    actors.sort_unstable();
    actors
}
