//! Who lost what in a transaction and got nothing for it: value conservation, the question behind every pattern.
//!
//! Accounts that drive the transaction (its sender, and whoever borrows or calls on its behalf) are *drivers*. An
//! outflow is an *exchange* when, within the same call from a driver, a driver gave something up too; it
//! is a *claim* when the account's own storage books just that amount against somebody's name. What remains of a net
//! loss is *unreturned*.

use facts::{Address, Asset, Flow, Frame, TxFacts, U256, Write};

/// How far up the calls an ancestor is looked for. Deeper nesting than this is not business.
const ANCESTORS_MAX: usize = 64;

/// Base units that are worth nothing, of whatever asset: less than a cent of one with six decimals.
const DUST: u64 = 5_000;
/// How many times more than dust it has to be for what dust is no price.
const DUST_RATIO: u64 = 1_000_000;

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
    facts: &TxFacts,
    drivers: &[Address],
    claims: Claims,
    counts: impl Fn(Address) -> bool,
) -> Vec<Unreturned> {
    let mut found = Vec::new();
    for net in &facts.net {
        let loss = net.loss();
        let account = net.account;
        // What an account issues itself costs it nothing.
        let own = net.asset.contract() == Some(account);
        if loss.is_zero() || account.is_zero() || own || drivers.contains(&account) || !counts(account) {
            continue;
        }
        let mut bare = U256::ZERO;
        let mut largest: Option<&Flow> = None;
        let mut booked: Vec<u32> = Vec::new();
        for flow in facts.flows.iter().filter(|flow| flow.from == account && flow.asset == net.asset) {
            if is_exchange(facts, flow, drivers) || is_claim(facts, flow, claims, &mut booked) {
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

/// Which share of the proved holding an amount is, in basis points.
fn share_bp(facts: &TxFacts, account: Address, asset: &Asset, amount: U256) -> Option<u16> {
    let (before, _) = facts.holding(account, asset)?;
    if before.is_zero() {
        return None;
    }
    let share = amount.saturating_mul(U256::from(10_000)) / before;
    Some(u16::try_from(share.min(U256::from(10_000))).unwrap_or(10_000))
}

/// Whether a driver gave something up within the same call that a driver made: a swap, a sale, a redemption.
fn is_exchange(facts: &TxFacts, flow: &Flow, drivers: &[Address]) -> bool {
    // Outwards from the movement, the first call that a driver made to somebody else is the deal that was struck. A
    // loan around everything is not: its lender is paid back whatever happens inside.
    let deal = ancestors(&facts.frames, flow.frame)
        .find(|(_, frame)| drivers.contains(&frame.caller) && !drivers.contains(&frame.target));
    let Some((_, deal)) = deal else { return false };
    let within = |at: u32| deal.open <= at && at <= deal.close;
    facts.flows.iter().any(|other| {
        let given_up = drivers.contains(&other.from) && !drivers.contains(&other.to) && other.asset != flow.asset;
        let share_burnt = other.to.is_zero() && other.asset.contract() == Some(flow.from);
        (given_up || share_burnt) && within(other.at) && !is_dust(other, flow)
    })
}

/// Whether what was given up is next to nothing: so few base units that they are worth nothing of any asset, for very
/// many. One of a kind is never dust.
fn is_dust(given: &Flow, taken: &Flow) -> bool {
    matches!(given.asset, Asset::Native | Asset::Erc20(_))
        && given.amount <= U256::from(DUST)
        && given.amount.saturating_mul(U256::from(DUST_RATIO)) <= taken.amount
}

/// Whether the account that paid took just this amount off somebody's balance with it.
pub(crate) fn is_withdrawal(facts: &TxFacts, flow: &Flow) -> bool {
    is_claim(facts, flow, Claims::Balances, &mut Vec::new())
}

/// Whether the account's own books set just this amount against a name: a balance that went down, a debt that went up.
/// Each booking answers for one outflow; a balance that wraps round is no booking.
fn is_claim(facts: &TxFacts, flow: &Flow, claims: Claims, booked: &mut Vec<u32>) -> bool {
    let amount = |write: &Write| match claims {
        Claims::Balances => write.before.checked_sub(write.after),
        Claims::BalancesAndDebts => Some(write.before.abs_diff(write.after)),
    };
    let books = |write: &&Write| {
        write.address == flow.from
            && !booked.contains(&write.at)
            && amount(write) == Some(flow.amount)
            && is_named(facts, write)
    };
    let Some(write) = facts.writes.iter().find(books) else { return false };
    booked.push(write.at);
    true
}

/// Whether the slot belongs to a mapping keyed by an account that takes part in the transaction.
fn is_named(facts: &TxFacts, write: &Write) -> bool {
    facts
        .keys
        .iter()
        .filter(|key| U256::from_be_bytes(key.hash.0) == write.slot)
        .any(|key| key.words.iter().any(|word| word[..12] == [0; 12] && word[12..16] != [0; 4]))
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
