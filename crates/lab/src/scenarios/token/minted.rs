//! Tokens that somebody makes who should not be able to, or more of them than should be.

use anyhow::{Result, ensure};
use case::Planned;
use facts::{Address, U256};

use crate::{
    Scenario, Stage, WETH, args, ether,
    scenarios::{
        cast::{CITIZENS, assault, issue, newcomer, paired, rich, wrap},
        declare::{leaves_at_most, view_never},
        props::{allow, held, out_of_a_mixer, units, whom},
    },
};

pub(super) const CASH_MINT: Scenario = Scenario {
    id: "token/infinite-mint/cash-mint",
    about: "an issuer prints against whatever says that it is a vault of the issuer's (Cashio, March 2022)",
    attack: cash,
    twin: cash_twin,
};

pub(super) const BLACKSMITH: Scenario = Scenario {
    id: "token/infinite-mint/blacksmith",
    about: "a farm counts a new stake with the state from before its update, and pays it for a time when nothing was staked (Cover, December 2020)",
    attack: blacksmith,
    twin: blacksmith_twin,
};

struct Cash {
    dollars: [Address; 2],
    issuer: Address,
    cash: Address,
    pool: Address,
}

fn issuer(stage: &mut Stage<'_>) -> Result<Cash> {
    let (admin, maker) = (stage.actor("admin"), stage.actor("maker"));
    let million = |stage: &Stage<'_>, number: u64| stage.amount(units(1_000_000 * number, 6));
    let mut holders = vec![(maker, million(stage, 40))];
    for name in CITIZENS {
        holders.push((stage.actor(name), million(stage, 3)));
    }
    let dollars = [issue(stage, admin, "USDC", 6, &holders)?, issue(stage, admin, "USDT", 6, &holders)?];
    let issuer = stage.deploy(admin, "CashIssuer", args![])?;
    stage.mine()?;
    let cash = whom(stage, issuer, "cash()", args![])?;
    let mut vaults = Vec::new();
    for (number, dollar) in dollars.into_iter().enumerate() {
        stage.call(admin, issuer, "addVault(address)", args![dollar]);
        stage.mine()?;
        vaults.push(whom(stage, issuer, "vaults(uint256)", args![number as u64])?);
    }
    stage.protect(issuer, "issuer");
    stage.protect(vaults[0], "USDC vault");
    stage.protect(vaults[1], "USDT vault");
    let kind = "token/infinite-mint";
    view_never(stage, "cash-backed", kind, issuer, ("unbacked()", args![]), "observed.value > 0");
    let print = "print(address,uint256)";
    let wad = |stage: &Stage<'_>, whole: u64| stage.amount(units(whole, 18));
    for (vault, dollar) in vaults.iter().zip(dollars) {
        allow(stage, maker, dollar, *vault);
        stage.call(maker, issuer, print, args![*vault, wad(stage, 5_000_000)]);
    }
    let pool = paired(stage, maker, (cash, wad(stage, 8_000_000)), (dollars[0], million(stage, 8)))?;
    stage.pass(1)?;
    for (number, name) in CITIZENS.into_iter().enumerate() {
        let person = stage.actor(name);
        let side = number % 2;
        allow(stage, person, dollars[side], vaults[side]);
        stage.call(person, issuer, print, args![vaults[side], wad(stage, 300_000)]);
        stage.pass(1)?;
    }
    let bob = stage.actor("bob");
    allow(stage, bob, cash, issuer);
    stage.call(bob, issuer, "burn(address,uint256)", args![vaults[1], wad(stage, 100_000)]);
    stage.pass(2)?;
    Ok(Cash { dollars, issuer, cash, pool })
}

