//! A distributor that notes numbers which its tree does not know: one leaf is claimed as often as there are numbers.

use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, B256, U256};

use crate::{
    Arg as _, Scenario, Stage, Tuple, args, encode,
    scenarios::{
        declare::view_never,
        props::{give, held, strike_in_parts, token, units},
    },
};

pub(super) const OTHER_NUMBER: Scenario = Scenario {
    id: "logic/reward-claim/other-number",
    about: "an airdrop marks a claim by a number that is not in its tree, and whoever is in the tree once claims under \
            numbers that nobody has",
    attack,
    twin,
};

struct Drop {
    at: Address,
    token: Address,
    /// Who gets how much.
    leaves: Vec<(Address, U256)>,
    layers: Vec<Vec<B256>>,
}

/// The tree of a distributor, leaves first: pairs are sorted before they are hashed, and who has no neighbour rises.
fn grow(leaves: &[(Address, U256)]) -> Vec<Vec<B256>> {
    let leaf = |(who, amount): &(Address, U256)| keccak256(keccak256(encode(args![*who, *amount])));
    let mut layers = vec![leaves.iter().map(leaf).collect::<Vec<_>>()];
    while layers.last().is_some_and(|layer| layer.len() > 1) {
        let below = layers.last().map_or(&[][..], Vec::as_slice);
        let above = below.chunks(2).map(|pair| match pair {
            [one, other] => keccak256([*one.min(other), *one.max(other)].concat()),
            single => single[0],
        });
        let above = above.collect();
        layers.push(above);
    }
    layers
}

impl Drop {
    fn proof(&self, mut index: usize) -> Vec<B256> {
        let mut proof = Vec::new();
        for layer in &self.layers {
            proof.extend(layer.get(index ^ 1).filter(|_| layer.len() > 1));
            index /= 2;
        }
        proof
    }
}

fn drop(stage: &mut Stage<'_>, others: &[(Address, U256)]) -> Result<Drop> {
    let team = stage.actor("team");
    let token = token(stage, team, "ZETA", 18)?;
    let mut leaves = Vec::new();
    for n in 0..30u64 {
        let who = stage.actor(&format!("user {n}"));
        leaves.push((who, stage.amount(units(900 + 370 * (n % 11), 18))));
    }
    leaves.extend_from_slice(others);
    let all: U256 = leaves.iter().map(|(_, amount)| *amount).sum();
    let layers = grow(&leaves);
    let root = layers.last().map_or(B256::ZERO, |layer| layer[0]);
    let at = stage.deploy(team, "MerkleDrop", args![token, root])?;
    stage.protect(at, "drop");
    // Several rounds are paid in advance.
    give(stage, team, token, at, all * U256::from(4));
    let never = format!("observed.value > amount(\"{all}\")");
    view_never(stage, "no-more-than-the-tree", "logic/reward-claim", at, ("claimed()", args![]), &never);
    stage.pass(1)?;
    let drop = Drop { at, token, leaves, layers };
    for index in [3, 0, 11, 7, 19, 4] {
        let (who, amount) = drop.leaves[index];
        let ask = "claim(uint256,address,uint256,bytes32[])";
        stage.call(who, at, ask, args![index as u64, who, amount, drop.proof(index)]);
        stage.pass(1)?;
    }
    Ok(drop)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    let share = stage.amount(units(4_000, 18));
    let drop = drop(stage, &[(payee, share)])?;
    let before = held(stage, drop.token, drop.at)?;
    let (at, proof) = (drop.at, drop.proof(30));
    // Numbers from a thousand on are nobody's.
    let numbers: Vec<u64> = (1_000..1_060).collect();
    strike_in_parts(stage, thief, "NumberThief", numbers, |_, part| {
        let (from, to) = (part.iter().min().copied().unwrap_or(0), part.iter().max().copied().unwrap_or(0) + 1);
        ("run(address,address,uint256,bytes32[],uint256,uint256)", args![at, payee, share, proof.clone(), from, to])
    })?;
    let (left, loot) = (held(stage, drop.token, drop.at)?, held(stage, drop.token, payee)?);
    ensure!(loot == share * U256::from(60), "{loot} were claimed of {before}, {left} are left");
    Ok(())
}

/// A service claims for everybody who has not yet, in one transaction; three of the shares are of one whale.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let (whale, service) = (stage.actor("whale"), stage.actor("service"));
    let share = stage.amount(units(16_000, 18));
    let drop = drop(stage, &[(whale, share), (whale, share * U256::from(2)), (whale, share)])?;
    let batcher = stage.deploy(service, "DropBatcher", args![])?;
    stage.mine()?;
    let open = (0..drop.leaves.len()).filter(|index| ![3, 0, 11, 7, 19, 4].contains(index));
    for part in crate::scenarios::props::parts(stage, open.collect()) {
        let claims = part.iter().map(|index| {
            let (who, amount) = drop.leaves[*index];
            Tuple(args![*index as u64, who, amount, drop.proof(*index)])
        });
        let ask = "claimAll(address,(uint256,address,uint256,bytes32[])[])";
        stage.call(service, batcher, ask, vec![drop.at.value(), claims.collect::<Vec<_>>().value()]);
        stage.between_parts()?;
    }
    ensure!(held(stage, drop.token, whale)? == share * U256::from(4), "the whale has less than its due");
    Ok(())
}
