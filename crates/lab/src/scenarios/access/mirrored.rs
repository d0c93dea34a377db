//! Who allowed whom, read the wrong way round: Deus (May 2023).

use anyhow::{Result, ensure};
use facts::{Address, U256};

use super::super::{
    cast::{CITIZENS, newcomer, rich, wrap},
    declare::Invariant,
    props::{held, strike_in_parts, token},
};
use crate::{Scenario, Stage, WETH, args, ether};

pub(super) const MIRRORED_ALLOWANCE: Scenario = Scenario {
    id: "access/missing-check/mirrored-allowance",
    about: "a token that others may burn for its holder looks up the allowance the wrong way round and writes it down the \
            right way round; who allows a pool all it has may then take all that the pool has (Deus, May 2023)",
    attack,
    twin,
};

struct Dollars {
    dollar: Address,
    other: Address,
    pools: Vec<Address>,
    desk: Address,
}

fn dollars(stage: &mut Stage<'_>) -> Result<Dollars> {
    let (issuer, maker) = (stage.actor("issuer"), rich(stage, "maker", 300_000));
    let dollar = stage.deploy(issuer, "MirrorDollar", args![])?;
    let other = token(stage, issuer, "USDC", 18)?;
    stage.protect(dollar, "dollar");
    let (coins, side) = (stage.amount(ether(400)), stage.amount(ether(1_200_000)));
    wrap(stage, maker, coins * U256::from(2));
    let mint = "mint(address,uint256)";
    let mut pools = Vec::new();
    for (number, asset) in [WETH, other, WETH].into_iter().enumerate() {
        let pool = stage.deploy(maker, "Pool", args![dollar, asset])?;
        stage.call(issuer, dollar, mint, args![pool, side]);
        if asset == WETH {
            stage.call(maker, WETH, "transfer(address,uint256)", args![pool, coins]);
        } else {
            stage.call(issuer, other, mint, args![pool, side]);
        }
        stage.call(maker, pool, "mint(address)", args![maker]);
        pools.push(pool);
        stage.protect(pool, &format!("pool {number}"));
        // A pool allows nobody anything.
        let broken = format!(
            "log.address == address(\"{dollar:#x}\") && log.topic0 == topic(\"Approval(address,address,uint256)\") \
             && address(log.topic1) == address(\"{pool:#x}\")"
        );
        let (id, kind) = (format!("pool-{number}-allows-nobody"), "access/missing-check");
        Invariant { id: &id, kind, on: "log", broken, about: pool, asks: None }.declare(stage);
    }
    let desk = stage.deploy(issuer, "MirrorDesk", args![dollar, other])?;
    stage.call(issuer, other, mint, args![desk, side]);
    for name in CITIZENS {
        let person = stage.actor(name);
        let amount = stage.amount(ether(90_000));
        stage.call(issuer, dollar, mint, args![person, amount]);
    }
    stage.pass(1)?;
    let bob = stage.actor("bob");
    let some = stage.amount(ether(5_000));
    stage.call(bob, dollar, "approve(address,uint256)", args![pools[0], some]);
    stage.call(bob, pools[0], "sell(address,uint256,address)", args![dollar, some, bob]);
    stage.pass(2)?;
    Ok(Dollars { dollar, other, pools, desk })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Dollars { dollar, other, pools, .. } = dollars(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let assets = [WETH, other, WETH];
    let wanted: Vec<(Address, Address)> = pools.iter().copied().zip(assets).collect();
    let before = held(stage, other, pools[1])?;
    strike_in_parts(stage, thief, "MirrorThief", wanted, |_, part| {
        let (pools, others): (Vec<Address>, Vec<Address>) = part.into_iter().unzip();
        ("run(address,address[],address[],address)", args![dollar, pools, others, payee])
    })?;
    let loot = held(stage, other, payee)?;
    ensure!(loot > before * U256::from(9) / U256::from(10), "{loot} of {before}");
    Ok(())
}

/// People redeem at a desk that burns theirs, and sells for some of them what is over.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Dollars { other, pools, desk, .. } = dollars(stage)?;
    for (number, name) in CITIZENS.into_iter().enumerate() {
        let person = stage.actor(name);
        let (amount, sold) = (stage.amount(ether(60_000)), stage.amount(ether(20_000)) * U256::from(number % 2));
        stage.call(person, desk, "redeem(uint256,address,uint256)", args![amount, pools[2 * (number / 3)], sold]);
        stage.between_parts()?;
        ensure!(held(stage, other, person)? == amount, "{name} was not paid");
    }
    Ok(())
}
