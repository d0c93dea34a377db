//! From the alerts and the facts of a case to what was lost.

use std::collections::{BTreeMap, BTreeSet};

use case::{Exhibit, Incident, LossAmounts, LossesAssessed, Taken, Unseen};
use facts::{AccountId, AssetId, B256, NetChange, U256};

use crate::table::Table;

/// What was lost, for the book, and what was taken in which transaction, for whoever follows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assessment {
    /// The ledger.
    pub losses: LossesAssessed,
    /// What the facts prove to have been taken, in the order of the chain.
    pub taken: Vec<Taken>,
}

/// What one alert, or the largest of several about the same, says was lost.
type Judged = BTreeMap<(Option<B256>, AccountId, AssetId), U256>;

/// What was lost in a case, as its standing alerts and the facts of its transactions have it. `unseen` is what could
/// not be had of it; a withdrawn alert counts for nothing.
///
/// What came back is what a victim gained of the same asset in a later transaction of the case, up to what it was still
/// missing. Whether a claim was booked for it, a deposit say, is not judged.
pub fn assess(incident: &Incident, exhibits: &[Exhibit], unseen: Vec<Unseen>) -> Assessment {
    let mut ordered: Vec<&Exhibit> = exhibits.iter().collect();
    ordered.sort_by_key(|exhibit| exhibit.order());
    let mut work = Work::of(incident, unseen);
    for exhibit in &ordered {
        for net in &exhibit.tx.net() {
            // What an account issues itself costs it nothing.
            if net.asset.contract() != Some(net.account) {
                work.weigh(exhibit, net);
            }
        }
    }
    work.believe();
    let txs = ordered.iter().map(|exhibit| exhibit.tx.hash).collect();
    Assessment { losses: work.table.written(txs, work.unseen), taken: work.taken }
}

struct Work {
    judged: Judged,
    /// Whom the alerts about a transaction name as its victims.
    named: BTreeMap<B256, BTreeSet<AccountId>>,
    table: Table,
    taken: Vec<Taken>,
    unseen: Vec<Unseen>,
}

impl Work {
    fn of(incident: &Incident, unseen: Vec<Unseen>) -> Self {
        let mut judged = Judged::new();
        let mut named: BTreeMap<B256, BTreeSet<AccountId>> = BTreeMap::new();
        for alert in incident.standing_alerts() {
            if let Some(tx) = alert.tx {
                let victims = named.entry(tx).or_default();
                victims.extend(alert.victims.iter().cloned());
                victims.extend(alert.losses.iter().map(|loss| loss.account.clone()));
            }
            for loss in &alert.losses {
                let amount = judged.entry((alert.tx, loss.account.clone(), loss.asset.clone())).or_default();
                *amount = (*amount).max(loss.amount);
            }
        }
        Self { judged, named, table: Table::default(), taken: Vec::new(), unseen }
    }

    /// What one account gained or lost of one asset in a transaction.
    fn weigh(&mut self, exhibit: &Exhibit, net: &NetChange) {
        let (victim, asset) = (exhibit.account(net.account), exhibit.asset(&net.asset));
        let (left, gain) = (net.loss(), net.gain());
        if !gain.is_zero() {
            self.table.give_back(&victim, &asset, gain);
            return;
        }
        let tx = exhibit.tx.hash;
        if left.is_zero() || !self.named.get(&tx).is_some_and(|victims| victims.contains(&victim)) {
            return;
        }
        let judged = self.judged.remove(&(Some(tx), victim.clone(), asset.clone()));
        let mut lost = judged.unwrap_or(left);
        if lost > left && exhibit.unseen().is_none() {
            let why = format!(
                "an alert says that {victim} lost {lost} of {asset}, and the facts show that {left} left it: the \
                 smaller amount counts"
            );
            self.unseen.push(Unseen { tx: Some(tx), why });
            lost = left;
        }
        // Facts that were seen poorly do not outweigh an alert that saw more.
        let unproved = lost.saturating_sub(left);
        let unjudged = if judged.is_none() { lost } else { U256::ZERO };
        let (outstanding, returned) = (lost, U256::ZERO);
        let amounts = LossAmounts { left, lost, returned, outstanding, unjudged, unproved };
        self.table.add(victim.clone(), asset, &amounts);
        let amount = lost.min(left);
        if !amount.is_zero() {
            self.taken.push(Taken { tx, victim, asset: net.asset, amount });
        }
    }

    /// What alerts say was lost and no fact at hand shows.
    fn believe(&mut self) {
        for ((_, victim, asset), lost) in std::mem::take(&mut self.judged) {
            let amounts = LossAmounts { lost, outstanding: lost, unproved: lost, ..LossAmounts::default() };
            self.table.add(victim, asset, &amounts);
        }
    }
}
