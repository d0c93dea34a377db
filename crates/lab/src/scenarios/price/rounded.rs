//! A division that rounds for whoever asks often enough.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, Tuple, WETH, args, call_data, ether,
    scenarios::{
        cast::{CITIZENS, assault, issue, newcomer, paired, rich, wrap},
        declare::view_never,
        props::{allow, held, units},
    },
};

pub(super) const RAY_MARKET: Scenario = Scenario {
    id: "price/rounding/ray-market",
    about: "an accumulator is blown up until one raw unit is worth tokens, and withdrawals of nearly two burn one (zkLend, February 2025; Raft, November 2023)",
    attack: ray,
    twin: ray_twin,
};

struct Ray {
    staked: Address,
    usdc: Address,
    pool: Address,
    market: Address,
}

fn market(stage: &mut Stage<'_>) -> Result<Ray> {
    let (admin, maker) = (stage.actor("admin"), rich(stage, "maker", 100_000));
    let wealth = stage.amount(ether(3_000));
    let staked = issue(stage, admin, "wstETH", 18, &[(maker, wealth)])?;
    let mut holders = Vec::new();
    for name in CITIZENS {
        holders.push((stage.actor(name), stage.amount(units(600_000, 6))));
    }
    let usdc = issue(stage, admin, "USDC", 6, &holders)?;
    wrap(stage, maker, wealth);
    stage.mine()?;
    let pool = paired(stage, maker, (staked, wealth), (WETH, wealth))?;
    let code = stage.deploy(admin, "RayMarket", args![])?;
    let init = call_data("initialize(address)", args![admin]);
    let market = stage.deploy(admin, "UupsProxy", args![code, init])?;
    stage.protect(market, "market");
    let view = ("missing(address)", args![staked]);
    view_never(stage, "ray-missing", "price/rounding", market, view, "observed.value > 0");
    let dollar = U256::from(10).pow(U256::from(30));
    let reserves = [(usdc, dollar), (WETH, ether(2_500)), (staked, ether(3_000))];
    for (token, price) in &reserves[..2] {
        stage.call(admin, market, "addReserve(address,uint256)", args![*token, *price]);
    }
    stage.pass(1)?;
    for name in CITIZENS {
        let saver = stage.actor(name);
        allow(stage, saver, usdc, market);
        stage.call(saver, market, "deposit(address,uint256)", args![usdc, stage.amount(units(400_000, 6))]);
        wrap(stage, saver, stage.amount(ether(40)));
        allow(stage, saver, WETH, market);
        stage.call(saver, market, "deposit(address,uint256)", args![WETH, stage.amount(ether(40))]);
        stage.pass(1)?;
    }
    let bob = stage.actor("bob");
    stage.call(bob, market, "borrow(address,uint256)", args![usdc, stage.amount(units(30_000, 6))]);
    stage.pass(1)?;
    stage.call(bob, market, "repay(address,uint256)", args![usdc, stage.amount(units(30_000, 6))]);
    stage.call(bob, market, "withdraw(address,uint256)", args![WETH, stage.amount(ether(3))]);
    // A new asset, which nobody has yet.
    stage.call(admin, market, "addReserve(address,uint256)", args![reserves[2].0, reserves[2].1]);
    stage.pass(2)?;
    Ok(Ray { staked, usdc, pool, market })
}

fn ray(stage: &mut Stage<'_>) -> Result<()> {
    let Ray { staked, usdc, pool, market } = market(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let (unit, loan) = (stage.amount(ether(4)), stage.amount(units(500_000, 6)));
    assault(stage, thief, "RayThief", |parts| {
        let rounds = U256::from(66 / parts);
        let job = Tuple(args![market, staked, usdc, pool, unit, rounds, loan / U256::from(parts), payee]);
        let signature = "run((address,address,address,address,uint256,uint256,uint256,address))";
        (unit * U256::from(4), signature, args![job])
    })?;
    let loot = held(stage, usdc, payee)?;
    ensure!(loot + U256::from(3) > loan, "{loot} of {loan} were borrowed");
    Ok(())
}

fn ray_twin(stage: &mut Stage<'_>) -> Result<()> {
    let Ray { staked, usdc, market, .. } = market(stage)?;
    let (admin, manager) = (stage.actor("admin"), stage.actor("fund manager"));
    stage.call(admin, staked, "mint(address,uint256)", args![admin, stage.amount(ether(100))]);
    allow(stage, admin, staked, market);
    stage.call(admin, market, "deposit(address,uint256)", args![staked, stage.amount(ether(100))]);
    let batcher = stage.deploy(manager, "RayBatcher", args![market, staked])?;
    stage.call(admin, staked, "mint(address,uint256)", args![batcher, stage.amount(ether(600))]);
    stage.pass(2)?;
    // Thirty savers at once, many of whom take some of it back at once; a bonus for all; a loan on what is left.
    let into: Vec<U256> = (1..=30u64).map(|number| stage.amount(ether(number))).collect();
    let out: Vec<U256> = into.iter().map(|amount| amount / U256::from(2) - U256::ONE).collect();
    stage.call(manager, batcher, "batch(uint256[],uint256[])", args![into, out]);
    stage.pass(1)?;
    stage.call(manager, batcher, "bonus(uint256)", args![stage.amount(ether(100))]);
    stage.pass(1)?;
    let loan = stage.amount(units(400_000, 6));
    stage.call(manager, batcher, "draw(address,uint256)", args![usdc, loan]);
    stage.mine()?;
    let (got, missing) = (held(stage, usdc, manager)?, stage.view(market, "missing(address)", args![staked])?[0]);
    ensure!(got == loan && missing.is_zero(), "{got} were borrowed, {missing} are missing");
    Ok(())
}
