//! Wallets that guardians recover.

use alloy_dyn_abi::DynSolValue;
use anyhow::{Result, ensure};
use facts::{Address, B256, Bytes, U256};

use super::{funded, says_one_of};
use crate::{
    Arg as _, Scenario, Stage, Tuple, args, call_data, ether,
    scenarios::{
        cast::{issue, newcomer},
        props::{held, one, parts, signed, units},
    },
};

pub(super) const SAME_GUARDIAN: Scenario = Scenario {
    id: "identity/owner-added/same-guardian",
    about: "a recovery counts signatures, not guardians: one who guards many wallets signs once for each, brings it twice, \
            and owns them",
    attack,
    twin,
};

const KIND: &str = "identity/owner-added";
const RECOVER: &str = "recover(address,bytes[])";
const EXECUTE: &str = "execute(address,uint256,bytes)";
const PEOPLE: [(&str, u64, u64); 5] =
    [("abel", 12, 71_000), ("brita", 95, 6_300), ("cosmo", 3, 240_500), ("dunja", 44, 0), ("ezra", 20, 18_800)];
/// Guards all of them.
const SERVICE: &str = "recovery service";

struct Wallets {
    dollar: Address,
    all: Vec<(&'static str, Address)>,
}

/// Wallets with three guardians each, two of which recover: a service, a friend, a second device.
fn wallets(stage: &mut Stage<'_>) -> Result<Wallets> {
    let (issuer, service) = (stage.actor("issuer"), stage.actor(SERVICE));
    let (mut all, mut holders) = (Vec::new(), Vec::new());
    for (name, coins, whole) in PEOPLE {
        let owner = stage.actor(name);
        let (friend, device) =
            (stage.stranger(&format!("{name}'s friend")), stage.stranger(&format!("{name}'s tablet")));
        let guardians = vec![service, friend, device];
        let wallet = stage.deploy(owner, "SocialWallet", args![owner, guardians, 2u64])?;
        stage.protect(wallet, &format!("{name}'s wallet"));
        let (id, next) = (format!("owner-of-{name}"), stage.stranger(&format!("{name}'s next key")));
        says_one_of(stage, (&id, KIND), wallet, ("owner()", args![]), &[owner, next]);
        stage.transfer(owner, wallet, stage.amount(ether(coins)));
        holders.push((wallet, stage.amount(units(whole, 6))));
        all.push((name, wallet));
    }
    let dollar = issue(stage, issuer, "USDC", 6, &holders)?;
    stage.pass(1)?;
    for (name, wallet) in &all {
        let (owner, shop) = (stage.actor(name), stage.stranger("shop"));
        let some = stage.amount(ether(1)) / U256::from(50);
        stage.call(owner, *wallet, EXECUTE, args![shop, some, Bytes::new()]);
        stage.pass(1)?;
    }
    Ok(Wallets { dollar, all })
}

fn digest(stage: &mut Stage<'_>, wallet: Address, next: Address) -> Result<B256> {
    Ok(B256::from(one(stage, wallet, "recoveryDigest(address)", args![next])?))
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Wallets { dollar, all } = wallets(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let contract = stage.preparing(|stage| stage.deploy_attack(thief, "RecoveryThief"))?;
    stage.pass(2)?;
    for part in parts(stage, all.clone()) {
        let mut catches = Vec::new();
        for (_, wallet) in &part {
            let digest = digest(stage, *wallet, contract)?;
            catches.push(Tuple(vec![wallet.value(), signed(stage, SERVICE, digest)?.value()]).value());
        }
        stage.attack(|stage| {
            let args = vec![DynSolValue::Array(catches), dollar.value(), payee.value()];
            stage.strike(thief, contract, U256::ZERO, "run((address,bytes)[],address,address)", args)
        })?;
        stage.between_parts()?;
    }
    for (name, wallet) in all {
        let left = held(stage, dollar, wallet)? + stage.balance(wallet)?;
        ensure!(left.is_zero(), "{left} are left to {name}");
    }
    Ok(())
}

/// Everybody lost a phone in the same theft: the service and a friend recover each wallet to a new key, which moves what
/// is in it to another wallet.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Wallets { dollar, all } = wallets(stage)?;
    let service = stage.actor(SERVICE);
    for part in parts(stage, all) {
        for (name, wallet) in part {
            let next = funded(stage, &format!("{name}'s next key"));
            stage.mine()?;
            let digest = digest(stage, wallet, next)?;
            let signatures = vec![signed(stage, SERVICE, digest)?, signed(stage, &format!("{name}'s friend"), digest)?];
            stage.call(service, wallet, RECOVER, args![next, signatures]);
            let home = stage.deploy(next, "SocialWallet", args![next, vec![service], 1u64])?;
            stage.mine()?;
            let (dollars, coins) = (held(stage, dollar, wallet)?, stage.balance(wallet)?);
            let pay = call_data("transfer(address,uint256)", args![home, dollars]);
            stage.call(next, wallet, EXECUTE, args![dollar, U256::ZERO, pay]);
            stage.call(next, wallet, EXECUTE, args![home, coins, Bytes::new()]);
            stage.mine()?;
            let arrived = held(stage, dollar, home)? == dollars && stage.balance(home)? == coins;
            ensure!(arrived, "{name}'s money did not arrive");
        }
        stage.between_parts()?;
    }
    Ok(())
}
