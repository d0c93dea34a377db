//! New things: tokens that somebody makes and sells, contracts of fresh accounts, and what simply fails.

use anyhow::{Context as _, Result};
use facts::{Address, B256, U256};

use super::super::{
    Kind,
    city::City,
    places::{DAI, LINK, USDC, USDT},
};
use crate::{Send, WETH, args, call_data, ether};

/// What there is of it.
#[derive(Debug, Default)]
pub(in super::super) struct Places {
    /// Tokens that are traded, with the router they are traded at.
    launched: Vec<Address>,
    holders: Vec<(Address, Address)>,
}

pub(in super::super) const KINDS: &[Kind] = &[
    Kind { name: "token launched", weight: 25, act: launch },
    Kind { name: "new token bought", weight: 120, act: buy },
    Kind { name: "new token sold", weight: 80, act: sell },
    Kind { name: "contract deployed by a fresh account", weight: 40, act: deploy },
    Kind { name: "failed: out of gas", weight: 25, act: out_of_gas },
    Kind { name: "failed: more than one has", weight: 30, act: too_much },
    Kind { name: "failed: without allowance", weight: 25, act: without_allowance },
];

/// A fresh account makes a token, gives it a market, opens it, locks or burns the liquidity, and lets go of it or not.
fn launch(city: &mut City<'_>) -> Result<()> {
    let (maker, name) = (city.stranger(), format!("NEW{}", city.chance.below(1_000_000)));
    let supply = U256::from(city.chance.heavy(1_000_000, 1_000_000_000)) * ether(1);
    let token = city.deploy(maker, "TownLaunch", args![name.as_str(), supply])?;
    let router = city.places.swaps.routers.first().copied().context("there is a router")?;
    let coins = ether(city.chance.heavy(5, 300));
    let blocks = city.chance.between(1, 5);
    city.later(blocks, move |city| {
        let part = supply * U256::from(city.chance.between(60, 100)) / U256::from(100);
        let (until, zero) = (city.time() + 600, U256::ZERO);
        city.call(maker, token, "approve(address,uint256)", args![router, part]);
        let signature = "addLiquidityETH(address,uint256,uint256,uint256,address,uint256)";
        city.pay(maker, router, coins, signature, args![token, part, zero, zero, maker, until]);
        city.later(1, move |city| settle(city, maker, token, router));
        Ok(())
    });
    Ok(())
}

fn settle(city: &mut City<'_>, maker: Address, token: Address, router: Address) -> Result<()> {
    city.call(maker, token, "openTrading()", args![]);
    let factory = Address::from_word(city.read(router, "factory()", args![])?.into());
    let pair = Address::from_word(city.read(factory, "getPair(address,address)", args![token, WETH])?.into());
    let shares = city.read(pair, "balanceOf(address)", args![maker])?;
    let to = match city.chance.below(3) {
        0 => Address::left_padding_from(&[0xde, 0xad]),
        1 => {
            let until = city.time() + 180 * 86_400;
            city.deploy(maker, "TownLocker", args![pair, until])?
        }
        _ => maker,
    };
    if to != maker {
        city.call(maker, pair, "transfer(address,uint256)", args![to, shares]);
    }
    let heir = city.chance.pick(&city.places.safes.safes.iter().map(|safe| safe.at).collect::<Vec<_>>());
    match (city.chance.below(3), heir) {
        (0, _) => {
            city.call(maker, token, "renounceOwnership()", args![]);
        }
        (1, Some(heir)) => {
            city.call(maker, token, "transferOwnership(address)", args![heir]);
        }
        _ => {}
    }
    city.later(1, move |city| {
        city.places.launches.launched.push(token);
        Ok(())
    });
    Ok(())
}

fn buy(city: &mut City<'_>) -> Result<()> {
    // The newest ones are the most wanted.
    let all = &city.places.launches.launched;
    let recent = all.get(all.len().saturating_sub(8)..).unwrap_or_default();
    let Some(token) = city.chance.pick(recent) else { return Ok(()) };
    let ((_, who), until) = (city.someone(), city.time() + 300);
    let value = ether(1) * U256::from(city.chance.heavy(10, 3_000)) / U256::from(1000);
    let router = city.places.swaps.routers.first().copied().context("there is a router")?;
    let all = args![U256::from(1), vec![WETH, token], who, until];
    city.pay(who, router, value, "swapExactETHForTokens(uint256,address[],address,uint256)", all);
    city.places.launches.holders.push((who, token));
    Ok(())
}

fn sell(city: &mut City<'_>) -> Result<()> {
    let index = city.chance.index(city.places.launches.holders.len());
    let Some((who, token)) = city.places.launches.holders.get(index).copied() else { return Ok(()) };
    let held = city.read(token, "balanceOf(address)", args![who])?;
    if held.is_zero() {
        city.places.launches.holders.swap_remove(index);
        return Ok(());
    }
    let amount = if city.chance.percent(50) { held } else { city.chance.part(held, 100, 900) };
    let (router, until) = (city.places.swaps.routers.first().copied().context("there is a router")?, city.time() + 300);
    city.allow(who, token, router, amount);
    let signature = "swapExactTokensForETH(uint256,uint256,address[],address,uint256)";
    city.call(who, router, signature, args![amount, U256::from(1), vec![token, WETH], who, until]);
    Ok(())
}

fn deploy(city: &mut City<'_>) -> Result<()> {
    let who = city.stranger();
    match city.chance.below(6) {
        0 => city.deploy(who, "PermitToken", args!["MINE", 18u64])?,
        1 => city.deploy(who, "TownDisperser", args![])?,
        2 => city.deploy(who, "TownArt", args![ether(1)])?,
        3 => city.deploy(who, "TownBazaar", args![])?,
        4 => city.deploy(who, "TownForwarder", args![who])?,
        _ => city.deploy(who, "TownAirdrop", args![city.places.coin(USDC), B256::ZERO])?,
    };
    Ok(())
}

fn out_of_gas(city: &mut City<'_>) -> Result<()> {
    let ((_, from), (_, to)) = (city.someone(), city.someone());
    let coin = city.chance.pick(&[USDC, DAI, LINK]).unwrap_or(USDC);
    let (amount, token) = (city.dollars(coin, 100), city.places.coin(coin));
    city.hold(from, coin, amount)?;
    let input = call_data("transfer(address,uint256)", args![to, amount]);
    city.send(Send { from, to: Some(token), input, gas: Some(26_000), ..Send::default() });
    Ok(())
}

fn too_much(city: &mut City<'_>) -> Result<()> {
    let ((_, from), (_, to)) = (city.someone(), city.someone());
    let coin = city.chance.pick(&[USDC, USDT, DAI, LINK]).unwrap_or(USDC);
    let (held, token) = (city.holds(from, coin)?, city.places.coin(coin));
    let amount = held * U256::from(2) + city.dollars(coin, 1_000_000_000);
    city.call(from, token, "transfer(address,uint256)", args![to, amount]);
    Ok(())
}

fn without_allowance(city: &mut City<'_>) -> Result<()> {
    // Somebody new, who has allowed nothing yet.
    let id = city.newcomer();
    let who = city.at(id);
    let coin = city.chance.pick(&[USDC, DAI]).unwrap_or(USDC);
    let (amount, token, market) = (city.dollars(coin, 500), city.places.coin(coin), city.places.lending.market);
    city.hold(who, coin, amount)?;
    city.call(who, market, "supply(address,uint256,address,uint16)", args![token, amount, who, U256::ZERO]);
    Ok(())
}
