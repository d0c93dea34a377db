//! Names that people pay instead of addresses (ENS).

use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, B256, U256};

use super::says_one_of;
use crate::{
    Scenario, Stage, args, ether,
    scenarios::{
        cast::{CITIZENS, issue, newcomer},
        props::{allow, held, out_of_a_mixer, parts, strike_in_parts, units, whom},
    },
};

pub(super) const OPEN_RECLAIM: Scenario = Scenario {
    id: "identity/ens-hijack/open-reclaim",
    about: "whoever rents a name may put the registry right, whether it is he who asks is not checked, and a stranger points \
            other people's names at himself before they are paid",
    attack: reclaimed,
    twin: sold,
};

pub(super) const LAPSED_NAME: Scenario = Scenario {
    id: "identity/ens-hijack/lapsed-name",
    about: "names that a payroll still pays were not renewed; a stranger rents them the day that they are free, and the \
            payroll pays him",
    attack: lapsed,
    twin: renewed,
};

const KIND: &str = "identity/ens-hijack";
const NAMES: [&str; 6] = ["bakery", "dao-treasury", "school", "node-team", "museum", "radio"];
const YEAR_S: u64 = 365 * 86_400;
const GRACE_S: u64 = 90 * 86_400;

struct Name {
    owner: Address,
    label: B256,
    node: B256,
}

struct Names {
    resolver: Address,
    registrar: Address,
    payments: Address,
    dollar: Address,
    patron: Address,
    all: Vec<Name>,
}

/// The price of so many names for a year.
fn price(count: usize) -> U256 {
    ether(1) / U256::from(100) * U256::from(count)
}

/// The treasury that a name points at, and the one that its owner announced.
fn treasuries(stage: &mut Stage<'_>, name: &str) -> [Address; 2] {
    [stage.stranger(&format!("treasury of {name}")), stage.stranger(&format!("next treasury of {name}"))]
}

/// Names, owners who rented them for a year and pointed them at treasuries, and a patron who pays all of them.
fn names(stage: &mut Stage<'_>) -> Result<Names> {
    let (board, patron) = (stage.actor("board"), stage.actor("patron"));
    let registry = stage.deploy(board, "NameRegistry", args![])?;
    let resolver = stage.deploy(board, "NameResolver", args![registry])?;
    let eth = keccak256("eth");
    let base = keccak256([B256::ZERO.as_slice(), eth.as_slice()].concat());
    let registrar = stage.deploy(board, "NameRegistrar", args![registry, base, true])?;
    let payments = stage.deploy(board, "NamePayments", args![registry])?;
    stage.call(board, registry, "setSubnodeOwner(bytes32,bytes32,address)", args![B256::ZERO, eth, registrar]);
    for (contract, name) in
        [(registry, "registry"), (resolver, "resolver"), (registrar, "registrar"), (payments, "payments")]
    {
        stage.protect(contract, name);
    }
    let dollar = issue(stage, board, "USDC", 6, &[(patron, stage.amount(units(4_000_000, 6)))])?;
    allow(stage, patron, dollar, payments);
    stage.pass(1)?;
    let mut all = Vec::new();
    for name in NAMES {
        let owner = stage.actor(&format!("owner of {name}"));
        let label = keccak256(name);
        let node = keccak256([base.as_slice(), label.as_slice()].concat());
        stage.pay(owner, registrar, price(1), "register(bytes32,address,uint256)", args![label, owner, 1u64]);
        stage.call(owner, registry, "setResolver(bytes32,address)", args![node, resolver]);
        let known = treasuries(stage, name);
        stage.call(owner, resolver, "setAddr(bytes32,address)", args![node, known[0]]);
        let id = format!("where-{name}-points");
        says_one_of(stage, (&id, KIND), resolver, ("addr(bytes32)", args![node]), &known);
        stage.pass(1)?;
        all.push(Name { owner, label, node });
    }
    let names = Names { resolver, registrar, payments, dollar, patron, all };
    pay(stage, &names)?;
    Ok(names)
}

/// People pay coins to names, and the patron its grants to all of them; says how many coins and dollars that was.
fn pay(stage: &mut Stage<'_>, of: &Names) -> Result<(U256, U256)> {
    let mut coins = U256::ZERO;
    for (number, (name, at)) in CITIZENS.into_iter().zip(&of.all).enumerate() {
        let person = stage.actor(name);
        let some = stage.amount(ether(2 + number as u64));
        stage.pay(person, of.payments, some, "pay(bytes32)", args![at.node]);
        coins += some;
    }
    let nodes: Vec<B256> = of.all.iter().map(|name| name.node).collect();
    let grants: Vec<U256> = (1..=nodes.len() as u64).map(|n| stage.amount(units(21_000 * n, 6))).collect();
    let dollars = grants.iter().sum();
    stage.call(of.patron, of.payments, "payroll(address,bytes32[],uint256[])", args![of.dollar, nodes, grants]);
    stage.pass(1)?;
    Ok((coins, dollars))
}

