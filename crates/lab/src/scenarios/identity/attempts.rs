//! Somebody who tries what he has no right to, until he has it.

use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, B256, U256};

use crate::{
    Scenario, Stage, args,
    scenarios::{
        cast::issue,
        declare::happens_in_a_day_at_most,
        props::{allow, held, one, parts, units},
    },
};

pub(super) const SPRAYED_KEYS: Scenario = Scenario {
    id: "identity/unauthorised-attempt/sprayed-keys",
    about: "somebody has a list of leaked keys of officials, tries them one after the other on a hub of identities, is \
            refused with those who left, and with one who did not binds other people's pensions to his accounts",
    attack,
    twin,
};

const BIND: &str = "bind(bytes32,address)";
const PAY: &str = "pay(bytes32)";
const OFFICIALS: u64 = 9;

struct Hub {
    board: Address,
    hub: Address,
    token: Address,
    fund: Address,
    people: Vec<B256>,
}

/// A hub whose officials bind accounts to people, most of whom left since, and a fund that pays pensions.
fn hub(stage: &mut Stage<'_>) -> Result<Hub> {
    let (board, office) = (stage.actor("board"), stage.actor("office"));
    let hub = stage.deploy(board, "IdentityHub", args![])?;
    let pension = stage.amount(units(1_940, 6));
    let token = issue(stage, board, "EURC", 6, &[(office, pension * U256::from(100))])?;
    let fund = stage.deploy(office, "PensionFund", args![hub, token])?;
    stage.protect(hub, "identities");
    stage.protect(fund, "pensions");
    // An official binds a handful of accounts a day.
    let kind = "identity/unauthorised-attempt";
    happens_in_a_day_at_most(stage, "bound-a-day", kind, (hub, "Bound(address,bytes32,address)"), 4);
    allow(stage, office, token, fund);
    stage.pass(1)?;
    let mut people = Vec::new();
    for n in 0..OFFICIALS {
        let official = stage.actor(&format!("official {n}"));
        stage.call(board, hub, "setOperator(address,bool)", args![official, true]);
        let person = keccak256(format!("person {n}"));
        let account = stage.stranger(&format!("pensioner {n}"));
        stage.call(official, hub, BIND, args![person, account]);
        stage.wait(50_000);
        stage.pass(1)?;
        people.push(person);
    }
    for n in 0..OFFICIALS - 1 {
        let official = stage.actor(&format!("official {n}"));
        stage.call(board, hub, "setOperator(address,bool)", args![official, false]);
    }
    for person in &people {
        stage.call(office, fund, "credit(bytes32,uint256)", args![*person, pension * U256::from(9)]);
    }
    stage.pass(1)?;
    // One draws his, and those who left do not try.
    stage.call(board, fund, PAY, args![people[4]]);
    stage.wait(3 * 86_400);
    stage.pass(2)?;
    Ok(Hub { board, hub, token, fund, people })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let of = hub(stage)?;
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    stage.mine()?;
    let wanted: Vec<B256> = of.people.iter().copied().filter(|person| *person != of.people[4]).collect();
    // It begins with the first attempt.
    for n in 0..OFFICIALS - 1 {
        let official = stage.actor(&format!("official {n}"));
        let tx = stage.attack(|stage| {
            let tx = stage.call(official, of.hub, BIND, args![wanted[0], payee]);
            if n % 3 == 2 {
                stage.mine()?;
            }
            Ok(tx)
        })?;
        if n % 3 == 2 {
            ensure!(stage.succeeded(tx) == Some(false), "official {n} is still one");
        }
    }
    stage.between_parts()?;
    let official = stage.actor(&format!("official {}", OFFICIALS - 1));
    let mut due = U256::ZERO;
    for person in &wanted {
        due += one(stage, of.fund, "due(bytes32)", args![*person])?;
    }
    for part in parts(stage, wanted) {
        stage.attack(|stage| {
            for person in &part {
                stage.call(official, of.hub, BIND, args![*person, payee]);
            }
            stage.mine()?;
            for person in part {
                stage.call(thief, of.fund, PAY, args![person]);
            }
            stage.mine()
        })?;
        stage.between_parts()?;
    }
    let loot = held(stage, of.token, payee)?;
    ensure!(loot == due && !due.is_zero(), "{loot} of {due} were paid");
    Ok(())
}

/// A new official's program tries again and again until the board has named him; then he binds the next accounts of
/// three people who asked for it, and they are paid there.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let of = hub(stage)?;
    let official = stage.actor("new official");
    stage.pass(1)?;
    let mut refused = Vec::new();
    for n in 0..5u64 {
        let account = stage.stranger("next account 0");
        refused.push(stage.call(official, of.hub, BIND, args![of.people[0], account]));
        if n % 2 == 1 {
            stage.pass(1)?;
        }
    }
    stage.call(of.board, of.hub, "setOperator(address,bool)", args![official, true]);
    stage.pass(1)?;
    ensure!(refused.iter().all(|tx| stage.succeeded(*tx) == Some(false)), "he was one already");
    for (n, person) in of.people.iter().take(3).enumerate() {
        let account = stage.stranger(&format!("next account {n}"));
        let due = one(stage, of.fund, "due(bytes32)", args![*person])?;
        stage.call(official, of.hub, BIND, args![*person, account]);
        stage.call(of.board, of.fund, PAY, args![*person]);
        stage.between_parts()?;
        ensure!(held(stage, of.token, account)? == due, "pensioner {n} was not paid");
    }
    Ok(())
}
