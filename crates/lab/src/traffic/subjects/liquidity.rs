//! Liquidity that comes and goes: in pairs, in the pool of dollars, in positions of the pool with call backs.

use alloy_dyn_abi::DynSolValue;
use anyhow::{Context as _, Result};
use facts::{Address, Bytes, U256};

use super::super::{
    Kind,
    city::City,
    places::{DAI, FEES, USDC, USDT, WRAPPED},
};
use crate::args;

pub(in super::super) const KINDS: &[Kind] = &[
    Kind { name: "liquidity added", weight: 120, act: add },
    Kind { name: "liquidity removed", weight: 100, act: remove },
    Kind { name: "liquidity of dollars", weight: 60, act: stable_liquidity },
    Kind { name: "positions opened and closed", weight: 60, act: position },
];

fn position(city: &mut City<'_>) -> Result<()> {
    let (pool, router) = (city.places.swaps.range, city.places.swaps.range_router);
    if city.chance.percent(45)
        && let Some((who, id)) = city.places.swaps.positions.pop()
    {
        city.call(who, router, "close(address,uint256)", args![pool, id]);
        return Ok(());
    }
    let (_, who) = city.someone();
    let reserves = [city.read(pool, "reserve0()", args![])?, city.read(pool, "reserve1()", args![])?];
    let liquidity = city.read(pool, "liquidity()", args![])?;
    if liquidity.is_zero() {
        // The price has left every range.
        return Ok(());
    }
    let part = city.chance.heavy(1, 20_000);
    let size = liquidity * U256::from(part) / U256::from(1_000_000);
    let first = if city.places.coin(WRAPPED) < city.places.coin(USDC) { [WRAPPED, USDC] } else { [USDC, WRAPPED] };
    for (coin, reserve) in first.into_iter().zip(reserves) {
        city.ready(who, coin, router, reserve * size * U256::from(11) / U256::from(10) / liquidity + U256::from(1))?;
    }
    open(city, router, pool, who, u128::try_from(size).unwrap_or_default(), Bytes::new());
    let blocks = city.chance.between(1, 50);
    city.later(blocks, move |city| {
        // Positions are numbered from one, the maker's; only what was really opened counts.
        let minted = u64::try_from(city.read(router, "minted()", args![])?)?;
        for id in city.places.swaps.opened.max(1) + 1..=minted {
            let owner = city.read(router, "ownerOf(uint256)", args![id])?;
            city.places.swaps.positions.push((Address::from_word(owner.into()), id));
        }
        city.places.swaps.opened = minted;
        Ok(())
    });
    Ok(())
}

fn stable_liquidity(city: &mut City<'_>) -> Result<()> {
    let (_, who) = city.someone();
    let stable = city.places.swaps.stable;
    let shares = city.read(stable, "balanceOf(address)", args![who])?;
    if !shares.is_zero() {
        let taken = city.chance.part(shares, 200, 1000);
        let zeros = vec![DynSolValue::FixedArray(vec![DynSolValue::Uint(U256::ZERO, 256); 3])];
        let mut all = args![taken];
        all.extend(zeros);
        city.call(who, stable, "remove_liquidity(uint256,uint256[3])", all);
        return Ok(());
    }
    let mut amounts = [U256::ZERO; 3];
    for (amount, coin) in amounts.iter_mut().zip([DAI, USDC, USDT]) {
        if city.chance.percent(60) || coin == DAI {
            let dollars = city.chance.heavy(100, 500_000);
            *amount = city.dollars(coin, dollars);
            city.ready(who, coin, stable, *amount)?;
        }
    }
    city.call(who, stable, "add_liquidity(uint256[3],uint256)", sums(amounts, U256::ZERO));
    Ok(())
}

fn add(city: &mut City<'_>) -> Result<()> {
    let (_, who) = city.someone();
    let index = city.chance.index(city.places.swaps.pairs.len());
    let Some(pair) = city.places.swaps.pairs.get(index).copied().filter(|pair| pair.a != FEES && pair.b != FEES) else {
        return Ok(());
    };
    let router = city.places.swaps.routers.get(pair.house).copied().context("a house without a router")?;
    let (in_a, in_b) = city.reserves(pair)?;
    let part = U256::from(city.chance.heavy(1, 30_000));
    let [want_a, want_b] = [in_a, in_b].map(|all| all * part / U256::from(1_000_000));
    city.ready(who, pair.a, router, want_a)?;
    city.ready(who, pair.b, router, want_b)?;
    let (a, b) = (city.places.coin(pair.a), city.places.coin(pair.b));
    let (until, zero) = (city.time() + 600, U256::ZERO);
    let signature = "addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)";
    city.call(who, router, signature, args![a, b, want_a, want_b, zero, zero, who, until]);
    city.places.swaps.providers.push((who, index));
    Ok(())
}

fn remove(city: &mut City<'_>) -> Result<()> {
    let index = city.chance.index(city.places.swaps.providers.len());
    let Some((who, at)) = city.places.swaps.providers.get(index).copied() else { return Ok(()) };
    let Some(pair) = city.places.swaps.pairs.get(at).copied() else { return Ok(()) };
    let shares = city.read(pair.at, "balanceOf(address)", args![who])?;
    if shares.is_zero() {
        return Ok(());
    }
    city.places.swaps.providers.swap_remove(index);
    let router = city.places.swaps.routers.get(pair.house).copied().context("a house without a router")?;
    city.allow(who, pair.at, router, shares);
    let (a, b) = (city.places.coin(pair.a), city.places.coin(pair.b));
    let (until, zero) = (city.time() + 600, U256::ZERO);
    let signature = "removeLiquidity(address,address,uint256,uint256,uint256,address,uint256)";
    city.call(who, router, signature, args![a, b, shares, zero, zero, who, until]);
    Ok(())
}

pub(super) fn open(city: &mut City<'_>, router: Address, range: Address, who: Address, size: u128, first: Bytes) {
    let size = DynSolValue::Uint(U256::from(size), 128);
    let mut all = args![range];
    all.push(size);
    all.extend(args![first]);
    city.call(who, router, "open(address,uint128,bytes)", all);
}

pub(super) fn sums(amounts: [U256; 3], least: U256) -> Vec<DynSolValue> {
    let amounts = amounts.map(|amount| DynSolValue::Uint(amount, 256)).to_vec();
    let mut all = vec![DynSolValue::FixedArray(amounts)];
    all.extend(args![least]);
    all
}
