//! The town hall: votes on proposals, a timelock that executes them, a treasury behind a proxy.

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::keccak256;
use anyhow::Result;
use case::Planned;
use facts::{Address, Bytes, U256};

use super::super::{
    Kind,
    city::City,
    places::{USDC, VOTES},
};
use crate::{EXCHANGE, args, call_data};

/// What there is of it.
#[derive(Debug, Default)]
pub(in super::super) struct Places {
    governor: Address,
    timelock: Address,
    treasury: Address,
    voters: Vec<usize>,
    proposals: u64,
    versions: u64,
}

impl Places {
    pub(in super::super) fn protected(&self) -> Vec<(Address, String)> {
        vec![
            (self.governor, "governor".to_owned()),
            (self.timelock, "timelock".to_owned()),
            (self.treasury, "treasury".to_owned()),
        ]
    }
}

pub(in super::super) const KINDS: &[Kind] = &[
    Kind { name: "governance: a proposal is voted on and executed", weight: 15, act: propose },
    Kind { name: "governance: votes delegated", weight: 30, act: delegate },
];

/// Seconds that the timelock waits.
const DELAY_S: u64 = 3600;

/// A token's governor with its timelock, which owns a treasury.
pub(in super::super) fn found(city: &mut City<'_>) -> Result<()> {
    let builder = city.newcomer();
    let builder = city.at(builder);
    // Anybody executes what has waited; the governor proposes, as soon as it stands.
    let governor = builder.create(city.world.nonce(builder) + 1);
    let timelock = city.deploy(builder, "Timelock", args![DELAY_S, vec![governor], vec![Address::ZERO]])?;
    let quorum = city.dollars(VOTES, 3_000_000);
    let made = city.deploy(builder, "TownGovernor", args![city.places.coin(VOTES), timelock, quorum])?;
    anyhow::ensure!(made == governor, "the governor stands elsewhere than the timelock believes");
    let code = city.deploy(builder, "TownTreasury", args![])?;
    let start = call_data("initialize(address)", args![timelock]);
    let treasury = city.deploy(builder, "UupsProxy", args![code, start])?;
    let (votes, dollar) = (city.places.coin(VOTES), city.places.coin(USDC));
    let (part, means) = (city.dollars(VOTES, 1_000_000), city.dollars(USDC, 50_000_000));
    let mut voters = Vec::new();
    for _ in 0..6 {
        let id = city.newcomer();
        let who = city.at(id);
        city.call(EXCHANGE, votes, "transfer(address,uint256)", args![who, part]);
        city.call(who, votes, "delegate(address)", args![who]);
        voters.push(id);
    }
    city.call(EXCHANGE, dollar, "transfer(address,uint256)", args![treasury, means]);
    city.places.hall = Places { governor, timelock, treasury, voters, proposals: 0, versions: 1 };
    city.mine()
}

fn delegate(city: &mut City<'_>) -> Result<()> {
    let ((_, who), token) = (city.someone(), city.places.coin(VOTES));
    let index = city.chance.index(city.places.hall.voters.len());
    let to = if city.chance.percent(50) {
        who
    } else {
        city.places.hall.voters.get(index).map(|id| city.at(*id)).unwrap_or(who)
    };
    city.call(who, token, "delegate(address)", args![to]);
    Ok(())
}

/// A proposal: what it calls, and its words.
#[derive(Clone)]
struct Proposal {
    targets: Vec<Address>,
    calls: Vec<Bytes>,
    description: String,
    /// The treasury's next code, where it is to be replaced.
    release: Option<Address>,
}

impl Proposal {
    fn args(&self, hashed: bool) -> Vec<DynSolValue> {
        let values = vec![U256::ZERO; self.targets.len()];
        let mut all = args![self.targets.clone(), values, self.calls.clone()];
        all.extend(if hashed { args![keccak256(&self.description)] } else { args![self.description.as_str()] });
        all
    }
}

fn propose(city: &mut City<'_>) -> Result<()> {
    let treasury = city.places.hall.treasury;
    city.places.hall.proposals += 1;
    let number = city.places.hall.proposals;
    let mut release = None;
    let (call, about) = match city.chance.below(3) {
        0 => {
            let (to, dollars) = (city.someone().1, city.chance.heavy(5_000, 500_000));
            let (token, amount) = (city.places.coin(USDC), city.dollars(USDC, dollars));
            (call_data("pay(address,address,uint256)", args![token, to, amount]), "a grant")
        }
        1 => (call_data("setFee(uint256)", args![city.chance.between(1, 100)]), "another fee"),
        _ => {
            let (_, by) = city.someone();
            city.places.hall.versions += 1;
            let name = if city.places.hall.versions.is_multiple_of(2) { "TownTreasuryNext" } else { "TownTreasury" };
            let code = city.deploy(by, name, args![])?;
            release = Some(code);
            (call_data("upgradeToAndCall(address,bytes)", args![code, Bytes::new()]), "a new release")
        }
    };
    let description = format!("Proposal {number}: {about}");
    let proposal = Proposal { targets: vec![treasury], calls: vec![call], description, release };
    let voters = city.places.hall.voters.clone();
    let (Some(by), governor) = (voters.first().map(|id| city.at(*id)), city.places.hall.governor) else {
        return Ok(());
    };
    let all = proposal.args(false);
    city.call(by, governor, "propose(address[],uint256[],bytes[],string)", all);
    // The snapshot is two blocks on; votes are counted for ten more.
    city.later(4, move |city| {
        let id = city.read(governor, "hashProposal(address[],uint256[],bytes[],bytes32)", proposal.args(true))?;
        for voter in &voters {
            let who = city.at(*voter);
            let vote = DynSolValue::Uint(U256::from(1), 8);
            let mut all = args![id];
            all.push(vote);
            city.call(who, governor, "castVote(uint256,uint8)", all);
        }
        city.later(12, move |city| queue(city, governor, proposal));
        Ok(())
    });
    Ok(())
}

fn queue(city: &mut City<'_>, governor: Address, proposal: Proposal) -> Result<()> {
    let (_, by) = city.someone();
    city.call(by, governor, "queue(address[],uint256[],bytes[],bytes32)", proposal.args(true));
    let ready = city.time() + DELAY_S;
    city.later(5, move |city| execute(city, governor, proposal, ready));
    Ok(())
}

fn execute(city: &mut City<'_>, governor: Address, proposal: Proposal, ready: u64) -> Result<()> {
    if city.time() < ready {
        city.later(3, move |city| execute(city, governor, proposal, ready));
        return Ok(());
    }
    let (treasury, timelock) = (city.places.hall.treasury, city.places.hall.timelock);
    if let Some(code) = proposal.release {
        city.world.announce("voted, and ready", &[timelock], &[(treasury, Planned::Implementation(code))])?;
    }
    let (_, by) = city.someone();
    city.call(by, governor, "execute(address[],uint256[],bytes[],bytes32)", proposal.args(true));
    Ok(())
}
