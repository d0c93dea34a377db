//! Who took something out of a contract: a person, or another contract that the business goes on in.
//!
//! What a vault lends to its strategy, a bridge to its successor, a fund to a market is still there for those who paid
//! it in. What went to a person, or to a contract that he made and acts through, is not.

use facts::{Address, Asset, Flow, Frame, U256};

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
    let is_unwrapped = |flow: &Flow| flow.to.is_zero() || Some(flow.to) == asset.contract();
    let coins = asset != Asset::Native && facts.flows_of(victim, asset).any(is_unwrapped);
    let of_coins = coins.then(|| facts.flows_of(victim, Asset::Native)).into_iter().flatten();
    for flow in facts.flows_of(victim, asset).filter(|flow| !is_unwrapped(flow)).chain(of_coins) {
        if flow.to == victim || flow.amount.is_zero() {
            continue;
        }
        if !is_person(facts, memory, victim, flow) || owes_it(facts, flow.to, flow.amount, asset) {
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

/// Whether what was paid went to an account that has no code as far as was seen, or to a contract of the sender's own that
/// had asked for it and did not pass it on for shares of something else.
fn is_person(facts: &Indexed<'_>, memory: &MemoryView<'_>, victim: Address, flow: &Flow) -> bool {
    let account = flow.to;
    if account == facts.from {
        return true;
    }
    let maker = origins::entity(memory, account);
    if facts.is_new(account) || maker == Some(facts.from) {
        return asked(facts, victim, flow) && keeps_something(facts, account);
    }
    let ran = |frame: &Frame| frame.gas_used > 0 || !frame.output.is_empty();
    maker.is_none()
        && facts.frames_by(account).next().is_none()
        && !facts.frames_of(account).any(|(_, frame)| ran(frame))
}

/// Whether the payee called, and not because the payer had called it.
fn asked(facts: &Indexed<'_>, victim: Address, flow: &Flow) -> bool {
    let mut around = ancestors(&facts.frames, flow.frame).skip_while(|(_, frame)| frame.caller != flow.to);
    around.next().is_some() && around.all(|(_, frame)| frame.target != victim)
}

/// Whether the sender, or a contract of his, has more of something than before that was not made in this transaction.
fn keeps_something(facts: &Indexed<'_>, tool: Address) -> bool {
    let is_made = |asset: Asset| {
        asset.contract().is_some_and(|token| facts.flows_of(Address::ZERO, Asset::Erc20(token)).next().is_some())
    };
    let codeless = |account: Address| !facts.is_new(account) && facts.frames_by(account).next().is_none();
    facts.net.iter().any(|net| {
        let is_theirs = net.account == facts.from || net.account == tool;
        let is_payee = || codeless(net.account) && facts.frames_of(net.account).all(|(_, frame)| frame.gas_used == 0);
        !net.gain().is_zero() && !is_made(net.asset) && !net.account.is_zero() && (is_theirs || is_payee())
    })
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
