//! A list that anybody may lengthen, and a loop over all of it: GovernMental (2016), and farms since.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, args, ether,
    scenarios::{
        cast::{CITIZENS, newcomer},
        declare::view_never,
        props::one,
    },
};

pub(super) const FLOODED_LIST: Scenario = Scenario {
    id: "dos/unbounded-loop/flooded-list",
    about: "what comes in is booked for everybody in a list, one after the other; somebody enters as a crowd of seven hundred, \
            and no distribution fits into a transaction any more",
    attack,
    twin,
};

const DISTRIBUTE: &str = "distribute()";

struct Stakers {
    admin: Address,
    list: Address,
}

/// A list of five to whom something was distributed.
fn stakers(stage: &mut Stage<'_>) -> Result<Stakers> {
    let admin = stage.actor("admin");
    let list = stage.deploy(admin, "StakerList", args![])?;
    stage.protect(list, "stakers");
    // With four hundred entries a distribution costs ten million gas.
    let kind = "dos/unbounded-loop";
    view_never(stage, "stakers-fit", kind, list, ("count()", args![]), "observed.value > 400");
    stage.pass(1)?;
    for (name, coins) in CITIZENS.into_iter().zip([20, 5, 64, 11, 37]) {
        let person = stage.actor(name);
        let coins = stage.amount(ether(coins));
        stage.pay(person, list, coins, "enter(address)", args![person]);
        stage.pass(1)?;
    }
    distribute(stage, &Stakers { admin, list }, true)?;
    let bob = stage.actor("bob");
    stage.call(bob, list, "collect()", args![]);
    stage.pass(1)?;
    Ok(Stakers { admin, list })
}

fn distribute(stage: &mut Stage<'_>, of: &Stakers, works: bool) -> Result<()> {
    let coins = stage.amount(ether(3));
    let tx = stage.pay(of.admin, of.list, coins, DISTRIBUTE, args![]);
    stage.pass(1)?;
    ensure!(stage.succeeded(tx) == Some(works), "a distribution ended otherwise");
    Ok(())
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let of = stakers(stage)?;
    let thief = newcomer(stage, "thief")?;
    let flood = "flood(address,uint256)";
    // Three times 240: more do not fit into a transaction.
    let (each, crumbs) = (U256::from(240), stage.amount(ether(1)) / U256::from(20));
    let at = stage.deploy_and_strike(thief, "ListFlooder", crumbs, flood, args![of.list, each])?;
    for _ in 0..2 {
        stage.between_parts()?;
        stage.attack(|stage| stage.strike(thief, at, crumbs, flood, args![of.list, each]))?;
    }
    stage.pass(1)?;
    let count = one(stage, of.list, "count()", args![])?;
    ensure!(count == U256::from(725), "{count} are in the list");
    distribute(stage, &of, false)?;
    stage.wait(86_400);
    distribute(stage, &of, false)
}

/// An agent enters its hundred and fifty customers, each with what they gave, and the next distribution is for all of
/// them.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let of = stakers(stage)?;
    let agent = stage.actor("agent");
    let contract = stage.deploy(agent, "ListAgent", args![])?;
    stage.pass(1)?;
    let customers: Vec<Address> = (0..150).map(|n| stage.stranger(&format!("customer {n}"))).collect();
    for part in customers.chunks(50) {
        let coins = stage.amount(ether(100));
        stage.pay(agent, contract, coins, "enterFor(address,address[])", args![of.list, part.to_vec()]);
        stage.between_parts()?;
    }
    stage.mine()?;
    distribute(stage, &of, true)?;
    let due = one(stage, of.list, "due(address)", args![customers[7]])?;
    ensure!(!due.is_zero(), "a customer is due nothing");
    Ok(())
}
