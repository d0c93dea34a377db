//! Rights over things: identities, names, roles, an owner who hands over in two steps, a brake.

use alloy_primitives::keccak256;
use anyhow::Result;
use case::Planned;
use facts::{Address, B256, Bytes, U256};

use super::super::{Kind, city::City};
use crate::{args, ether};

/// What there is of it.
#[derive(Debug, Default)]
pub(in super::super) struct Places {
    identities: Address,
    /// Identities that were handed over, with their owners of now.
    handed: Vec<(Address, Address)>,
    names: Address,
    /// Names with their owners, and from which block on they are known.
    named: Vec<(B256, Address, u64)>,
    office: Address,
    owner: usize,
    keepers: Vec<Address>,
}

impl Places {
    pub(in super::super) fn protected(&self) -> Vec<(Address, String)> {
        vec![(self.office, "office".to_owned())]
    }
}

pub(in super::super) const KINDS: &[Kind] = &[
    Kind { name: "identity: delegate or attribute set", weight: 60, act: describe },
    Kind { name: "identity: owner changed by its owner", weight: 40, act: hand },
    Kind { name: "name registered", weight: 40, act: register },
    Kind { name: "name pointed elsewhere by its owner", weight: 35, act: point },
    Kind { name: "role granted or revoked by the admin", weight: 45, act: role },
    Kind { name: "ownership handed over in two steps", weight: 30, act: succeed },
    Kind { name: "owner pauses and lifts it later", weight: 20, act: pause },
    Kind { name: "keeper sets a limit", weight: 30, act: limit },
];

/// Registries and an office.
pub(in super::super) fn found(city: &mut City<'_>) -> Result<()> {
    let owner = city.newcomer();
    let at = city.at(owner);
    city.places.offices = Places {
        identities: city.deploy(at, "TownIdentities", args![])?,
        names: city.deploy(at, "TownNames", args![])?,
        office: city.deploy(at, "TownOffice", args![])?,
        owner,
        keepers: vec![at],
        ..Places::default()
    };
    city.mine()
}

fn describe(city: &mut City<'_>) -> Result<()> {
    let (_, who) = city.someone();
    let at = city.places.offices.identities;
    if city.places.offices.handed.iter().any(|(identity, _)| *identity == who) {
        return Ok(());
    }
    let (kind, other, year) = (keccak256("veriKey"), city.stranger(), U256::from(31_536_000));
    match city.chance.below(3) {
        0 => city.call(who, at, "addDelegate(address,bytes32,address,uint256)", args![who, kind, other, year]),
        1 => city.call(who, at, "revokeDelegate(address,bytes32,address)", args![who, kind, other]),
        _ => {
            let key = Bytes::from(city.chance.word().to_be_bytes::<32>());
            city.call(who, at, "setAttribute(address,bytes32,bytes,uint256)", args![who, kind, key, year])
        }
    };
    Ok(())
}

fn hand(city: &mut City<'_>) -> Result<()> {
    let ((_, who), next) = (city.someone(), city.stranger());
    let at = city.places.offices.identities;
    let owner =
        city.places.offices.handed.iter().find(|(identity, _)| *identity == who).map_or(who, |(_, owner)| *owner);
    city.call(owner, at, "changeOwner(address,address)", args![who, next]);
    city.places.offices.handed.retain(|(identity, _)| *identity != who);
    city.places.offices.handed.push((who, next));
    Ok(())
}

fn register(city: &mut City<'_>) -> Result<()> {
    let ((_, who), at) = (city.someone(), city.places.offices.names);
    let label = B256::from(city.chance.word());
    city.pay(who, at, ether(1) / U256::from(100), "register(bytes32)", args![label]);
    let known = city.height() + 1;
    city.places.offices.named.push((keccak256([B256::ZERO, label].concat()), who, known));
    Ok(())
}

fn point(city: &mut City<'_>) -> Result<()> {
    let (index, height) = (city.chance.index(city.places.offices.named.len()), city.height());
    let Some((node, owner, known)) = city.places.offices.named.get(index).copied() else { return Ok(()) };
    if known > height {
        return Ok(());
    }
    let (at, (_, next), label) = (city.places.offices.names, city.someone(), B256::from(city.chance.word()));
    match city.chance.below(3) {
        0 => city.call(owner, at, "setResolver(bytes32,address)", args![node, next]),
        1 => city.call(owner, at, "setSubnodeOwner(bytes32,bytes32,address)", args![node, label, next]),
        _ => {
            if let Some(name) = city.places.offices.named.get_mut(index) {
                *name = (node, next, height + 1);
            }
            city.call(owner, at, "setOwner(bytes32,address)", args![node, next])
        }
    };
    Ok(())
}

/// The first keeper is the admin and stays.
fn role(city: &mut City<'_>) -> Result<()> {
    let (office, admin) =
        (city.places.offices.office, city.places.offices.keepers.first().copied().unwrap_or_default());
    let role = keccak256("KEEPER");
    if city.chance.percent(50) && city.places.offices.keepers.len() > 1 {
        if let Some(old) = city.places.offices.keepers.pop() {
            city.world.announce(
                "a keeper leaves",
                &[admin],
                &[(office, Planned::RoleRevoked { role, account: old })],
            )?;
            city.call(admin, office, "revokeRole(bytes32,address)", args![role, old]);
        }
        return Ok(());
    }
    let (_, next) = city.someone();
    city.world.announce("a new keeper", &[admin], &[(office, Planned::RoleGranted { role, account: next })])?;
    city.call(admin, office, "grantRole(bytes32,address)", args![role, next]);
    city.places.offices.keepers.push(next);
    Ok(())
}

fn succeed(city: &mut City<'_>) -> Result<()> {
    let (office, old, next) = (city.places.offices.office, city.at(city.places.offices.owner), city.newcomer());
    let at = city.at(next);
    city.world.announce("the office is handed over", &[old, at], &[(office, Planned::Owner(at))])?;
    city.call(old, office, "transferOwnership(address)", args![at]);
    city.call(at, office, "acceptOwnership()", args![]);
    city.places.offices.owner = next;
    Ok(())
}

fn pause(city: &mut City<'_>) -> Result<()> {
    let office = city.places.offices.office;
    if city.read(office, "paused()", args![])? > U256::ZERO {
        return Ok(());
    }
    let owner = city.at(city.places.offices.owner);
    city.call(owner, office, "pause()", args![]);
    let blocks = city.chance.between(1, 4);
    city.later(blocks, move |city| {
        // Whoever owns it by now.
        let owner = city.at(city.places.offices.owner);
        city.call(owner, office, "unpause()", args![]);
        Ok(())
    });
    Ok(())
}

fn limit(city: &mut City<'_>) -> Result<()> {
    let (office, limit) = (city.places.offices.office, city.chance.heavy(1_000, 10_000_000));
    if city.read(office, "paused()", args![])? > U256::ZERO {
        return Ok(());
    }
    let Some(by) = city.places.offices.keepers.first().copied() else { return Ok(()) };
    city.call(by, office, "setLimit(uint256)", args![limit]);
    Ok(())
}
