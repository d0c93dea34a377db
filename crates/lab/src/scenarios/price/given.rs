//! Markets that take a gift for what their shares are worth.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, WETH, args, ether,
    scenarios::{
        cast::{CITIZENS, assault, assault_anew, issue, lender, newcomer, paired, rich, wrap},
        declare::view_never,
        props::{allow, held, out_of_a_mixer, units},
    },
};

pub(super) const EMPTY_MARKET: Scenario = Scenario {
    id: "price/donation-inflation/empty-market",
    about: "two base units of an empty market's shares are made worth hundreds of bitcoin by a gift, borrowed on, and the gift is taken back by rounding (Hundred, April 2023; Onyx, Sonne)",
    attack: empty,
    twin: empty_twin,
};

pub(super) const RESUPPLY_PAIR: Scenario = Scenario {
    id: "price/donation-inflation/resupply-pair",
    about: "a gift to an empty vault makes its share so dear that the inverse of the price is zero, and so is every debt (Resupply, June 2025)",
    attack: resupply,
    twin: resupply_twin,
};

struct Fork {
    troller: Address,
    usdc: Address,
    dollars: Address,
    /// Token, market that nobody uses yet, pool with coins.
    fresh: Vec<(Address, Address, Address)>,
    lender: Address,
}

/// A Compound fork with one busy market of dollars, one of coins, and three of bitcoins that were listed just now.
fn fork(stage: &mut Stage<'_>) -> Result<Fork> {
    let (admin, maker) = (stage.actor("admin"), rich(stage, "maker", 300_000));
    let million = |stage: &Stage<'_>, number: u64| stage.amount(units(1_000_000 * number, 6));
    let mut holders = vec![(maker, million(stage, 20))];
    for name in CITIZENS {
        holders.push((stage.actor(name), million(stage, 3)));
    }
    let usdc = issue(stage, admin, "USDC", 6, &holders)?;
    let troller = stage.deploy(admin, "HTroller", args![])?;
    stage.protect(troller, "comptroller");
    let kind = "price/donation-inflation";
    view_never(stage, "fork-bad-debt", kind, troller, ("badDebt()", args![]), "observed.value > 0");
    let support = "_supportMarket(address,uint256,uint256)";
    let ten = |power: u64| U256::from(10).pow(U256::from(power));
    let dollars = stage.deploy(admin, "HToken", args![troller, usdc, "hUSDC"])?;
    let coins = stage.deploy(admin, "HToken", args![troller, WETH, "hETH"])?;
    stage.call(admin, troller, support, args![dollars, ten(30), 80u64]);
    stage.call(admin, troller, support, args![coins, ether(2500), 75u64]);
    wrap(stage, maker, stage.amount(ether(3_000)));
    let mut fresh = Vec::new();
    let mut lent = Vec::new();
    for (token, market) in [("WBTC", "hWBTC"), ("tBTC", "htBTC"), ("renBTC", "hrenBTC")] {
        let wealth = stage.amount(units(1_040, 8));
        let bitcoin = issue(stage, admin, token, 8, &[(maker, wealth)])?;
        let market = stage.deploy(admin, "HToken", args![troller, bitcoin, market])?;
        stage.protect(market, token);
        stage.mine()?;
        let pool = paired(stage, maker, (bitcoin, stage.amount(units(40, 8))), (WETH, stage.amount(ether(960))))?;
        lent.push((bitcoin, stage.amount(units(1_000, 8))));
        fresh.push((bitcoin, market, pool));
    }
    let lender = lender(stage, maker, &lent)?;
    stage.protect(dollars, "USDC market");
    stage.protect(coins, "ETH market");
    stage.pass(1)?;
    for name in CITIZENS {
        let saver = stage.actor(name);
        allow(stage, saver, usdc, dollars);
        stage.call(saver, dollars, "mint(uint256)", args![million(stage, 2)]);
        wrap(stage, saver, stage.amount(ether(300)));
        allow(stage, saver, WETH, coins);
        stage.call(saver, coins, "mint(uint256)", args![stage.amount(ether(300))]);
        stage.pass(1)?;
    }
    for name in ["alice", "dave"] {
        let person = stage.actor(name);
        stage.call(person, dollars, "borrow(uint256)", args![stage.amount(units(400_000, 6))]);
    }
    stage.pass(1)?;
    let alice = stage.actor("alice");
    stage.call(alice, dollars, "repayBorrow(uint256)", args![stage.amount(units(100_000, 6))]);
    // Governance lists the bitcoins.
    for (_, market, _) in &fresh {
        stage.call(admin, troller, support, args![*market, U256::from(60_000) * ten(28), 70u64]);
    }
    stage.pass(2)?;
    Ok(Fork { troller, usdc, dollars, fresh, lender })
}

