//! What was lost, and how that differs from what honest people take out.
//!
//! The functions of a contract are there for honest use, and whoever uses them honestly gets something too. What they do
//! not do is leave somebody with less than before, and for nothing: that is what the attack was for, and no copy of it
//! can do without.

use std::collections::{BTreeMap, BTreeSet};

use facts::{Address, Flow, U256};

use super::{Attack, Shape};
use crate::{Booking, Indexed};

/// Of what was given for something, this many times as much is next to nothing.
const FOR_NOTHING: u64 = 100;
/// A share of a holding that is worth asking for, in basis points: smaller ones are what everybody takes.
const SHARE_BP_MIN: u16 = 2_000;
/// Different payers from which on it tells something that there were many.
const PAYERS_MIN: usize = 3;

/// How the attack did its harm, as far as that can be asked of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Harm {
    /// Whether whoever was called is also who lost.
    pub(super) direct: bool,
    /// Whether it was issued and not taken from anybody.
    pub(super) issued: bool,
    /// Whether who paid had less of it afterwards, all transactions of the sender taken together.
    pub(super) net: bool,
    /// What was given for it.
    pub(super) price: Price,
    /// Whether who paid put none of it on anybody's name nor took it off there.
    pub(super) unbooked: bool,
    /// Which share of its holding went away in one transaction at least: a quarter of what it was, for it may be split.
    pub(super) share_bp: Option<u16>,
    /// Whether a contract was entered again before it had finished, and was misled.
    pub(super) reentered: bool,
    /// Whether it went to the sender, or to a contract that is made in the attack.
    pub(super) gained: bool,
    /// From how many accounts it came at least: half as many as there were.
    pub(super) payers: Option<u64>,
}

/// What was given, in base units of anything, for what was taken. The attack may have been twice as good a bargain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Price {
    /// So many base units left for each that was given, or more; a hundred where nothing was given.
    Taken(u64),
    /// So many were given for each that left, or fewer.
    Given(u64),
    /// More than can be said in so few words.
    Unsaid,
}

/// What went between one sender's transactions and one account.
#[derive(Default)]
struct Account {
    left: U256,
    came: U256,
    /// Of anything.
    given: U256,
    booked: bool,
    share_bp: Option<u16>,
    reentered: bool,
    /// Whether some of it went to whoever attacked.
    gained: bool,
}

/// Sender, account, and what moved.
type Key = (Address, Address, Option<Address>);

impl Harm {
    /// None if nothing moved but among the attackers.
    pub(super) fn of(attack: &Attack<'_>, shape: &Shape, party: &BTreeSet<Address>) -> Option<Self> {
        let books = books(attack, shape, party);
        let lost = |(key, account): &(&Key, &Account)| !account.left.is_zero() && !party.contains(&key.1);
        let losers = || books.iter().filter(lost);
        let (key, worst) = losers().max_by_key(|((_, who, _), account)| {
            let direct = shape.targets.contains(who);
            let is_net = account.left > account.came;
            (attack.victims.contains(who), is_net, direct, account.share_bp, !account.booked, account.left)
        })?;
        let (sender, who, _) = *key;
        let payers: BTreeSet<Address> = losers().filter(|(key, _)| key.0 == sender).map(|(key, _)| key.1).collect();
        let direct = shape.targets.contains(&who);
        Some(Self {
            direct,
            issued: who.is_zero(),
            net: worst.left > worst.came,
            price: price(worst),
            unbooked: !worst.booked,
            share_bp: worst.share_bp.filter(|share| *share >= SHARE_BP_MIN).map(|share| share / 4),
            reentered: worst.reentered,
            gained: worst.gained,
            payers: (!direct && payers.len() >= PAYERS_MIN).then_some(payers.len() as u64 / 2),
        })
    }

    /// Whether it shows at all that somebody lost.
    pub(super) fn shows(&self) -> bool {
        self.net || self.reentered || self.unbooked || matches!(self.price, Price::Taken(_))
    }

    /// Whether storage shows some of it.
    pub(super) fn is_in_storage(&self) -> bool {
        self.reentered || self.unbooked || self.share_bp.is_some()
    }
}

/// What moved in transactions that call one of the steps.
fn books(attack: &Attack<'_>, shape: &Shape, party: &BTreeSet<Address>) -> BTreeMap<Key, Account> {
    let mut books = BTreeMap::<Key, Account>::new();
    let mut given = BTreeMap::<(Address, Address), U256>::new();
    for tx in &attack.txs {
        let facts = Indexed::new(tx);
        if !shape.steps.iter().any(|step| facts.calls_function(*step)) {
            continue;
        }
        let reentered = !facts.reentries().is_empty();
        for flow in tx.flows.iter().filter(|flow| !flow.amount.is_zero()) {
            let account = books.entry((tx.from, flow.from, flow.asset.contract())).or_default();
            account.left = account.left.saturating_add(flow.amount);
            account.booked |= is_booked(&facts, flow);
            account.share_bp = account.share_bp.max(facts.share_lost_bp(flow.from, &flow.asset));
            account.reentered |= reentered;
            account.gained |= flow.to == tx.from || party.contains(&flow.to);
            let account = books.entry((tx.from, flow.to, flow.asset.contract())).or_default();
            account.came = account.came.saturating_add(flow.amount);
            let given = given.entry((tx.from, flow.to)).or_default();
            *given = given.saturating_add(flow.amount);
        }
    }
    for ((sender, who, _), account) in &mut books {
        account.given = given.get(&(*sender, *who)).copied().unwrap_or_default();
    }
    books
}

fn is_booked(facts: &Indexed<'_>, flow: &Flow) -> bool {
    facts.bookings(flow, Booking::Either).next().is_some()
}

fn price(account: &Account) -> Price {
    let two = U256::from(2);
    let most = U256::from(FOR_NOTHING);
    let times = account.left.checked_div(account.given).map_or(most, |times| (times / two).min(most));
    if let Ok(times @ 1..) = u64::try_from(times) {
        return Price::Taken(times);
    }
    let per = account.given.saturating_mul(two).div_ceil(account.left.max(U256::from(1)));
    u64::try_from(per).map_or(Price::Unsaid, Price::Given)
}
