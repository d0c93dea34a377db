//! A router that calls whatever it is told to, on its users' approvals: SushiSwap's RouteProcessor2 (April 2023), Dexible
//! (February 2023), LI.FI (July 2024).

use alloy_dyn_abi::DynSolValue;
use anyhow::{Result, ensure};
use facts::{Address, U256};

use super::super::{
    declare::Invariant,
    props::{allow, give, held, parts, pool, strike_in_parts, token, units},
};
use crate::{Arg as _, Scenario, Stage, Tuple, args, call_data};

pub(super) const OPEN_ROUTER: Scenario = Scenario {
    id: "access/missing-check/open-router",
    about: "a swap router calls any exchange its caller names, so that a token's transferFrom takes what users approved",
    attack,
    twin,
};

const KIND: &str = "access/missing-check";
const TRADERS: [(&str, u64); 6] =
    [("ada", 240_000), ("ben", 91_500), ("cem", 18_250), ("dora", 455_000), ("eve", 60_100), ("fay", 133_700)];

struct Market {
    owner: Address,
    usd: Address,
    coin: Address,
    pool: Address,
    traders: Vec<Address>,
}

fn market(stage: &mut Stage<'_>) -> Result<Market> {
    let owner = stage.actor("market maker");
    let usd = token(stage, owner, "USDM", 6)?;
    let coin = token(stage, owner, "GOV", 18)?;
    let deep = [(usd, stage.amount(units(9_000_000, 6))), (coin, stage.amount(units(3_000_000, 18)))];
    let pool = pool(stage, owner, deep)?;
    let mut traders = Vec::new();
    for (name, whole) in TRADERS {
        let trader = stage.actor(name);
        let amount = stage.amount(units(whole, 6));
        give(stage, owner, usd, trader, amount);
        traders.push(trader);
    }
    stage.mine()?;
    Ok(Market { owner, usd, coin, pool, traders })
}

fn swap(stage: &mut Stage<'_>, router: Address, market: &Market, trader: Address, whole: u64) {
    let amount = stage.amount(units(whole, 6));
    let sell = call_data("sell(address,uint256,address)", args![market.usd, amount, router]);
    let hop = Tuple(args![market.pool, sell]);
    let ask = "swap(address,uint256,address,uint256,(address,bytes)[])";
    let hops = DynSolValue::Array(vec![hop.value()]);
    let mut args = args![market.usd, amount, market.coin, U256::from(1)];
    args.push(hops);
    stage.call(trader, router, ask, args);
}

/// Nobody's dollars go from a user to somebody who is neither a pool nor the router, on the router's word.
fn declare(stage: &mut Stage<'_>, market: &Market, router: Address) {
    let broken = format!(
        "call.effective && call.from == address(\"{router:#x}\") && call.to == address(\"{:#x}\") \
         && call.selector == selector(\"transferFrom(address,address,uint256)\") \
         && address(call.word(1)) != address(\"{router:#x}\")",
        market.usd,
    );
    Invariant { id: "router-pulls-for-itself", kind: KIND, on: "call", broken, about: router, asks: None }
        .declare(stage);
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let market = market(stage)?;
    let router = stage.deploy(market.owner, "OpenRouter", args![])?;
    stage.protect(router, "router");
    declare(stage, &market, router);
    for trader in market.traders.clone() {
        allow(stage, trader, market.usd, router);
    }
    stage.pass(1)?;
    for (trader, whole) in market.traders.clone().into_iter().zip([4_000, 1_000, 250, 12_500, 900, 2_000]) {
        swap(stage, router, &market, trader, whole);
        stage.pass(1)?;
    }
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    let usd = market.usd;
    strike_in_parts(stage, thief, "OpenRouterThief", market.traders.clone(), |_, victims| {
        ("take(address,address,address[],address)", args![router, usd, victims, payee])
    })?;
    let loot = held(stage, usd, payee)?;
    ensure!(loot > stage.amount(units(950_000, 6)), "the thief holds {loot}");
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let market = market(stage)?;
    // The orders of all of them are settled in one trade, by a solver they do not know.
    let solver = stage.actor("solver");
    let settlement = stage.deploy(solver, "BatchSettlement", args![market.usd, market.coin])?;
    stage.protect(settlement, "settlement");
    declare(stage, &market, settlement);
    for trader in market.traders.clone() {
        stage.mine()?;
        let all = held(stage, market.usd, trader)?;
        allow(stage, trader, market.usd, settlement);
        stage.call(trader, settlement, "place(uint256,uint256)", args![all, U256::from(1)]);
    }
    stage.mine()?;
    for part in parts(stage, (0..market.traders.len() as u64).collect()) {
        stage.call(solver, settlement, "settle(uint256[],address)", args![part, market.pool]);
        stage.between_parts()?;
    }
    for trader in market.traders {
        ensure!(held(stage, market.usd, trader)?.is_zero(), "sold less than all");
        ensure!(held(stage, market.coin, trader)? > U256::ZERO, "got nothing");
    }
    Ok(())
}
