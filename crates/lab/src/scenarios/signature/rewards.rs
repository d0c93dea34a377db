//! The other form of a signature: s and n - s, as contracts without OpenZeppelin's check take it.

use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, U256};

use super::super::{
    declare::Invariant,
    props::{give, held, one, parts, token, units},
};
use crate::{Scenario, Stage, args, encode};

pub(super) const SECOND_FORM: Scenario = Scenario {
    id: "signature/malleability/second-form",
    about: "a contract remembers signatures to pay each but once; one who has many rewards has them paid a second time, each \
            with the other form of its signature",
    attack,
    twin,
};

const KIND: &str = "signature/malleability";
/// The order of the curve secp256k1 (SEC 2).
const ORDER: &str = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

struct Claims {
    at: Address,
    token: Address,
}

fn claim(
    stage: &mut Stage<'_>,
    claims: &Claims,
    (id, to, amount): (u64, Address, U256),
    is_second: bool,
) -> Result<()> {
    let digest = keccak256(encode(args![claims.at, id, to, amount]));
    let (mut v, r, mut s) = stage.sign("signer", digest)?;
    if is_second {
        v = U256::from(55) - v;
        s = (ORDER.parse::<U256>()? - U256::from_be_bytes(s.0)).into();
    }
    let ask = "claim(uint256,address,uint256,uint8,bytes32,bytes32)";
    stage.call(to, claims.at, ask, args![id, to, amount, v, r, s]);
    Ok(())
}

fn claims(stage: &mut Stage<'_>) -> Result<Claims> {
    let team = stage.actor("rewards team");
    let signer = stage.stranger("signer");
    let token = token(stage, team, "RWD", 8)?;
    let at = stage.deploy(team, "RewardClaims", args![token, signer])?;
    stage.protect(at, "rewards");
    let all = stage.amount(units(5_000_000, 8));
    give(stage, team, token, at, all);
    stage.mine()?;
    let claims = Claims { at, token };
    for (id, name, whole) in [(1, "fritz", 1_200), (2, "gala", 45_000), (3, "fritz", 800), (4, "hana", 20_500)] {
        let (user, amount) = (stage.actor(name), stage.amount(units(whole, 8)));
        claim(stage, &claims, (id, user, amount), false)?;
        stage.pass(1)?;
    }
    // The team publishes what it signed: so much, and no more.
    let most = stage.amount(units(1_200 + 45_000 + 800 + 20_500 + 2_000_000, 8));
    let asks = Some("call = 'paid()'".to_owned());
    let broken = format!("observed.value != null && observed.value > amount(\"{most}\")");
    Invariant { id: "no-more-than-was-signed", kind: KIND, on: "observed", broken, about: at, asks }.declare(stage);
    Ok(claims)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let claims = claims(stage)?;
    let thief = stage.actor("thief");
    let each = stage.amount(units(200_000, 8));
    for id in 10..20 {
        claim(stage, &claims, (id, thief, each), false)?;
    }
    stage.pass(3)?;
    for part in parts(stage, (10..20).collect()) {
        stage.attack(|stage| part.into_iter().try_for_each(|id| claim(stage, &claims, (id, thief, each), true)))?;
        stage.between_parts()?;
    }
    let loot = held(stage, claims.token, thief)?;
    ensure!(loot == each * U256::from(20), "the rewards were paid {loot}");
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let claims = claims(stage)?;
    // One who has just as many rewards of the same size claims them in two rounds.
    let user = stage.actor("user with many rewards");
    let each = stage.amount(units(100_000, 8));
    for id in 10..20 {
        claim(stage, &claims, (id, user, each), false)?;
    }
    stage.pass(3)?;
    for part in parts(stage, (20..30).collect()) {
        part.into_iter().try_for_each(|id| claim(stage, &claims, (id, user, each), false))?;
        stage.between_parts()?;
    }
    ensure!(held(stage, claims.token, user)? == each * U256::from(20), "a reward was not paid");
    ensure!(one(stage, claims.at, "paid()", args![])? > each, "nothing was paid");
    Ok(())
}
