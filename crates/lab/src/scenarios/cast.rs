//! Who is there before the story begins: holders, markets, lenders; and how an attacker's contract comes and strikes.

use alloy_dyn_abi::DynSolValue;
use anyhow::Result;
use facts::{Address, U256};

use crate::{EXCHANGE, Stage, WETH, args, ether};

/// Honest people.
pub(super) const CITIZENS: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];

/// A plain token, and what its issuer gives to whom.
pub(super) fn issue(
    stage: &mut Stage<'_>,
    issuer: Address,
    name: &str,
    decimals: u8,
    holders: &[(Address, U256)],
) -> Result<Address> {
    let token = stage.deploy(issuer, "Token", args![name, u64::from(decimals)])?;
    for (holder, amount) in holders {
        stage.call(issuer, token, "mint(address,uint256)", args![*holder, *amount]);
    }
    Ok(token)
}

/// An account with far more coins than others have, from the same exchange.
pub(super) fn rich(stage: &mut Stage<'_>, name: &str, coins: u64) -> Address {
    let account = stage.actor(name);
    stage.transfer(EXCHANGE, account, ether(coins));
    account
}

/// Wraps coins.
pub(super) fn wrap(stage: &mut Stage<'_>, who: Address, amount: U256) {
    stage.pay(who, WETH, amount, "deposit()", args![]);
}

/// A constant-product pool with these means of its maker.
pub(super) fn paired(
    stage: &mut Stage<'_>,
    maker: Address,
    one: (Address, U256),
    other: (Address, U256),
) -> Result<Address> {
    let pool = stage.deploy(maker, "Pool", args![one.0, other.0])?;
    for (token, amount) in [one, other] {
        stage.call(maker, token, "transfer(address,uint256)", args![pool, amount]);
    }
    stage.call(maker, pool, "mint(address)", args![maker]);
    Ok(pool)
}

/// A flash lender with these means of its founder.
pub(super) fn lender(stage: &mut Stage<'_>, founder: Address, means: &[(Address, U256)]) -> Result<Address> {
    let lender = stage.deploy(founder, "FlashLender", args![])?;
    for (token, amount) in means {
        stage.call(founder, *token, "transfer(address,uint256)", args![lender, *amount]);
    }
    Ok(lender)
}

/// An account that an exchange gave its coins just now.
pub(super) fn newcomer(stage: &mut Stage<'_>, name: &str) -> Result<Address> {
    let account = stage.actor(name);
    stage.mine()?;
    Ok(account)
}

/// An account whose first coins come from another account of the same hand.
pub(super) fn accomplice(stage: &mut Stage<'_>, of: Address, name: &str, coins: u64) -> Result<Address> {
    let recipient = stage.stranger(name);
    stage.preparing(|stage| {
        stage.transfer(of, recipient, ether(coins));
        stage.mine()
    })?;
    Ok(recipient)
}

/// One call of an attacker's contract: coins sent along, function, arguments.
pub(super) type Blow = (U256, &'static str, Vec<DynSolValue>);

/// An attacker's contract strikes, whole or in as many parts as the variation says; `blow` is asked for each part, with
/// how many there are. Says where the contract stands.
pub(super) fn assault(
    stage: &mut Stage<'_>,
    attacker: Address,
    contract: &str,
    mut blow: impl FnMut(u64) -> Blow,
) -> Result<Address> {
    let parts = stage.variation.parts;
    if parts == 1 {
        return strike_at_once(stage, attacker, contract, blow(1));
    }
    let at = stage.preparing(|stage| stage.deploy_attack(attacker, contract))?;
    stage.mine()?;
    for _ in 0..parts {
        let (value, signature, args) = blow(parts);
        stage.attack(|stage| stage.strike(attacker, at, value, signature, args))?;
        stage.between_parts()?;
    }
    Ok(at)
}

/// The same with a new contract for each part, where one contract can strike but once.
pub(super) fn assault_anew(
    stage: &mut Stage<'_>,
    attacker: Address,
    contract: &str,
    mut blow: impl FnMut(u64) -> Blow,
) -> Result<()> {
    let parts = stage.variation.parts;
    for part in 1..=parts {
        strike_at_once(stage, attacker, contract, blow(parts))?;
        if part < parts {
            stage.between_parts()?;
        }
    }
    Ok(())
}

fn strike_at_once(stage: &mut Stage<'_>, attacker: Address, contract: &str, blow: Blow) -> Result<Address> {
    let (value, signature, args) = blow;
    let at = stage.deploy_and_strike(attacker, contract, value, signature, args)?;
    stage.mine()?;
    Ok(at)
}
