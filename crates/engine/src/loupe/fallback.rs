//! What can be seen where execution on our own state failed.

use facts::{Block, BlockRef, Sight};
use rpc::Node;
use tokio::runtime::Handle;
use trace::{ReadLog, Traced};

use crate::{Glass, tiers};

/// What can be seen where execution on our own state failed: on the node's prestate, in its call traces, in receipts. A
/// poorer tier stands beside the reason for it, which stays blind unless the block is proved after all: what it read comes
/// along then.
pub(super) fn fall_back(
    glass: &Glass,
    (node, runtime): (&Node, &Handle),
    at: &BlockRef,
    block: &Block,
    failed: &Traced,
) -> Option<(Traced, Option<ReadLog>)> {
    let fork = glass.fork(block.header.number, block.header.timestamp);
    if let Ok(fork) = fork
        && let Some((traced, log, _)) = runtime.block_on(tiers::on_prestate(glass, node, at, block, fork))
    {
        return Some((traced, Some(log)));
    }
    let receipts = runtime.block_on(node.receipts(block)).ok()?;
    let mut facts = runtime.block_on(tiers::told(glass, node, at, block, &receipts)).ok()?;
    // A chain that is known to run by other rules is not blind for it: its tier says what it cannot show.
    if fork.is_ok() || facts.sight == Sight::Header {
        facts.blind.clone_from(&failed.facts.blind);
    }
    Some((Traced { facts, gas: failed.gas, proving: failed.proving, retry: failed.retry }, None))
}
