//! Running a transaction, and telling everything about it.

use facts::{Address, Asset, Delegation, Flow, FrameStatus, Log, Tx, TxFacts, U256, net};
use revm::{
    context::{ContextSetters, JournalTr, result::EVMError},
    handler::{Handler, MainnetHandler},
};

use crate::{
    changes::{Sources, changes},
    env::{self, Environment},
    flows,
    loupe::{Ctx, Loupe},
    state::{Missing, StateReader, WarmState},
};

/// Runs a block's transaction.
pub(crate) fn run<R: StateReader>(
    evm: &mut Loupe<&mut WarmState<R>>,
    env: &Environment,
    base_fee: Option<u64>,
    index: u32,
    tx: &Tx,
) -> Result<TxFacts, String> {
    let tx_env = env::tx(tx);
    let delegations = tx_env.authorization_list.iter().filter_map(|signed| {
        let signed = signed.as_ref().left()?;
        Some(Delegation { account: signed.recover_authority().ok()?, code: *signed.address(), nonce: signed.nonce })
    });
    let delegations: Vec<Delegation> = delegations.collect();
    evm.ctx().chain.reset();
    evm.ctx().set_tx(tx_env);
    let result = MainnetHandler::default().run(evm).map_err(|error: EVMError<Missing>| match error {
        EVMError::Database(missing) => missing.to_string(),
        other => format!("the block's own transaction does not execute: {other}; check the chain's fork schedule"),
    })?;
    let gas_used = result.tx_gas_used();
    let mut seen = collect(evm, env, result.into_logs());
    seen.index = index;
    seen.hash = tx.hash;
    seen.from = tx.from;
    seen.to = tx.to;
    seen.nonce = tx.nonce;
    seen.gas_limit = tx.gas_limit;
    seen.gas_used = gas_used;
    seen.gas_price = price(tx, base_fee);
    seen.delegations = delegations;
    if !seen.delegations.is_empty() {
        let state = evm.ctx().journaled_state.evm_state();
        seen.delegations.retain(|delegation| {
            let code = state.get(&delegation.account).and_then(|account| account.info.code.as_ref());
            code.and_then(|code| code.eip7702_address()).unwrap_or_default() == delegation.code
        });
    }
    Ok(seen)
}

/// What the sender paid for a unit of gas.
fn price(tx: &Tx, base_fee: Option<u64>) -> u128 {
    match (tx.priority_fee, base_fee) {
        (Some(tip), Some(base)) => tx.gas_price.min(u128::from(base).saturating_add(tip)),
        _ => tx.gas_price,
    }
}

/// Takes what was recorded of the last transaction and derives the rest from it.
pub(crate) fn collect<R: StateReader>(
    evm: &mut Loupe<&mut WarmState<R>>,
    env: &Environment,
    logs: Vec<alloy_primitives::Log>,
) -> TxFacts {
    let ctx = evm.ctx();
    let recorder = &mut ctx.chain;
    recorder.settle();
    let logs = placed(logs, &recorder.log_marks);
    let flows = flows::with_tokens(take(&mut recorder.flows), &logs, &env.wrapped);
    let mut seen = TxFacts {
        flows,
        logs,
        frames: take(&mut recorder.frames),
        writes: take(&mut recorder.writes),
        reads: take(&mut recorder.reads),
        idle_writes: take(&mut recorder.idle_writes),
        keys: take(&mut recorder.keys),
        codes: take(&mut recorder.codes),
        ..TxFacts::default()
    };
    let sources =
        Sources { frames: &seen.frames, writes: &seen.writes, keys: &seen.keys, logs: &seen.logs, codes: &seen.codes };
    seen.changes = changes(&sources);
    seen.balances = balances(&seen.flows, ctx);
    debug_assert!(seen.frames.iter().all(|frame| frame.status != FrameStatus::Success || frame.end > 0));
    seen
}

/// Logs with the frames that wrote them and their positions.
fn placed(logs: Vec<alloy_primitives::Log>, marks: &[(u32, u32)]) -> Vec<Log> {
    let mut placed = Vec::with_capacity(logs.len());
    let mut marks = marks.iter().copied();
    for log in logs {
        let (frame, at) = marks.next().unwrap_or_default();
        let (topics, data) = log.data.split();
        placed.push(Log { address: log.address, topics, data, frame, at });
    }
    placed
}

/// What is in a list. The recorder keeps its room for the next transaction; what leaves it is of the right size.
fn take<T>(list: &mut Vec<T>) -> Vec<T> {
    if list.is_empty() {
        return Vec::new();
    }
    let mut taken = Vec::with_capacity(list.len());
    taken.append(list);
    taken
}

/// Native balances of those whose native coin moved. Fees are left out of the balance before, so that the difference
/// is just what moved.
fn balances<R: StateReader>(flows: &[Flow], ctx: &Ctx<&mut WarmState<R>>) -> Vec<(Address, U256, U256)> {
    let journal = &ctx.journaled_state;
    let native = net(flows.iter().filter(|flow| flow.asset == Asset::Native)).into_iter();
    let held = native.filter(|row| !journal.db().is_assumed(row.account)).map(|row| {
        let after = journal.evm_state().get(&row.account).map_or(U256::ZERO, |held| held.info.balance);
        (row.account, after.saturating_add(row.sent).saturating_sub(row.received), after)
    });
    held.collect()
}
