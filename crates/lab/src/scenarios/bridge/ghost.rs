//! A deposit of nothing: Qubit (January 2022). Both sides of the bridge stand on one chain here.

use anyhow::{Result, ensure};
use case::Planned;
use facts::{Address, B256, Bytes, U256};

use super::super::{
    declare::Invariant,
    props::{allow, give, held, one, parts, token, units},
};
use crate::{Scenario, Stage, args, call_data, encode, ether};

pub(super) const GHOST_DEPOSIT: Scenario = Scenario {
    id: "bridge/mint-without-lock/ghost-deposit",
    about: "a deposit of a token at the address zero succeeds and is told as one of coins; relayers vote for it, what stands \
            for the coins is minted on the other side, and sold there",
    attack,
    twin,
};

const KIND: &str = "bridge/mint-without-lock";
const RELAYERS: [&str; 3] = ["relayer one", "relayer two", "relayer three"];

struct Bridge {
    here: Address,
    there: Address,
    vault: Address,
    minted: Address,
    usd: Address,
    pool: Address,
    deposits: u64,
}

fn resource() -> B256 {
    B256::from(U256::from(0x2f42))
}

impl Bridge {
    /// Two relayers vote for the last deposit, as they have seen it.
    fn relay(&mut self, stage: &mut Stage<'_>, user: Address, data: &Bytes) -> Result<()> {
        self.deposits += 1;
        for name in &RELAYERS[..2] {
            let relayer = stage.actor(name);
            let ask = "voteProposal(uint8,uint64,bytes32,address,bytes)";
            stage.call(relayer, self.there, ask, args![1u64, self.deposits, resource(), user, data.clone()]);
        }
        stage.mine()
    }

    fn deposit_coins(&mut self, stage: &mut Stage<'_>, user: Address, amount: U256) -> Result<()> {
        let data = Bytes::from(encode(args![amount]));
        let ask = "depositETH(uint8,bytes32,bytes)";
        stage.pay(user, self.here, amount, ask, args![2u64, resource(), data.clone()]);
        stage.pass(1)?;
        self.relay(stage, user, &data)
    }
}

fn bridge(stage: &mut Stage<'_>) -> Result<Bridge> {
    let team = stage.actor("bridge team");
    let relayers: Vec<Address> = RELAYERS.iter().map(|name| stage.actor(name)).collect();
    let here = stage.deploy(team, "RelayBridge", args![1u64, relayers.clone(), 2u64])?;
    let there = stage.deploy(team, "RelayBridge", args![2u64, relayers, 2u64])?;
    let vault = stage.deploy(team, "RelayHandler", args![here])?;
    let mint = stage.deploy(team, "RelayHandler", args![there])?;
    let minted = token(stage, team, "xETH", 18)?;
    let usd = token(stage, team, "BUSD", 18)?;
    let pool = stage.deploy(team, "Pool", args![minted, usd])?;
    let lens = stage.deploy(team, "BackingLens", args![])?;
    stage.announce("the bridge mints", &[team], &[(minted, Planned::Owner(mint))])?;
    stage.call(team, minted, "setMinter(address)", args![mint]);
    for (bridge, handler, what) in [(here, vault, Address::ZERO), (there, mint, minted)] {
        stage.call(team, bridge, "setResource(address,bytes32)", args![handler, resource()]);
        stage.call(team, handler, "setResource(bytes32,address)", args![resource(), what]);
    }
    for (contract, name) in [(vault, "vault"), (there, "bridge"), (minted, "minted coin"), (pool, "pool")] {
        stage.protect(contract, name);
    }
    stage.mine()?;
    let mut bridge = Bridge { here, there, vault, minted, usd, pool, deposits: 0 };
    for (name, coins) in [("xaver", 9_000u64), ("yara", 1_250), ("zeno", 40)] {
        let (user, amount) = (stage.actor(name), stage.amount(ether(coins)));
        bridge.deposit_coins(stage, user, amount)?;
        stage.pass(1)?;
    }
    let xaver = stage.actor("xaver");
    let (coins, dollars) = (stage.amount(ether(6_000)), stage.amount(units(15_000_000, 18)));
    stage.call(xaver, minted, "transfer(address,uint256)", args![pool, coins]);
    give(stage, team, usd, pool, dollars);
    stage.call(xaver, pool, "mint(address)", args![xaver]);
    stage.pass(1)?;
    let view = call_data("unbacked(address,address)", args![minted, vault]);
    let asks = Some(format!("input = '{view}'"));
    let broken = "observed.value != null && observed.value > 0".to_owned();
    Invariant { id: "minted-is-locked", kind: KIND, on: "observed", broken, about: lens, asks }.declare(stage);
    Ok(bridge)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let mut bridge = bridge(stage)?;
    let before = held(stage, bridge.usd, bridge.pool)?;
    let thief = super::super::props::out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    let locked = stage.balance(bridge.vault)?;
    let third = stage.amount(ether(25_720));
    stage.attack(|stage| {
        allow(stage, thief, bridge.minted, bridge.pool);
        for part in parts(stage, vec![third; 3]) {
            for amount in part {
                let data = Bytes::from(encode(args![amount]));
                let ask = "deposit(uint8,bytes32,bytes)";
                stage.call(thief, bridge.here, ask, args![2u64, resource(), data.clone()]);
                stage.mine()?;
                bridge.relay(stage, thief, &data)?;
                let sell = "sell(address,uint256,address)";
                stage.call(thief, bridge.pool, sell, args![bridge.minted, amount, payee]);
            }
            stage.between_parts()?;
        }
        Ok(())
    })?;
    ensure!(stage.balance(bridge.vault)? == locked, "something was locked");
    ensure!(held(stage, bridge.usd, bridge.pool)? * U256::from(8) < before, "the pool still has its dollars");
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let mut bridge = bridge(stage)?;
    // A whale brings far more than anyone before, really, and sells much of it.
    let whale = stage.actor("whale");
    let third = stage.amount(ether(12_000));
    allow(stage, whale, bridge.minted, bridge.pool);
    for part in parts(stage, vec![third; 3]) {
        for amount in part {
            bridge.deposit_coins(stage, whale, amount / U256::from(3))?;
            let half = amount / U256::from(6);
            stage.call(whale, bridge.pool, "sell(address,uint256,address)", args![bridge.minted, half, whale]);
        }
        stage.between_parts()?;
    }
    ensure!(held(stage, bridge.usd, whale)? > stage.amount(units(5_000_000, 18)), "the whale sold nothing");
    let supply = one(stage, bridge.minted, "totalSupply()", args![])?;
    ensure!(stage.balance(bridge.vault)? >= supply, "something is not backed");
    Ok(())
}
