//! The key of an exchange's hot wallet: AscendEX and BitMart (December 2021).

use anyhow::{Result, ensure};
use facts::{Address, U256};

use super::super::{
    cast::rich,
    declare::Invariant,
    props::{give, held, parts, send_token, token, units},
};
use crate::{Scenario, Stage, ether};

pub(super) const HOT_WALLET: Scenario = Scenario {
    id: "key/compromised-signer/hot-wallet",
    about: "whoever stole the key of an exchange's hot wallet sends everything in it to fresh accounts, one transfer after \
            the other",
    attack,
    twin,
};

const KIND: &str = "key/compromised-signer";

struct Exchange {
    hot: Address,
    cold: Address,
    tokens: Vec<Address>,
}

fn exchange(stage: &mut Stage<'_>, cold_name: &str) -> Result<Exchange> {
    let issuer = stage.actor("issuer");
    let hot = rich(stage, "hot wallet of the exchange", 60_000);
    let cold = stage.stranger(cold_name);
    stage.protect(hot, "hot wallet");
    let mut tokens = Vec::new();
    for (symbol, decimals, whole) in
        [("USDT", 6, 14_000_000), ("SHIB", 18, 1_000_000_000), ("LINK", 18, 320_000), ("AXS", 18, 88_000)]
    {
        let token = token(stage, issuer, symbol, decimals)?;
        let amount = stage.amount(units(whole, decimals));
        give(stage, issuer, token, hot, amount);
        tokens.push(token);
    }
    stage.mine()?;
    // Customers withdraw.
    for n in 0..12usize {
        let customer = stage.stranger(&format!("customer {n}"));
        match (n % 4).checked_sub(1) {
            None => {
                let coins = stage.amount(ether(1)) * U256::from(n + 2) / U256::from(2);
                stage.transfer(hot, customer, coins);
            }
            Some(which) => {
                let some = held(stage, tokens[which], hot)? / U256::from(400 + 31 * n);
                send_token(stage, tokens[which], hot, customer, some);
            }
        }
        stage.pass(1)?;
    }
    // A withdrawal of more than a tenth of the stock goes to the exchange's own cold wallets only.
    for (number, token) in tokens.iter().enumerate() {
        let most = held(stage, *token, hot)? / U256::from(10);
        let broken = format!(
            "flow.from == address(\"{hot:#x}\") && flow.token == address(\"{token:#x}\") \
             && flow.amount > amount(\"{most}\") && flow.to != address(\"{cold:#x}\")"
        );
        let id = format!("large-withdrawals-of-{number}-stay-ours");
        Invariant { id: &id, kind: KIND, on: "flow", broken, about: hot, asks: None }.declare(stage);
    }
    Ok(Exchange { hot, cold, tokens })
}

fn empty(stage: &mut Stage<'_>, exchange: &Exchange, to: impl Fn(&mut Stage<'_>, usize) -> Address) -> Result<()> {
    let wanted: Vec<_> = (0..=exchange.tokens.len()).collect();
    for part in parts(stage, wanted) {
        for which in part {
            let all = match exchange.tokens.get(which) {
                Some(token) => held(stage, *token, exchange.hot)?,
                None => stage.amount(ether(5_000)),
            };
            let to = to(stage, which);
            match exchange.tokens.get(which) {
                Some(token) => send_token(stage, *token, exchange.hot, to, all),
                None => {
                    stage.transfer(exchange.hot, to, all);
                }
            }
            stage.mine()?;
        }
        stage.between_parts()?;
    }
    for token in &exchange.tokens {
        ensure!(held(stage, *token, exchange.hot)?.is_zero(), "something is left");
    }
    Ok(())
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let exchange = exchange(stage, "cold wallet of the exchange")?;
    stage.wait(11 * 3_600);
    let thief = stage.stranger("thief");
    let one = stage.variation.payee;
    stage.attack(|stage| {
        empty(stage, &exchange, |stage, which| {
            // One account for everything, or one for each asset.
            if one { stage.stranger(&format!("thief's account {which}")) } else { thief }
        })
    })
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    // The exchange sweeps its stock into a cold wallet that it opened for it, at night.
    let exchange = exchange(stage, "new cold wallet of the exchange")?;
    stage.wait(11 * 3_600);
    let cold = exchange.cold;
    empty(stage, &exchange, |_, _| cold)
}
