//! Permits that a page had people sign (EIP-2612): the commonest way to lose dollars since 2023.

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, B256, U256};

use super::super::{
    declare::Invariant,
    props::{give, held, one, parts, permit_token, units},
};
use crate::{Arg as _, Scenario, Stage, Tuple, args, encode};

pub(super) const SIGNED_AWAY: Scenario = Scenario {
    id: "signature/permit-phish/signed-away",
    about: "holders sign what a page calls a login; it is a permit for a stranger's contract, which uses all of them",
    attack,
    twin,
};

const KIND: &str = "signature/permit-phish";
const HOLDERS: [(&str, u64); 6] = [
    ("marta", 18_300),
    ("niko", 1_250_000),
    ("ondine", 94_000),
    ("piet", 260_400),
    ("quentin", 5_150),
    ("rosa", 77_000),
];

struct Holders {
    usd: Address,
    all: Vec<(&'static str, Address, U256)>,
}

fn holders(stage: &mut Stage<'_>) -> Result<Holders> {
    let issuer = stage.actor("issuer");
    let usd = permit_token(stage, issuer, "USDC", 6)?;
    stage.protect(usd, "dollar");
    let mut all = Vec::new();
    for (name, whole) in HOLDERS {
        let holder = stage.actor(name);
        let amount = stage.amount(units(whole, 6));
        give(stage, issuer, usd, holder, amount);
        all.push((name, holder, amount));
    }
    stage.pass(1)?;
    for (_, holder, amount) in &all {
        let shop = stage.actor("shop");
        stage.call(*holder, usd, "transfer(address,uint256)", args![shop, *amount / U256::from(100)]);
        stage.call(shop, usd, "transfer(address,uint256)", args![*holder, *amount / U256::from(100)]);
        stage.pass(1)?;
    }
    Ok(Holders { usd, all })
}

/// What a holder signs off chain, and what the contract that uses it is given.
fn permit(
    stage: &Stage<'_>,
    domain: B256,
    (name, owner, value): (&str, Address, U256),
    spender: Address,
    deadline: u64,
) -> Result<DynSolValue> {
    let kind = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    let said = keccak256(encode(args![kind, owner, spender, value, U256::ZERO, deadline]));
    let digest = keccak256([&[0x19, 0x01], domain.as_slice(), said.as_slice()].concat());
    let (v, r, s) = stage.sign(name, digest)?;
    Ok(Tuple(args![owner, value, deadline, v, r, s]).value())
}

/// A contract that holders trusted is not younger than what they declare of it: permits go to it alone.
fn declare(stage: &mut Stage<'_>, holders: &Holders, trusted: Address) {
    let theirs: Vec<String> =
        holders.all.iter().map(|(_, holder, _)| format!("address(call.word(0)) == address(\"{holder:#x}\")")).collect();
    let broken = format!(
        "call.effective && call.to == address(\"{:#x}\") \
         && call.selector == selector(\"permit(address,address,uint256,uint256,uint8,bytes32,bytes32)\") \
         && ({}) && address(call.word(1)) != address(\"{trusted:#x}\")",
        holders.usd,
        theirs.join(" || "),
    );
    Invariant { id: "permits-for-the-trusted", kind: KIND, on: "call", broken, about: holders.usd, asks: None }
        .declare(stage);
}

const TAKE: &str = "take(address,(address,uint256,uint256,uint8,bytes32,bytes32)[],address)";

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let holders = holders(stage)?;
    declare(stage, &holders, Address::ZERO);
    let usd = holders.usd;
    let domain = B256::from(one(stage, usd, "DOMAIN_SEPARATOR()", args![])?);
    let thief = super::super::props::out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    let thief_contract = stage.preparing(|stage| stage.deploy_attack(thief, "PermitThief"))?;
    stage.pass(2)?;
    let deadline = stage.next_time() + 86_400;
    for part in parts(stage, holders.all.clone()) {
        let permits = part.iter().map(|one| permit(stage, domain, (one.0, one.1, U256::MAX), thief_contract, deadline));
        let permits = DynSolValue::Array(permits.collect::<Result<_>>()?);
        stage.attack(|stage| {
            let args = vec![usd.value(), permits, payee.value()];
            stage.strike(thief, thief_contract, U256::ZERO, TAKE, args)
        })?;
        stage.between_parts()?;
    }
    for (name, holder, _) in holders.all {
        ensure!(held(stage, usd, holder)?.is_zero(), "{name} still has dollars");
    }
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let holders = holders(stage)?;
    let usd = holders.usd;
    let domain = B256::from(one(stage, usd, "DOMAIN_SEPARATOR()", args![])?);
    // Holders save all they have, without coins of their own: a relayer brings their permits. The account is new.
    let relayer = stage.actor("relayer");
    let savings = stage.deploy(relayer, "GaslessSavings", args![usd])?;
    declare(stage, &holders, savings);
    stage.pass(1)?;
    let deadline = stage.next_time() + 86_400;
    for part in parts(stage, holders.all.clone()) {
        let permits = part.iter().map(|one| permit(stage, domain, *one, savings, deadline));
        let permits = DynSolValue::Array(permits.collect::<Result<_>>()?);
        let ask = "depositFor((address,uint256,uint256,uint8,bytes32,bytes32)[])";
        stage.call(relayer, savings, ask, vec![permits]);
        stage.between_parts()?;
    }
    for (name, holder, amount) in holders.all {
        ensure!(one(stage, savings, "balanceOf(address)", args![holder])? == amount, "{name} was not credited");
        let safe = stage.stranger("other account of a saver");
        stage.call(holder, savings, "withdraw(uint256,address)", args![amount / U256::from(4), safe]);
        stage.mine()?;
    }
    Ok(())
}
