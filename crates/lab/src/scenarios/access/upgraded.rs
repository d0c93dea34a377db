//! The code behind a proxy is replaced by code that takes what the proxy holds.

use anyhow::{Result, ensure};
use case::Planned;
use facts::{Address, Bytes, U256};

use super::super::{
    declare::{IMPLEMENTATION, slot_holds},
    props::{allow, give, held, one, parts, strike_in_parts, token, units},
};
use crate::{Scenario, Stage, args, call_data};

pub(super) const OPEN_UPGRADE: Scenario = Scenario {
    id: "access/malicious-upgrade/open-uups",
    about: "a UUPS vault was launched with an empty _authorizeUpgrade: a stranger replaces its code and takes the deposits",
    attack: open_upgrade,
    twin: open_upgrade_twin,
};

pub(super) const ROGUE_UPGRADE: Scenario = Scenario {
    id: "access/malicious-upgrade/rogue-admin",
    about: "the administrator of a proxy puts new code behind it whose one new function pays anybody, and empties the pool \
            in the blocks after (as with PAID Network, March 2021, and Kokomo, March 2023)",
    attack: rogue_upgrade,
    twin: rogue_upgrade_twin,
};

const KIND: &str = "access/malicious-upgrade";

struct Vault {
    owner: Address,
    at: Address,
    usd: Address,
}

fn vault(stage: &mut Stage<'_>, contract: &str, announced: Option<&str>) -> Result<(Vault, Address)> {
    let owner = stage.actor("vault owner");
    let usd = token(stage, owner, "USDC", 6)?;
    let code = stage.deploy(owner, contract, args![])?;
    let init = call_data("initialize(address)", args![usd]);
    let at = stage.deploy(owner, "UupsProxy", args![code, init])?;
    let next = announced.map_or(Ok(code), |next| stage.deploy(owner, next, args![]))?;
    stage.protect(at, "vault");
    slot_holds(stage, "code-is-known", KIND, at, IMPLEMENTATION, &[code, next]);
    stage.mine()?;
    for (name, whole) in [("kim", 410_000), ("lou", 1_200_500), ("mia", 77_000), ("ned", 650_000), ("ola", 8_900)] {
        let saver = stage.actor(name);
        let amount = stage.amount(units(whole, 6));
        give(stage, owner, usd, saver, amount);
        allow(stage, saver, usd, at);
        stage.call(saver, at, "deposit(uint256)", args![amount]);
        stage.pass(1)?;
    }
    let mia = stage.actor("mia");
    let some = stage.amount(units(12_000, 6));
    stage.call(mia, at, "withdraw(uint256,address)", args![some, mia]);
    stage.pass(1)?;
    Ok((Vault { owner, at, usd }, next))
}

fn open_upgrade(stage: &mut Stage<'_>) -> Result<()> {
    let (Vault { at, usd, .. }, _) = vault(stage, "UupsVault", None)?;
    let third = held(stage, usd, at)? / U256::from(3);
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    strike_in_parts(stage, thief, "UupsThief", vec![third; 3], |_, part| {
        let amount: U256 = part.into_iter().sum();
        ("rob(address,address,address,uint256)", args![at, usd, payee, amount])
    })?;
    ensure!(held(stage, usd, at)? < U256::from(3), "something is left");
    Ok(())
}

fn open_upgrade_twin(stage: &mut Stage<'_>) -> Result<()> {
    let (Vault { owner, at, usd }, next) = vault(stage, "OwnedUupsVault", Some("LendingUupsVault"))?;
    // The upgrade lends all deposits to a market, in the same transaction.
    let market = stage.deploy(owner, "SimpleMarket", args![usd])?;
    stage.mine()?;
    let all = held(stage, usd, at)?;
    let begin = call_data("begin(address)", args![market]);
    stage.announce("deposits are lent to the market", &[owner], &[(at, Planned::Implementation(next))])?;
    stage.call(owner, at, "upgradeToAndCall(address,bytes)", args![next, begin]);
    stage.between_parts()?;
    ensure!(one(stage, market, "supplied(address)", args![at])? == all, "the deposits were not lent");
    Ok(())
}

