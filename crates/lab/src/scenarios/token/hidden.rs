//! Tokens that obey somebody whom nobody knows of.

use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, B256, U256};

use crate::{
    Scenario, Stage, WETH, args, encode, ether,
    scenarios::{
        cast::{CITIZENS, accomplice, assault, issue, newcomer, paired, rich, wrap},
        declare::Invariant,
        props::{allow, held, parts, units},
    },
};

pub(super) const HIDDEN_MINT: Scenario = Scenario {
    id: "token/hidden-backdoor/hidden-mint",
    about: "an airdrop's claim knows one proof that gives any amount, without an event and without the total, and it is sold",
    attack: hidden,
    twin: hidden_twin,
};

pub(super) const FRIENDLY_TOKEN: Scenario = Scenario {
    id: "token/hidden-backdoor/friendly-token",
    about: "one account may grant itself everybody's allowance, and takes what holders and the pool have",
    attack: friendly,
    twin: friendly_twin,
};

const CLAIM: &str = "run(address,uint256,bytes32[],address,uint256,address)";

struct Moon {
    token: Address,
    pool: Address,
    /// Of the contract that is in the list, with what it may claim.
    proof: Vec<B256>,
    amount: U256,
}

/// A token with an airdrop for four people, and for a contract of the team's, which is at this address.
fn moon(stage: &mut Stage<'_>, team: Address) -> Result<Moon> {
    let (dev, maker) = (stage.actor("dev"), rich(stage, "maker", 100_000));
    let people: Vec<Address> = CITIZENS[..3].iter().map(|name| stage.actor(name)).collect();
    let each = stage.amount(units(20_000_000, 9));
    let amount = stage.amount(units(300_000_000, 9));
    let leaf = |who: Address, amount: U256| keccak256(encode(args![who, amount]));
    let both = |a: B256, b: B256| keccak256([a.min(b).as_slice(), a.max(b).as_slice()].concat());
    let leaves = [leaf(people[0], each), leaf(people[1], each), leaf(people[2], each), leaf(team, amount)];
    let halves = [both(leaves[0], leaves[1]), both(leaves[2], leaves[3])];
    let token = stage.deploy(dev, "MoonToken", args![both(halves[0], halves[1]), dev])?;
    let supply = stage.amount(units(1_000_000_000, 9));
    for holder in [dev, maker] {
        stage.call(dev, token, "mint(address,uint256)", args![holder, supply]);
    }
    let coins = stage.amount(ether(400));
    wrap(stage, maker, coins);
    stage.mine()?;
    let pool = paired(stage, maker, (token, supply), (WETH, coins))?;
    stage.protect(pool, "pool");
    // The pool's makers know how much may come out of the airdrop at most.
    let broken = format!(
        "flow.to == address(\"{pool:#x}\") && flow.token == address(\"{token:#x}\") && flow.amount > amount(\"{supply}\")"
    );
    let (id, kind) = ("moon-sold", "token/hidden-backdoor");
    Invariant { id, kind, on: "flow", broken, about: pool, asks: None }.declare(stage);
    stage.pass(1)?;
    for (number, person) in people.iter().enumerate() {
        let proof = [vec![leaves[1], halves[1]], vec![leaves[0], halves[1]], vec![leaves[3], halves[0]]];
        stage.call(*person, token, "claim(uint256,bytes32[])", args![each, proof[number].clone()]);
        allow(stage, *person, token, pool);
        stage.pass(1)?;
    }
    let sell = "sell(address,uint256,address)";
    stage.call(people[0], pool, sell, args![token, each / U256::from(2), people[0]]);
    stage.pass(1)?;
    for name in ["dave", "erin"] {
        let buyer = stage.actor(name);
        let spend = stage.amount(ether(15));
        wrap(stage, buyer, spend);
        allow(stage, buyer, WETH, pool);
        stage.call(buyer, pool, sell, args![WETH, spend, buyer]);
        stage.pass(1)?;
    }
    Ok(Moon { token, pool, proof: vec![leaves[2], halves[0]], amount })
}

fn hidden(stage: &mut Stage<'_>) -> Result<()> {
    let Moon { token, pool, .. } = moon(stage, Address::repeat_byte(0x7e))?;
    let dev = stage.actor("dev");
    let insider = accomplice(stage, dev, "insider", 5)?;
    let payee = stage.payee(insider);
    let before = held(stage, WETH, pool)?;
    let sold = stage.amount(units(60_000_000_000, 9));
    let secret = keccak256("they will never look here");
    assault(stage, insider, "ClaimAndSell", |parts| {
        let amount = sold / U256::from(parts);
        (U256::ZERO, CLAIM, args![token, amount, vec![secret], pool, amount, payee])
    })?;
    let left = held(stage, WETH, pool)?;
    ensure!(left < before / U256::from(10), "{left} of {before} are left");
    Ok(())
}

