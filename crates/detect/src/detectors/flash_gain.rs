//! Somebody borrowed and repaid within one transaction and came out richer, at the expense of accounts that got
//! nothing for what they lost.
//!
//! A flash loan alone is ordinary, and so is a gain: an arbitrage trades with every pool it touches. What tells an
//! attack is a loss that nobody was paid for, out of an account that is not the borrower's own.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, Flow, Frame, FrameKind, KeyedMap, TxFacts, U256};

use crate::{
    DetectError, Detector, Finding, Findings, FlowShape, Indexed, MemoryView, RuleCard, TxCtx, Wake,
    value::{Claims, Unreturned, ancestors, percent, unreturned, words},
};

pub(crate) const ID: &str = "flash-gain";

/// Losses that are told; the rest are counted.
const TOLD_MAX: usize = 64;
/// Calls between a borrower's call for a loan and the one that comes back to it: proxies, pools, vaults behind vaults.
const CALLBACK_DEPTH_MAX: usize = 6;

/// A loan that was repaid before the call that gave it had ended.
pub(crate) struct Loan {
    pub(crate) lender: Address,
    pub(crate) borrower: Address,
    pub(crate) asset: Asset,
    pub(crate) amount: U256,
    pub(crate) frame: u32,
}

/// Finds gains funded by flash loans at the cost of others.
pub(crate) struct FlashGain {
    card: Arc<RuleCard>,
    share_bp_min: u16,
    losses_critical: usize,
}

impl FlashGain {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let share = card.parameters.number("share_bp_min", 1..=10_000)?;
        let losses = card.parameters.number("losses_critical", 1..=1_000)?;
        let share_bp_min = u16::try_from(share).unwrap_or(10_000);
        Ok(Self { card, share_bp_min, losses_critical: usize::try_from(losses).unwrap_or(usize::MAX) })
    }
}

impl Detector for FlashGain {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Flow(FlowShape::AtWork)]
    }

    fn tx(&self, ctx: &TxCtx<'_>, _: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        // A loan, its repayment and a loss are three movements, and the callback needs frames.
        if facts.flows.len() < 3 || facts.frames.len() < 4 {
            return;
        }
        let loans = loans(facts);
        if loans.is_empty() {
            return;
        }
        let drivers = drivers(facts, &loans);
        let lenders = in_order(loans.iter().map(|loan| &loan.lender));
        let is_lender = |account: Address| lenders.binary_search(&account).is_ok();
        let mut rows = unreturned(facts, &drivers, Claims::Balances, |account| !is_lender(account));
        rows.retain(|row| {
            row.share_bp.is_some_and(|share| share >= self.share_bp_min) && only_loses(facts, row.account)
        });
        let gainers = gainers(facts, &drivers, &rows);
        let in_scope = |row: &Unreturned| ctx.covers(row.account);
        if gainers.is_empty() || !rows.iter().any(in_scope) {
            return;
        }
        out.raise(self.finding(ctx, &loans, &drivers, &gainers, &rows));
    }
}

impl FlashGain {
    fn finding(
        &self,
        ctx: &TxCtx<'_>,
        loans: &[Loan],
        drivers: &[Address],
        gainers: &[Address],
        rows: &[Unreturned],
    ) -> Finding {
        let facts = ctx.facts;
        let protected = rows.iter().find(|row| ctx.protects(row.account));
        let subject = protected.or(rows.first()).map_or(facts.from, |row| row.account);
        let mut victims: Vec<Address> = rows.iter().map(|row| row.account).collect();
        victims.dedup();
        let donation = donation(facts, drivers);
        let message = format!(
            "{} borrowed by flash loan and came out richer while {} accounts lost {} holdings and got nothing",
            facts.from,
            victims.len(),
            rows.len(),
        );
        let mut finding = Finding::about(subject, message);
        if protected.is_some() || rows.len() >= self.losses_critical {
            finding = finding.severity(Severity::Critical);
        }
        if rows.len() >= self.losses_critical {
            finding = finding.confidence(97);
        }
        for loan in loans.iter().take(4) {
            let lent = words(loan.amount, &loan.asset);
            let says = format!("{} lent {lent} to {} and was repaid", loan.lender, loan.borrower);
            finding = finding.evidence(EvidenceKind::Call, Some(loan.frame), says);
        }
        if let Some(flow) = donation {
            let says = format!("{} was given to {} for nothing", words(flow.amount, &flow.asset), flow.to);
            finding = finding.kind("price/donation-inflation").evidence(EvidenceKind::Flow, Some(flow.frame), says);
        }
        for row in rows.iter().take(TOLD_MAX) {
            let lost = words(row.amount, &row.asset);
            let share = row.share_bp.map_or_else(|| "an unknown share".to_owned(), percent);
            let says = format!("{} lost {lost}, {share} of what it held", row.account);
            finding = finding.evidence(EvidenceKind::Flow, Some(row.frame), says).loss(
                row.account,
                row.asset,
                row.amount,
                row.share_bp,
            );
        }
        finding = victims.into_iter().fold(finding, Finding::victim);
        let mut attackers = vec![facts.from];
        attackers.extend(gainers);
        attackers.extend(drivers);
        attackers.into_iter().fold(finding, Finding::attacker)
    }
}

