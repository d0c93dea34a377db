//! Somebody borrowed and repaid within one transaction and came out richer, at the expense of accounts that got
//! nothing for what they lost.
//!
//! A flash loan alone is ordinary, and so is a gain: an arbitrage trades with every pool it touches. What tells an
//! attack is a loss that nobody was paid for, out of an account that is not the borrower's own.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, Flow, Frame, FrameKind, TxFacts, U256};

use crate::{
    DetectError, Detector, Finding, Findings, FlowShape, MemoryView, RuleCard, TxCtx, Wake,
    value::{Claims, Unreturned, ancestors, percent, unreturned, words},
};

pub(crate) const ID: &str = "flash-gain";

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
        vec![Wake::Flow(FlowShape::Any)]
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
        let is_lender = |account: Address| loans.iter().any(|loan| loan.lender == account);
        let mut rows = unreturned(facts, &drivers, Claims::Balances, |account| !is_lender(account));
        rows.retain(|row| {
            row.share_bp.is_some_and(|share| share >= self.share_bp_min) && only_loses(facts, row.account)
        });
        let gainers = gainers(facts, &drivers, &rows);
        let in_scope = |row: &Unreturned| ctx.scope.covers(&ctx.chain.id, row.account);
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
        let protected = rows.iter().find(|row| ctx.scope.protects(&ctx.chain.id, row.account));
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
        for row in rows {
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
pub(crate) fn loans(facts: &TxFacts) -> Vec<Loan> {
    let frames = &facts.frames;
    let mut found: Vec<Loan> = Vec::new();
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
            .find(|(_, frame)| frame.caller == borrower && frame.target != borrower && frame.kind == FrameKind::Call);
        let Some((at, asked)) = asked else { continue };
        if asked.depth + 6 < callback.depth {
            continue;
        }
        let before = |flow: &&Flow| asked.open < flow.at && flow.at < callback.open && flow.to == borrower;
        for given in facts.flows.iter().filter(before) {
            let returned = |flow: &&Flow| {
                callback.open < flow.at
                    && flow.at < asked.close
                    && flow.asset == given.asset
                    && flow.amount >= given.amount
                    && (flow.to == given.from || (given.from.is_zero() && flow.from == borrower))
            };
            if given.from == borrower || given.amount.is_zero() || !facts.flows.iter().any(|flow| returned(&flow)) {
                continue;
            }
            found.push(Loan {
                lender: if given.from.is_zero() { asked.target } else { given.from },
                borrower,
                asset: given.asset,
                amount: given.amount,
                frame: at,
            });
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
    let mut add = |account: Address| {
        if !drivers.contains(&account) {
            drivers.push(account);
        }
    };
    for loan in loans {
        add(loan.borrower);
        let outermost = loans.iter().map(|loan| facts.frames[loan.frame as usize].depth).min();
        if outermost == Some(facts.frames[loan.frame as usize].depth) {
            ancestors(&facts.frames, loan.frame).skip(1).for_each(|(_, frame)| add(frame.target));
        }
    }
    facts.codes.iter().for_each(|code| add(code.address));
    drivers
}

/// Whether an account gained nothing that it does not issue itself.
fn only_loses(facts: &TxFacts, account: Address) -> bool {
    let first = facts.net.partition_point(|net| net.account < account);
    let own = facts.net[first..].iter().take_while(|net| net.account == account);
    own.filter(|net| net.asset.contract() != Some(account)).all(|net| net.gain().is_zero())
}

/// Who came out richer: drivers, and accounts that called a victim themselves, that gained and lost nothing.
fn gainers(facts: &TxFacts, drivers: &[Address], rows: &[Unreturned]) -> Vec<Address> {
    let called = |account: Address| {
        facts.frames.iter().any(|frame| {
            frame.caller == account && rows.iter().any(|row| row.account == frame.target && frame.effective)
        })
    };
    let mut gainers: Vec<Address> = Vec::new();
    for net in facts.net.iter().filter(|net| !net.gain().is_zero()) {
        let account = net.account;
        let first = facts.net.partition_point(|other| other.account < account);
        let mut own = facts.net[first..].iter().take_while(|other| other.account == account);
        let loses_nothing = own.all(|other| other.loss().is_zero());
        if !gainers.contains(&account) && loses_nothing && (drivers.contains(&account) || called(account)) {
            gainers.push(account);
        }
    }
    gainers
}

/// A driver's gift to an account that issues a token of this transaction: the way to move a share price.
fn donation<'a>(facts: &'a TxFacts, drivers: &[Address]) -> Option<&'a Flow> {
    facts.flows.iter().find(|flow| {
        let token = flow.asset.contract();
        let given = drivers.contains(&flow.from) && !drivers.contains(&flow.to) && token != Some(flow.to);
        let issues = facts.flows.iter().any(|other| other.asset.contract() == Some(flow.to));
        let by_hand = facts
            .frames
            .get(flow.frame as usize)
            .is_some_and(|frame| token == Some(frame.target) && drivers.contains(&frame.caller));
        let weighs = facts.holding(flow.to, &flow.asset).is_some_and(|(before, after)| {
            let gain = after.saturating_sub(before);
            gain.saturating_mul(U256::from(10)) >= before && !gain.is_zero()
        });
        given && issues && by_hand && weighs
    })
}
