//! An order for one vault is good for its siblings: signatures without a domain.

use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, B256, Bytes, U256};

use super::super::{
    declare::Invariant,
    props::{give, held, parts, signed, strike_in_parts, token, units},
};
use crate::{Scenario, Stage, args, encode};

pub(super) const SIBLING_VAULTS: Scenario = Scenario {
    id: "signature/replay/sibling-vaults",
    about: "a desk signs payments without saying out of which of its vaults: one customer takes the same order to all",
    attack,
    twin,
};

const KIND: &str = "signature/replay";

struct Vaults {
    usd: Address,
    all: Vec<Address>,
}

/// An order as this vault has it signed.
fn order(stage: &Stage<'_>, vault: Option<Address>, (order, to, amount): (u64, Address, U256)) -> Result<Bytes> {
    let digest: B256 = match vault {
        Some(vault) => keccak256(encode(args![31_337u64, vault, order, to, amount])),
        None => keccak256(encode(args![order, to, amount])),
    };
    signed(stage, "desk", digest)
}

fn vaults(stage: &mut Stage<'_>, contract: &str) -> Result<Vaults> {
    let team = stage.actor("payout team");
    let desk = stage.stranger("desk");
    let is_bound = contract.starts_with("Bound");
    let usd = token(stage, team, "USDC", 6)?;
    let mut all = Vec::new();
    for (number, whole) in [640_000u64, 1_250_000, 380_000, 905_000, 2_100_000].into_iter().enumerate() {
        let vault = stage.deploy(team, contract, args![usd, desk])?;
        let amount = stage.amount(units(whole, 6));
        give(stage, team, usd, vault, amount);
        stage.protect(vault, &format!("partner {number}"));
        all.push(vault);
    }
    stage.mine()?;
    for (number, name) in ["anselm", "britta", "cyrus", "desta", "ewa"].into_iter().enumerate() {
        let number = number as u64;
        let (customer, amount) = (stage.actor(name), stage.amount(units(2_000 + 900 * number, 6)));
        let vault = all[usize::try_from(number)?];
        let signature = order(stage, is_bound.then_some(vault), (number, customer, amount))?;
        stage.call(customer, vault, "fill(uint256,address,uint256,bytes)", args![number, customer, amount, signature]);
        stage.pass(1)?;
    }
    // Each vault has numbers of its own: those that begin with its own.
    for (number, vault) in all.iter().enumerate() {
        let broken = format!(
            "log.address == address(\"{vault:#x}\") && log.topic0 == topic(\"Filled(uint256,address,uint256)\") \
             && number(log.topic1) >= 1000 && number(log.topic1) / 1000 != {}",
            number + 1
        );
        let id = format!("orders-of-partner-{number}");
        Invariant { id: &id, kind: KIND, on: "log", broken, about: *vault, asks: None }.declare(stage);
    }
    Ok(Vaults { usd, all })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Vaults { usd, all } = vaults(stage, "PartnerVault")?;
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    // The order is a true one, of the second partner.
    let amount = stage.amount(units(370_000, 6));
    let signature = order(stage, None, (2_001, payee, amount))?;
    let fill = "fill(uint256,address,uint256,bytes)";
    stage.call(thief, all[1], fill, args![2_001u64, payee, amount, signature.clone()]);
    stage.pass(2)?;
    let others = vec![all[0], all[2], all[3], all[4]];
    strike_in_parts(stage, thief, "OrderRepeater", others, |_, part| {
        let ask = "fill(address[],uint256,address,uint256,bytes)";
        (ask, args![part, 2_001u64, payee, amount, signature.clone()])
    })?;
    ensure!(held(stage, usd, payee)? == amount * U256::from(5), "the order was not paid five times");
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Vaults { usd, all } = vaults(stage, "BoundPartnerVault")?;
    // A customer of all five partners has an order of the same amount from each, and a helper that brings them.
    let customer = stage.actor("customer of all");
    let amount = stage.amount(units(370_000, 6));
    let numbered: Vec<_> = all.into_iter().zip(1u64..).collect();
    for part in parts(stage, numbered) {
        for (vault, partner) in part {
            let number = 1_000 * partner + 1;
            let signature = order(stage, Some(vault), (number, customer, amount))?;
            let fill = "fill(uint256,address,uint256,bytes)";
            stage.call(customer, vault, fill, args![number, customer, amount, signature]);
        }
        stage.between_parts()?;
    }
    ensure!(held(stage, usd, customer)? == amount * U256::from(5), "an order was not paid");
    Ok(())
}
