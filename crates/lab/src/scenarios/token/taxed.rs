//! Tokens of which less arrives than was sent, or of which the pool's own holdings burn.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, Tuple, WETH, args, ether,
    scenarios::{
        cast::{CITIZENS, assault, issue, lender, newcomer, paired, rich, wrap},
        declare::view_never,
        props::{allow, held, out_of_a_mixer, units},
    },
};

pub(super) const SAFE_POOL: Scenario = Scenario {
    id: "token/fee-on-transfer/safe-pool",
    about: "a farm books what was sent, not what arrived, until its holdings are dust and rewards are shared by them (SafeDollar, June 2021)",
    attack: safe_pool,
    twin: safe_pool_twin,
};

pub(super) const PAIR_BURNER: Scenario = Scenario {
    id: "token/fee-on-transfer/pair-burner",
    about: "a token burns the pool's holdings for every sale; pretended sales burn nearly all, and what is left is dear (the deflationary tokens of 2022 and 2023)",
    attack: pair_burner,
    twin: pair_burner_twin,
};

struct Safe {
    plx: Address,
    sdo: Address,
    farm: Address,
    /// Of PLX and of SDO with coins.
    pools: [Address; 2],
}

fn safe(stage: &mut Stage<'_>) -> Result<Safe> {
    let (admin, maker) = (stage.actor("admin"), rich(stage, "maker", 100_000));
    let (plenty, coins) = (stage.amount(units(40_000_000, 18)), stage.amount(ether(600)));
    let plx = stage.deploy(admin, "TaxToken", args![])?;
    stage.call(admin, plx, "mint(address,uint256)", args![maker, plenty]);
    let sdo = issue(stage, admin, "SDO", 18, &[(maker, stage.amount(units(1_000_000, 18)))])?;
    wrap(stage, maker, coins * U256::from(2));
    stage.mine()?;
    let plx_pool = paired(stage, maker, (plx, plenty), (WETH, coins))?;
    let sdo_pool = paired(stage, maker, (sdo, stage.amount(units(1_000_000, 18))), (WETH, coins))?;
    let farm = stage.deploy(admin, "SafePool", args![sdo, plx, ether(1) / U256::from(10)])?;
    stage.call(admin, sdo, "setMinter(address)", args![farm]);
    stage.protect(farm, "farm");
    let (kind, view) = ("token/fee-on-transfer", ("bookedOverHeld()", args![]));
    view_never(stage, "farm-booked", kind, farm, view, "observed.value > 115");
    stage.pass(1)?;
    for (number, name) in CITIZENS.into_iter().enumerate() {
        let person = stage.actor(name);
        let stake = stage.amount(units(100_000 + 20_000 * number as u64, 18));
        stage.call(admin, plx, "mint(address,uint256)", args![person, stake * U256::from(2)]);
        allow(stage, person, plx, farm);
        stage.call(person, farm, "deposit(uint256)", args![stake]);
        stage.pass(1)?;
    }
    let alice = stage.actor("alice");
    stage.call(alice, farm, "deposit(uint256)", args![U256::ZERO]);
    stage.pass(1)?;
    stage.call(alice, farm, "withdraw(uint256)", args![stage.amount(units(30_000, 18))]);
    stage.pass(2)?;
    Ok(Safe { plx, sdo, farm, pools: [plx_pool, sdo_pool] })
}

