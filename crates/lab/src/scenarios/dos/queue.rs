//! A payment that burns whatever gas it is given.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, args, ether,
    scenarios::{
        cast::{CITIZENS, newcomer},
        declare::Invariant,
        props::one,
    },
};

pub(super) const GAS_EATER: Scenario = Scenario {
    id: "dos/gas/eater-in-the-queue",
    about: "a queue of withdrawals is paid in order by a keeper; a contract asks for crumbs, several times, and burns all the \
            gas that it is paid with, so that nobody behind it is paid",
    attack,
    twin,
};

const PROCESS: &str = "process(uint256)";

struct Queue {
    keeper: Address,
    queue: Address,
}

/// A queue that worked for a while.
fn queue(stage: &mut Stage<'_>) -> Result<Queue> {
    let keeper = stage.actor("keeper");
    let queue = stage.deploy(keeper, "PayoutQueue", args![])?;
    stage.protect(queue, "queue");
    let broken =
        format!("call.to == address(\"{queue:#x}\") && call.selector == selector(\"{PROCESS}\") && !call.effective");
    let kind = "dos/gas";
    Invariant { id: "payouts-succeed", kind, on: "call", broken, about: queue, asks: None }.declare(stage);
    stage.pass(1)?;
    for (name, coins) in CITIZENS.into_iter().zip([50, 12, 140, 33, 71]) {
        let person = stage.actor(name);
        let coins = stage.amount(ether(coins));
        stage.pay(person, queue, coins, "deposit()", args![]);
        stage.pass(1)?;
    }
    ask(stage, queue, &["bob", "dave"])?;
    stage.call(keeper, queue, PROCESS, args![5u64]);
    stage.pass(2)?;
    Ok(Queue { keeper, queue })
}

/// They ask for five coins each.
fn ask(stage: &mut Stage<'_>, queue: Address, names: &[&str]) -> Result<()> {
    for name in names {
        let person = stage.actor(name);
        let coins = stage.amount(ether(5));
        stage.call(person, queue, "request(uint256)", args![coins]);
    }
    stage.pass(1)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Queue { keeper, queue } = queue(stage)?;
    let thief = newcomer(stage, "thief")?;
    let crumbs = stage.amount(ether(1)) / U256::from(10);
    for _ in 0..stage.variation.parts {
        let parts = stage.variation.parts;
        let times = U256::from(9 / parts);
        let args = args![queue, times];
        stage.deploy_and_strike(thief, "GasEater", crumbs / U256::from(parts), "queueUp(address,uint256)", args)?;
        stage.between_parts()?;
    }
    ask(stage, queue, &["alice", "carol", "erin"])?;
    let waiting = one(stage, queue, "waiting()", args![])?;
    // The keeper tries, and tries with fewer.
    for count in [12u64, 8, 4] {
        let tx = stage.call(keeper, queue, PROCESS, args![count]);
        stage.pass(1)?;
        ensure!(stage.succeeded(tx) == Some(false), "{count} were paid");
    }
    let still = one(stage, queue, "waiting()", args![])?;
    ensure!(still == waiting && waiting > U256::from(10), "{still} of {waiting} wait");
    Ok(())
}

/// A house withdraws through a contract that pays its twenty partners on at once, several times: that costs much, and
/// works.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Queue { keeper, queue } = queue(stage)?;
    let house = stage.actor("house");
    let partners: Vec<Address> = (0..20).map(|n| stage.stranger(&format!("partner {n}"))).collect();
    let first = partners[0];
    let splitter = stage.deploy(house, "PayoutSplitter", args![partners])?;
    let coins = stage.amount(ether(60));
    stage.mine()?;
    stage.pay(house, splitter, coins, "enter(address)", args![queue]);
    stage.call(house, splitter, "ask(address,uint256,uint256)", args![queue, coins, 9u64]);
    stage.pass(1)?;
    ask(stage, queue, &["alice", "carol", "erin"])?;
    for count in [4u64, 8, 12] {
        let tx = stage.call(keeper, queue, PROCESS, args![count]);
        stage.between_parts()?;
        ensure!(stage.succeeded(tx) == Some(true), "{count} were not paid");
    }
    let (waiting, got) = (one(stage, queue, "waiting()", args![])?, stage.balance(first)?);
    ensure!(waiting.is_zero() && got > coins / U256::from(21), "{waiting} wait, the first partner got {got}");
    Ok(())
}
