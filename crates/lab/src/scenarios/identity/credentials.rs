//! A registry of credentials, and a fund that pays whoever holds one.

use anyhow::{Result, ensure};
use facts::{Address, B256, U256};

use crate::{
    Scenario, Stage, args,
    scenarios::{
        cast::{assault, issue, newcomer},
        declare::{Invariant, called_only_by},
        props::{held, out_of_a_mixer, parts, units},
    },
};

pub(super) const OPEN_BATCH: Scenario = Scenario {
    id: "identity/credential-registry-change/open-batch",
    about: "whoever issues credentials to many at once is not asked whether he acts for the issuer, and a stranger has them \
            issued to a crowd of his own making, which claims grants",
    attack: open,
    twin: graduation,
};

pub(super) const ADDED_DELEGATE: Scenario = Scenario {
    id: "identity/credential-registry-change/added-delegate",
    about: "with a stolen key of an issuer somebody makes himself its delegate; the key is changed, the delegate stays, and \
            issues credentials that claim grants",
    attack: delegate,
    twin: registrar,
};

const KIND: &str = "identity/credential-registry-change";
const ISSUE: &str = "issue(address,bytes32,address,uint64)";
const ISSUE_MANY: &str = "issueBatch(address,bytes32,address[],uint64)";
const ADD_DELEGATE: &str = "addDelegate(address,bytes32,address,uint256)";
const YEAR_S: u64 = 365 * 86_400;

struct Registry {
    token: Address,
    dids: Address,
    registry: Address,
    fund: Address,
    university: Address,
    schema: B256,
    /// What each gets.
    each: U256,
}

/// A university that is accredited, a fund for its students, and some who claimed.
fn registry(stage: &mut Stage<'_>) -> Result<Registry> {
    let (board, university) = (stage.actor("board"), stage.actor("university"));
    let each = stage.amount(units(4_800, 6));
    let dids = stage.deploy(board, "DidRegistry", args![])?;
    let registry = stage.deploy(board, "CredentialRegistry", args![dids])?;
    let schema = B256::right_padding_from(b"enrolled student");
    let token = issue(stage, board, "EURC", 6, &[])?;
    let fund = stage.deploy(board, "GrantFund", args![registry, schema, token, each])?;
    stage.call(board, token, "mint(address,uint256)", args![fund, each * U256::from(40)]);
    stage.call(board, registry, "setIssuer(address,bool)", args![university, true]);
    for (contract, name) in [(dids, "identities"), (registry, "credentials"), (fund, "grants")] {
        stage.protect(contract, name);
    }
    stage.pass(1)?;
    let of = Registry { token, dids, registry, fund, university, schema, each };
    for name in ["gil", "hugo", "ida"] {
        let student = stage.actor(name);
        let until = stage.next_time() + YEAR_S;
        stage.call(university, registry, ISSUE, args![university, schema, student, until]);
        stage.pass(1)?;
        stage.call(student, fund, "claim(address)", args![student]);
        stage.wait(5 * 3_600);
        stage.pass(1)?;
    }
    // One of them leaves.
    let hugo = stage.actor("hugo");
    stage.call(university, registry, "revoke(address,bytes32,address)", args![university, schema, hugo]);
    stage.pass(2)?;
    Ok(of)
}

fn open(stage: &mut Stage<'_>) -> Result<()> {
    let of = registry(stage)?;
    called_only_by(stage, "issued-by-the-university", KIND, (of.registry, ISSUE_MANY), &[of.university]);
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    assault(stage, thief, "GrantThief", |parts| {
        let batch = "batch(address,address,uint256,address)";
        (U256::ZERO, batch, args![of.fund, of.university, 30 / parts, payee])
    })?;
    let loot = held(stage, of.token, payee)?;
    ensure!(loot >= of.each * U256::from(30), "{loot} were claimed");
    Ok(())
}

/// The students that are to be.
fn students(stage: &mut Stage<'_>) -> Result<Vec<Address>> {
    let students = (0..18).map(|n| stage.actor(&format!("student {n}"))).collect();
    stage.mine()?;
    Ok(students)
}

