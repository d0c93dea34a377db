//! Pools: pairs of two houses, one with call backs, one of dollars; trades of every size, and liquidity that comes and goes.

use anyhow::{Context as _, Result};
use facts::{Address, Bytes, U256};

use super::{
    super::{
        Kind,
        city::City,
        places::{BTC, DAI, FEES, LINK, REWARD, STAKED, USDC, USDT, VOTES, WRAPPED},
    },
    liquidity,
};
use crate::{WETH, args};

/// A pair of two coins at one of the two houses.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Pair {
    pub(in super::super) at: Address,
    pub(in super::super) a: usize,
    pub(in super::super) b: usize,
    /// Which house: the first is the larger one.
    pub(in super::super) house: usize,
}

/// What there is of it.
#[derive(Debug, Default)]
pub(in super::super) struct Places {
    pub(in super::super) routers: Vec<Address>,
    pub(in super::super) pairs: Vec<Pair>,
    pub(super) stable: Address,
    pub(in super::super) range: Address,
    pub(super) range_router: Address,
    /// Who has put liquidity into which pair.
    pub(super) providers: Vec<(Address, usize)>,
    /// Who has opened which position of the pool with call backs.
    pub(super) positions: Vec<(Address, u64)>,
    pub(super) opened: u64,
}

impl Places {
    pub(in super::super) fn protected(&self) -> Vec<(Address, String)> {
        let named = |(n, at): (usize, &Address)| (*at, format!("router {n}"));
        let pairs = self.pairs.iter().enumerate().map(|(n, pair)| (pair.at, format!("pair {n}")));
        let own = [(self.stable, "three dollars".to_owned()), (self.range, "range pool".to_owned())];
        self.routers.iter().enumerate().map(named).chain(pairs).chain(own).collect()
    }

    /// The pair of two coins at a house.
    pub(in super::super) fn pair(&self, house: usize, a: usize, b: usize) -> Option<Pair> {
        let fits = |pair: &&Pair| pair.house == house && [(pair.a, pair.b), (pair.b, pair.a)].contains(&(a, b));
        self.pairs.iter().find(fits).copied()
    }
}

pub(in super::super) const KINDS: &[Kind] = &[
    Kind { name: "swap", weight: 2600, act: swap },
    Kind { name: "swap of coins", weight: 900, act: swap_coins },
    Kind { name: "large swap", weight: 60, act: large_swap },
    Kind { name: "swap at the pool with call backs", weight: 500, act: range_swap },
    Kind { name: "swap of dollars", weight: 400, act: stable_swap },
    Kind { name: "market maker keeps a pair at the price", weight: 300, act: keep_price },
    Kind { name: "failed: worse than asked for", weight: 60, act: too_greedy },
    Kind { name: "failed: too late", weight: 30, act: too_late },
];

/// Pairs and what is in each side of them, in millions of dollars, at either house.
const PAIRS: [(usize, usize, [u64; 2]); 10] = [
    (WRAPPED, USDC, [40, 8]),
    (WRAPPED, USDT, [30, 6]),
    (WRAPPED, DAI, [20, 4]),
    (WRAPPED, BTC, [20, 5]),
    (WRAPPED, LINK, [5, 2]),
    (WRAPPED, FEES, [2, 0]),
    (WRAPPED, STAKED, [10, 0]),
    (USDC, VOTES, [3, 1]),
    (WRAPPED, REWARD, [2, 1]),
    (USDC, DAI, [5, 0]),
];

