//! Operators over whole collections: the pages of 2022 that had holders sign one transaction.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use super::taken_only_by;
use crate::{
    Scenario, Stage, WETH, args, ether,
    scenarios::{
        cast::{CITIZENS, newcomer, rich, wrap},
        props::{allow, held, one, parts, whom},
    },
};

pub(super) const WHOLE_COLLECTION: Scenario = Scenario {
    id: "wallet/setapprovalforall/whole-collection",
    about: "a page has holders make a stranger's contract the operator of a whole collection, which takes every piece and \
            sells what there are bids for",
    attack,
    twin,
};

const OPERATOR: &str = "setApprovalForAll(address,bool)";
/// Pieces of each holder.
const EACH: u64 = 4;

struct Collection {
    apes: Address,
    market: Address,
    bidder: Address,
    owners: Vec<Address>,
}

/// Holders of four pieces each, a market they know, and somebody who bids for any piece.
fn collection(stage: &mut Stage<'_>) -> Result<Collection> {
    let (maker, bidder) = (stage.actor("maker"), rich(stage, "bidder", 10_000));
    let apes = stage.deploy(maker, "LabApes", args![])?;
    let market = stage.deploy(maker, "ApeMarket", args![apes, WETH])?;
    stage.protect(apes, "collection");
    let mut owners = Vec::new();
    for name in CITIZENS {
        let owner = stage.actor(name);
        stage.call(maker, apes, "mint(address,uint256)", args![owner, EACH]);
        owners.push(owner);
    }
    let price = stage.amount(ether(12));
    wrap(stage, bidder, price * U256::from(20));
    allow(stage, bidder, WETH, market);
    stage.call(bidder, market, "bid(uint256,uint256)", args![price, 6u64]);
    stage.pass(1)?;
    // Two of them sell one piece.
    for (owner, id) in [(owners[0], 1u64), (owners[2], 2 * EACH + 1)] {
        stage.call(owner, apes, OPERATOR, args![market, true]);
        stage.call(owner, market, "accept(uint256,uint256)", args![0u64, id]);
        stage.pass(1)?;
    }
    Ok(Collection { apes, market, bidder, owners })
}

/// Who holds which piece now, of those that the first owners have.
fn pieces(stage: &mut Stage<'_>, of: &Collection) -> Result<Vec<(Address, U256)>> {
    let mut pieces = Vec::new();
    for id in 1..=EACH * CITIZENS.len() as u64 {
        let owner = whom(stage, of.apes, "ownerOf(uint256)", args![id])?;
        if of.owners.contains(&owner) {
            pieces.push((owner, U256::from(id)));
        }
    }
    Ok(pieces)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let of = collection(stage)?;
    let kind = "wallet/setapprovalforall";
    taken_only_by(stage, "by-the-market", kind, of.apes, &of.owners, &[of.market]);
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let operator = stage.preparing(|stage| {
        let operator = stage.deploy_attack(thief, "ApeThief")?;
        stage.pass(1)?;
        for owner in &of.owners {
            stage.call(*owner, of.apes, OPERATOR, args![operator, true]);
            stage.pass(1)?;
        }
        Ok::<_, anyhow::Error>(operator)
    })?;
    let wanted = pieces(stage, &of)?;
    let count = wanted.len();
    for part in parts(stage, wanted.clone()) {
        let (owners, ids): (Vec<Address>, Vec<U256>) = part.into_iter().unzip();
        stage.attack(|stage| {
            let take = "take(address,address[],uint256[],address)";
            stage.strike(thief, operator, U256::ZERO, take, args![of.apes, owners, ids, payee])
        })?;
        stage.between_parts()?;
    }
    if stage.variation.payee {
        stage.transfer(thief, payee, ether(1));
        stage.mine()?;
    }
    stage.attack(|stage| {
        stage.call(payee, of.apes, OPERATOR, args![of.market, true]);
        for (_, id) in &wanted[..4] {
            stage.call(payee, of.market, "accept(uint256,uint256)", args![0u64, *id]);
        }
        stage.mine()
    })?;
    let (kept, sold) = (one(stage, of.apes, "balanceOf(address)", args![payee])?, held(stage, WETH, payee)?);
    ensure!(kept == U256::from(count - 4) && sold == stage.amount(ether(12)) * U256::from(4), "{kept} kept, {sold}");
    Ok(())
}

/// Somebody buys all that is for sale, of all holders; one of them moves the rest to another account with a contract for
/// that.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let of = collection(stage)?;
    let (kind, house) = ("wallet/setapprovalforall", stage.actor("house that moves"));
    let mover = stage.deploy(house, "ApeMover", args![])?;
    taken_only_by(stage, "by-the-market", kind, of.apes, &of.owners, &[of.market, mover]);
    stage.pass(1)?;
    let bought: Vec<(Address, U256)> =
        pieces(stage, &of)?.into_iter().filter(|(owner, _)| *owner != of.owners[4]).collect();
    let price = stage.amount(ether(14));
    for owner in &of.owners[..4] {
        stage.call(*owner, of.apes, OPERATOR, args![of.market, true]);
    }
    for (owner, id) in &bought {
        stage.call(*owner, of.market, "ask(uint256,uint256)", args![*id, price]);
    }
    stage.pass(1)?;
    let count = U256::from(bought.len());
    let buyer = of.bidder;
    wrap(stage, buyer, price * count);
    for part in parts(stage, bought) {
        let ids: Vec<U256> = part.into_iter().map(|(_, id)| id).collect();
        stage.call(buyer, of.market, "sweep(uint256[],address)", args![ids, buyer]);
        stage.between_parts()?;
    }
    let (erin, other) = (of.owners[4], stage.stranger("erin's other account"));
    let rest: Vec<U256> = (4 * EACH + 1..=5 * EACH).map(U256::from).collect();
    stage.call(erin, of.apes, OPERATOR, args![mover, true]);
    stage.call(erin, mover, "moveAll(address,uint256[],address)", args![of.apes, rest, other]);
    stage.mine()?;
    let has = one(stage, of.apes, "balanceOf(address)", args![buyer])?;
    let moved = one(stage, of.apes, "balanceOf(address)", args![other])?;
    ensure!(has == count + U256::from(2) && moved == U256::from(EACH), "{has} bought, {moved} moved");
    Ok(())
}
