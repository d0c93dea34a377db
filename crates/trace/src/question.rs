//! Answering questions: what-if runs on the state after the head, under a budget, leaving no trace.

use std::collections::BTreeMap;

use atlas::Fork;
use facts::{AccountState, Answer, Ask, B256, Header, Question, Ran, TxRequest, U256};
use revm::{
    Database,
    bytecode::Bytecode,
    context::{ContextSetters, JournalTr, result::EVMError},
    handler::{Handler, MainnetHandler},
    primitives::keccak256,
    state::EvmState,
};

use crate::{
    env,
    loupe::Loupe,
    probe::probe,
    state::{Missing, StateReader, WarmState},
    tracer::Tracer,
    tx::collect,
};

/// Answers a question on the tracer's own head. `head` is that block's header and `fork` the next block's fork.
pub fn answer<R: StateReader>(tracer: &mut Tracer<R>, question: &Question, head: &Header, fork: Fork) -> Answer {
    if question.at.hash != head.hash {
        return Answer::Blind(format!(
            "asked after block `{}` while the head is `{}`: ask again",
            question.at.hash, head.hash
        ));
    }
    tracer.state.allow(Some(question.budget.reads));
    let answer = answer_on(tracer, question, head, fork);
    tracer.state.allow(None);
    answer
}

fn answer_on<R: StateReader>(tracer: &mut Tracer<R>, question: &Question, head: &Header, fork: Fork) -> Answer {
    match &question.ask {
        Ask::Slot { address, slot } => {
            let pretended = question.overrides.slots.get(address).and_then(|slots| slots.get(slot));
            match pretended {
                Some(value) => Answer::Slot(*value),
                None => match read_slot(&mut tracer.state, *address, *slot) {
                    Ok(value) => Answer::Slot(value),
                    Err(missing) => Answer::Blind(missing.to_string()),
                },
            }
        }
        Ask::View(request) => match run(tracer, question, std::slice::from_ref(request), head, fork) {
            Ok(ran) => Answer::View(ran.txs.first().and_then(|tx| tx.frames.first()).map_or_else(
                || Err("the call did not run".to_owned()),
                |frame| {
                    let failed = || format!("the call failed: {:?}", frame.status);
                    if frame.succeeded() { Ok(frame.output.clone()) } else { Err(failed()) }
                },
            )),
            Err(why) => Answer::Blind(why),
        },
        Ask::Run(requests) => match run(tracer, question, requests, head, fork) {
            Ok(ran) => Answer::Ran(Box::new(ran)),
            Err(why) => Answer::Blind(why),
        },
        Ask::Probe(what) => match probe(tracer, question, what, head, fork) {
            Ok(probed) => Answer::Probed(Box::new(probed)),
            Err(why) => Answer::Blind(why),
        },
    }
}

/// An account has to be known before revm may read its slots.
fn read_slot<R: StateReader>(state: &mut WarmState<R>, address: facts::Address, slot: U256) -> Result<U256, Missing> {
    state.basic(address)?;
    state.storage(address, slot)
}

/// The block after the head, in which nobody has to pay for gas or to sign.
pub(crate) fn stage<'a, R: StateReader>(
    tracer: &'a mut Tracer<R>,
    question: &Question,
    head: &Header,
    fork: Fork,
) -> Loupe<&'a mut WarmState<R>> {
    let environment = tracer.environment();
    let mut cfg = environment.cfg(fork);
    cfg.disable_nonce_check = true;
    cfg.disable_base_fee = true;
    cfg.disable_eip3607 = true;
    cfg.tx_gas_limit_cap = Some(u64::MAX);
    let mut block = environment.block(fork, head);
    block.number += U256::ONE;
    block.timestamp = U256::from(question.overrides.timestamp.unwrap_or(head.timestamp + 1));
    Loupe::new(&mut tracer.state, cfg, block)
}

fn run<R: StateReader>(
    tracer: &mut Tracer<R>,
    question: &Question,
    requests: &[TxRequest],
    head: &Header,
    fork: Fork,
) -> Result<Ran, String> {
    let environment = tracer.environment().clone();
    let mut evm = stage(tracer, question, head, fork);
    pretend(&mut evm, question).map_err(|missing| missing.to_string())?;

    let mut gas_left = question.budget.gas;
    let mut txs = Vec::with_capacity(requests.len());
    for (index, request) in (0u32..).zip(requests) {
        let limit = request.gas_limit.unwrap_or(gas_left).min(gas_left).min(evm.ctx().block.gas_limit);
        if limit == 0 {
            return Err(format!("the budget of {} gas was used up before transaction {index}", question.budget.gas));
        }
        evm.ctx().chain.reset();
        evm.ctx().set_tx(env::request(request, 0, environment.chain_number, limit));
        let result = MainnetHandler::default()
            .run(&mut evm)
            .map_err(|error: EVMError<Missing>| format!("transaction {index} could not be tried: {error}"))?;
        let gas_used = result.tx_gas_used();
        gas_left -= gas_used.min(gas_left);
        let mut seen = collect(&mut evm, &environment, result.into_logs());
        seen.index = index;
        seen.hash = B256::ZERO;
        seen.from = request.from;
        seen.to = request.to;
        seen.gas_limit = limit;
        seen.gas_used = gas_used;
        txs.push(seen);
    }
    let after = difference(&evm.ctx().journaled_state.finalize());
    Ok(Ran { on: question.at.clone(), txs, after })
}

/// Puts the overrides into the journal, where they last as long as the question.
pub(crate) fn pretend<R: StateReader>(evm: &mut Loupe<&mut WarmState<R>>, question: &Question) -> Result<(), Missing> {
    let overrides = &question.overrides;
    let accounts = overrides.balances.keys().chain(overrides.code.keys()).chain(overrides.slots.keys());
    for address in accounts {
        let journal = &mut evm.ctx().journaled_state;
        journal.load_account_with_code(*address)?;
        for slot in overrides.slots.get(address).into_iter().flatten().map(|(slot, _)| *slot) {
            journal.sload(*address, slot)?;
        }
        let Some(account) = journal.inner.state.get_mut(address) else { continue };
        account.mark_touch();
        if let Some(balance) = overrides.balances.get(address) {
            account.info.balance = *balance;
        }
        if let Some(code) = overrides.code.get(address) {
            account.info.code_hash = keccak256(code);
            account.info.code = Some(Bytecode::new_raw(code.clone()));
        }
        for (slot, value) in overrides.slots.get(address).into_iter().flatten() {
            if let Some(held) = account.storage.get_mut(slot) {
                held.present_value = *value;
                held.original_value = *value;
            }
        }
    }
    Ok(())
}

/// Accounts and slots that a run left different.
fn difference(state: &EvmState) -> BTreeMap<facts::Address, AccountState> {
    let mut after = BTreeMap::new();
    for (address, account) in state.iter().filter(|(_, account)| account.is_touched()) {
        let storage: BTreeMap<U256, U256> = account
            .storage
            .iter()
            .filter(|(_, slot)| slot.is_changed())
            .map(|(slot, value)| (*slot, value.present_value))
            .collect();
        let code = account.info.code.as_ref().map(|code| code.original_bytes()).unwrap_or_default();
        after
            .insert(*address, AccountState { balance: account.info.balance, nonce: account.info.nonce, code, storage });
    }
    after
}
