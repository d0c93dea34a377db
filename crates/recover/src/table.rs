//! The table of losses and its sums.

use std::collections::BTreeMap;

use case::{LossAmounts, LossRow, LossTotal, LossesAssessed, Unseen};
use facts::{AccountId, AssetId, B256, U256};

/// Rows and sums that one entry of the book lists: with both full it stays below the book's limit for a line.
const LISTED_MAX: usize = 1_000;

/// Losses by victim and asset.
#[derive(Debug, Default)]
pub(crate) struct Table(BTreeMap<(AccountId, AssetId), LossAmounts>);

impl Table {
    pub(crate) fn add(&mut self, victim: AccountId, asset: AssetId, amounts: &LossAmounts) {
        let row = self.0.entry((victim, asset)).or_default();
        *row = row.plus(amounts);
    }

    /// Something came back to an account. It counts as far as the account was missing something.
    pub(crate) fn give_back(&mut self, victim: &AccountId, asset: &AssetId, gain: U256) {
        if let Some(row) = self.0.get_mut(&(victim.clone(), asset.clone())) {
            let back = gain.min(row.outstanding);
            row.returned = row.returned.saturating_add(back);
            row.outstanding -= back;
        }
    }

    /// The table as it is written down. Rows that are not listed are in the sums.
    pub(crate) fn written(self, txs: Vec<B256>, unseen: Vec<Unseen>) -> LossesAssessed {
        let mut sums: BTreeMap<AssetId, LossAmounts> = BTreeMap::new();
        for ((_, asset), amounts) in &self.0 {
            let sum = sums.entry(asset.clone()).or_default();
            *sum = sum.plus(amounts);
        }
        let left_out = |count: usize| count.saturating_sub(LISTED_MAX) as u64;
        let (rows_left_out, totals_left_out) = (left_out(self.0.len()), left_out(sums.len()));
        let row = |((victim, asset), amounts)| LossRow { victim, asset, amounts };
        LossesAssessed {
            txs,
            rows: self.0.into_iter().take(LISTED_MAX).map(row).collect(),
            rows_left_out,
            totals: sums.into_iter().take(LISTED_MAX).map(|(asset, amounts)| LossTotal { asset, amounts }).collect(),
            totals_left_out,
            unseen: Unseen::listed(unseen),
        }
    }
}
