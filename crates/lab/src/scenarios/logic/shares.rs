//! Shares that double when their holder sends them to itself: bZx's iTokens (September 2020).

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, args, ether,
    scenarios::{
        cast::{CITIZENS, assault},
        declare::leaves_in_a_day_at_most,
        props::out_of_a_mixer,
    },
};

pub(super) const LOAN_TOKEN: Scenario = Scenario {
    id: "logic/self-transfer/loan-token",
    about: "a share reads both balances before it writes either, so that whoever sends all of them to himself has twice as \
            many (bZx, September 2020)",
    attack,
    twin,
};

const MINT: &str = "mint()";

/// A share of lent coins that people bought.
fn shares(stage: &mut Stage<'_>) -> Result<Address> {
    let admin = stage.actor("admin");
    let token = stage.deploy(admin, "LoanToken", args![])?;
    stage.protect(token, "iETH");
    // Not half of what is lent goes back in a day: it is lent.
    leaves_in_a_day_at_most(stage, "lent-a-day", "logic/self-transfer", (token, None), stage.amount(ether(650)));
    stage.pass(1)?;
    for (name, coins) in CITIZENS.into_iter().zip([400, 150, 260, 90, 310]) {
        let person = stage.actor(name);
        let coins = stage.amount(ether(coins));
        stage.pay(person, token, coins, MINT, args![]);
        stage.pass(1)?;
    }
    let (bob, dave) = (stage.actor("bob"), stage.actor("dave"));
    let some = stage.amount(ether(20));
    stage.call(bob, token, "transfer(address,uint256)", args![dave, some]);
    stage.call(dave, token, "burn(uint256)", args![some]);
    stage.pass(2)?;
    Ok(token)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let token = shares(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 8)?;
    let payee = stage.payee(thief);
    let (before, had) = (stage.balance(token)?, stage.balance(payee)?);
    let stake = stage.amount(ether(10));
    assault(stage, thief, "LoanThief", |parts| {
        (stake / U256::from(parts), "run(address,uint256,address)", args![token, U256::from(7), payee])
    })?;
    let (left, has) = (stage.balance(token)?, stage.balance(payee)?);
    ensure!(left < before / U256::from(20), "{left} of {before} are left");
    ensure!(has > had + before * U256::from(8) / U256::from(10), "the thief has {has}");
    Ok(())
}

/// A house moves its shares through its own wallets, more than once and back into the first, and cashes most of them.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let token = shares(stage)?;
    let house = stage.actor("house");
    let stake = stage.amount(ether(500));
    let wallets = [0; 3].map(|_| stage.deploy(house, "LoanHouse", args![]));
    let wallets = wallets.into_iter().collect::<Result<Vec<Address>>>()?;
    stage.mine()?;
    stage.pay(house, wallets[0], stake, "enter(address)", args![token]);
    stage.wait(86_400);
    stage.pass(1)?;
    for (from, to) in [(0, 1), (1, 2), (2, 0)] {
        stage.call(house, wallets[from], "shuffle(address,address)", args![token, wallets[to]]);
    }
    stage.pass(1)?;
    let had = stage.balance(house)?;
    let cashed = stake * U256::from(9) / U256::from(10);
    stage.call(house, wallets[0], "cash(address,uint256)", args![token, cashed]);
    stage.mine()?;
    let has = stage.balance(house)?;
    // But for the gas.
    ensure!(has + ether(1) > had + cashed, "{has} after {had} and {cashed}");
    Ok(())
}
