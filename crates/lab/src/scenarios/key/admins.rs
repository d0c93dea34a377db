//! The key of a deployer: Ankr (December 2022).

use anyhow::{Result, ensure};
use case::Planned;
use facts::{Address, Bytes, U256};

use super::super::{
    declare::Invariant,
    props::{allow, held, one, parts, token, units},
};
use crate::{Scenario, Stage, args, call_data, ether};

pub(super) const UNBACKED_BONDS: Scenario = Scenario {
    id: "key/compromised-admin/unbacked-bonds",
    about: "with a stolen deployer key, the code of a staked coin gets a function that mints for anybody; what is minted is \
            sold into the pool until nothing is left there",
    attack,
    twin,
};

const KIND: &str = "key/compromised-admin";

struct Staking {
    deployer: Address,
    admin: Address,
    token: Address,
    staking: Address,
    usd: Address,
    pool: Address,
}

fn staking(stage: &mut Stage<'_>) -> Result<Staking> {
    let deployer = stage.actor("deployer");
    let code = stage.deploy(deployer, "StakedToken", args![])?;
    let init = call_data("initialize(string,address)", args!["aBNBc", deployer]);
    let bond = stage.deploy(deployer, "AdminProxy", args![code, deployer, init])?;
    let staking = stage.deploy(deployer, "StakingPool", args![bond])?;
    stage.announce("the staking mints", &[deployer], &[(bond, Planned::Owner(staking))])?;
    stage.call(deployer, bond, "setMinter(address)", args![staking]);
    let usd = token(stage, deployer, "USDC", 6)?;
    let pool = stage.deploy(deployer, "Pool", args![bond, usd])?;
    for (contract, name) in [(bond, "staked coin"), (staking, "staking"), (pool, "pool")] {
        stage.protect(contract, name);
    }
    stage.mine()?;
    for (name, coins) in [("ilse", 2_000u64), ("joao", 750), ("kaja", 4_200), ("leif", 60)] {
        let staker = stage.actor(name);
        let coins = stage.amount(ether(coins));
        stage.pay(staker, staking, coins, "stake()", args![]);
        stage.pass(1)?;
    }
    let kaja = stage.actor("kaja");
    let (bonds, dollars) = (stage.amount(ether(3_000)), stage.amount(units(900_000, 6)));
    stage.call(kaja, bond, "transfer(address,uint256)", args![pool, bonds]);
    stage.call(deployer, usd, "mint(address,uint256)", args![pool, dollars]);
    stage.call(kaja, pool, "mint(address)", args![kaja]);
    stage.pass(1)?;
    for (name, coins) in [("ilse", 120u64), ("joao", 31)] {
        let trader = stage.actor(name);
        let amount = stage.amount(ether(coins));
        allow(stage, trader, bond, pool);
        stage.call(trader, pool, "sell(address,uint256,address)", args![bond, amount, trader]);
        stage.pass(1)?;
    }
    let asks = Some("call = 'unbacked()'".to_owned());
    let broken = "observed.value != null && observed.value > 0".to_owned();
    Invariant { id: "bonds-are-backed", kind: KIND, on: "observed", broken, about: staking, asks }.declare(stage);
    Ok(Staking { deployer, admin: bond.create(1), token: bond, staking, usd, pool })
}

fn upgrade(stage: &mut Stage<'_>, staking: &Staking, code: Address) {
    let args = args![staking.token, code, Bytes::new()];
    stage.call(staking.deployer, staking.admin, "upgradeAndCall(address,address,bytes)", args);
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let staking = staking(stage)?;
    let Staking { deployer, token, usd, pool, .. } = staking;
    stage.wait(5 * 86_400 + 7 * 3_600);
    stage.pass(1)?;
    let before = held(stage, usd, pool)?;
    let thief = super::super::cast::accomplice(stage, deployer, "thief", 5)?;
    let payee = stage.payee(thief);
    let code = stage.preparing(|stage| stage.deploy(deployer, "StakedTokenRogue", args![]))?;
    stage.attack(|stage| {
        upgrade(stage, &staking, code);
        Ok(())
    })?;
    stage.between_parts()?;
    let third = units(20_000_000_000, 18);
    stage.attack(|stage| {
        allow(stage, thief, token, pool);
        Ok(())
    })?;
    for part in parts(stage, vec![third; 3]) {
        let amount: U256 = part.into_iter().sum();
        stage.attack(|stage| {
            stage.call(thief, token, "claimBonds(address,uint256)", args![thief, amount]);
            stage.call(thief, pool, "sell(address,uint256,address)", args![token, amount / U256::from(1_000), payee]);
            Ok(())
        })?;
        stage.between_parts()?;
    }
    ensure!(held(stage, usd, pool)? * U256::from(100) < before, "the pool still has its dollars");
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let staking = staking(stage)?;
    let Staking { deployer, token, staking: at, usd, pool, .. } = staking;
    stage.wait(5 * 86_400 + 7 * 3_600);
    stage.pass(1)?;
    // The deployer replaces the code with the same, built anew; a fund stakes more than all others together, and sells
    // much of what it got.
    let code = stage.deploy(deployer, "StakedToken", args![])?;
    stage.announce("the same code, built anew", &[deployer], &[(token, Planned::Implementation(code))])?;
    stage.pass(1)?;
    upgrade(stage, &staking, code);
    stage.between_parts()?;
    let fund = stage.actor("fund");
    let coins = stage.amount(ether(9_000));
    allow(stage, fund, token, pool);
    for part in parts(stage, vec![coins / U256::from(3); 3]) {
        let amount: U256 = part.into_iter().sum();
        stage.pay(fund, at, amount, "stake()", args![]);
        stage.call(fund, pool, "sell(address,uint256,address)", args![token, amount / U256::from(2), fund]);
        stage.between_parts()?;
    }
    ensure!(held(stage, usd, fund)? > stage.amount(units(400_000, 6)), "the fund sold nothing");
    ensure!(one(stage, at, "unbacked()", args![])?.is_zero(), "something is not backed");
    Ok(())
}
