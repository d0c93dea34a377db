//! An airdrop to whoever holds at this moment: ApeCoin and a vault of apes (March 2022).

use alloy_dyn_abi::DynSolValue;
use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Arg as _, Scenario, Stage, Tuple, WETH, args, ether,
    scenarios::{
        cast::{CITIZENS, assault, lender, newcomer, paired, rich, wrap},
        declare::happens_in_a_day_at_most,
        props::{allow, give, held, parts, token, units},
    },
};

pub(super) const BORROWED_APES: Scenario = Scenario {
    id: "logic/reward-claim/borrowed-apes",
    about: "apes that lie in a vault are redeemed with borrowed vault tokens, claim an airdrop that their owners did not \
            claim, and go back, all in one transaction (ApeCoin, March 2022)",
    attack,
    twin,
};

const CLAIM: &str = "claimTokens(uint256[])";
/// Numbers of the apes that lie in the vault; those before belong to people who keep them.
const IN_VAULT: std::ops::Range<u64> = 11..31;

struct Drop {
    coin: Address,
    vault: Address,
    claim: Address,
    pool: Address,
    lender: Address,
}

fn ids(range: impl IntoIterator<Item = u64>) -> Vec<U256> {
    range.into_iter().map(U256::from).collect()
}

/// A collection, a vault in which maker and friends lent twenty of it to a market, and an airdrop that has begun.
fn drop(stage: &mut Stage<'_>) -> Result<Drop> {
    let (artist, maker) = (stage.actor("artist"), rich(stage, "maker", 100_000));
    let apes = stage.deploy(artist, "Apes", args![])?;
    let vault = stage.deploy(maker, "ApeVault", args![apes])?;
    let mint = "mint(address,uint256,uint256)";
    for (number, name) in CITIZENS.into_iter().enumerate() {
        let person = stage.actor(name);
        stage.call(artist, apes, mint, args![person, 1 + 2 * number as u64, 2u64]);
    }
    stage.call(artist, apes, mint, args![maker, IN_VAULT.start, IN_VAULT.end - IN_VAULT.start]);
    stage.call(maker, apes, "setApprovalForAll(address,bool)", args![vault, true]);
    stage.call(maker, vault, "mintFor(uint256[])", args![ids(IN_VAULT)]);
    wrap(stage, maker, ether(1_500));
    stage.pass(1)?;
    let pool = paired(stage, maker, (vault, ether(7)), (WETH, ether(700)))?;
    let lender = lender(stage, maker, &[(vault, ether(13))])?;
    stage.pass(2)?;
    let coin = token(stage, artist, "APE", 18)?;
    let each = stage.amount(units(10_094, 18));
    let claim = stage.deploy(artist, "ApeClaim", args![apes, coin, each])?;
    give(stage, artist, coin, claim, each * U256::from(30));
    stage.protect(claim, "airdrop");
    let kind = "logic/reward-claim";
    // Nobody is known to hold more than five apes.
    happens_in_a_day_at_most(stage, "drops-a-day", kind, (claim, "AirDrop(address,uint256,uint256)"), 5);
    stage.pass(1)?;
    for (name, number) in [("alice", 0u64), ("carol", 2), ("dave", 3)] {
        let person = stage.actor(name);
        stage.call(person, claim, CLAIM, args![ids(1 + 2 * number..3 + 2 * number)]);
        stage.pass(1)?;
    }
    Ok(Drop { coin, vault, claim, pool, lender })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Drop { coin, vault, claim, pool, lender } = drop(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let wanted = IN_VAULT.start..IN_VAULT.start + 12;
    let mut shares = parts(stage, ids(wanted)).into_iter();
    assault(stage, thief, "ApeBorrower", |_| {
        let job: DynSolValue = Tuple(args![vault, claim, shares.next().unwrap_or_default()]).value();
        let args = vec![lender.value(), pool.value(), job, payee.value()];
        (ether(2), "run(address,address,(address,address,uint256[]),address)", args)
    })?;
    let (loot, each) = (held(stage, coin, payee)?, stage.amount(units(10_094, 18)));
    ensure!(loot == each * U256::from(12), "{loot} were claimed");
    Ok(())
}

/// A collector buys vault tokens at the market, takes apes for them, claims what comes with them, and keeps them.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Drop { coin, vault, claim, pool, .. } = drop(stage)?;
    let collector = stage.actor("collector");
    let house = stage.deploy(collector, "ApeCollector", args![])?;
    let first = parts(stage, ids(IN_VAULT.start..IN_VAULT.start + 3));
    stage.pass(1)?;
    for part in first {
        let coins = ether(200) * U256::from(part.len());
        let run = "run(address,address,address,uint256[])";
        stage.pay(collector, house, coins, run, args![pool, vault, claim, part]);
        stage.between_parts()?;
    }
    let got = held(stage, coin, collector)?;
    let each = stage.amount(units(10_094, 18));
    ensure!(got == each * U256::from(3), "{got} were claimed");
    // And sells half of the coins to somebody who wants them.
    let friend = stage.actor("friend");
    allow(stage, collector, coin, friend);
    let take = "transferFrom(address,address,uint256)";
    stage.call(friend, coin, take, args![collector, friend, got / U256::from(2)]);
    stage.transfer(friend, collector, ether(50));
    stage.mine()
}
