//! Finding out what a block will read before it is executed, so that a node is asked a few large questions instead of
//! hundreds of small ones, one after the other.
//!
//! The block is tried with whatever is unknown taken for nothing; what it asked for is then read in one go, and it is
//! tried again, because code that was not there before asks for more. Nothing of these trials stays but what was read.

use atlas::Fork;
use facts::Block;
use revm::{
    context::{ContextSetters, result::EVMError},
    handler::{Handler, MainnetHandler},
};

use crate::{
    env,
    loupe::Loupe,
    state::{Guess, Missing, StateReader},
    system::{after_block, before_block},
    tracer::{Tracer, first_reads},
};

/// How often a block is tried. Each time reaches as deep as one more answer leads: a proxy, its code, the token it calls.
const TRIALS_MAX: usize = 8;

impl<R: StateReader> Tracer<R> {
    /// Reads what the next block is going to read, or a part of it that is known before the others. It does not matter if some of it cannot be had now: executing the block
    /// asks again, and tells.
    pub fn scout(&mut self, block: &Block, fork: Fork) {
        // Before EIP-161 an account that was taken for absent would not be told from an empty one.
        if fork < Fork::SpuriousDragon {
            return;
        }
        let (accounts, slots) = first_reads(block);
        let mut read = self.state.prefetch(&accounts, &slots);
        for _ in 0..TRIALS_MAX {
            if read.is_err() {
                break;
            }
            let guess = self.tried(block, fork);
            // A single slot may be where a proxy keeps its code, and all that it reads lies behind it.
            if guess.is_empty() {
                break;
            }
            let (accounts, slots) = guess.asked();
            read = self.state.prefetch(&accounts, &slots);
        }
        // Whether it may pass is found out again by whoever executes the block.
        self.state.take_retry();
    }

    /// What the block asks for that is not known.
    fn tried(&mut self, block: &Block, fork: Fork) -> Guess {
        let environment = self.environment().clone();
        let executable = block.witness.as_ref().map_or(block.txs.len(), |witness| witness.executable as usize);
        self.state.guess();
        let mut cfg = environment.cfg(fork);
        // What came before may be missing: the block may be a part of one.
        cfg.disable_nonce_check = true;
        let mut evm = Loupe::new(&mut self.state, cfg, environment.block(fork, &block.header));
        // On guesses anything may fail, and what fails has asked for something all the same.
        let mut goes_on = before_block(&mut evm, block, fork).is_ok();
        for tx in block.txs.iter().take(executable) {
            evm.ctx().chain.reset();
            evm.ctx().set_tx(env::tx(tx));
            let tried: Result<_, EVMError<Missing>> = MainnetHandler::default().run(&mut evm);
            goes_on &= !matches!(tried, Err(EVMError::Database(_)));
        }
        if goes_on {
            goes_on = after_block(&mut evm, fork).is_ok();
        }
        drop(evm);
        let guess = self.state.guessed();
        // State that could not be read at all (a block's hash) is no reason to try once more.
        if goes_on { guess } else { Guess::default() }
    }
}