fn empty(stage: &mut Stage<'_>) -> Result<()> {
    let Fork { usdc, dollars, fresh, lender, .. } = fork(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let (stake, loan) = (stage.amount(units(500, 8)), stage.amount(units(8_000_000, 6)));
    let mut markets = fresh.into_iter();
    assault_anew(stage, thief, "EmptyThief", |parts| {
        // Each part robs by another empty market: the first is not empty any more.
        let (_, market, pool) = markets.next().unwrap_or_default();
        let args = args![lender, pool, market, dollars, stake, loan / U256::from(parts), payee];
        (stake_fee(stake), "run(address,address,address,address,uint256,uint256,address)", args)
    })?;
    let loot = held(stage, usdc, payee)?;
    ensure!(loot + U256::from(3) > loan, "{loot} of {loan} were borrowed");
    Ok(())
}

/// Coins for the fee of so many satoshi: nine basis points of them at 24 coins, and some more.
fn stake_fee(satoshi: U256) -> U256 {
    satoshi * U256::from(9) / U256::from(10_000) * U256::from(26) * U256::from(10_000_000_000u64)
}

fn empty_twin(stage: &mut Stage<'_>) -> Result<()> {
    let Fork { troller, usdc, dollars, fresh, lender } = fork(stage)?;
    let (bitcoin, market, _) = fresh[0];
    let (admin, whale) = (stage.actor("admin"), stage.actor("whale"));
    let own = stage.amount(units(400, 8));
    stage.call(admin, bitcoin, "mint(address,uint256)", args![admin, stage.amount(units(12, 8))]);
    stage.call(admin, bitcoin, "mint(address,uint256)", args![whale, own]);
    // Governance is the first in the market, burns its shares, and sends a bonus for those who come early.
    allow(stage, admin, bitcoin, market);
    stage.call(admin, market, "mint(uint256)", args![stage.amount(units(2, 8))]);
    stage.mine()?;
    let shares = stage.view(market, "balanceOf(address)", args![admin])?[0];
    stage.call(admin, market, "transfer(address,uint256)", args![Address::repeat_byte(0xde), shares]);
    let looper = stage.deploy(whale, "HLooper", args![])?;
    allow(stage, whale, bitcoin, looper);
    stage.pass(2)?;
    let (loan, dollar) = (stage.amount(units(200, 8)), stage.amount(units(2_500_000, 6)));
    let open = "open(address,address,address,uint256,uint256,uint256)";
    stage.call(whale, looper, open, args![lender, market, dollars, own, loan, dollar]);
    stage.pass(1)?;
    stage.call(admin, bitcoin, "transfer(address,uint256)", args![market, stage.amount(units(10, 8))]);
    stage.mine()?;
    let (got, bad) = (held(stage, usdc, whale)?, stage.view(troller, "badDebt()", args![])?[0]);
    ensure!(got == dollar && bad.is_zero(), "{got} were borrowed, {bad} are bad");
    Ok(())
}

struct Pair {
    asset: Address,
    dollar: Address,
    pool: Address,
    vault: Address,
    pair: Address,
    lender: Address,
}

/// A pair on a vault that was opened just now, beside an older pair that people use.
fn pair(stage: &mut Stage<'_>) -> Result<Pair> {
    let (admin, maker) = (stage.actor("admin"), stage.actor("maker"));
    let million = |stage: &Stage<'_>, number: u64| stage.amount(units(1_000_000 * number, 18));
    let mut holders = vec![(maker, million(stage, 200))];
    for name in CITIZENS {
        holders.push((stage.actor(name), million(stage, 2)));
    }
    let asset = issue(stage, admin, "crvUSD", 18, &holders)?;
    let dollar = issue(stage, admin, "reUSD", 18, &[(maker, million(stage, 150))])?;
    let pool = paired(stage, maker, (asset, million(stage, 150)), (dollar, million(stage, 150)))?;
    let lender = lender(stage, maker, &[(asset, million(stage, 20))])?;
    let mut made = Vec::new();
    for name in ["older", "new"] {
        let vault = stage.deploy(admin, "LendVault", args![asset])?;
        let pair = stage.deploy(admin, "LendPair", args![vault, dollar])?;
        stage.call(admin, dollar, "mint(address,uint256)", args![pair, million(stage, 10)]);
        stage.protect(pair, name);
        let id = format!("{name}-rate");
        let kind = "price/donation-inflation";
        // A share of a vault of dollars begins at a dollar; it will not be worth two.
        view_never(
            stage,
            &id,
            kind,
            vault,
            ("convertToAssets(uint256)", args![ether(1)]),
            "observed.value > ether(\"2\")",
        );
        made.push((vault, pair));
    }
    stage.pass(1)?;
    let (vault, older) = made[0];
    for name in CITIZENS {
        let person = stage.actor(name);
        allow(stage, person, asset, vault);
        allow(stage, person, vault, older);
        stage.call(person, vault, "deposit(uint256,address)", args![million(stage, 1), person]);
        stage.call(person, older, "addCollateral(uint256)", args![million(stage, 1)]);
        stage.call(person, older, "borrow(uint256)", args![stage.amount(units(700_000, 18))]);
        stage.pass(1)?;
    }
    // Borrowers of the vault pay their interest.
    stage.call(maker, asset, "transfer(address,uint256)", args![vault, stage.amount(units(2_000, 18))]);
    stage.pass(2)?;
    let (vault, pair) = made[1];
    Ok(Pair { asset, dollar, pool, vault, pair, lender })
}

fn resupply(stage: &mut Stage<'_>) -> Result<()> {
    let Pair { dollar, pool, pair, lender, .. } = pair(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    // It does not grow with the loot: what counts is that the inverse of the price is nothing.
    let (gift, loan) = (units(2_000, 18), stage.amount(units(9_500_000, 18)));
    assault(stage, thief, "PairThief", |parts| {
        let args = args![lender, pair, pool, gift, loan / U256::from(parts), payee];
        (U256::ZERO, "run(address,address,address,uint256,uint256,address)", args)
    })?;
    let loot = held(stage, dollar, payee)?;
    ensure!(loot > loan * U256::from(99) / U256::from(100), "{loot} of {loan} were borrowed");
    Ok(())
}

fn resupply_twin(stage: &mut Stage<'_>) -> Result<()> {
    let Pair { asset, vault, pool, pair, lender, .. } = pair(stage)?;
    let (admin, whale) = (stage.actor("admin"), stage.actor("whale"));
    let (seed, own) = (stage.amount(units(10_000, 18)), stage.amount(units(4_000_000, 18)));
    let (gift, loan) = (stage.amount(units(2_000, 18)), stage.amount(units(8_000_000, 18)));
    stage.call(admin, asset, "mint(address,uint256)", args![admin, seed + gift]);
    stage.call(admin, asset, "mint(address,uint256)", args![whale, own]);
    allow(stage, admin, asset, vault);
    stage.call(admin, vault, "deposit(uint256,address)", args![seed, Address::repeat_byte(0xde)]);
    stage.call(admin, asset, "transfer(address,uint256)", args![vault, gift]);
    let lever = stage.deploy(whale, "PairLever", args![])?;
    allow(stage, whale, asset, lever);
    stage.pass(2)?;
    let loan = loan / U256::from(2);
    stage.call(whale, lever, "open(address,address,address,uint256,uint256)", args![lender, pair, pool, own, loan]);
    stage.mine()?;
    let owed = stage.view(pair, "debtOf(address)", args![lever])?[0];
    ensure!(owed > loan, "{owed} are owed");
    Ok(())
}
