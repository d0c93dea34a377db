//! An exchange that takes in and pays out, and the issuers of tokens.

use anyhow::Result;
use facts::{Bytes, U256};

use super::{
    super::{
        Kind,
        city::City,
        places::{DAI, LINK, USDC, USDT, WRAPPED},
    },
    money::issuer,
};
use crate::{EXCHANGE, Send, args};

pub(in super::super) const KINDS: &[Kind] = &[
    Kind { name: "exchange pays out coins", weight: 250, act: payout },
    Kind { name: "exchange pays out tokens", weight: 250, act: token_payout },
    Kind { name: "exchange pays out in a batch", weight: 30, act: batch_payout },
    Kind { name: "exchange sweeps a deposit of coins", weight: 80, act: sweep_coins },
    Kind { name: "exchange sweeps a deposit of tokens", weight: 80, act: sweep_tokens },
    Kind { name: "deposit through a forwarder", weight: 80, act: forwarder },
    Kind { name: "a newcomer arrives", weight: 20, act: arrive },
    Kind { name: "an issuer issues or redeems", weight: 20, act: issue },
];

fn payout(city: &mut City<'_>) -> Result<()> {
    let to = if city.chance.percent(80) { city.someone().1 } else { city.stranger() };
    let dollars = city.chance.heavy(50, 3_000_000);
    let value = city.dollars(WRAPPED, dollars);
    city.send(Send { from: EXCHANGE, to: Some(to), value, ..Send::default() });
    Ok(())
}

fn token_payout(city: &mut City<'_>) -> Result<()> {
    let to = if city.chance.percent(80) { city.someone().1 } else { city.stranger() };
    let (dollars, coin) = (city.chance.heavy(50, 3_000_000), city.currency());
    let (amount, token) = (city.dollars(coin, dollars), city.places.coin(coin));
    city.call(EXCHANGE, token, "transfer(address,uint256)", args![to, amount]);
    Ok(())
}

fn batch_payout(city: &mut City<'_>) -> Result<()> {
    let disperser = city.places.money.disperser;
    let (mut to, mut values) = (Vec::new(), Vec::new());
    for _ in 0..city.chance.between(10, 80) {
        to.push(if city.chance.percent(50) { city.someone().1 } else { city.stranger() });
        let dollars = city.chance.heavy(50, 200_000);
        values.push(city.dollars(WRAPPED, dollars));
    }
    let total = values.iter().sum();
    city.pay(EXCHANGE, disperser, total, "disperseEther(address[],uint256[])", args![to, values]);
    Ok(())
}

/// Somebody pays into its account at the exchange; a while later the exchange collects all of it.
fn sweep_coins(city: &mut City<'_>) -> Result<()> {
    let (_, from) = city.someone();
    let index = city.chance.index(city.places.money.deposits.len());
    let deposit = city.places.money.deposits.get(index).map(|id| city.at(*id)).unwrap_or_default();
    let dollars = city.chance.heavy(100, 1_000_000);
    let value = city.dollars(WRAPPED, dollars);
    city.send(Send { from, to: Some(deposit), value, ..Send::default() });
    let blocks = city.chance.between(1, 20);
    city.later(blocks, move |city| {
        city.send(Send { from: deposit, to: Some(EXCHANGE), value, ..Send::default() });
        Ok(())
    });
    Ok(())
}

fn sweep_tokens(city: &mut City<'_>) -> Result<()> {
    let (_, from) = city.someone();
    let index = city.chance.index(city.places.money.deposits.len());
    let deposit = city.places.money.deposits.get(index).map(|id| city.at(*id)).unwrap_or_default();
    let (dollars, coin) = (city.chance.heavy(100, 1_000_000), city.currency());
    let (amount, token) = (city.dollars(coin, dollars), city.places.coin(coin));
    city.hold(from, coin, amount)?;
    city.call(from, token, "transfer(address,uint256)", args![deposit, amount]);
    let blocks = city.chance.between(2, 20);
    city.later(blocks, move |city| {
        let all = city.holds(deposit, coin)?;
        if !all.is_zero() {
            city.call(deposit, token, "transfer(address,uint256)", args![EXCHANGE, all]);
        }
        Ok(())
    });
    Ok(())
}

fn forwarder(city: &mut City<'_>) -> Result<()> {
    let (_, from) = city.someone();
    let index = city.chance.index(city.places.money.forwarders.len());
    let Some(forwarder) = city.places.money.forwarders.get(index).copied() else { return Ok(()) };
    let dollars = city.chance.heavy(100, 500_000);
    if city.chance.percent(50) {
        let value = city.dollars(WRAPPED, dollars);
        city.send(Send { from, to: Some(forwarder), value, input: Bytes::new(), ..Send::default() });
        return Ok(());
    }
    let coin = city.chance.pick(&[USDC, USDT, DAI, LINK]).unwrap_or(USDC);
    let (amount, token) = (city.dollars(coin, dollars), city.places.coin(coin));
    city.hold(from, coin, amount)?;
    city.call(from, token, "transfer(address,uint256)", args![forwarder, amount]);
    let blocks = city.chance.between(1, 15);
    city.later(blocks, move |city| {
        city.call(EXCHANGE, forwarder, "flushTokens(address)", args![token]);
        Ok(())
    });
    Ok(())
}

fn arrive(city: &mut City<'_>) -> Result<()> {
    let id = city.newcomer();
    let to = city.at(id);
    let dollars = city.chance.heavy(200, 1_000_000);
    let value = city.dollars(WRAPPED, dollars);
    city.send(Send { from: EXCHANGE, to: Some(to), value, ..Send::default() });
    Ok(())
}

fn issue(city: &mut City<'_>) -> Result<()> {
    let issuer = issuer(city);
    let (million, tether) = (U256::from(city.chance.between(1, 200)), city.places.coin(USDT));
    let amount = million * U256::from(1_000_000_000_000u64);
    match city.chance.below(3) {
        0 => {
            city.call(issuer, tether, "issue(uint256)", args![amount]);
            city.call(issuer, tether, "transfer(address,uint256)", args![EXCHANGE, amount]);
        }
        1 => {
            city.call(EXCHANGE, tether, "transfer(address,uint256)", args![issuer, amount]);
            city.call(issuer, tether, "redeem(uint256)", args![amount]);
        }
        _ => {
            let dollar = city.places.coin(USDC);
            city.call(issuer, dollar, "mint(address,uint256)", args![EXCHANGE, amount]);
        }
    }
    Ok(())
}
