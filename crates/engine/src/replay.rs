//! Looking again at what happened: recorded blocks through the same lens, nose and judgement as live ones.

mod chain;
mod kept;

pub use chain::Stretch;

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use alloy_primitives::U256;
use anyhow::{Context as _, Result};
use atlas::Atlas;
use case::{Alert, CaseId, Timestamp};
use detect::{Announcements, ChainView, Detectors, Memory};
use facts::{AccountId, AssetId, B256, Block, ChainId};
use kept::Kept;
use respond::{Desk, TriageRules};
use serde::{Serialize, Serializer};
use watch::Recording;

use crate::{Backtest, BacktestReport, Case, Casebook, Lens, Looked, decide};

/// Suppressed alerts kept in view; triage looks back ten minutes of block time.
const SUPPRESSED_MAX: usize = 256;

/// What a replay found. Amounts are decimal strings in base units, assets CAIP-19, subjects CAIP-10.
#[derive(Debug, Default, Serialize)]
pub struct ReplayReport {
    /// Blocks looked at.
    pub blocks: u64,
    /// Transactions executed.
    pub transactions: u64,
    /// Their gas.
    pub gas: u64,
    /// Wall time.
    #[serde(serialize_with = "seconds")]
    pub seconds: Duration,
    /// Execution, facts, detectors and triage, summed over blocks, without reading files or state.
    #[serde(serialize_with = "seconds")]
    pub execute_seconds: Duration,
    /// The proof of executed blocks against their headers, summed over blocks.
    #[serde(serialize_with = "seconds")]
    pub prove_seconds: Duration,
    /// What could not be seen.
    pub blind: Vec<BlindBlock>,
    /// Blocks whose witness covers only their first transactions.
    pub partial: Vec<PartialBlock>,
    /// Alerts in the order in which they were raised.
    pub alerts: Vec<AlertRow>,
    /// Incidents in the order in which they were opened.
    pub incidents: Vec<IncidentRow>,
}

/// A block of which something could not be seen.
#[derive(Debug, Serialize)]
pub struct BlindBlock {
    /// Its height.
    pub block: u64,
    /// Why.
    pub why: String,
}

/// A block whose witness covers only its first transactions.
#[derive(Debug, Serialize)]
pub struct PartialBlock {
    /// Its height.
    pub block: u64,
    /// How many transactions were executed.
    pub executed: u32,
    /// Of how many.
    pub of: u32,
}

/// An alert in a report.
#[derive(Debug, Serialize)]
pub struct AlertRow {
    /// `rule@hash`.
    pub rule: String,
    /// How bad.
    pub severity: case::Severity,
    /// How sure, from 0 to 100.
    pub confidence: u8,
    /// The chain.
    pub chain: ChainId,
    /// The height.
    pub block: u64,
    /// The transaction, if it is about one.
    pub tx: Option<B256>,
    /// Whom it is about.
    pub subject: AccountId,
    /// One sentence.
    pub message: String,
}

/// An incident in a report.
#[derive(Debug, Serialize)]
pub struct IncidentRow {
    /// Its id.
    pub id: CaseId,
    /// How bad.
    pub severity: case::Severity,
    /// An id of the taxonomy.
    pub kind: String,
    /// The time of the block it began with.
    pub opened_at: Timestamp,
    /// Transactions of the attack.
    pub txs: Vec<B256>,
    /// Who seems to have done it.
    pub attackers: Vec<AccountId>,
    /// Who seems to have suffered it.
    pub victims: Vec<AccountId>,
    /// What was lost of each asset.
    pub losses: Vec<LossRow>,
}

/// A loss in a report.
#[derive(Debug, Serialize)]
pub struct LossRow {
    /// The asset.
    pub asset: AssetId,
    /// How much, in base units.
    #[serde(serialize_with = "decimal")]
    pub amount: U256,
}

/// A replay under way.
pub struct Replay {
    atlas: Atlas,
    detectors: Arc<Detectors>,
    rules: TriageRules,
    lenses: BTreeMap<ChainId, Lens>,
    casebook: Casebook,
    /// Alerts that opened no case lately: repeated blindness shows only here.
    suppressed: Vec<Alert>,
    /// What evidence is made of, where it is asked for.
    kept: Option<Kept>,
    report: ReplayReport,
    started: Instant,
    /// What detectors know of each chain, for whoever lets other rules look at the same facts.
    views: BTreeMap<ChainId, ChainView>,
    announced: Arc<Announcements>,
    backtest: Option<Backtest>,
}

impl Replay {
    /// A replay with these rules; `started` is when its wall time began.
    pub fn new(atlas: Atlas, detectors: Arc<Detectors>, rules: TriageRules, started: Instant) -> Self {
        Self {
            atlas,
            detectors,
            rules,
            lenses: BTreeMap::new(),
            casebook: Casebook::default(),
            suppressed: Vec::new(),
            kept: None,
            report: ReplayReport::default(),
            started,
            views: BTreeMap::new(),
            announced: Arc::default(),
            backtest: None,
        }
    }

    /// The same, with a back-test that is shown what is seen of every block.
    #[must_use]
    pub fn testing(mut self, backtest: Backtest) -> Self {
        self.backtest = Some(backtest);
        self
    }

