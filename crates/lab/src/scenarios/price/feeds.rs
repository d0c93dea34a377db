//! Feeds that stand still, and feeds that anybody may write into.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, WETH, args, call_data, ether,
    scenarios::{
        cast::{CITIZENS, assault, issue, newcomer, paired, rich, wrap},
        declare::{Invariant, view_never},
        props::{allow, held, units},
    },
};

pub(super) const STALE_FEED: Scenario = Scenario {
    id: "price/oracle-stale/luna-feed",
    about: "a feed stops at its lowest answer while the token falls on, and a market goes on lending by it (Venus and Blizz, May 2022)",
    attack: stale,
    twin: stale_twin,
};

pub(super) const TELLOR_TROVES: Scenario = Scenario {
    id: "price/oracle-compromise/tellor-troves",
    about: "whoever stakes may report; a report that nobody disputed yet mints euros, the next one liquidates the others (Bonq, February 2023)",
    attack: troves,
    twin: troves_twin,
};

struct Luna {
    luna: Address,
    dollar: Address,
    pool: Address,
    feed: Address,
    market: Address,
}

/// A market behind a proxy, a feed, a pool; the token has begun to fall. `floor` is the lowest answer of the feed, with
/// eight places.
fn luna(stage: &mut Stage<'_>, floor: u64) -> Result<Luna> {
    let (admin, maker) = (stage.actor("admin"), rich(stage, "maker", 100_000));
    let (tokens, coins) = (stage.amount(units(250_000, 18)), stage.amount(ether(6_000)));
    let mut holders = vec![(maker, tokens)];
    for name in CITIZENS {
        holders.push((stage.actor(name), stage.amount(units(4_000, 18))));
    }
    let luna = issue(stage, admin, "LUNA", 18, &holders)?;
    wrap(stage, maker, coins);
    stage.mine()?;
    let pool = paired(stage, maker, (luna, tokens), (WETH, coins))?;
    let nodes = stage.actor("feed nodes");
    let feed = stage.deploy(nodes, "Aggregator", args![i256(floor)])?;
    let dollar = issue(stage, admin, "BUSD", 6, &[])?;
    let code = stage.deploy(admin, "FeedMarket", args![])?;
    let init = call_data("initialize(address,address,address)", args![luna, dollar, feed]);
    let market = stage.deploy(admin, "UupsProxy", args![code, init])?;
    stage.call(admin, dollar, "mint(address,uint256)", args![market, stage.amount(units(2_000_000, 6))]);
    stage.protect(market, "market");
    let asks = Some(format!("input = '{}'", call_data("latestTimestamp()", args![])));
    let broken = "observed.value != null && observed.value != 0 && block.timestamp > observed.value + 600".to_owned();
    let (id, kind) = ("feed-fresh", "price/oracle-stale");
    Invariant { id, kind, on: "observed", broken, about: feed, asks }.declare(stage);
    stage.call(nodes, feed, "transmit(int256)", args![i256(6_000_000_000)]);
    for name in CITIZENS {
        let person = stage.actor(name);
        allow(stage, person, luna, market);
        allow(stage, person, luna, pool);
        stage.call(person, market, "mint(uint256)", args![stage.amount(units(1_000, 18))]);
    }
    stage.pass(2)?;
    for name in ["bob", "carol"] {
        let person = stage.actor(name);
        stage.call(person, market, "borrow(uint256)", args![stage.amount(units(20_000, 6))]);
    }
    stage.pass(2)?;
    // It falls: holders sell, the nodes follow, and who borrowed too much is liquidated.
    for (name, price) in [("alice", 5_800_000_000u64), ("dave", 5_500_000_000), ("erin", 3_000_000_000)] {
        let seller = stage.actor(name);
        let amount = stage.amount(units(3_000, 18));
        stage.call(seller, pool, "sell(address,uint256,address)", args![luna, amount, seller]);
        stage.call(nodes, feed, "transmit(int256)", args![i256(price)]);
        stage.pass(2)?;
    }
    let liquidator = stage.actor("liquidator");
    stage.call(admin, dollar, "mint(address,uint256)", args![liquidator, stage.amount(units(100_000, 6))]);
    allow(stage, liquidator, dollar, market);
    for name in ["bob", "carol"] {
        let debtor = stage.actor(name);
        let half = stage.amount(units(10_000, 6));
        stage.call(liquidator, market, "liquidateBorrow(address,uint256)", args![debtor, half]);
    }
    stage.pass(2)?;
    Ok(Luna { luna, dollar, pool, feed, market })
}

