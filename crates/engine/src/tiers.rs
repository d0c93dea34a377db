//! What can still be seen of a block that our own state did not carry: on the node's account of the state, in its call
//! traces, in receipts. Each is poorer than the one before it, and says so in the facts.

use atlas::Fork;
use facts::{Block, BlockFacts, BlockRef, Receipt, Witness};
use rpc::Node;
use trace::{NoReader, Prover, Traced, Tracer, WarmState, from_calls, from_receipts};

use crate::Lens;

/// Executes a block on the state that came with it, standing on its parent.
pub(crate) fn witnessed(lens: &Lens, at: &BlockRef, block: &Block, fork: Fork, witness: &Witness) -> Traced {
    let mut state = WarmState::new(NoReader, at.parent).with_witness(witness);
    state.pin(at.number.saturating_sub(1), at.parent);
    Tracer::witnessed(lens.environment(), at, block, fork, &mut state, &mut Prover::default())
}

/// Executes a block on what the node says its transactions found; none unless that proves it.
pub(crate) async fn on_prestate(lens: &Lens, node: &Node, at: &BlockRef, block: &Block, fork: Fork) -> Option<Traced> {
    // Why there is none is not told: the reason that led here is, and it stays if nothing better comes.
    let pre_state = node.prestate(block).await.ok()?;
    let of = u32::try_from(block.txs.len()).unwrap_or(u32::MAX);
    let executable = block.witness.as_ref().map_or(of, |witness| witness.executable);
    let traced = witnessed(lens, at, block, fork, &Witness { executable, pre_state, ..Witness::default() });
    traced.facts.blind.is_empty().then_some(traced)
}

/// The node's call traces, or where it gives none what receipts show.
pub(crate) async fn told(
    lens: &Lens,
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
