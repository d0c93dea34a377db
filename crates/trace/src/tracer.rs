//! Running a block and telling everything about it.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use atlas::Fork;
use facts::{
    Address, B256, Blind, Block, BlockFacts, BlockRef, Delegation, FrameStatus, Log, Scope, Sight, Tx, TxFacts, U256,
};
use revm::{
    context::{ContextSetters, JournalTr, TxEnv, result::EVMError},
    handler::{Handler, MainnetHandler, SYSTEM_ADDRESS, SystemCallTx},
    primitives::{Bytes, address},
};

use crate::{
    changes::{Sources, changes},
    check::Prover,
    env::{self, Environment},
    flows,
    loupe::Loupe,
    state::{Missing, StateReader, Touched, WarmState},
};

/// EIP-4788.
const BEACON_ROOTS: Address = address!("000F3df6D732807Ef1319fB7B8bB8522d0Beac02");
/// EIP-2935.
const HISTORY: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");
/// EIP-7002 and EIP-7251, which a block calls after its transactions.
const AFTER_BLOCK: [Address; 2] =
    [address!("00000961Ef480Eb55e80D19ad83579A64c007002"), address!("0000BBdDc7CE488642fb579F8B00f3a590007251")];
/// Blocks that can be undone.
const UNDO_MAX: usize = 256;

/// A block's facts, and what they cost.
#[derive(Debug)]
pub struct Traced {
    /// The facts.
    pub facts: BlockFacts,
    /// Gas of the executed transactions.
    pub gas: u64,
    /// How long the proof against the header took.
    pub proving: Duration,
    /// Whether state could not be read for a reason that may pass: asking again later may help.
    pub retry: bool,
}

/// A block that was executed and can be undone.
#[derive(Debug)]
pub struct Undo {
    hash: B256,
    touched: Touched,
}

/// A chain's warm state, and how its blocks run on it.
#[derive(Debug)]
pub struct Tracer<R> {
    env: Environment,
    /// The state after the last block.
    pub state: WarmState<R>,
    undo: VecDeque<Undo>,
    prover: Prover,
}

impl<R: StateReader> Tracer<R> {
    /// A tracer whose state stands after the block `at`.
    pub fn new(env: Environment, reader: R, number: u64, at: B256) -> Self {
        let mut state = WarmState::new(reader, at);
        state.pin(number, at);
        Self { env, state, undo: VecDeque::new(), prover: Prover::default() }
    }

    /// What is known about the chain.
    pub fn environment(&self) -> &Environment {
        &self.env
    }

    /// Executes the next block on the warm state. If anything could not be seen the state is forgotten, so that the
    /// next block reads what it needs instead of building on something unseen.
    pub fn block(&mut self, at: &BlockRef, block: &Block, fork: Fork) -> Traced {
        let (accounts, slots) = first_reads(block);
        if let Err(error) = self.state.prefetch(&accounts, &slots) {
            let of = u32::try_from(block.txs.len()).unwrap_or(u32::MAX);
            let retry = self.state.take_retry();
            let why = format!("state could not be read: {error}");
            return Traced {
                facts: BlockFacts::blind(at.clone(), block.header.timestamp, of, why),
                gas: 0,
                proving: Duration::ZERO,
                retry,
            };
        }
        let (traced, touched) = execute(&self.env, at, block, fork, &mut self.state, &mut self.prover, From::Parent);
        match touched {
            Some(touched) if !traced.retry => {
                self.undo.push_back(Undo { hash: at.hash, touched });
                if self.undo.len() > UNDO_MAX {
                    self.undo.pop_front();
                }
            }
            _ => self.state.forget(),
        }
        if !traced.retry {
            self.state.pin(at.number, at.hash);
        }
        traced
    }

    /// Executes a block on the state that a witness carries, leaving the warm state alone.
    pub fn witnessed(
        env: &Environment,
        at: &BlockRef,
        block: &Block,
        fork: Fork,
        state: &mut WarmState<R>,
        prover: &mut Prover,
    ) -> Traced {
        execute(env, at, block, fork, state, prover, From::PreState).0
    }

