//! Banks that pay before they book.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, args, call_data, ether,
    scenarios::{
        cast::{CITIZENS, accomplice, assault, newcomer},
        declare::view_never,
    },
};

pub(super) const ETHER_BANK: Scenario = Scenario {
    id: "reentrancy/classic/ether-bank",
    about: "a bank sends ether before it books the withdrawal, and the receiver withdraws again from within",
    attack: ether_bank,
    twin: ether_bank_twin,
};

pub(super) const GUILD_BANK: Scenario = Scenario {
    id: "reentrancy/classic/guild-bank",
    about: "whoever leaves a club takes a share of its treasury, again and again before the club notices (The DAO, 2016)",
    attack: guild_bank,
    twin: guild_bank_twin,
};

pub(super) const TIP_JAR: Scenario = Scenario {
    id: "reentrancy/cross-function/tip-jar",
    about: "a credit is handed to an accomplice while it is being paid out, so that it is paid out twice",
    attack: tip_jar,
    twin: tip_jar_twin,
};

fn bank(stage: &mut Stage<'_>) -> Result<(Address, Address)> {
    let owner = stage.actor("owner");
    let bank = stage.deploy(owner, "EtherBank", args![])?;
    stage.protect(bank, "bank");
    for name in ["alice", "bob", "carol"] {
        let saver = stage.actor(name);
        let amount = stage.amount(ether(100));
        stage.pay(saver, bank, amount, "deposit()", args![]);
    }
    stage.pass(2)?;
    Ok((owner, bank))
}

fn ether_bank(stage: &mut Stage<'_>) -> Result<()> {
    let (_, bank) = bank(stage)?;
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    let stake = stage.amount(ether(10));
    let parts = stage.variation.parts;
    let attack = stage.preparing(|stage| stage.deploy_attack(thief, "EtherBankThief"))?;
    stage.mine()?;
    for _ in 0..parts {
        stage.attack(|stage| {
            let rounds = U256::from(28 / parts);
            stage.strike(thief, attack, stake, "rob(address,uint256,address)", args![bank, rounds, payee])
        })?;
        stage.between_parts()?;
    }
    let left = stage.view(bank, "held()", args![])?[0];
    ensure!(left < stage.amount(ether(300)) / U256::from(2), "the bank still holds {left}");
    Ok(())
}

fn ether_bank_twin(stage: &mut Stage<'_>) -> Result<()> {
    let (_, bank) = bank(stage)?;
    // A contract that saves and withdraws all of its own, and passes the coins on while it receives them.
    let saver = stage.actor("saver");
    let box_ = stage.deploy(saver, "EtherBankSaver", args![])?;
    let stake = stage.amount(ether(200));
    stage.pay(saver, box_, stake, "save(address)", args![bank]);
    stage.mine()?;
    stage.call(saver, box_, "leave(address)", args![bank]);
    stage.mine()?;
    let left = stage.view(bank, "held()", args![])?[0];
    ensure!(left == stage.amount(ether(100)) * U256::from(3), "the bank holds {left}");
    Ok(())
}

/// A club behind a proxy, with members and a grant that it paid.
fn club(stage: &mut Stage<'_>) -> Result<Address> {
    let summoner = stage.actor("summoner");
    let code = stage.deploy(summoner, "GuildBank", args![])?;
    let init = call_data("initialize(address)", args![summoner]);
    let club = stage.deploy(summoner, "UupsProxy", args![code, init])?;
    stage.protect(club, "guild bank");
    view_never(stage, "guild-backing", "logic/accounting", club, ("backing()", args![]), "observed.value < 900000");
    for (number, name) in CITIZENS.into_iter().enumerate() {
        let member = stage.actor(name);
        let share = stage.amount(ether(120 + 40 * number as u64));
        stage.pay(member, club, share, "join(address)", args![member]);
        stage.pass(1)?;
    }
    let (applicant, grant) = (stage.actor("applicant"), stage.amount(ether(20)));
    stage.call(summoner, club, "fund(address,uint256)", args![applicant, grant]);
    stage.pass(2)?;
    Ok(club)
}

