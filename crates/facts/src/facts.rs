//! What really happened in a block, as seen by the loupe.

mod asset;
mod frame;
mod net;
mod steps;
mod tx;

pub use asset::{Asset, Flow, FlowKind, NetChange};
pub use frame::{Frame, FrameKind, FrameStatus};
pub use net::net;
pub use steps::{Step, Steps};
pub use tx::{Change, ChangeKind, Code, Delegation, Log, MappingKey, Read, TxFacts, Write};

use serde::{Deserialize, Serialize};

use crate::{Answer, Blind, BlockRef, Sight};

/// Everything seen of one block, and everything that could not be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockFacts {
    /// The block.
    pub block: BlockRef,
    /// Seconds since 1970 UTC, from the header.
    pub timestamp: u64,
    /// How the facts were obtained.
    pub sight: Sight,
    /// The transactions that were seen, in order.
    pub txs: Vec<TxFacts>,
    /// How many transactions the block holds; more than `txs` when the state covers only its first ones.
    pub of: u32,
    /// Answers to standing questions, after this block.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observed: Vec<Observed>,
    /// What could not be seen, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blind: Vec<Blind>,
}

impl BlockFacts {
    /// A block of which nothing could be seen.
    pub fn blind(block: BlockRef, timestamp: u64, of: u32, why: impl Into<String>) -> Self {
        Self {
            block,
            timestamp,
            sight: Sight::Header,
            txs: Vec::new(),
            of,
            observed: Vec::new(),
            blind: vec![Blind::block(why)],
        }
    }

    /// Whether only the first transactions were given, by a witness that says so. This is not blindness.
    pub fn is_partial(&self) -> bool {
        self.blind.is_empty() && (self.txs.len() as u64) < u64::from(self.of)
    }
}

/// The answer to a standing question, after a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// The question's name on its rule card.
    pub name: String,
    /// What came of it.
    pub answer: Answer,
}
