//! An initialisation that was meant for a cut alone, and was left among the functions of a diamond.

use anyhow::{Result, ensure};
use case::{Planned, PlannedChange};
use facts::{Address, Bytes, Selector, U256};

use crate::{
    Scenario, Stage, Tuple, args, call_data,
    scenarios::{
        cast::{CITIZENS, issue},
        declare::view_says,
        props::{allow, held, out_of_a_mixer, strike_in_parts, units},
    },
};

pub(super) const OPEN_DIAMOND: Scenario = Scenario {
    id: "access/initializer/diamond-facet",
    about: "a facet's initialisation names a diamond's owner and stays callable; a stranger names himself, cuts in code of his \
            own, and has it send everything to him",
    attack,
    twin,
};

const CUT: &str = "diamondCut((address,uint8,bytes4[])[],address,bytes)";

struct Diamond {
    owner: Address,
    at: Address,
    tokens: Vec<Address>,
}

fn selector(signature: &str) -> Selector {
    Selector::from_slice(&call_data(signature, args![])[..4])
}

/// The owner adds functions, and may have an initialisation run with them.
fn cut(
    stage: &mut Stage<'_>,
    diamond: (Address, Address),
    facet: Address,
    functions: &[&str],
    init: Option<Bytes>,
) -> Result<()> {
    let (at, owner) = diamond;
    stage.announce("the diamond gets functions", &[owner], &[(at, Planned::Call(selector(CUT)))])?;
    stage.pass(1)?;
    let selectors: Vec<Selector> = functions.iter().map(|signature| selector(signature)).collect();
    let cuts = vec![Tuple(args![facet, 0u64, selectors])];
    let (run, data) = init.map_or((Address::ZERO, Bytes::new()), |data| (facet, data));
    stage.call(owner, at, CUT, args![cuts, run, data]);
    stage.pass(1)
}

fn diamond(stage: &mut Stage<'_>) -> Result<Diamond> {
    let (owner, issuer) = (stage.actor("owner"), stage.actor("issuer"));
    let cutter = stage.deploy(owner, "CutFacet", args![])?;
    let at = stage.deploy(owner, "OpenDiamond", args![owner, cutter])?;
    stage.protect(at, "diamond");
    view_says(stage, "owner-stays", "access/initializer", at, "owner()", &[owner]);
    let deposits = stage.deploy(owner, "DepositFacet", args![])?;
    stage.pass(1)?;
    let functions = ["deposit(address,uint256)", "withdraw(address,uint256)", "owner()"];
    cut(stage, (at, owner), deposits, &functions, None)?;
    let mut tokens = Vec::new();
    for (name, decimals, whole) in [("USDT", 6, 240_000), ("LINK", 18, 9_000), ("WBTC", 8, 6)] {
        let each = stage.amount(units(whole, decimals));
        let mut holders = Vec::new();
        for name in CITIZENS {
            holders.push((stage.actor(name), each));
        }
        let token = issue(stage, issuer, name, decimals, &holders)?;
        for (holder, _) in holders {
            allow(stage, holder, token, at);
            let most = each * U256::from(9) / U256::from(10);
            stage.call(holder, at, "deposit(address,uint256)", args![token, most]);
        }
        let bob = stage.actor("bob");
        stage.call(bob, at, "withdraw(address,uint256)", args![token, each / U256::from(6)]);
        tokens.push(token);
        stage.pass(1)?;
    }
    let rewards = stage.deploy(owner, "RewardFacet", args![])?;
    stage.pass(1)?;
    let init = call_data("initRewards(address,uint256)", args![owner, 12u64]);
    cut(stage, (at, owner), rewards, &["initRewards(address,uint256)", "rewardRate()"], Some(init))?;
    stage.wait(7_200);
    stage.pass(2)?;
    Ok(Diamond { owner, at, tokens })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Diamond { at, tokens, .. } = diamond(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    strike_in_parts(stage, thief, "DiamondThief", tokens.clone(), |_, part| {
        ("run(address,address[],address)", args![at, part, payee])
    })?;
    for token in tokens {
        ensure!(held(stage, token, at)?.is_zero() && !held(stage, token, payee)?.is_zero(), "something is left");
    }
    Ok(())
}

/// The owner says it beforehand, cuts in a way out, and moves everything to the next house, which pays people.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Diamond { owner, at, tokens } = diamond(stage)?;
    let house = stage.deploy(owner, "DiamondHouse", args![])?;
    let facet = stage.deploy(owner, "MigrationFacet", args![])?;
    stage.pass(1)?;
    cut(stage, (at, owner), facet, &["migrate(address,address)"], None)?;
    let payout = |token: &Address| PlannedChange {
        contract: at,
        what: Planned::Payout { token: Some(*token), to: house, at_most: U256::MAX },
        data: None,
    };
    stage.announce_exactly("deposits move to the next house", &[owner], tokens.iter().map(payout).collect())?;
    stage.pass(1)?;
    for token in &tokens {
        stage.call(owner, at, "migrate(address,address)", args![*token, house]);
        stage.between_parts()?;
    }
    let alice = stage.actor("alice");
    for token in &tokens {
        let all = held(stage, *token, house)?;
        stage.call(owner, house, "pay(address,address,uint256)", args![*token, alice, all / U256::from(5)]);
        stage.mine()?;
        ensure!(held(stage, *token, at)?.is_zero() && !all.is_zero(), "nothing was moved");
    }
    Ok(())
}