/// They claim, and each pays the same fee to the university.
fn enrol(stage: &mut Stage<'_>, of: &Registry, students: &[Address]) -> Result<()> {
    for student in students {
        stage.call(*student, of.fund, "claim(address)", args![*student]);
        let fee = of.each / U256::from(4);
        stage.call(*student, of.token, "transfer(address,uint256)", args![of.university, fee]);
    }
    stage.mine()?;
    for student in students {
        ensure!(held(stage, of.token, *student)? == of.each * U256::from(3) / U256::from(4), "not paid");
    }
    Ok(())
}

/// The university enrols a whole year at once, and all of them claim within a block.
fn graduation(stage: &mut Stage<'_>) -> Result<()> {
    let of = registry(stage)?;
    called_only_by(stage, "issued-by-the-university", KIND, (of.registry, ISSUE_MANY), &[of.university]);
    let year = students(stage)?;
    for part in parts(stage, year) {
        let until = stage.next_time() + YEAR_S;
        stage.call(of.university, of.registry, ISSUE_MANY, args![of.university, of.schema, part.clone(), until]);
        stage.mine()?;
        enrol(stage, &of, &part)?;
        stage.between_parts()?;
    }
    Ok(())
}

/// The university makes nobody its delegate but those that it says.
fn declare(stage: &mut Stage<'_>, of: &Registry, delegates: &[Address]) {
    let others: String =
        delegates.iter().map(|delegate| format!(" && address(call.word(2)) != address(\"{delegate:#x}\")")).collect();
    let broken = format!(
        "call.effective && call.to == address(\"{:#x}\") && call.selector == selector(\"{ADD_DELEGATE}\") \
         && address(call.word(0)) == address(\"{:#x}\"){others}",
        of.dids, of.university,
    );
    Invariant { id: "known-delegates", kind: KIND, on: "call", broken, about: of.dids, asks: None }.declare(stage);
}

fn delegate(stage: &mut Stage<'_>) -> Result<()> {
    let of = registry(stage)?;
    declare(stage, &of, &[]);
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    let contract = stage.preparing(|stage| stage.deploy_attack(thief, "GrantThief"))?;
    stage.pass(1)?;
    // The hostile act is the first one: from then on somebody else speaks for the university.
    let veri_key = B256::right_padding_from(b"veriKey");
    stage.attack(|stage| {
        let ten_years = U256::from(10 * YEAR_S);
        stage.call(of.university, of.dids, ADD_DELEGATE, args![of.university, veri_key, contract, ten_years]);
        stage.mine()
    })?;
    // The university hears of the theft and changes its key.
    let new_key = stage.actor("university's next key");
    stage.wait(20 * 3_600);
    stage.pass(1)?;
    stage.call(of.university, of.dids, "changeOwner(address,address)", args![of.university, new_key]);
    stage.wait(3 * 86_400);
    stage.pass(2)?;
    let count = stage.variation.parts;
    for _ in 0..count {
        stage.attack(|stage| {
            let each = "each(address,address,uint256,address)";
            stage.strike(thief, contract, U256::ZERO, each, args![of.fund, of.university, 24 / count, payee])
        })?;
        stage.between_parts()?;
    }
    let loot = held(stage, of.token, payee)?;
    ensure!(loot == of.each * U256::from(24), "{loot} were claimed");
    Ok(())
}

/// The university opens a registrar's office and makes its key a delegate for a year, changes its own key, and the
/// registrar enrols students, one by one.
fn registrar(stage: &mut Stage<'_>) -> Result<()> {
    let of = registry(stage)?;
    let office = stage.actor("registrar's office");
    declare(stage, &of, &[office]);
    let veri_key = B256::right_padding_from(b"veriKey");
    stage.call(of.university, of.dids, ADD_DELEGATE, args![of.university, veri_key, office, YEAR_S]);
    stage.wait(20 * 3_600);
    stage.pass(1)?;
    let new_key = stage.actor("university's next key");
    stage.call(of.university, of.dids, "changeOwner(address,address)", args![of.university, new_key]);
    stage.wait(3 * 86_400);
    stage.pass(1)?;
    let year = students(stage)?;
    for part in parts(stage, year) {
        let until = stage.next_time() + YEAR_S;
        for student in &part {
            stage.call(office, of.registry, ISSUE, args![of.university, of.schema, *student, until]);
        }
        stage.mine()?;
        enrol(stage, &of, &part)?;
        stage.between_parts()?;
    }
    // At the end of the year the office is closed.
    stage.call(new_key, of.dids, "revokeDelegate(address,bytes32,address)", args![of.university, veri_key, office]);
    stage.pass(1)
}
