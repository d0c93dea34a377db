//! One transaction, looked at with the loupe alone: its block is executed up to it, and nothing is judged.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result, anyhow, bail};
use atlas::Fork;
use facts::{Address, B256, Blind, Block, BlockFacts, BlockRef, Bytes, ChainId, Header, Steps, Tx, TxFacts, Witness};
use rpc::{Blocking, Landed, Node};
use tokio::{
    runtime::Handle,
    task::{JoinHandle, spawn_blocking},
};
use trace::{NoReader, Prover, StateReader, Tracer, WarmState};
use watch::Recording;

use crate::{Lens, NodeReader, tiers};

/// Code that is kept of a transaction's accounts, in bytes.
const CODE_BYTES_MAX: usize = 8 << 20;

/// What was seen of a transaction.
#[derive(Debug)]
pub struct SeenTx {
    /// Its block.
    pub block: BlockRef,
    /// The block's header.
    pub header: Header,
    /// The transaction as it stands in its block.
    pub tx: Tx,
    /// How it was seen.
    pub sight: facts::Sight,
    /// What it did; none if it could not be seen at all.
    pub facts: Option<TxFacts>,
    /// What could not be seen, or is not proved.
    pub blind: Vec<Blind>,
    /// Code that took part, as far as it was read.
    pub codes: BTreeMap<Address, Bytes>,
    /// The steps of the frames that were asked for.
    pub steps: Vec<Steps>,
}

/// A transaction that no block holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotThere {
    /// The node knows it, and it waits.
    Waiting {
        /// The transaction.
        hash: B256,
    },
    /// The node does not know it.
    Unknown {
        /// The transaction.
        hash: B256,
        /// The chain that was asked.
        chain: ChainId,
    },
}

impl fmt::Display for NotThere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting { hash } => write!(f, "transaction `{hash}` is in no block yet: ask again when it is"),
            Self::Unknown { hash, chain } => write!(
                f,
                "no transaction `{hash}` is known on `{chain}`: check the hash and the chain; a node that was not running \
                 then, or prunes, may not have it any more"
            ),
        }
    }
}

impl std::error::Error for NotThere {}

/// A transaction's place on its chain, as its node says.
#[derive(Debug)]
pub struct Mined {
    hash: B256,
    landed: Landed,
}

/// The place of a transaction.
///
/// # Errors
/// If it is in no block, or the node does not answer.
pub async fn mined_on(node: &Node, hash: B256) -> Result<Mined> {
    let Some(landed) = node.transaction_receipt(hash).await? else {
        let is_known = node.transaction_known(hash).await?;
        let chain = node.chain().clone();
        bail!(if is_known { NotThere::Waiting { hash } } else { NotThere::Unknown { hash, chain } });
    };
    Ok(Mined { hash, landed })
}

/// A transaction in its block.
pub struct Found {
    block: Block,
    index: u32,
    /// Reads state before the block since a part of it was there.
    scout: Option<JoinHandle<Tracer<NodeReader>>>,
}

/// The block of a transaction.
///
/// # Errors
/// If the node does not answer, or no longer knows the block.
pub async fn found_on(lens: &Lens, node: &Arc<Node>, mined: Mined) -> Result<Found> {
    let Mined { hash, landed } = mined;
    // State for the transactions around it is read while the node still writes out the others.
    let scout = Mutex::new(None);
    let begun = |part: Block| {
        let Ok(fork) = lens.fork(part.header.number, part.header.timestamp) else { return };
        let mut tracer = before(lens, node, &part.header);
        let reading = spawn_blocking(move || {
            tracer.scout(&part, fork);
            tracer
        });
        scout.lock().unwrap_or_else(PoisonError::into_inner).replace(reading);
    };
    let block = node.block_around(landed.block_hash, landed.index.unwrap_or_default(), begun).await?;
    let block = block.with_context(|| format!("block {} was just lost: ask again", landed.block_number))?;
    let index = index_of(&block, hash)?;
    Ok(Found { block, index, scout: scout.into_inner().unwrap_or_else(PoisonError::into_inner) })
}