fn safe_pool(stage: &mut Stage<'_>) -> Result<()> {
    let Safe { sdo, farm, pools: [plx_pool, sdo_pool], .. } = safe(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let before = held(stage, WETH, sdo_pool)?;
    let (coins, kept) = (stage.amount(ether(70)), stage.amount(units(1_000, 18)));
    let contract = assault(stage, thief, "SafeThief", |parts| {
        let rounds = U256::from(60 / parts);
        (coins, "grind(address,address,uint256,uint256)", args![farm, plx_pool, rounds, kept])
    })?;
    stage.pass(1)?;
    let sold = stage.amount(units(20_000_000, 18));
    let reap = "reap(address,address,uint256,address)";
    stage.attack(|stage| stage.strike(thief, contract, U256::ZERO, reap, args![farm, sdo_pool, sold, payee]))?;
    stage.mine()?;
    let (left, minted) = (held(stage, WETH, sdo_pool)?, held(stage, sdo, contract)?);
    ensure!(left < before / U256::from(10), "{left} of {before} are left, {minted} more were minted");
    Ok(())
}

fn safe_pool_twin(stage: &mut Stage<'_>) -> Result<()> {
    let Safe { plx, sdo, farm, pools: [_, sdo_pool] } = safe(stage)?;
    let (admin, whale) = (stage.actor("admin"), stage.actor("whale"));
    let stake = stage.amount(units(5_000_000, 18));
    stage.call(admin, plx, "mint(address,uint256)", args![whale, stake]);
    allow(stage, whale, plx, farm);
    stage.call(whale, farm, "deposit(uint256)", args![stake]);
    stage.pass(1)?;
    stage.wait(7_200);
    stage.pass(2)?;
    stage.call(whale, farm, "withdraw(uint256)", args![stake / U256::from(2)]);
    stage.mine()?;
    let earned = held(stage, sdo, whale)?;
    allow(stage, whale, sdo, sdo_pool);
    stage.call(whale, sdo_pool, "sell(address,uint256,address)", args![sdo, earned, whale]);
    stage.mine()?;
    ensure!(earned > units(500, 18), "{earned} were earned");
    Ok(())
}

struct Scarce {
    token: Address,
    pair: Address,
    other: Address,
    lender: Address,
}

fn scarce(stage: &mut Stage<'_>) -> Result<Scarce> {
    let (owner, maker) = (stage.actor("owner"), rich(stage, "maker", 300_000));
    let (supply, coins) = (stage.amount(units(1_000_000, 18)), stage.amount(ether(600)));
    let token = stage.deploy(owner, "ScarceToken", args![U256::from(1_000_000_000)])?;
    stage.call(owner, token, "mint(address,uint256)", args![owner, supply]);
    stage.call(owner, token, "mint(address,uint256)", args![maker, supply / U256::from(4)]);
    wrap(stage, owner, coins);
    wrap(stage, maker, stage.amount(ether(20_000)));
    stage.mine()?;
    let pair = paired(stage, owner, (token, supply), (WETH, coins))?;
    let other = paired(stage, maker, (token, supply / U256::from(4)), (WETH, coins / U256::from(4)))?;
    stage.call(owner, token, "setPair(address)", args![pair]);
    let lender = lender(stage, maker, &[(WETH, stage.amount(ether(15_000)))])?;
    stage.protect(pair, "pair");
    stage.protect(token, "SCARCE");
    // The pair keeps more than half of the coins that it began with.
    let least = coins * U256::from(6) / U256::from(10);
    let broken = format!("observed.value != 0 && observed.value < amount(\"{least}\")");
    let view = ("balanceOf(address)", args![pair]);
    view_never(stage, "pair-coins", "token/fee-on-transfer", WETH, view, &broken);
    stage.pass(1)?;
    for name in CITIZENS {
        let trader = stage.actor(name);
        let spend = stage.amount(ether(10));
        wrap(stage, trader, spend);
        allow(stage, trader, WETH, pair);
        allow(stage, trader, token, pair);
        stage.call(trader, pair, "sell(address,uint256,address)", args![WETH, spend, trader]);
        stage.pass(1)?;
    }
    let (bob, dave, erin) = (stage.actor("bob"), stage.actor("dave"), stage.actor("erin"));
    let sold = stage.amount(units(8_000, 18));
    stage.call(bob, pair, "sell(address,uint256,address)", args![token, sold, bob]);
    stage.pass(1)?;
    stage.call(dave, token, "transfer(address,uint256)", args![erin, sold / U256::from(4)]);
    stage.pass(2)?;
    Ok(Scarce { token, pair, other, lender })
}

fn pair_burner(stage: &mut Stage<'_>) -> Result<()> {
    let Scarce { token, pair, lender, .. } = scarce(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    let (loan, before) = (stage.amount(ether(5_500)), held(stage, WETH, pair)?);
    assault(stage, thief, "PairDrainer", |parts| {
        let job = Tuple(args![token, U256::from(if parts == 1 { 6u64 } else { 1 }), payee]);
        (U256::ZERO, "run(address,uint256,(address,uint256,address))", args![lender, loan, job])
    })?;
    let (left, loot) = (held(stage, WETH, pair)?, held(stage, WETH, payee)?);
    ensure!(left < before / U256::from(3) && loot > before / U256::from(2), "{left} of {before} are left");
    Ok(())
}

fn pair_burner_twin(stage: &mut Stage<'_>) -> Result<()> {
    let Scarce { token, pair, other, lender } = scarce(stage)?;
    let (trader, buyer) = (stage.actor("arbitrageur"), stage.actor("big buyer"));
    let (spend, loan) = (stage.amount(ether(90)), stage.amount(ether(40)));
    let contract = stage.deploy(trader, "ScarceArbitrage", args![])?;
    wrap(stage, buyer, spend);
    allow(stage, buyer, WETH, pair);
    allow(stage, buyer, token, pair);
    stage.pass(1)?;
    // A large purchase in one pool, the difference carried to the other, and a large sale.
    stage.call(buyer, pair, "sell(address,uint256,address)", args![WETH, spend, buyer]);
    let run = "run(address,address,uint256,address,address,address)";
    stage.call(trader, contract, run, args![lender, WETH, loan, token, other, pair]);
    stage.pass(2)?;
    let bag = held(stage, token, buyer)? / U256::from(2);
    stage.call(buyer, pair, "sell(address,uint256,address)", args![token, bag, buyer]);
    stage.call(buyer, token, "transfer(address,uint256)", args![trader, bag / U256::from(10)]);
    stage.mine()?;
    ensure!(!held(stage, WETH, trader)?.is_zero(), "the difference brought nothing");
    Ok(())
}