/// Makes the pools, out of the pocket of a market maker.
pub(in super::super) fn found(city: &mut City<'_>) -> Result<()> {
    let builder = city.newcomer();
    let (builder, maker) = (city.at(builder), maker(city));
    for house in 0..2 {
        let factory = city.deploy(builder, "TownFactory", args![])?;
        let router = city.deploy(builder, "TownRouter", args![factory])?;
        city.places.swaps.routers.push(router);
        for (a, b, millions) in PAIRS {
            let Some(dollars) = millions.get(house).filter(|millions| **millions > 0) else { continue };
            let (in_a, in_b) = (city.dollars(a, dollars * 1_000_000), city.dollars(b, dollars * 1_000_000));
            city.ready(maker, a, router, in_a)?;
            city.ready(maker, b, router, in_b)?;
            city.mine()?;
            let (token_a, token_b) = (city.places.coin(a), city.places.coin(b));
            let later = city.time() + 600;
            let signature = "addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)";
            let zero = U256::ZERO;
            city.call(maker, router, signature, args![token_a, token_b, in_a, in_b, zero, zero, maker, later]);
            city.mine()?;
            let at = city.read(factory, "getPair(address,address)", args![token_a, token_b])?;
            city.places.swaps.pairs.push(Pair { at: Address::from_word(at.into()), a, b, house });
        }
    }
    found_others(city, builder, maker)
}

fn found_others(city: &mut City<'_>, builder: Address, maker: Address) -> Result<()> {
    let [dai, usdc, usdt, weth] = [DAI, USDC, USDT, WRAPPED].map(|coin| city.places.coin(coin));
    let rates = [1u64, 1_000_000_000_000, 1_000_000_000_000].map(U256::from);
    let coins = [dai, usdc, usdt].map(alloy_dyn_abi::DynSolValue::Address).to_vec();
    let rates = rates.map(|rate| alloy_dyn_abi::DynSolValue::Uint(rate, 256)).to_vec();
    let fixed = vec![alloy_dyn_abi::DynSolValue::FixedArray(coins), alloy_dyn_abi::DynSolValue::FixedArray(rates)];
    let stable = city.deploy(builder, "TownStable", fixed)?;
    let range = city.deploy(builder, "TownRange", args![weth, usdc])?;
    let range_router = city.deploy(builder, "TownRangeRouter", args![])?;
    let amounts = [DAI, USDC, USDT].map(|coin| city.dollars(coin, 20_000_000));
    for (coin, amount) in [DAI, USDC, USDT].into_iter().zip(amounts) {
        city.ready(maker, coin, stable, amount)?;
    }
    let (in_weth, in_usdc) = (city.dollars(WRAPPED, 25_000_000), city.dollars(USDC, 25_000_000));
    city.ready(maker, WRAPPED, range_router, in_weth)?;
    city.ready(maker, USDC, range_router, in_usdc)?;
    city.mine()?;
    city.call(maker, stable, "add_liquidity(uint256[3],uint256)", liquidity::sums(amounts, U256::ZERO));
    let (first, second) = if weth < usdc { (in_weth, in_usdc) } else { (in_usdc, in_weth) };
    let first = Bytes::from(crate::encode(args![first, second]));
    liquidity::open(city, range_router, range, maker, 1_000_000_000_000, first);
    city.places.swaps.stable = stable;
    city.places.swaps.range = range;
    city.places.swaps.range_router = range_router;
    city.mine()
}

/// The second inhabitant makes the markets.
pub(in super::super) fn maker(city: &mut City<'_>) -> Address {
    city.at(1)
}

impl City<'_> {
    /// What a pair holds: of its coin `a`, and of its coin `b`.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(in super::super) fn reserves(&mut self, pair: Pair) -> Result<(U256, U256)> {
        let words = self.view(pair.at, "getReserves()", args![])?;
        let [first, second, ..] = words.as_slice() else { anyhow::bail!("no reserves") };
        let straight = self.places.coin(pair.a) < self.places.coin(pair.b);
        Ok(if straight { (*first, *second) } else { (*second, *first) })
    }

    /// A pair of the first house, mostly, for people who trade.
    fn trade_pair(&mut self) -> Option<Pair> {
        self.chance.pick(&self.places.swaps.pairs)
    }
}

