//! Markets that lend by what a pool says at this moment, or nearly so.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, Tuple, WETH, args, ether,
    scenarios::{
        cast::{CITIZENS, assault_anew, issue, lender, newcomer, paired, rich, wrap},
        declare::view_never,
        props::{allow, held, out_of_a_mixer, units},
    },
};

pub(super) const LP_BANK: Scenario = Scenario {
    id: "price/spot-manipulation/lp-bank",
    about: "a bank takes shares of a pool for what the pool holds at this moment, which a flash loan makes five times as much (Cheese Bank, November 2020)",
    attack: lp_bank,
    twin: lp_bank_twin,
};

pub(super) const QUICK_TWAP: Scenario = Scenario {
    id: "price/spot-manipulation/quick-twap",
    about: "an average over two looks is bought up in one block and borrowed on in the next (Inverse Finance, April 2022)",
    attack: quick_twap,
    twin: quick_twap_twin,
};

struct Bank {
    bank: Address,
    dollars: Address,
    lender: Address,
    usdc: Address,
}

fn bank(stage: &mut Stage<'_>) -> Result<Bank> {
    let (admin, maker) = (stage.actor("admin"), rich(stage, "maker", 2_000_000));
    let coins = |stage: &Stage<'_>, whole| stage.amount(ether(whole));
    let (cheeses, dollars) = (stage.amount(units(1_000_000, 18)), stage.amount(units(80_000_000, 6)));
    let cheese = issue(stage, admin, "CHEESE", 18, &[(maker, cheeses)])?;
    let usdc = issue(stage, admin, "USDC", 6, &[(maker, dollars)])?;
    wrap(stage, maker, coins(stage, 100_000));
    stage.mine()?;
    let pool = paired(stage, maker, (cheese, cheeses / U256::from(2)), (WETH, coins(stage, 5_000)))?;
    let market = paired(stage, maker, (usdc, dollars * U256::from(5) / U256::from(8)), (WETH, coins(stage, 20_000)))?;
    let bank = stage.deploy(admin, "LpBank", args![pool, WETH, usdc])?;
    stage.protect(bank, "bank");
    let kind = "price/spot-manipulation";
    view_never(stage, "lp-bank-bad-debt", kind, bank, ("badDebt()", args![]), "observed.value > 0");
    stage.call(maker, usdc, "transfer(address,uint256)", args![bank, stage.amount(units(6_000_000, 6))]);
    let lender = lender(stage, maker, &[(WETH, coins(stage, 60_000))])?;
    stage.pass(1)?;
    for (number, name) in CITIZENS.into_iter().enumerate() {
        let person = stage.actor(name);
        let shares = stage.amount(ether(200 + 50 * number as u64));
        stage.call(maker, pool, "transfer(address,uint256)", args![person, shares]);
        allow(stage, person, pool, bank);
        stage.call(person, bank, "deposit(uint256)", args![shares]);
        stage.pass(1)?;
    }
    for name in ["bob", "erin"] {
        let person = stage.actor(name);
        stage.call(person, bank, "borrow(uint256)", args![stage.amount(units(40_000, 6))]);
        wrap(stage, person, stage.amount(ether(30)));
        allow(stage, person, WETH, pool);
        stage.call(person, pool, "sell(address,uint256,address)", args![WETH, stage.amount(ether(30)), person]);
        stage.pass(1)?;
    }
    let bob = stage.actor("bob");
    allow(stage, bob, usdc, bank);
    stage.call(bob, bank, "repay(uint256)", args![stage.amount(units(10_000, 6))]);
    stage.pass(2)?;
    Ok(Bank { bank, dollars: market, lender, usdc })
}