    /// Goes back to `to`: what the lost blocks changed is forgotten and read again from wherever the chain is then.
    pub fn revert(&mut self, to: &BlockRef, lost: &[B256]) {
        for hash in lost {
            match self.undo.pop_back() {
                Some(undo) if undo.hash == *hash => self.state.undo(&undo.touched),
                // More was lost than is remembered, or something else: start afresh.
                _ => {
                    self.undo.clear();
                    self.state.forget();
                    break;
                }
            }
        }
        self.state.pin(to.number, to.hash);
    }
}

/// What the state at hand stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    /// The state after the parent: the block's own system calls have still to be made.
    Parent,
    /// The state as its transactions find it.
    PreState,
}

/// Accounts and slots that the block is sure to read.
fn first_reads(block: &Block) -> (Vec<Address>, Vec<(Address, U256)>) {
    let mut accounts = vec![block.header.beneficiary];
    let mut slots = Vec::new();
    for tx in &block.txs {
        accounts.push(tx.from);
        accounts.extend(tx.to);
        for item in &tx.access_list {
            accounts.push(item.address);
            slots.extend(item.slots.iter().map(|slot| (item.address, U256::from_be_bytes(slot.0))));
        }
    }
    accounts.extend(block.withdrawals.iter().map(|withdrawal| withdrawal.address));
    (accounts, slots)
}

fn execute<R: StateReader>(
    env: &Environment,
    at: &BlockRef,
    block: &Block,
    fork: Fork,
    state: &mut WarmState<R>,
    prover: &mut Prover,
    from: From,
) -> (Traced, Option<Touched>) {
    let header = &block.header;
    let of = u32::try_from(block.txs.len()).unwrap_or(u32::MAX);
    let executable = block.witness.as_ref().map_or(of, |witness| witness.executable.min(of));
    let mut facts = BlockFacts {
        block: at.clone(),
        timestamp: header.timestamp,
        sight: Sight::Executed,
        txs: Vec::with_capacity(executable as usize),
        of,
        observed: Vec::new(),
        blind: Vec::new(),
    };
    let mut proving = Duration::ZERO;
    let mut evm = Loupe::new(&mut *state, env.cfg(fork), env.block(fork, header));

    if from == From::Parent
        && let Err(blind) = before_block(&mut evm, block, fork)
    {
        facts.blind.push(blind);
    }
    for (index, tx) in (0..executable).zip(&block.txs) {
        if !facts.blind.is_empty() {
            break;
        }
        match run_tx(&mut evm, env, header.base_fee, index, tx) {
            Ok(seen) => facts.txs.push(seen),
            Err(why) => facts.blind.push(Blind { scope: Scope::FromTx { index }, why }),
        }
    }
    if facts.blind.is_empty() {
        let start = Instant::now();
        facts.blind.extend(prover.differs(block, &facts.txs, fork));
        proving = start.elapsed();
    }
    let every_receipt_given = block.receipts.as_ref().is_some_and(|given| given.len() >= facts.txs.len());
    if facts.blind.is_empty()
        && executable < of
        && !every_receipt_given
        && !evm.ctx().journaled_state.db().assumed().is_empty()
    {
        let count = evm.ctx().journaled_state.db().assumed().len();
        facts.blind.push(Blind::block(format!(
            "the witness covers {executable} of {of} transactions, has no receipts to prove them by, and does not \
             list {count} accounts they use"
        )));
    }
    let mut touched = None;
    if from == From::Parent && facts.blind.is_empty() {
        match after_block(&mut evm, fork) {
            Ok(()) => {
                let changes = evm.ctx().journaled_state.finalize();
                drop(evm);
                touched = Some(state.commit(&changes));
            }
            Err(blind) => facts.blind.push(blind),
        }
    }
    if let Some(held) = &mut touched
        && let Err(missing) = credits(block, state, held)
    {
        facts.blind.push(Blind::block(missing.to_string()));
        touched = None;
    }
    // A miner's reward depends on its ommers, which are not followed: before the merge nothing is kept.
    if fork < Fork::Paris {
        touched = None;
    }
    let retry = state.take_retry();
    let gas = facts.txs.iter().map(|tx| tx.gas_used).sum();
    (Traced { facts, gas, proving, retry }, touched)
}

