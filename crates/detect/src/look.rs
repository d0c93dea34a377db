//! A block being looked at, transaction by transaction as they come.

use std::collections::BTreeMap;

use case::Alert;
use facts::{B256, BlockFacts, BlockRef, Question, TxFacts};

use crate::{
    Announcements, BlockCtx, ChainView, Detectors, Finding, Findings, Indexed, Lesson, MemoryView, Seen, TxCtx,
    announced::{self, About, Found, Moment},
    dispatch::{Awake, Woken},
    findings::{RuleTally, Tallies},
    ledger::dealings,
    lesson::{Attended, objections},
    memory::OpenBlock,
    origins,
    registry::Unit,
};

/// Rules whose drawers are looked up once a block and not each time: those that users write come after, and seldom speak.
const PLACES_MAX: usize = 1 << 12;

/// Told before and after each rule at work. There is no clock in this room: whoever has one can say what a rule costs.
pub trait Meter: Send {
    /// A rule begins.
    fn begin(&mut self);
    /// The rule that began has ended; by its place in [`Detectors::rules`].
    fn end(&mut self, rule: usize);
}

/// A block being looked at. What it finds is there as soon as the transaction ends in which it happened; dropped
/// without [`Look::finish`], it leaves no trace in the memory.
pub struct Look<'a> {
    detectors: &'a Detectors,
    chain: &'a ChainView,
    block: &'a BlockRef,
    timestamp: u64,
    open: OpenBlock<'a>,
    awake: Awake,
    alerts: Vec<Alert>,
    announced: Option<(&'a Announcements, u32)>,
    /// What alerts of the transaction at hand are about, where their rules yield to announcements.
    abouts: Vec<(usize, About)>,
    questions: Vec<(String, Question)>,
    tallies: Tallies,
    attended: Attended,
    /// Where the drawers of rules were found.
    places: Vec<Option<usize>>,
    meter: Option<&'a mut dyn Meter>,
}

impl<'a> Look<'a> {
    pub(crate) fn new(
        detectors: &'a Detectors,
        chain: &'a ChainView,
        block: &'a BlockRef,
        timestamp: u64,
        open: OpenBlock<'a>,
    ) -> Self {
        Self {
            detectors,
            chain,
            block,
            timestamp,
            open,
            awake: Awake::default(),
            alerts: Vec::new(),
            announced: None,
            abouts: Vec::new(),
            questions: Vec::new(),
            tallies: BTreeMap::new(),
            attended: Attended::new(detectors.learners()),
            places: vec![None; detectors.len().min(PLACES_MAX)],
            meter: None,
        }
    }

    /// The same, with somebody who is told when a rule is at work.
    #[must_use]
    pub fn metered(mut self, meter: &'a mut dyn Meter) -> Self {
        self.meter = Some(meter);
        self
    }

    /// The same, knowing what was announced. Without the rule that speaks of it, nothing is.
    #[must_use]
    pub fn knowing(mut self, announcements: &'a Announcements) -> Self {
        let announcer = self.detectors.announcer().filter(|_| !announcements.is_empty());
        self.announced = announcer.map(|rule| (announcements, rule));
        self
    }

    /// Looks at the next transaction, whose facts are whole. Afterwards [`Look::alerts`] has what it gave rise to.
    pub fn tx(&mut self, facts: &TxFacts) {
        let detectors = self.detectors;
        self.abouts.clear();
        let first = self.alerts.len();
        let mut awake = std::mem::take(&mut self.awake);
        detectors.dispatch().of_tx(facts, &mut awake);
        if detectors.asks_origins() {
            origins::learn(facts, &mut self.open.view(origins::DRAWER));
        }
        let indexed = Indexed::new(facts);
        let mut look = |rule, woken| {
            self.attended.note(rule, woken);
            let ctx = TxCtx {
                chain: self.chain,
                block: self.block,
                timestamp: self.timestamp,
                scope: detectors.scope(),
                facts: &indexed,
                woken,
            };
            self.with(rule, Some(facts.hash), |unit, memory, out| unit.detector.tx(&ctx, memory, out));
        };
        let mut left = false;
        for (rule, woken) in awake.rules() {
            if detectors.comes_last(rule) {
                left = true;
            } else {
                look(rule, woken);
            }
        }
        if left {
            let last = awake.rules().filter(|(rule, _)| detectors.comes_last(*rule));
            last.for_each(|(rule, woken)| look(rule, woken));
        }
        self.awake = awake;
        if detectors.asks_origins() {
            let covers = |account| detectors.scope().covers(&self.chain.id, account);
            dealings::learn(&indexed, self.block.number, &mut self.open.view(dealings::DRAWER), covers);
        }
        self.attended.next();
        self.weigh(facts, first);
    }

