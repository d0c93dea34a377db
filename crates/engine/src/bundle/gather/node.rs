//! What a node still knows: a block with the state it read, and proofs of that state.

use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use atlas::Chain;
use detect::Detectors;
use facts::{Address, B256, Block, BlockRef, U256};
use rpc::{Blocking, Node, wire::raw};
use tokio::runtime::Handle;
use trace::{Tracer, merkle::Nodes};

use super::super::{archive::Files, manifest};
use crate::{BlockRecord, Codes, Lens, NodeReader, Seen, Stands, tiers};

/// Accounts that are asked for in one go: each answer has some ten nodes for itself and each slot.
const ACCOUNTS_AT_ONCE: usize = 32;

/// Where a transaction landed.
pub(super) async fn landed(node: &Node, tx: B256) -> Result<Option<BlockRef>> {
    let Some(landed) = node.transaction_receipt(tx).await? else { return Ok(None) };
    let Some(block) = node.block_by_hash(landed.block_hash).await? else { return Ok(None) };
    Ok(Some(block.at(node.chain())))
}

/// Reads a block and executes it on the node's state, so that what it reads is known.
pub(super) async fn read(
    chain: &Chain,
    detectors: &Arc<Detectors>,
    node: &Arc<Node>,
    hash: B256,
) -> Result<(BlockRecord, Codes)> {
    let lens = Lens::new(chain.clone(), Arc::clone(detectors))?;
    let block = node.block_by_hash(hash).await?;
    let block = Arc::new(block.context("it is not on the chain that the node serves, or the node never had it")?);
    let fork = lens.fork(block.header.number, block.header.timestamp).map_err(|why| anyhow!(why))?;
    let at = block.at(&chain.id);
    let reader = NodeReader(Blocking::new(Arc::clone(node), Handle::current()));
    let (env, work) = (lens.environment().clone(), (Arc::clone(&block), at.clone()));
    let execute = move || {
        let (block, at): (Arc<Block>, BlockRef) = work;
        let mut tracer = Tracer::new(env, reader, at.number.saturating_sub(1), at.parent);
        tracer.state.keep_reads();
        let traced = tracer.block(&at, &block, fork);
        (traced, tracer)
    };
    let (traced, mut tracer) = tokio::task::spawn_blocking(execute).await.context("the execution failed")?;
    let Some(blind) = traced.facts.blind.first() else {
        let asked = tokio::task::spawn_blocking(move || {
            let observed = lens.observe(&mut tracer, &at, &block.header);
            let read = tracer.state.take_reads().state();
            let seen = Seen { block: &block, fork, read, stands: Stands::Parent, observed, executed: None };
            BlockRecord::of(&lens, seen)
        });
        return asked.await.context("the execution failed")?;
    };
    match tiers::on_prestate(&lens, node, &at, &block, fork).await {
        Some((_, log, _)) => {
            let (read, stands) = (log.state(), Stands::Transactions);
            let seen = Seen { block: &block, fork, read, stands, observed: Vec::new(), executed: None };
            BlockRecord::of(&lens, seen)
        }
        None => bail!("{}; an archive node still has the state", blind.why),
    }
}

/// The nodes of the state's tries that prove everything a block read; none if the node gives no such proof. The parent's
/// header, whose state root they lead to, is put beside it.
pub(super) async fn prove(node: &Node, record: &BlockRecord, codes: &Codes, files: &mut Files) -> Option<Nodes> {
    let own = raw::header_from(&record.header).ok()?;
    let parent = node.block_by_hash(own.parent).await.ok()??.header;
    let state = record.state(codes).ok()?;
    let existing =
        state.accounts.iter().map(|(address, account)| (*address, account.storage.keys().copied().collect()));
    let absent = state.absent.iter().map(|address| (*address, Vec::new()));
    let asked: Vec<(Address, Vec<U256>)> = existing.chain(absent).collect();
    let mut nodes = Nodes::default();
    for some in asked.chunks(ACCOUNTS_AT_ONCE) {
        for proof in node.proofs(parent.hash, some).await.ok()? {
            proof.into_nodes().for_each(|node| nodes.add(node));
        }
    }
    let holds =
        state.accounts.iter().all(|(address, account)| nodes.prove(parent.state_root, *address, account).is_ok())
            && state.absent.iter().all(|address| nodes.prove_absent(parent.state_root, *address).is_ok());
    if !holds {
        tracing::warn!(
            block = own.number,
            "the node's proofs do not lead to the parent's state root: they are left out"
        );
        return None;
    }
    files.insert(manifest::header(parent.hash), raw::header_bytes(&parent));
    Some(nodes)
}
