//! What an incident rests on, from its lines: the blocks and transactions of its alerts and of our own steps.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use case::{Alert, AlertId, Basis, Entry, Event, Gone};
use facts::{B256, BlockRef};

/// The blocks of an incident by chain, height and hash, each with the reasons why.
pub(super) type Blocks = BTreeMap<(String, u64, B256), (BlockRef, Vec<String>)>;

/// What a bundle has to hold.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) blocks: Blocks,
    /// Transactions, each with its block where it is known and the reasons why.
    pub(super) txs: BTreeMap<B256, (Option<BlockRef>, Vec<String>)>,
    /// The alerts of the case.
    pub(super) alerts: BTreeMap<AlertId, Alert>,
    /// Alerts that do not stand any more, and why.
    pub(super) withdrawn: BTreeMap<AlertId, Gone>,
}

impl Wanted {
    /// Reads the lines of a case.
    ///
    /// # Errors
    /// If a line of a known kind cannot be read.
    pub(super) fn of(lines: &[Entry]) -> Result<Self> {
        let mut wanted = Self::default();
        for line in lines {
            let event = line.event().with_context(|| format!("line {} of the case cannot be read", line.seq))?;
            match event {
                Some(Event::Attached(attached)) => {
                    // What waited to be mined is in no block yet; once it is, alerts about that say so.
                    if attached.alert.basis == Basis::Pending {
                        wanted.alerts.insert(attached.id, attached.alert);
                        continue;
                    }
                    let why = format!("alert {} of rule {}", attached.id.short(), attached.alert.rule.id);
                    wanted.block(&attached.alert.seen_at, &why);
                    if let Some(tx) = attached.alert.tx {
                        wanted.tx(tx, Some(&attached.alert.seen_at), &why);
                    }
                    wanted.alerts.insert(attached.id, attached.alert);
                }
                Some(Event::CaseAlertWithdrawn(withdrawn)) => {
                    wanted.withdrawn.insert(withdrawn.id, withdrawn.why);
                }
                Some(Event::Receipt(receipt)) => {
                    if let Some(tx) = receipt.tx {
                        wanted.tx(tx, None, &format!("step {} was sent as it", receipt.step));
                    }
                }
                Some(Event::Confirmed(confirmed)) => {
                    let why = format!("step {} took effect in it", confirmed.step);
                    if let Some(block) = &confirmed.block {
                        wanted.block(block, &why);
                    }
                    if let Some(tx) = confirmed.tx {
                        wanted.tx(tx, confirmed.block.as_ref(), &why);
                    }
                }
                _ => {}
            }
        }
        Ok(wanted)
    }

    pub(super) fn block(&mut self, at: &BlockRef, why: &str) {
        let key = (at.chain.to_string(), at.number, at.hash);
        let (_, reasons) = self.blocks.entry(key).or_insert_with(|| (at.clone(), Vec::new()));
        add(reasons, why);
    }

    pub(super) fn tx(&mut self, hash: B256, at: Option<&BlockRef>, why: &str) {
        let (block, reasons) = self.txs.entry(hash).or_default();
        if block.is_none() {
            *block = at.cloned();
        }
        add(reasons, why);
    }

    /// Alerts that were seen in a block.
    pub(super) fn alerts_in(&self, block: B256) -> impl Iterator<Item = (&AlertId, &Alert)> {
        self.alerts.iter().filter(move |(_, alert)| alert.seen_at.hash == block)
    }
}

fn add(reasons: &mut Vec<String>, why: &str) {
    if !reasons.iter().any(|known| known == why) {
        reasons.push(why.to_owned());
    }
}
