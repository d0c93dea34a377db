//! A bridge that executes what its keepers signed, on whatever contract the message names: Poly Network (August 2021).

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use case::Planned;
use facts::{Address, B256, Bytes, U256};

use super::super::{
    declare::Invariant,
    props::{allow, give, held, parts, signed, token, units},
};
use crate::{Arg as _, Scenario, Stage, Tuple, args, encode};

pub(super) const NEW_KEEPER: Scenario = Scenario {
    id: "access/role-takeover/poly-keeper",
    about: "a cross-chain message names the contract of the bridge's keepers, and a method whose selector is that which \
            replaces them; then the new keeper signs everything away",
    attack,
    twin,
};

const KIND: &str = "access/role-takeover";
const KEEPERS: [&str; 4] = ["keeper one", "keeper two", "keeper three", "keeper four"];
const NEXT: [&str; 4] = ["keeper five", "keeper six", "keeper seven", "keeper eight"];

struct Bridge {
    relayer: Address,
    keepers: Address,
    manager: Address,
    vault: Address,
    tokens: Vec<(Address, U256)>,
}

/// A message from the other chain.
struct Message {
    number: u64,
    from: Address,
    to: Address,
    method: &'static str,
    args: Vec<u8>,
}

impl Message {
    fn value(&self) -> DynSolValue {
        let bytes = |bytes: &[u8]| Bytes::copy_from_slice(bytes);
        let id = keccak256(self.number.to_be_bytes());
        let (from, method, args) = (bytes(self.from.as_slice()), bytes(self.method.as_bytes()), bytes(&self.args));
        Tuple(args![2u64, id, from, self.to, method, args]).value()
    }

    fn digest(&self) -> B256 {
        keccak256(encode(vec![self.value()]))
    }
}

fn execute(stage: &mut Stage<'_>, bridge: &Bridge, by: Address, message: &Message, signers: &[&str]) -> Result<B256> {
    let digest = message.digest();
    let signatures = signers.iter().map(|name| signed(stage, name, digest)).collect::<Result<Vec<_>>>()?;
    let ask = "verifyHeaderAndExecuteTx((uint64,bytes32,bytes,address,bytes,bytes),bytes[])";
    Ok(stage.call(by, bridge.manager, ask, vec![message.value(), signatures.value()]))
}

fn unlock(bridge: &Bridge, number: u64, token: Address, to: Address, amount: U256) -> Message {
    let args = encode(args![token, to, amount]);
    Message { number, from: bridge.vault, to: bridge.vault, method: "unlock", args }
}

