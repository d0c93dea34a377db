//! Who lost what in a transaction and got nothing for it: value conservation, the question behind every pattern.
//!
//! Accounts that drive the transaction (its sender, and whoever borrows or calls on its behalf) are *drivers*. An
//! outflow is an *exchange* when, within the same call from a driver, a driver gave something up too; it
//! is a *claim* when the account's own storage books just that amount against somebody's name. What remains of a net
//! loss is *unreturned*.

use facts::{Address, Asset, Flow, Frame, FrameKind, KeyedMap, U256};

use crate::{Booking, Indexed, deals::Deals};

/// How far up the calls an ancestor is looked for. Deeper nesting than this is not business.
const ANCESTORS_MAX: usize = 64;

/// An account's unreturned loss of one asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreturned {
    pub(crate) account: Address,
    pub(crate) asset: Asset,
    pub(crate) amount: U256,
    /// Share of what the account held, in basis points, where that can be proved.
    pub(crate) share_bp: Option<u16>,
    /// The frame of the largest outflow.
    pub(crate) frame: u32,
}

impl Unreturned {
    /// The frame by which the account was entered when it paid. Code that it borrows by delegate call still acts as it.
    pub(crate) fn entry(&self, facts: &Indexed<'_>) -> Option<u32> {
        let mut around = ancestors(&facts.frames, self.frame).skip(usize::from(self.asset.contract().is_none()));
        let borrowed = |frame: &Frame| matches!(frame.kind, FrameKind::DelegateCall | FrameKind::CallCode);
        around.find(|(_, frame)| frame.target == self.account && !borrowed(frame)).map(|(at, _)| at)
    }

    /// Who moved it in the account's stead, as whoever was given an allowance can.
    pub(crate) fn spender(&self, facts: &Indexed<'_>) -> Option<Address> {
        let frame = facts.frames.get(self.frame as usize)?;
        (self.asset.contract() == Some(frame.target) && frame.caller != self.account).then_some(frame.caller)
    }
}

/// Which bookings answer for an outflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claims {
    /// A balance that went down. A debt that went up is a promise, and whoever borrowed the means for it within the
    /// same transaction has no reason to keep it.
    Balances,
    /// A balance that went down or a debt that went up.
    BalancesAndDebts,
}

/// An amount for a person: of the native coin in whole coins, of a token in base units, for its decimals are its own word.
pub(crate) fn words(amount: U256, asset: &Asset) -> String {
    let Some(token) = asset.contract() else { return format!("{} of the native coin", coins(amount)) };
    format!("{amount} base units of {token}")
}

/// A share in basis points as a percentage.
pub(crate) fn percent(share_bp: u16) -> String {
    format!("{}.{:02} %", share_bp / 100, share_bp % 100)
}

/// Whole coins of 10^18 base units each, exact.
fn coins(amount: U256) -> String {
    let (whole, part) = amount.div_rem(U256::from(1_000_000_000_000_000_000u64));
    let decimals = format!("{part:0>18}");
    match decimals.trim_end_matches('0') {
        "" => whole.to_string(),
        decimals => format!("{whole}.{decimals}"),
    }
}

/// The ancestors of a frame, nearest first, beginning with the frame itself.
pub(crate) fn ancestors(frames: &[Frame], index: u32) -> impl Iterator<Item = (u32, &Frame)> {
    let mut next = Some(index);
    std::iter::from_fn(move || {
        let index = next?;
        let frame = frames.get(index as usize)?;
        next = frame.parent;
        Some((index, frame))
    })
    .take(ANCESTORS_MAX)
}

/// Unreturned losses of accounts that `counts` lets through, in order of account and asset.
pub(crate) fn unreturned(
    facts: &Indexed<'_>,
    drivers: &[Address],
    claims: Claims,
    counts: impl Fn(Address) -> bool,
) -> Vec<Unreturned> {
    let deals = Deals::of(facts, drivers);
    let mut found = Vec::new();
    for net in facts.net() {
        let loss = net.loss();
        let account = net.account;
        // What an account issues itself costs it nothing.
        let own = net.asset.contract() == Some(account);
        if loss.is_zero() || account.is_zero() || own || deals.is_driver(account) || !counts(account) {
            continue;
        }
        let mut bare = U256::ZERO;
        let mut largest: Option<&Flow> = None;
        // Each booking answers for one outflow.
        let mut booked: KeyedMap<U256, _> = KeyedMap::default();
        let mut is_claim = |flow: &Flow| {
            let bookings = booked.entry(flow.amount).or_insert_with(|| facts.bookings(flow, claims.booking()));
            bookings.next().is_some()
        };
        for flow in facts.flows_of(account, net.asset) {
            if deals.is_exchange(flow) || is_claim(flow) {
                continue;
            }
            bare = bare.saturating_add(flow.amount);
            if largest.is_none_or(|largest| largest.amount < flow.amount) {
                largest = Some(flow);
            }
        }
        let amount = loss.min(bare);
        if let (Some(largest), false) = (largest, amount.is_zero()) {
            found.push(Unreturned {
                account,
                asset: net.asset,
                amount,
                share_bp: share_bp(facts, account, &net.asset, amount),
                frame: largest.frame,
            });
        }
    }
    found
}

impl Claims {
    /// A balance that wraps round is no booking, and nor is a slot that is not under anybody's name.
    fn booking(self) -> Booking {
        match self {
            Self::Balances => Booking::Less,
            Self::BalancesAndDebts => Booking::Either,
        }
    }
}

/// Which part of a whole an amount is, in basis points: 10,000 at most, and none of nothing.
pub(crate) fn part_bp(amount: U256, whole: U256) -> Option<u16> {
    let part = amount.saturating_mul(U256::from(10_000)).checked_div(whole)?;
    Some(u16::try_from(part.min(U256::from(10_000))).unwrap_or(10_000))
}

/// Which share of the proved holding an amount is, in basis points.
fn share_bp(facts: &Indexed<'_>, account: Address, asset: &Asset, amount: U256) -> Option<u16> {
    let (before, _) = facts.holding(account, asset)?;
    part_bp(amount, before)
}

/// Whether the account that paid took just this amount off somebody's balance with it.
pub(crate) fn is_withdrawal(facts: &Indexed<'_>, flow: &Flow) -> bool {
    facts.bookings(flow, Booking::Less).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coins_are_exact() {
        let wei = |text: &str| text.parse::<U256>().unwrap();
        let shown = ["0", "1", "50000000000000000000", "1500000000000000000"].map(|text| coins(wei(text)));
        assert_eq!(shown, ["0", "0.000000000000000001", "50", "1.5"]);
        assert_eq!(coins(U256::MAX).len(), 79);
    }
}