    /// The same, knowing what had been announced.
    #[must_use]
    pub fn knowing(mut self, announced: Arc<Announcements>) -> Self {
        self.announced = announced;
        self
    }

    /// The same, keeping what evidence is made of: the lines of cases, and blocks with alerts as they were executed.
    #[must_use]
    pub fn keeping(mut self) -> Self {
        self.kept = Some(Kept::default());
        self
    }

    /// A case that was found, with the blocks of its alerts; none if there is no such case, or nothing was kept.
    pub fn evidence(&mut self, case: &CaseId) -> Option<Case> {
        self.kept.as_mut()?.case(case)
    }

    /// Looks at a recorded block on the state it carries.
    ///
    /// # Errors
    /// If its chain is not known, or an entry cannot be written.
    pub fn block(&mut self, recording: &Recording) -> Result<()> {
        let Recording { chain, block } = recording;
        let lens = match self.lenses.entry(chain.clone()) {
            std::collections::btree_map::Entry::Occupied(lens) => lens.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                let known = self.atlas.chain(chain).with_context(|| {
                    format!("chain `{chain}` is not known: add a chain file with its fork schedule")
                })?;
                let lens = place.insert(Lens::new(known.clone(), Arc::clone(&self.detectors))?);
                lens.know(Arc::clone(&self.announced));
                lens
            }
        };
        // A recording is a position of its own: what was remembered of a later block is not of its past.
        if lens.memory.head().is_some_and(|head| head.number >= block.header.number) {
            lens.memory = Memory::default();
        }
        self.views.entry(chain.clone()).or_insert_with(|| lens.view().clone());
        let looked = lens.recorded(block)?;
        // Nothing here is ever taken back.
        lens.memory.finalize(block.header.number);
        if let Some(kept) = self.kept.as_mut().filter(|_| !looked.alerts.is_empty()) {
            kept.block(lens, block, &looked);
        }
        self.add(block, looked)
    }

    /// Adds what was seen of a block.
    ///
    /// # Errors
    /// If an entry cannot be written.
    pub fn add(&mut self, block: &Block, looked: Looked) -> Result<()> {
        let number = block.header.number;
        let facts = &looked.facts;
        let now = block_time(facts.timestamp);
        let start = Instant::now();
        for (id, alert) in &looked.alerts {
            let cases = self.casebook.incidents();
            let desk = Desk { cases, snoozes: &[], suppressed: &self.suppressed, rules: &self.rules, now };
            let drafts = decide(&desk, id, alert)?;
            if drafts.iter().all(|draft| matches!(draft.stream, case::Stream::Chain(_))) {
                self.suppressed.push(alert.clone());
                let excess = self.suppressed.len().saturating_sub(SUPPRESSED_MAX);
                self.suppressed.drain(..excess);
            }
            let lines = self.casebook.write(drafts)?;
            if let Some(kept) = &mut self.kept {
                kept.lines(lines);
            }
        }
        if let (Some(backtest), Some(view)) = (&mut self.backtest, self.views.get(&facts.block.chain)) {
            backtest.see(view, facts)?;
        }
        let report = &mut self.report;
        report.execute_seconds += looked.execute + start.elapsed();
        report.prove_seconds += looked.proving;
        report.blocks += 1;
        report.transactions += facts.txs.len() as u64;
        report.gas += looked.gas;
        report.blind.extend(facts.blind.iter().map(|blind| BlindBlock { block: number, why: blind.why.clone() }));
        if facts.is_partial() {
            let executed = u32::try_from(facts.txs.len()).unwrap_or(u32::MAX);
            report.partial.push(PartialBlock { block: number, executed, of: facts.of });
        }
        report.alerts.extend(looked.alerts.into_iter().map(|(_, alert)| AlertRow {
            rule: alert.rule.to_string(),
            severity: alert.severity,
            confidence: alert.confidence.percent(),
            chain: alert.seen_at.chain,
            block: alert.seen_at.number,
            tx: alert.tx,
            subject: alert.subject,
            message: alert.message,
        }));
        Ok(())
    }

    /// What was found, and what came of the back-test.
    pub fn finish_backtest(mut self) -> (ReplayReport, Option<BacktestReport>) {
        let tested = self.backtest.take().map(Backtest::finish);
        (self.finish(), tested)
    }

    /// What was found.
    pub fn finish(mut self) -> ReplayReport {
        let incidents = self.casebook.incidents().iter().map(|incident| IncidentRow {
            id: incident.id.clone(),
            severity: incident.severity,
            kind: incident.kind.clone(),
            opened_at: block_time(incident.block_time),
            txs: incident.txs(),
            attackers: incident.attackers(),
            victims: incident.victims(),
            losses: incident.losses().into_iter().map(|(asset, amount)| LossRow { asset, amount }).collect(),
        });
        self.report.incidents = incidents.collect();
        self.report.seconds = self.started.elapsed();
        self.report
    }
}

/// A block's time. A chain that claims a time no calendar has is given the last one.
fn block_time(seconds: u64) -> Timestamp {
    i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or(Timestamp::MAX)
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

fn decimal<S: Serializer>(amount: &U256, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}
