//! What the rooms after the fact judge by: the facts of a case's transactions, taken back out of the evidence.

use facts::{AccountId, Address, Asset, AssetId, B256, BlockRef, TxFacts, U256};
use serde::{Deserialize, Serialize};

use crate::decimal;

/// One transaction of a case with everything seen of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Exhibit {
    /// The block it stands in.
    pub at: BlockRef,
    /// That block's time, seconds since 1970 UTC.
    pub time: u64,
    /// The coin type (SLIP-44) of the chain's own coin, for the names of assets.
    pub slip44: u32,
    /// What was seen of it.
    pub tx: TxFacts,
}

impl Exhibit {
    /// The account of this address on the transaction's chain.
    pub fn account(&self, address: Address) -> AccountId {
        AccountId { chain: self.at.chain.clone(), address }
    }

    /// The asset by its CAIP-19 id.
    pub fn asset(&self, asset: &Asset) -> AssetId {
        AssetId::of(&self.at.chain, asset, self.slip44)
    }

    /// What cannot be told from these facts, if they were seen poorly: without frames there are no movements of the
    /// chain's own coin inside the transaction.
    pub fn unseen(&self) -> Option<Unseen> {
        let why = "its calls were not seen, so coin that moved inside it is not counted; look at it with a node that \
                   traces";
        self.tx.frames.is_empty().then(|| Unseen { tx: Some(self.tx.hash), why: why.to_owned() })
    }

    /// Where it stands among others: by time, and on one chain by height and place in the block.
    pub fn order(&self) -> (u64, &str, u64, u32) {
        (self.time, self.at.chain.as_str(), self.at.number, self.tx.index)
    }
}

/// What one transaction took from one victim. What `recover` judges lost is what `follow` follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The transaction.
    pub tx: B256,
    /// Whose it was.
    pub victim: AccountId,
    /// What was taken, as the facts name it.
    pub asset: Asset,
    /// How much, in base units.
    pub amount: U256,
}

/// Something of the case that could not be looked at. What rests on it is not known, which is not nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unseen {
    /// The transaction, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tx: Option<B256>,
    /// What is missing, and why, in words that tell a responder what to do.
    pub why: String,
}

/// Gaps that are listed one by one: more of them say no more.
const LISTED_MAX: usize = 200;

impl Unseen {
    /// A list of gaps as it is written down: in order, each once, and with a last word about those that are not listed.
    pub fn listed(mut gaps: Vec<Self>) -> Vec<Self> {
        gaps.sort();
        gaps.dedup();
        if gaps.len() > LISTED_MAX {
            let why = format!("{} more are not listed here", gaps.len() - LISTED_MAX);
            gaps.truncate(LISTED_MAX);
            gaps.push(Self { tx: None, why });
        }
        gaps
    }
}

/// So much of an asset with somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// With whom.
    pub account: AccountId,
    /// Of what.
    pub asset: AssetId,
    /// How much, in base units, in decimal.
    #[serde(with = "decimal")]
    pub amount: U256,
}
