//! The loupe's own thread: execution waits for state and must not hold up anything else, so it has a thread to itself,
//! which owns a chain's warm state and its rules' memory and is asked one thing at a time.

mod fallback;
mod foresight;
mod waiting;

use std::{collections::VecDeque, sync::Arc, thread, time::Duration};

use alloy_primitives::B256;
use anyhow::{Context as _, Result, anyhow};
use detect::{Announcements, Detectors, Memory};
use facts::{Answer, Block, BlockRef, Header, Observed, Question, Sight, Tx};
use fallback::fall_back;
use foresight::FORESEEN_MAX;
pub use foresight::Foreseen;
use rpc::{Blocking, Node};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};
use trace::{ReadLog, Traced, Tracer, Yields};
use waiting::Pool;
pub(crate) use waiting::WAIT_BLOCKS;
pub use waiting::WaitingTally;

use crate::{BlockRecord, Codes, Executed, Lens, Looked, NodeReader, Seen, Stands};

/// Requests that wait for the thread. The block loop has one under way at a time; the rest are questions.
const WAITING_MAX: usize = 64;
/// How often a block is tried again whose state could not be read, and how long is waited before each time.
const PAUSES_MS: [u64; 5] = [50, 200, 500, 1_000, 2_000];

/// Blocks between two snapshots of the rules' memory.
const SNAPSHOT_EVERY: u64 = 256;

enum Request {
    See(Arc<Block>, oneshot::Sender<Result<Looked>>),
    Record(B256, Executed, oneshot::Sender<Result<(BlockRecord, Codes)>>),
    Undo(BlockRef, oneshot::Sender<Result<()>>),
    Revert(BlockRef, Vec<B256>, oneshot::Sender<Result<()>>),
    Ask(Box<Question>, oneshot::Sender<Answer>),
    Finalize(u64),
    StartOver(BlockRef),
    LookWith(Arc<Detectors>),
    Know(Arc<Announcements>),
    Wait(Vec<Arc<Tx>>),
}

/// A handle on a chain's loupe. Cheap to clone; the thread ends when the last handle is gone.
#[derive(Clone)]
pub struct Loupe(mpsc::Sender<Request>, Arc<WaitingTally>);

impl Loupe {
    /// Starts the thread. `at` is the block whose state it stands on; `head` its header, if it is the chain's newest block
    /// and questions can be asked after it.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(
        lens: Lens,
        node: Arc<Node>,
        at: BlockRef,
        head: Option<Header>,
    ) -> Result<(Self, mpsc::Receiver<Foreseen>)> {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let (tell, foreseen) = mpsc::channel(FORESEEN_MAX);
        let runtime = Handle::current();
        let name = format!("loupe {}", at.chain);
        let tally = Arc::<WaitingTally>::default();
        let pool = Pool::new(Arc::clone(&tally));
        let queue = sender.downgrade();
        let work = move || Bench::new(lens, node, runtime, (&at, head), (tell, queue, pool)).run(receiver);
        thread::Builder::new().name(name).spawn(work).context("cannot start the loupe's thread")?;
        Ok((Self(sender, tally), foreseen))
    }

    /// Looks at the next block.
    ///
    /// # Errors
    /// If the memory cannot take the block, or the thread is gone.
    pub async fn see(&self, block: Arc<Block>) -> Result<Looked> {
        self.request(|answer| Request::See(block, answer)).await?
    }

    /// What is to be kept of the block that was seen last, with the code it ran; `executed` is what came of it.
    ///
    /// # Errors
    /// If another was seen since, or it was not executed.
    pub async fn record(&self, block: B256, executed: Executed) -> Result<(BlockRecord, Codes)> {
        self.request(|answer| Request::Record(block, executed, answer)).await?
    }

    /// Takes back the last block's changes to the memory, because it could not be written down.
    ///
    /// # Errors
    /// If it is not the last block, or the thread is gone.
    pub async fn undo(&self, block: BlockRef) -> Result<()> {
        self.request(|answer| Request::Undo(block, answer)).await?
    }

    /// Goes back to `to`; `lost` are the hashes of the blocks after it, newest first.
    ///
    /// # Errors
    /// If the memory no longer knows how, or the thread is gone.
    pub async fn revert(&self, to: BlockRef, lost: Vec<B256>) -> Result<()> {
        self.request(|answer| Request::Revert(to, lost, answer)).await?
    }

    /// Answers a question on the head.
    pub async fn ask(&self, question: Question) -> Answer {
        let asked = self.request(|answer| Request::Ask(Box::new(question), answer)).await;
        asked.unwrap_or_else(|error| Answer::Blind(error.to_string()))
    }

    /// Blocks up to `number` are final: the memory need not be taken back below them.
    ///
    /// # Errors
    /// If the thread is gone.
    pub async fn finalize(&self, number: u64) -> Result<()> {
        self.0.send(Request::Finalize(number)).await.map_err(|_| gone())
    }

    /// Forgets everything, and stands on the state after `at`: for a chain that was reorganised deeper than is known.
    ///
    /// # Errors
    /// If the thread is gone.
    pub async fn start_over(&self, at: BlockRef) -> Result<()> {
        self.0.send(Request::StartOver(at)).await.map_err(|_| gone())
    }

    /// Looks with other rules from the next block on.
    ///
    /// # Errors
    /// If the thread is gone.
    pub async fn look_with(&self, detectors: Arc<Detectors>) -> Result<()> {
        self.0.send(Request::LookWith(detectors)).await.map_err(|_| gone())
    }

    /// Looks knowing what was announced, from the next block on.
    ///
    /// # Errors
    /// If the thread is gone.
    pub async fn know(&self, announced: Arc<Announcements>) -> Result<()> {
        self.0.send(Request::Know(announced)).await.map_err(|_| gone())
    }

    /// Tries transactions that wait to be mined, while nothing else is to be done.
    ///
    /// # Errors
    /// If the thread is gone.
    pub async fn wait(&self, txs: Vec<Arc<Tx>>) -> Result<()> {
        self.0.send(Request::Wait(txs)).await.map_err(|_| gone())
    }

    /// How many transactions that wait were looked at.
    pub fn waiting(&self) -> &WaitingTally {
        &self.1
    }

    async fn request<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Result<T> {
        let (sender, receiver) = oneshot::channel();
        self.0.send(request(sender)).await.map_err(|_| gone())?;
        receiver.await.map_err(|_| gone())
    }
}

