//! Generated honest traffic: many towns beside one another, and what the rules say of what people do there.

use std::{collections::BTreeMap, sync::Mutex, thread};

use anyhow::{Result, anyhow};
use case::Alert;
use serde::Serialize;

use super::{ALARM, Extent, Honest};
use crate::{
    Artifacts, Rules, Setting, Watch,
    baseline::Baselines,
    traffic::{Town, live, protected},
};

/// Transactions of one town: its state stays small, and its founding is a small part of them.
const TOWN_TXS: u64 = 50_000;

/// What came of one kind of traffic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Transactions.
    pub transactions: u64,
    /// How many of them succeeded.
    pub succeeded: u64,
    /// Alerts about them at `high` or above.
    pub alarms: u64,
    /// Alerts about them of any severity.
    pub alerts: u64,
}

/// Mistakes of one rule about one kind of traffic.
#[derive(Debug, Clone, Serialize)]
pub struct Mistakes {
    /// How many.
    pub count: u64,
    /// One of them: its severity, the town and the transaction, and the message.
    pub example: String,
}

/// What is particular to generated traffic.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Generated {
    /// The seed.
    pub seed: u64,
    /// How many towns.
    pub towns: u64,
    /// Kinds of traffic, with their counts.
    pub mix: BTreeMap<String, Count>,
    /// Alarms by rule and kind of traffic.
    pub by_rule: BTreeMap<String, Mistakes>,
    /// Alerts below an alarm, by rule and severity.
    pub quiet: BTreeMap<String, u64>,
}

/// Lets the rules look at so many transactions of a seed, on as many cores as there are.
pub(super) fn generated(artifacts: &Artifacts, extent: &Extent, setting: Setting) -> Result<Honest> {
    let towns: Vec<Town> = (0..extent.traffic.div_ceil(TOWN_TXS))
        .map(|world| Town { seed: extent.seed, world, transactions: TOWN_TXS.min(extent.traffic - world * TOWN_TXS) })
        .collect();
    let next = Mutex::new(towns.iter());
    let work = || -> Result<Vec<(u64, Honest)>> {
        let mut done = Vec::new();
        loop {
            let Some(town) = next.lock().map_err(|_| anyhow!("a town panicked"))?.next() else { return Ok(done) };
            done.push((town.world, told(artifacts, *town, setting)?));
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut rows = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let mut rows = Vec::new();
        for worker in workers {
            rows.extend(worker.join().map_err(|_| anyhow!("a town panicked"))??);
        }
        Ok::<_, anyhow::Error>(rows)
    })?;
    rows.sort_by_key(|(world, _)| *world);
    let name = match setting {
        Setting::Bare => format!("generated, seed {}", extent.seed),
        Setting::Declared => format!("generated with contracts declared, seed {}", extent.seed),
    };
    let mut all = Honest::new(&name);
    let mut generated = Generated { seed: extent.seed, towns: towns.len() as u64, ..Generated::default() };
    for (_, row) in rows {
        merge(&mut all, &mut generated, row);
    }
    for (what, mistakes) in &generated.by_rule {
        all.mistakes.push(format!("{} x {what}, such as: {}", mistakes.count, mistakes.example));
    }
    all.generated = Some(generated);
    Ok(all.counted())
}

fn told(artifacts: &Artifacts, town: Town, setting: Setting) -> Result<Honest> {
    let rules = match setting {
        Setting::Bare => Rules::bare()?,
        Setting::Declared => Rules::declared(&protected(artifacts, town)?, &[])?,
    };
    let (mut watch, baselines) = (Watch::new(&rules)?, Baselines::default());
    let mut row = Honest::new("");
    let mut generated = Generated::default();
    live(artifacts, town, |mined, world, kinds| {
        let facts = watch.see(mined, world)?;
        for (tx, kind) in facts.txs.iter().zip(kinds) {
            let count = generated.mix.entry((*kind).to_owned()).or_default();
            count.transactions += 1;
            count.succeeded += u64::from(tx.succeeded());
        }
        let alerts: Vec<Alert> = watch.alerts.drain(..).map(|seen| seen.alert).collect();
        for alert in &alerts {
            let kind = facts.txs.iter().position(|tx| Some(tx.hash) == alert.tx).and_then(|index| kinds.get(index));
            note(&mut generated, town, alert, kind.copied());
        }
        row.add(&facts, alerts, &baselines);
        Ok(())
    })?;
    row.generated = Some(generated);
    Ok(row)
}

fn note(generated: &mut Generated, town: Town, alert: &Alert, kind: Option<&'static str>) {
    let loud = alert.severity >= ALARM;
    let kind = kind.unwrap_or("a whole block");
    if let Some(count) = generated.mix.get_mut(kind) {
        count.alerts += 1;
        count.alarms += u64::from(loud);
    }
    if !loud {
        *generated.quiet.entry(format!("{} {}", alert.rule.id, alert.severity)).or_default() += 1;
        return;
    }
    let place = format!("town {}, block {}", town.world, alert.seen_at.number);
    let mistakes = generated.by_rule.entry(format!("{} at `{kind}`", alert.rule.id)).or_insert_with(|| Mistakes {
        count: 0,
        example: format!("{} in {place}, transaction {:?}: {}", alert.severity, alert.tx, alert.message),
    });
    mistakes.count += 1;
}

fn merge(all: &mut Honest, generated: &mut Generated, row: Honest) {
    all.transactions += row.transactions;
    all.loud += row.loud;
    for (severity, n) in row.alerts {
        *all.alerts.entry(severity).or_default() += n;
    }
    all.baselines.iter_mut().zip(row.baselines).for_each(|(count, said)| *count += said);
    let Some(of) = row.generated else { return };
    for (kind, count) in of.mix {
        let sum = generated.mix.entry(kind).or_default();
        sum.transactions += count.transactions;
        sum.succeeded += count.succeeded;
        sum.alarms += count.alarms;
        sum.alerts += count.alerts;
    }
    for (what, n) in of.quiet {
        *generated.quiet.entry(what).or_default() += n;
    }
    for (what, mistakes) in of.by_rule {
        generated.by_rule.entry(what).and_modify(|sum| sum.count += mistakes.count).or_insert(mistakes);
    }
}
