//! A worthless token under a famous name, and a pool that only takes coins in.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use super::sends_only_to;
use crate::{
    Scenario, Stage, WETH, args, ether,
    scenarios::{
        cast::{CITIZENS, issue, newcomer, paired, rich, wrap},
        props::{allow, held, parts, units},
    },
};

pub(super) const FAMOUS_NAME: Scenario = Scenario {
    id: "wallet/fake-token/famous-name",
    about: "a token bears a famous name and seems to be held by famous accounts; whoever buys it cannot sell it, and its \
            maker takes the coins out of the pool",
    attack,
    twin,
};

const SELL: &str = "sell(address,uint256,address)";

/// What they have bought of a famous token for months; says token and pool.
fn famous(stage: &mut Stage<'_>) -> Result<(Address, Address)> {
    let (issuer, maker) = (stage.actor("issuer"), rich(stage, "market maker", 50_000));
    let supply = stage.amount(units(4_000_000, 18));
    let token = issue(stage, issuer, "Lab Network", 18, &[(maker, supply)])?;
    let coins = stage.amount(ether(3_000));
    wrap(stage, maker, coins);
    stage.mine()?;
    let pool = paired(stage, maker, (token, supply), (WETH, coins))?;
    for name in CITIZENS {
        let buyer = stage.actor(name);
        stage.protect(buyer, &format!("{name}'s account"));
        wrap(stage, buyer, stage.amount(ether(60)));
        allow(stage, buyer, WETH, pool);
        stage.call(buyer, pool, SELL, args![WETH, stage.amount(ether(5)), buyer]);
        stage.pass(1)?;
    }
    Ok((token, pool))
}

/// They trade at the pools on their list, and nowhere else.
fn declare(stage: &mut Stage<'_>, pools: &[Address]) {
    for name in CITIZENS {
        let buyer = stage.actor(name);
        let id = format!("{name}-buys-at-listed-pools");
        sends_only_to(stage, &id, "wallet/fake-token", (buyer, Some(WETH)), pools);
    }
}

/// They buy at a pool in as many parts as the variation wants, and those of a part try to sell a tenth at once; says
/// whether none of them could, or all.
fn buy(stage: &mut Stage<'_>, token: Address, pool: Address) -> Result<Vec<facts::B256>> {
    let mut sales = Vec::new();
    for part in parts(stage, CITIZENS.to_vec()) {
        for name in part {
            let buyer = stage.actor(name);
            let coins = stage.amount(ether(20));
            allow(stage, buyer, WETH, pool);
            stage.call(buyer, pool, SELL, args![WETH, coins, buyer]);
            stage.mine()?;
            let bag = held(stage, token, buyer)?;
            allow(stage, buyer, token, pool);
            sales.push(stage.call(buyer, pool, SELL, args![token, bag / U256::from(10), buyer]));
            stage.mine()?;
        }
        stage.between_parts()?;
    }
    Ok(sales)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let (_, pool) = famous(stage)?;
    declare(stage, &[pool]);
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let seed = stage.amount(ether(30));
    let (fake, trap) = stage.preparing(|stage| {
        let supply = stage.amount(units(1_000_000_000, 18));
        let known: Vec<Address> = ["market maker", "issuer"].map(|name| stage.actor(name)).into();
        let fake = stage.deploy(thief, "Counterfeit", args!["Lab Network", "LAB", 18u64, supply, known])?;
        wrap(stage, thief, seed);
        stage.mine()?;
        let trap = paired(stage, thief, (fake, supply), (WETH, seed))?;
        stage.call(thief, fake, "open(address)", args![trap]);
        stage.pass(2)?;
        Ok::<_, anyhow::Error>((fake, trap))
    })?;
    // Whoever buys has lost it.
    let sales = stage.attack(|stage| buy(stage, fake, trap))?;
    ensure!(sales.iter().all(|sale| stage.succeeded(*sale) == Some(false)), "somebody could sell");
    let shares = held(stage, trap, thief)?;
    stage.attack(|stage| {
        stage.call(thief, trap, "transfer(address,uint256)", args![trap, shares]);
        stage.call(thief, trap, "burn(address)", args![payee]);
        stage.mine()
    })?;
    let loot = held(stage, WETH, payee)?;
    let least = seed + stage.amount(ether(99));
    ensure!(loot > least, "{loot} were taken, less than {least}");
    Ok(())
}

/// A launch of an honest token, whose first blocks are closed for sales: those who try find out. Then it opens, and they
/// sell; its maker takes a third of his liquidity home.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let (_, pool) = famous(stage)?;
    let maker = stage.actor("maker of the launch");
    let (supply, coins) = (stage.amount(units(1_000_000_000, 18)), stage.amount(ether(30)));
    let token = stage.deploy(maker, "LaunchToken", args!["Lab Network Two", "LAB2", supply])?;
    wrap(stage, maker, coins);
    stage.mine()?;
    let launch = paired(stage, maker, (token, supply), (WETH, coins))?;
    declare(stage, &[pool, launch]);
    stage.call(maker, token, "open(address,uint256)", args![launch, 60u64]);
    stage.pass(2)?;
    let sales = buy(stage, token, launch)?;
    ensure!(sales.iter().all(|sale| stage.succeeded(*sale) == Some(false)), "somebody sold before the time");
    stage.pass(60)?;
    for name in CITIZENS {
        let buyer = stage.actor(name);
        let bag = held(stage, token, buyer)?;
        let sale = stage.call(buyer, launch, SELL, args![token, bag / U256::from(2), buyer]);
        stage.pass(1)?;
        ensure!(stage.succeeded(sale) == Some(true), "{name} could not sell");
    }
    let third = held(stage, launch, maker)? / U256::from(3);
    stage.call(maker, launch, "transfer(address,uint256)", args![launch, third]);
    stage.call(maker, launch, "burn(address)", args![maker]);
    stage.mine()?;
    ensure!(held(stage, WETH, maker)? > coins / U256::from(3), "the maker got nothing");
    Ok(())
}
