//! A proof of a range of leaves, one of which is not there: the BNB bridge (October 2022).

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, B256, Bytes, U256};

use super::super::{
    cast::rich,
    declare::leaves_in_a_day_at_most,
    props::{one, parts, whom},
};
use crate::{Arg as _, Scenario, Stage, Tuple, args, encode, ether};

pub(super) const RANGE_PROOF: Scenario = Scenario {
    id: "bridge/forged-proof/range-proof",
    about: "a step of a Merkle proof has two sides where only one goes into the hash: a thief puts leaves there that pay it \
            a bridge's coins",
    attack,
    twin,
};

const KIND: &str = "bridge/forged-proof";

struct Bridge {
    relayer: Address,
    client: Address,
    cross: Address,
}

/// A leaf: its key, and the hash of its value.
#[derive(Clone)]
struct Leaf(Vec<u8>, B256);

impl Leaf {
    fn hash(&self) -> B256 {
        keccak256([&[0], keccak256(&self.0).as_slice(), self.1.as_slice()].concat())
    }
}

/// A step of a proof: what is beside the path, on its left or on its right.
#[derive(Clone, Copy)]
struct Step {
    left: B256,
    right: B256,
}

impl Step {
    fn hash(self, child: B256) -> B256 {
        if self.left.is_zero() {
            keccak256([&[1], child.as_slice(), self.right.as_slice()].concat())
        } else {
            keccak256([&[1], self.left.as_slice(), child.as_slice()].concat())
        }
    }
}

fn payload(to: Address, amount: U256) -> Bytes {
    encode(args![to, amount]).into()
}

/// The leaf of a package of this number.
fn package(sequence: u64, payload: &Bytes) -> Leaf {
    let mut key = vec![0, 0, 1, 0, 0x60, 0, 2, 0];
    key.extend(sequence.to_be_bytes());
    Leaf(key, keccak256(payload))
}

fn encoded(leaves: &[Leaf], steps: &[Step]) -> Bytes {
    let leaf = |leaf: &Leaf| Tuple(args![Bytes::copy_from_slice(&leaf.0), leaf.1]).value();
    let step = |step: &Step| Tuple(args![step.left, step.right]).value();
    let leaves = DynSolValue::Array(leaves.iter().map(leaf).collect());
    let steps = DynSolValue::Array(steps.iter().map(step).collect());
    encode(vec![leaves, steps]).into()
}

impl Bridge {
    /// The other chain's state after this package, told by a relayer; and the proof that the package is in it.
    fn sync(&self, stage: &mut Stage<'_>, height: u64, package: &Leaf) -> (Vec<Leaf>, Vec<Step>) {
        let neighbour = Leaf(vec![height.to_be_bytes()[7]; 8], keccak256(height.to_be_bytes()));
        let rest = keccak256([b"rest".as_slice(), &height.to_be_bytes()].concat());
        let steps = vec![Step { left: B256::ZERO, right: package.hash() }, Step { left: rest, right: B256::ZERO }];
        let root = steps.iter().fold(neighbour.hash(), |hash, step| step.hash(hash));
        stage.call(self.relayer, self.client, "syncTendermintHeader(bytes32,uint64)", args![root, height]);
        (vec![neighbour, package.clone()], steps)
    }

    fn handle(&self, stage: &mut Stage<'_>, by: Address, payload: Bytes, proof: Bytes, height: u64, sequence: u64) {
        let ask = "handlePackage(bytes,bytes,uint64,uint64)";
        stage.call(by, self.cross, ask, args![payload, proof, height, sequence]);
    }
}

fn bridge(stage: &mut Stage<'_>) -> Result<Bridge> {
    let team = stage.actor("chain team");
    let relayer = stage.actor("relayer");
    let reserve = rich(stage, "reserve", 15_000_000);
    let client = stage.deploy(team, "LightClient", args![vec![relayer]])?;
    let cross = stage.deploy(team, "CrossChainHub", args![client])?;
    stage.mine()?;
    let hub = whom(stage, cross, "tokenHub()", args![])?;
    stage.protect(hub, "token hub");
    stage.protect(cross, "cross chain");
    stage.protect(client, "light client");
    let coins = stage.amount(ether(2_100_000));
    stage.transfer(reserve, hub, coins);
    for name in ["rita", "sami"] {
        let (user, coins) = (stage.actor(name), stage.amount(ether(200)));
        stage.pay(user, hub, coins, "transferOut(address)", args![user]);
    }
    stage.pass(1)?;
    let bridge = Bridge { relayer, client, cross };
    for (n, name) in ["rita", "sami", "toma"].into_iter().enumerate() {
        let n = n as u64;
        let (to, amount) = (stage.actor(name), stage.amount(ether(30 + 450 * n)));
        let payload = payload(to, amount);
        let (leaves, steps) = bridge.sync(stage, 100 + n, &package(n, &payload));
        stage.pass(1)?;
        bridge.handle(stage, relayer, payload, encoded(&leaves, &steps), 100 + n, n);
        stage.pass(1)?;
    }
    // Never was so much taken home in a day.
    let most = stage.amount(ether(700_000));
    leaves_in_a_day_at_most(stage, "outflow-of-a-day", KIND, (hub, None), most);
    Ok(bridge)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let bridge = bridge(stage)?;
    let thief = super::super::props::out_of_a_mixer(stage, "thief", 2)?;
    let payee = stage.payee(thief);
    let before = stage.balance(payee)?;
    // A true proof of a height long past, of a package that was handled then.
    let sami = stage.actor("sami");
    let old = payload(sami, stage.amount(ether(30 + 450)));
    let old_leaf = package(1, &old);
    let neighbour = Leaf(vec![101; 8], keccak256(101u64.to_be_bytes()));
    let rest = keccak256([b"rest".as_slice(), &101u64.to_be_bytes()].concat());
    let wanted = vec![stage.amount(ether(500_000)); 4];
    let mut sequence = 3;
    for part in parts(stage, wanted) {
        for amount in part {
            let forged = payload(payee, amount);
            let leaf = package(sequence, &forged);
            let steps = [
                Step { left: B256::ZERO, right: old_leaf.hash() },
                // The hash is made of the left side alone.
                Step { left: rest, right: leaf.hash() },
            ];
            let proof = encoded(&[neighbour.clone(), old_leaf.clone(), leaf], &steps);
            let args = args![forged, proof, 101u64, sequence];
            let ask = "handlePackage(bytes,bytes,uint64,uint64)";
            stage.attack(|stage| stage.strike(thief, bridge.cross, U256::ZERO, ask, args))?;
            sequence += 1;
        }
        stage.between_parts()?;
    }
    let gained = stage.balance(payee)? - before;
    ensure!(gained > stage.amount(ether(1_900_000)), "the thief got {gained}");
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let bridge = bridge(stage)?;
    // The largest holder brings home what a day allows, in packages that are proved together with their neighbours.
    let whale = stage.stranger("toma's cold wallet");
    let wanted = vec![stage.amount(ether(170_000)); 4];
    let mut sequence = 3;
    for part in parts(stage, wanted) {
        for amount in part {
            let payload = payload(whale, amount);
            let (leaves, steps) = bridge.sync(stage, 100 + sequence, &package(sequence, &payload));
            bridge.handle(stage, bridge.relayer, payload, encoded(&leaves, &steps), 100 + sequence, sequence);
            sequence += 1;
        }
        stage.between_parts()?;
    }
    ensure!(stage.balance(whale)? == stage.amount(ether(680_000)), "the whale did not get home");
    ensure!(one(stage, bridge.cross, "receiveSequence()", args![])? == U256::from(7), "packages are missing");
    Ok(())
}
