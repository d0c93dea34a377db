//! One comparison: both sides, and what was said of them.

use std::sync::Arc;

use alloy_primitives::U512;
use case::{Alert, AlertId, EvidenceKind, Fingerprint, RuleRef};
use facts::{AccountId, BlockRef, ChainId, U256};

use super::{
    amount,
    figures::{Favour, Figures, Over},
};
use crate::{Finding, RuleCard, Scope, card::CrossingText};

/// A lock and what was issued against it.
#[derive(Debug)]
pub(super) struct Pair {
    card: Arc<RuleCard>,
    text: Arc<CrossingText>,
    /// The lock, then the issue.
    sides: [Side; 2],
    told: Option<Told>,
    /// Whether it was told that a side says nothing new.
    is_stale: bool,
}

#[derive(Debug)]
struct Side {
    account: AccountId,
    figures: Figures,
}

/// What was said and not yet over.
#[derive(Debug)]
struct Told {
    alert: Option<AlertId>,
    /// Where, and on which block of each side.
    chain: ChainId,
    rests_on: [BlockRef; 2],
}

/// An issue above its backing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excess {
    backing: U256,
    issue: U256,
    /// It stood for the whole lag; otherwise it is more than can be on its way.
    lasted: bool,
    /// The blocks of both sides that were seen last.
    blocks: [BlockRef; 2],
}

impl Pair {
    /// The comparison of a card, if it is one.
    pub(super) fn of(card: &Arc<RuleCard>) -> Option<Self> {
        let text = Arc::clone(card.crossing.as_ref()?);
        let [backing, issue] = card.questions.as_slice() else { return None };
        let side = |question: &crate::StandingQuestion, favour| Side {
            account: AccountId { chain: question.chain.clone(), address: question.address },
            figures: Figures::new(favour),
        };
        let sides = [side(backing, Favour::Most), side(issue, Favour::Least)];
        Some(Self { card: Arc::clone(card), text, sides, told: None, is_stale: false })
    }

    pub(super) fn rule(&self) -> RuleRef {
        self.card.rule()
    }

    /// What it is called where it cannot be made.
    pub(super) fn part(&self) -> String {
        let [backing, issue] = &self.sides;
        format!("what {} has issued against {} ({})", issue.account, backing.account, self.card.id)
    }

    /// The other chain, if `chain` has a side.
    pub(super) fn opposite(&self, chain: &ChainId) -> Option<&ChainId> {
        let at = self.sides.iter().position(|side| side.account.chain == *chain)?;
        Some(&self.sides[1 - at].account.chain)
    }

    pub(super) fn take(&mut self, at: &BlockRef, time: u64, value: Option<U256>) {
        if let Some(side) = self.sides.iter_mut().find(|side| side.account.chain == at.chain) {
            side.figures.take(at, time, value);
        }
    }

    /// Why the other side of `chain` is too old to compare with, when that has just become so.
    pub(super) fn stale(&mut self, chain: &ChainId) -> Option<String> {
        let at = self.sides.iter().position(|side| side.account.chain == *chain)?;
        let (here, there) = (&self.sides[at], &self.sides[1 - at]);
        let (_, now) = here.figures.head()?;
        let since = there.figures.head().map_or_else(|| here.figures.first(), |(_, time)| time);
        let behind = now.saturating_sub(since);
        let was = std::mem::replace(&mut self.is_stale, behind > self.text.stale_s);
        if was || behind <= self.text.stale_s {
            return None;
        }
        let there = &there.account.chain;
        Some(format!("the newest block of `{there}` is {behind} s older than this one: see that `{there}` is followed"))
    }

    /// An excess that has to be told.
    pub(super) fn judge(&mut self) -> Option<Excess> {
        let [backing, issue] = &self.sides;
        let (b, i) = (&backing.figures, &issue.figures);
        let ((backing_at, b_time), (issue_at, i_time)) = b.head().zip(i.head())?;
        let blocks = [backing_at.clone(), issue_at.clone()];
        let is_level = b_time.abs_diff(i_time) <= self.text.lag_s;
        let now = b.newest().zip(i.newest()).filter(|_| is_level);
        if self.told.is_some() {
            if now.is_some_and(|(backing, issue)| !self.is_over(backing, issue, U256::ZERO)) {
                self.told = None;
            }
            return None;
        }
        let to = b_time.min(i_time);
        if let Some(from) = to.checked_sub(self.text.lag_s)
            && let (Over::Value(backing), Over::Value(issue)) = (b.over(from, to), i.over(from, to))
            && self.is_over(backing, issue, U256::ZERO)
        {
            return Some(Excess { backing, issue, lasted: true, blocks });
        }
        let (backing, issue) = now?;
        let in_transit = self.text.in_transit?;
        self.is_over(backing, issue, in_transit).then_some(Excess { backing, issue, lasted: false, blocks })
    }

