//! The same units of a contract's books were cheap to get and dear to give back, over and over again.
//!
//! A deposit gives units, a withdrawal takes them; whoever does both at one moment gets back what he brought, less a fee.
//! Where each withdrawal takes fewer units than the deposit before it gave for the same, a division rounds for whoever asks.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, Flow, Frame, KeyedMap, U256, Write};

use crate::{
    DetectError, Detector, Finding, Findings, FlowShape, Indexed, MemoryView, RuleCard, TxCtx, Wake,
    ledger::books::{names, written},
    value::{ancestors, words},
};

pub(crate) const ID: &str = "rounding-drain";

/// Writes of one call that are looked at: a deposit needs a handful.
const WRITES_MAX: usize = 24;

/// Finds withdrawals that take too few units, many times.
pub(crate) struct RoundingDrain {
    card: Arc<RuleCard>,
    rounds_min: usize,
}

/// What was brought last, for how many units, and how often more was taken for fewer.
#[derive(Default)]
struct Rounds {
    brought: U256,
    for_units: U256,
    times: usize,
    taken: U256,
    frame: u32,
}

impl RoundingDrain {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let rounds = card.parameters.number("rounds_min", 2..=1_000)?;
        Ok(Self { card, rounds_min: usize::try_from(rounds).unwrap_or(usize::MAX) })
    }
}

impl Detector for RoundingDrain {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Flow(FlowShape::AtWork)]
    }

    fn tx(&self, ctx: &TxCtx<'_>, _: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        if facts.flows.len() < 2 * self.rounds_min || facts.keys.is_empty() || !facts.succeeded() {
            return;
        }
        let mut rounds: KeyedMap<(Address, Asset, Address), Rounds> = KeyedMap::default();
        let mut last = None;
        for flow in &facts.flows {
            // The first movement of a call is what it is about.
            if let Some((contract, user, is_in, call)) = sides(facts, flow)
                && last.replace(call.open) != Some(call.open)
                && let Some(units) = booked(facts, contract, user, is_in, call)
            {
                let rounds = rounds.entry((contract, flow.asset, user)).or_default();
                if is_in {
                    (rounds.brought, rounds.for_units) = (flow.amount, units);
                } else if is_dearer(flow.amount, units, rounds) {
                    rounds.times += 1;
                    rounds.taken = rounds.taken.saturating_add(flow.amount);
                    rounds.frame = flow.frame;
                }
            }
        }
        let mut found: Vec<_> = rounds
            .into_iter()
            .filter(|((contract, ..), rounds)| rounds.times >= self.rounds_min && ctx.covers(*contract))
            .collect();
        found.sort_unstable_by_key(|(key, _)| *key);
        for ((contract, asset, user), rounds) in found {
            out.raise(finding(ctx, contract, asset, user, &rounds));
        }
    }
}

/// Between whom something moved within a call to one of them: the contract, who called it, whether it came to it, the call.
fn sides<'a>(facts: &'a Indexed<'_>, flow: &Flow) -> Option<(Address, Address, bool, &'a Frame)> {
    let mut around = ancestors(&facts.frames, flow.frame).map(|(_, frame)| frame);
    around.find_map(|frame| {
        let (contract, user) = (frame.target, frame.caller);
        let is_in = flow.to == contract && flow.from == user;
        (is_in || (flow.from == contract && flow.to == user)).then_some((contract, user, is_in, frame))
    })
}

/// By how much an entry under the user's name and the total beside it changed together.
fn booked(facts: &Indexed<'_>, contract: Address, user: Address, is_in: bool, call: &Frame) -> Option<U256> {
    let own = || written(facts, call).iter().take(WRITES_MAX).filter(|write| write.address == contract);
    let change = |write: &Write| {
        let (more, less) = if is_in { (write.after, write.before) } else { (write.before, write.after) };
        more.checked_sub(less).filter(|change| !change.is_zero())
    };
    let is_named = |write: &Write| names(facts, write.slot, &|account| account == user);
    let entry = own().find(|entry| {
        change(entry).is_some()
            && is_named(entry)
            && own().any(|other| change(other) == change(entry) && !is_named(other))
    })?;
    change(entry)
}

/// Whether a unit brought half as much again as it had cost.
fn is_dearer(taken: U256, units: U256, rounds: &Rounds) -> bool {
    let (more, less) = (taken.checked_mul(rounds.for_units), rounds.brought.checked_mul(units));
    let (Some(more), Some(less)) = (more, less) else { return false };
    !less.is_zero() && more / U256::from(3) >= less / U256::from(2)
}

fn finding(ctx: &TxCtx<'_>, contract: Address, asset: Asset, user: Address, rounds: &Rounds) -> Finding {
    let name = ctx.name(contract);
    let (times, taken) = (rounds.times, words(rounds.taken, &asset));
    let message = format!("{user} gave {name} too few of its units for what it took, {times} times in one transaction");
    let says = format!("{taken} left {name} for units that had cost at least a third less each time");
    let finding = Finding::about(contract, message).victim(contract).attacker(ctx.facts.from).attacker(user).evidence(
        EvidenceKind::Flow,
        Some(rounds.frame),
        says,
    );
    if ctx.protects(contract) { finding.severity(Severity::Critical) } else { finding }
}