/// What comes out of a pair for what goes in.
pub(in super::super) fn out(amount: U256, from: U256, into: U256) -> U256 {
    let net = amount * U256::from(997);
    let under = from * U256::from(1000) + net;
    if under.is_zero() { U256::ZERO } else { net * into / under }
}

/// A trade through a router, with the least that is accepted in thousandths of what it would bring now.
fn trade(city: &mut City<'_>, pair: Pair, dollars: u64, least: u64, late: u64) -> Result<()> {
    let (_, who) = city.someone();
    let forth = city.chance.percent(50);
    let (from, into) = if forth { (pair.a, pair.b) } else { (pair.b, pair.a) };
    let router = city.places.swaps.routers.get(pair.house).copied().context("a house without a router")?;
    let (in_a, in_b) = city.reserves(pair)?;
    let (r_from, r_into) = if forth { (in_a, in_b) } else { (in_b, in_a) };
    // Nobody sane trades more than a part of a pool.
    let amount = city.dollars(from, dollars).min(r_from / U256::from(12));
    city.ready(who, from, router, amount)?;
    // From a dollar or through the wrapped coin into another pair, sometimes.
    let mut path = vec![city.places.coin(from), city.places.coin(into)];
    let mut brings = out(amount, r_from, r_into);
    if into == WRAPPED && city.chance.percent(40) {
        let onward = city.chance.pick(&[USDC, USDT, DAI, BTC, LINK]).filter(|next| *next != from);
        if let Some(next) =
            onward.and_then(|next| city.places.swaps.pair(pair.house, WRAPPED, next).map(|pair| (next, pair)))
        {
            let (r_in, r_out) = city.reserves(next.1)?;
            brings = out(brings, r_in, r_out);
            path.push(city.places.coin(next.0));
        }
    }
    let fee = if from == FEES || into == FEES { 975 } else { 1000 };
    let accepts = brings * U256::from(least) / U256::from(1000) * U256::from(fee) / U256::from(1000);
    let until = city.time() + 300 - late;
    let to_coins = path.last() == Some(&WETH) && city.chance.percent(50);
    let signature = if to_coins {
        "swapExactTokensForETH(uint256,uint256,address[],address,uint256)"
    } else {
        "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)"
    };
    city.call(who, router, signature, args![amount, accepts, path, who, until]);
    Ok(())
}

fn swap(city: &mut City<'_>) -> Result<()> {
    let Some(pair) = city.trade_pair() else { return Ok(()) };
    let (dollars, least) = (city.chance.heavy(30, 300_000), city.chance.between(900, 990));
    trade(city, pair, dollars, least, 0)
}

fn large_swap(city: &mut City<'_>) -> Result<()> {
    let Some(pair) = city.trade_pair() else { return Ok(()) };
    let dollars = city.chance.heavy(500_000, 20_000_000);
    trade(city, pair, dollars, 900, 0)
}

/// Somebody trades so much in a pair that its price moves by several in a hundred.
pub(in super::super) fn push(city: &mut City<'_>, pair: Pair) -> Result<()> {
    let dollars = city.chance.between(60_000, 400_000);
    trade(city, pair, dollars, 800, 0)
}

fn too_greedy(city: &mut City<'_>) -> Result<()> {
    let Some(pair) = city.trade_pair() else { return Ok(()) };
    let dollars = city.chance.heavy(30, 100_000);
    trade(city, pair, dollars, 1150, 0)
}

fn too_late(city: &mut City<'_>) -> Result<()> {
    let Some(pair) = city.trade_pair() else { return Ok(()) };
    let dollars = city.chance.heavy(30, 100_000);
    trade(city, pair, dollars, 900, 900)
}

