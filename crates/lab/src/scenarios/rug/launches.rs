//! Liquidity of a launch that its maker takes away again.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, WETH, args, ether,
    scenarios::{
        cast::{CITIZENS, paired, rich, wrap},
        declare::called_only_by,
        props::{allow, held, one, parts, token, units, whom},
    },
};

pub(super) const PRESALE: Scenario = Scenario {
    id: "rug/liquidity-pull/presale",
    about: "a maker sells a token before there is a market, makes the market of what came in, and takes all of it out again",
    attack: pulled,
    twin: moved,
};

pub(super) const LOOSE_LOCK: Scenario = Scenario {
    id: "rug/liquidity-pull/loose-lock",
    about: "liquidity is locked for years in a locker whose arithmetic is not checked; its owner puts the end off until it \
            lies in the past, and takes everything",
    attack: unlocked,
    twin: released,
};

const KIND: &str = "rug/liquidity-pull";
const SELL: &str = "sell(address,uint256,address)";
const BURN: &str = "burn(address)";

struct Launch {
    dev: Address,
    token: Address,
    pool: Address,
}

/// People trade at a pool.
fn trade(stage: &mut Stage<'_>, token: Address, pool: Address) -> Result<()> {
    for (name, coins) in CITIZENS.into_iter().zip([12, 40, 7, 25, 18]) {
        let trader = stage.actor(name);
        let coins = stage.amount(ether(coins));
        wrap(stage, trader, coins);
        allow(stage, trader, WETH, pool);
        allow(stage, trader, token, pool);
        stage.call(trader, pool, SELL, args![WETH, coins, trader]);
        stage.pass(1)?;
    }
    for name in ["bob", "dave"] {
        let trader = stage.actor(name);
        let some = held(stage, token, trader)? / U256::from(5);
        stage.call(trader, pool, SELL, args![token, some, trader]);
        stage.pass(1)?;
    }
    Ok(())
}

/// A presale, and the market that its maker made of it.
fn presale(stage: &mut Stage<'_>) -> Result<Launch> {
    let dev = stage.actor("dev");
    let token = token(stage, dev, "MOON", 18)?;
    let rate = 10_000u64;
    let sale = stage.deploy(dev, "Presale", args![token, rate])?;
    let supply = stage.amount(units(10_000_000, 18));
    stage.call(dev, token, "mint(address,uint256)", args![sale, supply]);
    stage.call(dev, token, "mint(address,uint256)", args![dev, supply / U256::from(10)]);
    stage.protect(token, "MOON");
    stage.pass(1)?;
    for (name, coins) in CITIZENS.into_iter().zip([80, 35, 110, 60, 145]) {
        let buyer = stage.actor(name);
        let coins = stage.amount(ether(coins));
        stage.pay(buyer, sale, coins, "buy()", args![]);
        stage.pass(1)?;
    }
    stage.call(dev, sale, "launch()", args![]);
    stage.mine()?;
    let pool = whom(stage, sale, "pool()", args![])?;
    stage.protect(pool, "pool");
    for name in CITIZENS {
        let buyer = stage.actor(name);
        stage.call(buyer, sale, "claim()", args![]);
    }
    stage.pass(1)?;
    trade(stage, token, pool)?;
    Ok(Launch { dev, token, pool })
}

/// Shares of a pool are burned for what they stand for, in as many parts as there are; says how many coins that brought.
fn burn(stage: &mut Stage<'_>, who: Address, pool: Address, payee: Address) -> Result<U256> {
    let (shares, had) = (held(stage, pool, who)?, held(stage, WETH, payee)?);
    let pieces = parts(stage, (0..3u64).collect());
    let count = U256::from(pieces.len());
    for _ in pieces {
        stage.attack(|stage| {
            stage.call(who, pool, "transfer(address,uint256)", args![pool, shares / count]);
            stage.call(who, pool, BURN, args![payee]);
            Ok(())
        })?;
        stage.between_parts()?;
    }
    Ok(held(stage, WETH, payee)? - had)
}

fn pulled(stage: &mut Stage<'_>) -> Result<()> {
    let Launch { dev, token, pool } = presale(stage)?;
    // It was said that the liquidity is there to stay.
    called_only_by(stage, "liquidity-stays", KIND, (pool, BURN), &[]);
    stage.wait(9 * 3_600);
    stage.pass(2)?;
    let payee = stage.payee(dev);
    let before = held(stage, WETH, pool)?;
    let loot = if stage.variation.turned {
        // First the makers' own tokens are sold, then what is left is taken.
        let bag = held(stage, token, dev)?;
        stage.attack(|stage| {
            allow(stage, dev, token, pool);
            stage.call(dev, pool, SELL, args![token, bag, payee]);
            stage.mine()
        })?;
        let sold = held(stage, WETH, payee)?;
        sold + burn(stage, dev, pool, payee)?
    } else {
        burn(stage, dev, pool, payee)?
    };
    let left = held(stage, WETH, pool)?;
    ensure!(left < before / U256::from(50), "{left} of {before} are left");
    ensure!(loot > before * U256::from(97) / U256::from(100), "{loot} of {before} were taken");
    Ok(())
}

