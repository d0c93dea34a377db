//! A receipt that was paid is paid again by the contract that took the first one's place, as happens where a migration
//! leaves the list of what was used behind.

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, B256, U256};

use super::super::{
    declare::Invariant,
    props::{allow, give, held, parts, send_token, signed, token, units},
};
use crate::{Scenario, Stage, args, encode};

pub(super) const SECOND_BRIDGE: Scenario = Scenario {
    id: "bridge/replay/second-bridge",
    about: "a bridge moves to a new contract, which does not know which receipts were paid: one who had many comes again \
            with all of them",
    attack,
    twin,
};

const KIND: &str = "bridge/replay";
const VALIDATORS: [&str; 2] = ["validator one", "validator two"];
/// The first receipt of the second contract.
const FIRST_NEW: u64 = 40;

struct Bridge {
    second: Address,
    usd: Address,
    /// What the thief, or whoever comes in its place, was paid by the first contract.
    old: Vec<(u64, U256)>,
}

fn claim(
    stage: &mut Stage<'_>,
    at: Address,
    by: Address,
    (number, to, token, amount): (u64, Address, Address, U256),
) -> Result<B256> {
    let digest = keccak256(encode(args![number, to, token, amount]));
    let signatures = VALIDATORS.iter().map(|name| signed(stage, name, digest).map(crate::Arg::value));
    let mut args = args![number, to, token, amount];
    args.push(DynSolValue::FixedArray(signatures.collect::<Result<_>>()?));
    Ok(stage.call(by, at, "claim(uint256,address,address,uint256,bytes[2])", args))
}

fn bridge(stage: &mut Stage<'_>, regular: &str) -> Result<Bridge> {
    let team = stage.actor("bridge team");
    let [one, two] = VALIDATORS.map(|name| stage.stranger(name));
    let usd = token(stage, team, "USDT", 6)?;
    let first = stage.deploy(team, "ReceiptBridge", args![one, two])?;
    let locked = stage.amount(units(7_400_000, 6));
    give(stage, team, usd, first, locked);
    stage.protect(first, "first bridge");
    stage.mine()?;
    for (name, whole) in [("adam", 410_000), ("birte", 2_050_000), ("claas", 88_000)] {
        let (user, amount) = (stage.actor(name), stage.amount(units(whole, 6)));
        give(stage, team, usd, user, amount);
        allow(stage, user, usd, first);
        stage.call(user, first, "lock(address,uint256,bytes32)", args![usd, amount, user.into_word()]);
        stage.pass(1)?;
    }
    let user = stage.actor(regular);
    let mut old = Vec::new();
    for number in 0..12u64 {
        let amount = stage.amount(units(250_000 + 10_000 * number, 6));
        claim(stage, first, user, (number, user, usd, amount))?;
        old.push((number, amount));
        // The regular one brings it back again, on and on.
        allow(stage, user, usd, first);
        stage.call(user, first, "lock(address,uint256,bytes32)", args![usd, amount, user.into_word()]);
        stage.mine()?;
    }
    let second = stage.deploy(team, "ReceiptBridge", args![one, two])?;
    stage.protect(second, "second bridge");
    stage.call(team, first, "migrate(address[],address)", args![vec![usd], second]);
    stage.pass(2)?;
    let broken = format!(
        "log.address == address(\"{second:#x}\") && log.topic0 == topic(\"Claimed(uint256,address,address,uint256)\") \
         && number(log.topic1) < {FIRST_NEW}"
    );
    Invariant { id: "old-receipts-are-paid", kind: KIND, on: "log", broken, about: second, asks: None }.declare(stage);
    Ok(Bridge { second, usd, old })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Bridge { second, usd, old } = bridge(stage, "thief")?;
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    let sum: U256 = old.iter().map(|(_, amount)| *amount).sum();
    stage.mine()?;
    let before = held(stage, usd, payee)?;
    for part in parts(stage, old) {
        stage.attack(|stage| {
            for (number, amount) in part {
                claim(stage, second, thief, (number, thief, usd, amount))?;
                if payee != thief {
                    send_token(stage, usd, thief, payee, amount);
                }
            }
            Ok(())
        })?;
        stage.between_parts()?;
    }
    ensure!(held(stage, usd, payee)? - before == sum, "the receipts were not paid again");
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Bridge { second, usd, old } = bridge(stage, "regular")?;
    // The same one comes with as many receipts of the same amounts, and all of them are new.
    let regular = stage.actor("regular");
    let sum: U256 = old.iter().map(|(_, amount)| *amount).sum();
    for part in parts(stage, old) {
        for (number, amount) in part {
            claim(stage, second, regular, (FIRST_NEW + number, regular, usd, amount))?;
        }
        stage.between_parts()?;
    }
    ensure!(held(stage, usd, regular)? == sum, "the receipts were not paid");
    Ok(())
}
