//! What a set of rules would have said over blocks that have been: how often, how early, at what cost, and what it could
//! not see. Two sets are compared on the same facts, which are gathered once.

mod arm;
mod compare;
mod interval;
mod labels;
mod report;

pub use compare::{Change, Comparison};
pub use interval::{Interval, clopper_pearson};
pub use labels::{AttackRow, Label, Outcome};
pub use report::{BacktestReport, BlindRow, PageRow, Rate, RuleRow};

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Result;
use case::Severity;
use detect::{Announcements, ChainView, Detectors};
use facts::{BlockFacts, ChainId};

use arm::Arm;
use labels::Attack;

/// The mildest severity that wakes somebody.
pub const PAGE: Severity = Severity::High;

/// A back-test under way.
pub struct Backtest {
    rules: Arm,
    against: Option<Arm>,
    attacks: Vec<Attack>,
    span: Span,
    blind: BTreeMap<String, BlindRow>,
}

/// How much was looked at.
#[derive(Debug, Default)]
struct Span {
    blocks: u64,
    transactions: u64,
    first: Option<u64>,
    last: Option<u64>,
    /// For each chain, the last block's height and time, and the time between neighbours: sum and count.
    chains: BTreeMap<ChainId, (u64, u64, u64, u64)>,
}

impl Backtest {
    /// A back-test of some rules, if asked against others, with attacks that are known to be in the blocks.
    pub fn new(rules: Arc<Detectors>, against: Option<Arc<Detectors>>, labels: Vec<Label>) -> Self {
        Self {
            rules: Arm::new(rules),
            against: against.map(Arm::new),
            attacks: labels.into_iter().map(Attack::new).collect(),
            span: Span::default(),
            blind: BTreeMap::new(),
        }
    }

    /// The same, both sets knowing what had been announced.
    #[must_use]
    pub fn knowing(mut self, announced: &Arc<Announcements>) -> Self {
        self.rules.know(Arc::clone(announced));
        self.against.iter_mut().for_each(|arm| arm.know(Arc::clone(announced)));
        self
    }

    /// Shows it what was seen of a block.
    ///
    /// # Errors
    /// If the memory of the rules cannot take the block.
    pub fn see(&mut self, view: &ChainView, facts: &BlockFacts) -> Result<()> {
        self.span.add(facts);
        for blind in &facts.blind {
            // Reasons name blocks and endpoints; those that differ in nothing else count as one.
            let why: String = blind.why.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).take(200).collect();
            let row = self.blind.entry(why).or_insert_with(|| BlindRow::new(&blind.why));
            row.blocks += 1;
        }
        self.attacks.iter_mut().for_each(|attack| attack.see(facts));
        self.rules.see(view, facts)?;
        self.against.as_mut().map_or(Ok(()), |arm| arm.see(view, facts))
    }

    /// What came of it.
    pub fn finish(self) -> BacktestReport {
        report::report(self)
    }
}

impl Span {
    fn add(&mut self, facts: &BlockFacts) {
        self.blocks += 1;
        self.transactions += facts.txs.len() as u64;
        let (number, time) = (facts.block.number, facts.timestamp);
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = Some(self.last.map_or(time, |last| last.max(time)));
        let chain = self.chains.entry(facts.block.chain.clone()).or_insert((number, time, 0, 0));
        if chain.0.checked_add(1) == Some(number) {
            chain.2 += time.saturating_sub(chain.1);
            chain.3 += 1;
        }
        (chain.0, chain.1) = (number, time);
    }

    /// Seconds between blocks, and whether they were seen rather than taken for granted.
    fn block_seconds(&self) -> (u64, bool) {
        let (sum, count) = self.chains.values().fold((0, 0), |(sum, count), chain| (sum + chain.2, count + chain.3));
        match count {
            // Ethereum's, since the merge.
            0 => (12, false),
            count => ((sum / count).max(1), true),
        }
    }
}