/// A signed number of 256 bits.
fn i256(number: u64) -> Signed {
    Signed(U256::from(number))
}

struct Signed(U256);

impl crate::Arg for Signed {
    fn value(self) -> alloy_dyn_abi::DynSolValue {
        alloy_dyn_abi::DynSolValue::Int(alloy_primitives::I256::from_raw(self.0), 256)
    }
}

const PLEDGE: &str = "run(address,address,uint256,address)";

fn stale(stage: &mut Stage<'_>) -> Result<()> {
    let Luna { luna, dollar, pool, feed, market } = luna(stage, 10_700_000)?;
    let (admin, nodes, mill) = (stage.actor("admin"), stage.actor("feed nodes"), stage.actor("seigniorage"));
    // Millions of new tokens are printed and sold; the nodes say their lowest, and then they are switched off.
    stage.call(admin, luna, "mint(address,uint256)", args![mill, stage.amount(units(40_000_000, 18))]);
    allow(stage, mill, luna, pool);
    for price in [800_000_000u64, 90_000_000, 10_000_000, 9_000_000] {
        let amount = stage.amount(units(10_000_000, 18));
        stage.call(mill, pool, "sell(address,uint256,address)", args![luna, amount, mill]);
        stage.call(nodes, feed, "transmit(int256)", args![i256(price)]);
        stage.pass(2)?;
    }
    stage.call(nodes, feed, "pause()", args![]);
    stage.wait(3_600);
    stage.pass(3)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let (coins, loan) = (stage.amount(ether(20)), stage.amount(units(500_000, 6)));
    assault(stage, thief, "BuyAndPledge", |parts| {
        let parts = U256::from(parts);
        (coins / parts, PLEDGE, args![pool, market, loan / parts, payee])
    })?;
    let loot = held(stage, dollar, payee)?;
    ensure!(loot + U256::from(3) > loan, "{loot} of {loan} were borrowed");
    Ok(())
}

fn stale_twin(stage: &mut Stage<'_>) -> Result<()> {
    let Luna { luna, dollar, pool, feed, market } = luna(stage, 1)?;
    let nodes = stage.actor("feed nodes");
    // The token goes on falling, the nodes go on telling, and someone believes that this was the bottom.
    for price in [5_100_000_000u64, 4_900_000_000, 4_800_000_000] {
        let seller = stage.actor("big holder");
        let admin = stage.actor("admin");
        let amount = stage.amount(units(4_000, 18));
        stage.call(admin, luna, "mint(address,uint256)", args![seller, amount]);
        allow(stage, seller, luna, pool);
        stage.call(seller, pool, "sell(address,uint256,address)", args![luna, amount, seller]);
        stage.call(nodes, feed, "transmit(int256)", args![i256(price)]);
        stage.pass(2)?;
    }
    let believer = newcomer(stage, "believer")?;
    let contract = stage.deploy(believer, "BuyAndPledge", args![])?;
    stage.mine()?;
    let (coins, loan) = (stage.amount(ether(500)), stage.amount(units(500_000, 6)));
    stage.pay(believer, contract, coins, PLEDGE, args![pool, market, loan, believer]);
    stage.mine()?;
    ensure!(held(stage, dollar, believer)? == loan, "nothing was borrowed");
    Ok(())
}

struct Bonq {
    walbt: Address,
    beur: Address,
    feed: Address,
    troves: Address,
    trb_pool: Address,
    walbt_pool: Address,
    owners: Vec<Address>,
}

