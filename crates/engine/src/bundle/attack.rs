//! What a bundle tells of the attack itself.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use atlas::bytecode::shape;
use case::Alert;
use detect::Attack;
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
    /// The shape of each contract's code before the attack, as far as it was read.
    pub codes: BTreeMap<Address, B256>,
}

impl Attacked {
    /// What alerts that stand say of an attack. `facts` looks a transaction up, none where it is not at hand; `codes` are the
    /// shapes of contracts' codes before it.
    ///
    /// # Errors
    /// If no alert is about a transaction, or `facts` fails.
    pub fn of(
        alerts: &[&Alert],
        mut facts: impl FnMut(B256) -> Result<Option<TxFacts>>,
        codes: BTreeMap<Address, B256>,
    ) -> Result<Self> {
        let alerts: Vec<&Alert> = alerts.iter().copied().filter(|alert| alert.tx.is_some()).collect();
        let gravest = alerts.iter().max_by_key(|alert| (alert.severity, alert.confidence));
        let kind =
            gravest.context("the case has no alert about a transaction: there is nothing to learn from")?.kind.clone();
        let mut hashes: Vec<_> =
            alerts.iter().map(|alert| (alert.seen_at.number, alert.tx.unwrap_or_default())).collect();
        hashes.sort_unstable();
        hashes.dedup();
        let mut txs = Vec::new();
        for (number, hash) in &hashes {
            txs.extend(facts(*hash)?.map(|facts| (*number, facts)));
        }
        // What an alert cites was before it: the same people's earlier steps belong to the attack.
        let mut cited = Vec::new();
        for alert in &alerts {
            cited.extend(alert.evidence.iter().filter_map(|fact| Some((alert.seen_at.number, fact.tx?))));
        }
        cited.sort_unstable_by_key(|(number, hash)| (*hash, *number));
        cited.dedup_by_key(|(_, hash)| *hash);
        let senders: BTreeSet<Address> = txs.iter().map(|(_, tx)| tx.from).collect();
        for (number, hash) in cited.into_iter().filter(|(_, cited)| hashes.iter().all(|(_, hash)| hash != cited)) {
            let own = facts(hash)?.filter(|tx| senders.contains(&tx.from));
            txs.extend(own.map(|tx| (number.saturating_sub(1), tx)));
        }
        txs.sort_by_key(|(number, tx)| (*number, tx.index));
        let addresses = |of: fn(&Alert) -> &Vec<AccountId>| -> BTreeSet<Address> {
            alerts.iter().flat_map(|alert| of(alert)).map(|account| account.address).collect()
        };
        Ok(Self {
            kind,
            txs: txs.into_iter().map(|(_, tx)| tx).collect(),
            victims: addresses(|alert| &alert.victims),
            attackers: addresses(|alert| &alert.attackers),
            codes,
        })
    }

    /// What a rule is learnt from, under a name in kebab case; `reference` says where the attack is told.
    pub fn lesson(&self, name: String, reference: String) -> Attack<'_> {
        Attack {
            name,
            kind: self.kind.clone(),
            reference,
            txs: self.txs.iter().collect(),
            victims: self.victims.clone(),
            attackers: self.attackers.clone(),
            codes: self.codes.clone(),
        }
    }
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
        let alerts: Vec<&Alert> = stands.collect();
        Attacked::of(&alerts, |hash| self.facts_of(hash), self.code_shapes()?)
    }

    fn facts_of(&self, hash: B256) -> Result<Option<TxFacts>> {
        let name = manifest::facts(hash);
        let read = |bytes: &Vec<u8>| serde_json::from_slice(bytes).with_context(|| format!("`{name}` cannot be read"));
        self.files.get(&name).map(read).transpose()
    }

    fn code_shapes(&self) -> Result<BTreeMap<Address, B256>> {
        let mut shapes = BTreeMap::new();
        for words in &self.manifest.blocks {
            let Some(bytes) = self.files.get(&manifest::record(words.hash)) else { continue };
            let record = BlockRecord::from_bytes(bytes).context("the record of a block cannot be read")?;
            let state = record.state(&block::codes(self, &record)?)?;
            let contracts = state.accounts.into_iter().filter(|(_, account)| !account.code.is_empty());
            shapes.extend(contracts.map(|(address, account)| (address, shape(&account.code))));
        }
        Ok(shapes)
    }
}
