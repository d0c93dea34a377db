//! Who comes first to a proxy that nobody initialized yet, and stays unseen: the middlemen found in July 2025.

use anyhow::{Result, ensure};
use case::Planned;
use facts::{Address, U256};

use super::super::{
    cast::CITIZENS,
    declare::slot_holds,
    props::{allow, give, held, out_of_a_mixer, token, units, whom},
};
use crate::{Scenario, Stage, args};

pub(super) const PROXY_IN_THE_MIDDLE: Scenario = Scenario {
    id: "access/initializer/proxy-in-the-middle",
    about: "between the deployment of a proxy and its initialization somebody initializes it, puts code before its code \
            that passes everything on, and undoes the rest; when people have trusted it with enough, he draws it",
    attack,
    twin,
};

const KIND: &str = "access/initializer";
const INITIALIZE: &str = "initialize(address,address)";

struct Box {
    proxy: Address,
    code: Address,
    usd: Address,
}

/// A proxy that is not initialized, and dollars in people's hands.
fn put_up(stage: &mut Stage<'_>) -> Result<Box> {
    let team = stage.actor("team");
    let usd = token(stage, team, "USDC", 6)?;
    for name in CITIZENS {
        let (person, dollars) = (stage.actor(name), stage.amount(units(900_000, 6)));
        give(stage, team, usd, person, dollars);
    }
    stage.pass(1)?;
    let code = stage.deploy(team, "SafeBox", args![])?;
    let proxy = stage.deploy(team, "LateProxy", args![code])?;
    stage.protect(proxy, "safe box");
    stage.mine()?;
    Ok(Box { proxy, code, usd })
}

/// The team initializes it, and people trust it for weeks.
fn trusted(stage: &mut Stage<'_>, of: &Box) -> Result<()> {
    let team = stage.actor("team");
    stage.call(team, of.proxy, INITIALIZE, args![team, of.usd]);
    stage.pass(2)?;
    for (number, name) in (1u64..).zip(CITIZENS) {
        let person = stage.actor(name);
        allow(stage, person, of.usd, of.proxy);
        let amount = stage.amount(units(150_000 * number, 6));
        stage.call(person, of.proxy, "store(uint256)", args![amount]);
        stage.wait(3 * 86_400);
        stage.pass(1)?;
        stage.call(person, of.proxy, "release(uint256)", args![amount / U256::from(9)]);
        stage.pass(1)?;
    }
    Ok(())
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let of = put_up(stage)?;
    let implementation = super::super::declare::IMPLEMENTATION;
    slot_holds(stage, "known-code", KIND, of.proxy, implementation, &[of.code]);
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    stage.preparing(|stage| {
        let middle = stage.deploy_attack(thief, "Middle")?;
        let man = stage.deploy_attack(thief, "MiddleMan")?;
        stage.strike(thief, man, U256::ZERO, "take(address,address,address)", args![of.proxy, of.code, middle])?;
        stage.mine()
    })?;
    trusted(stage, &of)?;
    let (all, parts) = (held(stage, of.usd, of.proxy)?, stage.variation.parts);
    for _ in 0..parts {
        let amount = all / U256::from(parts);
        stage.attack(|stage| {
            stage.call(thief, of.proxy, "draw(address,address,uint256)", args![of.usd, payee, amount]);
            Ok(())
        })?;
        stage.between_parts()?;
    }
    let left = held(stage, of.usd, of.proxy)?;
    ensure!(left < U256::from(parts), "{left} is left");
    Ok(())
}

/// The team puts a gate before its own code that counts for a while, and takes home its fees.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let of = put_up(stage)?;
    trusted(stage, &of)?;
    let team = stage.actor("team");
    let gate = stage.deploy(team, "CountingGate", args![of.code])?;
    let implementation = super::super::declare::IMPLEMENTATION;
    slot_holds(stage, "known-code", KIND, of.proxy, implementation, &[of.code, gate]);
    stage.announce("fees are counted", &[team], &[(of.proxy, Planned::Implementation(gate))])?;
    stage.pass(2)?;
    stage.call(team, of.proxy, "upgradeTo(address)", args![gate]);
    stage.pass(1)?;
    let treasury = stage.stranger("treasury");
    stage.call(team, of.proxy, "collectFees(address)", args![treasury]);
    stage.pass(1)?;
    // One of them takes all of his.
    let alice = stage.actor("alice");
    let own = super::super::props::one(stage, of.proxy, "boxOf(address)", args![alice])?;
    stage.call(alice, of.proxy, "release(uint256)", args![own]);
    stage.mine()?;
    ensure!(!held(stage, of.usd, treasury)?.is_zero(), "there were no fees");
    ensure!(whom(stage, of.proxy, "governor()", args![])? == team, "it is not the team's");
    Ok(())
}
