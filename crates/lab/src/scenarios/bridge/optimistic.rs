//! A root of nothing that counts as proved: Nomad (August 2022).

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use case::Planned;
use facts::{Address, B256, Bytes, U256};

use super::super::{
    declare::Invariant,
    props::{allow, give, held, parts, signed, token, units},
};
use crate::{Arg as _, Scenario, Stage, Tuple, args, call_data, encode};

pub(super) const ZERO_ROOT: Scenario = Scenario {
    id: "bridge/forged-proof/zero-root",
    about: "an upgrade makes the empty root a trusted one, so that messages nobody proved pass; one finds it, and others \
            send the same call with their own address in it",
    attack,
    twin,
};

const KIND: &str = "bridge/forged-proof";
const ORIGIN: u64 = 1_650_811_245;
const HERE: u64 = 6_648_936;
const WAIT_S: u64 = 1_800;

struct Bridge {
    team: Address,
    replica: Address,
    router: Address,
    remote: B256,
    root: B256,
    usd: Address,
    btc: Address,
}

#[derive(Clone)]
struct Message {
    nonce: u64,
    token: Address,
    to: Address,
    amount: U256,
}

impl Bridge {
    fn message(&self, message: &Message) -> DynSolValue {
        let body = Bytes::from(encode(args![message.token, message.to, message.amount]));
        Tuple(args![ORIGIN, self.remote, message.nonce, HERE, self.router, body]).value()
    }

    fn leaf(&self, message: &Message) -> B256 {
        keccak256(encode(vec![self.message(message)]))
    }

    /// The updater signs the root of these messages, the time to object passes, and somebody brings them all.
    fn bring(&mut self, stage: &mut Stage<'_>, by: Address, messages: &[Message]) -> Result<()> {
        let leaves: Vec<B256> = messages.iter().map(|message| self.leaf(message)).collect();
        let root = *tree(&leaves).last().and_then(|level| level.first()).unwrap_or(&B256::ZERO);
        let domain = u32::try_from(ORIGIN)?.to_be_bytes();
        let said = keccak256([&domain[..], self.root.as_slice(), root.as_slice()].concat());
        let signature = signed(stage, "updater", said)?;
        stage.call(by, self.replica, "update(bytes32,bytes32,bytes)", args![self.root, root, signature]);
        self.root = root;
        stage.pass(1)?;
        stage.wait(WAIT_S);
        stage.pass(1)?;
        let ask = "proveAndProcess((uint32,bytes32,uint32,uint32,address,bytes),bytes32[])";
        for (number, message) in messages.iter().enumerate() {
            stage.call(by, self.replica, ask, vec![self.message(message), proof(&leaves, number).value()]);
        }
        stage.mine()
    }
}

fn pair(a: B256, b: B256) -> B256 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    keccak256([low, high].concat())
}

/// The levels of a Merkle tree of sorted pairs, the leaves first.
fn tree(leaves: &[B256]) -> Vec<Vec<B256>> {
    let mut levels = vec![leaves.to_vec()];
    while let Some(level) = levels.last().filter(|level| level.len() > 1) {
        let above = level.chunks(2).map(|two| if let [a, b] = two { pair(*a, *b) } else { two[0] }).collect();
        levels.push(above);
    }
    levels
}

fn proof(leaves: &[B256], mut at: usize) -> Vec<B256> {
    let mut proof = Vec::new();
    for level in tree(leaves) {
        proof.extend(level.get(at ^ 1));
        at /= 2;
    }
    proof
}

