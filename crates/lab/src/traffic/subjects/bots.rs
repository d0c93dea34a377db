//! Bots: circles through pairs with means of their own or borrowed ones, trades around a large one, liquidity for a moment,
//! liquidations.

use anyhow::{Context as _, Result};
use facts::{Address, U256};

use super::{
    super::{
        Kind,
        city::City,
        places::{BTC, DAI, LINK, USDC, USDT, WRAPPED},
    },
    swaps::{self, Pair},
};
use crate::args;

/// What there is of it.
#[derive(Debug, Default)]
pub(in super::super) struct Places {
    /// Bots with their owners.
    bots: Vec<(Address, Address)>,
    reserve: Address,
    lender: Address,
    /// Debtors whom somebody liquidates, with the height of the block.
    taken: Vec<(Address, u64)>,
}

pub(in super::super) const KINDS: &[Kind] = &[
    Kind { name: "arbitrage with own means", weight: 45, act: own },
    Kind { name: "arbitrage with a loan of a common reserve", weight: 35, act: reserve },
    Kind { name: "arbitrage with a loan of the money market", weight: 35, act: market },
    Kind { name: "arbitrage with a loan of an ERC-3156 lender", weight: 30, act: lender },
    Kind { name: "arbitrage with a loan of a v3 pool", weight: 30, act: range },
    Kind { name: "arbitrage with a flash swap", weight: 35, act: pair },
    Kind { name: "a fresh account deploys a bot and uses it at once", weight: 45, act: fresh },
    Kind { name: "trades around a large swap", weight: 45, act: around },
    Kind { name: "liquidity for a moment", weight: 45, act: moment },
    Kind { name: "liquidation with own means", weight: 45, act: liquidate_own },
    Kind { name: "liquidation with a flash loan", weight: 45, act: liquidate_flash },
];

/// Lenders with plenty to lend, and the first bots.
pub(in super::super) fn found(city: &mut City<'_>) -> Result<()> {
    let builder = city.newcomer();
    let (builder, maker) = (city.at(builder), swaps::maker(city));
    let reserve = city.deploy(builder, "TownReserve", args![])?;
    let lender = city.deploy(builder, "FlashLender", args![])?;
    for coin in [WRAPPED, USDC, DAI, BTC] {
        let (token, amount) = (city.places.coin(coin), city.dollars(coin, 20_000_000));
        city.hold(maker, coin, amount * U256::from(2))?;
        for to in [reserve, lender] {
            city.call(maker, token, "transfer(address,uint256)", args![to, amount]);
        }
        city.mine()?;
    }
    city.places.bots = Places { reserve, lender, ..Places::default() };
    for _ in 0..6 {
        let owner = city.newcomer();
        let owner = city.at(owner);
        let bot = city.deploy(owner, "TownBot", args![])?;
        city.places.bots.bots.push((bot, owner));
    }
    city.mine()
}

/// A circle that gains: sells `amount` of `token` in the first pair, buys it back in the second.
struct Circle {
    coin: usize,
    amount: U256,
    pairs: [Pair; 2],
    /// What the first pair pays for it.
    middle: U256,
}

/// Looks for two pairs of the same coins whose prices differ, in either direction, with the amount that gains most.
fn circle(city: &mut City<'_>, both: (usize, usize), coin: usize) -> Result<Option<Circle>> {
    let found = [0, 1].map(|house| city.places.swaps.pair(house, both.0, both.1));
    let [Some(first), Some(second)] = found else { return Ok(None) };
    for pairs in [[first, second], [second, first]] {
        let [(in_1, out_1), (in_2, out_2)] = [sides(city, pairs[0], coin)?, sides(city, pairs[1], coin)?];
        // The two pairs as one: what it holds of the coin on either side (Angeris et al., "An analysis of Uniswap
        // markets", 2019, for two pools in a row).
        let (fee, thousand) = (U256::from(997), U256::from(1000));
        let under = out_2 * thousand + out_1 * fee;
        let from = in_1 * out_2 * thousand / under;
        let into = in_2 * out_1 / under * fee;
        let root = (from * into / thousand * fee).root(2);
        if root <= from {
            continue;
        }
        let amount = (root - from) * thousand / fee;
        let middle = swaps::out(amount, in_1, out_1);
        if swaps::out(middle, out_2, in_2) > amount * U256::from(1_001) / thousand {
            return Ok(Some(Circle { coin, amount, pairs, middle }));
        }
    }
    Ok(None)
}