    /// Holds the transaction, and what the rules found in it from the alert `first` on, against what was announced.
    fn weigh(&mut self, facts: &TxFacts, first: usize) {
        let Some((announced, rule)) = self.announced else { return };
        let at = self.moment();
        let mut found = Found { alerts: &mut self.alerts, first, abouts: &self.abouts };
        let memory = &mut self.open.view(announced::DRAWER);
        let findings = announced::weigh(announced, &at, facts, &mut found, memory);
        self.tell(rule, Some(facts.hash), findings);
    }

    fn moment(&self) -> Moment<'a> {
        let scope = self.detectors.scope();
        Moment { chain: &self.chain.id, block: self.block, time: self.timestamp, scope }
    }

    fn tell(&mut self, rule: u32, tx: Option<B256>, findings: Vec<Finding>) {
        if !findings.is_empty() {
            self.with(rule, tx, |_, _, out| findings.into_iter().for_each(|finding| out.raise(finding)));
        }
    }

    /// What was found so far, in order. It is not said to anybody before the block is whole.
    pub fn alerts(&self) -> &[Alert] {
        &self.alerts
    }

    /// Looks at the block as a whole and closes it. `facts` are those of the block, whose transactions were looked at.
    pub fn finish(mut self, facts: &BlockFacts) -> Seen {
        let detectors = self.detectors;
        let ctx = BlockCtx { chain: self.chain, scope: detectors.scope(), cards: detectors.cards(), facts };
        for rule in detectors.dispatch().of_block() {
            self.with(rule, None, |unit, memory, out| unit.detector.block(&ctx, memory, out));
        }
        if let Some((announced, rule)) = self.announced {
            let at = self.moment();
            let findings = announced::absent(announced, &at, &mut self.open.view(announced::DRAWER));
            self.tell(rule, None, findings);
        }
        let attended = std::mem::take(&mut self.attended);
        for (rule, notes) in attended.by_rule() {
            let (objects_to, objects_to_block) = objections(&self.alerts, &self.tallies, rule);
            let txs = notes.iter().filter_map(|(at, notes)| Some((facts.txs.get(*at)?, Woken::of(notes))));
            let lesson = Lesson { txs: &txs.collect::<Vec<_>>(), objects_to: &objects_to, objects_to_block };
            let unit = detectors.unit(rule);
            unit.detector.learn(&ctx, &lesson, &mut self.open.view(&unit.drawer));
        }
        self.alerts.extend(self.tallies.values_mut().filter_map(RuleTally::overflow));
        self.open.end_block();
        Seen { alerts: self.alerts, questions: self.questions }
    }

    /// Hands a detector its drawer and a place for its findings.
    fn with(&mut self, rule: u32, tx: Option<B256>, see: impl FnOnce(&Unit, &mut MemoryView<'_>, &mut Findings<'_>)) {
        let unit = self.detectors.unit(rule);
        let mut out = Findings {
            speaker: &*unit.detector,
            named: unit.named.as_deref(),
            rule,
            chain: self.chain,
            block: self.block,
            timestamp: self.timestamp,
            tx,
            scope: self.detectors.scope(),
            alerts: &mut self.alerts,
            abouts: &mut self.abouts,
            questions: &mut self.questions,
            tallies: &mut self.tallies,
            in_tx: 0,
        };
        if let Some(meter) = &mut self.meter {
            meter.begin();
        }
        let known = self.places.get(rule as usize).copied().flatten();
        let mut memory = self.open.view(&unit.drawer).at(known);
        see(unit, &mut memory, &mut out);
        if let (None, Some(place), Some(kept)) = (known, memory.known(), self.places.get_mut(rule as usize)) {
            *kept = Some(place);
        }
        if let Some(meter) = &mut self.meter {
            meter.end(rule as usize);
        }
    }
}
