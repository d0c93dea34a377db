//! Accounts that run foreign code (EIP-7702): the sweepers that wait on leaked keys since May 2025, and batches that
//! anybody may run.

use alloy_dyn_abi::DynSolValue;
use anyhow::{Result, ensure};
use facts::{Address, B256, U256};

use super::super::{
    declare::Invariant,
    props::{give, held, one, parts, signed, token, units},
};
use crate::{Arg as _, Scenario, Send, Stage, Tuple, args, call_data, ether};

pub(super) const SWEEPER: Scenario = Scenario {
    id: "key/eip7702-delegation/sweeper",
    about: "with leaked keys, accounts are delegated to code that passes on whatever they hold and whatever they are sent",
    attack: sweeper,
    twin,
};

pub(super) const OPEN_BATCH: Scenario = Scenario {
    id: "key/eip7702-delegation/open-batch",
    about: "holders sign an upgrade to a smart account whose batches anybody may run, and a stranger runs one on each",
    attack: open_batch,
    twin,
};

const KIND: &str = "key/eip7702-delegation";
const HOLDERS: [(&str, u64, u64); 4] =
    [("mei", 41, 12_000), ("noor", 3, 146_551), ("otto", 210, 0), ("pia", 17, 8_250)];

struct Holders {
    usd: Address,
    accounts: Vec<(String, Address)>,
}

fn holders(stage: &mut Stage<'_>) -> Result<Holders> {
    let issuer = stage.actor("issuer");
    let usd = token(stage, issuer, "USDC", 6)?;
    let mut accounts = Vec::new();
    for (name, coins, whole) in HOLDERS {
        let account = stage.stranger(name);
        let (coins, dollars) = (stage.amount(ether(coins)), stage.amount(units(whole, 6)));
        stage.transfer(issuer, account, coins);
        give(stage, issuer, usd, account, dollars);
        stage.protect(account, &format!("{name}'s account"));
        stage.pass(1)?;
        let shop = stage.stranger("shop");
        stage.transfer(account, shop, coins / U256::from(50));
        stage.pass(1)?;
        accounts.push((name.to_owned(), account));
    }
    Ok(Holders { usd, accounts })
}

/// These accounts act in a stranger's transaction only where it brings what their key signed.
fn declare(stage: &mut Stage<'_>, holders: &Holders) {
    for (name, account) in &holders.accounts {
        let broken = format!(
            "call.effective && call.depth > 0 && call.from == address(\"{account:#x}\") \
             && tx.selector != selector(\"executeSigned((address,uint256,bytes)[],bytes)\")"
        );
        let id = format!("{name}-acts-by-signature");
        Invariant { id: &id, kind: KIND, on: "call", broken, about: *account, asks: None }.declare(stage);
    }
}

fn batch(calls: &[(Address, U256, facts::Bytes)]) -> DynSolValue {
    DynSolValue::Array(calls.iter().map(|(to, value, data)| Tuple(args![*to, *value, data.clone()]).value()).collect())
}

fn sweeper(stage: &mut Stage<'_>) -> Result<()> {
    let holders = holders(stage)?;
    declare(stage, &holders);
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    let code = stage.preparing(|stage| stage.deploy(thief, "CoinSweeper", args![payee]))?;
    stage.pass(1)?;
    for part in parts(stage, holders.accounts.clone()) {
        stage.attack(|stage| {
            for (name, account) in &part {
                let authorization = stage.authorize(name, code, false)?;
                let input = call_data("sweep()", args![]);
                let authorizations = vec![authorization];
                stage.send(Send { from: thief, to: Some(*account), input, authorizations, ..Send::default() });
                let ask = "sweepTokens(address[])";
                stage.call(thief, *account, ask, args![vec![holders.usd]]);
            }
            Ok(())
        })?;
        stage.between_parts()?;
    }
    // A holder sends coins for gas; they are gone in the same transaction.
    let friend = stage.actor("friend");
    let (_, first) = holders.accounts[0].clone();
    stage.attack(|stage| {
        stage.transfer(friend, first, ether(2));
        Ok(())
    })?;
    stage.mine()?;
    for (name, account) in holders.accounts {
        ensure!(stage.balance(account)?.is_zero(), "{name} still has coins");
        ensure!(held(stage, holders.usd, account)?.is_zero(), "{name} still has dollars");
    }
    Ok(())
}

fn open_batch(stage: &mut Stage<'_>) -> Result<()> {
    let holders = holders(stage)?;
    declare(stage, &holders);
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    let code = stage.preparing(|stage| stage.deploy(thief, "OpenBatch", args![]))?;
    stage.pass(1)?;
    for part in parts(stage, holders.accounts.clone()) {
        let mut sends = Vec::new();
        for (name, account) in &part {
            let dollars = held(stage, holders.usd, *account)?;
            let coins = stage.balance(*account)?;
            let pay = call_data("transfer(address,uint256)", args![payee, dollars]);
            let calls = batch(&[(holders.usd, U256::ZERO, pay), (payee, coins, facts::Bytes::new())]);
            sends.push((name, *account, call_data("execute((address,uint256,bytes)[])", vec![calls])));
        }
        stage.attack(|stage| {
            for (name, account, input) in sends {
                let authorizations = vec![stage.authorize(name, code, false)?];
                stage.send(Send { from: thief, to: Some(account), input, authorizations, ..Send::default() });
            }
            Ok(())
        })?;
        stage.between_parts()?;
    }
    for (name, account) in holders.accounts {
        ensure!(stage.balance(account)?.is_zero(), "{name} still has coins");
        ensure!(held(stage, holders.usd, account)?.is_zero(), "{name} still has dollars");
    }
    Ok(())
}

/// Holders make their accounts smart, and move everything to another one of theirs; a sponsor brings it and pays the gas.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let holders = holders(stage)?;
    let maker = stage.actor("maker of smart accounts");
    let sponsor = stage.actor("sponsor");
    let code = stage.deploy(maker, "SmartAccount", args![])?;
    declare(stage, &holders);
    stage.pass(1)?;
    for part in parts(stage, holders.accounts.clone()) {
        for (name, account) in &part {
            let authorizations = vec![stage.authorize(name, code, false)?];
            stage.send(Send { from: sponsor, to: Some(*account), authorizations, ..Send::default() });
        }
        stage.mine()?;
        for (name, account) in &part {
            let next = stage.stranger(&format!("{name}'s next account"));
            let dollars = held(stage, holders.usd, *account)?;
            let coins = stage.balance(*account)?;
            let pay = call_data("transfer(address,uint256)", args![next, dollars]);
            let calls = batch(&[(holders.usd, U256::ZERO, pay), (next, coins, facts::Bytes::new())]);
            let ask = "digest((address,uint256,bytes)[],uint256)";
            let digest = B256::from(one(stage, *account, ask, vec![calls.clone(), U256::ZERO.value()])?);
            let signature = signed(stage, name, digest)?;
            let ask = "executeSigned((address,uint256,bytes)[],bytes)";
            stage.call(sponsor, *account, ask, vec![calls, signature.value()]);
            stage.mine()?;
        }
        stage.between_parts()?;
    }
    for (name, account) in holders.accounts {
        let next = stage.stranger(&format!("{name}'s next account"));
        ensure!(stage.balance(account)?.is_zero() && stage.balance(next)? > U256::ZERO, "{name}'s coins did not move");
    }
    Ok(())
}