/// What a pair holds of a coin, and of the other one.
fn sides(city: &mut City<'_>, pair: Pair, coin: usize) -> Result<(U256, U256)> {
    let (a, b) = city.reserves(pair)?;
    Ok(if pair.a == coin { (a, b) } else { (b, a) })
}

/// After somebody's large trade in the smaller house, a bot brings the two houses together in the next block.
fn after_a_large_trade(
    city: &mut City<'_>,
    go: fn(&mut City<'_>, Circle, (Address, Address)) -> Result<()>,
) -> Result<()> {
    let bot = city.chance.pick(&city.places.bots.bots).context("there are bots")?;
    after_a_trade_by(city, bot, go)
}

fn after_a_trade_by(
    city: &mut City<'_>,
    bot: (Address, Address),
    go: fn(&mut City<'_>, Circle, (Address, Address)) -> Result<()>,
) -> Result<()> {
    let coin = WRAPPED;
    let other = city.chance.pick(&[USDC, DAI, BTC, USDT, LINK]).unwrap_or(USDC);
    if circle(city, (coin, other), coin)?.is_none() {
        let Some(pair) = city.places.swaps.pair(1, coin, other) else { return Ok(()) };
        city.named("large swap", |city| swaps::push(city, pair))?;
    }
    city.later(1, move |city| match circle(city, (coin, other), coin)? {
        Some(circle) => go(city, circle, bot),
        None => Ok(()),
    });
    Ok(())
}

fn path(circle: &Circle) -> Vec<Address> {
    circle.pairs.iter().map(|pair| pair.at).collect()
}

fn own(city: &mut City<'_>) -> Result<()> {
    after_a_large_trade(city, |city, circle, (bot, owner)| {
        let token = city.places.coin(circle.coin);
        if city.holds(bot, circle.coin)? < circle.amount {
            city.hold(owner, circle.coin, circle.amount)?;
            city.call(owner, token, "transfer(address,uint256)", args![bot, circle.amount]);
        }
        let signature = "circle(address,uint256,address[],uint256)";
        city.call(owner, bot, signature, args![token, circle.amount, path(&circle), U256::from(1)]);
        Ok(())
    })
}

fn borrowed(city: &mut City<'_>, circle: &Circle, (bot, owner): (Address, Address), of: Address, function: &str) {
    let token = city.places.coin(circle.coin);
    let signature = format!("{function}(address,address,uint256,address[])");
    city.call(owner, bot, &signature, args![of, token, circle.amount, path(circle)]);
}

fn reserve(city: &mut City<'_>) -> Result<()> {
    after_a_large_trade(city, |city, circle, bot| {
        let of = city.places.bots.reserve;
        borrowed(city, &circle, bot, of, "circleReserve");
        Ok(())
    })
}

fn market(city: &mut City<'_>) -> Result<()> {
    after_a_large_trade(city, |city, circle, bot| {
        let of = city.places.lending.market;
        borrowed(city, &circle, bot, of, "circleMarket");
        Ok(())
    })
}

fn lender(city: &mut City<'_>) -> Result<()> {
    after_a_large_trade(city, |city, circle, bot| {
        let of = city.places.bots.lender;
        borrowed(city, &circle, bot, of, "circleLender");
        Ok(())
    })
}

fn range(city: &mut City<'_>) -> Result<()> {
    after_a_large_trade(city, |city, circle, bot| {
        let of = city.places.swaps.range;
        borrowed(city, &circle, bot, of, "circleRange");
        Ok(())
    })
}

fn pair(city: &mut City<'_>) -> Result<()> {
    after_a_large_trade(city, |city, circle, (bot, owner)| {
        // The first pair gives its side first and is paid out of what the second one gives for it.
        let Some(middle) = circle.pairs.first().map(|pair| if pair.a == circle.coin { pair.b } else { pair.a }) else {
            return Ok(());
        };
        let [first, second] = circle.pairs;
        let token = city.places.coin(middle);
        let pays = circle.amount + U256::from(1);
        let signature = "circlePair(address,address,uint256,address[],uint256)";
        city.call(owner, bot, signature, args![first.at, token, circle.middle, vec![second.at], pays]);
        Ok(())
    })
}

fn fresh(city: &mut City<'_>) -> Result<()> {
    let owner = city.stranger();
    let bot = city.deploy(owner, "TownBot", args![])?;
    after_a_trade_by(city, (bot, owner), |city, circle, bot| {
        let of = city.places.bots.reserve;
        borrowed(city, &circle, bot, of, "circleReserve");
        Ok(())
    })
}

/// A bot sees a large trade coming, buys before it and sells after it, all in one block.
fn around(city: &mut City<'_>) -> Result<()> {
    let (bot, owner) = city.chance.pick(&city.places.bots.bots).context("there are bots")?;
    let coin = city.chance.pick(&[USDC, DAI, BTC, LINK]).unwrap_or(USDC);
    let Some(pair) = city.places.swaps.pair(1, WRAPPED, coin) else { return Ok(()) };
    let (in_w, in_c) = sides(city, pair, WRAPPED)?;
    let (large, mine) = (in_w / U256::from(20), in_w / U256::from(60));
    let (weth, other) = (city.places.coin(WRAPPED), city.places.coin(coin));
    if city.holds(bot, WRAPPED)? < mine {
        city.hold(owner, WRAPPED, mine)?;
        city.call(owner, weth, "transfer(address,uint256)", args![bot, mine]);
    }
    let (_, victim) = city.someone();
    let router = city.places.swaps.routers.get(1).copied().context("a second house")?;
    city.named("large swap", |city| city.ready(victim, WRAPPED, router, large))?;
    let got = swaps::out(mine, in_w, in_c);
    let signature = "trade(address,uint256,address,uint256)";
    city.call(owner, bot, signature, args![weth, mine, pair.at, got * U256::from(9) / U256::from(10)]);
    city.named("large swap", |city| {
        let (route, until) = (vec![weth, other], city.time() + 300);
        let least = swaps::out(large, in_w, in_c) * U256::from(85) / U256::from(100);
        let signature = "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)";
        city.call(victim, router, signature, args![large, least, route, victim, until]);
    });
    // Exactly what it bought, unless somebody traded before it: then a little less is sold than it has.
    city.call(owner, bot, signature, args![other, got * U256::from(99) / U256::from(100), pair.at, U256::from(1)]);
    Ok(())
}

/// A bot lends a pair its liquidity just for a large trade, and takes it back with the fee.
fn moment(city: &mut City<'_>) -> Result<()> {
    let (bot, owner) = city.chance.pick(&city.places.bots.bots).context("there are bots")?;
    let Some(pair) = city.places.swaps.pair(1, WRAPPED, USDC) else { return Ok(()) };
    let (in_w, in_u) = sides(city, pair, WRAPPED)?;
    let share = U256::from(city.chance.between(2, 40));
    let (give_w, give_u) = (in_w * share / U256::from(10), in_u * share / U256::from(10));
    for (coin, amount) in [(WRAPPED, give_w), (USDC, give_u)] {
        if city.holds(bot, coin)? < amount {
            let token = city.places.coin(coin);
            city.hold(owner, coin, amount)?;
            city.call(owner, token, "transfer(address,uint256)", args![bot, amount]);
        }
    }
    let (a, b) = if city.places.coin(WRAPPED) < city.places.coin(USDC) { (give_w, give_u) } else { (give_u, give_w) };
    city.call(owner, bot, "join(address,uint256,uint256)", args![pair.at, a, b]);
    city.named("large swap", |city| swaps::push(city, pair))?;
    city.call(owner, bot, "leave(address)", args![pair.at]);
    Ok(())
}

/// Somebody whose debt is above what its collateral allows, with both coins.
fn unhealthy(city: &mut City<'_>) -> Result<Option<(Address, usize, usize)>> {
    let market = city.places.lending.market;
    let all = city.places.lending.borrowers.clone();
    let (start, height) = (city.chance.index(all.len()), city.height());
    city.places.bots.taken.retain(|(_, at)| *at == height);
    // A look at a part of them costs little, and the next one looks at others.
    for who in all.iter().cycle().skip(start).take(all.len().min(40)) {
        let words = city.view(market, "account(address)", args![who.0])?;
        if let [_, limit, debt, ..] = words.as_slice()
            && debt > limit
        {
            // Bots see what others are about to do, most of the time.
            if city.places.bots.taken.contains(&(who.0, height)) && city.chance.percent(90) {
                continue;
            }
            city.places.bots.taken.push((who.0, height));
            return Ok(Some(*who));
        }
    }
    Ok(None)
}

fn liquidate_own(city: &mut City<'_>) -> Result<()> {
    match unhealthy(city)? {
        Some(debtor) => out_of_pocket(city, debtor),
        None => Ok(()),
    }
}

/// Half of a debt, which is as much as may be liquidated at once.
fn half(city: &mut City<'_>, who: Address, debt: usize) -> Result<U256> {
    let (market, token) = (city.places.lending.market, city.places.coin(debt));
    Ok(city.read(market, "owes(address,address)", args![token, who])? / U256::from(2))
}

fn out_of_pocket(city: &mut City<'_>, (who, held, debt): (Address, usize, usize)) -> Result<()> {
    let (market, token) = (city.places.lending.market, city.places.coin(debt));
    let (bot, owner) = city.chance.pick(&city.places.bots.bots).context("there are bots")?;
    let amount = half(city, who, debt)?;
    if city.holds(bot, debt)? < amount {
        city.hold(owner, debt, amount)?;
        city.call(owner, token, "transfer(address,uint256)", args![bot, amount]);
    }
    let signature = "liquidateOwn(address,address,address,address,uint256)";
    city.call(owner, bot, signature, args![market, city.places.coin(held), token, who, amount]);
    Ok(())
}

fn liquidate_flash(city: &mut City<'_>) -> Result<()> {
    let Some((who, held, debt)) = unhealthy(city)? else { return Ok(()) };
    let Some(pair) = city.places.swaps.pair(0, held, debt) else { return out_of_pocket(city, (who, held, debt)) };
    let (market, token) = (city.places.lending.market, city.places.coin(debt));
    let amount = half(city, who, debt)?;
    // What is seized must bring more in the pair than the loan costs, or no bot goes.
    let (Some(a), Some(b)) = (city.places.coins.get(held).copied(), city.places.coins.get(debt).copied()) else {
        return Ok(());
    };
    let cents = amount * U256::from(b.price_cents) / b.unit;
    let seized = cents * U256::from(105) / U256::from(100) * a.unit / U256::from(a.price_cents.max(1));
    let (from, into) = sides(city, pair, held)?;
    if swaps::out(seized, from, into) < amount * U256::from(1_005) / U256::from(1_000) {
        return out_of_pocket(city, (who, held, debt));
    }
    let (bot, owner) = city.chance.pick(&city.places.bots.bots).context("there are bots")?;
    let signature = "liquidate((address,address,address,address,address),uint256)";
    let what = crate::Tuple(args![market, city.places.coin(held), token, who, pair.at]);
    city.call(owner, bot, signature, args![what, amount]);
    Ok(())
}
