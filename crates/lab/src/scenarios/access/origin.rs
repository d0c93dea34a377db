//! Wallets that obey whatever happens in a transaction of their owner: the old phishing of `tx.origin`.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use super::super::{
    declare::Invariant,
    props::{give, held, parts, token, units, whom},
};
use crate::{Scenario, Stage, args, ether};

pub(super) const LURED_OWNER: Scenario = Scenario {
    id: "access/tx-origin/lured-owner",
    about: "owners of wallets claim a gift from a stranger's contract, which calls their wallets in their name",
    attack,
    twin,
};

const KIND: &str = "access/tx-origin";
const OWNERS: [(&str, u64, u64); 4] =
    [("bea", 310, 88_000), ("cal", 45, 240_500), ("dee", 1_120, 0), ("eli", 80, 19_900)];

struct Wallets {
    factory: Address,
    usd: Address,
    of: Vec<(Address, Address)>,
}

fn wallets(stage: &mut Stage<'_>) -> Result<Wallets> {
    let maker = stage.actor("wallet maker");
    let factory = stage.deploy(maker, "OriginWallets", args![])?;
    let usd = token(stage, maker, "USDC", 6)?;
    let mut of = Vec::new();
    for (name, coins, whole) in OWNERS {
        let owner = stage.actor(name);
        stage.call(owner, factory, "create()", args![]);
        stage.mine()?;
        let wallet = whom(stage, factory, "walletOf(address)", args![owner])?;
        let (coins, dollars) = (stage.amount(ether(coins)), stage.amount(units(whole, 6)));
        stage.transfer(owner, wallet, coins);
        give(stage, maker, usd, wallet, dollars);
        stage.protect(wallet, &format!("{name}'s wallet"));
        stage.pass(1)?;
        let (shop, price) = (stage.actor("shop"), stage.amount(ether(1)));
        stage.call(owner, wallet, "transferTo(address,uint256)", args![shop, price]);
        stage.pass(1)?;
        of.push((owner, wallet));
    }
    Ok(Wallets { factory, usd, of })
}

/// The wallet is called by its owner itself, or by what the owner trusts.
fn declare(stage: &mut Stage<'_>, wallets: &Wallets, trusted: Option<Address>) {
    for (number, (owner, wallet)) in wallets.of.iter().enumerate() {
        let trusted = trusted.unwrap_or(*owner);
        let broken = format!(
            "call.effective && call.to == address(\"{wallet:#x}\") && call.selector != null \
             && (call.selector == selector(\"transferTo(address,uint256)\") \
             || call.selector == selector(\"transferToken(address,address,uint256)\")) \
             && call.from != address(\"{owner:#x}\") && call.from != address(\"{trusted:#x}\")"
        );
        let id = format!("wallet-{number}-is-called-by-its-owner");
        Invariant { id: &id, kind: KIND, on: "call", broken, about: *wallet, asks: None }.declare(stage);
    }
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let wallets = wallets(stage)?;
    declare(stage, &wallets, None);
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    let lure = stage.preparing(|stage| {
        let lure = stage.deploy_attack(thief, "OriginLure")?;
        let prepare = "prepare(address,address,address)";
        stage.strike(thief, lure, U256::ZERO, prepare, args![wallets.factory, wallets.usd, payee])?;
        stage.mine()?;
        Ok(lure)
    })?;
    for part in parts(stage, wallets.of.clone()) {
        for (owner, _) in part {
            stage.attack(|stage| {
                stage.call(owner, lure, "claimAirdrop()", args![]);
                Ok(())
            })?;
        }
        stage.between_parts()?;
    }
    for (_, wallet) in wallets.of {
        ensure!(
            stage.balance(wallet)?.is_zero() && held(stage, wallets.usd, wallet)?.is_zero(),
            "a wallet is not empty"
        );
    }
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let wallets = wallets(stage)?;
    // Owners pay everyone at once by a contract of somebody else, and let it move the rest to a new wallet.
    let maker = stage.actor("maker of payrolls");
    let payroll = stage.deploy(maker, "OriginPayroll", args![])?;
    declare(stage, &wallets, Some(payroll));
    stage.pass(1)?;
    for part in parts(stage, wallets.of.clone()) {
        for (owner, wallet) in part {
            let next = stage.stranger(&format!("next wallet of {owner}"));
            let all = held(stage, wallets.usd, wallet)?;
            let staff: Vec<Address> = (0..4).map(|n| stage.stranger(&format!("staff {n} of {owner}"))).collect();
            let pay = vec![all / U256::from(10); 4];
            let ask = "payAll(address,address,address[],uint256[],address)";
            stage.call(owner, payroll, ask, args![wallet, wallets.usd, staff, pay, next]);
            stage.mine()?;
            ensure!(held(stage, wallets.usd, next)? >= all / U256::from(2), "the rest went astray");
        }
        stage.between_parts()?;
    }
    for (_, wallet) in wallets.of {
        ensure!(stage.balance(wallet)?.is_zero(), "a wallet is not empty");
    }
    Ok(())
}
