//! A delay that is looked at when it is too late: OpenZeppelin's timelock until 4.3 (CVE-2021-39167).

use alloy_dyn_abi::DynSolValue;
use anyhow::{Result, ensure};
use case::Planned;
use facts::{Address, B256, Bytes, U256};

use super::super::{
    declare::Invariant,
    props::{give, held, one, parts, strike_in_parts, token, units},
};
use crate::{Arg as _, Scenario, Stage, args, call_data};

pub(super) const SCHEDULES_ITSELF: Scenario = Scenario {
    id: "governance/timelock-bypass/schedules-itself",
    about: "a batch that nobody scheduled makes its sender a proposer, takes the delay away, schedules itself and pays out \
            the treasury; that it was not due is asked at the end",
    attack,
    twin,
};

const KIND: &str = "governance/timelock-bypass";
const DELAY_S: u64 = 2 * 86_400;

struct Treasury {
    proposer: Address,
    at: Address,
    tokens: Vec<Address>,
}

struct Batch {
    targets: Vec<Address>,
    datas: Vec<Bytes>,
    salt: B256,
}

impl Batch {
    fn args(&self, delay_s: Option<u64>) -> Vec<DynSolValue> {
        let values = vec![U256::ZERO; self.targets.len()];
        let mut args = args![self.targets.clone(), values, self.datas.clone(), B256::ZERO, self.salt];
        args.extend(delay_s.map(|delay| delay.value()));
        args
    }
}

fn schedule(stage: &mut Stage<'_>, treasury: &Treasury, batch: &Batch, delay_s: u64) {
    let ask = "scheduleBatch(address[],uint256[],bytes[],bytes32,bytes32,uint256)";
    stage.call(treasury.proposer, treasury.at, ask, batch.args(Some(delay_s)));
}

fn execute(stage: &mut Stage<'_>, treasury: &Treasury, by: Address, batch: &Batch) {
    let ask = "executeBatch(address[],uint256[],bytes[],bytes32,bytes32)";
    stage.call(by, treasury.at, ask, batch.args(None));
}

fn treasury(stage: &mut Stage<'_>) -> Result<Treasury> {
    let proposer = stage.actor("council");
    let at = stage.deploy(proposer, "OldTimelock", args![DELAY_S, proposer])?;
    stage.protect(at, "timelock");
    let broken = format!("observed.value != null && observed.value < {DELAY_S}");
    let asks = Some("call = 'getMinDelay()'".to_owned());
    Invariant { id: "delay-stays", kind: KIND, on: "observed", broken, about: at, asks }.declare(stage);
    let mut tokens = Vec::new();
    for (symbol, decimals, whole) in [("USDC", 6, 3_300_000), ("LDO", 18, 1_250_000), ("WBTC", 8, 41)] {
        let token = token(stage, proposer, symbol, decimals)?;
        let amount = stage.amount(units(whole, decimals));
        give(stage, proposer, token, at, amount);
        tokens.push(token);
    }
    let treasury = Treasury { proposer, at, tokens };
    let (to, some) = (stage.actor("grantee"), stage.amount(units(25_000, 6)));
    let pay = call_data("transfer(address,uint256)", args![to, some]);
    let grant = Batch { targets: vec![treasury.tokens[0]], datas: vec![pay], salt: B256::with_last_byte(1) };
    schedule(stage, &treasury, &grant, DELAY_S);
    stage.pass(2)?;
    stage.wait(DELAY_S);
    stage.pass(1)?;
    let keeper = stage.actor("keeper");
    execute(stage, &treasury, keeper, &grant);
    stage.pass(2)?;
    ensure!(held(stage, treasury.tokens[0], to)? == some, "the grant was not paid");
    Ok(treasury)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Treasury { at, tokens, .. } = treasury(stage)?;
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    strike_in_parts(stage, thief, "TimelockThief", tokens.clone(), |_, part| {
        ("rob(address,address[],address)", args![at, part, payee])
    })?;
    for token in tokens {
        ensure!(held(stage, token, at)?.is_zero(), "something is left");
    }
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let treasury = treasury(stage)?;
    // The same things in one batch, by those who may and after the time that it takes: a longer delay, a second
    // proposer, and the treasury moves.
    let successor = stage.deploy(treasury.proposer, "OldTimelock", args![DELAY_S * 2, treasury.proposer])?;
    let second = stage.actor("second council");
    let keeper = stage.actor("keeper");
    stage.mine()?;
    let proposers = alloy_primitives::keccak256("PROPOSER_ROLE");
    let admin = call_data("grantRole(bytes32,address)", args![proposers, second]);
    let mut batches = Vec::new();
    for (number, part) in parts(stage, treasury.tokens.clone()).into_iter().enumerate() {
        let delay = DELAY_S * (2 + number as u64);
        let mut batch = Batch {
            targets: vec![treasury.at, treasury.at],
            datas: vec![admin.clone(), call_data("updateDelay(uint256)", args![delay])],
            salt: B256::with_last_byte(9),
        };
        for token in part {
            let all = held(stage, token, treasury.at)?;
            batch.targets.push(token);
            batch.datas.push(call_data("transfer(address,uint256)", args![successor, all]));
        }
        batches.push(batch);
    }
    for batch in &batches {
        schedule(stage, &treasury, batch, DELAY_S);
    }
    stage.pass(2)?;
    stage.wait(DELAY_S);
    stage.pass(1)?;
    let planned = Planned::RoleGranted { role: proposers, account: second };
    stage.announce("a second council may propose", &[treasury.at], &[(treasury.at, planned)])?;
    for batch in &batches {
        execute(stage, &treasury, keeper, batch);
        stage.between_parts()?;
    }
    for token in &treasury.tokens {
        ensure!(held(stage, *token, successor)? > U256::ZERO, "the treasury did not move");
    }
    ensure!(one(stage, treasury.at, "getMinDelay()", args![])? >= U256::from(DELAY_S * 2), "the delay is as it was");
    Ok(())
}
