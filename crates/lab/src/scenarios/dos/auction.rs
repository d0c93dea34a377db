//! A bidder who cannot be paid back: King of the Ether (February 2016), and auctions since.

use anyhow::{Result, ensure};
use case::Planned;
use facts::{Address, B256, U256};

use crate::{
    Scenario, Stage, args, ether,
    scenarios::{
        cast::{CITIZENS, newcomer},
        declare::Invariant,
        props::whom,
    },
};

pub(super) const UNPAYABLE_BIDDER: Scenario = Scenario {
    id: "dos/griefing/unpayable-bidder",
    about: "the highest bid comes from a contract that takes no coins, no higher one is accepted for the refund fails, and \
            the auction ends far below its worth (King of the Ether, February 2016)",
    attack,
    twin,
};

const BID: &str = "bid()";

/// An auction of two days with some bids. Every refund that it makes goes through.
fn auction(stage: &mut Stage<'_>) -> Result<Address> {
    let seller = stage.actor("seller");
    let auction = stage.deploy(seller, "KingAuction", args![2 * 86_400u64])?;
    stage.protect(auction, "auction");
    let broken = format!("!call.effective && call.depth > 0 && call.from == address(\"{auction:#x}\")");
    let kind = "dos/griefing";
    Invariant { id: "refunds-go-through", kind, on: "call", broken, about: auction, asks: None }.declare(stage);
    stage.pass(1)?;
    for (name, coins) in [("alice", 4), ("bob", 6), ("carol", 9)] {
        bid(stage, auction, name, coins)?;
        stage.wait(1_800);
    }
    Ok(auction)
}

fn bid(stage: &mut Stage<'_>, auction: Address, name: &str, coins: u64) -> Result<B256> {
    let bidder = stage.actor(name);
    let coins = stage.amount(ether(coins));
    let tx = stage.pay(bidder, auction, coins, BID, args![]);
    stage.pass(1)?;
    Ok(tx)
}

/// What the seller says beforehand: that the highest bid is paid out.
fn proceeds(seller: Address, at_most: U256) -> Planned {
    Planned::Payout { token: None, to: seller, at_most }
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let auction = auction(stage)?;
    let thief = newcomer(stage, "thief")?;
    let low = stage.amount(ether(10));
    let king = stage.deploy_and_strike(thief, "KingThief", low, "reign(address)", args![auction])?;
    stage.mine()?;
    ensure!(whom(stage, auction, "bidder()", args![])? == king, "somebody else leads");
    // Others would pay far more.
    for (name, coins) in CITIZENS.into_iter().zip([25, 40, 70, 120, 160]) {
        let tx = bid(stage, auction, name, coins)?;
        ensure!(stage.succeeded(tx) == Some(false), "{name} could bid");
        stage.between_parts()?;
    }
    let seller = stage.actor("seller");
    stage.wait(2 * 86_400);
    stage.pass(1)?;
    let had = stage.balance(seller)?;
    stage.announce("the auction ends", &[seller], &[(auction, proceeds(seller, low))])?;
    stage.call(seller, auction, "end()", args![]);
    stage.mine()?;
    let has = stage.balance(seller)?;
    ensure!(whom(stage, auction, "bidder()", args![])? == king && has <= had + low, "{has} after {had}");
    Ok(())
}

/// A club bids with a contract that passes a refund on to its members; others bid too little at first, then more.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let auction = auction(stage)?;
    let head = stage.actor("head of the club");
    let club = stage.deploy(head, "BidderClub", args![])?;
    for (name, coins) in [("frida", 8), ("gus", 14), ("hana", 3)] {
        let member = stage.actor(name);
        let coins = stage.amount(ether(coins));
        stage.pay(member, club, coins, "join()", args![]);
    }
    stage.pass(1)?;
    stage.call(head, club, "bid(address,uint256)", args![auction, stage.amount(ether(25))]);
    stage.pass(1)?;
    ensure!(whom(stage, auction, "bidder()", args![])? == club, "the club does not lead");
    for (name, coins) in [("dave", 18), ("erin", 22)] {
        let tx = bid(stage, auction, name, coins)?;
        ensure!(stage.succeeded(tx) == Some(false), "{name} outbid the club with less");
    }
    let gus = stage.actor("gus");
    let had = stage.balance(gus)?;
    for (name, coins) in [("dave", 31), ("erin", 60)] {
        let tx = bid(stage, auction, name, coins)?;
        ensure!(stage.succeeded(tx) == Some(true), "{name} could not bid");
        stage.between_parts()?;
    }
    ensure!(stage.balance(gus)? == had + stage.amount(ether(14)), "gus was not paid back");
    let seller = stage.actor("seller");
    stage.wait(2 * 86_400);
    stage.pass(1)?;
    let had = stage.balance(seller)?;
    let highest = stage.amount(ether(60));
    stage.announce("the auction ends", &[seller], &[(auction, proceeds(seller, highest))])?;
    stage.call(seller, auction, "end()", args![]);
    stage.mine()?;
    let has = stage.balance(seller)?;
    ensure!(has + ether(1) > had + stage.amount(ether(60)), "{has} after {had}");
    Ok(())
}