fn gone() -> anyhow::Error {
    anyhow!("the loupe's thread has ended: see the log for why, and restart")
}

/// What the thread owns.
struct Bench {
    lens: Lens,
    tracer: Tracer<NodeReader>,
    node: Arc<Node>,
    runtime: Handle,
    head: Option<Header>,
    /// The last block that was executed, with what it read.
    last: Option<Last>,
    /// What rules asked about the head, to be answered while nothing else is to be done.
    asked: VecDeque<(String, Question)>,
    /// Where it is told what rules foresee.
    tell: mpsc::Sender<Foreseen>,
    /// What could not be told yet.
    untold: VecDeque<Foreseen>,
    /// Transactions that wait to be mined.
    pool: Pool,
    /// Counts what is done while nothing else is to be done, so that all of it has its turn.
    turns: u64,
    /// Requests that wait, for whatever has to make way for them.
    queue: mpsc::WeakSender<Request>,
}

/// A block that was executed, for as long as it is the last one.
struct Last {
    block: Arc<Block>,
    log: ReadLog,
    stands: Stands,
    observed: Vec<Observed>,
}

impl Bench {
    fn new(
        lens: Lens,
        node: Arc<Node>,
        runtime: Handle,
        (at, head): (&BlockRef, Option<Header>),
        (tell, queue, pool): (mpsc::Sender<Foreseen>, mpsc::WeakSender<Request>, Pool),
    ) -> Self {
        let reader = NodeReader(Blocking::new(Arc::clone(&node), runtime.clone()));
        let tracer = tracer(&lens, reader, at, &queue);
        Self {
            lens,
            tracer,
            node,
            runtime,
            head,
            last: None,
            asked: VecDeque::new(),
            tell,
            untold: VecDeque::new(),
            pool,
            turns: 0,
            queue,
        }
    }

