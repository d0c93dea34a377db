//! What a bundle tells of the attack itself.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::keccak256;
use anyhow::{Context as _, Result};
use case::Alert;
use facts::{AccountId, Address, B256, TxFacts};

use super::{Bundle, block, manifest, wanted::Wanted};
use crate::BlockRecord;

/// The attack of a bundle's case.
#[derive(Debug, Clone)]
pub struct Attacked {
    /// Its kind, an id of the taxonomy: that of the gravest alert.
    pub kind: String,
    /// Its transactions that are here, in order.
    pub txs: Vec<TxFacts>,
    /// Who was harmed, by the alerts.
    pub victims: BTreeSet<Address>,
    /// Who did it, by the alerts.
    pub attackers: BTreeSet<Address>,
    /// The hash of each contract's code before the attack, as far as it was read.
    pub codes: BTreeMap<Address, B256>,
}

impl Bundle {
    /// What its case says of the attack, from alerts that were not withdrawn. It is the bundle's word: [`Bundle::prove`]
    /// tells whether that holds.
    ///
    /// # Errors
    /// If there is no alert about a transaction, or a file is not what it should be.
    pub fn attack(&self) -> Result<Attacked> {
        let bytes = self.files.get(manifest::CASE).context("`case.json` is missing")?;
        let wanted = Wanted::of(&store::CaseExport::from_json(bytes)?.entries)?;
        let stands = wanted.alerts.iter().filter(|(id, _)| !wanted.withdrawn.contains_key(*id)).map(|(_, alert)| alert);
        let alerts: Vec<&Alert> = stands.filter(|alert| alert.tx.is_some()).collect();
        let gravest = alerts.iter().max_by_key(|alert| (alert.severity, alert.confidence));
        let kind =
            gravest.context("the case has no alert about a transaction: there is nothing to learn from")?.kind.clone();
        let mut hashes: Vec<_> =
            alerts.iter().map(|alert| (alert.seen_at.number, alert.tx.unwrap_or_default())).collect();
        hashes.sort_unstable();
        hashes.dedup();
        let mut txs = Vec::new();
        for (number, hash) in hashes {
            let Some(bytes) = self.files.get(&manifest::facts(hash)) else { continue };
            let facts: TxFacts =
                serde_json::from_slice(bytes).with_context(|| format!("`{}` cannot be read", manifest::facts(hash)))?;
            txs.push((number, facts));
        }
        txs.sort_by_key(|(number, tx)| (*number, tx.index));
        let addresses = |of: fn(&Alert) -> &Vec<AccountId>| -> BTreeSet<Address> {
            alerts.iter().flat_map(|alert| of(alert)).map(|account| account.address).collect()
        };
        Ok(Attacked {
            kind,
            txs: txs.into_iter().map(|(_, tx)| tx).collect(),
            victims: addresses(|alert| &alert.victims),
            attackers: addresses(|alert| &alert.attackers),
            codes: self.code_hashes()?,
        })
    }

    fn code_hashes(&self) -> Result<BTreeMap<Address, B256>> {
        let mut hashes = BTreeMap::new();
        for words in &self.manifest.blocks {
            let Some(bytes) = self.files.get(&manifest::record(words.hash)) else { continue };
            let record = BlockRecord::from_bytes(bytes).context("the record of a block cannot be read")?;
            let state = record.state(&block::codes(self, &record)?)?;
            let contracts = state.accounts.into_iter().filter(|(_, account)| !account.code.is_empty());
            hashes.extend(contracts.map(|(address, account)| (address, keccak256(&account.code))));
        }
        Ok(hashes)
    }
}
