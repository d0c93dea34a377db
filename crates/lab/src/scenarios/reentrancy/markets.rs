//! Money markets that are asked, or ask, while something is half done.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, WETH, args, ether,
    scenarios::{
        cast::{CITIZENS, accomplice, assault, assault_anew, issue, lender, newcomer, paired, rich, wrap},
        declare::view_never,
        props::{allow, held, out_of_a_mixer, units},
    },
};

pub(super) const FUSE_POOL: Scenario = Scenario {
    id: "reentrancy/cross-contract/fuse-pool",
    about: "collateral leaves through the comptroller while borrowed ether is paid out and the debt is not in the books (Rari Fuse, April 2022)",
    attack: fuse,
    twin: fuse_twin,
};

pub(super) const CURVE_MIRAGE: Scenario = Scenario {
    id: "reentrancy/read-only/curve-mirage",
    about: "while a pool pays out, its virtual price is too high, and a market lends by it (dForce and Sturdy, 2023)",
    attack: mirage,
    twin: mirage_twin,
};

pub(super) const HOOK_MARKET: Scenario = Scenario {
    id: "reentrancy/token-callback/erc777-market",
    about: "a deposit is withdrawn from within the sender's hook of the next deposit, which remembers it (Lendf.Me, April 2020)",
    attack: hooked,
    twin: hooked_twin,
};

struct Fuse {
    usdc: Address,
    dollars: Address,
    ethers: Address,
    pool: Address,
    lender: Address,
}

