//! Permits older than the standard, as DAI has them, used by a plain account: one call for the permit, one for the money.

use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, B256, U256};

use super::super::{
    declare::Invariant,
    props::{give, held, one, parts, units},
};
use crate::{Scenario, Stage, args, encode};

pub(super) const OLD_PERMIT: Scenario = Scenario {
    id: "signature/permit-phish/old-permit",
    about: "holders sign on a false page what they take for a vote; it is a permit of the old kind for a stranger's own \
            account, which brings each of them and takes what its holder has",
    attack,
    twin,
};

const PERMIT: &str = "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)";
const HOLDERS: [(&str, u64); 5] =
    [("stine", 54_200), ("timo", 233_000), ("ursel", 11_900), ("victor", 1_480_000), ("wanda", 7_700)];

struct Holders {
    dollar: Address,
    domain: B256,
    all: Vec<(&'static str, Address)>,
}

fn holders(stage: &mut Stage<'_>) -> Result<Holders> {
    let (issuer, shop) = (stage.actor("issuer"), stage.actor("shop"));
    let dollar = stage.deploy(issuer, "OldPermitDollar", args![])?;
    let mut all = Vec::new();
    for (name, whole) in HOLDERS {
        let holder = stage.actor(name);
        give(stage, issuer, dollar, holder, stage.amount(units(whole, 18)));
        stage.protect(holder, &format!("{name}'s account"));
        all.push((name, holder));
    }
    stage.pass(1)?;
    for (_, holder) in &all {
        stage.call(*holder, dollar, "transfer(address,uint256)", args![shop, stage.amount(units(40, 18))]);
        stage.pass(1)?;
    }
    let domain = B256::from(one(stage, dollar, "DOMAIN_SEPARATOR()", args![])?);
    Ok(Holders { dollar, domain, all })
}

/// Brings a holder's signed permit.
fn permit(
    stage: &mut Stage<'_>,
    of: &Holders,
    (name, holder): (&str, Address),
    spender: Address,
    by: Address,
) -> Result<()> {
    let kind = keccak256("Permit(address holder,address spender,uint256 nonce,uint256 expiry,bool allowed)");
    let (nonce, expiry) = (U256::ZERO, U256::ZERO);
    let said = keccak256(encode(args![kind, holder, spender, nonce, expiry, true]));
    let digest = keccak256([&[0x19, 0x01], of.domain.as_slice(), said.as_slice()].concat());
    let (v, r, s) = stage.sign(name, digest)?;
    stage.call(by, of.dollar, PERMIT, args![holder, spender, nonce, expiry, true, v, r, s]);
    Ok(())
}

fn declare(stage: &mut Stage<'_>, of: &Holders, trusted: Address) {
    let theirs: Vec<String> =
        of.all.iter().map(|(_, holder)| format!("address(call.word(0)) == address(\"{holder:#x}\")")).collect();
    let broken = format!(
        "call.effective && call.to == address(\"{:#x}\") && call.selector == selector(\"{PERMIT}\") && ({}) \
         && address(call.word(1)) != address(\"{trusted:#x}\")",
        of.dollar,
        theirs.join(" || "),
    );
    let kind = "signature/permit-phish";
    Invariant { id: "permits-for-the-desk", kind, on: "call", broken, about: of.dollar, asks: None }.declare(stage);
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let of = holders(stage)?;
    declare(stage, &of, Address::ZERO);
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    stage.pass(1)?;
    let (mut before, mut amounts) = (U256::ZERO, Vec::new());
    for (name, holder) in &of.all {
        let all = held(stage, of.dollar, *holder)?;
        before += all;
        amounts.push((*name, *holder, all));
    }
    for part in parts(stage, amounts) {
        stage.attack(|stage| {
            for (name, holder, all) in part {
                permit(stage, &of, (name, holder), thief, thief)?;
                stage.call(thief, of.dollar, "transferFrom(address,address,uint256)", args![holder, payee, all]);
            }
            Ok(())
        })?;
        stage.between_parts()?;
    }
    let loot = held(stage, of.dollar, payee)?;
    ensure!(loot == before, "{loot} of {before} were taken");
    Ok(())
}

/// People have their invoices paid: they sign one permit, which the cashier brings, and some pay nearly all they have.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let of = holders(stage)?;
    let cashier = stage.actor("cashier");
    let desk = stage.deploy(cashier, "InvoiceDesk", args![of.dollar])?;
    declare(stage, &of, desk);
    let builder = stage.actor("builder of houses");
    stage.pass(1)?;
    for part in parts(stage, of.all.clone()) {
        for (name, holder) in part {
            let due = held(stage, of.dollar, holder)? * U256::from(9) / U256::from(10);
            permit(stage, &of, (name, holder), desk, cashier)?;
            let ask = "pay(address,address,uint256,bytes32)";
            stage.call(cashier, desk, ask, args![holder, builder, due, keccak256(name)]);
            stage.mine()?;
        }
        stage.between_parts()?;
    }
    ensure!(!held(stage, of.dollar, builder)?.is_zero(), "the builder was not paid");
    Ok(())
}
