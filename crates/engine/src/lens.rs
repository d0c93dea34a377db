//! One block of one chain, looked at: from what the eyes report to facts, alerts and what the memory keeps.
//!
//! Live, catch-up, replay and drill all come through here; they differ in where blocks and state come from.

use std::{
    collections::BTreeSet,
    ops::Deref,
    sync::Arc,
    time::{Duration, Instant},
};

use alloy_primitives::B256;
use anyhow::{Context as _, Result};
use atlas::{Chain, Execution, Fork};
use case::{Alert, AlertId, Severity};
use detect::{Announcements, ChainView, Detectors, Look, Memory};
use facts::{Answer, Block, BlockFacts, BlockRef, Header, Observed, Question, TxFacts};
use report::analysis::Sender;
use trace::{EachTx, Environment, NoReader, Prover, StateReader, Traced, Tracer, WarmState};

use crate::analysis::checked;

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
    /// What the block changed in the memory, where it is to be kept.
    pub changes: Option<Vec<u8>>,
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
    glass: Glass,
    /// What the rules remember of this chain.
    pub memory: Memory,
    prover: Prover,
}

/// A lens without its memory: what is known of a chain, and the rules.
pub struct Glass {
    chain: Chain,
    env: Environment,
    view: ChainView,
    detectors: Arc<Detectors>,
    announced: Arc<Announcements>,
}

impl Deref for Lens {
    type Target = Glass;

    fn deref(&self) -> &Glass {
        &self.glass
    }
}

impl Glass {
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

    /// Begins to look at a block. The rules see each transaction as soon as it has ended; nothing of it is told or
    /// kept before [`Glass::judge`].
    ///
    /// # Errors
    /// If the memory cannot take the block.
    pub fn look<'a>(&'a self, at: &'a BlockRef, timestamp: u64, memory: &'a mut Memory) -> Result<Look<'a>> {
        Ok(self.detectors.look(&self.view, at, timestamp, memory)?.knowing(&self.announced))
    }

    /// Executes the next block on the warm state, showing each transaction; the time is without waiting for reads.
    pub fn trace<R: StateReader>(
        &self,
        tracer: &mut Tracer<R>,
        at: &BlockRef,
        block: &Block,
        each: EachTx<'_>,
    ) -> (Traced, Duration) {
        match self.fork(block.header.number, block.header.timestamp) {
            Ok(fork) => {
                let (start, waited) = (Instant::now(), tracer.state.waited());
                let traced = tracer.block_with(at, block, fork, each);
                let spent = start.elapsed().saturating_sub(tracer.state.waited() - waited);
                (traced, spent)
            }
            Err(why) => blind(at, block, &why),
        }
    }

    /// What the rule that asked makes of an answer.
    ///
    /// # Errors
    /// If an alert has no canonical form.
    pub fn weigh(
        &self,
        at: (&BlockRef, u64),
        asked: (&str, &Question, &Answer),
        memory: &mut Memory,
    ) -> Result<Vec<(AlertId, Alert)>> {
        let alerts = self.detectors.answered(&self.view, at, asked, memory)?;
        let with_id = |alert: Alert| Ok((alert.id().context("an alert has no canonical form")?, alert));
        alerts.into_iter().map(with_id).collect()
    }

    /// What the rules would make of a transaction that waits to be mined, after the block `head`, in one that is made at
    /// `next_at`, in seconds since 1970 UTC.
    ///
    /// # Errors
    /// If an alert has no canonical form.
    pub fn foretell(
        &self,
        head: &Header,
        next_at: u64,
        facts: &TxFacts,
        memory: &mut Memory,
    ) -> Result<Vec<(AlertId, Alert)>> {
        if memory.head().is_none_or(|at| at.hash != head.hash) {
            return Ok(Vec::new());
        }
        let alerts = self.detectors.foretell(&self.view, (head.timestamp, next_at), memory, &self.announced, facts)?;
        let with_id = |alert: Alert| Ok((alert.id().context("an alert has no canonical form")?, alert));
        alerts.into_iter().map(with_id).collect()
    }

    /// Lets the rules look at the block as a whole, whose transactions they have seen.
    ///
    /// # Errors
    /// If an alert has no canonical form.
    pub fn judge(&self, look: Look<'_>, (traced, spent): (Traced, Duration)) -> Result<Looked> {
        let Traced { facts, gas, proving, .. } = traced;
        let start = Instant::now();
        let seen = look.finish(&facts);
        let execute = spent.saturating_sub(proving) + start.elapsed();
        let alerts = seen
            .alerts
            .into_iter()
            .map(|alert| Ok((alert.id()?, alert)))
            .collect::<Result<Vec<_>>>()
            .context("an alert has no canonical form")?;
        Ok(Looked { facts, alerts, questions: seen.questions, changes: None, snapshot: None, gas, execute, proving })
    }
}

