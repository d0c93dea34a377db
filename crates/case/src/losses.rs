//! What was lost, by whom, as far as it can be proved.

use facts::{AccountId, AssetId, B256, U256};
use serde::{Deserialize, Serialize};

use crate::{Unseen, decimal, decimal::is_zero};

/// Payload of `losses.assessed/1`: the ledger of a case as it stands. The newest one counts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LossesAssessed {
    /// The transactions it rests on, in the order of the chain.
    pub txs: Vec<B256>,
    /// One row for each victim and asset, ordered by both.
    pub rows: Vec<LossRow>,
    /// How many more rows there were than are listed. They are in the sums.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows_left_out: u64,
    /// Their sums for each asset.
    pub totals: Vec<LossTotal>,
    /// How many more assets there were than are listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub totals_left_out: u64,
    /// What could not be looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<Unseen>,
}

/// What one victim lost of one asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossRow {
    /// Who lost it.
    pub victim: AccountId,
    /// Of what.
    pub asset: AssetId,
    /// The amounts.
    #[serde(flatten)]
    pub amounts: LossAmounts,
}

/// What was lost of one asset by all victims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossTotal {
    /// Of what.
    pub asset: AssetId,
    /// The amounts.
    #[serde(flatten)]
    pub amounts: LossAmounts,
}

/// Amounts in base units, written in decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LossAmounts {
    /// How much more left the victim than came in, summed over the transactions in which that was so.
    #[serde(with = "decimal")]
    pub left: U256,
    /// How much of that was lost: what an alert judged to have been neither exchanged nor booked, or all of it where no
    /// alert judged.
    #[serde(with = "decimal")]
    pub lost: U256,
    /// How much of it came back to the victim in later transactions of the case.
    #[serde(with = "decimal")]
    pub returned: U256,
    /// What is still missing: lost less returned.
    #[serde(with = "decimal")]
    pub outstanding: U256,
    /// How much of what was lost nobody judged: it left, and whether something was given for it is not known.
    #[serde(with = "decimal")]
    pub unjudged: U256,
    /// How much of what was lost rests on the word of an alert alone, because the transaction's facts were not at hand.
    #[serde(with = "decimal")]
    pub unproved: U256,
}

impl LossAmounts {
    /// The sum of two. Saturates: only a token that lies about amounts gets there.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            left: self.left.saturating_add(other.left),
            lost: self.lost.saturating_add(other.lost),
            returned: self.returned.saturating_add(other.returned),
            outstanding: self.outstanding.saturating_add(other.outstanding),
            unjudged: self.unjudged.saturating_add(other.unjudged),
            unproved: self.unproved.saturating_add(other.unproved),
        }
    }
}