/// The same launch moves all its liquidity into another pool, in one go; people trade there.
fn moved(stage: &mut Stage<'_>) -> Result<()> {
    let Launch { dev, token, pool } = presale(stage)?;
    let mover = stage.deploy(dev, "LiquidityMover", args![])?;
    called_only_by(stage, "liquidity-stays", KIND, (pool, BURN), &[mover]);
    let next = stage.deploy(dev, "Pool", args![token, WETH])?;
    stage.protect(next, "next pool");
    stage.wait(9 * 3_600);
    stage.pass(2)?;
    let (shares, before) = (held(stage, pool, dev)?, held(stage, WETH, pool)?);
    stage.call(dev, pool, "approve(address,uint256)", args![mover, shares]);
    stage.call(dev, mover, "move(address,address,uint256)", args![pool, next, shares]);
    stage.pass(1)?;
    let there = held(stage, WETH, next)?;
    ensure!(there > before * U256::from(99) / U256::from(100), "{there} of {before} arrived");
    trade(stage, token, next)
}

/// A market whose shares its maker locked for two years.
fn locked(stage: &mut Stage<'_>) -> Result<(Launch, Address)> {
    let (dev, maker) = (rich(stage, "dev", 10_000), stage.actor("maker of the locker"));
    let token = token(stage, dev, "SAFU", 9)?;
    let (supply, coins) = (stage.amount(units(50_000_000, 9)), stage.amount(ether(350)));
    stage.call(dev, token, "mint(address,uint256)", args![dev, supply]);
    wrap(stage, dev, coins);
    stage.mine()?;
    let pool = paired(stage, dev, (token, supply), (WETH, coins))?;
    let locker = stage.deploy(maker, "LpLocker", args![])?;
    stage.protect(pool, "pool");
    stage.protect(locker, "locker");
    stage.mine()?;
    let shares = held(stage, pool, dev)?;
    allow(stage, dev, pool, locker);
    let until = stage.next_time() + 2 * 365 * 86_400;
    stage.call(dev, locker, "lock(address,uint256,uint256)", args![pool, shares, until]);
    stage.pass(2)?;
    trade(stage, token, pool)?;
    Ok((Launch { dev, token, pool }, locker))
}

const EXTEND: &str = "extend(uint256,uint256)";
const TAKE_OUT: &str = "withdraw(uint256,uint256)";

fn unlocked(stage: &mut Stage<'_>) -> Result<()> {
    let (Launch { dev, pool, .. }, locker) = locked(stage)?;
    called_only_by(stage, "liquidity-stays", KIND, (pool, BURN), &[]);
    stage.wait(20 * 86_400);
    stage.pass(2)?;
    let payee = stage.payee(dev);
    let before = held(stage, WETH, pool)?;
    let shares = held(stage, pool, locker)?;
    let year = U256::from(365 * 86_400u64);
    stage.preparing(|stage| {
        // So much more that the sum begins again at nothing: three years earlier than it was.
        stage.call(dev, locker, EXTEND, args![U256::ZERO, U256::ZERO.wrapping_sub(year * U256::from(3))]);
        stage.mine()
    })?;
    stage.attack(|stage| {
        stage.call(dev, locker, TAKE_OUT, args![U256::ZERO, shares]);
        stage.mine()
    })?;
    let loot = burn(stage, dev, pool, payee)?;
    ensure!(loot > before * U256::from(98) / U256::from(100), "{loot} of {before} were taken");
    Ok(())
}

/// The lock is put off once, ends, and the liquidity moves to a new pool, whose shares are locked again.
fn released(stage: &mut Stage<'_>) -> Result<()> {
    let (Launch { dev, token, pool }, locker) = locked(stage)?;
    let mover = stage.deploy(dev, "LiquidityMover", args![])?;
    called_only_by(stage, "liquidity-stays", KIND, (pool, BURN), &[mover]);
    stage.call(dev, locker, EXTEND, args![U256::ZERO, U256::from(90 * 86_400u64)]);
    stage.pass(1)?;
    stage.wait(830 * 86_400);
    stage.pass(2)?;
    let (shares, before) = (held(stage, pool, locker)?, held(stage, WETH, pool)?);
    for part in parts(stage, vec![U256::from(1), U256::from(2)]) {
        let part = part.into_iter().sum::<U256>();
        stage.call(dev, locker, TAKE_OUT, args![U256::ZERO, shares * part / U256::from(3)]);
        stage.between_parts()?;
    }
    let next = stage.deploy(dev, "Pool", args![token, WETH])?;
    stage.pass(1)?;
    let free = held(stage, pool, dev)?;
    stage.call(dev, pool, "approve(address,uint256)", args![mover, free]);
    stage.call(dev, mover, "move(address,address,uint256)", args![pool, next, free]);
    stage.mine()?;
    let fresh = held(stage, next, dev)?;
    allow(stage, dev, next, locker);
    let until = stage.next_time() + 365 * 86_400;
    stage.call(dev, locker, "lock(address,uint256,uint256)", args![next, fresh, until]);
    stage.pass(1)?;
    let there = one(stage, WETH, "balanceOf(address)", args![next])?;
    ensure!(there > before * U256::from(98) / U256::from(100), "{there} of {before} arrived");
    trade(stage, token, next)
}
