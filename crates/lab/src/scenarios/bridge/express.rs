//! A message that is executed in advance on anybody's word: CrossCurve (February 2026).

use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, B256, Bytes, U256};

use crate::{
    Arg as _, Scenario, Stage, Tuple, args, encode,
    scenarios::{
        cast::{CITIZENS, issue},
        declare::called_only_by,
        props::{allow, held, out_of_a_mixer, parts, strike_in_parts, units},
    },
};

pub(super) const EXPRESS_LANE: Scenario = Scenario {
    id: "bridge/forged-proof/express-lane",
    about: "a bridge's receiver inherited a function that executes messages before the gateway vouches for them, for \
            whoever calls it; a stranger makes some up (CrossCurve, February 2026)",
    attack,
    twin,
};

const PEER: &str = "0x7b2c5e1d6f0a49e8b3c4d5e6f708192a3b4c5d6e";
const EXPRESS: &str = "expressExecute(bytes32,string,string,bytes)";

struct Lane {
    operator: Address,
    relayer: Address,
    gateway: Address,
    portal: Address,
    receiver: Address,
    tokens: Vec<Address>,
}

/// The validators saw a message; says its number and what is in it.
fn approved(
    stage: &mut Stage<'_>,
    lane: &Lane,
    number: u64,
    (token, to, amount): (Address, Address, U256),
) -> (B256, Bytes) {
    let id = keccak256(encode(args!["command", number]));
    let payload = Bytes::from(encode(args![token, to, amount]));
    let ask = "approveContractCall(bytes32,string,string,address,bytes32)";
    stage.call(lane.operator, lane.gateway, ask, args![id, "linea", PEER, lane.receiver, keccak256(&payload)]);
    (id, payload)
}

fn lane(stage: &mut Stage<'_>) -> Result<Lane> {
    let (operator, team, relayer) = (stage.actor("operator"), stage.actor("team"), stage.actor("relayer"));
    let gateway = stage.deploy(operator, "MessageGateway", args![])?;
    let portal = stage.deploy(team, "LanePortal", args![])?;
    let receiver = stage.deploy(team, "LaneReceiver", args![gateway, portal, PEER])?;
    stage.call(team, portal, "setReceiver(address)", args![receiver]);
    stage.protect(portal, "portal");
    stage.protect(receiver, "receiver");
    called_only_by(stage, "express-by-relayer", "bridge/forged-proof", (receiver, EXPRESS), &[relayer]);
    stage.pass(1)?;
    let mut tokens = Vec::new();
    for (name, decimals, whole) in [("EYWA", 18, 40_000_000), ("USDB", 6, 310_000), ("WSTK", 18, 210)] {
        let each = stage.amount(units(whole, decimals));
        let mut holders = Vec::new();
        for name in CITIZENS {
            holders.push((stage.actor(name), each));
        }
        let token = issue(stage, team, name, decimals, &holders)?;
        for (holder, amount) in holders {
            allow(stage, holder, token, portal);
            stage.call(
                holder,
                portal,
                "lock(address,uint256,uint256)",
                args![token, amount / U256::from(2), 59_144u64],
            );
        }
        stage.pass(1)?;
        tokens.push(token);
    }
    let lane = Lane { operator, relayer, gateway, portal, receiver, tokens };
    for (number, name) in CITIZENS.into_iter().enumerate() {
        let to = stage.actor(name);
        let token = lane.tokens[number % 3];
        stage.mine()?;
        let some = held(stage, token, portal)? / U256::from(40);
        let (id, payload) = approved(stage, &lane, number as u64, (token, to, some));
        stage.pass(1)?;
        let ask = "execute(bytes32,string,string,bytes)";
        // The first of them is brought in advance.
        let ask = if number == 0 { EXPRESS } else { ask };
        stage.call(relayer, receiver, ask, args![id, "linea", PEER, payload]);
        stage.pass(1)?;
    }
    Ok(lane)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Lane { portal, receiver, tokens, .. } = lane(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    strike_in_parts(stage, thief, "LaneThief", tokens.clone(), |number, part| {
        ("run(address,address[],string,uint256,address)", args![receiver, part, PEER, 900 + number as u64, payee])
    })?;
    for token in tokens {
        ensure!(held(stage, token, portal)?.is_zero() && !held(stage, token, payee)?.is_zero(), "something is left");
    }
    Ok(())
}

/// A fund brings nine tenths of everything home: the validators saw it, and a contract brings the messages at once.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let lane = lane(stage)?;
    let fund = stage.stranger("fund");
    let relay = stage.deploy(lane.relayer, "LaneRelay", args![])?;
    stage.mine()?;
    let mut messages = Vec::new();
    for (n, token) in lane.tokens.iter().enumerate() {
        let most = held(stage, *token, lane.portal)? * U256::from(9) / U256::from(10);
        let (id, payload) = approved(stage, &lane, 50 + n as u64, (*token, fund, most));
        stage.mine()?;
        messages.push(Tuple(args![id, payload]));
    }
    for part in parts(stage, messages) {
        let args = vec![lane.receiver.value(), PEER.value(), part.value()];
        stage.call(lane.relayer, relay, "deliver(address,string,(bytes32,bytes)[])", args);
        stage.between_parts()?;
    }
    for token in lane.tokens {
        let (has, left) = (held(stage, token, fund)?, held(stage, token, lane.portal)?);
        ensure!(has > left * U256::from(8), "the fund has {has}, {left} are left");
    }
    Ok(())
}