    /// An answer nobody waits for any more is no error: whoever asked has stopped.
    fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        while let Some(request) = self.next(&mut requests) {
            let heard = match request {
                Request::See(block, answer) => answer.send(self.see(&block)).is_ok(),
                Request::Record(block, executed, answer) => answer.send(self.record(block, executed)).is_ok(),
                Request::Undo(block, answer) => answer.send(self.undo(&block)).is_ok(),
                Request::Revert(to, lost, answer) => answer.send(self.revert(&to, &lost)).is_ok(),
                Request::Ask(question, answer) => answer.send(self.answer(&question)).is_ok(),
                Request::Finalize(number) => {
                    self.lens.memory.finalize(number);
                    true
                }
                Request::StartOver(at) => {
                    self.start_over(&at);
                    true
                }
                Request::LookWith(detectors) => {
                    self.lens.look_with(detectors);
                    true
                }
                Request::Know(announced) => {
                    self.lens.know(announced);
                    true
                }
                Request::Wait(txs) => {
                    let number = self.lens.memory.head().map_or(0, |head| head.number);
                    txs.into_iter().for_each(|tx| self.pool.take(tx, number));
                    true
                }
            };
            if !heard {
                tracing::debug!(chain = %self.lens.chain().id, "an answer came after whoever asked had gone");
            }
        }
    }

    fn see(&mut self, block: &Arc<Block>) -> Result<Looked> {
        self.last = None;
        let at = block.at(&self.lens.chain().id);
        let first = self.lens.memory.head().is_none();
        let (glass, memory) = self.lens.parts();
        let mut look = glass.look(&at, block.header.timestamp, memory)?;
        let mut traced = glass.trace(&mut self.tracer, &at, block, &mut |tx| look.tx(tx));
        for pause in PAUSES_MS {
            if !traced.0.retry {
                break;
            }
            tracing::warn!(chain = %at.chain, block = at.number, why = %first_why(&traced.0), "state cannot be read yet");
            thread::sleep(Duration::from_millis(pause));
            // What was found in a part of the block is found again, and once.
            drop(look);
            look = glass.look(&at, block.header.timestamp, memory)?;
            traced = glass.trace(&mut self.tracer, &at, block, &mut |tx| look.tx(tx));
        }
        let mut fallen_back = None;
        if !traced.0.facts.blind.is_empty()
            && let Some((better, log)) = fall_back(glass, (&self.node, &self.runtime), &at, block, &traced.0)
        {
            drop(look);
            look = glass.look(&at, block.header.timestamp, memory)?;
            better.facts.txs.iter().for_each(|tx| look.tx(tx));
            (traced.0, fallen_back) = (better, log);
        }
        let is_executed = traced.0.facts.sight == Sight::Executed && traced.0.facts.blind.is_empty();
        if self.head.as_ref().is_none_or(|head| head.hash != block.header.parent) || !traced.0.facts.blind.is_empty() {
            self.tracer.state.forget();
        }
        self.tracer.state.pin(at.number, at.hash);
        self.head = Some(block.header.clone());
        self.pool.mined(block);
        traced.0.facts.observed = glass.observe(&mut self.tracer, &at, &block.header);
        let log = self.tracer.state.take_reads();
        if is_executed {
            let (log, stands) = fallen_back.map_or((log, Stands::Parent), |log| (log, Stands::Transactions));
            let observed = traced.0.facts.observed.clone();
            self.last = Some(Last { block: Arc::clone(block), log, stands, observed });
        }
        let mut looked = glass.judge(look, traced)?;
        glass.identify(block, &mut looked)?;
        looked.changes = self.lens.memory.changes().map(|changes| changes.to_bytes()).transpose()?;
        let questions = std::mem::take(&mut looked.questions);
        self.take_questions(&at, block.header.timestamp, questions);
        if first || at.number.is_multiple_of(SNAPSHOT_EVERY) {
            looked.snapshot = Some(self.lens.memory.snapshot().to_bytes()?);
        }
        Ok(looked)
    }

    fn record(&mut self, block: B256, executed: Executed) -> Result<(BlockRecord, Codes)> {
        let last = self.last.take().filter(|last| last.block.header.hash == block);
        let last = last.context("the block is not the last one that was executed here")?;
        let Last { block, log, stands, observed } = last;
        let fork = self.lens.fork(block.header.number, block.header.timestamp).map_err(|why| anyhow!(why))?;
        let (read, executed) = (log.state(), Some(executed));
        BlockRecord::of(&self.lens, Seen { block: &block, fork, read, stands, observed, executed })
    }

    fn undo(&mut self, block: &BlockRef) -> Result<()> {
        self.lens.memory.undo(block)?;
        self.tracer.state.forget();
        self.behead();
        Ok(())
    }

    fn revert(&mut self, to: &BlockRef, lost: &[B256]) -> Result<()> {
        self.tracer.revert(to, lost);
        self.behead();
        self.lens.revert(to)
    }

    fn start_over(&mut self, at: &BlockRef) {
        let reader = NodeReader(Blocking::new(Arc::clone(&self.node), self.runtime.clone()));
        self.tracer = tracer(&self.lens, reader, at, &self.queue);
        self.lens.memory = Memory::default();
        self.behead();
    }

    /// The head is gone, and with it what was asked and answered about it.
    fn behead(&mut self) {
        self.head = None;
        self.last = None;
        self.asked.clear();
        self.untold.clear();
    }

    fn answer(&mut self, question: &Question) -> Answer {
        let Some(head) = &self.head else {
            return Answer::Blind("no block has been seen yet to ask the question after".to_owned());
        };
        match self.lens.fork(head.number + 1, head.timestamp + 1) {
            Ok(fork) => trace::answer(&mut self.tracer, question, head, fork),
            Err(why) => Answer::Blind(why),
        }
    }
}

/// A tracer that writes down what each block reads, so that it can be kept.
fn tracer(lens: &Lens, reader: NodeReader, at: &BlockRef, queue: &mpsc::WeakSender<Request>) -> Tracer<NodeReader> {
    let mut tracer = Tracer::new(lens.environment().clone(), reader, at.number, at.hash);
    tracer.state.keep_reads();
    let queue = queue.clone();
    let is_asked = move || queue.upgrade().is_some_and(|queue| queue.capacity() < WAITING_MAX);
    tracer.state.yield_to(Yields(Box::new(is_asked)));
    tracer
}

fn first_why(traced: &Traced) -> &str {
    traced.facts.blind.first().map_or("", |blind| blind.why.as_str())
}