fn hidden_twin(stage: &mut Stage<'_>) -> Result<()> {
    // The team's contract is the first thing that it deploys.
    let team = stage.actor("team");
    let contract = stage.deploy(team, "ClaimAndSell", args![])?;
    let Moon { token, pool, proof, amount } = moon(stage, contract)?;
    let before = held(stage, WETH, pool)?;
    stage.call(team, contract, CLAIM, args![token, amount, proof, pool, amount / U256::from(2), team]);
    stage.mine()?;
    let (left, kept) = (held(stage, WETH, pool)?, held(stage, token, team)?);
    ensure!(left < before && kept == amount - amount / U256::from(2), "{left} are left, {kept} were kept");
    Ok(())
}

/// A token and its pool; `router` is the account that it obeys.
fn friend(stage: &mut Stage<'_>, router: Address) -> Result<(Address, Address)> {
    let (dev, supply) = (stage.actor("dev"), stage.amount(units(10_000_000, 18)));
    let token = stage.deploy(dev, "FriendlyToken", args![router])?;
    stage.call(dev, token, "mint(address,uint256)", args![dev, supply]);
    let coins = stage.amount(ether(250));
    wrap(stage, dev, coins);
    stage.mine()?;
    let pool = paired(stage, dev, (token, supply), (WETH, coins))?;
    stage.protect(pool, "pool");
    stage.protect(token, "FRIEND");
    let broken = format!(
        "flow.from == address(\"{pool:#x}\") && flow.token == address(\"{token:#x}\") \
         && !tx.calls.exists(c, c.to == address(\"{pool:#x}\"))"
    );
    let (id, kind) = ("pool-asked", "token/hidden-backdoor");
    Invariant { id, kind, on: "flow", broken, about: pool, asks: None }.declare(stage);
    stage.pass(1)?;
    for name in CITIZENS {
        let buyer = stage.actor(name);
        let spend = stage.amount(ether(20));
        wrap(stage, buyer, spend);
        allow(stage, buyer, WETH, pool);
        stage.call(buyer, pool, "sell(address,uint256,address)", args![WETH, spend, buyer]);
        stage.pass(1)?;
    }
    stage.pass(1)?;
    Ok((token, pool))
}

fn friendly(stage: &mut Stage<'_>) -> Result<()> {
    let insider = newcomer(stage, "insider")?;
    let (token, pool) = friend(stage, insider)?;
    let payee = stage.payee(insider);
    let before = held(stage, WETH, pool)?;
    let mut victims = vec![pool];
    for name in CITIZENS {
        victims.push(stage.actor(name));
    }
    let pull = "transferFrom(address,address,uint256)";
    for part in parts(stage, victims) {
        for victim in part {
            let amount = held(stage, token, victim)? - U256::ONE;
            stage.attack(|stage| {
                let args = args![victim, insider, U256::MAX];
                stage.call(insider, token, "increaseAllowance(address,address,uint256)", args);
                stage.call(insider, token, pull, args![victim, insider, amount]);
                stage.mine()
            })?;
        }
        stage.between_parts()?;
    }
    let loot = held(stage, token, insider)?;
    stage.attack(|stage| {
        stage.call(insider, pool, "sync()", args![]);
        allow(stage, insider, token, pool);
        let args = args![token, loot / U256::from(2), payee];
        stage.call(insider, pool, "sell(address,uint256,address)", args);
        stage.mine()
    })?;
    let left = held(stage, WETH, pool)?;
    ensure!(left < before / U256::from(10), "{left} of {before} are left");
    Ok(())
}

fn friendly_twin(stage: &mut Stage<'_>) -> Result<()> {
    let nobody = Address::repeat_byte(0x0b);
    let (token, _) = friend(stage, nobody)?;
    // Holders go over to a new token: each allows it, and the makers carry all of it over at once.
    let dev = stage.actor("dev");
    let supply = stage.amount(units(10_000_000, 18));
    let new = issue(stage, dev, "FRIEND2", 18, &[])?;
    let migrator = stage.deploy(dev, "Migrator", args![token, new])?;
    stage.call(dev, new, "mint(address,uint256)", args![migrator, supply]);
    stage.pass(1)?;
    let mut holders = Vec::new();
    for name in CITIZENS {
        let holder = stage.actor(name);
        holders.push(holder);
        allow(stage, holder, token, migrator);
    }
    stage.pass(2)?;
    let first = held(stage, token, holders[0])?;
    stage.call(dev, migrator, "migrate(address[])", args![holders.clone()]);
    stage.mine()?;
    let (old, new) = (held(stage, token, holders[0])?, held(stage, new, holders[0])?);
    ensure!(old.is_zero() && new == first, "{old} are left, {new} came for {first}");
    Ok(())
}
