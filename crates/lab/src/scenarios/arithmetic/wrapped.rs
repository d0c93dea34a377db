//! Products that do not fit.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, WETH, args, call_data, ether,
    scenarios::{
        cast::{CITIZENS, assault, newcomer, paired, rich, wrap},
        declare::{Invariant, leaves_at_most},
        props::{allow, held, out_of_a_mixer, units, whom},
    },
};

pub(super) const BATCH_TOKEN: Scenario = Scenario {
    id: "arithmetic/overflow/batch-token",
    about: "twice half of all numbers is nothing: two receivers get more than there is, for free (BEC, April 2018)",
    attack: batch,
    twin: batch_twin,
};

pub(super) const BONDING_CURVE: Scenario = Scenario {
    id: "arithmetic/overflow/bonding-curve",
    about: "so many are bought of a curve that the price wraps round to nothing, and they are sold back for its coins (Truebit, January 2026)",
    attack: curve,
    twin: curve_twin,
};

fn bec(stage: &mut Stage<'_>) -> Result<(Address, Address, U256)> {
    let (owner, maker) = (stage.actor("owner"), rich(stage, "maker", 50_000));
    let token = stage.deploy(owner, "BatchToken", args![])?;
    let (supply, coins) = (stage.amount(units(70_000_000, 18)), stage.amount(ether(700)));
    stage.call(owner, token, "mint(address,uint256)", args![owner, supply]);
    stage.call(owner, token, "transfer(address,uint256)", args![maker, supply / U256::from(5)]);
    wrap(stage, maker, coins);
    stage.mine()?;
    let pool = paired(stage, maker, (token, supply / U256::from(5)), (WETH, coins))?;
    stage.protect(token, "BEC");
    stage.protect(pool, "pool");
    let broken = format!("flow.token == address(\"{token:#x}\") && flow.amount > amount(\"{supply}\")");
    let (id, kind) = ("bec-moved", "arithmetic/overflow");
    Invariant { id, kind, on: "flow", broken, about: token, asks: None }.declare(stage);
    stage.pass(1)?;
    let people: Vec<Address> = CITIZENS.iter().map(|name| stage.actor(name)).collect();
    let batch = "batchTransfer(address[],uint256)";
    stage.call(owner, token, batch, args![people.clone(), supply / U256::from(100)]);
    stage.pass(2)?;
    for person in &people[..3] {
        allow(stage, *person, token, pool);
        let some = supply / U256::from(400);
        stage.call(*person, pool, "sell(address,uint256,address)", args![token, some, *person]);
        stage.pass(1)?;
    }
    Ok((token, pool, supply))
}

fn batch(stage: &mut Stage<'_>) -> Result<()> {
    let (token, pool, supply) = bec(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let before = held(stage, WETH, pool)?;
    assault(stage, thief, "BatchThief", |parts| {
        let sold = supply * U256::from(4) / U256::from(parts);
        (U256::ZERO, "run(address,address,uint256,address)", args![token, pool, sold, payee])
    })?;
    let left = held(stage, WETH, pool)?;
    ensure!(left < before / U256::from(10), "{left} of {before} are left");
    Ok(())
}

fn batch_twin(stage: &mut Stage<'_>) -> Result<()> {
    let (token, pool, supply) = bec(stage)?;
    let owner = stage.actor("owner");
    // A distribution of most that the owner has, to as many as fit, some of whom sell at once.
    let people: Vec<Address> = (0..20).map(|number| stage.actor(&format!("early backer {number}"))).collect();
    stage.mine()?;
    let each = supply / U256::from(50);
    stage.call(owner, token, "batchTransfer(address[],uint256)", args![people.clone(), each]);
    stage.mine()?;
    for person in &people[..6] {
        allow(stage, *person, token, pool);
        stage.call(*person, pool, "sell(address,uint256,address)", args![token, each, *person]);
        stage.pass(1)?;
    }
    ensure!(held(stage, token, people[7])? == each, "a backer got something else");
    Ok(())
}

fn tru(stage: &mut Stage<'_>) -> Result<(Address, Address, U256)> {
    let admin = stage.actor("admin");
    let (supply, reserve) = (stage.amount(units(100_000_000, 18)), stage.amount(ether(1_000)));
    let code = stage.deploy(admin, "BondingCurve", args![])?;
    let init = call_data("initialize(uint256,address)", args![supply, admin]);
    let curve = stage.deploy(admin, "UupsProxy", args![code, call_data("token()", args![])])?;
    stage.send(crate::Send { from: admin, to: Some(curve), value: reserve, input: init, ..crate::Send::default() });
    stage.mine()?;
    let token = whom(stage, curve, "token()", args![])?;
    stage.protect(curve, "curve");
    // Nobody buys as much as there is.
    leaves_at_most(stage, "curve-minted", "arithmetic/overflow", (Address::ZERO, Some(token)), supply);
    stage.pass(1)?;
    for name in CITIZENS {
        let person = newcomer(stage, name)?;
        let amount = stage.amount(units(200_000, 18));
        let price = stage.view(curve, "getPurchasePrice(uint256)", args![amount])?[0];
        stage.pay(person, curve, price, "buy(uint256)", args![amount]);
        allow(stage, person, token, curve);
        stage.pass(1)?;
    }
    let erin = stage.actor("erin");
    stage.call(erin, curve, "retire(uint256)", args![stage.amount(units(100_000, 18))]);
    stage.pass(2)?;
    Ok((curve, token, supply))
}

fn curve(stage: &mut Stage<'_>) -> Result<()> {
    let (curve, _, _) = tru(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    let before = stage.balance(curve)?;
    assault(stage, thief, "CurveThief", |parts| {
        let left = U256::from([10, 40, 55][usize::try_from(parts - 1).unwrap_or(2)]);
        (ether(1), "run(address,uint256,address)", args![curve, left, payee])
    })?;
    let left = stage.balance(curve)?;
    ensure!(left < before / U256::from(4), "{left} of {before} are left");
    Ok(())
}

fn curve_twin(stage: &mut Stage<'_>) -> Result<()> {
    let (curve, token, supply) = tru(stage)?;
    let (admin, solver) = (stage.actor("admin"), stage.actor("solver"));
    // Who did the work of years is paid in tokens, and retires all of them.
    let wages = supply * U256::from(85) / U256::from(100);
    stage.call(admin, token, "transfer(address,uint256)", args![solver, wages]);
    allow(stage, solver, token, curve);
    stage.pass(2)?;
    let before = stage.balance(curve)?;
    stage.call(solver, curve, "retire(uint256)", args![wages]);
    stage.mine()?;
    let left = stage.balance(curve)?;
    ensure!(left < before / U256::from(4), "{left} of {before} are left");
    Ok(())
}
