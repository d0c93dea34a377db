//! Where the money went, as far as a case's own transactions show.

use facts::{AccountId, AssetId, B256, U256};
use serde::{Deserialize, Serialize};

use crate::{Holding, Unseen, decimal, decimal::is_zero};

/// Payload of `money.traced/1`: where what was taken went. The newest one counts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MoneyTraced {
    /// The convention by which money that was mixed is told apart, with its version.
    pub convention: String,
    /// The transactions that were followed, in the order of the chain.
    pub txs: Vec<B256>,
    /// One trail for each asset that was taken, ordered by asset.
    pub trails: Vec<Trail>,
    /// How many more assets there were than are listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub trails_left_out: u64,
    /// What could not be looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<Unseen>,
}

/// The way of one asset. What was taken is what rests, to the last unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// What was taken.
    pub asset: AssetId,
    /// How much in all, in base units, in decimal.
    #[serde(with = "decimal")]
    pub taken: U256,
    /// From whom, and how much of it.
    pub from: Vec<Holding>,
    /// How many more it was taken from than are listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub from_left_out: u64,
    /// Each movement of it, in order.
    pub hops: Vec<Hop>,
    /// How many more movements there were than are listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hops_left_out: u64,
    /// Where it rested after the last of these transactions, largest first.
    pub rests: Vec<Rest>,
    /// How many more resting places there were than are listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rests_left_out: u64,
    /// How much rests in those, over all assets it was turned into.
    #[serde(default, skip_serializing_if = "U256::is_zero", with = "decimal")]
    pub rests_left_out_amount: U256,
}

/// A movement of taken money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// The transaction.
    pub tx: B256,
    /// Whose it was.
    pub from: AccountId,
    /// Whose it is.
    pub to: AccountId,
    /// What moved: the asset that was taken, or what it was wrapped into.
    pub asset: AssetId,
    /// How much of the taken money, in base units, in decimal.
    #[serde(with = "decimal")]
    pub amount: U256,
}

/// Where taken money rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// With whom, of what, how much.
    #[serde(flatten)]
    pub holding: Holding,
    /// What kind of place that is, as far as these transactions show.
    pub place: Place,
}

/// What kind of place taken money rests in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Somebody whom an alert names as an attacker.
    Attacker,
    /// A victim of the case: it came back.
    Victim,
    /// Nobody can move it any more: it was sent to the zero address.
    Burnt,
    /// Anybody else: an exchange, a bridge, a mixer, a pool, a person. Which one is not judged.
    Other,
}
