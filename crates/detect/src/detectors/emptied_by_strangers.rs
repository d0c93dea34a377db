//! Somebody who never had to do with a contract took nearly all that many had paid into it.
//!
//! Every single payment may look proper: signed, proved, booked. That one who never paid in comes for the first time and
//! leaves with all of it, out of more than one pocket, is what thieves do, and hardly anybody else.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, U256};

use crate::{
    DetectError, Detector, Finding, Findings, FlowShape, Indexed, MemoryView, RuleCard, Scope, Span, TxCtx, Wake,
    authority::{consulted, is_office, proves_each},
    ledger::{
        dealings,
        takers::{Taken, Takers},
    },
    origins,
    value::{Claims, Unreturned, percent, unreturned, words},
};

pub(crate) const ID: &str = "emptied-by-strangers";

/// Finds strangers who leave nothing.
pub(crate) struct EmptiedByStrangers {
    card: Arc<RuleCard>,
    payers_min: u64,
    share_bp_min: u16,
    window_blocks: u64,
    stranger_blocks: u64,
}

impl EmptiedByStrangers {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let number = |name, max| card.parameters.number(name, 1..=max);
        let (payers_min, stranger_blocks) = (number("payers_min", 500)?, number("stranger_blocks", 10_000_000)?);
        let share_bp_min = u16::try_from(number("share_bp_min", 10_000)?).unwrap_or(10_000);
        let window_blocks = number("window_blocks", 1_000_000)?;
        Ok(Self { card, payers_min, share_bp_min, window_blocks, stranger_blocks })
    }

    /// Whether this contract's payers are all known, and neither the sender nor who was paid is one of them, nor has the
    /// sender been here for long.
    fn is_stranger(&self, ctx: &TxCtx<'_>, memory: &MemoryView<'_>, victim: Address, taken: &Taken) -> bool {
        let Some(dealings) = dealings::of(memory, victim) else { return false };
        let (from, now) = (ctx.facts.from, ctx.block.number);
        let is_new = dealings.caller_since(from).is_none_or(|since| now.saturating_sub(since) < self.stranger_blocks);
        // Whoever is not known to have been there since it was made may have had to do with it before anybody looked.
        let is_known = origins::entity(memory, victim).is_some_and(|maker| maker != from);
        is_known
            && is_new
            && dealings.payers() >= self.payers_min
            && !dealings.has_paid(from)
            && !dealings.has_helped(from)
            && !taken.by.iter().any(|taker| dealings.has_paid(*taker))
    }
}

impl Detector for EmptiedByStrangers {
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
        if facts.frames.len() < 2 || !facts.succeeded() || facts.reads.is_empty() {
            return;
        }
        let enough = |account: Address| {
            ctx.covers(account)
                && dealings::of(memory, account).is_some_and(|dealings| dealings.payers() >= self.payers_min)
        };
        if !facts.net().iter().any(|net| !net.loss().is_zero() && net.account != facts.from && enough(net.account)) {
            return;
        }
        let mut drivers = vec![facts.from];
        drivers.extend(facts.codes.iter().map(|code| code.address));
        let takers = Takers::of(facts);
        for row in unreturned(facts, &drivers, Claims::BalancesAndDebts, enough) {
            let Some(entry) = row.entry(facts).filter(|_| !facts.gains(row.account)) else { continue };
            let taken = takers.taken(memory, row.account, row.asset);
            if taken.amount.is_zero() || !self.is_stranger(ctx, memory, row.account, &taken) || is_let_in(facts, entry)
            {
                continue;
            }
            let Some((_, left)) = facts.holding(row.account, &row.asset) else { continue };
            let asset = row.asset.contract().unwrap_or_default();
            let at: &[&[u8]] = &[b"taken", row.account.as_slice(), asset.as_slice()];
            let sum = memory.push(at, Span::Blocks(self.window_blocks), taken.amount).sum;
            let share = sum.saturating_mul(U256::from(10_000)) / sum.saturating_add(left).max(U256::ONE);
            if share < U256::from(self.share_bp_min) {
                continue;
            }
            // Pockets that are emptied on different days say nothing of each other.
            let day = (ctx.block.number / self.window_blocks).to_be_bytes();
            let pockets: &[&[u8]] = &[b"emptied", row.account.as_slice(), &day];
            memory.insert(pockets, asset.as_slice());
            // A token that hardly anybody holds may well be one holder's.
            let is_money = row.asset == Asset::Native || ctx.chain.wrapped.contains(&asset);
            if is_money || memory.distinct(pockets) >= 2 {
                let share = u16::try_from(share.saturating_to::<u64>()).unwrap_or(10_000);
                out.raise(finding(ctx, &row, entry, &taken, sum, share));
            }
        }
    }
}

/// Whether the sender holds an office, or proved that it is one of those who were meant.
fn is_let_in(facts: &Indexed<'_>, entry: u32) -> bool {
    let holds = || consulted(facts, entry).is_some_and(|asked| asked.own.iter().any(|read| is_office(facts, read)));
    holds() || proves_each(facts)
}

fn finding(ctx: &TxCtx<'_>, row: &Unreturned, entry: u32, taken: &Taken, sum: U256, share_bp: u16) -> Finding {
    let (victim, from) = (row.account, ctx.facts.from);
    let name = ctx.name(victim);
    let share = percent(share_bp);
    let message = format!("{name} paid {share} of what it held to people who had never had to do with it");
    let stranger = format!("{from} called on {name} for the first time, and never paid it anything");
    let moved = format!("{} went to strangers, {} of it now", words(sum, &row.asset), words(taken.amount, &row.asset));
    let mut finding = Finding::about(victim, message)
        .victim(victim)
        .attacker(from)
        .evidence(EvidenceKind::Flow, Some(taken.frame), moved)
        .evidence(EvidenceKind::Call, Some(entry), stranger)
        .loss(victim, row.asset, taken.amount, row.share_bp);
    for account in &taken.by {
        finding = finding.attacker(*account);
    }
    if ctx.protects(victim) { finding.severity(Severity::Critical) } else { finding }
}
