//! Questions to a contract that has not finished, asked by somebody who acts on the answer.
//!
//! The contract need not be entered for good: a view is enough. What it answers may rest on its own storage or on that
//! of others, such as its balance of a token.

use std::collections::BTreeSet;

use facts::{Address, Frame, FrameKind, TxFacts, U256};

use super::{Reentry, Shape, let_out};
use crate::value::{ancestors, is_withdrawal};

/// Questions that are looked at in one transaction; an attack repeats itself.
const QUESTIONS_MAX: usize = 256;

/// `transfer(address,uint256)` and `transferFrom(address,address,uint256)` (ERC-20).
const TRANSFERS: [[u8; 4]; 2] = [[0xa9, 0x05, 0x9c, 0xbb], [0x23, 0xb8, 0x72, 0xdd]];

/// A storage slot of an account.
type Place = (Address, U256);

/// Questions whose answers were no longer true when the contract had finished, one for each contract at most.
pub(super) fn asked(facts: &TxFacts, entered: &[Address]) -> Vec<Reentry> {
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
    let is_lock = |write: &facts::Write| {
        let early = facts.writes.iter().take_while(|early| early.at < out.open);
        early
            .filter(|early| early.at > outer.open)
            .any(|early| (early.address, early.slot) == (write.address, write.slot) && early.before == write.after)
    };
    late.filter(|write| read.contains(&(write.address, write.slot)))
        .find(|write| !is_lock(write))
        .map(|write| (write.address, write.slot))
}

/// Who asked the unfinished contract on behalf of whoever it had let in, and did something with the answer: a contract
/// between the code that acts for the sender and the question.
fn misled(facts: &TxFacts, question: u32, out: u32) -> Option<Address> {
    let frames = &facts.frames;
    let way: Vec<(u32, &Frame)> = ancestors(frames, question).skip(1).take_while(|(at, _)| *at >= out).collect();
    let actor = way.iter().position(|(_, frame)| acts_for_sender(facts, frame.target, out))?;
    // The outermost of those whom it used.
    let (at, used) = way.get(actor.checked_sub(1)?)?;
    let asked = frames.get(question as usize)?.target;
    let span = *at..used.end;
    let wrote = || facts.writes.iter().any(|write| write.address != asked && span.contains(&write.frame));
    let mut moved = facts.flows.iter().filter(|flow| span.contains(&flow.frame) && !flow.amount.is_zero()).peekable();
    if moved.peek().is_none() {
        return wrote().then_some(used.target);
    }
    // Whoever pays in at the same time trades at the price that is asked; an advantage is to be given something.
    let (mut given, mut paid) = (false, false);
    for flow in moved {
        given |= acts_for_sender(facts, flow.to, out) && !is_withdrawal(facts, flow);
        paid |= acts_for_sender(facts, flow.from, out);
    }
    (given && !paid).then_some(used.target)
}

/// Whether code acts for the sender: it was called by it, made on the way, or asked the unfinished contract itself.
fn acts_for_sender(facts: &TxFacts, account: Address, out: u32) -> bool {
    facts.to == Some(account)
        || facts.codes.iter().any(|code| code.address == account)
        || ancestors(&facts.frames, out).skip(1).any(|(_, frame)| frame.caller == account)
}