/// Two markets under a comptroller, a pool of the two assets, a lender, and people who use them.
fn fuse_pool(stage: &mut Stage<'_>) -> Result<Fuse> {
    let (admin, maker) = (stage.actor("admin"), rich(stage, "maker", 1_000_000));
    let (million, amount) = (units(1_000_000, 6), |stage: &Stage<'_>, base| stage.amount(base));
    let fortune = amount(stage, million * U256::from(60));
    let mut holders = vec![(maker, fortune)];
    for name in CITIZENS {
        holders.push((stage.actor(name), amount(stage, million)));
    }
    let usdc = issue(stage, admin, "USDC", 6, &holders)?;
    let comptroller = stage.deploy(admin, "FuseComptroller", args![])?;
    let dollars = stage.deploy(admin, "FuseMarket", args![comptroller, usdc])?;
    let ethers = stage.deploy(admin, "FuseMarket", args![comptroller, Address::ZERO])?;
    for (contract, name) in [(comptroller, "comptroller"), (dollars, "USDC market"), (ethers, "ETH market")] {
        stage.protect(contract, name);
    }
    stage.call(admin, comptroller, "support(address,uint256)", args![dollars, U256::from(10).pow(U256::from(30))]);
    stage.call(admin, comptroller, "support(address,uint256)", args![ethers, ether(2500)]);
    view_never(stage, "fuse-solvent", "logic/accounting", comptroller, ("insolvent()", args![]), "observed.value > 0");
    let (coins, liquidity) = (amount(stage, ether(4000)), amount(stage, million * U256::from(10)));
    wrap(stage, maker, coins);
    stage.mine()?;
    let pool = paired(stage, maker, (WETH, coins), (usdc, liquidity))?;
    let lender = lender(stage, maker, &[(usdc, amount(stage, million * U256::from(40)))])?;
    stage.pass(1)?;

    for name in ["alice", "bob"] {
        let saver = stage.actor(name);
        stage.pay(saver, ethers, amount(stage, ether(1000)), "mint(uint256)", args![U256::ZERO]);
    }
    for name in ["carol", "dave", "erin"] {
        let saver = stage.actor(name);
        allow(stage, saver, usdc, dollars);
        stage.call(saver, dollars, "mint(uint256)", args![amount(stage, million)]);
        stage.call(saver, comptroller, "enterMarket(address)", args![dollars]);
    }
    stage.pass(1)?;
    let dave = stage.actor("dave");
    stage.call(dave, ethers, "borrow(uint256)", args![amount(stage, ether(60))]);
    stage.pass(2)?;
    stage.pay(dave, ethers, amount(stage, ether(20)), "repayBorrow(uint256)", args![U256::ZERO]);
    stage.pass(2)?;
    Ok(Fuse { usdc, dollars, ethers, pool, lender })
}

fn fuse(stage: &mut Stage<'_>) -> Result<()> {
    let Fuse { dollars, ethers, pool, lender, .. } = fuse_pool(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 2)?;
    let payee = stage.payee(thief);
    let (stake, loan) = (stage.amount(units(7_000_000, 6)), stage.amount(ether(1800)));
    assault_anew(stage, thief, "FuseThief", |parts| {
        let job = crate::Tuple(args![dollars, ethers, pool, loan / U256::from(parts)]);
        let signature = "run(address,(address,address,address,uint256),uint256,address)";
        (U256::ZERO, signature, args![lender, job, stake / U256::from(parts), payee])
    })?;
    let (left, gain) = (stage.balance(ethers)?, stage.balance(payee)?);
    ensure!(left < stage.amount(ether(250)) && gain > stage.amount(ether(1500)), "{left} are left, {gain} were gained");
    Ok(())
}

fn fuse_twin(stage: &mut Stage<'_>) -> Result<()> {
    let Fuse { usdc, dollars, ethers, pool, .. } = fuse_pool(stage)?;
    let (admin, whale) = (stage.actor("admin"), stage.actor("whale"));
    let (stake, loan) = (stage.amount(units(7_000_000, 6)), stage.amount(ether(1800)));
    stage.call(admin, usdc, "mint(address,uint256)", args![whale, stake]);
    let lever = stage.deploy(whale, "FuseLever", args![dollars, ethers, pool])?;
    allow(stage, whale, usdc, lever);
    stage.pass(2)?;
    stage.call(whale, lever, "open(uint256,uint256)", args![stake, loan]);
    stage.mine()?;
    let (owed, collateral) = (
        stage.view(ethers, "borrowBalance(address)", args![lever])?[0],
        stage.view(dollars, "balanceOf(address)", args![lever])?[0],
    );
    ensure!(owed == loan && collateral > stake, "owes {owed} for {collateral}");
    Ok(())
}

struct Curve {
    dollar: Address,
    staked: Address,
    pool: Address,
    market: Address,
    lender: Address,
}

/// A pool of ether and staked ether, a market that lends against its shares, and a lender of both coins.
fn curve(stage: &mut Stage<'_>) -> Result<Curve> {
    let (admin, maker) = (stage.actor("admin"), rich(stage, "maker", 2_000_000));
    let ten = stage.amount(ether(10_000));
    let mut holders = vec![(maker, ten * U256::from(20))];
    for name in CITIZENS {
        holders.push((stage.actor(name), ten / U256::from(10)));
    }
    let staked = issue(stage, admin, "stETH", 18, &holders)?;
    let dollars = stage.amount(units(6_000_000, 6));
    let dollar = issue(stage, admin, "USX", 6, &[(maker, dollars)])?;
    let pool = stage.deploy(maker, "StakedPool", args![staked])?;
    let market = stage.deploy(admin, "ShareMarket", args![pool, dollar])?;
    stage.protect(pool, "pool");
    stage.protect(market, "share market");
    view_never(
        stage,
        "share-market-bad-debt",
        "price/spot-manipulation",
        market,
        ("badDebt()", args![]),
        "observed.value > 0",
    );
    stage.mine()?;
    allow(stage, maker, staked, pool);
    let half = ten / U256::from(2);
    stage.pay(maker, pool, half, "add_liquidity(uint256)", args![half]);
    stage.call(maker, dollar, "transfer(address,uint256)", args![market, dollars]);
    wrap(stage, maker, ten * U256::from(8));
    stage.mine()?;
    let lender = lender(stage, maker, &[(WETH, ten * U256::from(8)), (staked, ten * U256::from(8))])?;
    stage.pass(1)?;
    for name in CITIZENS {
        let person = stage.actor(name);
        allow(stage, person, staked, pool);
        allow(stage, person, pool, market);
        let part = ten / U256::from(50);
        stage.pay(person, pool, part, "add_liquidity(uint256)", args![part]);
        stage.call(person, market, "supply(uint256)", args![part]);
    }
    stage.pass(1)?;
    for name in ["bob", "dave"] {
        let person = stage.actor(name);
        stage.call(person, market, "borrow(uint256)", args![stage.amount(units(120_000, 6))]);
        stage.pay(person, pool, ether(3), "exchange(int128,uint256)", args![0i128, ether(3)]);
    }
    stage.pass(2)?;
    Ok(Curve { dollar, staked, pool, market, lender })
}

fn mirage(stage: &mut Stage<'_>) -> Result<()> {
    let Curve { dollar, market, lender, .. } = curve(stage)?;
    let helper = newcomer(stage, "helper")?;
    let thief = accomplice(stage, helper, "thief", 9_000)?;
    let payee = stage.payee(thief);
    let (stake, loan) = (stage.amount(ether(600)), stage.amount(units(1_900_000, 6)));
    let size = stage.amount(ether(30_000));
    assault(stage, thief, "MirageThief", |parts| {
        let part = U256::from(parts);
        let signature = "run(address,address,uint256,uint256,address)";
        (stake / part, signature, args![lender, market, size, loan / part, payee])
    })?;
    let (loot, bad) = (held(stage, dollar, payee)?, stage.view(market, "badDebt()", args![])?[0]);
    ensure!(loot > loan - U256::from(3) && bad > loan / U256::from(2), "{loot} of loot, {bad} of bad debt");
    Ok(())
}

fn mirage_twin(stage: &mut Stage<'_>) -> Result<()> {
    let Curve { staked, pool, market, .. } = curve(stage)?;
    let (admin, whale) = (stage.actor("admin"), stage.actor("whale"));
    let (wealth, kept) = (stage.amount(ether(12_000)), stage.amount(ether(1500)));
    stage.call(admin, staked, "mint(address,uint256)", args![whale, wealth]);
    let unwinder = stage.deploy(whale, "ShareUnwinder", args![market])?;
    allow(stage, whale, staked, unwinder);
    stage.mine()?;
    let loan = stage.amount(units(1_900_000, 6));
    stage.pay(whale, unwinder, wealth, "open(uint256,uint256,uint256)", args![wealth, kept, loan]);
    stage.pass(3)?;
    stage.call(whale, unwinder, "close()", args![]);
    stage.mine()?;
    let (debt, price) = (
        stage.view(market, "debtOf(address)", args![unwinder])?[0],
        stage.view(pool, "get_virtual_price()", args![])?[0],
    );
    ensure!(debt.is_zero() && price >= ether(1), "{debt} is owed, and a share is worth {price}");
    Ok(())
}

struct Hooked {
    token: Address,
    dollar: Address,
    market: Address,
    pool: Address,
}

/// A market with bitcoin that asks senders and with dollars, and a pool for bitcoin.
fn hook_market(stage: &mut Stage<'_>) -> Result<Hooked> {
    let (admin, maker) = (stage.actor("admin"), rich(stage, "maker", 300_000));
    let registry = stage.deploy(admin, "Registry1820", args![])?;
    let bitcoin = stage.deploy(admin, "HookToken", args![registry])?;
    let market = stage.deploy(admin, "HookMarket", args![])?;
    stage.protect(market, "money market");
    view_never(
        stage,
        "hook-market-missing",
        "logic/accounting",
        market,
        ("missing(address)", args![bitcoin]),
        "observed.value > 0",
    );
    let (coins, bitcoins) = (stage.amount(ether(9_000)), stage.amount(units(500, 8)));
    stage.call(admin, bitcoin, "mint(address,uint256)", args![maker, bitcoins]);
    wrap(stage, maker, coins);
    stage.mine()?;
    let pool = paired(stage, maker, (WETH, coins), (bitcoin, bitcoins))?;
    let mut holders = Vec::new();
    for name in CITIZENS {
        let saver = stage.actor(name);
        holders.push((saver, stage.amount(units(400_000, 6))));
        stage.call(admin, bitcoin, "mint(address,uint256)", args![saver, stage.amount(units(60, 8))]);
    }
    let dollar = issue(stage, admin, "USDT", 6, &holders)?;
    stage.pass(1)?;
    for name in CITIZENS {
        let saver = stage.actor(name);
        for asset in [bitcoin, dollar] {
            allow(stage, saver, asset, market);
        }
        stage.call(saver, market, "supply(address,uint256)", args![bitcoin, stage.amount(units(50, 8))]);
        stage.call(saver, market, "supply(address,uint256)", args![dollar, stage.amount(units(100_000, 6))]);
    }
    stage.pass(1)?;
    let carol = stage.actor("carol");
    stage.call(carol, market, "withdraw(address,uint256)", args![bitcoin, stage.amount(units(20, 8))]);
    stage.pass(2)?;
    Ok(Hooked { token: bitcoin, dollar, market, pool })
}

fn hooked(stage: &mut Stage<'_>) -> Result<()> {
    let Hooked { token, market, pool, .. } = hook_market(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let (coins, before) = (stage.amount(ether(270)), held(stage, token, market)?);
    assault(stage, thief, "HookThief", |parts| {
        let rounds = U256::from([4, 3, 2][usize::try_from(parts - 1).unwrap_or(2)]);
        let signature = "run(address,address,address,uint256,address)";
        (coins / U256::from(parts), signature, args![market, token, pool, rounds, payee])
    })?;
    let (left, loot) = (held(stage, token, market)?, held(stage, token, payee)?);
    ensure!(left < before * U256::from(85) / U256::from(100) && !loot.is_zero(), "{left} of {before} are left");
    Ok(())
}

fn hooked_twin(stage: &mut Stage<'_>) -> Result<()> {
    let Hooked { token, dollar, market, .. } = hook_market(stage)?;
    let (admin, fund) = (stage.actor("admin"), stage.actor("fund manager"));
    let (bitcoins, dollars) = (stage.amount(units(200, 8)), stage.amount(units(3_000_000, 6)));
    let contract = stage.deploy(fund, "HookFund", args![market, token, dollar])?;
    stage.call(admin, token, "mint(address,uint256)", args![contract, bitcoins]);
    stage.call(admin, dollar, "mint(address,uint256)", args![contract, dollars]);
    stage.mine()?;
    stage.call(fund, contract, "shelve(uint256)", args![dollars]);
    stage.pass(2)?;
    stage.call(fund, contract, "swapSides(uint256)", args![bitcoins]);
    stage.mine()?;
    let supplied = stage.view(market, "supplied(address,address)", args![contract, token])?[0];
    let (spent, missing) = (held(stage, dollar, fund)?, stage.view(market, "missing(address)", args![token])?[0]);
    ensure!(supplied == bitcoins && spent == dollars && missing.is_zero(), "{supplied}, {spent}, {missing}");
    Ok(())
}
