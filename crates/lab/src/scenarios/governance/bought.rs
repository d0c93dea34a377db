//! A quorum that can be bought: Build Finance (February 2022).

use anyhow::{Result, ensure};
use case::Planned;
use facts::{Address, U256};

use super::super::{
    declare::view_says,
    props::{allow, give, held, parts, pool, token, units, whom},
};
use crate::{Scenario, Stage, args, call_data};

pub(super) const BOUGHT_QUORUM: Scenario = Scenario {
    id: "governance/malicious-proposal/bought-quorum",
    about: "somebody buys enough tokens of a sleepy DAO, passes a proposal that makes it the minter, mints a multiple of the \
            supply and sells it into the pool",
    attack,
    twin,
};

const KIND: &str = "governance/malicious-proposal";
const HOLDERS: [(&str, u64); 4] = [("agnes", 21_000), ("bertil", 8_400), ("cosima", 30_250), ("dag", 3_000)];

struct Dao {
    founder: Address,
    governor: Address,
    build: Address,
    usd: Address,
    pool: Address,
}

fn dao(stage: &mut Stage<'_>) -> Result<Dao> {
    let founder = stage.actor("founder of builders");
    let build = stage.deploy(founder, "VotesToken", args!["BUILD"])?;
    let usd = token(stage, founder, "DAI", 18)?;
    let quorum = stage.amount(units(6_000, 18));
    let governor = stage.deploy(founder, "BuildGovernor", args![build, quorum])?;
    let sides = [(build, stage.amount(units(48_000, 18))), (usd, stage.amount(units(190_000, 18)))];
    let pool = pool(stage, founder, sides)?;
    stage.protect(build, "token");
    stage.protect(governor, "governor");
    stage.protect(pool, "pool");
    for (name, whole) in HOLDERS {
        let holder = stage.actor(name);
        let amount = stage.amount(units(whole, 18));
        give(stage, founder, build, holder, amount);
        stage.call(holder, build, "delegate(address)", args![holder]);
        stage.pass(1)?;
    }
    stage.announce("the governor mints", &[founder], &[(build, Planned::Owner(governor))])?;
    stage.call(founder, build, "setGovernance(address)", args![governor]);
    stage.pass(1)?;
    for (name, whole) in [("bertil", 300), ("dag", 120)] {
        let holder = stage.actor(name);
        let amount = stage.amount(units(whole, 18));
        allow(stage, holder, build, pool);
        stage.call(holder, pool, "sell(address,uint256,address)", args![build, amount, holder]);
        stage.pass(1)?;
    }
    Ok(Dao { founder, governor, build, usd, pool })
}

/// Proposes a next minter, has these vote, and executes it.
fn hand_over(stage: &mut Stage<'_>, dao: &Dao, by: Address, next: Address, voters: &[Address]) -> Result<()> {
    let data = call_data("setGovernance(address)", args![next]);
    let ask = "propose(address[],bytes[],string)";
    stage.call(by, dao.governor, ask, args![vec![dao.build], vec![data], "A new minter"]);
    stage.pass(3)?;
    for voter in voters {
        stage.call(*voter, dao.governor, "castVote(uint256,bool)", args![0u64, true]);
        stage.pass(1)?;
    }
    stage.pass(22)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let dao = dao(stage)?;
    let Dao { founder, governor, build, usd, pool } = dao;
    view_says(stage, "minter-is-known", KIND, build, "governance()", &[founder, governor]);
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    stage.preparing(|stage| {
        let dollars = stage.amount(units(15_000, 18));
        give(stage, founder, usd, thief, dollars * U256::from(3));
        allow(stage, thief, usd, pool);
        for _ in 0..3 {
            stage.call(thief, pool, "sell(address,uint256,address)", args![usd, dollars, thief]);
            stage.pass(1)?;
        }
        stage.call(thief, build, "delegate(address)", args![thief]);
        stage.pass(1)?;
        hand_over(stage, &dao, thief, thief, &[thief])
    })?;
    let before = held(stage, usd, pool)?;
    stage.attack(|stage| {
        stage.call(thief, governor, "execute(uint256)", args![0u64]);
        allow(stage, thief, build, pool);
        Ok(())
    })?;
    stage.mine()?;
    ensure!(whom(stage, build, "governance()", args![])? == thief, "the proposal did not pass");
    let third = stage.amount(units(370_000, 18));
    for part in parts(stage, vec![third; 3]) {
        let amount: U256 = part.into_iter().sum();
        stage.attack(|stage| {
            stage.call(thief, build, "mint(address,uint256)", args![thief, amount]);
            stage.call(thief, pool, "sell(address,uint256,address)", args![build, amount, payee]);
            Ok(())
        })?;
        stage.between_parts()?;
    }
    ensure!(held(stage, usd, pool)? * U256::from(5) < before, "the pool still has its dollars");
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let dao = dao(stage)?;
    let Dao { founder, governor, build, usd, pool } = dao;
    // Holders hand the minter over to a contract that was deployed for it, which deepens the pool with as many tokens.
    let keeper = stage.actor("keeper");
    let amount = stage.amount(units(1_110_000, 18));
    let emission = stage.deploy(keeper, "BuildEmission", args![build, amount])?;
    view_says(stage, "minter-is-known", KIND, build, "governance()", &[founder, governor, emission]);
    let voters = ["cosima", "agnes"].map(|name| stage.actor(name));
    hand_over(stage, &dao, keeper, emission, &voters)?;
    stage.announce("the emission mints", &[governor], &[(build, Planned::Owner(emission))])?;
    stage.call(keeper, governor, "execute(uint256)", args![0u64]);
    stage.mine()?;
    let before = held(stage, build, pool)?;
    for part in parts(stage, vec![amount / U256::from(3); 3]) {
        let tokens: U256 = part.into_iter().sum();
        let dollars = tokens * U256::from(4);
        give(stage, founder, usd, emission, dollars);
        stage.call(keeper, emission, "emitInto(address,address,uint256)", args![pool, usd, tokens]);
        stage.between_parts()?;
    }
    ensure!(held(stage, build, pool)? >= before + amount - U256::from(3), "the pool was not deepened");
    Ok(())
}
