//! Numbers of which a part is thrown away.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, WETH, args, ether,
    scenarios::{
        cast::{CITIZENS, assault, issue, newcomer, paired, rich, wrap},
        declare::view_never,
        props::{allow, held, units},
    },
};

pub(super) const RANGE_FUND: Scenario = Scenario {
    id: "arithmetic/unsafe-cast/range-fund",
    about: "what a position costs is cut to 128 bits, so that an enormous one costs one unit (Cetus, May 2025)",
    attack: range,
    twin: range_twin,
};

pub(super) const WHOLE_UNITS: Scenario = Scenario {
    id: "arithmetic/precision-loss/whole-units",
    about: "a debt is divided before it is multiplied: a little less than a whole bitcoin counts as nothing, as often as one likes",
    attack: whole,
    twin: whole_twin,
};

/// Liquidity for an amount of the fund's token, by its width of a tenth.
fn liquidity(amount: U256) -> U256 {
    (amount << 64) / width()
}

fn width() -> U256 {
    (U256::ONE << 64) / U256::from(10)
}

fn fund(stage: &mut Stage<'_>) -> Result<(Address, Address, Address)> {
    let (admin, maker) = (stage.actor("admin"), rich(stage, "maker", 50_000));
    let plenty = stage.amount(units(30_000_000, 9));
    let mut holders = vec![(maker, plenty)];
    for name in CITIZENS {
        holders.push((stage.actor(name), plenty / U256::from(5)));
    }
    let token = issue(stage, admin, "haSUI", 9, &holders)?;
    let coins = stage.amount(ether(900));
    wrap(stage, maker, coins);
    stage.mine()?;
    let pool = paired(stage, maker, (token, plenty), (WETH, coins))?;
    let fund = stage.deploy(admin, "RangeFund", args![token, width()])?;
    stage.protect(fund, "fund");
    let kind = "arithmetic/unsafe-cast";
    view_never(stage, "fund-missing", kind, fund, ("missing()", args![]), "observed.value > 0");
    stage.pass(1)?;
    for (number, name) in CITIZENS.into_iter().enumerate() {
        let person = stage.actor(name);
        allow(stage, person, token, fund);
        let amount = stage.amount(units(2_000_000 + 500_000 * number as u64, 9));
        stage.call(person, fund, "addLiquidity(uint256)", args![liquidity(amount)]);
        stage.pass(1)?;
    }
    let dave = stage.actor("dave");
    let some = liquidity(stage.amount(units(700_000, 9)));
    stage.call(dave, fund, "removeLiquidity(uint256)", args![some]);
    stage.pass(2)?;
    Ok((token, pool, fund))
}

fn range(stage: &mut Stage<'_>) -> Result<()> {
    let (token, pool, fund) = fund(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let before = held(stage, token, fund)?;
    let coins = ether(1) / U256::from(100);
    assault(stage, thief, "RangeThief", |parts| {
        let amount = before * U256::from(95) / U256::from(100 * parts);
        (coins, "run(address,address,uint256,address)", args![fund, pool, amount, payee])
    })?;
    let left = held(stage, token, fund)?;
    ensure!(left < before / U256::from(10), "{left} of {before} are left");
    Ok(())
}

fn range_twin(stage: &mut Stage<'_>) -> Result<()> {
    let (token, _, fund) = fund(stage)?;
    let (admin, whale) = (stage.actor("admin"), stage.actor("whale"));
    let amount = stage.amount(units(60_000_000, 9));
    stage.call(admin, token, "mint(address,uint256)", args![whale, amount]);
    allow(stage, whale, token, fund);
    stage.call(whale, fund, "addLiquidity(uint256)", args![liquidity(amount) - U256::from(100)]);
    stage.pass(4)?;
    // Four fifths of all that is in there belongs to one, who takes it.
    stage.call(whale, fund, "removeLiquidity(uint256)", args![liquidity(amount) - U256::from(100)]);
    stage.mine()?;
    let back = held(stage, token, whale)?;
    ensure!(back > amount * U256::from(99) / U256::from(100), "{back} of {amount} came back");
    Ok(())
}

fn lending(stage: &mut Stage<'_>) -> Result<(Address, Address, Address)> {
    let admin = stage.actor("admin");
    let mut holders = Vec::new();
    for name in CITIZENS {
        holders.push((stage.actor(name), stage.amount(units(2_000_000, 6))));
    }
    let bitcoin = issue(stage, admin, "WBTC", 8, &[])?;
    let dollar = issue(stage, admin, "USDC", 6, &holders)?;
    let market = stage.deploy(admin, "WholeUnits", args![bitcoin, dollar])?;
    stage.call(admin, bitcoin, "mint(address,uint256)", args![market, stage.amount(units(400, 8))]);
    stage.protect(market, "market");
    // What borrowers owe may fall behind by a few bitcoins' worth of rounding, not by ten.
    let (kind, view) = ("arithmetic/precision-loss", ("unbooked()", args![]));
    view_never(stage, "debts-booked", kind, market, view, "observed.value > 600000000000");
    stage.pass(1)?;
    for (number, name) in CITIZENS.into_iter().enumerate() {
        let person = stage.actor(name);
        allow(stage, person, dollar, market);
        stage.call(person, market, "pledge(uint256)", args![stage.amount(units(1_500_000, 6))]);
        let whole = stage.amount(U256::from(100 + 5 * number as u64)) / U256::from(20);
        stage.call(person, market, "borrow(uint256)", args![whole * units(1, 8)]);
        stage.pass(1)?;
    }
    let alice = stage.actor("alice");
    allow(stage, alice, bitcoin, market);
    stage.call(alice, market, "repay(uint256)", args![units(1, 8)]);
    stage.call(alice, market, "release(uint256)", args![stage.amount(units(20_000, 6))]);
    stage.pass(2)?;
    Ok((bitcoin, dollar, market))
}

fn whole(stage: &mut Stage<'_>) -> Result<()> {
    let (bitcoin, _, market) = lending(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    assault(stage, thief, "WholeThief", |parts| {
        (U256::ZERO, "run(address,uint256,address)", args![market, 48 / parts, payee])
    })?;
    let loot = held(stage, bitcoin, payee)?;
    ensure!(loot > units(47, 8), "{loot} were borrowed");
    Ok(())
}

fn whole_twin(stage: &mut Stage<'_>) -> Result<()> {
    let (bitcoin, dollar, market) = lending(stage)?;
    let (admin, broker) = (stage.actor("admin"), stage.actor("broker"));
    let clients: Vec<Address> = (0..40).map(|number| stage.stranger(&format!("client {number}"))).collect();
    let collateral = units(4_000_000, 6);
    stage.call(admin, dollar, "mint(address,uint256)", args![broker, collateral]);
    let contract = stage.deploy(broker, "WholeBroker", args![])?;
    allow(stage, broker, dollar, contract);
    stage.pass(2)?;
    let lend = "lendOut(address,uint256,address[])";
    stage.call(broker, contract, lend, args![market, collateral, clients.clone()]);
    stage.mine()?;
    ensure!(held(stage, bitcoin, clients[39])? == units(1, 8), "a client got something else");
    Ok(())
}
