//! Honest traffic: nothing in it should wake anybody.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use anyhow::{Context as _, Result};
use atlas::Atlas;
use case::Alert;
use detect::{Detectors, Scope, built_in, read_rules};
use engine::Lens;
use facts::BlockFacts;
use rpc::Form;
use serde::Serialize;
use trace::Environment;
use watch::Recorded;

use super::{ALARM, interval::Rate, traffic::Generated};
use crate::{baseline::Baselines, calls_only};

/// What the rules said of honest traffic.
#[derive(Debug, Clone, Serialize)]
pub struct Honest {
    /// What traffic.
    pub name: String,
    /// Transactions.
    pub transactions: u64,
    /// Alerts by severity.
    pub alerts: BTreeMap<String, u64>,
    /// Transactions with an alarm, of all.
    pub alarms: Rate,
    /// The alarms, each a mistake: rule, transaction or block, message.
    pub mistakes: Vec<String>,
    /// Transactions at which the baselines would have cried: large transfer, any flash loan, single event.
    pub baselines: [u64; 3],
    /// What is particular to generated traffic.
    pub generated: Option<Generated>,
    /// Transactions with an alarm so far.
    #[serde(skip)]
    pub(super) loud: u64,
}

impl Honest {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            transactions: 0,
            alerts: BTreeMap::new(),
            alarms: Rate::of(0, 0),
            mistakes: Vec::new(),
            baselines: [0; 3],
            generated: None,
            loud: 0,
        }
    }

    pub(super) fn add(&mut self, facts: &BlockFacts, alerts: impl IntoIterator<Item = Alert>, baselines: &Baselines) {
        self.transactions += facts.txs.len() as u64;
        for tx in &facts.txs {
            let said = baselines.of(tx);
            let said = [said.large_transfer, said.any_flash_loan, said.single_event];
            self.baselines.iter_mut().zip(said).for_each(|(count, said)| *count += u64::from(said));
        }
        let mut loud = Vec::new();
        for alert in alerts {
            *self.alerts.entry(alert.severity.to_string()).or_default() += 1;
            if alert.severity >= ALARM {
                loud.push(alert.tx);
                let place = alert.tx.map_or_else(|| alert.seen_at.hash.to_string(), |tx| tx.to_string());
                self.mistakes.push(format!("{} {} at {place}: {}", alert.severity, alert.rule.id, alert.message));
            }
        }
        loud.sort_unstable();
        loud.dedup();
        self.loud += loud.len() as u64;
    }

    /// With the rate of alarms, once everything is added.
    pub(super) fn counted(mut self) -> Self {
        self.alarms = Rate::of(self.loud, self.transactions);
        self
    }
}

/// Recorded blocks, executed and from their calls alone.
pub(super) fn recorded(folder: &Path) -> Result<Vec<Honest>> {
    let atlas = Atlas::embedded();
    let detectors = Arc::new(Detectors::new(read_rules(built_in())?, Scope::everything())?);
    let baselines = Baselines::default();
    let mut whole = Honest::new("recorded blocks, executed");
    let mut poor = Honest::new("the same, from calls alone");
    let mut source = Recorded::open(&[folder.to_owned()], Form::Ethereum)?;
    while let Some(recording) = source.read_next() {
        let recording = recording?;
        let chain = atlas.chain(&recording.chain).with_context(|| recording.chain.to_string())?;
        // Heights have gaps, so that every block is the first one its rules see.
        let looked = Lens::new(chain.clone(), Arc::clone(&detectors))?.recorded(&recording.block)?;
        let env = Environment::of(chain).with_context(|| recording.chain.to_string())?;
        let degraded = calls_only(&looked.facts, &env)?;
        whole.add(&looked.facts, looked.alerts.into_iter().map(|(_, alert)| alert), &baselines);
        let traced =
            trace::Traced { facts: degraded.clone(), gas: 0, proving: std::time::Duration::ZERO, retry: false };
        let again = Lens::new(chain.clone(), Arc::clone(&detectors))?.nose((traced, std::time::Duration::ZERO))?;
        poor.add(&degraded, again.alerts.into_iter().map(|(_, alert)| alert), &baselines);
    }
    Ok(vec![whole.counted(), poor.counted()])
}
