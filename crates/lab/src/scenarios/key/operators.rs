//! Two of five operators' keys: Harmony's Horizon bridge (June 2022).

use anyhow::{Result, ensure};
use facts::{Address, B256, U256};

use super::super::{
    declare::leaves_at_most,
    props::{allow, give, held, parts, token, units},
};
use crate::{Scenario, Stage, args, call_data};

pub(super) const TWO_OF_FIVE: Scenario = Scenario {
    id: "key/compromised-signer/two-of-five",
    about: "a thief holds two of the five keys of a bridge's multisig, and unlocks one asset after the other",
    attack,
    twin,
};

const KIND: &str = "key/compromised-signer";
const OPERATORS: [&str; 5] = ["operator one", "operator two", "operator three", "operator four", "operator five"];

struct Bridge {
    wallet: Address,
    manager: Address,
    tokens: Vec<Address>,
    next: u64,
}

impl Bridge {
    /// One operator submits, another confirms in the next block.
    fn unlock(
        &mut self,
        stage: &mut Stage<'_>,
        by: [&str; 2],
        (token, amount): (Address, U256),
        to: Address,
    ) -> Result<()> {
        let [first, second] = by.map(|name| stage.actor(name));
        let receipt = B256::from(U256::from(1_000 + self.next));
        let unlock = call_data("unlockToken(address,uint256,address,bytes32)", args![token, amount, to, receipt]);
        let submit = "submitTransaction(address,uint256,bytes)";
        stage.call(first, self.wallet, submit, args![self.manager, U256::ZERO, unlock]);
        stage.mine()?;
        stage.call(second, self.wallet, "confirmTransaction(uint256)", args![self.next]);
        self.next += 1;
        stage.mine()
    }
}

fn bridge(stage: &mut Stage<'_>) -> Result<Bridge> {
    let team = stage.actor("bridge team");
    let operators: Vec<Address> = OPERATORS.iter().map(|name| stage.actor(name)).collect();
    let wallet = stage.deploy(team, "MultiSigWallet", args![operators, 2u64])?;
    let manager = stage.deploy(team, "HorizonManager", args![wallet])?;
    stage.protect(wallet, "operators");
    stage.protect(manager, "manager");
    let mut tokens = Vec::new();
    for (symbol, decimals, whole) in
        [("USDC", 6, 41_200_000), ("USDT", 6, 9_981_000), ("WBTC", 8, 592), ("SUSHI", 18, 84_620), ("AAVE", 18, 5_620)]
    {
        let token = token(stage, team, symbol, decimals)?;
        let each = stage.amount(units(whole, decimals)) / U256::from(4);
        for name in ["lars", "mona", "nils", "odile"] {
            let holder = stage.actor(name);
            give(stage, team, token, holder, each);
            allow(stage, holder, token, manager);
            stage.call(holder, manager, "lockToken(address,uint256,address)", args![token, each, holder]);
        }
        stage.pass(1)?;
        // Nobody brought more than a quarter of it here, so nobody takes more than half home at once.
        let id = format!("no-unlock-of-{}-is-larger", symbol.to_lowercase());
        leaves_at_most(stage, &id, KIND, (manager, Some(token)), each * U256::from(2));
        tokens.push(token);
    }
    let mut bridge = Bridge { wallet, manager, tokens, next: 0 };
    for (number, name) in ["mona", "lars", "nils"].into_iter().enumerate() {
        let to = stage.actor(name);
        let token = bridge.tokens[number];
        stage.mine()?;
        let some = held(stage, token, manager)? / U256::from(20);
        bridge.unlock(stage, [OPERATORS[number], OPERATORS[number + 2]], (token, some), to)?;
        stage.pass(1)?;
    }
    Ok(bridge)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let mut bridge = bridge(stage)?;
    let thief = stage.stranger("thief");
    let payee = stage.payee(thief);
    stage.wait(7 * 3_600);
    for part in parts(stage, bridge.tokens.clone()) {
        for token in part {
            let all = held(stage, token, bridge.manager)?;
            stage.attack(|stage| bridge.unlock(stage, [OPERATORS[0], OPERATORS[3]], (token, all), payee))?;
        }
        stage.between_parts()?;
    }
    for token in &bridge.tokens {
        ensure!(held(stage, *token, bridge.manager)?.is_zero(), "something is left");
    }
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let mut bridge = bridge(stage)?;
    // The largest holder goes home with all five, to an address of its own that nobody has seen.
    let home = stage.stranger("odile's new wallet");
    stage.wait(7 * 3_600);
    for part in parts(stage, bridge.tokens.clone()) {
        for token in part {
            let most = held(stage, token, bridge.manager)? * U256::from(9) / U256::from(20);
            bridge.unlock(stage, [OPERATORS[1], OPERATORS[4]], (token, most), home)?;
        }
        stage.between_parts()?;
    }
    for token in &bridge.tokens {
        ensure!(held(stage, *token, home)? > U256::ZERO, "the holder is not home");
    }
    Ok(())
}
