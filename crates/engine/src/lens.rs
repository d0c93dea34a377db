//! One block of one chain, looked at: from what the eyes report to facts, alerts and what the memory keeps.
//!
//! Live, catch-up, replay and drill all come through here; they differ in where blocks and state come from.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use alloy_primitives::B256;
use anyhow::{Context as _, Result};
use atlas::{Chain, Execution, Fork};
use case::{Alert, AlertId};
use detect::{BlockChanges, ChainView, Detectors, Memory};
use facts::{Answer, Block, BlockFacts, BlockRef, Header, Observed, Question};
use trace::{Environment, NoReader, Prover, StateReader, Traced, Tracer, WarmState};

/// Standing questions that are answered after each block of a chain; each may cost reads from its node.
const STANDING_MAX: usize = 1_024;

/// What came of a block.
#[derive(Debug)]
pub struct Looked {
    /// The facts, with everything that was blind.
    pub facts: BlockFacts,
    /// The alerts with their ids, in order.
    pub alerts: Vec<(AlertId, Alert)>,
    /// Questions that rules asked.
    pub questions: Vec<(String, Question)>,
    /// What the block changed in the memory.
    pub changes: BlockChanges,
    /// All of the memory after the block, where it is time to keep it.
    pub snapshot: Option<Vec<u8>>,
    /// Gas of the transactions that were executed.
    pub gas: u64,
    /// Execution, facts and detectors, without reading state.
    pub execute: Duration,
    /// The proof against the header.
    pub proving: Duration,
}

/// A chain's loupe, nose and memory.
pub struct Lens {
    chain: Chain,
    env: Environment,
    view: ChainView,
    detectors: Arc<Detectors>,
    /// What the rules remember of this chain.
    pub memory: Memory,
    prover: Prover,
}

impl Lens {
    /// A lens on `chain`, with nothing remembered.
    ///
    /// # Errors
    /// If it is not an EVM chain.
    pub fn new(chain: Chain, detectors: Arc<Detectors>) -> Result<Self> {
        let env = Environment::of(&chain).with_context(|| {
            format!("chain `{}` is not an EVM chain: only `eip155` chains can be watched", chain.id)
        })?;
        let view = ChainView { id: chain.id.clone(), slip44: chain.slip44, wrapped: chain.wrapped_native.clone() };
        Ok(Self { chain, env, view, detectors, memory: Memory::default(), prover: Prover::default() })
    }

    /// The chain.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// What shapes execution on the chain.
    pub fn environment(&self) -> &Environment {
        &self.env
    }

    /// What detectors know of the chain.
    pub fn view(&self) -> &ChainView {
        &self.view
    }

    /// The rules.
    pub fn detectors(&self) -> &Arc<Detectors> {
        &self.detectors
    }

    /// The fork a block runs by, or why it cannot be executed here.
    ///
    /// # Errors
    /// In words that tell a responder what to do.
    pub fn fork(&self, number: u64, timestamp: u64) -> Result<Fork, String> {
        if let Execution::Other { why } = &self.chain.execution {
            return Err(format!("chain `{}` does not run by Ethereum's rules: {why}", self.chain.id));
        }
        self.chain.fork_at(number, timestamp).ok_or_else(|| {
            format!(
                "the fork of block {number} of `{}` is not known: give the chain a fork schedule in a chain file, or a \
                 node that names its fork",
                self.chain.id
            )
        })
    }

    /// Answers the rules' standing questions after the block `header`, which the tracer's state stands on.
    pub fn observe<R: StateReader>(&self, tracer: &mut Tracer<R>, at: &BlockRef, header: &Header) -> Vec<Observed> {
        let standing = self.detectors.standing(at);
        if standing.is_empty() {
            return Vec::new();
        }
        let fork = self.fork(header.number + 1, header.timestamp + 1);
        let answer = |(index, (name, question)): (usize, (String, Question))| {
            let answer = match &fork {
                _ if index >= STANDING_MAX => Answer::Blind(format!(
                    "more than {STANDING_MAX} standing questions about one chain: the rest are not asked"
                )),
                Ok(fork) => trace::answer(tracer, &question, header, *fork),
                Err(why) => Answer::Blind(why.clone()),
            };
            Observed { name, answer }
        };
        standing.into_iter().enumerate().map(answer).collect()
    }

