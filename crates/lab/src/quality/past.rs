//! Attacks that happened: recorded with their state, or as trees of calls.

mod why;

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use atlas::Atlas;
use detect::{Detectors, Scope, built_in, read_rules};
use engine::{Lens, Looked};
use facts::{B256, BlockRef};
use rpc::Form;
use serde::Serialize;
use trace::Traced;
use watch::Recorded;

use super::{ALARM, interval::Rate};
use crate::{baseline::Baselines, calltree};

/// What the rules said of attacks of the past.
#[derive(Debug, Clone, Serialize)]
pub struct Past {
    /// What kind of data.
    pub name: String,
    /// How many were noticed at `high` or above.
    pub caught: Rate,
    /// How many had an alert of any severity.
    pub mentioned: Rate,
    /// How many the baselines would have noticed.
    pub baselines: [Rate; 3],
    /// Each attack.
    pub attacks: Vec<Attack>,
}

/// One of them.
#[derive(Debug, Clone, Serialize)]
pub struct Attack {
    /// What it is called.
    pub name: String,
    /// How it was done, in somebody's words.
    pub category: Option<String>,
    /// Whether it was noticed at `high` or above.
    pub caught: bool,
    /// What the rules said.
    pub said: Vec<String>,
    /// What there was to see: frames and movements of value.
    pub frames: usize,
    /// Movements of value.
    pub flows: usize,
    /// For one that was missed, what is in the data that a rule could have seen.
    pub why_missed: Option<String>,
}

fn rules() -> Result<Arc<Detectors>> {
    Ok(Arc::new(Detectors::new(read_rules(built_in())?, Scope::everything())?))
}

fn sum(name: &str, attacks: Vec<Attack>, baselines: [u64; 3]) -> Past {
    let n = attacks.len() as u64;
    let caught = attacks.iter().filter(|attack| attack.caught).count() as u64;
    let mentioned = attacks.iter().filter(|attack| !attack.said.is_empty()).count() as u64;
    Past {
        name: name.to_owned(),
        caught: Rate::of(caught, n),
        mentioned: Rate::of(mentioned, n),
        baselines: baselines.map(|hits| Rate::of(hits, n)),
        attacks,
    }
}

fn attack(name: String, category: Option<String>, looked: &Looked) -> Attack {
    let said = |alert: &case::Alert| format!("{} {}: {}", alert.severity, alert.rule.id, alert.message);
    let frames = looked.facts.txs.iter().map(|tx| tx.frames.len()).sum();
    let flows = looked.facts.txs.iter().map(|tx| tx.flows.len()).sum();
    let caught = looked.alerts.iter().any(|(_, alert)| alert.severity >= ALARM);
    Attack {
        name,
        category,
        caught,
        said: looked.alerts.iter().map(|(_, alert)| said(alert)).collect(),
        frames,
        flows,
        why_missed: (!caught)
            .then(|| why::missed(looked.facts.txs.last(), looked.alerts.iter().map(|(_, alert)| alert))),
    }
}

/// Attacks that were recorded with their state, executed. Every file is the block of one.
pub(super) fn executed(folder: &Path) -> Result<Past> {
    let (atlas, rules, baselines) = (Atlas::embedded(), rules()?, Baselines::default());
    let (mut attacks, mut counts) = (Vec::new(), [0; 3]);
    let mut source = Recorded::open(&[folder.to_owned()], Form::Ethereum)?;
    while let Some(recording) = source.read_next() {
        let recording = recording?;
        let chain = atlas.chain(&recording.chain).with_context(|| recording.chain.to_string())?;
        let looked = Lens::new(chain.clone(), Arc::clone(&rules))?.recorded(&recording.block)?;
        count(&looked, &baselines, &mut counts);
        attacks.push(attack(format!("block {}", recording.block.header.number), None, &looked));
    }
    Ok(sum("executed on their state", attacks, counts))
}

/// Attacks as trees of calls.
pub(super) fn trees(folder: &Path) -> Result<Past> {
    let (atlas, rules, baselines) = (Atlas::embedded(), rules()?, Baselines::default());
    let (mut attacks, mut counts) = (Vec::new(), [0; 3]);
    let id = "eip155:1".parse()?;
    let chain = atlas.chain(&id).context("mainnet is known")?;
    for (number, label) in (1u64..).zip(calltree::labels(folder)?) {
        let hash = |number: u64| B256::from(facts::U256::from(number));
        let at = BlockRef { chain: id.clone(), number, hash: hash(number), parent: hash(number - 1) };
        let facts = calltree::read(folder, &label, &at)?;
        let traced = Traced { facts, gas: 0, proving: Duration::ZERO, retry: false };
        let looked = Lens::new(chain.clone(), Arc::clone(&rules))?.nose((traced, Duration::ZERO))?;
        count(&looked, &baselines, &mut counts);
        attacks.push(attack(format!("{} {}", label.date, label.name), label.category, &looked));
    }
    Ok(sum("trees of calls, without logs and state", attacks, counts))
}

fn count(looked: &Looked, baselines: &Baselines, counts: &mut [u64; 3]) {
    let mut all = crate::baseline::Baseline::default();
    looked.facts.txs.iter().for_each(|tx| all |= baselines.of(tx));
    let said = [all.large_transfer, all.any_flash_loan, all.single_event];
    counts.iter_mut().zip(said).for_each(|(count, said)| *count += u64::from(said));
}
