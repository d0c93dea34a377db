//! Many times as much of a token as there was came into being for nothing, and was sold for nearly all that a pool had.
//!
//! A maker mints freely before there is a market; who mints when there is one takes what the others have paid in. It does
//! not matter by what right: a stolen key, new code behind a proxy, a function without a check.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, Flow, U256};

use crate::{
    DetectError, Detector, Finding, Findings, FlowShape, Indexed, MemoryView, RuleCard, TxCtx, Wake,
    value::{percent, words},
};

pub(crate) const ID: &str = "minted-and-sold";

/// Movements of a transaction that are looked at: whoever mints to thousands gives something away.
const FLOWS_MAX: usize = 256;

/// Finds tokens that came from nowhere and were sold.
pub(crate) struct MintedAndSold {
    card: Arc<RuleCard>,
    times_min: u64,
    share_bp_min: u16,
    seconds: u64,
}

impl MintedAndSold {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let share = card.parameters.number("share_bp_min", 1..=10_000)?;
        let times_min = card.parameters.number("times_min", 1..=1_000_000)?;
        let seconds = card.parameters.number("seconds", 1..=30 * 86_400)?;
        Ok(Self { share_bp_min: u16::try_from(share).unwrap_or(10_000), times_min, seconds, card })
    }
}

impl Detector for MintedAndSold {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Flow(FlowShape::Any)]
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        if facts.flows.len() > FLOWS_MAX {
            return;
        }
        for flow in facts.flows.iter().filter(|flow| flow.from.is_zero()) {
            if let Asset::Erc20(token) = flow.asset
                && self.is_unbacked(facts, flow, token)
            {
                let kept = [&ctx.timestamp.to_be_bytes()[..], flow.to.as_slice(), facts.hash.as_slice()].concat();
                memory.set_last(&[b"minted", token.as_slice()], &kept);
                memory.set_last(&[b"any"], &[]);
            }
        }
        if memory.last(&[b"any"]).is_none() {
            return;
        }
        for flow in facts.flows.iter().filter(|flow| !flow.from.is_zero() && !flow.to.is_zero()) {
            if let Some(finding) = self.sold(ctx, memory, flow) {
                out.raise(finding);
                return;
            }
        }
    }
}

impl MintedAndSold {
    /// Whether somebody was given many times what there was, and gave nothing for it.
    fn is_unbacked(&self, facts: &Indexed<'_>, flow: &Flow, token: Address) -> bool {
        let gives = |account: Address| facts.net_rows(account).iter().any(|net| !net.loss().is_zero());
        if flow.amount.is_zero() || facts.is_new(token) || gives(flow.to) || gives(facts.from) {
            return false;
        }
        // What there was of it grew by the same amount as the receiver's balance did, and stands under nobody's name.
        let grown = facts.writes.iter().filter(|write| write.address == token);
        let mut totals = grown.filter(|write| {
            write.after.checked_sub(write.before) == Some(flow.amount) && facts.key(write.slot).is_none()
        });
        totals.any(|total| !total.before.is_zero() && flow.amount / U256::from(self.times_min) >= total.before)
    }

    /// Whether such a token was given to somebody who gave away nearly all that it had of something else.
    fn sold(&self, ctx: &TxCtx<'_>, memory: &MemoryView<'_>, flow: &Flow) -> Option<Finding> {
        let facts = ctx.facts;
        let Asset::Erc20(token) = flow.asset else { return None };
        let kept = memory.last(&[b"minted", token.as_slice()])?;
        let (time, rest) = kept.split_at_checked(8)?;
        let (minter, tx) = rest.split_at_checked(20)?;
        let (time, minter) = (u64::from_be_bytes(time.try_into().ok()?), Address::from_slice(minter));
        let pool = flow.to;
        if ctx.timestamp.saturating_sub(time) > self.seconds || !ctx.covers(pool) {
            return None;
        }
        let (asset, loss, share) = facts.net_rows(pool).iter().find_map(|net| {
            let loss = Some(net.loss()).filter(|loss| !loss.is_zero() && net.asset != flow.asset)?;
            let (before, _) = facts.holding(pool, &net.asset)?;
            let share = loss.saturating_mul(U256::from(10_000)).checked_div(before)?;
            let share = u16::try_from(share).unwrap_or(10_000).min(10_000);
            (share >= self.share_bp_min).then_some((net.asset, loss, share))
        })?;
        let name = ctx.name(pool);
        let message = format!(
            "{} of what {name} held was bought with {token}, of which {minter} had been given many times what there was",
            percent(share)
        );
        let protected = ctx.protects(pool) || ctx.protects(token);
        let tx = facts::B256::try_from(tx).ok()?;
        let finding = Finding::about(pool, message)
            .severity(if protected { Severity::Critical } else { Severity::High })
            .key(token)
            .victim(pool)
            .victim(token)
            .attacker(facts.from)
            .attacker(minter)
            .evidence_of(tx, EvidenceKind::Flow, format!("{minter} was given {token} and gave nothing"))
            .evidence(
                EvidenceKind::Flow,
                Some(flow.frame),
                format!("{} went to {name}", words(flow.amount, &flow.asset)),
            )
            .loss(pool, asset, loss, Some(share));
        Some(finding)
    }
}
