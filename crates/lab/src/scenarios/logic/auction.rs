//! One payment that counts for many: the auctions of MISO (August 2021).

use anyhow::{Result, ensure};
use case::Planned;
use facts::{Address, U256};

use crate::{
    Scenario, Stage, args, call_data, ether,
    scenarios::{
        cast::{CITIZENS, assault, newcomer},
        declare::view_never,
        props::one,
    },
};

pub(super) const BATCH_AUCTION: Scenario = Scenario {
    id: "logic/accounting/batch-auction",
    about: "an auction's commitments are batched, each counts the coins that were sent once, and what is above the limit \
            is refunded out of other people's (MISO, August 2021)",
    attack,
    twin,
};

const BATCH: &str = "batch(bytes[],bool)";

/// An auction of a thousand coins, of which people committed three quarters.
fn auction(stage: &mut Stage<'_>) -> Result<Address> {
    let seller = stage.actor("seller");
    let limit = stage.amount(ether(1_000));
    let auction = stage.deploy(seller, "BatchAuction", args![seller, limit])?;
    stage.protect(auction, "auction");
    let kind = "logic/accounting";
    view_never(stage, "auction-backed", kind, auction, ("missing()", args![]), "observed.value > 0");
    stage.pass(1)?;
    for (name, coins) in CITIZENS.into_iter().zip([220, 90, 310, 55, 75]) {
        let person = stage.actor(name);
        let coins = stage.amount(ether(coins));
        stage.pay(person, auction, coins, "commitEth(address)", args![person]);
        stage.pass(1)?;
    }
    let alice = stage.actor("alice");
    stage.call(alice, auction, "setMemo(string)", args!["for the club"]);
    stage.pass(1)?;
    Ok(auction)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let auction = auction(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let (before, had) = (stage.balance(auction)?, stage.balance(payee)?);
    let stake = stage.amount(ether(100));
    let mut room = 5u64;
    assault(stage, thief, "AuctionThief", |parts| {
        // The first calls fill the auction up: two and a half of the whole stake. Seven more are refunded.
        let times = (std::mem::take(&mut room) * parts).div_ceil(2) + 7;
        (stake / U256::from(parts), "run(address,uint256,address)", args![auction, times, payee])
    })?;
    let (left, has) = (stage.balance(auction)?, stage.balance(payee)?);
    ensure!(left < before / U256::from(3), "{left} of {before} are left");
    ensure!(has > had + before / U256::from(2), "the thief got {has}");
    Ok(())
}

/// A club commits for its members, each with a word to the seller; the last one's coins do not fit and come back; then the seller takes everything.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let auction = auction(stage)?;
    let (seller, head) = (stage.actor("seller"), stage.actor("head of the club"));
    let stake = stage.amount(ether(125));
    for member in ["frida", "gus", "hana"] {
        let member = stage.stranger(member);
        let commit = call_data("commitEth(address)", args![member]);
        let memo = call_data("setMemo(string)", args!["for the club"]);
        stage.pay(head, auction, stake, BATCH, args![vec![commit, memo], true]);
        stage.pass(1)?;
    }
    let hana = stage.stranger("hana");
    ensure!(stage.balance(hana)? == stake, "what did not fit did not come back");
    let committed = one(stage, auction, "committed()", args![])?;
    let had = stage.balance(seller)?;
    let at_most = committed;
    let paid = Planned::Payout { token: None, to: seller, at_most };
    stage.announce("the auction ends", &[seller], &[(auction, paid)])?;
    stage.call(seller, auction, "finalize()", args![]);
    stage.mine()?;
    let has = stage.balance(seller)?;
    ensure!(stage.balance(auction)?.is_zero() && has > had + committed - ether(1), "{has} after {had} and {committed}");
    Ok(())
}
