//! Transactions that wait to be mined, run on the head as they would run in the block after it.

use atlas::Fork;
use facts::{Address, Header, Tx, TxFacts, U256};
use revm::{Database as _, context::JournalTr};

use crate::{
    loupe::Loupe,
    state::{StateReader, WarmState},
    tracer::Tracer,
    tx::run,
};

/// How far one transaction, with those of the same sender that come before it, may hold up the thread.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Reads asked of the node.
    pub reads: u32,
    /// Gas that is spent.
    pub gas: u64,
}

/// What came of it.
#[derive(Debug)]
pub enum Tried {
    /// It runs; these are its facts.
    Ran(Box<TxFacts>),
    /// Its sender has sent one of its number already, which is in a block.
    Over,
    /// One before it is not known, so that it cannot be mined yet.
    Gap,
    /// It cannot be mined on this head, or not be tried, and why.
    Cannot(String),
    /// Something else has to go first: try it again afterwards.
    Yielded,
}

/// Runs the last of `txs`, which are of one sender and follow each other, after the others, on the tracer's head. What anybody
/// would pay for gas is no reason not to run it: fees change from block to block. The state is as before afterwards.
pub fn try_waiting<R: StateReader>(
    tracer: &mut Tracer<R>,
    txs: &[&Tx],
    head: &Header,
    fork: Fork,
    patience: Patience,
) -> Tried {
    tracer.state.allow(Some(patience.reads));
    tracer.state.give_way(true);
    let tried = on_head(tracer, txs, head, fork, patience);
    let yielded = tracer.state.must_yield();
    tracer.state.give_way(false);
    tracer.state.allow(None);
    match tried {
        Tried::Cannot(_) if yielded => Tried::Yielded,
        tried => tried,
    }
}

fn on_head<R: StateReader>(
    tracer: &mut Tracer<R>,
    txs: &[&Tx],
    head: &Header,
    fork: Fork,
    patience: Patience,
) -> Tried {
    let Some(last) = txs.last() else { return Tried::Over };
    if let Err(error) = tracer.state.prefetch(&accounts(txs, head), &slots(txs)) {
        return Tried::Cannot(error.to_string());
    }
    let next = match tracer.state.basic(last.from) {
        Ok(account) => account.map_or(0, |account| account.nonce),
        Err(missing) => return Tried::Cannot(missing.to_string()),
    };
    if last.nonce < next {
        return Tried::Over;
    }
    let due = txs.iter().filter(|tx| tx.nonce >= next);
    if due.clone().next().is_none_or(|first| first.nonce > next) {
        return Tried::Gap;
    }
    let env = tracer.environment().clone();
    let mut evm = stage(tracer, head, fork);
    let base_fee = head.base_fee;
    let (mut gas_left, mut seen) = (patience.gas, None);
    for (index, tx) in (0u32..).zip(due) {
        if evm.ctx().journaled_state.db().must_yield() {
            return Tried::Yielded;
        }
        if tx.gas_limit > gas_left {
            return Tried::Cannot(format!("it may take more than the {} gas that is tried", patience.gas));
        }
        match run(&mut evm, &env, base_fee, index, tx) {
            Ok(facts) => {
                gas_left -= facts.gas_used.min(gas_left);
                seen = Some(facts);
            }
            Err(why) => return Tried::Cannot(why),
        }
    }
    seen.map_or(Tried::Gap, |facts| Tried::Ran(Box::new(facts)))
}

/// The block after the head.
fn stage<'a, R: StateReader>(tracer: &'a mut Tracer<R>, head: &Header, fork: Fork) -> Loupe<&'a mut WarmState<R>> {
    let environment = tracer.environment();
    let mut cfg = environment.cfg(fork);
    cfg.disable_base_fee = true;
    let mut block = environment.block(fork, head);
    block.number += U256::ONE;
    block.timestamp = U256::from(head.timestamp + 1);
    Loupe::new(&mut tracer.state, cfg, block)
}

fn accounts(txs: &[&Tx], head: &Header) -> Vec<Address> {
    let of = |tx: &&Tx| [Some(tx.from), tx.to].into_iter().flatten().collect::<Vec<_>>();
    let listed = txs.iter().flat_map(|tx| tx.access_list.iter().map(|item| item.address));
    txs.iter().flat_map(of).chain(listed).chain([head.beneficiary]).collect()
}

fn slots(txs: &[&Tx]) -> Vec<(Address, U256)> {
    let items = txs.iter().flat_map(|tx| &tx.access_list);
    items.flat_map(|item| item.slots.iter().map(|slot| (item.address, U256::from_be_bytes(slot.0)))).collect()
}
