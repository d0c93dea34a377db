//! Signatures of nobody, for seats that nobody has.

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, U256};

use super::super::{
    cast::rich,
    declare::leaves_in_a_day_at_most,
    props::{allow, give, held, out_of_a_mixer, parts, strike_in_parts, token, units},
};
use crate::{Arg as _, Scenario, Stage, Tuple, args, ether};

pub(super) const EMPTY_SEATS: Scenario = Scenario {
    id: "bridge/forged-proof/empty-seats",
    about: "a signature that cannot be recovered is nobody's, and so are the empty seats among a bridge's wardens: a \
            stranger signs for those",
    attack,
    twin,
};

const WARDENS: [&str; 5] = ["warden one", "warden two", "warden three", "warden four", "warden five"];
const PARCEL: &str = "(uint64,uint64,address,address,uint256)";

struct Causeway {
    at: Address,
    usd: Address,
    coin: Address,
}

/// A parcel, and what three wardens say of it.
fn parcel(
    stage: &Stage<'_>,
    at: Address,
    (number, asset, to, amount): (u64, Address, Address, U256),
) -> Result<(DynSolValue, DynSolValue)> {
    let parcel = Tuple(args![3u64, number, asset, to, amount]);
    let mut said = args![31_337u64, at];
    said.extend(parcel.0.clone());
    let digest = keccak256(crate::encode(said));
    let mut marks = Vec::new();
    for seat in [0u64, 2, 3] {
        let (v, r, s) = stage.sign(WARDENS[usize::try_from(seat)?], digest)?;
        marks.push(Tuple(args![seat, v, r, s]).value());
    }
    Ok((parcel.value(), DynSolValue::Array(marks)))
}

fn causeway(stage: &mut Stage<'_>) -> Result<Causeway> {
    let founder = stage.actor("founder");
    let wardens: Vec<Address> = WARDENS.iter().map(|name| stage.stranger(name)).collect();
    let at = stage.deploy(founder, "Causeway", args![wardens, 3u64])?;
    stage.protect(at, "causeway");
    let usd = token(stage, founder, "USDT", 6)?;
    let coin = token(stage, founder, "KIWI", 18)?;
    stage.pass(1)?;
    for (number, name) in ["ottilie", "pavel", "quentin", "rosa"].into_iter().enumerate() {
        let person = rich(stage, name, 40_000);
        let (dollars, kiwis) = (stage.amount(units(1_900_000, 6)), stage.amount(units(600_000, 18)));
        let coins = stage.amount(ether(2_500 + 500 * number as u64));
        for (asset, amount) in [(usd, dollars), (coin, kiwis)] {
            give(stage, founder, asset, person, amount);
            allow(stage, person, asset, at);
            stage.call(person, at, "ship(address,uint256,bytes32)", args![asset, amount, keccak256(name)]);
        }
        stage.pay(person, at, coins, "ship(address,uint256,bytes32)", args![Address::ZERO, coins, keccak256(name)]);
        stage.pass(1)?;
    }
    for number in 0..3u64 {
        let (person, amount) = (stage.actor("pavel"), stage.amount(units(3_000 * (number + 1), 6)));
        let (what, marks) = parcel(stage, at, (number, usd, person, amount))?;
        let hand = format!("handOver({PARCEL},(uint8,uint8,bytes32,bytes32)[])");
        stage.call(person, at, &hand, vec![what, marks]);
        stage.pass(1)?;
    }
    for (id, asset) in [("dollars-of-a-day", usd), ("kiwis-of-a-day", coin)] {
        let most = held(stage, asset, at)? * U256::from(3) / U256::from(4);
        leaves_in_a_day_at_most(stage, id, "bridge/forged-proof", (at, Some(asset)), most);
    }
    Ok(Causeway { at, usd, coin })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Causeway { at, usd, coin } = causeway(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    let (dollars, kiwis, coins) = (held(stage, usd, at)?, held(stage, coin, at)?, stage.balance(at)?);
    let wanted = vec![(usd, dollars), (coin, kiwis), (Address::ZERO, coins)];
    strike_in_parts(stage, thief, "CausewayThief", wanted, |number, part| {
        let (assets, amounts): (Vec<Address>, Vec<U256>) = part.into_iter().unzip();
        let run = "run(address,address[],uint256[],uint64,address)";
        (run, args![at, assets, amounts, 7_000 + 10 * number as u64, payee])
    })?;
    ensure!(held(stage, usd, payee)? == dollars && stage.balance(at)?.is_zero(), "something is left");
    Ok(())
}

/// Two thirds of everything go home, by parcels that the wardens did sign, to somebody who was never here.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Causeway { at, usd, coin } = causeway(stage)?;
    let (postman, home) = (stage.actor("postman"), stage.stranger("home"));
    let contract = stage.deploy(postman, "CausewayPostman", args![])?;
    stage.pass(1)?;
    let share = |all: U256| all * U256::from(2) / U256::from(3);
    let (dollars, kiwis, coins) = (held(stage, usd, at)?, held(stage, coin, at)?, stage.balance(at)?);
    let wanted = vec![(50, usd, share(dollars)), (51, coin, share(kiwis)), (52, Address::ZERO, share(coins))];
    for part in parts(stage, wanted) {
        let (mut parcels, mut marks) = (Vec::new(), Vec::new());
        for (number, asset, amount) in part {
            let (what, by) = parcel(stage, at, (number, asset, home, amount))?;
            parcels.push(what);
            marks.push(by);
        }
        let bring = format!("bring(address,{PARCEL}[],(uint8,uint8,bytes32,bytes32)[][])");
        let args = vec![at.value(), DynSolValue::Array(parcels), DynSolValue::Array(marks)];
        stage.call(postman, contract, &bring, args);
        stage.between_parts()?;
    }
    ensure!(held(stage, usd, home)? == share(dollars) && stage.balance(home)? == share(coins), "it is not home");
    Ok(())
}
