//! Whoever made a token takes what others paid for it out of its pool.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, KeyedMap, U256};

use crate::{
    DetectError, Detector, Finding, Findings, FlowShape, Indexed, MemoryView, RuleCard, Scope, Span, TxCtx, Wake,
    ledger::{
        dealings,
        takers::{Taken, Takers},
    },
    origins,
    value::{percent, words},
};

pub(crate) const ID: &str = "liquidity-pulled";

/// Finds makers of tokens who leave with what the tokens were paid with.
pub(crate) struct LiquidityPulled {
    card: Arc<RuleCard>,
    payers_min: u64,
    share_bp_min: u16,
    span: Span,
}

impl LiquidityPulled {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let number = |name, max| card.parameters.number(name, 1..=max);
        let (payers_min, span) = (number("payers_min", 500)?, Span::Blocks(number("window_blocks", 1_000_000)?));
        let share_bp_min = u16::try_from(number("share_bp_min", 10_000)?).unwrap_or(10_000);
        Ok(Self { card, payers_min, share_bp_min, span })
    }
}

impl Detector for LiquidityPulled {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Flow(FlowShape::MintOrBurn)]
    }

    fn asks_origins(&self, _: &Scope) -> bool {
        true
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        let takers = Takers::of(facts);
        let burnt: KeyedMap<Address, ()> = burnt(facts).collect();
        for own in facts.net().chunk_by(|one, two| one.account == two.account) {
            let Some(pool) = own.first().map(|net| net.account) else { continue };
            let lost = |net: &&facts::NetChange| {
                let counts = matches!(net.asset, Asset::Erc20(_) | Asset::Native);
                counts && net.asset.contract() != Some(pool) && !net.loss().is_zero()
            };
            // Its shares are burnt, and both sides of it go.
            let (one, other) = match own.iter().filter(lost).collect::<Vec<_>>()[..] {
                [one, other] => (one.asset, other.asset),
                _ => continue,
            };
            if !burnt.contains_key(&pool) || !ctx.covers(pool) {
                continue;
            }
            let is_own =
                |asset: Asset| asset.contract().is_some_and(|token| origins::entity(memory, token) == Some(facts.from));
            let (token, money) = match (is_own(one), is_own(other)) {
                (true, false) => (one, other),
                (false, true) => (other, one),
                _ => continue,
            };
            let enough = dealings::of(memory, pool).is_some_and(|dealings| dealings.payers() >= self.payers_min);
            let taken = takers.taken(memory, pool, money);
            let Some((_, left)) = facts.holding(pool, &money).filter(|_| enough && !taken.amount.is_zero()) else {
                continue;
            };
            let sum = memory.push(&[b"pulled", pool.as_slice()], self.span, taken.amount).sum;
            let share = sum.saturating_mul(U256::from(10_000)) / sum.saturating_add(left).max(U256::ONE);
            if share >= U256::from(self.share_bp_min) {
                let share = u16::try_from(share.saturating_to::<u64>()).unwrap_or(10_000);
                out.raise(finding(ctx, pool, (token, money), &taken, share));
            }
        }
    }
}

/// Accounts whose shares were burnt.
fn burnt(facts: &Indexed<'_>) -> impl Iterator<Item = (Address, ())> {
    let gone = facts.flows_to(Address::ZERO).filter(|flow| !flow.amount.is_zero());
    gone.filter_map(|flow| Some((flow.asset.contract()?, ())))
}

fn finding(ctx: &TxCtx<'_>, pool: Address, (token, money): (Asset, Asset), taken: &Taken, share_bp: u16) -> Finding {
    let from = ctx.facts.from;
    let name = ctx.name(pool);
    let token = token.contract().unwrap_or_default();
    let share = percent(share_bp);
    let message = format!("the maker of {token} took {share} of what it is traded for out of its pool {name}");
    let moved = format!("{} left {name} for {}", words(taken.amount, &money), taken.by.first().unwrap_or(&from));
    let mut finding = Finding::about(pool, message)
        .victim(pool)
        .attacker(from)
        .evidence(EvidenceKind::Flow, Some(taken.frame), moved)
        .evidence(EvidenceKind::Code, None, format!("{from} had put {token} in place"))
        .loss(pool, money, taken.amount, Some(share_bp));
    for account in &taken.by {
        finding = finding.attacker(*account);
    }
    if ctx.protects(pool) { finding.severity(Severity::Critical) } else { finding }
}
