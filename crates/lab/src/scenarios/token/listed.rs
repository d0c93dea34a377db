//! Tokens whose owner says who may not send.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, WETH, args, ether,
    scenarios::{
        cast::{CITIZENS, paired, wrap},
        declare::called_only_by,
        props::{allow, held, parts, units},
    },
};

pub(super) const BOT_TOKEN: Scenario = Scenario {
    id: "token/blacklist-abuse/bot-token",
    about: "everybody who bought is put on the list of bots and cannot sell, and then the owner does",
    attack: bots,
    twin: bots_twin,
};

const SELL: &str = "sell(address,uint256,address)";

/// A token of nine places or six, its pool, and people who bought, one of whom sold again. Says token and pool.
fn launched(stage: &mut Stage<'_>, contract: &str, decimals: u8) -> Result<(Address, Address)> {
    let owner = stage.actor("owner");
    let (supply, coins) = (stage.amount(units(100_000_000, decimals)), stage.amount(ether(120)));
    let token = stage.deploy(owner, contract, args![])?;
    stage.call(owner, token, "mint(address,uint256)", args![owner, supply * U256::from(2)]);
    wrap(stage, owner, coins);
    stage.mine()?;
    let pool = paired(stage, owner, (token, supply), (WETH, coins))?;
    stage.protect(pool, "pool");
    stage.pass(2)?;
    for name in CITIZENS {
        let buyer = stage.actor(name);
        let spend = stage.amount(ether(30));
        wrap(stage, buyer, spend);
        allow(stage, buyer, WETH, pool);
        allow(stage, buyer, token, pool);
        stage.call(buyer, pool, SELL, args![WETH, spend, buyer]);
        stage.pass(1)?;
    }
    let bob = stage.actor("bob");
    let some = held(stage, token, bob)? / U256::from(10);
    stage.call(bob, pool, SELL, args![token, some, bob]);
    stage.pass(2)?;
    Ok((token, pool))
}

fn bots(stage: &mut Stage<'_>) -> Result<()> {
    let (token, pool) = launched(stage, "BotToken", 9)?;
    stage.protect(token, "PUMP");
    // Once it is launched, nobody is put on the list any more.
    called_only_by(stage, "no-more-bots", "token/blacklist-abuse", (token, "addBots(address[])"), &[]);
    let owner = stage.actor("owner");
    let payee = stage.payee(owner);
    let before = held(stage, WETH, pool)?;
    let victims: Vec<Address> = CITIZENS.iter().map(|name| stage.actor(name)).collect();
    for part in parts(stage, victims) {
        stage.attack(|stage| {
            stage.call(owner, token, "addBots(address[])", args![part]);
            stage.mine()
        })?;
        stage.between_parts()?;
    }
    // They notice.
    for name in ["alice", "dave"] {
        let victim = stage.actor(name);
        let bag = held(stage, token, victim)?;
        let tx = stage.call(victim, pool, SELL, args![token, bag, victim]);
        stage.mine()?;
        ensure!(stage.succeeded(tx) == Some(false), "{name} could sell");
    }
    let bag = held(stage, token, owner)?;
    stage.attack(|stage| {
        allow(stage, owner, token, pool);
        stage.call(owner, pool, SELL, args![token, bag, payee]);
        stage.mine()
    })?;
    let left = held(stage, WETH, pool)?;
    ensure!(left < before / U256::from(2), "{left} of {before} are left");
    Ok(())
}

fn bots_twin(stage: &mut Stage<'_>) -> Result<()> {
    let (token, pool) = launched(stage, "RegulatedDollar", 6)?;
    stage.protect(token, "RUSD");
    // A court orders that the holdings of one account are frozen, destroyed, and issued again to whom they belong.
    let (owner, debtor, creditor) = (stage.actor("owner"), stage.actor("debtor"), stage.actor("creditor"));
    let amount = stage.amount(units(40_000_000, 6));
    stage.call(owner, token, "mint(address,uint256)", args![debtor, amount]);
    stage.pass(3)?;
    stage.call(owner, token, "addBlackList(address[])", args![vec![debtor]]);
    stage.pass(3)?;
    stage.call(owner, token, "destroyBlackFunds(address)", args![debtor]);
    stage.call(owner, token, "mint(address,uint256)", args![creditor, amount]);
    stage.pass(1)?;
    // The creditor sells, and so do those who bought before.
    for (name, part) in [("creditor", 1u64), ("alice", 3), ("dave", 2)] {
        let seller = stage.actor(name);
        let bag = held(stage, token, seller)? / U256::from(part);
        allow(stage, seller, token, pool);
        stage.call(seller, pool, SELL, args![token, bag, seller]);
        stage.pass(1)?;
    }
    ensure!(held(stage, token, debtor)?.is_zero() && held(stage, token, creditor)?.is_zero(), "not carried out");
    Ok(())
}
