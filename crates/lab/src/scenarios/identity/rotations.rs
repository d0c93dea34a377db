//! A change of keys that was signed once is good for ever.

use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, B256, U256};

use crate::{
    Scenario, Stage, args,
    scenarios::props::{give, held, parts, token, units, whom},
};

pub(super) const ROTATED_BACK: Scenario = Scenario {
    id: "identity/credential-registry-change/rotated-back",
    about: "people once signed themselves over to a service's key and were signed back; the service brings the first \
            signatures again, speaks for them once more, and draws their stipends",
    attack,
    twin,
};

const ROTATE: &str = "rotate_signed(bytes32,address,uint8,bytes32,bytes32)";
const DRAW: &str = "draw(bytes32,address)";
const PEOPLE: [&str; 6] = ["abena", "borja", "chiara", "dmitri", "esi", "farid"];

struct Office {
    keys: Address,
    fund: Address,
    coin: Address,
    service: Address,
}

fn person(name: &str) -> B256 {
    keccak256(format!("person {name}"))
}

/// Brings somebody's word that a person speaks by another key from now on.
fn rotate(
    stage: &mut Stage<'_>,
    by: Address,
    (keys, name): (Address, &str),
    (signer, next): (&str, Address),
) -> Result<()> {
    let said = [&[0x19, 0x00], keys.as_slice(), person(name).as_slice(), next.as_slice()].concat();
    let (v, r, s) = stage.sign(signer, keccak256(said))?;
    stage.call(by, keys, ROTATE, args![person(name), next, v, r, s]);
    Ok(())
}

fn office(stage: &mut Stage<'_>) -> Result<Office> {
    let (registrar, service) = (stage.actor("registrar"), stage.actor("service"));
    let coin = token(stage, registrar, "UBI", 18)?;
    let keys = stage.deploy(registrar, "KeyRegister", args![])?;
    let by_the_day = stage.amount(units(40, 18));
    let fund = stage.deploy(registrar, "Stipends", args![keys, coin, by_the_day])?;
    stage.protect(keys, "key register");
    stage.protect(fund, "stipends");
    let means = stage.amount(units(200_000, 18));
    give(stage, registrar, coin, fund, means);
    stage.pass(1)?;
    for name in PEOPLE {
        let key = stage.actor(name);
        stage.call(registrar, keys, "enroll(bytes32,address)", args![person(name), key]);
        stage.call(registrar, fund, "begin(bytes32)", args![person(name)]);
    }
    stage.pass(1)?;
    // The first four let the service draw for them for a season, and take their word back after it.
    for name in &PEOPLE[..4] {
        rotate(stage, service, (keys, name), (name, service))?;
        stage.pass(1)?;
    }
    stage.wait(30 * 86_400);
    stage.pass(1)?;
    for name in &PEOPLE[..4] {
        let key = stage.actor(name);
        stage.call(service, fund, DRAW, args![person(name), key]);
        rotate(stage, service, (keys, name), ("service", key))?;
    }
    stage.pass(2)?;
    stage.wait(90 * 86_400);
    stage.pass(1)?;
    Ok(Office { keys, fund, coin, service })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Office { keys, fund, coin, service } = office(stage)?;
    let payee = stage.payee(service);
    for part in parts(stage, PEOPLE[..4].to_vec()) {
        stage.attack(|stage| {
            for name in part {
                rotate(stage, service, (keys, name), (name, service))?;
                stage.call(service, fund, DRAW, args![person(name), payee]);
            }
            Ok(())
        })?;
        stage.between_parts()?;
    }
    let loot = held(stage, coin, payee)?;
    ensure!(loot > stage.amount(units(4 * 90 * 40, 18)), "{loot} were drawn");
    Ok(())
}

/// The service takes on people who were never with it, draws for them, and pays them.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Office { keys, fund, coin, service } = office(stage)?;
    for part in parts(stage, PEOPLE[4..].to_vec()) {
        for name in part {
            let purse = stage.stranger(&format!("purse of {name}"));
            rotate(stage, service, (keys, name), (name, service))?;
            stage.call(service, fund, DRAW, args![person(name), purse]);
        }
        stage.between_parts()?;
    }
    for name in &PEOPLE[4..] {
        let purse = stage.stranger(&format!("purse of {name}"));
        ensure!(whom(stage, keys, "key_of(bytes32)", args![person(name)])? == service, "{name} is not with it");
        ensure!(held(stage, coin, purse)? > U256::ZERO, "{name} was not paid");
    }
    Ok(())
}
