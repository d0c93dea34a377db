//! Accounts that are identities, with keys that may do more or less (ERC-725, ERC-734).

use anyhow::{Result, ensure};
use facts::{Address, B256, Bytes, U256};

use crate::{
    Scenario, Stage, args, call_data, ether,
    scenarios::{
        cast::issue,
        declare::called_only_by,
        props::{held, one, out_of_a_mixer, parts, strike_in_parts, units},
    },
};

pub(super) const UNKNOWN_KEY: Scenario = Scenario {
    id: "identity/owner-added/unknown-key",
    about: "the smaller the purpose of a key, the more it may, and a key that nobody added has the smallest: a stranger has \
            identities add his as a manager, and pay him",
    attack,
    twin,
};

const ADD: &str = "addKey(bytes32,uint256,uint256)";
const EXECUTE: &str = "execute(address,uint256,bytes)";
const PEOPLE: [(&str, u64, u64); 5] =
    [("sade", 18, 5_200), ("tomas", 4, 88_000), ("uma", 230, 41_000), ("viktor", 61, 9_400), ("wanda", 7, 310_000)];

struct Identity {
    manager: Address,
    account: Address,
}

struct People {
    dollar: Address,
    all: Vec<Identity>,
}

/// People whose money lies in identities of theirs, with a phone's key beside their own.
fn people(stage: &mut Stage<'_>) -> Result<People> {
    let issuer = stage.actor("issuer");
    let (mut all, mut holders) = (Vec::new(), Vec::new());
    for (name, coins, whole) in PEOPLE {
        let manager = stage.actor(name);
        let account = stage.deploy(manager, "IdentityAccount", args![manager])?;
        stage.protect(account, &format!("{name}'s identity"));
        let id = format!("keys-of-{name}");
        called_only_by(stage, &id, "identity/owner-added", (account, ADD), &[manager]);
        stage.transfer(manager, account, stage.amount(ether(coins)));
        holders.push((account, stage.amount(units(whole, 6))));
        all.push(Identity { manager, account });
    }
    let dollar = issue(stage, issuer, "USDC", 6, &holders)?;
    stage.pass(1)?;
    for ((name, ..), Identity { manager, account }) in PEOPLE.iter().zip(&all) {
        let phone = stage.actor(&format!("{name}'s phone"));
        stage.mine()?;
        let key = B256::from(one(stage, *account, "keyOf(address)", args![phone])?);
        stage.call(*manager, *account, ADD, args![key, 2u64, 1u64]);
        stage.pass(1)?;
        let shop = stage.stranger("shop");
        let pay = call_data("transfer(address,uint256)", args![shop, stage.amount(units(35, 6))]);
        stage.call(phone, *account, EXECUTE, args![dollar, U256::ZERO, pay]);
        stage.pass(1)?;
    }
    Ok(People { dollar, all })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let People { dollar, all } = people(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    let accounts: Vec<Address> = all.iter().map(|identity| identity.account).collect();
    let at = strike_in_parts(stage, thief, "KeyThief", accounts.clone(), |_, part| {
        ("run(address[],address,address)", args![part, dollar, payee])
    })?;
    for account in accounts {
        let left = held(stage, dollar, account)? + stage.balance(account)?;
        ensure!(left.is_zero(), "{left} are left in an identity");
        let key = B256::from(one(stage, account, "keyOf(address)", args![at])?);
        let purpose = one(stage, account, "keys(bytes32)", args![key])?;
        ensure!(purpose == U256::from(1), "the thief manages nothing");
    }
    Ok(())
}

/// People get new phones: each adds a manager's key for it, removes the old key, and moves everything to an identity of
/// the next version.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let People { dollar, all } = people(stage)?;
    let identities: Vec<_> = PEOPLE.iter().map(|(name, ..)| *name).zip(all).collect();
    for part in parts(stage, identities) {
        for (name, Identity { manager, account }) in part {
            let next = stage.actor(&format!("{name}'s next phone"));
            stage.mine()?;
            let key = B256::from(one(stage, account, "keyOf(address)", args![next])?);
            stage.call(manager, account, ADD, args![key, 1u64, 1u64]);
            let old = stage.stranger(&format!("{name}'s phone"));
            stage.mine()?;
            let old = B256::from(one(stage, account, "keyOf(address)", args![old])?);
            stage.call(next, account, "removeKey(bytes32)", args![old]);
            let home = stage.deploy(next, "IdentityAccount", args![next])?;
            stage.mine()?;
            let (dollars, coins) = (held(stage, dollar, account)?, stage.balance(account)?);
            let pay = call_data("transfer(address,uint256)", args![home, dollars]);
            stage.call(next, account, EXECUTE, args![dollar, U256::ZERO, pay]);
            stage.call(next, account, EXECUTE, args![home, coins, Bytes::new()]);
            stage.mine()?;
            let arrived = held(stage, dollar, home)? == dollars && stage.balance(home)? == coins;
            ensure!(arrived, "{name}'s money did not arrive");
        }
        stage.between_parts()?;
    }
    Ok(())
}