fn bonq(stage: &mut Stage<'_>) -> Result<Bonq> {
    let (admin, maker, reporter) = (stage.actor("admin"), rich(stage, "maker", 100_000), stage.actor("reporter"));
    let (plenty, coins) = (stage.amount(units(40_000_000, 18)), stage.amount(ether(800)));
    let mut holders = vec![(maker, plenty)];
    for name in CITIZENS {
        holders.push((stage.actor(name), stage.amount(units(30_000_000, 18))));
    }
    let walbt = issue(stage, admin, "WALBT", 18, &holders)?;
    let trb = issue(stage, admin, "TRB", 18, &[(maker, plenty), (reporter, units(100, 18))])?;
    wrap(stage, maker, coins * U256::from(2));
    stage.mine()?;
    let walbt_pool = paired(stage, maker, (walbt, plenty), (WETH, coins))?;
    let trb_pool = paired(stage, maker, (trb, stage.amount(units(400_000, 18))), (WETH, coins))?;
    let feed = stage.deploy(admin, "TellorFlex", args![trb])?;
    let troves = stage.deploy(admin, "Troves", args![feed, walbt])?;
    stage.mine()?;
    let beur = crate::scenarios::props::whom(stage, troves, "beur()", args![])?;
    stage.protect(troves, "troves");
    stage.protect(feed, "price feed");
    // The token was worth between a cent and a euro in all its life.
    let broken = "observed.value != 0 && (observed.value > ether(\"1\") || observed.value < ether(\"0.01\"))";
    view_never(stage, "walbt-price", "price/oracle-compromise", feed, ("value()", args![]), broken);
    allow(stage, reporter, trb, feed);
    stage.call(reporter, feed, "depositStake(uint256)", args![units(10, 18)]);
    stage.call(reporter, feed, "submitValue(uint256)", args![cents(5)]);
    stage.pass(1)?;
    let mut owners = Vec::new();
    for (number, name) in CITIZENS.into_iter().enumerate() {
        let owner = stage.actor(name);
        owners.push(owner);
        allow(stage, owner, walbt, troves);
        stage.call(owner, troves, "lock(uint256)", args![stage.amount(units(20_000_000, 18))]);
        let loan = stage.amount(units(300_000 + 60_000 * number as u64, 18));
        stage.call(owner, troves, "borrow(uint256,address)", args![loan, owner]);
        stage.pass(1)?;
    }
    stage.call(reporter, feed, "submitValue(uint256)", args![cents(6)]);
    let carol = stage.actor("carol");
    allow(stage, carol, beur, troves);
    stage.call(carol, troves, "repay(uint256)", args![stage.amount(units(50_000, 18))]);
    stage.pass(2)?;
    Ok(Bonq { walbt, beur, feed, troves, trb_pool, walbt_pool, owners })
}

/// Hundredths of a whole, with 18 places.
fn cents(number: u64) -> U256 {
    ether(number) / U256::from(100)
}

fn troves(stage: &mut Stage<'_>) -> Result<()> {
    let Bonq { walbt, troves, trb_pool, walbt_pool, owners, .. } = bonq(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let (loan, mut coins) = (stage.amount(units(10_000_000, 18)), ether(2));
    let contract = assault(stage, thief, "FalseReporter", |parts| {
        let value = std::mem::take(&mut coins);
        let args = args![troves, trb_pool, walbt_pool, loan / U256::from(parts)];
        (value, "mint(address,address,address,uint256)", args)
    })?;
    let signature = "liquidate(address,address[],address)";
    let mut owners = owners;
    if stage.variation.turned {
        owners.reverse();
    }
    stage.attack(|stage| stage.strike(thief, contract, U256::ZERO, signature, args![troves, owners, payee]))?;
    stage.mine()?;
    let loot = held(stage, walbt, payee)?;
    ensure!(loot >= stage.amount(units(100_000_000, 18)), "{loot} were taken");
    Ok(())
}

fn troves_twin(stage: &mut Stage<'_>) -> Result<()> {
    let Bonq { walbt, beur, feed, troves, owners, .. } = bonq(stage)?;
    let (reporter, admin) = (stage.actor("reporter"), stage.actor("admin"));
    // The price doubles, and a whale draws on it; then it falls by two thirds, and the whale's trove is liquidated by
    // somebody who has the euros.
    let (whale, rescuer) = (stage.actor("whale"), stage.actor("rescuer"));
    let (collateral, loan) = (stage.amount(units(100_000_000, 18)), stage.amount(units(8_000_000, 18)));
    stage.call(admin, walbt, "mint(address,uint256)", args![whale, collateral]);
    stage.call(reporter, feed, "submitValue(uint256)", args![cents(12)]);
    stage.pass(2)?;
    allow(stage, whale, walbt, troves);
    stage.call(whale, troves, "lock(uint256)", args![collateral]);
    stage.call(whale, troves, "borrow(uint256,address)", args![loan, whale]);
    stage.pass(2)?;
    stage.call(whale, beur, "transfer(address,uint256)", args![rescuer, loan]);
    stage.call(reporter, feed, "submitValue(uint256)", args![cents(9)]);
    allow(stage, rescuer, beur, troves);
    stage.pass(1)?;
    stage.call(rescuer, troves, "liquidate(address)", args![whale]);
    stage.mine()?;
    let (got, first) = (held(stage, walbt, rescuer)?, stage.view(troves, "collateral(address)", args![owners[0]])?[0]);
    ensure!(got == collateral && !first.is_zero(), "{got} were liquidated");
    Ok(())
}