/// System calls that precede a block's transactions.
fn before_block<R: StateReader>(evm: &mut Loupe<&mut WarmState<R>>, block: &Block, fork: Fork) -> Result<(), Blind> {
    if let Some(root) = block.header.parent_beacon_root.filter(|_| fork >= Fork::Cancun && block.header.number > 0) {
        system_call(evm, BEACON_ROOTS, root.into())?;
    }
    if fork >= Fork::Prague && block.header.number > 0 {
        system_call(evm, HISTORY, block.header.parent.into())?;
    }
    Ok(())
}

/// System calls that follow a block's transactions.
fn after_block<R: StateReader>(evm: &mut Loupe<&mut WarmState<R>>, fork: Fork) -> Result<(), Blind> {
    if fork >= Fork::Prague {
        for contract in AFTER_BLOCK {
            system_call(evm, contract, Bytes::new())?;
        }
    }
    Ok(())
}

fn system_call<R: StateReader>(
    evm: &mut Loupe<&mut WarmState<R>>,
    contract: Address,
    input: Bytes,
) -> Result<(), Blind> {
    evm.ctx().chain.reset();
    evm.ctx().set_tx(TxEnv::new_system_tx_with_caller(SYSTEM_ADDRESS, contract, input));
    MainnetHandler::default()
        .run_system_call(evm)
        .map(|_| ())
        .map_err(|error: EVMError<Missing>| Blind::block(format!("system call to `{contract}` failed: {error}")))
}

/// Withdrawals (EIP-4895) come after everything else.
fn credits<R: StateReader>(block: &Block, state: &mut WarmState<R>, touched: &mut Touched) -> Result<(), Missing> {
    for withdrawal in &block.withdrawals {
        let wei = U256::from(withdrawal.amount) * U256::from(1_000_000_000u64);
        if !wei.is_zero() {
            state.credit(withdrawal.address, wei, touched)?;
        }
    }
    Ok(())
}

fn run_tx<R: StateReader>(
    evm: &mut Loupe<&mut WarmState<R>>,
    env: &Environment,
    base_fee: Option<u64>,
    index: u32,
    tx: &Tx,
) -> Result<TxFacts, String> {
    let tx_env = env::tx(tx);
    let delegations = tx_env.authorization_list.iter().filter_map(|signed| {
        let signed = signed.as_ref().left()?;
        Some(Delegation { account: signed.recover_authority().ok()?, code: *signed.address() })
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
    let recorder = &mut evm.ctx().chain;
    recorder.settle();
    let mut marks = recorder.log_marks.iter();
    let logs: Vec<Log> = logs
        .into_iter()
        .map(|log| {
            let (topics, data) = log.data.split();
            let (frame, at) = marks.next().copied().unwrap_or_default();
            Log { address: log.address, topics, data, frame, at }
        })
        .collect();
    let mut moved: Vec<Address> = recorder.flows.iter().flat_map(|flow| [flow.from, flow.to]).collect();
    let flows = flows::with_tokens(&recorder.flows, &logs, &env.wrapped);
    // The recorder keeps its lists; what leaves it is of the right size at once.
    let mut seen = TxFacts {
        net: flows::net(&flows),
        flows,
        logs,
        frames: recorder.frames.drain(..).collect(),
        writes: recorder.writes.to_vec(),
        reads: recorder.reads.to_vec(),
        idle_writes: recorder.idle_writes.to_vec(),
        keys: recorder.keys.to_vec(),
        codes: recorder.codes.to_vec(),
        ..TxFacts::default()
    };
    let sources =
        Sources { frames: &seen.frames, writes: &seen.writes, keys: &seen.keys, logs: &seen.logs, codes: &seen.codes };
    seen.changes = changes(&sources);
    moved.sort_unstable();
    moved.dedup();
    let assumed = evm.ctx().journaled_state.db().assumed().to_vec();
    let state = evm.ctx().journaled_state.evm_state();
    for account in moved {
        if assumed.contains(&account) {
            continue;
        }
        let after = state.get(&account).map_or(U256::ZERO, |held| held.info.balance);
        // Fees are left out of the balance before, so that the difference is just what moved.
        let (received, sent) =
            seen.net_of(account, &facts::Asset::Native).map_or_else(Default::default, |net| (net.received, net.sent));
        let before = after.saturating_add(sent).saturating_sub(received);
        seen.balances.push((account, before, after));
    }
    debug_assert!(seen.frames.iter().all(|frame| frame.status != FrameStatus::Success || frame.end > 0));
    seen
}