fn swap_coins(city: &mut City<'_>) -> Result<()> {
    let (_, who) = city.someone();
    let house = usize::from(city.chance.percent(25));
    let into = city.chance.pick(&[USDC, USDT, DAI, BTC, LINK, REWARD]).unwrap_or(USDC);
    let Some(pair) = city.places.swaps.pair(house, WRAPPED, into) else { return Ok(()) };
    let (r_in, r_out) = city.reserves(pair)?;
    let dollars = city.chance.heavy(30, 300_000);
    let value = city.dollars(WRAPPED, dollars).min(r_in / U256::from(12));
    let least = out(value, r_in, r_out) * U256::from(95) / U256::from(100);
    let (path, until) = (vec![WETH, city.places.coin(into)], city.time() + 300);
    let router = city.places.swaps.routers.get(house).copied().context("a house without a router")?;
    city.pay(
        who,
        router,
        value,
        "swapExactETHForTokens(uint256,address[],address,uint256)",
        args![least, path, who, until],
    );
    Ok(())
}

fn range_swap(city: &mut City<'_>) -> Result<()> {
    let (_, who) = city.someone();
    let (pool, router) = (city.places.swaps.range, city.places.swaps.range_router);
    let from = city.chance.pick(&[WRAPPED, USDC]).unwrap_or(USDC);
    let dollars = city.chance.heavy(30, 2_000_000);
    let amount = city.dollars(from, dollars);
    city.ready(who, from, router, amount)?;
    let zero_for_one = (city.places.coin(WRAPPED) < city.places.coin(USDC)) == (from == WRAPPED);
    let signature = "exactInputSingle(address,bool,uint256,uint256,address)";
    city.call(who, router, signature, args![pool, zero_for_one, amount, U256::from(1), who]);
    Ok(())
}

fn stable_swap(city: &mut City<'_>) -> Result<()> {
    let (_, who) = city.someone();
    let stable = city.places.swaps.stable;
    let order = [DAI, USDC, USDT];
    let i = city.chance.index(3);
    let j = (i + 1 + city.chance.index(2)) % 3;
    let from = order.get(i).copied().unwrap_or(DAI);
    let dollars = city.chance.heavy(30, 3_000_000);
    let amount = city.dollars(from, dollars);
    city.ready(who, from, stable, amount)?;
    let (i, j) = (i128::try_from(i)?, i128::try_from(j)?);
    city.call(who, stable, "exchange(int128,int128,uint256,uint256)", args![i, j, amount, U256::from(1)]);
    Ok(())
}

fn keep_price(city: &mut City<'_>) -> Result<()> {
    let Some(pair) = city.trade_pair() else { return Ok(()) };
    level(city, pair)
}

/// The market maker trades a pair back to the price of the world's markets, where it is off by more than the fee.
pub(in super::super) fn level(city: &mut City<'_>, pair: Pair) -> Result<()> {
    let maker = maker(city);
    let (in_a, in_b) = city.reserves(pair)?;
    let [(pa, ua), (pb, ub)] = [pair.a, pair.b].map(|coin| {
        city.places
            .coins
            .get(coin)
            .map_or((U256::from(1), U256::from(1)), |coin| (U256::from(coin.price_cents), coin.unit))
    });
    // Worth in millionths of a cent, so that small pools do not vanish.
    let million = U256::from(1_000_000);
    let (worth_a, worth_b) = (in_a * pa * million / ua, in_b * pb * million / ub);
    let ((from, price, unit), low, high) =
        if worth_a < worth_b { ((pair.a, pa, ua), worth_a, worth_b) } else { ((pair.b, pb, ub), worth_b, worth_a) };
    if (high - low) * U256::from(1000) < high * U256::from(8) {
        return Ok(());
    }
    let middle = (low * high).root(2);
    let amount = (middle - low) * unit / price / million;
    if amount.is_zero() {
        return Ok(());
    }
    let router = city.places.swaps.routers.get(pair.house).copied().context("a house without a router")?;
    city.ready(maker, from, router, amount)?;
    let into = if from == pair.a { pair.b } else { pair.a };
    let (path, until) = (vec![city.places.coin(from), city.places.coin(into)], city.time() + 60);
    let signature = "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)";
    city.call(maker, router, signature, args![amount, U256::from(1), path, maker, until]);
    Ok(())
}
