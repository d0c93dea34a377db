//! The key of an operator of a market maker's stock: Wintermute (September 2022).

use anyhow::{Result, ensure};
use facts::{Address, U256};

use super::super::{
    declare::leaves_only_for,
    props::{give, held, parts, pool, send_token, token, units},
};
use crate::{Scenario, Stage, args, call_data};

pub(super) const STOLEN_OPERATOR: Scenario = Scenario {
    id: "key/compromised-admin/stolen-operator",
    about: "an operator's key has a market maker's vault send its whole stock, token by token, to a stranger",
    attack,
    twin,
};

const KIND: &str = "key/compromised-admin";

struct Desk {
    owner: Address,
    operator: Address,
    vault: Address,
    tokens: Vec<Address>,
    pools: Vec<Address>,
    otc: Address,
}

fn exec(stage: &mut Stage<'_>, desk: &Desk, target: Address, data: facts::Bytes) {
    stage.call(desk.operator, desk.vault, "exec(address,uint256,bytes)", args![target, U256::ZERO, data]);
}

fn desk(stage: &mut Stage<'_>) -> Result<Desk> {
    let owner = stage.actor("market maker");
    let operator = stage.actor("operator");
    let vault = stage.deploy(owner, "TradingVault", args![])?;
    stage.call(owner, vault, "setOperator(address,bool)", args![operator, true]);
    stage.protect(vault, "vault");
    let usd = token(stage, owner, "USDC", 6)?;
    let mut tokens = vec![usd];
    let mut pools = Vec::new();
    let dollars = stage.amount(units(61_000_000, 6));
    give(stage, owner, usd, vault, dollars);
    for (symbol, decimals, whole, worth) in
        [("WBTC", 8, 671, 19_000), ("DAI", 18, 28_000_000, 1), ("FRAX", 18, 3_200_000, 1)]
    {
        let token = token(stage, owner, symbol, decimals)?;
        let amount = stage.amount(units(whole, decimals));
        give(stage, owner, token, vault, amount);
        let sides = [(token, amount), (usd, stage.amount(units(whole * worth, 6)))];
        pools.push(pool(stage, owner, sides)?);
        tokens.push(token);
    }
    let otc = stage.actor("trusted counterparty");
    let desk = Desk { owner, operator, vault, tokens, pools, otc };
    stage.mine()?;
    for (number, pool) in desk.pools.clone().into_iter().enumerate() {
        let token = desk.tokens[number + 1];
        let some = held(stage, token, vault)? / U256::from(60);
        exec(stage, &desk, token, call_data("approve(address,uint256)", args![pool, U256::MAX]));
        exec(stage, &desk, pool, call_data("sell(address,uint256,address)", args![token, some, vault]));
        stage.pass(2)?;
    }
    // The stock goes to pools and to whom the desk trades with.
    for (number, token) in desk.tokens.iter().enumerate() {
        let mut known = desk.pools.clone();
        known.push(otc);
        leaves_only_for(stage, &format!("stock-{number}-for-known"), KIND, (vault, *token), &known);
    }
    Ok(desk)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let desk = desk(stage)?;
    let thief = stage.stranger("thief");
    let payee = stage.payee(thief);
    stage.wait(6 * 86_400 + 3_600 * 5);
    for part in parts(stage, desk.tokens.clone()) {
        for token in part {
            let all = held(stage, token, desk.vault)?;
            stage.attack(|stage| {
                exec(stage, &desk, token, call_data("transfer(address,uint256)", args![payee, all]));
                Ok(())
            })?;
            stage.mine()?;
        }
        stage.between_parts()?;
    }
    for token in &desk.tokens {
        ensure!(held(stage, *token, desk.vault)?.is_zero(), "something is left");
    }
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let desk = desk(stage)?;
    // A trade over the counter: the whole stock but the dollars goes first, the dollars for it come blocks later.
    stage.wait(2 * 86_400);
    let usd = desk.tokens[0];
    for part in parts(stage, desk.tokens[1..].to_vec()) {
        for token in part {
            let all = held(stage, token, desk.vault)?;
            exec(stage, &desk, token, call_data("transfer(address,uint256)", args![desk.otc, all]));
            stage.mine()?;
        }
        stage.between_parts()?;
    }
    let price = stage.amount(units(43_500_000, 6));
    give(stage, desk.owner, usd, desk.otc, price);
    stage.pass(2)?;
    send_token(stage, usd, desk.otc, desk.vault, price);
    stage.mine()?;
    ensure!(held(stage, usd, desk.vault)? > stage.amount(units(100_000_000, 6)), "the desk was not paid");
    Ok(())
}