/// A tracer that stands before a block.
fn before(lens: &Lens, node: &Arc<Node>, header: &Header) -> Tracer<NodeReader> {
    let reader = NodeReader(Blocking::new(Arc::clone(node), Handle::current()));
    Tracer::new(lens.environment().clone(), reader, header.number.saturating_sub(1), header.parent)
}

/// Whether a block is executed as far as one of its transactions only, which receipts have to prove. The whole block is
/// proved by its header, and where little of it is left that is had for less than all the receipts.
fn is_early(block: &Block, index: u32) -> bool {
    (index as usize + 1) * 4 < block.txs.len() * 3
}

/// Looks at a transaction on its chain: on the state after the block before it, else on the node's own account of the
/// state, else in the node's call traces or receipts. `frames` are those whose steps are wanted.
///
/// # Errors
/// If the transaction could not be seen in any way.
pub async fn seen_on(lens: &Lens, node: &Arc<Node>, found: Found, frames: &[u32]) -> Result<SeenTx> {
    let Found { mut block, index, scout } = found;
    let at = block.at(&lens.chain().id);
    if is_early(&block, index)
        && let Ok(receipts) = node.receipts(&block).await
    {
        block.receipts = Some(Arc::new(receipts));
        block.witness = Some(Arc::new(Witness { executable: index + 1, ..Witness::default() }));
    }
    let block = Arc::new(block);
    let fork = match lens.fork(block.header.number, block.header.timestamp) {
        Ok(fork) => fork,
        Err(why) => {
            let mut facts = told_of(lens, node, (&at, &block), index).await?;
            facts.blind.push(Blind::block(why));
            return pick(facts, &block, index);
        }
    };
    let mut first = match scout {
        Some(scout) => scout.await.context("reading state failed")?,
        None => before(lens, node, &block.header),
    };
    // What was executed stands after the block: steps begin before it again.
    let second = (!frames.is_empty()).then(|| before(lens, node, &block.header));
    let (work, wanted, env) = ((Arc::clone(&block), at.clone()), frames.to_vec(), lens.environment().clone());
    let execute = move || {
        let (block, at) = work;
        first.scout(&block, fork);
        let traced = first.block(&at, &block, fork);
        let mut seen = pick(traced.facts, &block, index)?;
        seen.codes = codes(&first.state, seen.facts.as_ref());
        if let Some(mut second) = second.filter(|_| seen.blind.is_empty()) {
            second.scout(&block, fork);
            step(&mut seen, trace::steps(&env, &block, fork, &mut second.state, index, &wanted));
        }
        anyhow::Ok(seen)
    };
    let seen = spawn_blocking(execute).await.context("the execution failed")??;
    if seen.blind.is_empty() {
        return Ok(seen);
    }
    if let Some((again, _, witness)) = tiers::on_prestate(lens, node, &at, &block, fork).await {
        let mut seen = pick(again.facts, &block, index)?;
        let whole = Block { witness: Some(Arc::new(witness.clone())), ..block.as_ref().clone() };
        look_closer(lens, (&at, &whole, fork), &witness, (&mut seen, index, frames));
        return Ok(seen);
    }
    let Ok(mut facts) = told_of(lens, node, (&at, &block), index).await else { return Ok(seen) };
    // Why nothing better was to be had stays beside them.
    facts.blind.extend(seen.blind);
    pick(facts, &block, index)
}

/// What the node tells of a transaction: its call trace, else its receipt.
async fn told_of(lens: &Lens, node: &Arc<Node>, (at, block): (&BlockRef, &Block), index: u32) -> Result<BlockFacts> {
    let receipts = match &block.receipts {
        Some(receipts) => Arc::clone(receipts),
        None => Arc::new(node.receipts(block).await.context("the receipts cannot be read")?),
    };
    tiers::told_of(lens, node, at, block, &receipts, index).await.map_err(|why| anyhow!(why))
}

