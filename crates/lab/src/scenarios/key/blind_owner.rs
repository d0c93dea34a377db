//! Signers who give the ownership of a protocol away: Radiant Capital (October 2024).

use anyhow::{Result, ensure};
use case::Planned;
use facts::{Address, U256};

use super::super::{
    declare::view_says,
    props::{allow, give, held, parts, token, units, whom},
    safe::{Safe, SafeRelease, SafeTx},
};
use crate::{Scenario, Stage, args, call_data};

pub(super) const GIVEN_PROVIDER: Scenario = Scenario {
    id: "key/blind-signing/given-provider",
    about: "signers of a Safe sign over the owner of a lending market; the new one replaces the pool's code, empties its \
            reserves and takes what users allowed the pool",
    attack,
    twin,
};

const KIND: &str = "key/blind-signing";
const SIGNERS: [&str; 11] = [
    "council a",
    "council b",
    "council c",
    "council d",
    "council e",
    "council f",
    "council g",
    "council h",
    "council i",
    "council j",
    "council k",
];
const LENDERS: [(&str, u64); 5] = [("gale", 700), ("hugo", 1_200), ("ines", 90), ("jan", 2_600), ("kurt", 310)];

struct Market {
    team: Address,
    safe: Safe,
    provider: Address,
    pool: Address,
    /// The asset and its reserve.
    reserves: Vec<(Address, Address)>,
    lenders: Vec<Address>,
}

fn market(stage: &mut Stage<'_>) -> Result<Market> {
    let team = stage.actor("lending team");
    let release = SafeRelease::deploy(stage)?;
    let safe = release.create(stage, &SIGNERS, 3)?;
    let provider = stage.deploy(team, "LendAddressesProvider", args![])?;
    let code = stage.deploy(team, "LendPool", args![])?;
    stage.call(team, provider, "setLendingPoolImpl(address)", args![code]);
    stage.announce("the council owns the market", &[team], &[(provider, Planned::Owner(safe.at))])?;
    stage.call(team, provider, "transferOwnership(address)", args![safe.at]);
    stage.mine()?;
    let pool = whom(stage, provider, "getLendingPool()", args![])?;
    for (contract, name) in [(safe.at, "council"), (provider, "provider"), (pool, "pool")] {
        stage.protect(contract, name);
    }
    let mut reserves = Vec::new();
    for (symbol, decimals, worth) in [("USDC", 6, 3_000), ("WSTETH", 18, 1), ("ARB", 18, 4_000)] {
        let asset = token(stage, team, symbol, decimals)?;
        let reserve = stage.deploy(team, "RToken", args![asset, pool])?;
        stage.protect(reserve, &format!("reserve of {symbol}"));
        stage.mine()?;
        for (name, many) in LENDERS {
            let lender = stage.actor(name);
            let amount = stage.amount(units(many * worth, decimals));
            give(stage, team, asset, lender, amount * U256::from(3) / U256::from(2));
            allow(stage, lender, asset, pool);
            stage.call(lender, pool, "deposit(address,uint256)", args![reserve, amount]);
        }
        stage.pass(1)?;
        reserves.push((asset, reserve));
    }
    let lenders = LENDERS.map(|(name, _)| stage.actor(name)).to_vec();
    let some = stage.amount(units(120_000, 6));
    stage.call(lenders[1], pool, "withdraw(address,uint256,address)", args![reserves[0].1, some, lenders[1]]);
    stage.pass(1)?;
    Ok(Market { team, safe, provider, pool, reserves, lenders })
}

fn hand_over(next: Address, provider: Address) -> SafeTx {
    SafeTx::call(provider, call_data("transferOwnership(address)", args![next]))
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Market { team, safe, provider, reserves, lenders, .. } = market(stage)?;
    view_says(stage, "owner-is-the-council", KIND, provider, "owner()", &[team, safe.at]);
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    let contract = stage.preparing(|stage| stage.deploy_attack(thief, "LendThief"))?;
    stage.pass(2)?;
    stage.wait(12 * 86_400);
    stage.pass(1)?;
    let transfer = hand_over(contract, provider);
    stage.attack(|stage| safe.exec(stage, thief, &transfer, &SIGNERS[4..7]))?;
    stage.between_parts()?;
    let wanted = reserves.iter().map(|(_, reserve)| *reserve).collect();
    for (number, part) in parts(stage, wanted).into_iter().enumerate() {
        stage.attack(|stage| {
            let rob = "rob(address,address[],address,bool)";
            stage.strike(thief, contract, U256::ZERO, rob, args![provider, part, payee, number == 0])
        })?;
        stage.between_parts()?;
    }
    let asset = reserves[0].0;
    stage.attack(|stage| {
        let pull = "pull(address,address,address[],address)";
        stage.strike(thief, contract, U256::ZERO, pull, args![provider, asset, lenders.clone(), payee])
    })?;
    stage.mine()?;
    for (asset, reserve) in &reserves {
        ensure!(held(stage, *asset, *reserve)?.is_zero(), "a reserve is not empty");
    }
    for lender in lenders {
        ensure!(held(stage, asset, lender)?.is_zero(), "a user kept what the pool may take");
    }
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Market { team, safe, provider, pool, reserves, lenders } = market(stage)?;
    // The council hands the market over to an executor with a delay, which was deployed for it, and that replaces the
    // pool's code; the largest lender leaves after it, with everything.
    let executor = stage.deploy(team, "LendExecutor", args![])?;
    let code = stage.deploy(team, "LendPoolV2", args![])?;
    view_says(stage, "owner-is-the-council", KIND, provider, "owner()", &[team, safe.at, executor]);
    let planned = [(provider, Planned::Owner(executor)), (pool, Planned::Implementation(code))];
    stage.announce("the market goes to an executor with a delay", &[safe.at, executor], &planned)?;
    stage.pass(1)?;
    safe.exec(stage, team, &hand_over(executor, provider), &SIGNERS[4..7])?;
    stage.between_parts()?;
    let upgrade = call_data("setLendingPoolImpl(address)", args![code]);
    stage.call(team, executor, "queue(address,bytes)", args![provider, upgrade]);
    stage.pass(1)?;
    stage.wait(3_600);
    stage.pass(1)?;
    stage.call(team, executor, "execute(uint256)", args![0u64]);
    stage.between_parts()?;
    let jan = lenders[3];
    for part in parts(stage, reserves) {
        for (asset, reserve) in part {
            stage.call(jan, pool, "withdrawAll(address,address)", args![reserve, jan]);
            stage.mine()?;
            ensure!(held(stage, reserve, jan)?.is_zero() && held(stage, asset, jan)? > U256::ZERO, "the lender stays");
        }
        stage.between_parts()?;
    }
    Ok(())
}
