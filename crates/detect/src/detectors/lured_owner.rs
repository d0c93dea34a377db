//! A contract obeyed the sender of the transaction, who had not called it: `tx.origin` was taken for consent.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::Address;

use crate::{
    DetectError, Detector, Finding, Findings, FlowShape, Indexed, MemoryView, RuleCard, Scope, TxCtx, Wake,
    authority::obeys_origin_alone,
    origins,
    value::{Claims, Unreturned, percent, unreturned, words},
};

pub(crate) const ID: &str = "lured-owner";

/// Finds payments that somebody else's contract asked for in the name of whoever called that.
pub(crate) struct LuredOwner {
    card: Arc<RuleCard>,
    share_bp_min: u16,
}

impl LuredOwner {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let share = card.parameters.number("share_bp_min", 1..=10_000)?;
        Ok(Self { share_bp_min: u16::try_from(share).unwrap_or(10_000), card })
    }
}

impl Detector for LuredOwner {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Flow(FlowShape::AtWork)]
    }

    fn asks_origins(&self, _: &Scope) -> bool {
        true
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        if !facts.frames.iter().any(|frame| frame.asks_origin && frame.effective) {
            return;
        }
        let drivers = [facts.from];
        for row in unreturned(facts, &drivers, Claims::BalancesAndDebts, |account| ctx.covers(account)) {
            let Some(entry) = row.entry(facts).filter(|entry| obeys_origin_alone(facts, *entry)) else { continue };
            let Some(caller) = facts.frames.get(entry as usize).map(|frame| frame.caller) else { continue };
            let is_own = origins::entity(memory, caller) == Some(facts.from) || facts.is_new(caller);
            let Some(taker) = taker(facts, &row) else { continue };
            if !is_own && row.share_bp.is_some_and(|share| share >= self.share_bp_min) {
                out.raise(finding(ctx, &row, entry, caller, taker));
            }
        }
    }
}

/// Who got the largest part of it, unless that is the sender, or somebody whom he named.
fn taker(facts: &Indexed<'_>, row: &Unreturned) -> Option<Address> {
    let taker = facts.flows_of(row.account, row.asset).max_by_key(|flow| flow.amount)?.to;
    let input = facts.frames.first()?.input.get(4..).unwrap_or_default();
    let named = input.windows(20).any(|part| part == taker.as_slice());
    (taker != facts.from && !named).then_some(taker)
}

fn finding(ctx: &TxCtx<'_>, row: &Unreturned, entry: u32, caller: Address, taker: Address) -> Finding {
    let victim = row.account;
    let name = ctx.name(victim);
    let share = row.share_bp.map(percent).unwrap_or_default();
    let message = format!("{name} paid {share} of what it held to {taker} because its owner had called {caller}");
    let asked = format!("{caller} called {name}, which asked only who had sent the transaction");
    let moved = format!("{} left {name} and nothing came back", words(row.amount, &row.asset));
    let finding = Finding::about(victim, message)
        .victim(victim)
        .victim(ctx.facts.from)
        .attacker(caller)
        .attacker(taker)
        .evidence(EvidenceKind::Flow, Some(row.frame), moved)
        .evidence(EvidenceKind::Call, Some(entry), asked)
        .loss(victim, row.asset, row.amount, row.share_bp);
    if ctx.protects(victim) { finding.severity(Severity::Critical) } else { finding }
}
