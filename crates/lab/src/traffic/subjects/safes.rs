//! Wallets of several owners: created, paid from, their owners replaced, many calls in one.

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::keccak256;
use anyhow::Result;
use facts::{Address, B256, Bytes, U256};

use super::super::{Kind, city::City, places::USDC};
use crate::{EXCHANGE, args, call_data, ether};

/// What there is of it.
#[derive(Debug, Default)]
pub(in super::super) struct Places {
    pub(in super::super) safes: Vec<Safe>,
    factory: Address,
    singleton: Address,
    multisend: Address,
}

/// A wallet with its owners in the order of its list, of whom two sign.
#[derive(Debug, Clone)]
pub(in super::super) struct Safe {
    pub(in super::super) at: Address,
    owners: Vec<usize>,
    /// The next transaction's number, where one waits for its block.
    acts_from: u64,
}

pub(in super::super) const KINDS: &[Kind] = &[
    Kind { name: "Safe: created", weight: 20, act: create },
    Kind { name: "Safe: pays", weight: 120, act: pay },
    Kind { name: "Safe: an owner is replaced", weight: 40, act: rotate },
    Kind { name: "Safe: many calls in one", weight: 40, act: many },
    Kind { name: "Safe: threshold changed", weight: 15, act: threshold },
];

/// The release of Safe, and the first wallets.
pub(in super::super) fn found(city: &mut City<'_>) -> Result<()> {
    let builder = city.newcomer();
    let builder = city.at(builder);
    city.places.safes.factory = city.deploy(builder, "SafeProxyFactory", args![])?;
    city.places.safes.singleton = city.deploy(builder, "Safe", args![])?;
    city.places.safes.multisend = city.deploy(builder, "MultiSendCallOnly", args![])?;
    for _ in 0..5 {
        create(city)?;
    }
    city.mine()
}

fn create(city: &mut City<'_>) -> Result<()> {
    let owners: Vec<usize> = (0..4).map(|_| city.newcomer()).collect();
    let accounts: Vec<Address> = owners.iter().map(|id| city.at(*id)).collect();
    let (factory, singleton) = (city.places.safes.factory, city.places.safes.singleton);
    let nobody = Address::ZERO;
    let setup = call_data(
        "setup(address[],uint256,address,bytes,address,address,uint256,address)",
        args![accounts, U256::from(2), nobody, Bytes::new(), nobody, nobody, U256::ZERO, nobody],
    );
    let salt = city.chance.word();
    let (init, by) = (city.artifacts.get("SafeProxy")?.bytecode.clone(), city.at(owners.first().copied().unwrap_or(0)));
    // CREATE2 by the factory, as it salts it.
    let salted = keccak256([keccak256(&setup).as_slice(), &salt.to_be_bytes::<32>()].concat());
    let code = [init.as_ref(), &crate::encode(args![singleton])].concat();
    let at = factory.create2(salted, keccak256(code));
    city.call(by, factory, "createProxyWithNonce(address,bytes,uint256)", args![singleton, setup, salt]);
    let dollars = city.chance.heavy(50_000, 10_000_000);
    let (means, token) = (city.dollars(USDC, dollars), city.places.coin(USDC));
    city.call(EXCHANGE, token, "transfer(address,uint256)", args![at, means]);
    city.send(crate::Send { from: EXCHANGE, to: Some(at), value: ether(50), ..crate::Send::default() });
    let acts_from = city.height() + 1;
    city.places.safes.safes.push(Safe { at, owners, acts_from });
    Ok(())
}

/// A wallet that does nothing else in this block.
fn idle(city: &mut City<'_>) -> Option<usize> {
    let index = city.chance.index(city.places.safes.safes.len());
    let height = city.height();
    let safe = city.places.safes.safes.get_mut(index)?;
    (safe.acts_from <= height).then(|| safe.acts_from = height + 1).map(|()| index)
}

