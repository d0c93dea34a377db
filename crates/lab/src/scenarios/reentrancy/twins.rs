//! Locks that do not know of each other: the pools whose compiler gave each function its own (July 2023).

use anyhow::{Result, ensure};
use facts::{Address, U256};

use super::super::{
    cast::{CITIZENS, assault, issue, lender, newcomer, rich, wrap},
    declare::view_never,
    props::{allow, one},
};
use crate::{Scenario, Stage, WETH, args, ether};

pub(super) const BROKEN_LOCK: Scenario = Scenario {
    id: "reentrancy/cross-function/broken-lock",
    about: "a pool's functions are locked each by itself, and whoever is being paid out adds to the pool while his old \
            shares still count (the Vyper pools of Curve, July 2023)",
    attack,
    twin,
};

const ADD: &str = "add_liquidity(uint256[2],uint256)";

struct Twins {
    pool: Address,
    other: Address,
    lender: Address,
}

fn pair(coins: U256, twins: U256) -> alloy_dyn_abi::DynSolValue {
    use crate::Arg as _;
    alloy_dyn_abi::DynSolValue::FixedArray(vec![coins.value(), twins.value()])
}

fn twins(stage: &mut Stage<'_>) -> Result<Twins> {
    let (founder, maker) = (stage.actor("founder"), rich(stage, "maker", 1_200_000));
    let mut holders = vec![(maker, stage.amount(ether(50_000)))];
    for name in CITIZENS {
        holders.push((rich(stage, name, 20_000), stage.amount(ether(4_000))));
    }
    let twin = issue(stage, founder, "alETH", 18, &holders)?;
    let pool = stage.deploy(founder, "TwinPool", args![twin])?;
    let other = stage.deploy(founder, "TwinPool", args![twin])?;
    stage.protect(pool, "pool");
    let fallen = format!("observed.value < amount(\"{}\")", ether(1) - U256::from(1_000_000));
    let price = ("get_virtual_price()", args![]);
    view_never(stage, "shares-do-not-fall", "reentrancy/cross-function", pool, price, &fallen);
    let means = stage.amount(ether(100_000));
    wrap(stage, maker, means);
    let lender = lender(stage, maker, &[(WETH, means)])?;
    stage.pass(1)?;
    for name in CITIZENS {
        let person = stage.actor(name);
        let amount = stage.amount(ether(2_000));
        for at in [pool, other] {
            allow(stage, person, twin, at);
            let mut args = vec![pair(amount, amount)];
            args.extend(args![0u64]);
            stage.pay(person, at, amount, ADD, args);
        }
        stage.pass(1)?;
    }
    Ok(Twins { pool, other, lender })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Twins { pool, lender, .. } = twins(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.stranger("hand of the thief");
    let payee = if stage.variation.payee { stage.payee(thief) } else { payee };
    let before = stage.balance(pool)?;
    assault(stage, thief, "TwinThief", |parts| {
        let (most, again) = (stage_amount(before, 4, parts), stage_amount(before, 1, 1));
        (U256::ZERO, "run(address,address,uint256,uint256,address)", args![lender, pool, most, again, payee])
    })?;
    let (loot, left) = (stage.balance(payee)?, stage.balance(pool)?);
    ensure!(loot > before / U256::from(4), "{loot} of {before}, of which {left} is left");
    let price = one(stage, pool, "get_virtual_price()", args![])?;
    ensure!(price < ether(1) * U256::from(9) / U256::from(10), "a share is still worth {price}");
    Ok(())
}

fn stage_amount(of: U256, times: u64, parts: u64) -> U256 {
    of * U256::from(times) / U256::from(parts)
}

/// A provider goes through one pool into the other, and adds there what it is being paid here.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Twins { pool, other, .. } = twins(stage)?;
    let mover = rich(stage, "mover", 60_000);
    let contract = stage.deploy(mover, "TwinMover", args![])?;
    stage.pass(1)?;
    let parts = stage.variation.parts;
    let coins = stage.amount(ether(15_000)) / U256::from(parts);
    for _ in 0..parts {
        stage.pay(mover, contract, coins, "run(address,address)", args![pool, other]);
        stage.between_parts()?;
    }
    for at in [pool, other] {
        let price = one(stage, at, "get_virtual_price()", args![])?;
        ensure!(price > ether(1) - U256::from(1_000), "a share is worth {price}");
    }
    Ok(())
}
