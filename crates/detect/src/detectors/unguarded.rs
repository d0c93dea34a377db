//! A contract paid out a large part of what it held to whoever asked, without asking who that was.

use std::{cell::LazyCell, sync::Arc};

use case::{EvidenceKind, Severity};
use facts::Address;

use crate::{
    DetectError, Detector, Finding, Findings, FlowShape, Indexed, MemoryView, RuleCard, TxCtx, Wake,
    authority::{Guard, guard, proves_each},
    value::{Claims, Unreturned, percent, unreturned, words},
};

pub(crate) const ID: &str = "unguarded-payout";

/// Finds payouts to strangers.
pub(crate) struct Unguarded {
    card: Arc<RuleCard>,
    share_bp_min: u16,
}

impl Unguarded {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let share = card.parameters.number("share_bp_min", 1..=10_000)?;
        Ok(Self { share_bp_min: u16::try_from(share).unwrap_or(10_000), card })
    }
}

impl Detector for Unguarded {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Flow(FlowShape::AtWork)]
    }

    fn tx(&self, ctx: &TxCtx<'_>, _: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        // Whoever is paid has called somebody.
        if facts.frames.len() < 2 || facts.keys.len() + facts.reads.len() + facts.balances.len() == 0 {
            return;
        }
        let candidate =
            |net: &facts::NetChange| !net.loss().is_zero() && net.account != facts.from && ctx.covers(net.account);
        if !facts.net().iter().any(candidate) {
            return;
        }
        let mut drivers = vec![facts.from];
        drivers.extend(facts.codes.iter().map(|code| code.address));
        let proves = LazyCell::new(|| proves_each(facts));
        let counts = |account| ctx.covers(account);
        for row in unreturned(facts, &drivers, Claims::BalancesAndDebts, counts) {
            if row.share_bp.is_none_or(|share| share < self.share_bp_min) || facts.gains(row.account) {
                continue;
            }
            let Some(entry) = row.entry(facts) else { continue };
            let Some(taker) = taker(facts, &row, entry) else { continue };
            // An address in the code cannot be seen: a wallet of one owner looks at its caller and consults nothing.
            if guard(facts, entry) != Guard::Open || *proves {
                continue;
            }
            out.raise(finding(ctx, &row, entry, taker));
        }
    }
}

/// Who got the largest part of it, if the caller named it. Code that pays somebody without having looked at its caller
/// or having been told of him has his address written into it.
fn taker(facts: &Indexed<'_>, row: &Unreturned, entry: u32) -> Option<Address> {
    let taker = facts.flows_of(row.account, row.asset).max_by_key(|flow| flow.amount)?.to;
    let input = &facts.frames.get(entry as usize)?.input;
    let named = input.get(4..).unwrap_or_default().windows(20).any(|part| part == taker.as_slice());
    named.then_some(taker)
}

fn finding(ctx: &TxCtx<'_>, row: &Unreturned, entry: u32, taker: Address) -> Finding {
    let victim = row.account;
    let name = ctx.name(victim);
    let share = row.share_bp.map(percent).unwrap_or_default();
    let message = format!("{name} paid {share} of what it held to {taker}, without asking who was calling");
    let asked = format!("{name} did not look at who called it");
    let moved = format!("{} left {name} and nothing came back", words(row.amount, &row.asset));
    let finding = Finding::about(victim, message)
        .victim(victim)
        .attacker(ctx.facts.from)
        .attacker(taker)
        .evidence(EvidenceKind::Flow, Some(row.frame), moved)
        .evidence(EvidenceKind::Storage, Some(entry), asked)
        .loss(victim, row.asset, row.amount, row.share_bp);
    if ctx.protects(victim) { finding.severity(Severity::Critical) } else { finding }
}