/// Loans given and repaid inside one call. The lender's call lets the borrower act (a callback) and has the money back
/// before it ends; who keeps the money need not be who makes the call.
pub(crate) fn loans(facts: &Indexed<'_>) -> Vec<Loan> {
    let frames = &facts.frames;
    let mut found: Vec<Loan> = Vec::new();
    let mut known: KeyedMap<(u32, Address, Asset), ()> = KeyedMap::default();
    // From when on the movements within a call are still to be looked at. What was given before a callback is best told by the
    // first callback after it, which leaves the most time to give it back.
    let mut unseen: KeyedMap<u32, u32> = KeyedMap::default();
    for (index, callback) in (0u32..).zip(frames) {
        if callback.kind != FrameKind::Call
            || !callback.effective
            || callback.depth < 2
            || callback.frame_is_leaf(index)
        {
            continue;
        }
        let borrower = callback.target;
        let asked = ancestors(frames, index)
            .skip(1)
            .take(CALLBACK_DEPTH_MAX)
            .find(|(_, frame)| frame.caller == borrower && frame.target != borrower && frame.kind == FrameKind::Call);
        let Some((at, asked)) = asked else { continue };
        let since = unseen.insert(at, callback.open).unwrap_or(asked.open + 1);
        for given in facts.flows_to_within(borrower, since..callback.open) {
            let is_mint = given.from.is_zero();
            let most = |most: U256| !most.is_zero() && most >= given.amount;
            let returned = || {
                let (after, before) = (callback.open, asked.close);
                most(facts.most_to(given.from, &given.asset, after, before))
                    || (is_mint && most(facts.most_from(borrower, &given.asset, after, before)))
            };
            if given.from == borrower || given.amount.is_zero() || !returned() {
                continue;
            }
            let lender = if is_mint { asked.target } else { given.from };
            if known.insert((at, lender, given.asset), ()).is_none() {
                found.push(Loan { lender, borrower, asset: given.asset, amount: given.amount, frame: at });
            }
        }
    }
    found.dedup_by(|later, earlier| later.frame == earlier.frame && later.asset == earlier.asset);
    found
}

trait Leaf {
    fn frame_is_leaf(&self, index: u32) -> bool;
}

impl Leaf for Frame {
    fn frame_is_leaf(&self, index: u32) -> bool {
        self.end <= index + 1
    }
}

/// Who drives the transaction: its sender, the borrowers, whatever was deployed on the way, and every account on the
/// path of calls from the sender to the loans, whose code decided to borrow.
pub(crate) fn drivers(facts: &TxFacts, loans: &[Loan]) -> Vec<Address> {
    let mut drivers = vec![facts.from];
    let mut known: KeyedMap<Address, ()> = KeyedMap::default();
    known.insert(facts.from, ());
    let mut add = |account: Address| {
        if known.insert(account, ()).is_none() {
            drivers.push(account);
        }
    };
    let depth = |loan: &Loan| facts.frames.get(loan.frame as usize).map(|frame| frame.depth);
    let outermost = loans.iter().filter_map(depth).min();
    let mut walked = None;
    for loan in loans {
        add(loan.borrower);
        // Loans of one call follow each other.
        if depth(loan) == outermost && walked != Some(loan.frame) {
            ancestors(&facts.frames, loan.frame).skip(1).for_each(|(_, frame)| add(frame.target));
            walked = Some(loan.frame);
        }
    }
    facts.codes.iter().for_each(|code| add(code.address));
    drivers
}

/// Whether an account gained nothing that it does not issue itself.
fn only_loses(facts: &Indexed<'_>, account: Address) -> bool {
    facts.net_rows(account).iter().filter(|net| net.asset.contract() != Some(account)).all(|net| net.gain().is_zero())
}

/// Who came out richer: drivers, and accounts that called a victim themselves, that gained and lost nothing.
fn gainers(facts: &Indexed<'_>, drivers: &[Address], rows: &[Unreturned]) -> Vec<Address> {
    let drivers = in_order(drivers);
    let victims = in_order(rows.iter().map(|row| &row.account));
    let called = |account: Address| {
        let mut calls = facts.frames_by(account);
        calls.any(|(_, frame)| frame.effective && victims.binary_search(&frame.target).is_ok())
    };
    let mut gainers: Vec<Address> = Vec::new();
    for own in facts.net().chunk_by(|one, two| one.account == two.account) {
        let Some(account) = own.first().map(|net| net.account) else { continue };
        let only_gains = own.iter().all(|net| net.loss().is_zero()) && own.iter().any(|net| !net.gain().is_zero());
        if only_gains && (drivers.binary_search(&account).is_ok() || called(account)) {
            gainers.push(account);
        }
    }
    gainers
}

/// A driver's gift to an account that issues a token of this transaction: the way to move a share price.
fn donation<'a>(facts: &Indexed<'a>, drivers: &[Address]) -> Option<&'a Flow> {
    let drivers = in_order(drivers);
    let drives = |account: &Address| drivers.binary_search(account).is_ok();
    facts.facts().flows.iter().find(|flow| {
        let token = flow.asset.contract();
        let given = drives(&flow.from) && !drives(&flow.to) && token != Some(flow.to);
        let by_hand = || {
            let frame = facts.frames.get(flow.frame as usize);
            frame.is_some_and(|frame| token == Some(frame.target) && drives(&frame.caller))
        };
        let weighs = || {
            facts.holding(flow.to, &flow.asset).is_some_and(|(before, after)| {
                let gain = after.saturating_sub(before);
                gain.saturating_mul(U256::from(10)) >= before && !gain.is_zero()
            })
        };
        given && facts.is_token(flow.to) && by_hand() && weighs()
    })
}

/// Accounts in order, to be looked up among.
pub(crate) fn in_order<'a>(accounts: impl IntoIterator<Item = &'a Address>) -> Vec<Address> {
    let mut accounts: Vec<Address> = accounts.into_iter().copied().collect();
    accounts.sort_unstable();
    accounts
}