    /// Whether so much was issued that neither the backing, nor its slack, nor what is on its way explains it. Exact, in the
    /// finer of both units.
    fn is_over(&self, backing: U256, issue: U256, in_transit: U256) -> bool {
        let [backing_decimals, issue_decimals] = self.text.decimals;
        let finest = backing_decimals.max(issue_decimals);
        let fine = |value: U256, decimals: u8| {
            U512::from(value) * U512::from(10u8).pow(U512::from(finest.saturating_sub(decimals)))
        };
        let whole = U512::from(10_000u16);
        let covered = fine(backing, backing_decimals) * U512::from(10_000 + self.text.slack_bp);
        fine(issue, issue_decimals) * whole > covered + U512::from(in_transit) * whole
    }

    /// Whom it is about: what of it is protected, the lock before the issue.
    fn subject(&self, scope: &Scope) -> &AccountId {
        let protected = self.sides.iter().find(|side| scope.protects(&side.account.chain, side.account.address));
        &protected.unwrap_or(&self.sides[1]).account
    }

    /// Makes an alert of one chain one about both.
    pub(super) fn across(&self, alert: &mut Alert, scope: &Scope) {
        alert.subject = self.subject(scope).clone();
        alert.victims = self.sides.iter().map(|side| side.account.clone()).collect();
        alert.fingerprint = Fingerprint(format!("{}|{}|{}", alert.rule.id, alert.subject, alert.kind));
    }

    /// Remembers what was said.
    pub(super) fn told(&mut self, alert: &Alert) {
        let [backing, issue] = &self.sides;
        let heads = backing.figures.head().zip(issue.figures.head());
        self.told = heads.map(|((backing, _), (issue, _))| Told {
            alert: alert.id().ok(),
            chain: alert.seen_at.chain.clone(),
            rests_on: [backing.clone(), issue.clone()],
        });
    }

    /// Forgets lost blocks; the alert to withdraw, where one of another chain rested on them.
    pub(super) fn revert(&mut self, to: &BlockRef) -> Option<(AlertId, ChainId, BlockRef)> {
        let at = self.sides.iter().position(|side| side.account.chain == to.chain)?;
        self.sides[at].figures.revert(to);
        let lost = self.told.as_ref().is_some_and(|told| told.rests_on[at].number > to.number);
        let Told { alert, chain, rests_on } = lost.then(|| self.told.take()).flatten()?;
        let [backing, issue] = rests_on;
        let block = if at == 0 { backing } else { issue };
        (chain != to.chain).then(|| alert.map(|alert| (alert, chain, block))).flatten()
    }
}

impl Excess {
    /// What is said of it; the chain's part of the alert is filled in later.
    pub(super) fn finding(&self, pair: &Pair, scope: &Scope) -> Finding {
        let [backing_decimals, issue_decimals] = pair.text.decimals;
        let [backing, issue] = &pair.sides;
        let issued = amount(self.issue, issue_decimals);
        let locked = amount(self.backing, backing_decimals);
        let how = match self.lasted {
            true => format!("for {} s at least", pair.text.lag_s),
            false => "which is more than can be on its way".to_owned(),
        };
        let message =
            format!("{issued} were issued by {} against {locked} locked in {}, {how}", issue.account, backing.account);
        let subject = pair.subject(scope);
        let is_ours = scope.protects(&subject.chain, subject.address);
        let severity = if is_ours { pair.card.severity } else { pair.card.severity_elsewhere };
        let [backing_at, issue_at] = &self.blocks;
        let seen = |what: &str, value: &str, at: &BlockRef| {
            format!("{what}: {value}, seen up to block {} of {} ({})", at.number, at.chain, at.hash)
        };
        Finding::about(subject.address, message)
            .severity(severity)
            .evidence(EvidenceKind::Observed, None, seen("issued", &issued, issue_at))
            .evidence(EvidenceKind::Observed, None, seen("locked", &locked, backing_at))
    }
}
