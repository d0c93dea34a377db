//! A proposal that is not what was voted on: Tornado Cash's governance (May 2023). The code of that one was destroyed and
//! deployed anew at its address, which chains no longer allow; this one borrows from a library that its author replaces.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use super::super::{
    declare::Invariant,
    props::{allow, give, held, one, parts, token, units},
};
use crate::{Scenario, Stage, args, ether};

pub(super) const BORROWED_LIBRARY: Scenario = Scenario {
    id: "governance/malicious-proposal/borrowed-library",
    about: "voters pass what reads like an earlier proposal; its author then replaces the library that it borrows, and it \
            gives votes, which are tokens, to the author's accounts",
    attack,
    twin,
};

const KIND: &str = "governance/malicious-proposal";
const CHEATS: [&str; 2] = ["cheating relayer", "other cheating relayer"];

struct Dao {
    team: Address,
    at: Address,
    torn: Address,
    cheats: [Address; 2],
    penalty: Address,
}

fn dao(stage: &mut Stage<'_>) -> Result<Dao> {
    let team = stage.actor("privacy team");
    let torn = token(stage, team, "TORN", 18)?;
    let quorum = stage.amount(units(100_000, 18));
    let at = stage.deploy(team, "TornGovernance", args![torn, quorum])?;
    stage.protect(at, "governance");
    let mut means = Vec::new();
    for (name, whole, method) in [
        ("adele", 62_000, "lock(uint256)"),
        ("bruno", 141_000, "lock(uint256)"),
        ("chloe", 28_500, "lock(uint256)"),
        ("dmitri", 260_000, "lock(uint256)"),
        (CHEATS[0], 4_000, "stakeRelayer(uint256)"),
        (CHEATS[1], 7_700, "stakeRelayer(uint256)"),
    ] {
        let holder = stage.actor(name);
        let amount = stage.amount(units(whole, 18));
        give(stage, team, torn, holder, amount);
        allow(stage, holder, torn, at);
        stage.call(holder, at, method, args![amount]);
        stage.pass(1)?;
        means.push(holder);
    }
    // An earlier proposal, which was what it said.
    let cheats = CHEATS.map(|name| stage.actor(name));
    let penalty = stage.deploy(team, "PenaltyProposal", args![cheats[0], team])?;
    let adele = stage.actor("adele");
    propose(stage, at, adele, penalty, "#16: relayers that cheat lose their stakes")?;
    pass_it(stage, at, 0, &["bruno", "dmitri"])?;
    stage.call(adele, at, "execute(uint256)", args![0u64]);
    stage.pass(1)?;
    ensure!(one(stage, at, "relayerStake(address)", args![cheats[0]])?.is_zero(), "the first proposal did nothing");
    Ok(Dao { team, at, torn, cheats, penalty })
}

fn propose(stage: &mut Stage<'_>, at: Address, by: Address, target: Address, text: &str) -> Result<()> {
    stage.call(by, at, "propose(address,string)", args![target, text]);
    stage.pass(1)
}

/// Lets these vote for it, and the time pass until it can be executed.
fn pass_it(stage: &mut Stage<'_>, at: Address, id: u64, voters: &[&str]) -> Result<()> {
    for name in voters {
        let voter = stage.actor(name);
        stage.call(voter, at, "castVote(uint256,bool)", args![id, true]);
        stage.pass(1)?;
    }
    stage.wait(7 * 86_400 + 600);
    stage.pass(1)
}

/// Only code that was put to the vote runs on the governance's storage.
fn declare(stage: &mut Stage<'_>, dao: &Dao, announced: Address) {
    let (at, known) = (dao.at, [dao.penalty, announced]);
    let broken = format!(
        "call.effective && call.kind == \"delegate-call\" && call.to == address(\"{at:#x}\") \
         && call.code != address(\"{:#x}\") && call.code != address(\"{:#x}\")",
        known[0], known[1],
    );
    Invariant { id: "code-was-voted-on", kind: KIND, on: "call", broken, about: at, asks: None }.declare(stage);
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let dao = dao(stage)?;
    let Dao { team, at, torn, cheats, .. } = dao;
    let thief = super::super::props::out_of_a_mixer(stage, "thief", 2)?;
    let stake = stage.amount(units(1_017, 18));
    give(stage, team, torn, thief, stake);
    allow(stage, thief, torn, at);
    let sybils = ["sybil one", "sybil two", "sybil three"].map(|name| stage.stranger(name));
    let all = stage.amount(units(480_000, 18));
    let (rules, proposal) = stage.preparing(|stage| {
        stage.call(thief, at, "lock(uint256)", args![stake]);
        for sybil in sybils {
            stage.transfer(thief, sybil, ether(1));
        }
        let honest = stage.deploy(thief, "PenaltyLibrary", args![cheats[1]])?;
        let rules = stage.deploy(thief, "PenaltyRules", args![honest])?;
        let proposal = stage.deploy(thief, "BorrowedProposal", args![rules])?;
        propose(stage, at, thief, proposal, "#20: the same as #16, for a relayer that cheats still")?;
        Ok((rules, proposal))
    })?;
    declare(stage, &dao, proposal);
    pass_it(stage, at, 1, &["bruno", "adele", "chloe"])?;
    let each = all / U256::from(3);
    stage.attack(|stage| {
        let [a, b, c] = sybils;
        let gift = stage.deploy(thief, "GiftLibrary", args![a, b, c, each])?;
        stage.call(thief, rules, "set(address)", args![gift]);
        stage.call(thief, at, "execute(uint256)", args![1u64]);
        Ok(())
    })?;
    stage.between_parts()?;
    let payee = stage.payee(thief);
    for part in parts(stage, sybils.to_vec()) {
        for sybil in part {
            stage.attack(|stage| {
                stage.call(sybil, at, "unlock(uint256)", args![each]);
                stage.call(sybil, torn, "transfer(address,uint256)", args![payee, each]);
                Ok(())
            })?;
        }
        stage.between_parts()?;
    }
    ensure!(held(stage, torn, payee)? >= each * U256::from(3), "the votes were not taken");
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let dao = dao(stage)?;
    let Dao { at, torn, cheats, .. } = dao;
    // The same once more, and honest; the largest holder has had enough and leaves with everything.
    let bruno = stage.actor("bruno");
    let proposal = stage.deploy(bruno, "PenaltyProposal", args![cheats[1], cheats[0]])?;
    declare(stage, &dao, proposal);
    propose(stage, at, bruno, proposal, "#20: the same as #16, for a relayer that cheats still")?;
    pass_it(stage, at, 1, &["bruno", "adele", "chloe"])?;
    stage.call(bruno, at, "execute(uint256)", args![1u64]);
    stage.between_parts()?;
    ensure!(one(stage, at, "relayerStake(address)", args![cheats[1]])?.is_zero(), "the proposal did nothing");
    let dmitri = stage.actor("dmitri");
    let cold = stage.stranger("dmitri's cold wallet");
    let third = stage.amount(units(260_000, 18)) / U256::from(3);
    for part in parts(stage, vec![third; 3]) {
        let amount: U256 = part.into_iter().sum();
        stage.call(dmitri, at, "unlock(uint256)", args![amount]);
        stage.call(dmitri, torn, "transfer(address,uint256)", args![cold, amount]);
        stage.between_parts()?;
    }
    ensure!(held(stage, torn, cold)? == third * U256::from(3), "the holder did not get out");
    Ok(())
}