fn bridge(stage: &mut Stage<'_>) -> Result<Bridge> {
    let owner = stage.actor("bridge team");
    let relayer = stage.actor("relayer");
    let accounts: Vec<Address> = KEEPERS.iter().map(|name| stage.stranger(name)).collect();
    let keepers = stage.deploy(owner, "PolyKeepers", args![accounts])?;
    let manager = stage.deploy(owner, "PolyManager", args![keepers])?;
    let vault = stage.deploy(owner, "PolyLockProxy", args![manager])?;
    stage.announce("the manager owns the keepers", &[owner], &[(keepers, Planned::Owner(manager))])?;
    stage.call(owner, keepers, "transferOwnership(address)", args![manager]);
    for (contract, name) in [(keepers, "keepers"), (manager, "manager"), (vault, "lock proxy")] {
        stage.protect(contract, name);
    }
    let mut bridge = Bridge { relayer, keepers, manager, vault, tokens: Vec::new() };
    for (symbol, decimals, whole) in [("USDC", 6, 96_389_444), ("DAI", 18, 673_227), ("RENBTC", 8, 1_032)] {
        let at = token(stage, owner, symbol, decimals)?;
        let each = stage.amount(units(whole, decimals)) / U256::from(3);
        for name in ["lena", "marc", "nora"] {
            let holder = stage.actor(name);
            give(stage, owner, at, holder, each);
            allow(stage, holder, at, vault);
            let to = Bytes::copy_from_slice(holder.as_slice());
            stage.call(holder, vault, "lock(address,uint64,bytes,uint256)", args![at, 2u64, to, each]);
        }
        stage.pass(1)?;
        bridge.tokens.push((at, each * U256::from(3)));
    }
    for (number, name) in [(1, "lena"), (2, "nora"), (3, "marc")] {
        let to = stage.actor(name);
        let (token, all) = bridge.tokens[(number % 3) as usize];
        let message = unlock(&bridge, number, token, to, all / U256::from(50));
        execute(stage, &bridge, relayer, &message, &KEEPERS[1..])?;
        stage.pass(1)?;
    }
    // Keepers change by their own word only.
    let broken = format!(
        "call.effective && call.from == address(\"{manager:#x}\") && call.to == address(\"{keepers:#x}\") \
         && call.selector == selector(\"putCurEpochConPubKeyBytes(bytes)\") \
         && tx.selector != selector(\"changeBookKeeper(address[],bytes[])\")"
    );
    let own = Invariant { id: "keepers-by-their-word", kind: KIND, on: "call", broken, about: keepers, asks: None };
    own.declare(stage);
    Ok(bridge)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let bridge = bridge(stage)?;
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    let own = stage.stranger("thief's keeper");
    // The call is `f1121318093(bytes,bytes,uint64)`, which has the selector of `putCurEpochConPubKeyBytes(bytes)`. The
    // keepers of the day sign it as they sign everything that happened on the other chain.
    let keepers = Bytes::from(encode(vec![vec![own].value()]));
    let args = keepers.to_vec();
    let takeover = Message { number: 10, from: thief, to: bridge.keepers, method: "f1121318093", args };
    let done = stage.attack(|stage| execute(stage, &bridge, thief, &takeover, &KEEPERS[..3]))?;
    stage.pass(1)?;
    ensure!(stage.succeeded(done) == Some(true), "the keepers were not replaced");
    let wanted: Vec<_> = (0..bridge.tokens.len()).collect();
    for part in parts(stage, wanted) {
        for which in part {
            let token = bridge.tokens[which].0;
            let all = held(stage, token, bridge.vault)?;
            let message = unlock(&bridge, 20 + which as u64, token, payee, all);
            stage.attack(|stage| execute(stage, &bridge, thief, &message, &["thief's keeper"]))?;
            stage.mine()?;
        }
        stage.between_parts()?;
    }
    for (token, _) in &bridge.tokens {
        ensure!(held(stage, *token, bridge.vault)?.is_zero(), "something is left");
    }
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let bridge = bridge(stage)?;
    // The keepers hand over to others by their own word, and the biggest holder brings nearly everything home.
    let next: Vec<Address> = NEXT.iter().map(|name| stage.stranger(name)).collect();
    let digest = keccak256(encode(vec![next.clone().value()]));
    let signatures = KEEPERS.iter().map(|name| signed(stage, name, digest)).collect::<Result<Vec<_>>>()?;
    let ask = "changeBookKeeper(address[],bytes[])";
    let done = stage.call(bridge.relayer, bridge.manager, ask, vec![next.value(), signatures.value()]);
    stage.pass(1)?;
    ensure!(stage.succeeded(done) == Some(true), "the keepers were not replaced");
    let whale = stage.stranger("lena's cold wallet");
    let wanted: Vec<_> = (0..bridge.tokens.len()).collect();
    for part in parts(stage, wanted) {
        for which in part {
            let token = bridge.tokens[which].0;
            let most = held(stage, token, bridge.vault)? * U256::from(9) / U256::from(10);
            let message = unlock(&bridge, 20 + which as u64, token, whale, most);
            execute(stage, &bridge, bridge.relayer, &message, &NEXT[..3])?;
            stage.mine()?;
        }
        stage.between_parts()?;
    }
    for (token, locked) in &bridge.tokens {
        ensure!(held(stage, *token, whale)? > *locked / U256::from(2), "the whale got too little");
    }
    Ok(())
}
