//! Value left a protected contract and nothing came back for it.

mod explained;

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::Address;

use crate::{
    DetectError, Detector, Finding, Findings, FlowShape, Indexed, MemoryView, RuleCard, Scope, TxCtx, Wake,
    value::{Claims, Unreturned, percent, unreturned, words},
};

use explained::explained;

pub(crate) const ID: &str = "drain";

/// Losses of one account that are told.
const TOLD_MAX: usize = 64;

/// Says what share of its holdings a contract lost unreturned, in one transaction.
pub(crate) struct Drain {
    card: Arc<RuleCard>,
    share_bp_min: u16,
    share_bp_critical: u16,
    share_bp_elsewhere: u16,
    victims_elsewhere: usize,
}

impl Drain {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let share = |name| card.parameters.number(name, 1..=10_000).map(|bp| u16::try_from(bp).unwrap_or(10_000));
        let (share_bp_min, share_bp_critical) = (share("share_bp_min")?, share("share_bp_critical")?);
        let share_bp_elsewhere = share("share_bp_elsewhere")?;
        let victims = card.parameters.number("victims_elsewhere", 1..=1_000)?;
        let victims_elsewhere = usize::try_from(victims).unwrap_or(usize::MAX);
        Ok(Self { card, share_bp_min, share_bp_critical, share_bp_elsewhere, victims_elsewhere })
    }

    fn finding(
        &self,
        ctx: &TxCtx<'_>,
        memory: &MemoryView<'_>,
        drivers: &[Address],
        victim: Address,
        rows: &[Unreturned],
    ) -> Finding {
        let worst = rows.iter().filter_map(|row| row.share_bp).max().unwrap_or_default();
        let name = ctx.name(victim);
        let share = percent(worst);
        let message = format!("{name} lost {share} of its holdings in one transaction and got nothing for it");
        let mut finding = Finding::about(victim, message).victim(victim);
        if ctx.protects(victim) {
            if let Some(says) = explained(ctx, memory, rows) {
                finding = finding.severity(Severity::Medium).evidence(EvidenceKind::Call, None, says);
            } else if worst >= self.share_bp_critical {
                finding = finding.severity(Severity::Critical);
            }
        }
        for row in rows.iter().take(TOLD_MAX) {
            let amount = words(row.amount, &row.asset);
            let moved = format!("{amount} left {name} and was neither exchanged nor booked");
            finding = finding.evidence(EvidenceKind::Flow, Some(row.frame), moved);
            if let Some((before, after)) = ctx.facts.holding(victim, &row.asset) {
                let (before, after) = (words(before, &row.asset), words(after, &row.asset));
                let held = format!("{name} held {before} before and {after} after");
                finding = finding.evidence(EvidenceKind::Balance, None, held);
            }
            finding = finding.loss(victim, row.asset, row.amount, row.share_bp);
        }
        drivers.iter().fold(finding, |finding, driver| finding.attacker(*driver))
    }
}

impl Detector for Drain {
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
        let scope = ctx.scope;
        let share_min = if scope.is_everything() { self.share_bp_elsewhere } else { self.share_bp_min };
        let is_candidate = |net: &facts::NetChange| {
            !net.loss().is_zero() && scope.covers(&ctx.chain.id, net.account) && net.account != facts.from
        };
        let candidates = facts.net().iter().filter(|net| is_candidate(net)).count();
        let enough = if scope.is_everything() { self.victims_elsewhere } else { 1 };
        if candidates < enough {
            return;
        }
        // A contract that the sender calls may be the victim itself, so only a stranger to the scope drives.
        let mut drivers = vec![facts.from];
        let may_drive = |to: &Address| match scope.is_everything() {
            true => !is_candidate_of(facts, *to),
            false => !scope.protects(&ctx.chain.id, *to),
        };
        drivers.extend(facts.to.filter(may_drive));
        drivers.extend(facts.codes.iter().map(|code| code.address));
        let mut rows =
            unreturned(facts, &drivers, Claims::BalancesAndDebts, |account| scope.covers(&ctx.chain.id, account));
        rows.retain(|row| row.share_bp.is_some_and(|share| share >= share_min) && !facts.gains(row.account));
        let mut victims: Vec<Address> = rows.iter().map(|row| row.account).collect();
        victims.dedup();
        if victims.len() < enough {
            return;
        }
        // Rows are in order of accounts.
        for own in rows.chunk_by(|one, two| one.account == two.account) {
            let Some(victim) = own.first().map(|row| row.account) else { continue };
            out.raise(self.finding(ctx, memory, &drivers, victim, own));
        }
    }
}

/// Whether the recipient of the transaction is where the value came from.
fn is_candidate_of(facts: &Indexed<'_>, to: Address) -> bool {
    facts.net().iter().any(|net| net.account == to && !net.loss().is_zero() && net.gain().is_zero())
}
