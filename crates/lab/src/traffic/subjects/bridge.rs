//! A bridge: what leaves is locked or burned, what arrives is released or minted on the word of validators.

use alloy_primitives::keccak256;
use anyhow::Result;
use facts::{Address, B256, Bytes, U256};

use super::super::{
    Kind,
    city::City,
    places::{DAI, USDC, WRAPPED},
};
use crate::{args, encode};

/// What there is of it.
#[derive(Debug, Default)]
pub(in super::super) struct Places {
    bridge: Address,
    guest: Address,
    admin: usize,
    validators: Vec<usize>,
    /// Messages that the other side has sent.
    messages: u64,
    guests: Vec<Address>,
}

impl Places {
    pub(in super::super) fn protected(&self) -> Vec<(Address, String)> {
        vec![(self.bridge, "bridge".to_owned()), (self.guest, "bridged token".to_owned())]
    }
}

pub(in super::super) const KINDS: &[Kind] = &[
    Kind { name: "bridge: locked for the other side", weight: 120, act: lock },
    Kind { name: "bridge: released by validators", weight: 80, act: release },
    Kind { name: "bridge: minted by validators", weight: 90, act: mint },
    Kind { name: "bridge: burned for the other side", weight: 60, act: burn },
    Kind { name: "bridge: a validator is replaced by the admin", weight: 25, act: replace },
];

/// A bridge with five validators, three of whom suffice.
pub(in super::super) fn found(city: &mut City<'_>) -> Result<()> {
    let admin = city.newcomer();
    let validators: Vec<usize> = (0..5).map(|_| city.newcomer()).collect();
    let accounts: Vec<Address> = validators.iter().map(|id| city.at(*id)).collect();
    let at = city.at(admin);
    let bridge = city.deploy(at, "TownBridge", args![accounts, 3u64])?;
    city.mine()?;
    let guest = Address::from_word(city.read(bridge, "guest()", args![])?.into());
    city.places.bridge = Places { bridge, guest, admin, validators, ..Places::default() };
    Ok(())
}

fn lock(city: &mut City<'_>) -> Result<()> {
    let ((_, who), bridge) = (city.someone(), city.places.bridge.bridge);
    let coin = city.chance.pick(&[USDC, DAI, WRAPPED]).unwrap_or(USDC);
    let dollars = city.chance.heavy(50, 3_000_000);
    let (amount, token) = (city.dollars(coin, dollars), city.places.coin(coin));
    city.ready(who, coin, bridge, amount)?;
    city.call(who, bridge, "lock(address,uint256,address)", args![token, amount, who]);
    Ok(())
}

/// Three validators sign what happened on the other side.
fn signed(city: &mut City<'_>, said: &[u8]) -> Result<Vec<Bytes>> {
    let digest: B256 = keccak256(said);
    let first = city.chance.index(city.places.bridge.validators.len());
    let mut signers: Vec<usize> = city.places.bridge.validators.iter().cycle().skip(first).take(3).copied().collect();
    signers.sort_by_key(|id| city.at(*id));
    signers.into_iter().map(|id| city.sign(id, digest)).collect()
}

fn message(city: &mut City<'_>) -> B256 {
    city.places.bridge.messages += 1;
    keccak256(city.places.bridge.messages.to_be_bytes())
}

fn release(city: &mut City<'_>) -> Result<()> {
    let ((_, who), bridge) = (city.someone(), city.places.bridge.bridge);
    let coin = city.chance.pick(&[USDC, DAI, WRAPPED]).unwrap_or(USDC);
    let (held, token) = (city.holds(bridge, coin)?, city.places.coin(coin));
    let dollars = city.chance.heavy(50, 2_000_000);
    let amount = city.dollars(coin, dollars).min(held / U256::from(4));
    if amount.is_zero() {
        return Ok(());
    }
    let id = message(city);
    let signatures = signed(city, &encode(args!["release", bridge, token, who, amount, id]))?;
    // A relayer brings it, or whoever waits for it.
    let by = if city.chance.percent(70) { city.at(city.places.bridge.admin) } else { who };
    let signature = "release(address,address,uint256,bytes32,bytes[])";
    city.call(by, bridge, signature, args![token, who, amount, id, signatures]);
    Ok(())
}

fn mint(city: &mut City<'_>) -> Result<()> {
    let ((_, who), bridge, guest) = (city.someone(), city.places.bridge.bridge, city.places.bridge.guest);
    let dollars = city.chance.heavy(50, 2_000_000);
    let (amount, id) = (city.dollars(DAI, dollars), message(city));
    let signatures = signed(city, &encode(args!["mint", bridge, guest, who, amount, id]))?;
    let by = if city.chance.percent(70) { city.at(city.places.bridge.admin) } else { who };
    city.call(by, bridge, "mint(address,uint256,bytes32,bytes[])", args![who, amount, id, signatures]);
    city.places.bridge.guests.push(who);
    Ok(())
}

fn burn(city: &mut City<'_>) -> Result<()> {
    let index = city.chance.index(city.places.bridge.guests.len());
    let Some(who) = city.places.bridge.guests.get(index).copied() else { return Ok(()) };
    let (bridge, guest) = (city.places.bridge.bridge, city.places.bridge.guest);
    let held = city.read(guest, "balanceOf(address)", args![who])?;
    city.places.bridge.guests.swap_remove(index);
    if !held.is_zero() {
        city.call(who, bridge, "burn(uint256,address)", args![held, who]);
    }
    Ok(())
}

fn replace(city: &mut City<'_>) -> Result<()> {
    let (admin, bridge) = (city.at(city.places.bridge.admin), city.places.bridge.bridge);
    let next = city.newcomer();
    let index = city.chance.index(city.places.bridge.validators.len());
    let Some(place) = city.places.bridge.validators.get_mut(index) else { return Ok(()) };
    let old = std::mem::replace(place, next);
    let (old, next) = (city.at(old), city.at(next));
    city.call(admin, bridge, "setValidator(address,bool)", args![next, true]);
    city.call(admin, bridge, "setValidator(address,bool)", args![old, false]);
    Ok(())
}
