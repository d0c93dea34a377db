//! Gifts and dues: airdrops that are claimed or pushed, subscriptions, old tokens for new ones, vesting.

use alloy_primitives::keccak256;
use anyhow::Result;
use facts::{Address, B256, U256};

use super::{
    super::{
        Kind,
        city::City,
        places::{REWARD, USDC, VOTES},
    },
    money,
};
use crate::{EXCHANGE, args, encode};

/// Accounts of one airdrop: a power of two, so that its tree is full.
const GIVEN: usize = 64;

/// What there is of it.
#[derive(Debug, Default)]
pub(in super::super) struct Places {
    drops: Vec<Drop>,
    subscriptions: Address,
    merchant: usize,
    /// Customers, and when they may be charged again.
    customers: Vec<(Address, u64)>,
    converter: Address,
    vesting: Vec<(Address, usize)>,
}

/// An airdrop that is being claimed.
#[derive(Debug)]
struct Drop {
    at: Address,
    leaves: Vec<(Address, U256)>,
    next: usize,
}

pub(in super::super) const KINDS: &[Kind] = &[
    Kind { name: "airdrop prepared", weight: 6, act: drop },
    Kind { name: "airdrop claimed", weight: 180, act: claim },
    Kind { name: "airdrop pushed to many", weight: 40, act: push },
    Kind { name: "subscription begun or ended", weight: 40, act: subscribe },
    Kind { name: "subscriptions charged", weight: 30, act: charge },
    Kind { name: "old token for new one", weight: 50, act: convert },
    Kind { name: "vesting begun", weight: 20, act: vest },
    Kind { name: "vesting released", weight: 35, act: release },
];

/// A merchant, and a token that has a successor.
pub(in super::super) fn found(city: &mut City<'_>) -> Result<()> {
    let merchant = city.newcomer();
    let (merchant_at, issuer) = (city.at(merchant), money::issuer(city));
    let (dollar, next) = (city.places.coin(USDC), city.places.coin(REWARD));
    let subscriptions = city.deploy(merchant_at, "TownSubscriptions", args![dollar])?;
    let old = city.deploy(issuer, "PermitToken", args!["OLD", 18u64])?;
    let converter = city.deploy(issuer, "TownConverter", args![old, next])?;
    let all = city.dollars(REWARD, 50_000_000);
    city.call(issuer, old, "mint(address,uint256)", args![EXCHANGE, all]);
    city.call(issuer, next, "mint(address,uint256)", args![converter, all]);
    city.places.giving = Places { subscriptions, merchant, converter, ..Places::default() };
    city.mine()
}

fn leaf(index: usize, (account, amount): (Address, U256)) -> B256 {
    keccak256(keccak256(encode(args![index as u64, account, amount])))
}

/// The hash of two nodes, the smaller one first, as OpenZeppelin's `MerkleProof` wants it.
fn node(a: B256, b: B256) -> B256 {
    if a < b { keccak256([a, b].concat()) } else { keccak256([b, a].concat()) }
}

/// The levels of a tree, leaves first, root last.
fn tree(leaves: &[(Address, U256)]) -> Vec<Vec<B256>> {
    let mut levels = vec![leaves.iter().enumerate().map(|(index, given)| leaf(index, *given)).collect::<Vec<_>>()];
    while let Some(last) = levels.last()
        && last.len() > 1
    {
        let above = last
            .chunks(2)
            .map(|two| node(two.first().copied().unwrap_or_default(), two.last().copied().unwrap_or_default()));
        let above = above.collect();
        levels.push(above);
    }
    levels
}

fn drop(city: &mut City<'_>) -> Result<()> {
    let issuer = money::issuer(city);
    let token = city.places.coin(VOTES);
    let mut leaves = Vec::new();
    for _ in 0..GIVEN {
        let dollars = city.chance.heavy(50, 20_000);
        leaves.push((city.someone().1, city.dollars(VOTES, dollars)));
    }
    let root = tree(&leaves).last().and_then(|level| level.first()).copied().unwrap_or_default();
    let total: U256 = leaves.iter().map(|(_, amount)| *amount).sum();
    let at = city.deploy(issuer, "TownAirdrop", args![token, root])?;
    city.call(EXCHANGE, token, "transfer(address,uint256)", args![at, total]);
    city.later(1, move |city| {
        city.places.giving.drops.push(Drop { at, leaves, next: 0 });
        Ok(())
    });
    Ok(())
}

fn claim(city: &mut City<'_>) -> Result<()> {
    let Some(open) = city.places.giving.drops.first_mut() else { return Ok(()) };
    let (at, index) = (open.at, open.next);
    let Some(given) = open.leaves.get(index).copied() else {
        city.places.giving.drops.remove(0);
        let issuer = money::issuer(city);
        city.call(issuer, at, "close()", args![]);
        return Ok(());
    };
    open.next += 1;
    let mut levels = tree(&open.leaves);
    levels.pop();
    let (mut proof, mut place) = (Vec::new(), index);
    for level in levels {
        proof.push(level.get(place ^ 1).copied().unwrap_or_default());
        place /= 2;
    }
    // Some claim by themselves, for some a relayer does.
    let by = if city.chance.percent(85) { given.0 } else { city.someone().1 };
    let claimed = args![index as u64, given.0, given.1, proof];
    city.call(by, at, "claim(uint256,address,uint256,bytes32[])", claimed);
    Ok(())
}

