//! Questions about transactions while a service runs: answered from what was just seen, else by looking again.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Result;
use facts::{B256, ChainId};
use report::analysis::Analysis;
use rpc::Node;
use tokio::sync::Semaphore;

use super::{Analyst, Lore, Recent};
use crate::ChainSetup;

/// Transactions that are looked at again at the same time; each runs a part of a block and reads its state.
const AT_ONCE: usize = 2;

/// Answers questions about transactions of the chains that a service follows.
pub struct Inquiry {
    chains: BTreeMap<ChainId, Followed>,
    lore: Lore,
    turns: Semaphore,
}

struct Followed {
    chain: atlas::Chain,
    node: Arc<Node>,
    recent: Recent,
}

impl Inquiry {
    /// Nobody is followed yet.
    pub fn new(lore: Lore) -> Self {
        Self { chains: BTreeMap::new(), lore, turns: Semaphore::new(AT_ONCE) }
    }

    /// The same with a chain whose newest blocks are kept in `recent`.
    #[must_use]
    pub fn following(mut self, setup: &ChainSetup, recent: Recent) -> Self {
        let (chain, node) = (setup.chain.clone(), Arc::clone(&setup.node));
        self.chains.insert(chain.id.clone(), Followed { chain, node, recent });
        self
    }

    /// Whether a chain is followed.
    pub fn follows(&self, chain: &ChainId) -> bool {
        self.chains.contains_key(chain)
    }

    /// Analyses a transaction; none if its chain is not followed.
    ///
    /// # Errors
    /// [`super::NotThere`] if it is in no block, and whatever keeps it from being seen.
    pub async fn analysis(&self, chain: &ChainId, tx: B256) -> Result<Option<Analysis>> {
        let Some(followed) = self.chains.get(chain) else { return Ok(None) };
        let analyst = Analyst::new(followed.chain.clone(), self.lore.clone())?;
        if let Some(seen) = followed.recent.seen(tx) {
            return analyst.of(seen, &followed.node).await.map(Some);
        }
        let _turn = self.turns.acquire().await?;
        analyst.on(&followed.node, tx, &[]).await.map(Some)
    }
}