fn guild_bank(stage: &mut Stage<'_>) -> Result<()> {
    let club = club(stage)?;
    let helper = newcomer(stage, "helper")?;
    let thief = accomplice(stage, helper, "raider", 9_000)?;
    let payee = stage.payee(thief);
    let (stake, before) = (stage.amount(ether(100)), stage.balance(club)?);
    assault(stage, thief, "GuildRaider", |parts| {
        let rounds = U256::from(12 / parts);
        (stake, "raid(address,uint256,address)", args![club, rounds, payee])
    })?;
    let left = stage.balance(club)?;
    ensure!(left < before * U256::from(6) / U256::from(10), "the club still holds {left} of {before}");
    Ok(())
}

fn guild_bank_twin(stage: &mut Stage<'_>) -> Result<()> {
    let club = club(stage)?;
    let (head, stays) = (stage.actor("head"), stage.actor("stays"));
    let partners = vec![head, stays, stage.actor("third partner")];
    let syndicate = stage.deploy(head, "GuildSyndicate", args![club, partners, stays])?;
    let stake = stage.amount(ether(900));
    stage.pay(head, syndicate, stake, "enter()", args![]);
    stage.pass(2)?;
    let before = stage.view(club, "backing()", args![])?[0];
    stage.call(head, syndicate, "leave()", args![]);
    stage.mine()?;
    let (after, rejoined) =
        (stage.view(club, "backing()", args![])?[0], stage.view(club, "sharesOf(address)", args![stays])?[0]);
    ensure!(after + U256::ONE >= before && rejoined > U256::ZERO, "a share fell from {before} to {after}");
    Ok(())
}

fn jar(stage: &mut Stage<'_>) -> Result<Address> {
    let maker = stage.actor("maker");
    let jar = stage.deploy(maker, "TipJar", args![])?;
    stage.protect(jar, "tip jar");
    for name in CITIZENS {
        let fan = stage.actor(name);
        let amount = stage.amount(ether(40));
        stage.pay(fan, jar, amount, "load(address)", args![fan]);
    }
    stage.mine()?;
    let (alice, bob, carol) = (stage.actor("alice"), stage.actor("bob"), stage.actor("carol"));
    stage.call(alice, jar, "tip(address,uint256)", args![bob, stage.amount(ether(5))]);
    stage.call(bob, jar, "cashOut()", args![]);
    stage.pass(1)?;
    stage.call(carol, jar, "tip(address,uint256)", args![alice, stage.amount(ether(1))]);
    stage.pass(2)?;
    Ok(jar)
}

fn tip_jar(stage: &mut Stage<'_>) -> Result<()> {
    let jar = jar(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let (stake, before) = (stage.amount(ether(12)), stage.balance(jar)?);
    assault(stage, thief, "TipThief", |parts| {
        (stake, "take(address,uint256,address)", args![jar, U256::from(9 / parts + 1), payee])
    })?;
    let left = stage.balance(jar)?;
    ensure!(left < before / U256::from(2), "the jar still holds {left} of {before}");
    Ok(())
}

fn tip_jar_twin(stage: &mut Stage<'_>) -> Result<()> {
    let jar = jar(stage)?;
    let boss = stage.actor("boss");
    let staff = vec![stage.actor("dave"), stage.actor("erin"), stage.actor("frank")];
    let payroll = stage.deploy(boss, "TipPayroll", args![jar, staff])?;
    let wages = stage.amount(ether(120));
    stage.pay(boss, payroll, wages, "fill()", args![]);
    stage.pass(2)?;
    let before = stage.balance(jar)?;
    stage.call(boss, payroll, "payday()", args![]);
    stage.mine()?;
    let frank = stage.actor("frank");
    stage.call(frank, jar, "cashOut()", args![]);
    stage.mine()?;
    let left = stage.balance(jar)?;
    ensure!(left == before - wages / U256::from(3), "the jar holds {left} of {before}");
    Ok(())
}
