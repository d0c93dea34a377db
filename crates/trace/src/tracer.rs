//! A chain followed block by block on warm state.

use std::{collections::VecDeque, time::Duration};

use atlas::Fork;
use facts::{Address, B256, Block, BlockFacts, BlockRef, U256};

use crate::{
    block::{From, Traced, execute},
    check::Prover,
    env::Environment,
    shelf::{EachTx, rouse},
    state::{StateReader, Touched, WarmState},
};

/// Blocks that can be undone.
const UNDO_MAX: usize = 256;

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
        self.next(at, block, fork, Claim::Header, None)
    }

    /// The same, showing each transaction's facts as soon as it has ended. They are proved with the block, and worth
    /// nothing if it is blind.
    pub fn block_with(&mut self, at: &BlockRef, block: &Block, fork: Fork, each: EachTx<'_>) -> Traced {
        self.next(at, block, fork, Claim::Header, Some(each))
    }

    /// Executes a block that no chain ever had: nobody says what should come of it, so nothing is proved.
    pub fn imagined(&mut self, at: &BlockRef, block: &Block, fork: Fork) -> Traced {
        self.next(at, block, fork, Claim::None, None)
    }

    fn next(&mut self, at: &BlockRef, block: &Block, fork: Fork, claim: Claim, each: Option<EachTx<'_>>) -> Traced {
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
        if each.is_some() {
            rouse(block.header.gas_used);
        }
        let prover = match claim {
            Claim::Header => Some(&mut self.prover),
            Claim::None => None,
        };
        let (traced, touched) = execute(&self.env, at, block, fork, &mut self.state, (prover, each), From::Parent);
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
        execute(env, at, block, fork, state, (Some(prover), None), From::PreState).0
    }

    /// The same, showing each transaction's facts as soon as it has ended.
    pub fn witnessed_with(
        env: &Environment,
        at: &BlockRef,
        block: &Block,
        fork: Fork,
        state: &mut WarmState<R>,
        (prover, each): (&mut Prover, EachTx<'_>),
    ) -> Traced {
        execute(env, at, block, fork, state, (Some(prover), Some(each)), From::PreState).0
    }

    /// Executes a block on the state after its parent as far as it was kept, making its system calls. What was not kept is
    /// missing: nothing is read ahead.
    pub fn replayed(
        env: &Environment,
        at: &BlockRef,
        block: &Block,
        fork: Fork,
        state: &mut WarmState<R>,
        prover: &mut Prover,
    ) -> Traced {
        execute(env, at, block, fork, state, (Some(prover), None), From::Parent).0
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

/// What a block says of its own outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// Its header tells gas, receipts and logs.
    Header,
    /// Nothing.
    None,
}

/// Accounts and slots that the block is sure to read.
pub(crate) fn first_reads(block: &Block) -> (Vec<Address>, Vec<(Address, U256)>) {
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