fn lp_bank(stage: &mut Stage<'_>) -> Result<()> {
    let Bank { bank, dollars, lender, usdc, .. } = bank(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    let (collateral, pump) = (stage.amount(ether(400)), stage.amount(ether(20_000)));
    assault_anew(stage, thief, "LpThief", |parts| {
        let job = Tuple(args![bank, dollars, collateral / U256::from(parts), pump, payee]);
        (U256::ZERO, "run(address,(address,address,uint256,uint256,address))", args![lender, job])
    })?;
    let (loot, bad) = (held(stage, usdc, payee)?, stage.view(bank, "badDebt()", args![])?[0]);
    let least = stage.amount(units(1_000_000, 6));
    ensure!(loot > least && bad > least, "{loot} of loot, {bad} of bad debt");
    Ok(())
}

fn lp_bank_twin(stage: &mut Stage<'_>) -> Result<()> {
    let Bank { bank, dollars, lender, .. } = bank(stage)?;
    let whale = newcomer(stage, "whale")?;
    let (own, loan) = (stage.amount(ether(300)), stage.amount(ether(400)));
    wrap(stage, whale, own);
    let lever = stage.deploy(whale, "LpLever", args![])?;
    allow(stage, whale, WETH, lever);
    stage.pass(2)?;
    let job = Tuple(args![bank, dollars, own, loan]);
    stage.call(whale, lever, "open(address,(address,address,uint256,uint256))", args![lender, job]);
    stage.mine()?;
    let (debt, bad) = (stage.view(bank, "debt(address)", args![lever])?[0], stage.view(bank, "badDebt()", args![])?[0]);
    ensure!(debt > stage.amount(units(900_000, 6)) && bad.is_zero(), "{debt} is owed, {bad} is bad");
    Ok(())
}

struct Anchor {
    token: Address,
    dola: Address,
    pool: Address,
    oracle: Address,
    market: Address,
}

fn anchor(stage: &mut Stage<'_>) -> Result<Anchor> {
    let (admin, maker) = (stage.actor("admin"), rich(stage, "maker", 100_000));
    let (tokens, coins) = (stage.amount(units(2_000, 18)), stage.amount(ether(300)));
    let mut holders = vec![(maker, tokens)];
    for name in CITIZENS {
        holders.push((stage.actor(name), stage.amount(units(1_500, 18))));
    }
    let token = issue(stage, admin, "INV", 18, &holders)?;
    wrap(stage, maker, coins);
    stage.mine()?;
    let pool = paired(stage, maker, (token, tokens), (WETH, coins))?;
    let oracle = stage.deploy(admin, "QuickTwap", args![pool, token])?;
    let treasury = stage.amount(units(6_000_000, 18));
    let dola = issue(stage, admin, "DOLA", 18, &[])?;
    let market = stage.deploy(admin, "AnchorMarket", args![oracle, dola])?;
    stage.call(admin, dola, "mint(address,uint256)", args![market, treasury]);
    stage.protect(market, "anchor");
    stage.protect(oracle, "oracle");
    // The makers know what a token was worth over the last month: 0.15 coins. They want to stand a fall by a fifth.
    let stressed = ether(12) / U256::from(100);
    let kind = "price/spot-manipulation";
    view_never(stage, "anchor-stress", kind, market, ("missingAt(uint256)", args![stressed]), "observed.value > 0");
    let keeper = stage.actor("keeper");
    for name in ["alice", "bob", "carol"] {
        stage.call(keeper, oracle, "work()", args![]);
        let person = stage.actor(name);
        allow(stage, person, token, market);
        stage.call(person, market, "deposit(uint256)", args![stage.amount(units(1_200, 18))]);
        stage.pass(3)?;
    }
    for name in ["alice", "carol"] {
        let person = stage.actor(name);
        stage.call(person, market, "borrow(uint256)", args![stage.amount(units(150_000, 18))]);
        stage.pass(2)?;
    }
    let dave = stage.actor("dave");
    wrap(stage, dave, stage.amount(ether(6)));
    allow(stage, dave, WETH, pool);
    stage.call(dave, pool, "sell(address,uint256,address)", args![WETH, stage.amount(ether(6)), dave]);
    stage.call(keeper, oracle, "work()", args![]);
    stage.pass(3)?;
    Ok(Anchor { token, dola, pool, oracle, market })
}

fn quick_twap(stage: &mut Stage<'_>) -> Result<()> {
    let Anchor { dola, market, .. } = anchor(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let (coins, loan) = (stage.amount(ether(900)), stage.amount(units(5_000_000, 18)));
    let contract = stage.deploy_and_strike(thief, "TwapThief", coins, "pump(address)", args![market])?;
    stage.mine()?;
    let parts = stage.variation.parts;
    for _ in 0..parts {
        let args = args![market, loan / U256::from(parts), payee];
        stage.attack(|stage| stage.strike(thief, contract, U256::ZERO, "loot(address,uint256,address)", args))?;
        stage.between_parts()?;
    }
    let loot = held(stage, dola, payee)?;
    ensure!(loot + U256::from(3) > loan, "{loot} of {loan} were borrowed");
    Ok(())
}

fn quick_twap_twin(stage: &mut Stage<'_>) -> Result<()> {
    let Anchor { token, dola, pool, oracle, market } = anchor(stage)?;
    let (admin, keeper, whale) = (stage.actor("admin"), stage.actor("keeper"), stage.actor("whale"));
    // The treasury sold the whale its tokens; it buys more where everybody buys, and the price goes up by half.
    stage.call(admin, token, "mint(address,uint256)", args![whale, stage.amount(units(30_000, 18))]);
    wrap(stage, whale, stage.amount(ether(75)));
    allow(stage, whale, WETH, pool);
    allow(stage, whale, token, market);
    stage.mine()?;
    for _ in 0..3 {
        stage.call(whale, pool, "sell(address,uint256,address)", args![WETH, stage.amount(ether(25)), whale]);
        stage.call(keeper, oracle, "work()", args![]);
        stage.pass(1)?;
    }
    stage.call(whale, market, "deposit(uint256)", args![stage.amount(units(30_000, 18))]);
    let loan = stage.amount(units(5_000_000, 18));
    stage.call(whale, market, "borrow(uint256)", args![loan]);
    stage.mine()?;
    ensure!(held(stage, dola, whale)? == loan, "nothing was borrowed");
    Ok(())
}
