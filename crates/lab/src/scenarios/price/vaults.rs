//! Vaults whose shares can be made too cheap or too dear.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, WETH, args, ether,
    scenarios::{
        cast::{CITIZENS, assault, issue, lender, newcomer, paired, rich, wrap},
        declare::view_never,
        props::{allow, held, out_of_a_mixer, units},
    },
};

pub(super) const CURVE_VAULT: Scenario = Scenario {
    id: "price/spot-manipulation/curve-vault",
    about: "a vault values its shares of a pool by the pool's present price; a thief bends it, deposits, unbends it, withdraws (Harvest, October 2020)",
    attack: curve_vault,
    twin: curve_vault_twin,
};

pub(super) const META_VAULT: Scenario = Scenario {
    id: "price/first-depositor/meta-vault",
    about: "whoever is first in a vault makes its one share so dear that those who follow lose to rounding",
    attack: meta_vault,
    twin: meta_vault_twin,
};

struct Curve {
    usdc: Address,
    usdt: Address,
    pool: Address,
    vault: Address,
    lender: Address,
}

fn curve(stage: &mut Stage<'_>) -> Result<Curve> {
    let (admin, maker) = (stage.actor("admin"), stage.actor("maker"));
    let million = |stage: &Stage<'_>, number: u64| stage.amount(units(1_000_000 * number, 6));
    let mut holders = vec![(maker, million(stage, 200))];
    for name in CITIZENS {
        holders.push((stage.actor(name), million(stage, 10)));
    }
    let usdc = issue(stage, admin, "USDC", 6, &holders)?;
    let usdt = issue(stage, admin, "USDT", 6, &holders)?;
    let imagined = million(stage, 50);
    let pool = stage.deploy(maker, "FlatPool", args![usdc, usdt, imagined])?;
    let vault = stage.deploy(admin, "YieldVault", args![usdc, pool])?;
    stage.protect(vault, "vault");
    let (kind, view) = ("price/spot-manipulation", ("getPricePerFullShare()", args![]));
    view_never(stage, "vault-share-fell", kind, vault, view, "observed.value < 980000");
    for token in [usdc, usdt] {
        allow(stage, maker, token, pool);
    }
    let (twenty, more) = (million(stage, 20), million(stage, 38));
    stage.call(maker, pool, "add_liquidity(uint256[2])", args![Pair([twenty, twenty])]);
    let lender = lender(stage, maker, &[(usdc, million(stage, 100)), (usdt, million(stage, 100))])?;
    stage.pass(1)?;
    for name in CITIZENS {
        let saver = stage.actor(name);
        allow(stage, saver, usdc, vault);
        stage.call(saver, vault, "deposit(uint256)", args![million(stage, 9)]);
    }
    stage.pass(2)?;
    stage.call(admin, vault, "doHardWork(uint256)", args![more]);
    stage.call(maker, pool, "add_liquidity(uint256[2])", args![Pair([U256::ZERO, more])]);
    stage.pass(2)?;
    for (name, from) in [("bob", 0u64), ("carol", 1), ("dave", 0)] {
        let trader = stage.actor(name);
        allow(stage, trader, if from == 0 { usdc } else { usdt }, pool);
        let amount = stage.amount(units(300_000, 6));
        stage.call(trader, pool, "exchange(uint256,uint256,address)", args![from, amount, trader]);
        stage.pass(1)?;
    }
    let erin = stage.actor("erin");
    stage.call(erin, vault, "withdraw(uint256)", args![stage.amount(units(500_000, 6))]);
    stage.pass(2)?;
    Ok(Curve { usdc, usdt, pool, vault, lender })
}

/// Two numbers in an array of two.
struct Pair([U256; 2]);

impl crate::Arg for Pair {
    fn value(self) -> alloy_dyn_abi::DynSolValue {
        alloy_dyn_abi::DynSolValue::FixedArray(self.0.into_iter().map(crate::Arg::value).collect())
    }
}