impl Glass {
    /// Recovers who sent each transaction that an alert is about: what enters a case does not rest on a node's word for
    /// it. Another sender than the node names is an alert of its own, beside what was found in that name.
    ///
    /// # Errors
    /// If an alert has no canonical form.
    pub fn identify(&self, block: &Block, looked: &mut Looked) -> Result<()> {
        let alerted: BTreeSet<B256> = looked.alerts.iter().filter_map(|(_, alert)| alert.tx).collect();
        for tx in block.txs.iter().filter(|tx| alerted.contains(&tx.hash)) {
            let Sender::Contradicted { named, signed } = checked(tx) else { continue };
            let part = format!("the sender of transaction `{}`", tx.hash);
            let why = format!(
                "the node names `{named}`, and the signature is of `{signed}`; what was found in the name of `{named}` may \
                 be wrong: do not trust this node, and look again with another"
            );
            tracing::error!(chain = %self.chain.id, block = block.header.number, tx = %tx.hash, %named, %signed,
                "the node names another sender than the one who signed");
            let at = &looked.facts.block;
            let mut alert = self.detectors.notice(&self.view, at, looked.facts.timestamp, &part, &why)?;
            alert.severity = alert.severity.max(Severity::High);
            alert.tx = Some(tx.hash);
            alert.evidence.iter_mut().for_each(|fact| fact.tx = Some(tx.hash));
            looked.alerts.push((alert.id().context("an alert has no canonical form")?, alert));
        }
        Ok(())
    }
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
        let announced = Arc::default();
        let glass = Glass { chain, env, view, detectors, announced };
        Ok(Self { glass, memory: Memory::default(), prover: Prover::default() })
    }

    /// Looks with other rules from the next block on. What unchanged ones remember is kept.
    pub fn look_with(&mut self, detectors: Arc<Detectors>) {
        detectors.take_over(&mut self.memory);
        self.glass.detectors = detectors;
    }

    /// Looks knowing what was announced, from the next block on. An announcement says itself from which block on it holds.
    pub fn know(&mut self, announced: Arc<Announcements>) {
        self.glass.announced = announced;
    }

    /// The glass, and the memory beside it.
    pub fn parts(&mut self) -> (&Glass, &mut Memory) {
        (&self.glass, &mut self.memory)
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
        let fork = match self.fork(block.header.number, block.header.timestamp) {
            Ok(fork) => fork,
            Err(why) => return self.nose(blind(&at, block, &why)),
        };
        let Self { glass, memory, prover } = self;
        let mut look = glass.look(&at, block.header.timestamp, memory)?;
        trace::rouse(block.header.gas_used);
        let mut state = WarmState::new(NoReader, at.parent).with_witness(witness);
        let start = Instant::now();
        let each: EachTx<'_> = &mut |tx| look.tx(tx);
        let mut traced = Tracer::witnessed_with(&glass.env, &at, block, fork, &mut state, (prover, each));
        let spent = start.elapsed();
        traced.facts.observed = glass.unobserved(&at, "a recorded block carries the state before it, not after it");
        let mut looked = glass.judge(look, (traced, spent))?;
        glass.identify(block, &mut looked)?;
        Ok(looked)
    }

    /// Looks at the next block of a live chain on its warm state.
    ///
    /// # Errors
    /// If the memory cannot take the block.
    pub fn live<R: StateReader>(&mut self, tracer: &mut Tracer<R>, at: &BlockRef, block: &Block) -> Result<Looked> {
        let Self { glass, memory, .. } = self;
        let mut look = glass.look(at, block.header.timestamp, memory)?;
        let (mut traced, spent) = glass.trace(tracer, at, block, &mut |tx| look.tx(tx));
        traced.facts.observed = glass.observe(tracer, at, &block.header);
        let mut looked = glass.judge(look, (traced, spent))?;
        glass.identify(block, &mut looked)?;
        Ok(looked)
    }

    /// Finds out what a rule wants to try on the head, and lets it judge what came of it. Neither the state nor the memory
    /// keeps a trace of it. `head` is the header of the tracer's and the memory's last block; a question that was asked about
    /// an earlier one is asked about this one.
    ///
    /// # Errors
    /// If an alert has no canonical form.
    pub fn pursue<R: StateReader>(
        &mut self,
        tracer: &mut Tracer<R>,
        head: &Header,
        rule: &str,
        mut question: Question,
    ) -> Result<Vec<(AlertId, Alert)>> {
        let Self { glass, memory, .. } = self;
        let Some(at) = memory.head().filter(|at| at.hash == head.hash).cloned() else { return Ok(Vec::new()) };
        question.at = at.clone();
        let answer = match glass.fork(head.number + 1, head.timestamp + 1) {
            Ok(fork) => trace::answer(tracer, &question, head, fork),
            Err(why) => Answer::Blind(why),
        };
        glass.weigh((&at, head.timestamp), (rule, &question, &answer), memory)
    }

    /// Lets the detectors look at what was seen.
    ///
    /// # Errors
    /// If the memory cannot take the block, or an alert has no canonical form.
    pub fn nose(&mut self, (traced, spent): (Traced, Duration)) -> Result<Looked> {
        let Self { glass, memory, .. } = self;
        let at = traced.facts.block.clone();
        let start = Instant::now();
        let mut look = glass.look(&at, traced.facts.timestamp, memory)?;
        traced.facts.txs.iter().for_each(|tx| look.tx(tx));
        glass.judge(look, (traced, spent + start.elapsed()))
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
