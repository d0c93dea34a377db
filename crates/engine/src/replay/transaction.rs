//! One transaction, looked at with the loupe alone: its block is executed up to it, and nothing is judged.

use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use facts::{B256, Blind, Block, BlockFacts, BlockRef, TxFacts, Witness};
use rpc::{Blocking, Node};
use tokio::runtime::Handle;
use trace::Tracer;
use watch::Recording;

use crate::{Lens, NodeReader, tiers};

/// What was seen of a transaction.
#[derive(Debug)]
pub struct SeenTx {
    /// Its block.
    pub block: BlockRef,
    /// The block's time, seconds since 1970 UTC.
    pub timestamp: u64,
    /// How it was seen.
    pub sight: facts::Sight,
    /// What it did; none if it could not be seen at all.
    pub facts: Option<TxFacts>,
    /// What could not be seen, or is not proved.
    pub blind: Vec<Blind>,
}

/// Looks at a transaction on its chain: on the state after the block before it, else on the node's own account of the
/// state, else in the node's call traces or receipts.
///
/// # Errors
/// If the transaction is in no block, or the node does not answer.
pub async fn seen_on(lens: &Lens, node: &Arc<Node>, hash: B256) -> Result<SeenTx> {
    let Some(landed) = node.transaction_receipt(hash).await? else {
        if node.transaction_known(hash).await? {
            bail!("transaction `{hash}` is in no block yet: ask again when it is");
        }
        bail!(
            "no transaction `{hash}` is known on `{}`: check the hash and the chain; a node that was not running then, or \
             prunes, may not have it any more",
            lens.chain().id
        );
    };
    let block = node.block_by_hash(landed.block_hash).await?;
    let mut block = block.with_context(|| format!("block {} was just lost: ask again", landed.block_number))?;
    let index = index_of(&block, hash)?;
    let at = block.at(&lens.chain().id);
    // Receipts prove the transactions up to this one. Without them the whole block is executed, which its header proves.
    let receipts = node.receipts(&block).await;
    if let Ok(receipts) = &receipts {
        block.receipts = Some(Arc::new(receipts.clone()));
        block.witness = Some(Arc::new(Witness { executable: index + 1, ..Witness::default() }));
    }
    let block = Arc::new(block);
    let fork = match lens.fork(block.header.number, block.header.timestamp) {
        Ok(fork) => fork,
        Err(why) => {
            let receipts = receipts.context("the receipts cannot be read")?;
            let mut facts = tiers::told(lens, node, &at, &block, &receipts).await.map_err(|why| anyhow!(why))?;
            facts.blind.push(Blind::block(why));
            return Ok(pick(facts, index));
        }
    };
    let (env, reader) = (lens.environment().clone(), NodeReader(Blocking::new(Arc::clone(node), Handle::current())));
    let work = (Arc::clone(&block), at.clone());
    let execute = move || {
        let (block, at) = work;
        Tracer::new(env, reader, at.number.saturating_sub(1), at.parent).block(&at, &block, fork)
    };
    let traced = tokio::task::spawn_blocking(execute).await.context("the execution failed")?;
    if traced.facts.blind.is_empty() {
        return Ok(pick(traced.facts, index));
    }
    if let Some(again) = tiers::on_prestate(lens, node, &at, &block, fork).await {
        return Ok(pick(again.facts, index));
    }
    let Ok(receipts) = receipts else { return Ok(pick(traced.facts, index)) };
    let mut facts = tiers::told(lens, node, &at, &block, &receipts).await.map_err(|why| anyhow!(why))?;
    // Why nothing better was to be had stays beside them.
    facts.blind.extend(traced.facts.blind);
    Ok(pick(facts, index))
}

/// Looks at a transaction of a recorded block, on the state that came with it.
///
/// # Errors
/// If the block does not hold the transaction, or cannot be executed as far as it.
pub fn seen_in(lens: &Lens, recording: &Recording, hash: B256) -> Result<SeenTx> {
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
    let traced = if proved_alone {
        let shorter = Witness { executable: index + 1, ..witness.clone() };
        let part = Block { witness: Some(Arc::new(shorter.clone())), ..block.as_ref().clone() };
        tiers::witnessed(lens, &at, &part, fork, &shorter)
    } else {
        tiers::witnessed(lens, &at, block, fork, witness)
    };
    Ok(pick(traced.facts, index))
}

fn index_of(block: &Block, hash: B256) -> Result<u32> {
    let index = block.txs.iter().position(|tx| tx.hash == hash);
    let index = index.with_context(|| format!("block {} does not hold `{hash}`", block.header.number))?;
    Ok(u32::try_from(index)?)
}

fn pick(mut facts: BlockFacts, index: u32) -> SeenTx {
    let at = facts.txs.iter().position(|tx| tx.index == index);
    SeenTx {
        block: facts.block,
        timestamp: facts.timestamp,
        sight: facts.sight,
        facts: at.map(|at| facts.txs.swap_remove(at)),
        blind: facts.blind,
    }
}
