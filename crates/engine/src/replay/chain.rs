//! A stretch of a live chain, read from its node and looked at as if it were happening.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use facts::{Block, BlockRef};
use rpc::{Node, Tag};

use super::Replay;
use crate::{ChainSetup, Lens, Loupe};

/// Which blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The first height.
    pub from: u64,
    /// The last height; the chain's newest when absent.
    pub to: Option<u64>,
}

impl Replay {
    /// Looks at a stretch of a chain, block by block, on state that is read at the block before it and kept from there
    /// on. `seen` is told each height that was looked at, and the last one.
    ///
    /// A fork that is not known and state that the node no longer has make a block blind, with the reason. A block that
    /// cannot be had at all is an error: nothing can be said about it.
    ///
    /// # Errors
    /// If the stretch is not on the chain, the node stops answering, or the chain is reorganised meanwhile.
    pub async fn stretch(&mut self, setup: ChainSetup, stretch: Stretch, mut seen: impl FnMut(u64, u64)) -> Result<()> {
        let ChainSetup { chain, node, .. } = setup;
        let id = chain.id.clone();
        let Stretch { from, to } = stretch;
        if from == 0 {
            bail!("block 0 has no transactions and no state before it: begin with 1");
        }
        let head = node.head(Tag::Latest).await?.with_context(|| format!("chain `{id}` has no block yet"))?.at.number;
        let to = to.unwrap_or(head);
        if to > head {
            bail!("block {to} of `{id}` is not there yet: its newest is {head}");
        }
        if from > to {
            bail!("there is nothing from block {from} to {to}: the first comes first");
        }
        let before = node.refs(&[from - 1]).await?.pop().flatten();
        let mut last = before.with_context(|| format!("block {} of `{id}` is not there", from - 1))?;
        let mut lens = Lens::new(chain, Arc::clone(&self.detectors))?;
        lens.know(Arc::clone(&self.announced));
        self.views.insert(id.clone(), lens.view().clone());
        let (loupe, _) = Loupe::start(lens, Arc::clone(&node), last.clone(), None)?;
        let mut next = Some(read(&node, from).await?);
        while let Some(block) = next.take() {
            follows(&last, &block)?;
            last = block.at(&id);
            // The next block is read while this one is looked at.
            let ahead =
                async { if last.number < to { read(&node, last.number + 1).await.map(Some) } else { Ok(None) } };
            let (looked, ahead) = tokio::join!(loupe.see(Arc::clone(&block)), ahead);
            self.add(&block, looked?)?;
            loupe.finalize(last.number).await?;
            seen(last.number, to);
            next = ahead?;
        }
        Ok(())
    }
}

async fn read(node: &Node, number: u64) -> Result<Arc<Block>> {
    let block = node.block_by_number(number).await.with_context(|| format!("block {number} cannot be read"))?;
    block.map(Arc::new).with_context(|| format!("block {number} is gone: the chain was reorganised; begin again"))
}

fn follows(last: &BlockRef, block: &Block) -> Result<()> {
    if block.header.parent != last.hash {
        bail!(
            "block {} does not follow on block {} as it was read: the chain was reorganised meanwhile; begin again, or end \
             below its finalized block",
            block.header.number,
            last.number
        );
    }
    Ok(())
}