fn cash(stage: &mut Stage<'_>) -> Result<()> {
    let Cash { dollars, issuer, cash, pool } = issuer(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let (forged, sold) = (stage.amount(units(2_000_000_000, 18)), stage.amount(units(20_000_000, 18)));
    assault(stage, thief, "CashForger", |parts| {
        let parts = U256::from(parts);
        let signature = "forge(address,uint256,address,uint256,address)";
        (U256::ZERO, signature, args![issuer, forged / parts, pool, sold / parts, payee])
    })?;
    let (loot, forged) = (held(stage, dollars[0], payee)?, held(stage, cash, payee)?);
    let least = stage.amount(units(9_000_000, 6));
    ensure!(loot > least && forged > stage.amount(units(1_000_000_000, 18)), "{loot} and {forged} were taken");
    Ok(())
}

fn cash_twin(stage: &mut Stage<'_>) -> Result<()> {
    let Cash { dollars, issuer, cash, pool } = issuer(stage)?;
    let (admin, treasurer) = (stage.actor("admin"), stage.actor("treasurer"));
    let (amount, sold) = (stage.amount(units(5_000_000, 18)), stage.amount(units(1_000_000, 18)));
    let desk = stage.deploy(treasurer, "CashDesk", args![])?;
    let dollar = stage.amount(units(5_000_000, 6));
    stage.call(admin, dollars[0], "mint(address,uint256)", args![treasurer, dollar]);
    allow(stage, treasurer, dollars[0], desk);
    stage.pass(2)?;
    let work = "work(address,uint256,uint256,uint256,address,uint256)";
    stage.call(treasurer, desk, work, args![issuer, 0u64, 1u64, amount, pool, sold]);
    stage.mine()?;
    let (one, other) = (held(stage, dollars[0], treasurer)?, held(stage, dollars[1], treasurer)?);
    ensure!(one + other > dollar * U256::from(97) / U256::from(100), "{one} and {other} came back");
    ensure!(held(stage, cash, desk)?.is_zero(), "the desk kept something");
    Ok(())
}

struct Farm {
    smith: Address,
    cover: Address,
    market: Address,
    /// Two pools whose shares are staked: one that everybody uses, and a new one.
    farms: [Address; 2],
}

fn farm(stage: &mut Stage<'_>) -> Result<Farm> {
    let (admin, maker) = (stage.actor("admin"), rich(stage, "maker", 100_000));
    let coins = stage.amount(ether(1_000));
    let cover = issue(stage, admin, "COVER", 18, &[(maker, stage.amount(units(5_000, 18)))])?;
    let claims = issue(stage, admin, "CLAIM", 18, &[(maker, stage.amount(units(2_000_000, 18)))])?;
    let nocl = issue(stage, admin, "NOCLAIM", 18, &[(maker, stage.amount(units(2_000_000, 18)))])?;
    wrap(stage, maker, coins * U256::from(3));
    stage.mine()?;
    let market = paired(stage, maker, (cover, stage.amount(units(5_000, 18))), (WETH, coins))?;
    let mut farms = [Address::ZERO; 2];
    for (farm, token) in farms.iter_mut().zip([claims, nocl]) {
        *farm = paired(stage, maker, (token, stage.amount(units(2_000_000, 18))), (WETH, coins))?;
    }
    let smith = stage.deploy(admin, "Blacksmith", args![cover, ether(1) / U256::from(100)])?;
    stage.announce("the farm mints", &[admin], &[(cover, Planned::Owner(smith))])?;
    stage.call(admin, cover, "setMinter(address)", args![smith]);
    stage.protect(smith, "farm");
    stage.protect(cover, "COVER");
    // Nobody gets more in one go than the pool began with.
    let most = stage.amount(units(5_000, 18));
    leaves_at_most(stage, "cover-minted", "token/infinite-mint", (Address::ZERO, Some(cover)), most);
    stage.call(admin, smith, "addFarm(address)", args![farms[0]]);
    stage.pass(1)?;
    for name in CITIZENS {
        let person = stage.actor(name);
        let shares = stage.amount(units(1_000, 18));
        stage.call(maker, farms[0], "transfer(address,uint256)", args![person, shares]);
        allow(stage, person, farms[0], smith);
        stage.call(person, smith, "deposit(address,uint256)", args![farms[0], shares]);
        stage.pass(1)?;
    }
    stage.wait(3_600);
    stage.pass(1)?;
    for name in ["alice", "carol"] {
        let person = stage.actor(name);
        stage.call(person, smith, "claimRewards(address)", args![farms[0]]);
    }
    // A new farm; somebody tries it with dust.
    stage.call(admin, smith, "addFarm(address)", args![farms[1]]);
    stage.call(maker, farms[1], "approve(address,uint256)", args![smith, U256::from(1_000)]);
    stage.call(maker, smith, "deposit(address,uint256)", args![farms[1], U256::from(1_000)]);
    stage.pass(1)?;
    stage.wait(7_200);
    stage.pass(1)?;
    Ok(Farm { smith, cover, market, farms })
}

fn blacksmith(stage: &mut Stage<'_>) -> Result<()> {
    let Farm { smith, market, farms, .. } = farm(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 4)?;
    let payee = stage.payee(thief);
    let before = held(stage, WETH, market)?;
    let (coins, sold) = (stage.amount(ether(4)), stage.amount(units(20_000, 18)));
    assault(stage, thief, "BlacksmithThief", |parts| {
        let parts = U256::from(parts);
        let signature = "strike(address,address,address,uint256,address)";
        (coins / parts, signature, args![smith, farms[1], market, sold / parts, payee])
    })?;
    let left = held(stage, WETH, market)?;
    ensure!(left < before / U256::from(4), "{left} of {before} are left");
    Ok(())
}

fn blacksmith_twin(stage: &mut Stage<'_>) -> Result<()> {
    let Farm { smith, cover, market, farms } = farm(stage)?;
    let (maker, carol, whale) = (stage.actor("maker"), stage.actor("carol"), stage.actor("whale"));
    let shares = stage.amount(units(20_000, 18));
    stage.call(maker, farms[0], "transfer(address,uint256)", args![whale, shares]);
    allow(stage, whale, farms[0], smith);
    stage.call(carol, smith, "claimRewards(address)", args![farms[0]]);
    stage.call(whale, smith, "deposit(address,uint256)", args![farms[0], shares]);
    stage.pass(1)?;
    stage.wait(70_000);
    stage.pass(2)?;
    // Everything that most of a farm earned in a day, claimed, withdrawn and sold.
    stage.call(whale, smith, "claimRewards(address)", args![farms[0]]);
    stage.call(whale, smith, "withdraw(address,uint256)", args![farms[0], shares]);
    stage.mine()?;
    let earned = held(stage, cover, whale)?;
    allow(stage, whale, cover, market);
    stage.call(whale, market, "sell(address,uint256,address)", args![cover, earned, whale]);
    stage.mine()?;
    ensure!(earned > units(500, 18) && earned < units(1_000, 18), "{earned} were earned");
    Ok(())
}
