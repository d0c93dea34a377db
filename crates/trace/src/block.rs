//! Running a block: its system calls, its transactions, the proof that it ran as the chain ran it.

use std::time::{Duration, Instant};

use atlas::Fork;
use facts::{Blind, Block, BlockFacts, BlockRef, Scope, Sight, TxFacts};
use revm::context::JournalTr;

use crate::{
    check::Prover,
    env::Environment,
    loupe::Loupe,
    shelf::{EachTx, collect},
    state::{StateReader, Touched, WarmState},
    system::{after_block, before_block, credits, irregular},
    tx::run,
};

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

/// What the state at hand stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// The state after the parent: the block's own system calls have still to be made.
    Parent,
    /// The state as its transactions find it.
    PreState,
}

/// Executes a block. What it touched comes with it only where the state may be kept. Without a prover its header proves
/// nothing: for blocks that no chain ever had. What `each` is shown is not proved yet.
pub(crate) fn execute<R: StateReader>(
    env: &Environment,
    at: &BlockRef,
    block: &Block,
    fork: Fork,
    state: &mut WarmState<R>,
    (prover, each): (Option<&mut Prover>, Option<EachTx<'_>>),
    from: From,
) -> (Traced, Option<Touched>) {
    let header = &block.header;
    let of = u32::try_from(block.txs.len()).unwrap_or(u32::MAX);
    let executable = block.witness.as_ref().map_or(of, |witness| witness.executable.min(of));
    let mut facts = BlockFacts {
        block: at.clone(),
        timestamp: header.timestamp,
        sight: Sight::Executed,
        txs: Vec::new(),
        of,
        observed: Vec::new(),
        blind: irregular(env, block).into_iter().collect(),
    };
    state.begin_log();
    let mut evm = Loupe::new(&mut *state, env.cfg(fork), env.block(fork, header));

    if from == From::Parent
        && let Err(blind) = before_block(&mut evm, block, fork)
    {
        facts.blind.push(blind);
    }
    let blind = &mut facts.blind;
    let (mut comparing, mut differs) = (Duration::ZERO, None);
    let run_all = |put: &mut dyn FnMut(TxFacts)| {
        for (index, tx) in (0..executable).zip(&block.txs) {
            if !blind.is_empty() {
                break;
            }
            match run(&mut evm, env, header.base_fee, index, tx) {
                Ok(seen) => put(seen),
                Err(why) => blind.push(Blind { scope: Scope::FromTx { index }, why }),
            }
            // Before EIP-161 an empty account and none at all are two things, and revm's journal cannot tell an account
            // that an earlier transaction destroyed from an empty one.
            if fork < Fork::SpuriousDragon {
                let journal = &mut evm.ctx().journaled_state;
                let changes = journal.finalize();
                journal.db_mut().commit(&changes);
            }
        }
        blind.is_empty()
    };
    let prove = |ran_all: bool, txs: &mut dyn Iterator<Item = &TxFacts>| {
        let Some(prover) = prover.filter(|_| ran_all) else { return };
        let start = Instant::now();
        differs = prover.differs(block, txs, executable, fork);
        comparing = start.elapsed();
    };
    let (txs, company) = collect((executable as usize, header.gas_used), each, run_all, prove);
    facts.txs = txs;
    facts.blind.extend(differs);
    // While transactions were still being shown, time was theirs.
    let proving = comparing.saturating_sub(company);
    let every_receipt_given = block.receipts.as_ref().is_some_and(|given| given.len() >= facts.txs.len());
    if facts.blind.is_empty() && executable < of && !every_receipt_given && evm.ctx().journaled_state.db().assumed() > 0
    {
        let count = evm.ctx().journaled_state.db().assumed();
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
