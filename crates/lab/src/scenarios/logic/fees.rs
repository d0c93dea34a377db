//! Fees that are owed to whoever holds the shares, since the beginning of time: Popsicle Finance (August 2021).

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, WETH, args, ether,
    scenarios::{
        cast::{CITIZENS, assault, issue, lender, paired, rich, wrap},
        declare::leaves_in_a_day_at_most,
        props::{allow, held, one, out_of_a_mixer, units},
    },
};

pub(super) const PASSED_SHARES: Scenario = Scenario {
    id: "logic/reward-claim/passed-shares",
    about: "a fund owes fees since an account's last visit, a transfer is no visit, and borrowed shares go from hand to \
            hand, each of which collects (Popsicle, August 2021)",
    attack,
    twin,
};

const KIND: &str = "logic/reward-claim";
const DEPOSIT: &str = "deposit(uint256)";
const COLLECT: &str = "collectFees(uint256)";

struct Fund {
    admin: Address,
    dollar: Address,
    vault: Address,
    pool: Address,
    lender: Address,
}

fn million(stage: &Stage<'_>, number: u64) -> U256 {
    stage.amount(units(1_000_000 * number, 6))
}

/// A fund of dollars that earned coins for a while.
fn fund(stage: &mut Stage<'_>) -> Result<Fund> {
    let (admin, maker) = (stage.actor("admin"), rich(stage, "maker", 100_000));
    let mut holders = vec![(maker, million(stage, 40))];
    for name in CITIZENS {
        holders.push((stage.actor(name), million(stage, 3)));
    }
    let dollar = issue(stage, admin, "USDT", 6, &holders)?;
    let coins = stage.amount(ether(9_000));
    wrap(stage, maker, coins);
    stage.mine()?;
    let pool = paired(stage, maker, (dollar, million(stage, 15)), (WETH, stage.amount(ether(6_000))))?;
    let lender = lender(stage, maker, &[(dollar, million(stage, 20))])?;
    let vault = stage.deploy(admin, "SorbettoVault", args![dollar, WETH])?;
    stage.protect(vault, "fund");
    // Of fees that a month earned, less than half leave in a day.
    leaves_in_a_day_at_most(stage, "fees-a-day", KIND, (vault, Some(WETH)), stage.amount(ether(400)));
    stage.pass(1)?;
    for name in CITIZENS {
        let person = stage.actor(name);
        allow(stage, person, dollar, vault);
        stage.call(person, vault, DEPOSIT, args![million(stage, 1)]);
    }
    stage.pass(1)?;
    allow(stage, maker, WETH, vault);
    for _ in 0..5 {
        stage.call(maker, vault, "earn(uint256)", args![stage.amount(ether(200))]);
        stage.wait(6 * 86_400);
        stage.pass(1)?;
    }
    for name in ["bob", "erin"] {
        let person = stage.actor(name);
        let some = stage.amount(ether(40));
        stage.call(person, vault, COLLECT, args![some]);
        stage.pass(1)?;
    }
    // Carol gives some of her shares to her daughter.
    let (carol, daughter) = (stage.actor("carol"), stage.stranger("carol's daughter"));
    stage.call(carol, vault, "transfer(address,uint256)", args![daughter, million(stage, 1) / U256::from(5)]);
    stage.wait(86_400);
    stage.pass(2)?;
    Ok(Fund { admin, dollar, vault, pool, lender })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Fund { vault, pool, lender, .. } = fund(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 4)?;
    let payee = stage.payee(thief);
    let before = held(stage, WETH, vault)?;
    let (loan, coins) = (million(stage, 10), stage.amount(ether(4)));
    assault(stage, thief, "SorbettoThief", |parts| {
        let parts = U256::from(parts);
        let signature = "run(address,address,address,uint256,uint256,address)";
        (coins / parts, signature, args![lender, vault, pool, loan / parts, U256::from(3), payee])
    })?;
    let loot = held(stage, WETH, payee)?;
    ensure!(loot > before * U256::from(9) / U256::from(10), "{loot} of {before} were taken");
    Ok(())
}

/// Somebody large deposits, earns for a month, gives the shares to another account of its own and back, collects what
/// is due, and withdraws.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Fund { admin, dollar, vault, .. } = fund(stage)?;
    let (whale, maker) = (stage.actor("whale"), stage.actor("maker"));
    let cold = stage.actor("whale's other account");
    let stake = million(stage, 5);
    stage.call(admin, dollar, "mint(address,uint256)", args![whale, stake]);
    allow(stage, whale, dollar, vault);
    stage.call(whale, vault, DEPOSIT, args![stake]);
    stage.pass(1)?;
    stage.call(maker, vault, "earn(uint256)", args![stage.amount(ether(500))]);
    stage.wait(30 * 86_400);
    stage.pass(1)?;
    // Half of the fees are for half of the shares.
    let supply = one(stage, vault, "totalSupply()", args![])?;
    let due = stage.amount(ether(500)) * stake / supply;
    stage.call(whale, vault, COLLECT, args![due]);
    stage.mine()?;
    stage.call(whale, vault, "transfer(address,uint256)", args![cold, stake]);
    stage.call(cold, vault, "transfer(address,uint256)", args![whale, stake]);
    stage.pass(1)?;
    stage.call(whale, vault, "withdraw(uint256)", args![stake]);
    stage.mine()?;
    let (fees, back) = (held(stage, WETH, whale)?, held(stage, dollar, whale)?);
    ensure!(fees == due && back == stake, "{fees} of {due}, {back} of {stake}");
    Ok(())
}
