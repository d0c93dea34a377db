//! One transaction, analysed: looked at, judged by the rules, and told with every name that can be had. What it means is
//! `detect`'s and `report`'s to say; here it is gathered.

mod inquiry;
mod recent;
mod seen;
mod sender;
mod tokens;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use atlas::{Chain, Labels, Layouts, Protocol, Selectors};
use case::Alert;
use detect::{Detectors, Memory};
use facts::{Address, B256, BlockFacts};
use report::analysis::{Analysis, Material, TokenName};
use rpc::Node;
use watch::Recording;

use crate::Lens;
pub use inquiry::Inquiry;
pub use recent::Recent;
pub use seen::{Found, Mined, NotThere, SeenTx, found_on, mined_on, seen_in, seen_on};
pub use sender::{checked, signed_by};
pub use tokens::{TOKEN_CALLS, decimals_of, symbol_of};

/// What transactions are told with: the rules, and names.
#[derive(Clone)]
pub struct Lore {
    /// The rules, once for each scope they are to be judged in.
    pub detectors: Vec<Arc<Detectors>>,
    /// Functions, events and errors.
    pub selectors: Arc<Selectors>,
    /// What is protected.
    pub protocol: Option<Arc<Protocol>>,
    /// What others call accounts.
    pub labels: Arc<Labels>,
    /// How contracts lay out their storage.
    pub layouts: Arc<Layouts>,
}

/// Analyses transactions of one chain.
pub struct Analyst {
    lens: Lens,
    lore: Lore,
}

impl Analyst {
    /// An analyst of `chain`.
    ///
    /// # Errors
    /// If it is not an EVM chain, or there is no set of rules.
    pub fn new(chain: Chain, lore: Lore) -> Result<Self> {
        let detectors = lore.detectors.first().context("an analysis needs rules")?;
        Ok(Self { lens: Lens::new(chain, Arc::clone(detectors))?, lore })
    }

    /// Analyses a transaction of a live chain; `frames` are those whose steps are wanted.
    ///
    /// # Errors
    /// If the transaction is in no block, or the node does not answer.
    pub async fn on(&self, node: &Arc<Node>, hash: B256, frames: &[u32]) -> Result<Analysis> {
        let found = found_on(&self.lens, node, mined_on(node, hash).await?).await?;
        let seen = seen_on(&self.lens, node, found, frames).await?;
        self.of(seen, node).await
    }

    /// Analyses what was seen of a transaction, with the names that its node has.
    ///
    /// # Errors
    /// If the rules cannot judge it.
    pub async fn of(&self, seen: SeenTx, node: &Arc<Node>) -> Result<Analysis> {
        let tokens = tokens::of_node(node, seen.block.hash, &moved(&seen)).await;
        self.tell(&seen, &tokens)
    }

    /// Analyses a transaction of a recorded block.
    ///
    /// # Errors
    /// If the block does not hold the transaction, or cannot be executed as far as it.
    pub fn within(&self, recording: &Recording, hash: B256, frames: &[u32]) -> Result<Analysis> {
        let seen = seen_in(&self.lens, recording, hash, frames)?;
        let tokens = tokens::of_recording(&self.lens, recording, &moved(&seen));
        self.tell(&seen, &tokens)
    }

    fn tell(&self, seen: &SeenTx, tokens: &BTreeMap<Address, TokenName>) -> Result<Analysis> {
        let alerts = self.judge(seen)?;
        Ok(report::analysis::analyse(&Material {
            chain: self.lens.chain(),
            block: &seen.block,
            timestamp: seen.header.timestamp,
            builder: (!seen.header.beneficiary.is_zero()).then_some(seen.header.beneficiary),
            blob_price: seen::blob_price(&self.lens, &seen.header),
            hash: seen.tx.hash,
            sight: seen.sight,
            tx: Some(&seen.tx),
            facts: seen.facts.as_ref(),
            blind: &seen.blind,
            sender: checked(&seen.tx),
            alerts: &alerts,
            selectors: &self.lore.selectors,
            protocol: self.lore.protocol.as_deref(),
            labels: &self.lore.labels,
            layouts: &self.lore.layouts,
            tokens,
            codes: &seen.codes,
            steps: &seen.steps,
        }))
    }

    /// What the rules say of the transaction alone, with nothing remembered; the same matter is told once, as the worst
    /// that any scope sees in it.
    fn judge(&self, seen: &SeenTx) -> Result<Vec<Alert>> {
        let Some(facts) = &seen.facts else { return Ok(Vec::new()) };
        let block = BlockFacts {
            block: seen.block.clone(),
            timestamp: seen.header.timestamp,
            sight: seen.sight,
            txs: vec![facts.clone()],
            of: 1,
            observed: Vec::new(),
            blind: Vec::new(),
        };
        let mut alerts: Vec<Alert> = Vec::new();
        for detectors in &self.lore.detectors {
            let judged = detectors.block(self.lens.view(), &block, &mut Memory::default());
            for alert in judged.context("the rules cannot judge the transaction")?.alerts {
                match alerts.iter_mut().find(|held| held.fingerprint == alert.fingerprint) {
                    Some(held) if held.severity < alert.severity => *held = alert,
                    Some(_) => {}
                    None => alerts.push(alert),
                }
            }
        }
        Ok(alerts)
    }
}

/// Contracts of tokens that moved.
fn moved(seen: &SeenTx) -> BTreeSet<Address> {
    seen.facts.iter().flat_map(|facts| &facts.flows).filter_map(|flow| flow.asset.contract()).collect()
}