fn curve_vault(stage: &mut Stage<'_>) -> Result<()> {
    let Curve { usdc, vault, lender, .. } = curve(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    let (bend, stake) = (stage.amount(units(40_000_000, 6)), stage.amount(units(12_000_000, 6)));
    assault(stage, thief, "VaultBender", |parts| {
        let signature = "run(address,address,uint256,uint256,address)";
        (U256::ZERO, signature, args![lender, vault, bend, stake / U256::from(parts), payee])
    })?;
    let loot = held(stage, usdc, payee)?;
    ensure!(loot > stage.amount(units(1_500_000, 6)), "{loot} were taken");
    Ok(())
}

fn curve_vault_twin(stage: &mut Stage<'_>) -> Result<()> {
    let Curve { usdc, usdt, pool, vault, lender } = curve(stage)?;
    let (admin, keeper, trader, seller) =
        (stage.actor("admin"), stage.actor("treasurer"), stage.actor("arbitrageur"), stage.actor("alice"));
    let (stake, size) = (stage.amount(units(12_000_000, 6)), stage.amount(units(9_000_000, 6)));
    let desk = stage.deploy(admin, "PegDesk", args![])?;
    stage.call(admin, usdc, "mint(address,uint256)", args![desk, stage.amount(units(50_000_000, 6))]);
    stage.call(admin, usdc, "mint(address,uint256)", args![keeper, stake]);
    let treasury = stage.deploy(keeper, "TreasuryDesk", args![])?;
    let arbitrage = stage.deploy(trader, "PegArbitrage", args![])?;
    allow(stage, keeper, usdc, treasury);
    allow(stage, seller, usdt, pool);
    stage.pass(1)?;
    stage.call(keeper, treasury, "enter(address,uint256)", args![vault, stake]);
    stage.pass(3)?;
    // Somebody sells in a hurry, and an arbitrageur is there in the same block.
    stage.call(seller, pool, "exchange(uint256,uint256,address)", args![1u64, size, seller]);
    let run = "run(address,address,address,uint256)";
    stage.call(trader, arbitrage, run, args![lender, pool, desk, size * U256::from(9) / U256::from(10)]);
    stage.pass(2)?;
    stage.call(keeper, treasury, "leave(address,uint256)", args![vault, stake / U256::from(12)]);
    stage.mine()?;
    let (back, gain) = (held(stage, usdc, keeper)?, held(stage, usdc, trader)?);
    ensure!(back > stake * U256::from(10) / U256::from(12) && !gain.is_zero(), "{back} came back, {gain} were gained");
    Ok(())
}

/// A vault that was opened just now, and a pool where its asset can be bought.
fn opened(stage: &mut Stage<'_>) -> Result<(Address, Address, Address)> {
    let (admin, maker) = (stage.actor("admin"), rich(stage, "maker", 100_000));
    let (dollars, coins) = (stage.amount(units(10_000_000, 6)), stage.amount(ether(4_000)));
    let mut holders = vec![(maker, dollars)];
    for name in CITIZENS {
        holders.push((stage.actor(name), stage.amount(units(200_000, 6))));
    }
    let usdc = issue(stage, admin, "USDC", 6, &holders)?;
    wrap(stage, maker, coins);
    stage.mine()?;
    let pool = paired(stage, maker, (usdc, dollars), (WETH, coins))?;
    let vault = stage.deploy(admin, "MetaVault", args![usdc])?;
    stage.protect(vault, "vault");
    // A share begins at one to one and is never worth more than ten.
    let (kind, view) = ("price/first-depositor", ("convertToAssets(uint256)", args![U256::from(1_000_000)]));
    view_never(stage, "vault-share-dear", kind, vault, view, "observed.value > 10000000");
    for name in CITIZENS {
        let person = stage.actor(name);
        allow(stage, person, usdc, vault);
    }
    stage.pass(3)?;
    Ok((usdc, pool, vault))
}

fn meta_vault(stage: &mut Stage<'_>) -> Result<()> {
    let (usdc, pool, vault) = opened(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let (coins, parts) = (stage.amount(ether(12)), stage.variation.parts);
    let (bait, each) = ("bait(address,address)", coins / U256::from(parts));
    let contract = stage.deploy_and_strike(thief, "FirstDepositor", each, bait, args![vault, pool])?;
    for _ in 1..parts {
        stage.between_parts()?;
        stage.attack(|stage| stage.strike(thief, contract, each, bait, args![vault, pool]))?;
    }
    // Those who follow are in the same block already.
    let deposit = "deposit(uint256,address)";
    let alice = stage.actor("alice");
    stage.call(alice, vault, deposit, args![stage.amount(units(50_000, 6)), alice]);
    stage.mine()?;
    let bob = stage.actor("bob");
    stage.call(bob, vault, deposit, args![stage.amount(units(70_000, 6)), bob]);
    stage.pass(1)?;
    let before = held(stage, usdc, payee)?;
    stage.attack(|stage| stage.strike(thief, contract, U256::ZERO, "reap(address,address)", args![vault, payee]))?;
    stage.mine()?;
    let (got, paid) = (held(stage, usdc, payee)? - before, stage.amount(units(30_000, 6)));
    ensure!(got > paid * U256::from(115) / U256::from(100), "{got} came back of {paid}");
    Ok(())
}

fn meta_vault_twin(stage: &mut Stage<'_>) -> Result<()> {
    let (usdc, _, vault) = opened(stage)?;
    let (admin, strategist) = (stage.actor("admin"), stage.actor("strategist"));
    let (seed, gain) = (stage.amount(units(10_000, 6)), stage.amount(units(30_000, 6)));
    // The makers are first themselves, and the first gain of the strategy arrives before most people do.
    stage.call(admin, usdc, "mint(address,uint256)", args![admin, seed]);
    stage.call(admin, usdc, "mint(address,uint256)", args![strategist, gain]);
    allow(stage, admin, usdc, vault);
    stage.call(admin, vault, "deposit(uint256,address)", args![seed, admin]);
    stage.pass(1)?;
    stage.call(strategist, usdc, "transfer(address,uint256)", args![vault, gain]);
    let (alice, bob) = (stage.actor("alice"), stage.actor("bob"));
    let (first, second) = (stage.amount(units(50_000, 6)), stage.amount(units(70_000, 6)));
    stage.call(alice, vault, "deposit(uint256,address)", args![first, alice]);
    stage.pass(1)?;
    stage.call(bob, vault, "deposit(uint256,address)", args![second, bob]);
    stage.pass(3)?;
    let shares = held(stage, vault, alice)?;
    stage.call(alice, vault, "redeem(uint256,address,address)", args![shares, alice, alice]);
    stage.mine()?;
    let left = held(stage, usdc, alice)?;
    ensure!(left + U256::from(10) > stage.amount(units(200_000, 6)), "alice has {left}");
    Ok(())
}