struct Collateral {
    owner: Address,
    admin: Address,
    at: Address,
    token: Address,
}

fn collateral(stage: &mut Stage<'_>) -> Result<(Collateral, Address)> {
    let owner = stage.actor("deployer");
    let token = token(stage, owner, "WSTETH", 18)?;
    let code = stage.deploy(owner, "CollateralPool", args![])?;
    let init = call_data("initialize(address,address)", args![token, owner]);
    let at = stage.deploy(owner, "AdminProxy", args![code, owner, init])?;
    // The proxy makes the contract that administers it.
    let admin = at.create(1);
    stage.protect(at, "pool");
    stage.mine()?;
    for (name, whole) in [("pat", 820), ("quinn", 2_450), ("rob", 130), ("sue", 1_111)] {
        let holder = stage.actor(name);
        let amount = stage.amount(units(whole, 18));
        give(stage, owner, token, holder, amount);
        allow(stage, holder, token, at);
        stage.call(holder, at, "post(uint256)", args![amount]);
        stage.pass(1)?;
    }
    Ok((Collateral { owner, admin, at, token }, code))
}

fn upgrade(stage: &mut Stage<'_>, pool: &Collateral, code: Address) {
    let args = args![pool.at, code, Bytes::new()];
    stage.call(pool.owner, pool.admin, "upgradeAndCall(address,address,bytes)", args);
}

fn rogue_upgrade(stage: &mut Stage<'_>) -> Result<()> {
    let (pool, code) = collateral(stage)?;
    slot_holds(stage, "code-is-known", KIND, pool.at, IMPLEMENTATION, &[code]);
    stage.wait(9 * 3_600);
    stage.pass(2)?;
    // The thief has the deployer's key.
    let payee = stage.payee(pool.owner);
    let rogue = stage.preparing(|stage| {
        let rogue = stage.deploy(pool.owner, "CollateralPoolRogue", args![])?;
        stage.mine()?;
        Ok(rogue)
    })?;
    stage.attack(|stage| {
        upgrade(stage, &pool, rogue);
        Ok(())
    })?;
    stage.between_parts()?;
    let third = held(stage, pool.token, pool.at)? / U256::from(3);
    for part in parts(stage, vec![third; 3]) {
        let amount: U256 = part.into_iter().sum();
        stage.attack(|stage| {
            stage.call(pool.owner, pool.at, "claimRewards(address,uint256)", args![payee, amount]);
            Ok(())
        })?;
        stage.between_parts()?;
    }
    ensure!(held(stage, pool.token, pool.at)? < U256::from(3), "something is left");
    Ok(())
}

fn rogue_upgrade_twin(stage: &mut Stage<'_>) -> Result<()> {
    let (pool, code) = collateral(stage)?;
    stage.wait(2 * 3_600);
    stage.pass(2)?;
    // The new code keeps most of the collateral in a reserve that was deployed together with it.
    let next = stage.deploy(pool.owner, "CollateralPoolV2", args![])?;
    let reserve = stage.deploy(pool.owner, "CollateralReserve", args![pool.at])?;
    slot_holds(stage, "code-is-known", KIND, pool.at, IMPLEMENTATION, &[code, next]);
    stage.announce(
        "most of the collateral moves to a reserve",
        &[pool.owner],
        &[(pool.at, Planned::Implementation(next))],
    )?;
    stage.pass(1)?;
    upgrade(stage, &pool, next);
    stage.between_parts()?;
    let most = held(stage, pool.token, pool.at)? * U256::from(8) / U256::from(10);
    for part in parts(stage, vec![most / U256::from(3); 3]) {
        let amount: U256 = part.into_iter().sum();
        stage.call(pool.owner, pool.at, "fundReserve(address,uint256)", args![reserve, amount]);
        stage.between_parts()?;
    }
    ensure!(held(stage, pool.token, reserve)? > most - U256::from(3), "the reserve is empty");
    let rob = stage.actor("rob");
    let own = one(stage, pool.at, "collateralOf(address)", args![rob])?;
    stage.call(rob, pool.at, "release(uint256)", args![own]);
    stage.mine()?;
    ensure!(held(stage, pool.token, rob)? == own, "a holder cannot leave");
    Ok(())
}
