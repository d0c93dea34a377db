//! One set of rules, with its memory and its stopwatch.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use case::Alert;
use detect::{Announcements, ChainView, Detectors, Memory, Meter};
use facts::{BlockFacts, ChainId};

/// Alerts that are kept whole. A set of rules that says more than this of a stretch is told so; their numbers go on.
pub(super) const ALERTS: usize = 200_000;

/// A set of rules at work.
pub(super) struct Arm {
    pub(super) detectors: Arc<Detectors>,
    announced: Arc<Announcements>,
    memories: BTreeMap<ChainId, Memory>,
    pub(super) alerts: Vec<Alert>,
    /// Alerts that were not kept.
    pub(super) dropped: u64,
    pub(super) watch: Stopwatch,
}

/// What each rule took, by its place among the rules.
#[derive(Debug, Default)]
pub(super) struct Stopwatch {
    started: Option<Instant>,
    pub(super) rules: Vec<(Duration, u64)>,
}

impl Meter for Stopwatch {
    fn begin(&mut self) {
        self.started = Some(Instant::now());
    }

    fn end(&mut self, rule: usize) {
        let spent = self.started.take().map_or(Duration::ZERO, |started| started.elapsed());
        if self.rules.len() <= rule {
            self.rules.resize(rule + 1, (Duration::ZERO, 0));
        }
        if let Some((sum, looks)) = self.rules.get_mut(rule) {
            *sum += spent;
            *looks += 1;
        }
    }
}

impl Arm {
    pub(super) fn new(detectors: Arc<Detectors>) -> Self {
        Self {
            detectors,
            announced: Arc::default(),
            memories: BTreeMap::new(),
            alerts: Vec::new(),
            dropped: 0,
            watch: Stopwatch::default(),
        }
    }

    pub(super) fn know(&mut self, announced: Arc<Announcements>) {
        self.announced = announced;
    }

    pub(super) fn see(&mut self, view: &ChainView, facts: &BlockFacts) -> Result<()> {
        let memory = self.memories.entry(facts.block.chain.clone()).or_default();
        // Blocks of a corpus are positions of their own: what was remembered of a later one is not of its past.
        if memory.head().is_some_and(|head| head.number >= facts.block.number) {
            *memory = Memory::default();
        }
        let look = self.detectors.look(view, &facts.block, facts.timestamp, memory)?;
        let mut look = look.knowing(&self.announced).metered(&mut self.watch);
        facts.txs.iter().for_each(|tx| look.tx(tx));
        let seen = look.finish(facts);
        let room = ALERTS.saturating_sub(self.alerts.len()).min(seen.alerts.len());
        self.dropped += (seen.alerts.len() - room) as u64;
        self.alerts.extend(seen.alerts.into_iter().take(room));
        Ok(())
    }
}