fn push(city: &mut City<'_>) -> Result<()> {
    let issuer = money::issuer(city);
    let (disperser, token) = (city.places.money.disperser, city.places.coin(REWARD));
    let mut to = Vec::new();
    for _ in 0..city.chance.between(50, 200) {
        to.push(city.stranger());
    }
    let each = city.dollars(REWARD, 5);
    let amounts = vec![each; to.len()];
    let total = each * U256::from(to.len());
    city.ready(issuer, REWARD, disperser, total)?;
    city.call(issuer, disperser, "disperseToken(address,address[],uint256[])", args![token, to, amounts]);
    Ok(())
}

fn subscribe(city: &mut City<'_>) -> Result<()> {
    let at = city.places.giving.subscriptions;
    if city.chance.percent(20) {
        let index = city.chance.index(city.places.giving.customers.len());
        if index < city.places.giving.customers.len() {
            let (who, _) = city.places.giving.customers.swap_remove(index);
            city.call(who, at, "cancel()", args![]);
        }
        return Ok(());
    }
    let (_, who) = city.someone();
    if city.places.giving.customers.iter().any(|(customer, _)| *customer == who) {
        return Ok(());
    }
    let dollars = city.chance.between(5, 300);
    let amount = city.dollars(USDC, dollars);
    let token = city.places.coin(USDC);
    city.hold(who, USDC, amount * U256::from(20))?;
    city.allow(who, token, at, amount * U256::from(12));
    city.call(who, at, "subscribe(uint256,uint256)", args![amount, U256::from(3600)]);
    let due = city.time() + 12;
    city.places.giving.customers.push((who, due));
    Ok(())
}

/// The merchant draws what is due of a few customers who can pay.
fn charge(city: &mut City<'_>) -> Result<()> {
    let (at, token, now) = (city.places.giving.subscriptions, city.places.coin(USDC), city.time());
    let merchant = city.at(city.places.giving.merchant);
    let mut due = Vec::new();
    let most = usize::try_from(city.chance.between(1, 8))?;
    for index in 0..city.places.giving.customers.len() {
        let Some((who, from)) = city.places.giving.customers.get(index).copied() else { break };
        if from > now || due.len() >= most {
            continue;
        }
        let price = city.read(at, "agreements(address)", args![who])?;
        let held = city.read(token, "balanceOf(address)", args![who])?;
        let allowed = city.read(token, "allowance(address,address)", args![who, at])?;
        if let Some(customer) = city.places.giving.customers.get_mut(index) {
            customer.1 = now + 3600;
        }
        if !price.is_zero() && held >= price && allowed >= price {
            due.push(who);
        }
    }
    if !due.is_empty() {
        city.call(merchant, at, "charge(address[])", args![due]);
    }
    Ok(())
}

fn convert(city: &mut City<'_>) -> Result<()> {
    let (_, who) = city.someone();
    let converter = city.places.giving.converter;
    let old = Address::from_word(city.read(converter, "old()", args![])?.into());
    let dollars = city.chance.heavy(20, 20_000);
    let amount = city.dollars(REWARD, dollars);
    if city.read(old, "balanceOf(address)", args![who])? < amount {
        city.named("exchange pays out tokens", |city| {
            city.call(EXCHANGE, old, "transfer(address,uint256)", args![who, amount]);
        });
    }
    city.allow(who, old, converter, amount);
    city.call(who, converter, "convert(uint256)", args![amount]);
    Ok(())
}

fn vest(city: &mut City<'_>) -> Result<()> {
    let issuer = money::issuer(city);
    let (id, who) = city.someone();
    let start = city.time();
    let dollars = city.chance.heavy(10_000, 2_000_000);
    let (amount, token) = (city.dollars(VOTES, dollars), city.places.coin(VOTES));
    let mut all = args![who];
    let seconds = city.chance.between(86_400, 40 * 86_400);
    all.extend([start, seconds].map(|value| alloy_dyn_abi::DynSolValue::Uint(U256::from(value), 64)));
    let at = city.deploy(issuer, "TownVesting", all)?;
    city.call(EXCHANGE, token, "transfer(address,uint256)", args![at, amount]);
    city.later(2, move |city| {
        city.places.giving.vesting.push((at, id));
        Ok(())
    });
    Ok(())
}

fn release(city: &mut City<'_>) -> Result<()> {
    let Some((at, id)) = city.chance.pick(&city.places.giving.vesting) else { return Ok(()) };
    let (who, token) = (city.at(id), city.places.coin(VOTES));
    city.call(who, at, "release(address)", args![token]);
    Ok(())
}
