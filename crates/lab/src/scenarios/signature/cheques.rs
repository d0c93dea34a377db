//! A signed payment that nothing uses up.

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, U256};

use super::super::{
    declare::happens_in_a_day_at_most,
    props::{allow, give, held, parts, strike_in_parts, token, units},
};
use crate::{Arg as _, Scenario, Stage, Tuple, args, encode};

pub(super) const CASHED_AGAIN: Scenario = Scenario {
    id: "signature/missing-nonce/cashed-again",
    about: "cheques carry no number: whoever was once given one cashes it until the payer has nothing left",
    attack,
    twin,
};

const KIND: &str = "signature/missing-nonce";
const PAYERS: [(&str, u64, u64); 4] =
    [("ignaz", 84_000, 7_000), ("jule", 420_500, 20_000), ("karl", 15_000, 1_500), ("lotte", 233_000, 30_000)];

const CASHED: &str = "Cashed(address,address,uint256)";

struct Payments {
    at: Address,
    usd: Address,
    payers: Vec<(&'static str, Address, U256)>,
}

fn payments(stage: &mut Stage<'_>, contract: &str) -> Result<Payments> {
    let team = stage.actor("payments team");
    let usd = token(stage, team, "EURS", 2)?;
    let at = stage.deploy(team, contract, args![usd])?;
    stage.protect(at, "cheques");
    let mut payers = Vec::new();
    for (name, whole, cheque) in PAYERS {
        let payer = stage.actor(name);
        let amount = stage.amount(units(whole, 2));
        give(stage, team, usd, payer, amount);
        allow(stage, payer, usd, at);
        payers.push((name, payer, stage.amount(units(cheque, 2))));
    }
    stage.pass(2)?;
    happens_in_a_day_at_most(stage, "cheques-of-a-day", KIND, (at, CASHED), 8);
    Ok(Payments { at, usd, payers })
}

/// A payer's cheque for somebody; with a number where the contract asks for one.
fn cheque(
    stage: &Stage<'_>,
    payments: &Payments,
    (name, payer, amount): (&str, Address, U256),
    to: Address,
    number: Option<u64>,
) -> Result<DynSolValue> {
    let mut said = args![31_337u64, payments.at, payer, to, amount];
    said.extend(number.map(|number| number.value()));
    let (v, r, s) = stage.sign(name, keccak256(encode(said)))?;
    Ok(Tuple(args![payer, amount, v, r, s]).value())
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let payments = payments(stage, "Cheques")?;
    let Payments { at, usd, .. } = payments;
    let thief = stage.actor("shop of the thief");
    let payee = stage.payee(thief);
    // Every one of them bought something there once, and was charged what it cost.
    let mut cheques = Vec::new();
    for (name, payer, amount) in payments.payers.clone() {
        let signed = cheque(stage, &payments, (name, payer, amount), payee, None)?;
        let (v, r, s) = stage.sign(name, keccak256(encode(args![31_337u64, at, payer, payee, amount])))?;
        let ask = "cash(address,address,uint256,uint8,bytes32,bytes32)";
        stage.call(thief, at, ask, args![payer, payee, amount, v, r, s]);
        stage.pass(1)?;
        cheques.push(signed);
    }
    strike_in_parts(stage, thief, "ChequeCasher", cheques, |_, part| {
        let ask = "cashAll(address,address,(address,uint256,uint8,bytes32,bytes32)[])";
        let mut args = args![at, payee];
        args.push(DynSolValue::Array(part));
        (ask, args)
    })?;
    for (name, payer, amount) in payments.payers {
        ensure!(held(stage, usd, payer)? < amount, "{name} has something left");
    }
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let payments = payments(stage, "NumberedCheques")?;
    // A shop brings all that it was given over the year, in one go. Its customers pay the same sum each month.
    let shop = stage.actor("shop");
    let batch = stage.deploy(shop, "ChequeBatch", args![])?;
    let mut cheques = Vec::new();
    for number in 0..7u64 {
        for (name, payer, amount) in payments.payers.clone() {
            cheques.push((number, cheque(stage, &payments, (name, payer, amount), shop, Some(number))?));
        }
    }
    stage.mine()?;
    let before: U256 = payments.payers.iter().map(|(_, _, amount)| *amount).sum();
    for part in parts(stage, cheques) {
        let (numbers, cheques): (Vec<u64>, Vec<DynSolValue>) = part.into_iter().unzip();
        let ask = "cashAll(address,address,(address,uint256,uint8,bytes32,bytes32)[],uint256[])";
        let args = vec![payments.at.value(), shop.value(), DynSolValue::Array(cheques), numbers.value()];
        stage.call(shop, batch, ask, args);
        stage.between_parts()?;
    }
    ensure!(held(stage, payments.usd, shop)? == before * U256::from(7), "the shop was not paid");
    Ok(())
}
