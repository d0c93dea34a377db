//! Approvals that a page had people give, used all at once: BadgerDAO (December 2021).

use anyhow::{Result, ensure};
use facts::{Address, U256};

use super::taken_only_by;
use crate::{
    Scenario, Stage, args,
    scenarios::{
        cast::issue,
        props::{allow, held, out_of_a_mixer, parts, units},
    },
};

pub(super) const OLD_APPROVALS: Scenario = Scenario {
    id: "wallet/approval-drain/old-approvals",
    about: "a page that was tampered with has people approve a stranger among their usual transactions; ten days later he \
            takes what all of them hold (BadgerDAO, December 2021)",
    attack,
    twin,
};

const KIND: &str = "wallet/approval-drain";
const HOLDERS: [(&str, u64); 6] =
    [("tilda", 812_000), ("ulf", 14_400), ("vera", 2_070_000), ("wim", 95_000), ("xenia", 6_300), ("yuri", 388_000)];

struct Holders {
    dollar: Address,
    accounts: Vec<Address>,
}

/// People with dollars, who pay each other now and then.
fn holders(stage: &mut Stage<'_>) -> Result<Holders> {
    let issuer = stage.actor("issuer");
    let mut holders = Vec::new();
    for (name, whole) in HOLDERS {
        let holder = stage.actor(name);
        holders.push((holder, stage.amount(units(whole, 6))));
        stage.protect(holder, &format!("{name}'s account"));
    }
    let dollar = issue(stage, issuer, "USDC", 6, &holders)?;
    stage.pass(1)?;
    let accounts: Vec<Address> = holders.iter().map(|(holder, _)| *holder).collect();
    for (from, to) in accounts.iter().zip(accounts.iter().cycle().skip(2)) {
        let some = stage.amount(units(120, 6));
        stage.call(*from, dollar, "transfer(address,uint256)", args![*to, some]);
        stage.pass(1)?;
    }
    Ok(Holders { dollar, accounts })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Holders { dollar, accounts } = holders(stage)?;
    taken_only_by(stage, "nobody-takes", KIND, dollar, &accounts, &[]);
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    let collector = stage.preparing(|stage| {
        let collector = stage.deploy_attack(thief, "ApprovalCollector")?;
        stage.pass(1)?;
        for holder in &accounts {
            allow(stage, *holder, dollar, collector);
            stage.wait(40_000);
            stage.pass(1)?;
        }
        Ok::<_, anyhow::Error>(collector)
    })?;
    stage.wait(10 * 86_400);
    stage.pass(2)?;
    let mut before = U256::ZERO;
    for holder in &accounts {
        before += held(stage, dollar, *holder)?;
    }
    for part in parts(stage, accounts) {
        stage.attack(|stage| {
            let collect = "collect(address,address[],address)";
            stage.strike(thief, collector, U256::ZERO, collect, args![dollar, part, payee])
        })?;
        stage.between_parts()?;
    }
    let loot = held(stage, dollar, payee)?;
    ensure!(loot == before, "{loot} of {before} were taken");
    Ok(())
}

/// A savings circle: all members approve a contract that one of them deployed; each month it takes the same from each of
/// them and gives it to one.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Holders { dollar, accounts } = holders(stage)?;
    let head = stage.actor("head of the circle");
    let each = stage.amount(units(1_500, 6));
    let circle = stage.deploy(head, "SavingsCircle", args![dollar, each, accounts.clone()])?;
    taken_only_by(stage, "nobody-takes", KIND, dollar, &accounts, &[circle]);
    stage.pass(1)?;
    for holder in &accounts {
        allow(stage, *holder, dollar, circle);
        stage.wait(40_000);
        stage.pass(1)?;
    }
    for winner in &accounts[..3] {
        let had = held(stage, dollar, *winner)?;
        stage.call(head, circle, "pay()", args![]);
        stage.wait(28 * 86_400);
        stage.pass(1)?;
        ensure!(held(stage, dollar, *winner)? == had + each * U256::from(5), "the round was not paid");
    }
    Ok(())
}
