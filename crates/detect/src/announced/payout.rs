//! Payments out of a contract, held against those that are announced of it.
//!
//! A contract pays all day. What is compared is what goes to the announced account, or is done by those who announced it;
//! and unless it is more than was announced, only where a rule found that something was lost: the rest is business.

use case::{Announcement, Planned, Severity};
use facts::{Address, TxFacts, U256};

use super::{
    About, Deed, Fitting, Found, Item, Moment, Slip,
    deed::Lost,
    excuse,
    fitting::{When, data_slip, ways},
};
use crate::MemoryView;

/// The mildest alert of another rule about a loss that makes a deviating payment one.
const LOSS: Severity = Severity::Medium;

/// How a payment and an announced one go together; none if the one has nothing to do with the other.
pub(super) fn fitting(
    item: &Item<'_>,
    at: &Moment<'_>,
    facts: &TxFacts,
    deed: &Deed,
    memory: &MemoryView<'_>,
) -> Option<Fitting> {
    let Planned::Payout { to, at_most: amount, .. } = deed.what else { return None };
    let Planned::Payout { to: meant, at_most, .. } = item.change.what else { return None };
    let is_theirs = is_by(&item.held.announcement, facts, deed);
    if to != meant && !is_theirs {
        return None;
    }
    let mut slips = Vec::new();
    slips.extend((to != meant).then_some(Slip::Account(to)));
    slips.extend((!is_theirs).then_some(Slip::Who));
    slips.extend(data_slip(item, facts, deed));
    let total = paid(item, memory).saturating_add(amount);
    slips.extend((to == meant && total > at_most).then_some(Slip::TooMuch(total)));
    match (slips.is_empty(), When::of(item, at)) {
        (true, When::Within) => Some(Fitting::Fits),
        (true, When::Early) => Some(Fitting::Deviates(vec![Slip::Early(item.held.announcement.from)])),
        (true, When::Late) => Some(Fitting::Deviates(vec![Slip::Late(item.held.announcement.until)])),
        (false, When::Within) => Some(Fitting::Deviates(slips)),
        (false, _) => None,
    }
}

fn is_by(announcement: &Announcement, facts: &TxFacts, deed: &Deed) -> bool {
    ways(facts, deed).any(|caller| announcement.by.contains(&caller))
}

/// Whether a deviating payment is to be told of: those who announced it paid too much, or a rule that yields found a loss.
/// What is given is the worst that such rules say.
pub(super) fn deviates(slips: &[Slip], deed: &Deed, found: &Found<'_>) -> Option<Option<Severity>> {
    let Planned::Payout { token, .. } = deed.what else { return None };
    let losses = found.abouts.iter().filter(|(_, about)| about.is_loss(deed.contract, token));
    let worst = losses.filter_map(|(place, _)| found.alerts.get(*place)).map(|alert| alert.severity).max();
    let is_told = matches!(slips, [Slip::TooMuch(_)]) || worst.is_some_and(|worst| worst >= LOSS);
    is_told.then_some(worst)
}

/// What was paid as announced in one transaction: out of which contract, of which token, and how much.
#[derive(Default)]
pub(super) struct Paid<'a>(Vec<(Address, Option<Address>, U256, Item<'a>)>);

impl<'a> Paid<'a> {
    /// Notes a payment that fits.
    pub(super) fn add(&mut self, item: Item<'a>, deed: &Deed, memory: &mut MemoryView<'_>) {
        let Planned::Payout { token, at_most: amount, .. } = deed.what else { return };
        let total = paid(&item, memory).saturating_add(amount);
        memory.set_last(&[b"paid", item.name().as_bytes()], &total.to_be_bytes::<32>());
        match self.0.iter_mut().find(|(contract, its, ..)| (*contract, *its) == (deed.contract, token)) {
            Some((_, _, sum, _)) => *sum = sum.saturating_add(amount),
            None => self.0.push((deed.contract, token, amount, item)),
        }
    }

    /// Lowers alerts about nothing but what was paid as announced: of each loss they name, no more was lost than that.
    pub(super) fn excuse(&self, found: &mut Found<'_>) {
        for (place, about) in found.abouts {
            let (About::Losses(losses), Some(alert)) = (about, found.alerts.get_mut(*place)) else { continue };
            let of = |one: &Lost| (one.0, one.1.contract());
            let lost = |what| {
                let rows = losses.iter().filter(|row| of(row) == what);
                rows.fold(U256::ZERO, |sum, (.., amount)| sum.saturating_add(*amount))
            };
            let answers = |row: &Lost| {
                let what = of(row);
                self.0.iter().find(|(contract, token, sum, _)| (*contract, *token) == what && lost(what) <= *sum)
            };
            let by: Option<Vec<_>> = losses.iter().map(answers).collect();
            // An alert that names somebody else's harm as well is about more than what was announced.
            let is_all = alert.victims.iter().all(|victim| losses.iter().any(|row| row.0 == victim.address));
            if let (Some((.., item)), true) = (by.as_ref().and_then(|by| by.first()), is_all) {
                excuse(alert, item);
            }
        }
    }
}

/// How much was paid as announced so far.
fn paid(item: &Item<'_>, memory: &MemoryView<'_>) -> U256 {
    let kept = memory.last(&[b"paid", item.name().as_bytes()]);
    kept.and_then(|bytes| bytes.first_chunk::<32>().copied()).map_or(U256::ZERO, U256::from_be_bytes)
}
