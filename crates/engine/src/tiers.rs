//! What can still be seen of a block that our own state did not carry: on the node's account of the state, in its call
//! traces, in receipts. Each is poorer than the one before it, and says so in the facts.

use atlas::Fork;
use facts::{Block, BlockFacts, BlockRef, Receipt, Witness};
use rpc::Node;
use trace::{NoReader, Prover, ReadLog, Traced, Tracer, WarmState, from_call, from_calls, from_receipts};

use crate::Glass;

/// Executes a block on the state that came with it, standing on its parent; with what it read.
pub(crate) fn witnessed(
    lens: &Glass,
    at: &BlockRef,
    block: &Block,
    fork: Fork,
    witness: &Witness,
) -> (Traced, ReadLog) {
    let mut state = WarmState::new(NoReader, at.parent).with_witness(witness);
    state.pin(at.number.saturating_sub(1), at.parent);
    state.keep_reads();
    let traced = Tracer::witnessed(lens.environment(), at, block, fork, &mut state, &mut Prover::default());
    (traced, state.take_reads())
}

/// Executes a block on what the node says its transactions found, with what it read and what it was told; none unless that
/// proves it.
pub(crate) async fn on_prestate(
    lens: &Glass,
    node: &Node,
    at: &BlockRef,
    block: &Block,
    fork: Fork,
) -> Option<(Traced, ReadLog, Witness)> {
    // Why there is none is not told: the reason that led here is, and it stays if nothing better comes.
    let pre_state = node.prestate(block).await.ok()?;
    let of = u32::try_from(block.txs.len()).unwrap_or(u32::MAX);
    let executable = block.witness.as_ref().map_or(of, |witness| witness.executable);
    let witness = Witness { executable, pre_state, ..Witness::default() };
    let (traced, log) = witnessed(lens, at, block, fork, &witness);
    traced.facts.blind.is_empty().then_some((traced, log, witness))
}

/// The node's call traces, or where it gives none what receipts show.
pub(crate) async fn told(
    lens: &Glass,
    node: &Node,
    at: &BlockRef,
    block: &Block,
    receipts: &[Receipt],
) -> Result<BlockFacts, String> {
    let env = lens.environment();
    if let Ok(calls) = node.call_traces(block).await
        && let Ok(facts) = from_calls(env, at, block, &calls, receipts)
    {
        return Ok(facts);
    }
    from_receipts(env, at, block, receipts)
}

/// What the node tells of one transaction: its call trace, or where it gives none what the receipts show. Nodes that do
/// not trace a block may still trace one of its transactions.
pub(crate) async fn told_of(
    glass: &Glass,
    node: &Node,
    at: &BlockRef,
    block: &Block,
    receipts: &[Receipt],
    index: u32,
) -> Result<BlockFacts, String> {
    let env = glass.environment();
    let hash = block.txs.get(index as usize).map(|tx| tx.hash).unwrap_or_default();
    if let Ok(call) = node.call_trace(hash).await {
        return from_call(env, at, block, index, &call, receipts);
    }
    from_receipts(env, at, block, receipts)
}
