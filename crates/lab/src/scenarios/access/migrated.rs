//! A staking that believes whoever says that it is the one before: TempleDAO's StaxLPStaking (October 2022).

use anyhow::{Result, ensure};
use facts::{Address, U256};

use super::super::{
    declare::Invariant,
    props::{allow, give, held, one, parts, send_token, strike_in_parts, token, units},
};
use crate::{Scenario, Stage, args};

pub(super) const UNKNOWN_PREDECESSOR: Scenario = Scenario {
    id: "access/missing-check/unknown-predecessor",
    about: "a staking credits what an earlier one is said to have sent, and its caller says which one that was",
    attack,
    twin,
};

const KIND: &str = "access/missing-check";

struct Stakings {
    owner: Address,
    shares: Address,
    old: Address,
    new: Address,
}

fn stakings(stage: &mut Stage<'_>) -> Result<Stakings> {
    let owner = stage.actor("staking team");
    let shares = token(stage, owner, "LP", 18)?;
    let old = stage.deploy(owner, "LpStaking", args![shares])?;
    let new = stage.deploy(owner, "LpStaking", args![shares])?;
    stage.call(owner, old, "setMigrator(address)", args![new]);
    stage.protect(new, "staking");
    stage.protect(old, "old staking");
    stage.mine()?;
    for (name, whole, at) in
        [("ana", 40_000, old), ("bo", 62_500, new), ("cy", 11_111, old), ("di", 99_000, new), ("ed", 104_000, new)]
    {
        let staker = stage.actor(name);
        let amount = stage.amount(units(whole, 18));
        give(stage, owner, shares, staker, amount);
        allow(stage, staker, shares, at);
        stage.call(staker, at, "stake(uint256)", args![amount]);
        stage.pass(1)?;
    }
    let cy = stage.actor("cy");
    let amount = stage.amount(units(11_111, 18));
    stage.call(cy, new, "migrateStake(address,uint256)", args![old, amount]);
    stage.pass(1)?;
    // What is booked is there.
    let broken = format!(
        "call.effective && call.to == address(\"{new:#x}\") \
         && call.selector == selector(\"migrateStake(address,uint256)\") && address(call.word(0)) != address(\"{old:#x}\")"
    );
    let known = Invariant { id: "known-predecessor", kind: KIND, on: "call", broken, about: new, asks: None };
    known.declare(stage);
    Ok(Stakings { owner, shares, old, new })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Stakings { shares, new, .. } = stakings(stage)?;
    let thief = super::super::props::out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    let all = held(stage, shares, new)?;
    let amounts = vec![all / U256::from(3); 3];
    strike_in_parts(stage, thief, "LpStakingThief", amounts, |_, part| {
        let sum: U256 = part.into_iter().sum();
        ("rob(address,uint256,address)", args![new, sum, payee])
    })?;
    let left = held(stage, shares, new)?;
    ensure!(left < U256::from(3), "{left} are left");
    ensure!(one(stage, new, "totalSupply()", args![])? > stage.amount(units(270_000, 18)), "nobody was robbed");
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Stakings { owner, shares, old, new } = stakings(stage)?;
    // A fund staked far more than anyone else; it moves to the successor and leaves in the same transaction.
    let manager = stage.actor("fund manager");
    let funds = parts(stage, vec![units(150_000, 18), units(150_000, 18), units(120_000, 18)]);
    for part in funds {
        let amount = stage.amount(part.into_iter().sum());
        let fund = stage.deploy(manager, "LpFund", args![])?;
        give(stage, owner, shares, fund, amount);
        stage.call(manager, fund, "stake(address,uint256)", args![old, amount]);
        stage.pass(2)?;
        stage.call(manager, fund, "moveAndLeave(address,address)", args![old, new]);
        stage.between_parts()?;
    }
    let back = held(stage, shares, manager)?;
    ensure!(back == stage.amount(units(420_000, 18)), "the fund got {back}");
    let custodian = stage.stranger("custodian");
    send_token(stage, shares, manager, custodian, back);
    Ok(())
}
