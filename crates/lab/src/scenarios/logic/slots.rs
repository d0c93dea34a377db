//! An upgrade that moves its variables by a slot: Pike Finance (April 2024), and Audius before it.

use anyhow::{Result, ensure};
use case::Planned;
use facts::{Address, U256};

use crate::{
    Scenario, Stage, args, call_data, ether,
    scenarios::{
        cast::{CITIZENS, assault},
        declare::{IMPLEMENTATION, slot_holds},
        props::{out_of_a_mixer, whom},
    },
};

pub(super) const MOVED_OWNER: Scenario = Scenario {
    id: "logic/storage-collision/moved-owner",
    about: "a new version begins with a new variable, the vault no longer knows that it was initialized, and a stranger \
            makes himself its owner (Pike, April 2024)",
    attack,
    twin,
};

struct Pike {
    vault: Address,
    next: Address,
}

/// A vault of coins behind a proxy, and the next version of its code.
fn vault(stage: &mut Stage<'_>, next: &str) -> Result<Pike> {
    let (admin, guardian) = (stage.actor("admin"), stage.actor("guardian"));
    let code = stage.deploy(admin, "PikeV1", args![])?;
    let begin = call_data("initialize(address,address)", args![admin, guardian]);
    let vault = stage.deploy(admin, "UupsProxy", args![code, begin])?;
    stage.protect(vault, "vault");
    stage.pass(1)?;
    for (name, coins) in CITIZENS.into_iter().zip([120, 45, 300, 15, 220]) {
        let person = stage.actor(name);
        let coins = stage.amount(ether(coins));
        stage.pay(person, vault, coins, "deposit()", args![]);
        stage.pass(1)?;
    }
    let bob = stage.actor("bob");
    stage.call(bob, vault, "withdraw(uint256)", args![stage.amount(ether(10))]);
    let next = stage.deploy(admin, next, args![])?;
    let kind = "logic/storage-collision";
    slot_holds(stage, "pike-code", kind, vault, IMPLEMENTATION, &[code, next]);
    stage.pass(3)?;
    Ok(Pike { vault, next })
}

const UPGRADE: &str = "upgradeToAndCall(address,bytes)";

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Pike { vault, next } = vault(stage, "PikeV2")?;
    let admin = stage.actor("admin");
    stage.announce("the second version", &[admin], &[(vault, Planned::Implementation(next))])?;
    stage.call(admin, vault, UPGRADE, args![next, facts::Bytes::new()]);
    stage.pass(1)?;
    // People go on.
    let erin = stage.actor("erin");
    stage.pay(erin, vault, stage.amount(ether(30)), "deposit()", args![]);
    stage.wait(4 * 3_600);
    stage.pass(2)?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    let (before, had) = (stage.balance(vault)?, stage.balance(payee)?);
    let loot = before * U256::from(99) / U256::from(100);
    let at = assault(stage, thief, "PikeThief", |parts| {
        (U256::ZERO, "run(address,uint256,address)", args![vault, loot / U256::from(parts), payee])
    })?;
    ensure!(whom(stage, vault, "owner()", args![])? == at, "the vault has another owner");
    let has = stage.balance(payee)?;
    ensure!(has + ether(1) > had + loot, "the thief has {has} after {had}");
    Ok(())
}

/// The same upgrade without the slip, and a migration: all coins go to a successor, and people withdraw from there.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Pike { vault, next } = vault(stage, "PikeV2Right")?;
    let admin = stage.actor("admin");
    let gateway = stage.actor("gateway");
    let set = call_data("setGateway(address)", args![gateway]);
    stage.announce("the second version", &[admin], &[(vault, Planned::Implementation(next))])?;
    stage.call(admin, vault, UPGRADE, args![next, set]);
    stage.wait(4 * 3_600);
    stage.pass(2)?;
    let successor = stage.deploy(admin, "PikeSuccessor", args![vault])?;
    stage.protect(successor, "next vault");
    stage.pass(1)?;
    let people: Vec<Address> = CITIZENS.iter().map(|name| stage.actor(name)).collect();
    let all = stage.balance(vault)?;
    stage.call(admin, vault, "migrate(address,address[])", args![successor, people]);
    stage.mine()?;
    ensure!(stage.balance(successor)? == all && stage.balance(vault)?.is_zero(), "not all of {all} moved");
    let carol = stage.actor("carol");
    let had = stage.balance(carol)?;
    stage.call(carol, successor, "withdraw(uint256)", args![stage.amount(ether(300))]);
    stage.mine()?;
    ensure!(stage.balance(carol)? + ether(1) > had + stage.amount(ether(300)), "carol was not paid");
    Ok(())
}
