//! The same position named many times in one list: reward contracts that add up before they book.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, args, ether,
    scenarios::{
        cast::{CITIZENS, issue, newcomer},
        declare::view_never,
        props::{allow, held, parts},
    },
};

pub(super) const NAMED_TWICE: Scenario = Scenario {
    id: "logic/reward-claim/named-twice",
    about: "a collection of rewards adds up what is due for each position on a list before it books any as paid; somebody \
            names the same ones again and again",
    attack,
    twin,
};

const COLLECT: &str = "collect(uint256[],address)";

struct Store {
    at: Address,
    grain: Address,
    bread: Address,
}

fn store(stage: &mut Stage<'_>) -> Result<Store> {
    let baker = stage.actor("baker");
    let mut holders = Vec::new();
    for name in CITIZENS.into_iter().chain(["thief", "hoarder"]) {
        holders.push((stage.actor(name), stage.amount(ether(1_000_000))));
    }
    let grain = issue(stage, baker, "GRN", 18, &holders)?;
    let bread = issue(stage, baker, "BRD", 18, &[(baker, stage.amount(ether(5_000_000)))])?;
    // A little under one in a hundred a day.
    let at = stage.deploy(baker, "Granary", args![grain, bread, 100_000_000_000u64])?;
    stage.protect(at, "granary");
    let stock = stage.amount(ether(4_000_000));
    stage.call(baker, bread, "transfer(address,uint256)", args![at, stock]);
    view_never(stage, "pays-what-was-earned", "logic/reward-claim", at, ("overdrawn()", args![]), "observed.value > 0");
    stage.pass(1)?;
    for (number, name) in CITIZENS.into_iter().enumerate() {
        let person = stage.actor(name);
        allow(stage, person, grain, at);
        let load = stage.amount(ether(300_000 + 50_000 * number as u64));
        stage.call(person, at, "store(uint256[])", args![vec![load, load / U256::from(3)]]);
        stage.pass(1)?;
    }
    Ok(Store { at, grain, bread })
}

/// Days on which people collect what is theirs.
fn days(stage: &mut Stage<'_>, at: Address) -> Result<()> {
    for (day, name) in CITIZENS.into_iter().enumerate() {
        stage.wait(86_400);
        let (person, first) = (stage.actor(name), 2 * day as u64);
        stage.call(person, at, COLLECT, args![vec![first, first + 1], person]);
        stage.pass(1)?;
    }
    Ok(())
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Store { at, grain, bread } = store(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    stage.preparing(|stage| {
        allow(stage, thief, grain, at);
        let load = stage.amount(ether(80_000));
        stage.call(thief, at, "store(uint256[])", args![vec![load; 6]]);
        stage.mine()
    })?;
    days(stage, at)?;
    let stock = held(stage, bread, at)?;
    for part in parts(stage, (10..16u64).collect()) {
        let named: Vec<u64> = part.iter().flat_map(|id| vec![*id; 120]).collect();
        stage.attack(|stage| {
            stage.call(thief, at, COLLECT, args![named, payee]);
            Ok(())
        })?;
        stage.between_parts()?;
    }
    let loot = held(stage, bread, payee)?;
    ensure!(loot > stock / U256::from(3), "{loot} of {stock}");
    Ok(())
}

/// Somebody with three hundred positions of his own collects for all of them, after weeks.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Store { at, grain, bread } = store(stage)?;
    let hoarder = stage.actor("hoarder");
    allow(stage, hoarder, grain, at);
    let load = stage.amount(ether(3_000));
    stage.call(hoarder, at, "store(uint256[])", args![vec![load; 300]]);
    days(stage, at)?;
    stage.wait(40 * 86_400);
    stage.pass(1)?;
    for part in parts(stage, (10..310u64).collect()) {
        stage.call(hoarder, at, COLLECT, args![part, hoarder]);
        stage.between_parts()?;
    }
    let got = held(stage, bread, hoarder)?;
    ensure!(got > stage.amount(ether(300_000)), "{got} were collected");
    Ok(())
}