    /// Standing questions about a block that nothing stands after: they are open, and that is said.
    fn unobserved(&self, at: &BlockRef, why: &str) -> Vec<Observed> {
        let open = |(name, _)| Observed { name, answer: Answer::Blind(why.to_owned()) };
        self.detectors.standing(at).into_iter().map(open).collect()
    }

    /// Looks at a block on the state it carries.
    ///
    /// # Errors
    /// If the memory cannot take the block.
    pub fn recorded(&mut self, block: &Block) -> Result<Looked> {
        let at = block.at(&self.chain.id);
        let Some(witness) = &block.witness else {
            return self.nose(blind(&at, block, "it came without the state to execute it on"));
        };
        let (mut traced, spent) = match self.fork(block.header.number, block.header.timestamp) {
            Ok(fork) => {
                let mut state = WarmState::new(NoReader, at.parent).with_witness(witness);
                let start = Instant::now();
                let traced = Tracer::witnessed(&self.env, &at, block, fork, &mut state, &mut self.prover);
                (traced, start.elapsed())
            }
            Err(why) => return self.nose(blind(&at, block, &why)),
        };
        traced.facts.observed = self.unobserved(&at, "a recorded block carries the state before it, not after it");
        self.nose((traced, spent))
    }

    /// Looks at the next block of a live chain on its warm state.
    ///
    /// # Errors
    /// If the memory cannot take the block.
    pub fn live<R: StateReader>(&mut self, tracer: &mut Tracer<R>, at: &BlockRef, block: &Block) -> Result<Looked> {
        let (mut traced, spent) = self.trace(tracer, at, block);
        traced.facts.observed = self.observe(tracer, at, &block.header);
        self.nose((traced, spent))
    }

    /// Executes the next block on the warm state; the time is without waiting for reads.
    pub fn trace<R: StateReader>(&self, tracer: &mut Tracer<R>, at: &BlockRef, block: &Block) -> (Traced, Duration) {
        match self.fork(block.header.number, block.header.timestamp) {
            Ok(fork) => {
                let (start, waited) = (Instant::now(), tracer.state.waited());
                let traced = tracer.block(at, block, fork);
                let spent = start.elapsed().saturating_sub(tracer.state.waited() - waited);
                (traced, spent)
            }
            Err(why) => blind(at, block, &why),
        }
    }

    /// Lets the detectors look at what was seen.
    ///
    /// # Errors
    /// If the memory cannot take the block, or an alert has no canonical form.
    pub fn nose(&mut self, (traced, spent): (Traced, Duration)) -> Result<Looked> {
        let Traced { facts, gas, proving, .. } = traced;
        let start = Instant::now();
        let seen = self.detectors.block(&self.view, &facts, &mut self.memory)?;
        let execute = spent.saturating_sub(proving) + start.elapsed();
        let alerts = seen
            .alerts
            .into_iter()
            .map(|alert| Ok((alert.id()?, alert)))
            .collect::<Result<Vec<_>>>()
            .context("an alert has no canonical form")?;
        Ok(Looked {
            facts,
            alerts,
            questions: seen.questions,
            changes: seen.changes,
            snapshot: None,
            gas,
            execute,
            proving,
        })
    }

    /// Makes the memory what it was after `to`.
    ///
    /// # Errors
    /// If it no longer knows how.
    pub fn revert(&mut self, to: &BlockRef) -> Result<()> {
        self.memory.revert_to(to).context("the rules' memory cannot be taken back that far")
    }
}

fn blind(at: &BlockRef, block: &Block, why: &str) -> (Traced, Duration) {
    let of = u32::try_from(block.txs.len()).unwrap_or(u32::MAX);
    let facts = BlockFacts::blind(at.clone(), block.header.timestamp, of, why);
    (Traced { facts, gas: 0, proving: Duration::ZERO, retry: false }, Duration::ZERO)
}

/// The hashes of blocks above `to` in a ring, newest first: what a reorg loses.
pub fn lost(ring: &[BlockRef], to: &BlockRef) -> Vec<B256> {
    ring.iter().filter(|block| block.number > to.number).map(|block| block.hash).collect()
}