fn bridge(stage: &mut Stage<'_>) -> Result<Bridge> {
    let team = stage.actor("bridge team");
    let updater = stage.stranger("updater");
    let remote = B256::from(U256::from(0xd3df_d3ed_u64));
    let root = keccak256("the first root");
    let code = stage.deploy(team, "OptimisticReplica", args![])?;
    let init = call_data("initialize(uint32,address,bytes32,uint256)", args![ORIGIN, updater, root, WAIT_S]);
    let replica = stage.deploy(team, "AdminProxy", args![code, team, init])?;
    let router = stage.deploy(team, "NomadRouter", args![replica, remote])?;
    stage.protect(replica, "replica");
    stage.protect(router, "router");
    let usd = token(stage, team, "USDC", 6)?;
    let btc = token(stage, team, "WBTC", 8)?;
    for (token, whole, decimals) in [(usd, 87_000_000, 6), (btc, 1_028, 8)] {
        for name in ["ruth", "sven", "tilda"] {
            let holder = stage.actor(name);
            let amount = stage.amount(units(whole, decimals)) / U256::from(3);
            give(stage, team, token, holder, amount);
            allow(stage, holder, token, router);
            let to = holder.into_word();
            stage.call(holder, router, "send(address,uint256,uint32,bytes32)", args![token, amount, ORIGIN, to]);
        }
    }
    stage.pass(2)?;
    let mut bridge = Bridge { team, replica, router, remote, root, usd, btc };
    let [ruth, sven, tilda] = ["ruth", "sven", "tilda"].map(|name| stage.actor(name));
    let some = stage.amount(units(40_000, 6));
    let messages = [
        Message { nonce: 1, token: usd, to: ruth, amount: some },
        Message { nonce: 2, token: btc, to: tilda, amount: stage.amount(units(1, 8)) },
        Message { nonce: 3, token: usd, to: sven, amount: some / U256::from(9) },
    ];
    bridge.bring(stage, sven, &messages)?;
    stage.pass(2)?;
    // Whatever is processed was proved in the same transaction, as the bridge's own pages have it.
    let broken = format!(
        "call.effective && call.to == address(\"{router:#x}\") && call.from == address(\"{replica:#x}\") \
         && call.selector == selector(\"handle(uint32,uint32,bytes32,bytes)\") \
         && tx.selector != selector(\"proveAndProcess((uint32,bytes32,uint32,uint32,address,bytes),bytes32[])\")"
    );
    Invariant { id: "processed-as-proved", kind: KIND, on: "call", broken, about: replica, asks: None }.declare(stage);
    Ok(bridge)
}

fn restart(stage: &mut Stage<'_>, bridge: &Bridge, root: B256) -> Result<()> {
    let code = stage.deploy(bridge.team, "OptimisticReplicaV2", args![])?;
    let restart = call_data("restart(bytes32)", args![root]);
    let admin = bridge.replica.create(1);
    stage.announce(
        "the second version of the replica",
        &[bridge.team],
        &[(bridge.replica, Planned::Implementation(code))],
    )?;
    stage.call(bridge.team, admin, "upgradeAndCall(address,address,bytes)", args![bridge.replica, code, restart]);
    stage.pass(2)?;
    stage.wait(86_400);
    stage.pass(1)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let bridge = bridge(stage)?;
    // Nobody sees anything in it for a while.
    restart(stage, &bridge, B256::ZERO)?;
    let (all_btc, all_usd) = (held(stage, bridge.btc, bridge.router)?, held(stage, bridge.usd, bridge.router)?);
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    let mut wanted = Vec::new();
    for (n, who) in [payee, payee, stage.actor("copycat"), stage.actor("other copycat")].into_iter().enumerate() {
        for (token, all) in [(bridge.btc, all_btc), (bridge.usd, all_usd)] {
            let nonce = 1_000 + wanted.len() as u64;
            wanted.push((n, Message { nonce, token, to: who, amount: all / U256::from(4) }));
        }
    }
    for part in parts(stage, wanted) {
        for (n, message) in part {
            let by = match n {
                0 | 1 => thief,
                2 => stage.actor("copycat"),
                _ => stage.actor("other copycat"),
            };
            let ask = "process((uint32,bytes32,uint32,uint32,address,bytes))";
            let args = vec![bridge.message(&message)];
            stage.attack(|stage| stage.strike(by, bridge.replica, U256::ZERO, ask, args))?;
        }
        stage.between_parts()?;
    }
    ensure!(held(stage, bridge.btc, bridge.router)? < U256::from(8), "bitcoins are left");
    ensure!(held(stage, bridge.usd, bridge.router)? < U256::from(8), "dollars are left");
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let mut bridge = bridge(stage)?;
    let root = bridge.root;
    restart(stage, &bridge, root)?;
    // After the upgrade much has gathered: one bot brings it all, most of it for one holder's new wallet.
    let bot = stage.actor("bot");
    let whale = stage.stranger("tilda's new wallet");
    stage.mine()?;
    let (all_btc, all_usd) = (held(stage, bridge.btc, bridge.router)?, held(stage, bridge.usd, bridge.router)?);
    let mut waiting = Vec::new();
    for n in 0..4u64 {
        for (token, all) in [(bridge.btc, all_btc), (bridge.usd, all_usd)] {
            let to = if n < 3 { whale } else { stage.actor("ruth") };
            let nonce = 10 + waiting.len() as u64;
            waiting.push(Message { nonce, token, to, amount: all * U256::from(9) / U256::from(40) });
        }
    }
    stage.mine()?;
    for part in parts(stage, waiting) {
        bridge.bring(stage, bot, &part)?;
        stage.between_parts()?;
    }
    ensure!(held(stage, bridge.btc, whale)? > all_btc / U256::from(2), "the whale's bitcoins did not come");
    Ok(())
}