/// Looks at a transaction of a recorded block, on the state that came with it.
///
/// # Errors
/// If the block does not hold the transaction, or cannot be executed as far as it.
pub fn seen_in(lens: &Lens, recording: &Recording, hash: B256, frames: &[u32]) -> Result<SeenTx> {
    let block = &recording.block;
    let index = index_of(block, hash)?;
    let at = block.at(&recording.chain);
    let witness = block.witness.as_deref().context("the file holds no state to execute the block on")?;
    if index >= witness.executable {
        bail!(
            "the file holds the state for the first {} of {} transactions, and `{hash}` is number {}: record the whole block",
            witness.executable,
            block.txs.len(),
            index + 1
        );
    }
    let fork = lens.fork(block.header.number, block.header.timestamp).map_err(|why| anyhow!(why))?;
    // With receipts each transaction is proved by itself; without them the block is, if it is executed as a whole.
    let proved_alone = block.receipts.as_ref().is_some_and(|receipts| receipts.len() > index as usize);
    let executable = if proved_alone { index + 1 } else { witness.executable };
    let part = Witness { executable, ..witness.clone() };
    let block = Block { witness: Some(Arc::new(part.clone())), ..block.as_ref().clone() };
    let mut state = witnessed_state(&at, &part);
    let traced = Tracer::witnessed(lens.environment(), &at, &block, fork, &mut state, &mut Prover::default());
    let mut seen = pick(traced.facts, &block, index)?;
    look_closer(lens, (&at, &block, fork), &part, (&mut seen, index, frames));
    Ok(seen)
}

/// Adds the code that took part, and the steps of the frames that were asked for, from the state that came with a block.
fn look_closer(
    lens: &Lens,
    (at, block, fork): (&BlockRef, &Block, Fork),
    witness: &Witness,
    (seen, index, frames): (&mut SeenTx, u32, &[u32]),
) {
    let mut state = witnessed_state(at, witness);
    seen.codes = codes(&state, seen.facts.as_ref());
    if seen.blind.is_empty() && !frames.is_empty() {
        step(seen, trace::steps(lens.environment(), block, fork, &mut state, index, frames));
    }
}

/// State as a block's transactions find it, out of what came with the block.
pub(super) fn witnessed_state(at: &BlockRef, witness: &Witness) -> WarmState<NoReader> {
    let mut state = WarmState::new(NoReader, at.parent).with_witness(witness);
    state.pin(at.number.saturating_sub(1), at.parent);
    state
}

/// The price of blob gas in the block, where its fork is known.
pub(super) fn blob_price(lens: &Lens, header: &Header) -> Option<u128> {
    let fork: Fork = lens.fork(header.number, header.timestamp).ok()?;
    trace::blob_price(fork, header)
}

fn step(seen: &mut SeenTx, steps: Result<Vec<Steps>, String>) {
    match steps {
        Ok(steps) => seen.steps = steps,
        Err(why) => seen.blind.push(Blind::block(format!("the steps could not be seen: {why}"))),
    }
}

/// Code of the accounts whose code ran, in the order of their first calls, as much as there is room for.
fn codes<R: StateReader>(state: &WarmState<R>, facts: Option<&TxFacts>) -> BTreeMap<Address, Bytes> {
    let mut held = BTreeMap::new();
    let mut room = CODE_BYTES_MAX;
    for frame in facts.iter().flat_map(|facts| &facts.frames) {
        for account in [frame.code, frame.target] {
            if held.contains_key(&account) {
                continue;
            }
            if let Some(code) = state.code(account).filter(|code| code.len() <= room) {
                room -= code.len();
                held.insert(account, code);
            }
        }
    }
    held
}

fn index_of(block: &Block, hash: B256) -> Result<u32> {
    let index = block.txs.iter().position(|tx| tx.hash == hash);
    let index = index.with_context(|| format!("block {} does not hold `{hash}`", block.header.number))?;
    Ok(u32::try_from(index)?)
}

pub(super) fn pick(mut facts: BlockFacts, block: &Block, index: u32) -> Result<SeenTx> {
    let at = facts.txs.iter().position(|tx| tx.index == index);
    Ok(SeenTx {
        block: facts.block,
        header: block.header.clone(),
        tx: block.txs.get(index as usize).cloned().context("the block is shorter than it was")?,
        sight: facts.sight,
        facts: at.map(|at| facts.txs.swap_remove(at)),
        blind: facts.blind,
        codes: BTreeMap::new(),
        steps: Vec::new(),
    })
}
