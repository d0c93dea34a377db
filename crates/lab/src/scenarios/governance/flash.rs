//! Votes that count from the moment of a deposit: Beanstalk (April 2022).

use anyhow::{Result, ensure};
use facts::{Address, Bytes, U256};

use super::super::{
    declare::Invariant,
    props::{allow, give, held, one, parts, token, units},
};
use crate::{Arg as _, Scenario, Stage, Tuple, args, call_data};

pub(super) const EMERGENCY_COMMIT: Scenario = Scenario {
    id: "governance/flash-vote/emergency-commit",
    about: "a proposal is made, and a day later passed by two thirds of votes that were borrowed for one transaction; what \
            it runs sends the deposits to whoever committed it",
    attack,
    twin,
};

const KIND: &str = "governance/flash-vote";
const FARMERS: [(&str, u64); 5] = [
    ("amos", 12_400_000),
    ("bette", 3_150_000),
    ("carlo", 28_800_000),
    ("dov", 900_000),
    ("long-time holder", 31_000_000),
];

struct Silo {
    farm: Address,
    at: Address,
    crv: Address,
    bean: Address,
    lender: Address,
}

fn silo(stage: &mut Stage<'_>) -> Result<Silo> {
    let farm = stage.actor("farm");
    let crv = token(stage, farm, "BEAN3CRV", 18)?;
    let bean = token(stage, farm, "BEAN", 6)?;
    let at = stage.deploy(farm, "SiloGovernance", args![crv])?;
    stage.protect(at, "silo");
    let lender = stage.deploy(farm, "FlashLender", args![])?;
    let (means, beans) = (stage.amount(units(900_000_000, 18)), stage.amount(units(36_000_000, 6)));
    give(stage, farm, crv, lender, means);
    give(stage, farm, bean, at, beans);
    stage.mine()?;
    for (name, whole) in FARMERS {
        let farmer = stage.actor(name);
        let amount = stage.amount(units(whole, 18));
        give(stage, farm, crv, farmer, amount);
        allow(stage, farmer, crv, at);
        stage.call(farmer, at, "deposit(uint256)", args![amount]);
        stage.pass(1)?;
    }
    let (carlo, some) = (stage.actor("carlo"), stage.amount(units(800_000, 18)));
    stage.call(carlo, at, "withdraw(uint256)", args![some]);
    stage.pass(1)?;
    // No vote is as young as the commit that it passes.
    let called = |what: &str| {
        format!("tx.calls.exists(c, c.effective && c.to == address(\"{at:#x}\") && c.selector == selector(\"{what}\"))")
    };
    let broken = format!("{} && {}", called("deposit(uint256)"), called("emergencyCommit(uint32)"));
    Invariant { id: "votes-are-older", kind: KIND, on: "tx", broken, about: at, asks: None }.declare(stage);
    Ok(Silo { farm, at, crv, bean, lender })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Silo { farm, at, crv, bean, lender } = silo(stage)?;
    let thief = super::super::props::out_of_a_mixer(stage, "thief", 3)?;
    let payee = stage.payee(thief);
    let stake = stage.amount(units(212_000, 18));
    give(stage, farm, crv, thief, stake);
    allow(stage, thief, crv, at);
    stage.preparing(|stage| {
        stage.call(thief, at, "deposit(uint256)", args![stake]);
        let gift = stage.deploy(thief, "SiloGift", args![])?;
        // Something kind comes with it.
        let kind = stage.deploy(thief, "SiloGift", args![])?;
        let init = |tokens: Vec<Address>| call_data("init(address[])", args![tokens]);
        stage.call(thief, at, "propose(address,bytes)", args![gift, init(vec![crv, bean])]);
        stage.call(thief, at, "propose(address,bytes)", args![kind, init(vec![])]);
        stage.pass(2)
    })?;
    stage.wait(86_400);
    stage.pass(1)?;
    let before = held(stage, crv, at)?;
    let borrowed = stage.amount(units(350_000_000, 18));
    let plan = Tuple(args![at, 0u64, vec![crv, bean], payee]);
    let rob = "rob(address,uint256,(address,uint32,address[],address))";
    let mut args = args![lender, borrowed];
    args.push(plan.value());
    stage.deploy_and_strike(thief, "SiloThief", U256::ZERO, rob, args)?;
    stage.between_parts()?;
    ensure!(held(stage, crv, at)?.is_zero() && held(stage, bean, at)?.is_zero(), "something is left");
    ensure!(held(stage, crv, payee)? > before / U256::from(2), "the loan cost more than it brought");
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Silo { farm, at, crv, bean, .. } = silo(stage)?;
    // A flaw was found: those who farm here long since move everything to a successor, in a hurry and together.
    let successor = stage.deploy(farm, "SiloSuccessor", args![])?;
    let migration = stage.deploy(farm, "SiloMigration", args![])?;
    stage.mine()?;
    let mut farmers = Vec::new();
    for (name, _) in FARMERS {
        let farmer = stage.actor(name);
        farmers.push((farmer, one(stage, at, "deposits(address)", args![farmer])?));
    }
    let (accounts, amounts): (Vec<Address>, Vec<U256>) = farmers.iter().copied().unzip();
    stage.call(farm, successor, "write(address,address[],uint256[])", args![crv, accounts, amounts]);
    let init: Bytes = call_data("init(address[],address)", args![vec![crv, bean], successor]);
    let carlo = stage.actor("carlo");
    stage.call(carlo, at, "propose(address,bytes)", args![migration, init]);
    stage.pass(1)?;
    for part in parts(stage, vec!["amos", "long-time holder"]) {
        for name in part {
            let voter = stage.actor(name);
            stage.call(voter, at, "vote(uint32)", args![0u64]);
        }
        stage.between_parts()?;
    }
    stage.wait(86_400);
    stage.pass(1)?;
    let all = held(stage, crv, at)?;
    stage.call(carlo, at, "emergencyCommit(uint32)", args![0u64]);
    stage.between_parts()?;
    ensure!(held(stage, crv, successor)? == all, "it was not moved");
    for (farmer, _) in &farmers {
        stage.call(*farmer, successor, "claim(address)", args![crv]);
    }
    stage.mine()?;
    for (farmer, own) in farmers {
        ensure!(held(stage, crv, farmer)? >= own, "a farmer lost something");
    }
    Ok(())
}
