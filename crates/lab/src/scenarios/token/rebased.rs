//! Tokens whose balances grow all at once.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, args,
    scenarios::{
        cast::{CITIZENS, issue, lender, newcomer},
        declare::Invariant,
        props::{allow, held, units, whom},
    },
};

pub(super) const OHM_EPOCH: Scenario = Scenario {
    id: "token/rebase/ohm-epoch",
    about: "borrowed tokens are staked for the length of the rebase that pays for a whole epoch (forks of Olympus, 2021 and 2022)",
    attack: epoch,
    twin: epoch_twin,
};

/// Seconds of an epoch.
const EPOCH_S: u64 = 28_800;

fn staking(stage: &mut Stage<'_>) -> Result<(Address, Address, Address)> {
    let (admin, maker) = (stage.actor("admin"), stage.actor("maker"));
    let stake = stage.amount(units(100_000, 9));
    let mut holders = vec![(maker, stage.amount(units(8_000_000, 9)))];
    for name in CITIZENS {
        holders.push((stage.actor(name), stake));
    }
    let ohm = issue(stage, admin, "OHM", 9, &holders)?;
    let lender = lender(stage, maker, &[(ohm, stage.amount(units(6_000_000, 9)))])?;
    let reward = stage.amount(units(30_000, 9));
    let staking = stage.deploy(admin, "OhmStaking", args![ohm, EPOCH_S, reward])?;
    stage.call(admin, ohm, "setMinter(address)", args![staking]);
    stage.protect(staking, "staking");
    let broken = format!(
        "tx.succeeded && tx.calls.exists(c, c.to == address(\"{staking:#x}\") && c.selector == selector(\"stake(uint256)\")) \
         && tx.calls.exists(c, c.to == address(\"{staking:#x}\") && c.selector == selector(\"rebase()\"))"
    );
    let (id, kind) = ("epoch-stake", "token/rebase");
    Invariant { id, kind, on: "tx", broken, about: staking, asks: None }.declare(stage);
    stage.pass(1)?;
    for name in CITIZENS {
        let person = stage.actor(name);
        allow(stage, person, ohm, staking);
        stage.call(person, staking, "stake(uint256)", args![stake]);
        stage.pass(1)?;
    }
    let keeper = stage.actor("keeper");
    for _ in 0..2 {
        stage.wait(EPOCH_S);
        stage.pass(1)?;
        stage.call(keeper, staking, "rebase()", args![]);
        stage.pass(1)?;
    }
    let carol = stage.actor("carol");
    stage.call(carol, staking, "unstake(uint256)", args![stake / U256::from(4)]);
    stage.pass(2)?;
    Ok((ohm, staking, lender))
}

fn epoch(stage: &mut Stage<'_>) -> Result<()> {
    let (ohm, staking, lender) = staking(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let loan = stage.amount(units(6_000_000, 9));
    let (snipe, mut contract) = ("snipe(address,address,uint256,address)", None);
    for _ in 0..stage.variation.parts {
        stage.wait(EPOCH_S);
        stage.pass(1)?;
        let args = args![lender, staking, loan, payee];
        if let Some(contract) = contract {
            stage.attack(|stage| stage.strike(thief, contract, U256::ZERO, snipe, args))?;
        } else {
            contract = Some(stage.deploy_and_strike(thief, "EpochSniper", U256::ZERO, snipe, args)?);
        }
        stage.between_parts()?;
    }
    let (loot, due) = (held(stage, ohm, payee)?, stage.amount(units(30_000, 9)) * U256::from(stage.variation.parts));
    ensure!(loot > due / U256::from(2), "{loot} of {due} were taken");
    Ok(())
}

fn epoch_twin(stage: &mut Stage<'_>) -> Result<()> {
    let (ohm, staking, _) = staking(stage)?;
    let (maker, keeper, whale) = (stage.actor("maker"), stage.actor("keeper"), stage.actor("whale"));
    // The whale is there for one whole epoch, and leaves in the block of the rebase.
    let stake = stage.amount(units(2_000_000, 9));
    stage.call(maker, ohm, "transfer(address,uint256)", args![whale, stake]);
    allow(stage, whale, ohm, staking);
    stage.call(whale, staking, "stake(uint256)", args![stake]);
    stage.pass(1)?;
    stage.wait(EPOCH_S);
    stage.pass(1)?;
    stage.call(keeper, staking, "rebase()", args![]);
    stage.call(whale, staking, "unstake(uint256)", args![stake]);
    stage.mine()?;
    let sohm = whom(stage, staking, "sohm()", args![])?;
    let rest = held(stage, sohm, whale)?;
    stage.call(whale, staking, "unstake(uint256)", args![rest]);
    stage.mine()?;
    let all = held(stage, ohm, whale)?;
    ensure!(all > stake && !rest.is_zero(), "{all} came back");
    Ok(())
}
