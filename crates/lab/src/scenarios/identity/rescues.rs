//! Accounts that may be recovered by guardians, and have none.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, args, call_data,
    scenarios::{
        declare::called_only_by,
        props::{give, held, out_of_a_mixer, strike_in_parts, token, units, whom},
    },
};

pub(super) const NO_GUARDIANS: Scenario = Scenario {
    id: "identity/owner-added/no-guardians",
    about: "accounts come with a module for their recovery; whoever never named guardians needs none, and a stranger has \
            himself put in as the owner of all such",
    attack,
    twin,
};

const EXECUTE: &str = "execute(address,uint256,bytes)";
const OWNERS: [&str; 7] = ["ama", "bodil", "cem", "dora", "emil", "fay", "goro"];

struct Quarter {
    module: Address,
    desk: Address,
    usd: Address,
    /// Those who named the desk their guardian, then those who named nobody.
    accounts: Vec<Address>,
}

const GUARDED: usize = 3;

fn quarter(stage: &mut Stage<'_>) -> Result<Quarter> {
    let (maker, clerk) = (stage.actor("maker"), stage.actor("clerk"));
    let usd = token(stage, maker, "USDC", 6)?;
    let module = stage.deploy(maker, "RescueModule", args![])?;
    let desk = stage.deploy(clerk, "RescueDesk", args![])?;
    stage.protect(module, "recovery module");
    called_only_by(stage, "by-the-desk", "identity/owner-added", (module, "finish(address,address)"), &[desk]);
    let mut accounts = Vec::new();
    for (number, name) in OWNERS.into_iter().enumerate() {
        let owner = stage.actor(name);
        let account = stage.deploy(owner, "PlainAccount", args![owner, module])?;
        stage.protect(account, &format!("account of {name}"));
        let dollars = stage.amount(units(20_000 + 7_000 * number as u64, 6));
        give(stage, maker, usd, account, dollars);
        let coins = stage.amount(crate::ether(3 + number as u64));
        stage.transfer(owner, account, coins);
        if number < GUARDED {
            let data = call_data("configure(address[],uint256)", args![vec![desk], 1u64]);
            stage.call(owner, account, EXECUTE, args![module, U256::ZERO, data]);
        }
        stage.pass(1)?;
        let data = call_data("transfer(address,uint256)", args![maker, dollars / U256::from(50)]);
        stage.call(owner, account, EXECUTE, args![usd, U256::ZERO, data]);
        accounts.push(account);
    }
    stage.pass(2)?;
    Ok(Quarter { module, desk, usd, accounts })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Quarter { module, usd, accounts, .. } = quarter(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    let open = accounts[GUARDED..].to_vec();
    let mut sum = U256::ZERO;
    for account in &open {
        sum += held(stage, usd, *account)?;
    }
    strike_in_parts(stage, thief, "RescueThief", open, |_, part| {
        ("run(address,address[],address,address)", args![module, part, usd, payee])
    })?;
    ensure!(held(stage, usd, payee)? == sum, "it was not all");
    Ok(())
}

/// Three people lost their keys; the desk puts in new ones for all, and they move what they have.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Quarter { module, desk, usd, accounts } = quarter(stage)?;
    let clerk = stage.actor("clerk");
    let mut next = Vec::new();
    for name in &OWNERS[..GUARDED] {
        let key = stage.stranger(&format!("{name}'s new key"));
        stage.transfer(crate::EXCHANGE, key, crate::ether(1));
        next.push(key);
    }
    stage.pass(1)?;
    let guarded = accounts[..GUARDED].to_vec();
    stage.call(clerk, desk, "rescue(address,address[],address[])", args![module, guarded.clone(), next.clone()]);
    stage.mine()?;
    for (account, key) in guarded.into_iter().zip(next) {
        ensure!(whom(stage, account, "owner()", args![])? == key, "nobody was put in");
        let (all, coins) = (held(stage, usd, account)?, stage.balance(account)?);
        let vault = stage.stranger(&format!("vault of {key}"));
        let data = call_data("transfer(address,uint256)", args![vault, all]);
        stage.call(key, account, EXECUTE, args![usd, U256::ZERO, data]);
        stage.call(key, account, EXECUTE, args![vault, coins, facts::Bytes::new()]);
        stage.between_parts()?;
        ensure!(held(stage, usd, vault)? == all, "it did not arrive");
    }
    Ok(())
}