/// Two owners sign, one of them or somebody else brings it.
fn execute(city: &mut City<'_>, index: usize, to: Address, value: U256, data: Bytes, delegate: u64) -> Result<()> {
    let Some(safe) = city.places.safes.safes.get(index).cloned() else { return Ok(()) };
    let nonce = city.read(safe.at, "nonce()", args![])?;
    let (zero, nobody) = (U256::ZERO, Address::ZERO);
    let operation = DynSolValue::Uint(U256::from(delegate), 8);
    let mut all = args![to, value, data];
    all.push(operation);
    all.extend(args![zero, zero, zero, nobody, nobody]);
    let mut asked = all.clone();
    asked.extend(args![nonce]);
    let signature = "getTransactionHash(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,uint256)";
    let digest = B256::from(city.read(safe.at, signature, asked)?);
    let first = city.chance.index(safe.owners.len());
    let mut signers: Vec<usize> = safe.owners.iter().cycle().skip(first).take(2).copied().collect();
    signers.sort_by_key(|id| city.at(*id));
    let mut signatures = Vec::new();
    for id in &signers {
        signatures.extend_from_slice(&city.sign(*id, digest)?);
    }
    all.extend(args![Bytes::from(signatures)]);
    let by = signers.first().map(|id| city.at(*id)).unwrap_or_default();
    let signature = "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)";
    city.call(by, safe.at, signature, all);
    Ok(())
}

fn pay(city: &mut City<'_>) -> Result<()> {
    let Some(index) = idle(city) else { return Ok(()) };
    let (_, to) = city.someone();
    let Some(at) = city.places.safes.safes.get(index).map(|safe| safe.at) else { return Ok(()) };
    if city.chance.percent(30) {
        let held = city.world.balance(at)?;
        let value = city.chance.part(held, 1, 60);
        return execute(city, index, to, value, Bytes::new(), 0);
    }
    let (held, token) = (city.holds(at, USDC)?, city.places.coin(USDC));
    let amount = city.chance.part(held, 1, 120);
    let data = call_data("transfer(address,uint256)", args![to, amount]);
    execute(city, index, token, U256::ZERO, data, 0)
}

fn many(city: &mut City<'_>) -> Result<()> {
    let Some(index) = idle(city) else { return Ok(()) };
    let Some(at) = city.places.safes.safes.get(index).map(|safe| safe.at) else { return Ok(()) };
    let (held, token, sender) = (city.holds(at, USDC)?, city.places.coin(USDC), city.places.safes.multisend);
    let mut packed = Vec::new();
    for _ in 0..city.chance.between(2, 8) {
        let ((_, to), amount) = (city.someone(), city.chance.part(held, 1, 15));
        let data = call_data("transfer(address,uint256)", args![to, amount]);
        // One byte of operation, recipient, value, length, data.
        packed.push(0);
        packed.extend_from_slice(token.as_slice());
        packed.extend_from_slice(&U256::ZERO.to_be_bytes::<32>());
        packed.extend_from_slice(&U256::from(data.len()).to_be_bytes::<32>());
        packed.extend_from_slice(&data);
    }
    let data = call_data("multiSend(bytes)", args![Bytes::from(packed)]);
    execute(city, index, sender, U256::ZERO, data, 1)
}

fn rotate(city: &mut City<'_>) -> Result<()> {
    let Some(index) = idle(city) else { return Ok(()) };
    let next = city.newcomer();
    let Some(safe) = city.places.safes.safes.get(index).cloned() else { return Ok(()) };
    let place = city.chance.index(safe.owners.len());
    let account = |city: &City<'_>, place: usize| safe.owners.get(place).map(|id| city.at(*id)).unwrap_or_default();
    // The list begins with its sentinel.
    let before = if place == 0 { Address::with_last_byte(1) } else { account(city, place - 1) };
    let (old, new) = (account(city, place), city.at(next));
    let data = call_data("swapOwner(address,address,address)", args![before, old, new]);
    execute(city, index, safe.at, U256::ZERO, data, 0)?;
    city.later(1, move |city| {
        if let Some(owner) = city.places.safes.safes.get_mut(index).and_then(|safe| safe.owners.get_mut(place)) {
            *owner = next;
        }
        Ok(())
    });
    Ok(())
}

fn threshold(city: &mut City<'_>) -> Result<()> {
    let Some(index) = idle(city) else { return Ok(()) };
    let Some(at) = city.places.safes.safes.get(index).map(|safe| safe.at) else { return Ok(()) };
    // To the two that it has: an act that says what is so already, as a rehearsal.
    let data = call_data("changeThreshold(uint256)", args![U256::from(2)]);
    execute(city, index, at, U256::ZERO, data, 0)
}
