//! Shares of a pot and of rewards: deposits, harvests, migrations, stakes.

use anyhow::Result;
use facts::Address;

use super::{
    super::{
        Kind,
        city::City,
        places::{REWARD, USDC, VOTES},
    },
    money,
};
use crate::{EXCHANGE, args};

/// What there is of it.
#[derive(Debug, Default)]
pub(in super::super) struct Places {
    vault: Address,
    owner: usize,
    holders: Vec<Address>,
    /// Vaults that were left, with those who still have to follow.
    left: Vec<(Address, Vec<Address>)>,
    moving: bool,
    staking: Address,
    stakers: Vec<Address>,
}

impl Places {
    pub(in super::super) fn protected(&self) -> Vec<(Address, String)> {
        vec![(self.vault, "yield vault".to_owned()), (self.staking, "staking".to_owned())]
    }
}

pub(in super::super) const KINDS: &[Kind] = &[
    Kind { name: "vault: deposit", weight: 160, act: deposit },
    Kind { name: "vault: redeem", weight: 110, act: redeem },
    Kind { name: "vault: harvest", weight: 50, act: harvest },
    Kind { name: "migration of a vault by its owner", weight: 4, act: migrate },
    Kind { name: "holders follow a migration", weight: 60, act: follow },
    Kind { name: "staking: stake", weight: 110, act: stake },
    Kind { name: "staking: rewards claimed", weight: 110, act: claim },
    Kind { name: "staking: withdraw or exit", weight: 80, act: exit },
    Kind { name: "staking: rewards added", weight: 15, act: reward },
];

/// A vault of dollars that lends, and staking of votes.
pub(in super::super) fn found(city: &mut City<'_>) -> Result<()> {
    let owner = city.newcomer();
    let at = city.at(owner);
    let vault = new_vault(city, at)?;
    let (votes, rewards) = (city.places.coin(VOTES), city.places.coin(REWARD));
    let staking = city.deploy(at, "TownStaking", args![votes, rewards])?;
    city.places.vaults = Places { vault, owner, staking, ..Places::default() };
    city.mine()?;
    reward(city)?;
    city.mine()
}

fn new_vault(city: &mut City<'_>, owner: Address) -> Result<Address> {
    let vault = city.deploy(owner, "TownVault", args![city.places.coin(USDC)])?;
    let market = city.places.lending.market;
    city.call(owner, vault, "setMarket(address)", args![market]);
    Ok(vault)
}

fn deposit(city: &mut City<'_>) -> Result<()> {
    if city.places.vaults.moving {
        return Ok(());
    }
    let (_, who) = city.someone();
    let (vault, dollars) = (city.places.vaults.vault, city.chance.heavy(50, 2_000_000));
    let amount = city.dollars(USDC, dollars);
    city.ready(who, USDC, vault, amount)?;
    city.call(who, vault, "deposit(uint256,address)", args![amount, who]);
    city.places.vaults.holders.push(who);
    Ok(())
}

fn redeem(city: &mut City<'_>) -> Result<()> {
    if city.places.vaults.moving {
        return Ok(());
    }
    let index = city.chance.index(city.places.vaults.holders.len());
    let Some(who) = city.places.vaults.holders.get(index).copied() else { return Ok(()) };
    let vault = city.places.vaults.vault;
    let held = city.read(vault, "balanceOf(address)", args![who])?;
    let all = city.chance.percent(60);
    if all || held.is_zero() {
        city.places.vaults.holders.swap_remove(index);
    }
    if held.is_zero() {
        return Ok(());
    }
    let shares = if all { held } else { city.chance.part(held, 50, 900) };
    city.call(who, vault, "redeem(uint256,address,address)", args![shares, who, who]);
    Ok(())
}

fn harvest(city: &mut City<'_>) -> Result<()> {
    let (_, keeper) = city.someone();
    let vault = city.places.vaults.vault;
    if !city.places.vaults.moving {
        city.call(keeper, vault, "harvest()", args![]);
    }
    Ok(())
}

