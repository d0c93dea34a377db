//! Who had put holders on a token's list sold the token to a pool for most of what the pool had.
//!
//! A list alone is ordinary: of bots, of sanctions, of whoever pays no fee. What such a list is for shows when those on it
//! cannot sell and its keeper does.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, FrameStatus, U256};

use crate::{
    DetectError, Detector, Finding, Findings, Indexed, MemoryView, RuleCard, TxCtx, Wake,
    value::{ancestors, percent, words},
};

pub(crate) const ID: &str = "listed-then-sold";

/// Entries of one transaction that are looked at, and failed calls.
const LOOKED_AT_MAX: usize = 256;

/// Finds keepers of lists who sell.
pub(crate) struct ListedThenSold {
    card: Arc<RuleCard>,
    listed_min: usize,
    share_bp_min: u16,
    share_bp_blocked: u16,
}

/// A pool that lost much to a sale.
struct Sale {
    pool: Address,
    asset: Asset,
    amount: U256,
    share_bp: u16,
}

impl ListedThenSold {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let share = |name| card.parameters.number(name, 1..=10_000).map(|bp| u16::try_from(bp).unwrap_or(10_000));
        let (share_bp_min, share_bp_blocked) = (share("share_bp_min")?, share("share_bp_blocked")?);
        let listed = card.parameters.number("listed_min", 1..=1_000)?;
        Ok(Self { card, listed_min: usize::try_from(listed).unwrap_or(usize::MAX), share_bp_min, share_bp_blocked })
    }
}

impl Detector for ListedThenSold {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Tx]
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        if !facts.succeeded() {
            blocked(facts, memory);
            return;
        }
        if facts.flows.is_empty() {
            remember(facts, memory);
            return;
        }
        let sellers = [Some(facts.from), facts.to];
        for seller in sellers.into_iter().flatten() {
            for net in facts.net_rows(seller).iter().filter(|net| !net.loss().is_zero()) {
                let Asset::Erc20(token) = net.asset else { continue };
                if memory.last(&[b"keeper", token.as_slice()]) != Some(facts.from.as_slice()) {
                    continue;
                }
                let listed = memory.distinct(&[b"listed", token.as_slice()]);
                let blocked = memory.count(&[b"blocked", token.as_slice()]);
                let least = if blocked > 0 { self.share_bp_blocked } else { self.share_bp_min };
                if let Some(sale) = sale(facts, token).filter(|sale| sale.share_bp >= least)
                    && (blocked > 0 || listed >= self.listed_min)
                    && (ctx.covers(token) || ctx.covers(sale.pool))
                {
                    out.raise(finding(ctx, token, &sale, listed, blocked));
                    return;
                }
            }
        }
    }
}

/// Keeps in mind who is put on a list: flags under the names of accounts that take no part.
fn remember(facts: &Indexed<'_>, memory: &mut MemoryView<'_>) {
    let flags = facts.writes.iter().filter(|write| write.before.is_zero() && write.after == U256::ONE);
    for flag in flags.take(LOOKED_AT_MAX) {
        let Some(key) = facts.key(flag.slot) else { continue };
        let names = |word: &&facts::B256| word[..12] == [0; 12] && word[12..16] != [0; 4];
        let Some(account) = key.words.iter().find(names).map(|word| Address::from_word(*word)) else { continue };
        let is_nested = key.words.iter().any(|word| facts.key((*word).into()).is_some());
        let takes_part =
            || account == facts.from || ancestors(&facts.frames, flag.frame).any(|(_, frame)| frame.caller == account);
        if !is_nested && !takes_part() {
            let token = flag.address.as_slice();
            memory.set_last(&[b"keeper", token], facts.from.as_slice());
            memory.insert(&[b"listed", token], account.as_slice());
        }
    }
}

/// Counts whoever is on a list and fails with the token.
fn blocked(facts: &Indexed<'_>, memory: &mut MemoryView<'_>) {
    let failed = facts.frames.iter().skip(1).filter(|frame| frame.status == FrameStatus::Revert);
    let token = failed.take(LOOKED_AT_MAX).map(|frame| frame.target);
    let listed = |token: &Address| memory.contains(&[b"listed", token.as_slice()], facts.from.as_slice());
    if let Some(token) = token.chain(facts.to).find(listed) {
        memory.add_count(&[b"blocked", token.as_slice()], 1);
    }
}

/// The pool that lost the largest share of something to what it got of the token.
fn sale(facts: &Indexed<'_>, token: Address) -> Option<Sale> {
    let buys = |account: Address| facts.net_of(account, &Asset::Erc20(token)).is_some_and(|net| !net.gain().is_zero());
    let lost = facts.net().iter().filter(|net| !net.loss().is_zero() && !net.account.is_zero() && buys(net.account));
    let sales = lost.filter_map(|net| {
        let (before, _) = facts.holding(net.account, &net.asset).filter(|(before, _)| !before.is_zero())?;
        let share = net.loss().saturating_mul(U256::from(10_000)) / before;
        let share_bp = u16::try_from(share.min(U256::from(10_000))).unwrap_or(10_000);
        Some(Sale { pool: net.account, asset: net.asset, amount: net.loss(), share_bp })
    });
    sales.max_by_key(|sale| sale.share_bp)
}

fn finding(ctx: &TxCtx<'_>, token: Address, sale: &Sale, listed: usize, blocked: u64) -> Finding {
    let (keeper, pool) = (ctx.facts.from, sale.pool);
    let name = ctx.name(token);
    let share = percent(sale.share_bp);
    let message =
        format!("{keeper} sold {name} for {share} of what {pool} had, after it had put {listed} accounts on its list");
    let sold = format!("{} left {pool}", words(sale.amount, &sale.asset));
    let failed = format!("{blocked} of those on the list failed with {name} since");
    let finding = Finding::about(token, message)
        .victim(pool)
        .attacker(keeper)
        .evidence(EvidenceKind::Flow, None, sold)
        .evidence(EvidenceKind::Storage, None, failed)
        .loss(pool, sale.asset, sale.amount, Some(sale.share_bp));
    if ctx.protects(token) { finding.severity(Severity::Critical) } else { finding }
}
