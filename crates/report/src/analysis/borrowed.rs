//! Flash loans by their shape: given and paid back before the call that asked for them ended, with the borrower at work
//! in between. No lender has to be known for it.

use facts::{Address, Asset, Flow, Frame, FrameKind, TxFacts, U256};

/// Frames around a callback that are searched for the one that asked. Real lenders need two or three.
const REACH: usize = 6;
/// Loans that are told. Whoever borrows more often has told enough.
const LOANS_MAX: usize = 64;

/// A fee is at most one part of so many of a loan. Who pays back more has paid for something else.
const FEE_SHARE: u64 = 10;

/// A loan that was paid back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Loan {
    pub(super) lender: Address,
    pub(super) borrower: Address,
    pub(super) asset: Asset,
    pub(super) amount: U256,
    /// How much more came back.
    pub(super) fee: U256,
    /// The frame that asked.
    pub(super) frame: u32,
}

/// The loans of a transaction, in the order in which they were asked for.
pub(super) fn loans(facts: &TxFacts) -> Vec<Loan> {
    let mut found: Vec<Loan> = Vec::new();
    for (index, callback) in (0u32..).zip(&facts.frames) {
        let does_something = callback.end > index + 1;
        if callback.kind != FrameKind::Call || !callback.effective || callback.depth < 2 || !does_something {
            continue;
        }
        let Some((at, asked)) = asked(&facts.frames, callback) else { continue };
        let borrower = callback.target;
        let given = facts.flows.iter().filter(|flow| asked.open < flow.at && flow.at < callback.open);
        for given in given.filter(|flow| flow.to == borrower && flow.from != borrower && !flow.amount.is_zero()) {
            let Some(back) = returned(&facts.flows, given, callback, asked) else { continue };
            let known = found.iter().any(|loan| loan.frame == at && loan.asset == given.asset);
            if !known && found.len() < LOANS_MAX {
                found.push(Loan {
                    lender: if given.from.is_zero() { asked.target } else { given.from },
                    borrower,
                    asset: given.asset,
                    amount: given.amount,
                    fee: back.amount - given.amount,
                    frame: at,
                });
            }
        }
    }
    found.sort_by_key(|loan| loan.frame);
    found
}

/// The frame around a callback by which the one that is called back asked for it.
fn asked<'a>(frames: &'a [Frame], callback: &Frame) -> Option<(u32, &'a Frame)> {
    let borrower = callback.target;
    let mut next = callback.parent;
    for _ in 0..REACH {
        let at = next?;
        let frame = frames.get(at as usize)?;
        if frame.caller == borrower && frame.target != borrower && frame.kind == FrameKind::Call {
            return Some((at, frame));
        }
        next = frame.parent;
    }
    None
}

/// What was paid back of what was given, during or after the callback and before the call for it ended.
fn returned<'a>(flows: &'a [Flow], given: &Flow, callback: &Frame, asked: &Frame) -> Option<&'a Flow> {
    flows.iter().find(|flow| {
        callback.open < flow.at
            && flow.at < asked.close
            && flow.asset == given.asset
            && flow.amount >= given.amount
            && flow.amount - given.amount <= given.amount / U256::from(FEE_SHARE)
            && (flow.to == given.from || (given.from.is_zero() && flow.from == callback.target))
    })
}