/// The owner announces a new vault, and some hours later carries everything over.
fn migrate(city: &mut City<'_>) -> Result<()> {
    if city.places.vaults.moving || city.places.vaults.holders.len() < 5 {
        return Ok(());
    }
    let (owner, old) = (city.at(city.places.vaults.owner), city.places.vaults.vault);
    let next = new_vault(city, owner)?;
    let moves_at = city.time() + 3600;
    city.call(owner, old, "announce(address,uint256)", args![next, moves_at]);
    city.places.vaults.moving = true;
    city.later(10, move |city| carry_over(city, owner, old, next, moves_at));
    Ok(())
}

fn carry_over(city: &mut City<'_>, owner: Address, old: Address, next: Address, moves_at: u64) -> Result<()> {
    if city.time() < moves_at {
        city.later(5, move |city| carry_over(city, owner, old, next, moves_at));
        return Ok(());
    }
    city.call(owner, old, "migrate()", args![]);
    city.later(1, move |city| {
        let mut holders = std::mem::take(&mut city.places.vaults.holders);
        holders.sort_unstable();
        holders.dedup();
        city.places.vaults.left.push((old, holders));
        (city.places.vaults.vault, city.places.vaults.moving) = (next, false);
        Ok(())
    });
    Ok(())
}

fn follow(city: &mut City<'_>) -> Result<()> {
    let Some((old, who)) = city.places.vaults.left.last_mut().map(|(old, holders)| (*old, holders.pop())) else {
        return Ok(());
    };
    let Some(who) = who else {
        city.places.vaults.left.pop();
        return Ok(());
    };
    if !city.read(old, "balanceOf(address)", args![who])?.is_zero() {
        city.call(who, old, "follow()", args![]);
        city.places.vaults.holders.push(who);
    }
    Ok(())
}

fn stake(city: &mut City<'_>) -> Result<()> {
    let (_, who) = city.someone();
    let (staking, dollars) = (city.places.vaults.staking, city.chance.heavy(50, 500_000));
    let amount = city.dollars(VOTES, dollars);
    city.ready(who, VOTES, staking, amount)?;
    city.call(who, staking, "stake(uint256)", args![amount]);
    city.places.vaults.stakers.push(who);
    Ok(())
}

fn claim(city: &mut City<'_>) -> Result<()> {
    let Some(who) = city.chance.pick(&city.places.vaults.stakers) else { return Ok(()) };
    let staking = city.places.vaults.staking;
    city.call(who, staking, "getReward()", args![]);
    Ok(())
}

fn exit(city: &mut City<'_>) -> Result<()> {
    let index = city.chance.index(city.places.vaults.stakers.len());
    let Some(who) = city.places.vaults.stakers.get(index).copied() else { return Ok(()) };
    let staking = city.places.vaults.staking;
    let held = city.read(staking, "balanceOf(address)", args![who])?;
    if held.is_zero() {
        city.places.vaults.stakers.swap_remove(index);
        return Ok(());
    }
    if city.chance.percent(50) {
        city.places.vaults.stakers.swap_remove(index);
        city.call(who, staking, "exit()", args![]);
        return Ok(());
    }
    let amount = city.chance.part(held, 100, 900);
    city.call(who, staking, "withdraw(uint256)", args![amount]);
    Ok(())
}

fn reward(city: &mut City<'_>) -> Result<()> {
    let (owner, staking, token) =
        (city.at(city.places.vaults.owner), city.places.vaults.staking, city.places.coin(REWARD));
    let dollars = city.chance.heavy(5_000, 100_000);
    let amount = city.dollars(REWARD, dollars);
    let issuer = money::issuer(city);
    if city.chance.percent(50) {
        city.call(issuer, token, "mint(address,uint256)", args![staking, amount]);
    } else {
        city.call(EXCHANGE, token, "transfer(address,uint256)", args![staking, amount]);
    }
    city.call(owner, staking, "notifyRewardAmount(uint256)", args![amount]);
    Ok(())
}
