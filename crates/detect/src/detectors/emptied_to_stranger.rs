//! An account that had small payments to make sends nearly all of several assets to somebody it never dealt with.
//!
//! That is what is done with stolen keys, and it is what is done when a treasury moves. The difference is in what the
//! account used to do: a bridge, a vault or an escrow pays whoever had paid it. Where one that never paid a stranger pays
//! everything to one, it is not carrying on its business.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Flow, U256};

use crate::{
    DetectError, Detector, Finding, Findings, FlowShape, MemoryView, RuleCard, Scope, TxCtx, Wake,
    ledger::dealings,
    origins,
    value::{percent, words},
};

pub(crate) const ID: &str = "emptied-to-stranger";

/// Assets that are kept in mind of one who pays and one who is paid: an address and a time of each.
const ASSETS_MAX: usize = 8;
const ENTRY: usize = 28;

/// Finds accounts that are emptied asset by asset, unlike themselves.
pub(crate) struct EmptiedToStranger {
    card: Arc<RuleCard>,
    assets_min: usize,
    share_bp_min: u16,
    usual_bp_max: u16,
    payers_min: u64,
    payments_min: u64,
    seconds: u64,
}

impl EmptiedToStranger {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let number = |name, max| card.parameters.number(name, 1..=max);
        let share = |name| number(name, 10_000).map(|share| u16::try_from(share).unwrap_or(10_000));
        let (share_bp_min, usual_bp_max) = (share("share_bp_min")?, share("usual_bp_max")?);
        let payments_min = number("payments_min", 1_000)?;
        let assets_min = usize::try_from(number("assets_min", ASSETS_MAX as u64)?).unwrap_or(ASSETS_MAX);
        let payers_min = number("payers_min", 200)?;
        let seconds = number("seconds", 30 * 86_400)?;
        Ok(Self { card, assets_min, share_bp_min, usual_bp_max, payers_min, payments_min, seconds })
    }

    /// What an account paid: notes it, and says so if too much has gone to one stranger.
    fn paid(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, flow: &Flow) -> Option<Finding> {
        let facts = ctx.facts;
        let (payer, payee) = (flow.from, flow.to);
        let (before, _) = facts.holding(payer, &flow.asset)?;
        let share = flow.amount.saturating_mul(U256::from(10_000)).checked_div(before)?;
        let share = u16::try_from(share).unwrap_or(10_000).min(10_000);
        let is_usual = share <= self.usual_bp_max && payer != facts.from;
        if share < self.share_bp_min && !is_usual {
            return None;
        }
        // Nobody pays a person in.
        let (is_known, payers) = if payer == facts.from {
            (false, 0)
        } else {
            let dealings = dealings::of(memory, payer)?;
            (dealings.has_paid(payee), dealings.payers())
        };
        if share < self.share_bp_min || is_known {
            if is_usual {
                let to: &[u8] = if is_known { b"paid-known" } else { b"paid-others" };
                memory.add_count(&[to, payer.as_slice()], 1);
            }
            return None;
        }
        let gone = self.gone(ctx, memory, flow)?;
        if gone < self.assets_min || !ctx.covers(payer) {
            return None;
        }
        let is_moved =
            origins::entity(memory, payee).is_some_and(|maker| Some(maker) == origins::entity(memory, payer));
        let pays_its_payers = payers >= self.payers_min
            && memory.count(&[b"paid-known", payer.as_slice()]) >= self.payments_min
            && memory.count(&[b"paid-others", payer.as_slice()]) == 0;
        let protected = ctx.protects(payer);
        let severity = match (pays_its_payers && !is_moved, protected) {
            (true, true) => Severity::Critical,
            (true, false) => Severity::High,
            (false, true) => Severity::Medium,
            (false, false) => Severity::Low,
        };
        let name = ctx.name(payer);
        let habit = if pays_its_payers { ", and never had it paid anybody who had not paid it" } else { "" };
        let message =
            format!("{name} sent next to all of {gone} assets to {payee}, with whom it had no dealings{habit}");
        let what = words(flow.amount, &flow.asset);
        let says = format!("{what}, {} of what it held, went to {payee}", percent(share));
        let finding = Finding::about(payer, message)
            .severity(severity)
            .key(payee)
            .victim(payer)
            .attacker(facts.from)
            .attacker(payee)
            .evidence(EvidenceKind::Flow, Some(flow.frame), says)
            .loss(payer, flow.asset, flow.amount, Some(share));
        Some(finding)
    }
}

impl EmptiedToStranger {
    /// Notes that next to all of an asset went from one to another, and says of how many assets that is true within the
    /// span; nothing if it had gone before.
    fn gone(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, flow: &Flow) -> Option<usize> {
        let key: &[&[u8]] = &[b"gone", flow.from.as_slice(), flow.to.as_slice()];
        let asset = flow.asset.contract().unwrap_or_default();
        let is_lately = |entry: &&[u8]| {
            let since = entry.last_chunk().map_or(0, |time| u64::from_be_bytes(*time));
            ctx.timestamp.saturating_sub(since) < self.seconds
        };
        let known = memory.last(key).unwrap_or_default().chunks_exact(ENTRY).filter(is_lately);
        let mut entries: Vec<&[u8]> = known.collect();
        if entries.iter().any(|entry| entry.starts_with(asset.as_slice())) {
            return None;
        }
        let new = [asset.as_slice(), &ctx.timestamp.to_be_bytes()].concat();
        entries.push(&new);
        let first = entries.len().saturating_sub(ASSETS_MAX);
        let (gone, bytes) = (entries.len(), entries[first..].concat());
        memory.set_last(key, &bytes);
        Some(gone)
    }
}

impl Detector for EmptiedToStranger {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Flow(FlowShape::Any)]
    }

    fn asks_origins(&self, _: &Scope) -> bool {
        true
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        // A plain payment: one thing goes from one to another, and nothing comes back.
        let [flow] = facts.facts().flows.as_slice() else { return };
        if flow.amount.is_zero() || flow.from.is_zero() || flow.to.is_zero() || !facts.facts().codes.is_empty() {
            return;
        }
        if let Some(finding) = self.paid(ctx, memory, flow) {
            out.raise(finding);
        }
    }
}
