//! A registry of identities (ERC-1056) whose signed changes do not say all that they change.

use alloy_dyn_abi::DynSolValue;
use anyhow::{Result, ensure};
use facts::{Address, B256, U256};

use super::{funded, says_one_of};
use crate::{
    Arg as _, Scenario, Stage, Tuple, args,
    scenarios::{
        cast::{issue, newcomer},
        props::{allow, held, one, parts, units, whom},
    },
};

pub(super) const UNBOUND_SIGNATURE: Scenario = Scenario {
    id: "identity/credential-registry-change/unbound-signature",
    about: "people sign that their identities go over to new keys, the signature does not say to which, and a stranger who \
            sees them wait brings them first, with a key of his own, and draws what the identities are owed",
    attack,
    twin,
};

const KIND: &str = "identity/credential-registry-change";
const PEOPLE: [(&str, u64); 6] =
    [("amara", 21_400), ("boris", 7_900), ("chen", 63_000), ("delia", 12_050), ("emil", 148_000), ("farah", 34_700)];
const CHANGE: &str = "changeOwnerSigned(address,uint8,bytes32,bytes32,address)";

struct Office {
    token: Address,
    dids: Address,
    desk: Address,
    relayer: Address,
    people: Vec<(&'static str, Address)>,
}

/// An office owes people benefits, by their identities; one of them draws some, and one moves to another key.
fn office(stage: &mut Stage<'_>) -> Result<Office> {
    let (office, relayer) = (stage.actor("office"), stage.actor("relayer"));
    let all: U256 = PEOPLE.iter().map(|(_, whole)| stage.amount(units(*whole, 6))).sum();
    let token = issue(stage, office, "EURC", 6, &[(office, all)])?;
    let dids = stage.deploy(office, "DidRegistry", args![])?;
    let desk = stage.deploy(office, "BenefitDesk", args![dids, token])?;
    stage.protect(dids, "identities");
    stage.protect(desk, "benefits");
    allow(stage, office, token, desk);
    let mut people = Vec::new();
    for (name, whole) in PEOPLE {
        let person = stage.actor(name);
        stage.call(office, desk, "credit(address,uint256)", args![person, stage.amount(units(whole, 6))]);
        people.push((name, person));
        let id = format!("{name}-is-{name}");
        let next = stage.stranger(&format!("{name}'s next key"));
        says_one_of(stage, (&id, KIND), dids, ("identityOwner(address)", args![person]), &[person, next]);
    }
    stage.pass(1)?;
    let (chen, amara) = (people[2].1, people[0].1);
    let some = stage.amount(units(2_000, 6));
    stage.call(chen, desk, "draw(address,uint256,address)", args![chen, some, chen]);
    let day = U256::from(30 * 86_400u64);
    let kind = B256::right_padding_from(b"veriKey");
    let helper = stage.stranger("amara's daughter");
    stage.call(amara, dids, "addDelegate(address,bytes32,address,uint256)", args![amara, kind, helper, day]);
    stage.wait(2 * 86_400);
    stage.pass(1)?;
    Ok(Office { token, dids, desk, relayer, people })
}

/// A person's signature under the move to another key.
fn signature(stage: &mut Stage<'_>, of: &Office, (name, identity): (&str, Address)) -> Result<[DynSolValue; 3]> {
    let digest = B256::from(one(stage, of.dids, "changeDigest(address)", args![identity])?);
    let (v, r, s) = stage.sign(name, digest)?;
    Ok([v.value(), r.value(), s.value()])
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let of = office(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let all = held(stage, of.token, of.desk)?;
    let mut at = None;
    for part in parts(stage, of.people.clone()) {
        let (mut catches, mut meant) = (Vec::new(), Vec::new());
        for (name, identity) in &part {
            let [v, r, s] = signature(stage, &of, (name, *identity))?;
            let next = stage.stranger(&format!("{name}'s next key"));
            meant.push(vec![identity.value(), v.clone(), r.clone(), s.clone(), next.value()]);
            catches.push(Tuple(vec![identity.value(), v, r, s]).value());
        }
        let run = "run(address,address,(address,uint8,bytes32,bytes32)[],address)";
        let args = vec![of.dids.value(), of.desk.value(), DynSolValue::Array(catches), payee.value()];
        match at {
            None => at = Some(stage.deploy_and_strike(thief, "DidThief", U256::ZERO, run, args)?),
            Some(at) => stage.attack(|stage| stage.strike(thief, at, U256::ZERO, run, args).map(|_| ()))?,
        }
        // The relayer comes in the same block, and too late.
        let late: Vec<B256> = meant.into_iter().map(|args| stage.call(of.relayer, of.dids, CHANGE, args)).collect();
        stage.between_parts()?;
        ensure!(late.iter().all(|tx| stage.succeeded(*tx) == Some(false)), "the relayer was first");
    }
    let loot = held(stage, of.token, payee)?;
    ensure!(loot == all, "{loot} of {all} were drawn");
    Ok(())
}

/// The relayer brings everybody's move to a new key, and the new keys draw all that the identities are owed.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let of = office(stage)?;
    for part in parts(stage, of.people.clone()) {
        let mut moved = Vec::new();
        for (name, identity) in &part {
            let next = funded(stage, &format!("{name}'s next key"));
            stage.mine()?;
            let [v, r, s] = signature(stage, &of, (name, *identity))?;
            stage.call(of.relayer, of.dids, CHANGE, vec![identity.value(), v, r, s, next.value()]);
            moved.push((*identity, next));
        }
        stage.mine()?;
        for (identity, next) in moved {
            let is = whom(stage, of.dids, "identityOwner(address)", args![identity])?;
            ensure!(is == next, "an identity belongs to {is}");
            let due = one(stage, of.desk, "balanceOf(address)", args![identity])?;
            stage.call(next, of.desk, "draw(address,uint256,address)", args![identity, due, next]);
            stage.mine()?;
        }
        stage.between_parts()?;
    }
    ensure!(held(stage, of.token, of.desk)?.is_zero(), "something was not drawn");
    Ok(())
}
