//! Who took something out of a contract: a person, or another contract that the business goes on in.
//!
//! What a vault lends to its strategy, a bridge to its successor, a fund to a market is still there for those who paid
//! it in. What went to a person, or to a contract that he made and acts through, is not.

use facts::{Address, Asset, U256};

use crate::{Indexed, MemoryView, origins, value::ancestors};

/// How many times more or less than what was taken a debt may be booked as: interest, and indexes that it is divided by.
const SCALE_MAX: u64 = 2;

/// What people took of one asset out of one account.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// Who, in order.
    pub(crate) by: Vec<Address>,
    /// How much together.
    pub(crate) amount: U256,
    /// The frame of the largest movement.
    pub(crate) frame: u32,
}

/// What people took of an asset out of an account, debts that were booked for it left out.
pub(crate) fn taken(facts: &Indexed<'_>, memory: &MemoryView<'_>, victim: Address, asset: Asset) -> Taken {
    let mut taken = Taken::default();
    let mut largest = U256::ZERO;
    for flow in facts.flows_of(victim, asset) {
        if flow.to.is_zero() || flow.to == victim || flow.amount.is_zero() {
            continue;
        }
        if !is_person(facts, memory, flow.to, flow.frame) || owes_it(facts, flow.to, flow.amount, asset) {
            continue;
        }
        taken.by.push(flow.to);
        taken.amount = taken.amount.saturating_add(flow.amount);
        if flow.amount > largest {
            (largest, taken.frame) = (flow.amount, flow.frame);
        }
    }
    taken.by.sort_unstable();
    taken.by.dedup();
    taken
}

/// Whether an account has no code as far as was seen, or is a contract of the sender's own on the way to the frame `at`.
fn is_person(facts: &Indexed<'_>, memory: &MemoryView<'_>, account: Address, at: u32) -> bool {
    if account == facts.from {
        return true;
    }
    let maker = origins::entity(memory, account);
    if facts.is_new(account) || maker == Some(facts.from) {
        return ancestors(&facts.frames, at).any(|(_, frame)| frame.caller == account);
    }
    let ran = |frame: &facts::Frame| frame.gas_used > 0 || !frame.output.is_empty();
    maker.is_none()
        && facts.frames_by(account).next().is_none()
        && !facts.frames_of(account).any(|(_, frame)| ran(frame))
}

/// Whether a book says that somebody who was paid, or who asked for it, owes about as much since.
fn owes_it(facts: &Indexed<'_>, payee: Address, amount: U256, asset: Asset) -> bool {
    let scale = U256::from(SCALE_MAX);
    facts.changed().any(|(first, last)| {
        let more = last.after.saturating_sub(first.before);
        let is_about = more >= amount / scale && more <= amount.saturating_mul(scale);
        let is_holding = asset.contract() == Some(first.address);
        is_about && !is_holding && facts.key(first.slot).is_some_and(|key| key.names(payee) || key.names(facts.from))
    })
}
