//! Five of nine validators in one hand: Ronin (March 2022).

use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, B256, Bytes, U256};

use super::super::{
    cast::rich,
    declare::leaves_in_a_day_at_most,
    props::{allow, give, held, parts, signed, token, units},
};
use crate::{Scenario, Stage, WETH, args, ether};

pub(super) const FIVE_OF_NINE: Scenario = Scenario {
    id: "bridge/validator-compromise/five-of-nine",
    about: "a thief who has five of nine validators' keys signs two withdrawals of nearly all that a side chain's gateway \
            holds",
    attack,
    twin,
};

const KIND: &str = "bridge/validator-compromise";
const VALIDATORS: [&str; 9] = [
    "validator one",
    "validator two",
    "validator three",
    "validator four",
    "validator five",
    "validator six",
    "validator seven",
    "validator eight",
    "validator nine",
];

struct Gateway {
    at: Address,
    usd: Address,
}

fn withdraw(
    stage: &mut Stage<'_>,
    at: Address,
    by: Address,
    (id, token, to, amount): (u64, Address, Address, U256),
    signers: &[&str],
) -> Result<B256> {
    let number = U256::from(id).to_be_bytes::<32>();
    let packed =
        [b"withdrawERC20".as_slice(), &number, to.as_slice(), token.as_slice(), &amount.to_be_bytes::<32>()].concat();
    let said = keccak256([b"\x19Ethereum Signed Message:\n32".as_slice(), keccak256(packed).as_slice()].concat());
    let mut signatures = Vec::new();
    for name in signers {
        signatures.push((stage.stranger(name), signed(stage, name, said)?));
    }
    signatures.sort_by_key(|(signer, _)| *signer);
    let signatures: Vec<u8> = signatures.into_iter().flat_map(|(_, signature)| signature.to_vec()).collect();
    let ask = "withdrawERC20For(uint256,address,address,uint256,bytes)";
    Ok(stage.call(by, at, ask, args![U256::from(id), to, token, amount, Bytes::from(signatures)]))
}

fn gateway(stage: &mut Stage<'_>) -> Result<Gateway> {
    let studio = stage.actor("studio");
    let validators: Vec<Address> = VALIDATORS.iter().map(|name| stage.stranger(name)).collect();
    let at = stage.deploy(studio, "SideGateway", args![WETH, validators, 5u64])?;
    stage.protect(at, "gateway");
    let usd = token(stage, studio, "USDC", 6)?;
    let guild = rich(stage, "guild", 1_500_000);
    let coins = stage.amount(ether(150_000));
    stage.pay(guild, at, coins, "depositEth()", args![]);
    for (name, coins, dollars) in
        [("una", 9_000u64, 4_000_000), ("vito", 14_000, 11_500_000), ("wanda", 610, 10_000_000)]
    {
        let player = stage.actor(name);
        let (coins, dollars) = (stage.amount(ether(coins)) / U256::from(2), stage.amount(units(dollars, 6)));
        stage.pay(player, at, coins, "depositEth()", args![]);
        give(stage, studio, usd, player, dollars);
        allow(stage, player, usd, at);
        stage.call(player, at, "depositERC20(address,uint256)", args![usd, dollars]);
        stage.pass(1)?;
    }
    for (id, name, coins, dollars) in [(1, "una", 12u64, 30_000), (2, "vito", 340, 0), (3, "wanda", 5, 145_000)] {
        let player = stage.actor(name);
        let coins = stage.amount(ether(coins));
        withdraw(stage, at, player, (2 * id, WETH, player, coins), &VALIDATORS[..5])?;
        let dollars = stage.amount(units(dollars, 6));
        withdraw(stage, at, player, (2 * id + 1, usd, player, dollars), &VALIDATORS[3..])?;
        stage.pass(1)?;
    }
    // What came later to the real one: a limit for a day.
    let (coins, dollars) = (held(stage, WETH, at)?, held(stage, usd, at)?);
    for (id, token, all) in [("coins-of-a-day", WETH, coins), ("dollars-of-a-day", usd, dollars)] {
        leaves_in_a_day_at_most(stage, id, KIND, (at, Some(token)), all * U256::from(2) / U256::from(3));
    }
    Ok(Gateway { at, usd })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Gateway { at, usd } = gateway(stage)?;
    let (coins, dollars) = (held(stage, WETH, at)?, held(stage, usd, at)?);
    let thief = super::super::props::out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    let third = U256::from(3);
    let wanted = [(WETH, coins), (usd, dollars)].into_iter().flat_map(|(token, all)| vec![(token, all / third); 3]);
    let wanted: Vec<_> = if stage.variation.parts > 1 { wanted.collect() } else { vec![(WETH, coins), (usd, dollars)] };
    let mut id = 2_000_000;
    for part in parts(stage, wanted) {
        for (token, amount) in part {
            stage.attack(|stage| withdraw(stage, at, thief, (id, token, payee, amount), &VALIDATORS[..5]))?;
            id += 1;
        }
        stage.between_parts()?;
    }
    ensure!(held(stage, WETH, at)? < third && held(stage, usd, at)? < third, "something is left");
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Gateway { at, usd } = gateway(stage)?;
    // The guild takes its treasure home: as much as a day allows, to a wallet that nobody knows.
    let (coins, dollars) = (held(stage, WETH, at)?, held(stage, usd, at)?);
    let guild = stage.actor("guild");
    let home = stage.stranger("guild's new vault");
    let share = |all: U256| all * U256::from(6) / U256::from(10);
    let mut id = 100;
    for part in parts(stage, vec![(WETH, share(coins)), (usd, share(dollars))]) {
        for (token, amount) in part {
            withdraw(stage, at, guild, (id, token, home, amount), &VALIDATORS[2..7])?;
            id += 1;
        }
        stage.between_parts()?;
    }
    ensure!(stage.balance(home)? == share(coins) && held(stage, usd, home)? == share(dollars), "it is not home");
    Ok(())
}