/// What is paid next goes to the thief's account, but for what the names in `others` get of it.
fn paid(stage: &mut Stage<'_>, of: &Names, payee: Address, others: &[&str]) -> Result<()> {
    let had = stage.balance(payee)?;
    let mut missed = Vec::new();
    for name in others {
        missed.push(stage.stranger(&format!("treasury of {name}")));
    }
    let mut before = U256::ZERO;
    for treasury in &missed {
        before += held(stage, of.dollar, *treasury)?;
    }
    let (coins, dollars) = stage.attack(|stage| pay(stage, of))?;
    let (has, loot) = (stage.balance(payee)?, held(stage, of.dollar, payee)?);
    let mut after = U256::ZERO;
    for treasury in &missed {
        after += held(stage, of.dollar, *treasury)?;
    }
    ensure!(loot + (after - before) == dollars, "{loot} of {dollars} dollars arrived");
    ensure!(has > had && (!others.is_empty() || has == had + coins), "{has} after {had}");
    Ok(())
}

fn reclaimed(stage: &mut Stage<'_>) -> Result<()> {
    let of = names(stage)?;
    stage.wait(30 * 86_400);
    stage.pass(2)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let labels: Vec<B256> = of.all.iter().map(|name| name.label).collect();
    strike_in_parts(stage, thief, "NameThief", labels, |_, part| {
        ("take(address,address,bytes32[],address)", args![of.registrar, of.resolver, part, payee])
    })?;
    stage.pass(2)?;
    paid(stage, &of, payee, &[])
}

/// Two owners point their names at new treasuries, and one sells his: the buyer puts the registry right and points it at
/// a treasury of its own.
fn sold(stage: &mut Stage<'_>) -> Result<()> {
    let of = names(stage)?;
    stage.wait(30 * 86_400);
    stage.pass(2)?;
    let point = "setAddr(bytes32,address)";
    for (name, at) in NAMES.iter().zip(&of.all).take(2) {
        let [_, next] = treasuries(stage, name);
        stage.call(at.owner, of.resolver, point, args![at.node, next]);
        stage.between_parts()?;
    }
    let (at, buyer) = (&of.all[4], stage.actor("other museum"));
    let [_, next] = treasuries(stage, NAMES[4]);
    stage.transfer(buyer, at.owner, stage.amount(ether(25)));
    stage.call(at.owner, of.registrar, "transfer(bytes32,address)", args![at.label, buyer]);
    stage.pass(1)?;
    stage.call(buyer, of.registrar, "reclaim(bytes32,address)", args![at.label, buyer]);
    stage.call(buyer, of.resolver, point, args![at.node, next]);
    stage.pass(2)?;
    pay(stage, &of)?;
    let got = held(stage, of.dollar, next)?;
    ensure!(got == stage.amount(units(105_000, 6)), "the buyer got {got}");
    Ok(())
}

const RENEW: &str = "renew(bytes32,uint256)";

/// These owners renew their names.
fn renew<'a>(stage: &mut Stage<'_>, of: &Names, names: impl Iterator<Item = &'a Name>) -> Result<()> {
    for name in names {
        stage.pay(name.owner, of.registrar, price(1), RENEW, args![name.label, 1u64]);
        stage.pass(1)?;
    }
    Ok(())
}

fn lapsed(stage: &mut Stage<'_>) -> Result<()> {
    let of = names(stage)?;
    stage.wait(YEAR_S - 10 * 86_400);
    stage.pass(1)?;
    // Three owners renew in time; three forgot.
    renew(stage, &of, of.all.iter().skip(3))?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    stage.wait(GRACE_S + 11 * 86_400);
    stage.pass(1)?;
    let forgotten: Vec<B256> = of.all.iter().take(3).map(|name| name.label).collect();
    let rent = "rent(address,address,bytes32[],address)";
    let mut at = None;
    for part in parts(stage, forgotten) {
        let (value, args) = (price(part.len()), args![of.registrar, of.resolver, part, payee]);
        match at {
            None => at = Some(stage.deploy_and_strike(thief, "NameThief", value, rent, args)?),
            Some(at) => stage.attack(|stage| stage.strike(thief, at, value, rent, args).map(|_| ()))?,
        }
        stage.between_parts()?;
    }
    stage.pass(2)?;
    paid(stage, &of, payee, &NAMES[3..])
}

/// All owners renew, three of them on the last days of grace; one forgot after all, and rents his own name again, from
/// another account and for another treasury.
fn renewed(stage: &mut Stage<'_>) -> Result<()> {
    let of = names(stage)?;
    stage.wait(YEAR_S - 10 * 86_400);
    stage.pass(1)?;
    renew(stage, &of, of.all.iter().skip(3))?;
    stage.wait(GRACE_S + 8 * 86_400);
    stage.pass(1)?;
    renew(stage, &of, of.all.iter().take(2))?;
    stage.wait(3 * 86_400);
    stage.pass(1)?;
    let (at, again) = (&of.all[2], stage.actor("other account of the school"));
    let [_, next] = treasuries(stage, NAMES[2]);
    stage.pay(again, of.registrar, price(1), "register(bytes32,address,uint256)", args![at.label, again, 1u64]);
    stage.mine()?;
    let registry = whom(stage, of.registrar, "registry()", args![])?;
    stage.call(again, registry, "setResolver(bytes32,address)", args![at.node, of.resolver]);
    stage.call(again, of.resolver, "setAddr(bytes32,address)", args![at.node, next]);
    stage.pass(2)?;
    pay(stage, &of)?;
    let got = held(stage, of.dollar, next)?;
    ensure!(got == stage.amount(units(63_000, 6)), "the school got {got}");
    Ok(())
}
