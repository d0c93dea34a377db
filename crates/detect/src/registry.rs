mod builder;
mod unit;

pub use builder::DetectorsBuilder;
pub(crate) use unit::Unit;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use case::{Alert, RuleRef};
use facts::{Address, BlockFacts, BlockRef, Question};

use crate::{
    ChainView, DetectError, Detector, Finding, Findings, Look, Memory, RuleCard, Scope, Seen, announced,
    detectors::blind_spot, dispatch::Dispatch, findings::Tallies,
};

/// All rules, ready to look at blocks. It holds no state: what the rules remember is in the [`Memory`] of a chain.
pub struct Detectors {
    units: Vec<Unit>,
    cards: Vec<Arc<RuleCard>>,
    dispatch: Dispatch,
    scope: Scope,
    /// Whether a rule asks where accounts come from.
    asks_origins: bool,
    /// The cards that ask standing questions.
    asking: Vec<Arc<RuleCard>>,
    /// The rules that learn from blocks, by their number.
    learners: Vec<u32>,
    /// The rules that look after all others, by their number.
    last: Vec<u32>,
    /// The rule that speaks of announcements, by its number. Without it nothing is announced.
    announcer: Option<u32>,
}

/// Drawers that belong to no rule.
const KEPT: [&str; 3] = [crate::origins::DRAWER, crate::ledger::dealings::DRAWER, announced::DRAWER];

/// What is not the same in two sets of rules, by the rules' ids, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// How many are the same.
    pub kept: u64,
    /// Those that are new.
    pub added: Vec<String>,
    /// Those whose digest is another.
    pub changed: Vec<String>,
    /// Those that are gone.
    pub removed: Vec<String>,
}

impl Differences {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

impl Detectors {
    /// Builds a detector from each card and puts them in order of their ids. Of two cards with one id the later is in
    /// force.
    ///
    /// # Errors
    /// As [`DetectorsBuilder::add`] and [`DetectorsBuilder::build`].
    pub fn new(cards: impl IntoIterator<Item = Arc<RuleCard>>, scope: Scope) -> Result<Self, DetectError> {
        let mut builder = DetectorsBuilder::new(scope);
        cards.into_iter().try_for_each(|card| builder.add(&card))?;
        builder.build()
    }

    /// Rules and their cards, both in order of the cards' ids.
    fn of(units: Vec<Unit>, cards: Vec<Arc<RuleCard>>, scope: Scope) -> Self {
        let dispatch = Dispatch::new(units.iter().map(|unit| &*unit.detector), &scope);
        let (asking, learners, last, announcer) = (Vec::new(), Vec::new(), Vec::new(), None);
        let mut this = Self { units, cards, dispatch, scope, asks_origins: false, asking, learners, last, announcer };
        this.ask();
        this
    }

    /// Asks the rules what has to be done for them beside waking them.
    fn ask(&mut self) {
        self.asks_origins = self.units.iter().any(|unit| unit.detector.asks_origins(&self.scope));
        self.asking = self.cards.iter().filter(|card| !card.questions.is_empty()).cloned().collect();
        let which = |is: fn(&dyn Detector) -> bool| {
            let units = (0u32..).zip(&self.units).filter(|(_, unit)| is(&*unit.detector));
            units.map(|(rule, _)| rule).collect::<Vec<_>>()
        };
        (self.learners, self.last) = (which(|rule| rule.learns()), which(|rule| rule.comes_last()));
        self.announcer =
            (0u32..).zip(&self.units).find(|(_, unit)| unit.rule().id == announced::ID).map(|(rule, _)| rule);
    }

    /// The same with one more detector.
    #[cfg(test)]
    pub(crate) fn with(mut self, detector: Box<dyn Detector>) -> Self {
        self.cards.push(Arc::new(detector.card().clone()));
        self.units.push(Unit::new(detector));
        self.dispatch = Dispatch::new(self.units.iter().map(|unit| &*unit.detector), &self.scope);
        self.ask();
        self
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether there are none, which [`Detectors::new`] has ruled out.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// The cards of the rules, in order of their ids.
    pub fn cards(&self) -> &[Arc<RuleCard>] {
        &self.cards
    }

    /// The card of a rule, by the rule's id.
    pub fn card(&self, id: &str) -> Option<&Arc<RuleCard>> {
        // An instance is known by its card's id and its own.
        let id = id.split('/').next().unwrap_or(id);
        let at = self.cards.binary_search_by(|card| card.id.as_str().cmp(id)).ok()?;
        self.cards.get(at)
    }

    /// The rules by name and digest, in order of their cards; a card with instances is as many rules.
    pub fn rules(&self) -> Vec<RuleRef> {
        self.units.iter().map(Unit::rule).collect()
    }

    /// The same by family.
    pub fn rules_by_family(&self) -> BTreeMap<&str, Vec<RuleRef>> {
        let mut families: BTreeMap<&str, Vec<RuleRef>> = BTreeMap::new();
        for unit in &self.units {
            families.entry(&unit.detector.card().described.family).or_default().push(unit.rule());
        }
        families
    }

    /// Takes over a memory that other rules wrote. Rules that are as they were go on with what they remember; of those
    /// that were changed or are gone everything is forgotten, before-images too.
    pub fn take_over(&self, memory: &mut Memory) {
        let drawers: BTreeSet<&str> = self.units.iter().map(|unit| &*unit.drawer).collect();
        memory.retain(|drawer| KEPT.contains(&drawer) || drawers.contains(drawer));
    }

    /// What is not as it was with the rules `before`.
    pub fn since(&self, before: &Self) -> Differences {
        let refs =
            |rules: &Self| rules.rules().into_iter().map(|rule| (rule.id, rule.hash)).collect::<BTreeMap<_, _>>();
        let (old, new) = (refs(before), refs(self));
        let mut found = Differences::default();
        for (id, hash) in &new {
            match old.get(id) {
                Some(before) if before == hash => found.kept += 1,
                Some(_) => found.changed.push(id.clone()),
                None => found.added.push(id.clone()),
            }
        }
        found.removed = old.into_keys().filter(|id| !new.contains_key(id)).collect();
        found
    }

    /// The families of the rules, in order.
    pub fn families(&self) -> Vec<&str> {
        let mut families: Vec<_> = self.cards.iter().map(|card| card.described.family.as_str()).collect();
        families.sort_unstable();
        families.dedup();
        families
    }

    /// What is protected.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The standing questions of all rules about `at`'s chain, by name. Their answers belong into
    /// [`BlockFacts::observed`] before [`Detectors::block`].
    pub fn standing(&self, at: &BlockRef) -> Vec<(String, Question)> {
        self.asking.iter().flat_map(|card| card.questions.iter()).filter_map(|question| question.at(at)).collect()
    }

    /// The alert for something that the watch could not see, such as a head that stands still. `at` is the last
    /// block that was seen, `part` what is hidden and `why` the reason, in words that tell a responder what to do.
    ///
    /// # Errors
    /// [`DetectError::NoBlindSpot`], which [`Detectors::new`] has ruled out.
    pub fn notice(
        &self,
        chain: &ChainView,
        at: &BlockRef,
        block_time: u64,
        part: &str,
        why: &str,
    ) -> Result<Alert, DetectError> {
        let card = self.card(blind_spot::ID).ok_or(DetectError::NoBlindSpot)?;
        let severity = blind_spot::severity(card, &chain.id, &self.scope);
        let finding = blind_spot::finding(Address::ZERO, part, why).severity(severity);
        self.speak(blind_spot::ID, chain, (at, block_time), finding).ok_or(DetectError::NoBlindSpot)
    }

    /// What a rule without instances says outside its turn; none if there is no such rule.
    pub(crate) fn speak(
        &self,
        id: &str,
        chain: &ChainView,
        (at, block_time): (&BlockRef, u64),
        finding: Finding,
    ) -> Option<Alert> {
        let place = self.units.binary_search_by(|unit| unit.detector.card().id.as_str().cmp(id)).ok()?;
        let unit = self.units.get(place)?;
        let (mut alerts, mut abouts, mut questions, mut tallies) = (Vec::new(), Vec::new(), Vec::new(), Tallies::new());
        let out = Findings {
            speaker: &*unit.detector,
            named: None,
            rule: 0,
            chain,
            block: at,
            timestamp: block_time,
            tx: None,
            scope: &self.scope,
            alerts: &mut alerts,
            abouts: &mut abouts,
            questions: &mut questions,
            tallies: &mut tallies,
            in_tx: 0,
        };
        Some(out.alert(finding))
    }

    /// Begins to look at a block, to be shown its transactions one after the other.
    ///
    /// # Errors
    /// [`DetectError::OtherChain`] for a block of another chain, [`DetectError::NotAhead`] for one that is not above
    /// the memory's head. The memory is then as it was.
    pub fn look<'a>(
        &'a self,
        chain: &'a ChainView,
        block: &'a BlockRef,
        timestamp: u64,
        memory: &'a mut Memory,
    ) -> Result<Look<'a>, DetectError> {
        if chain.id != block.chain {
            return Err(DetectError::OtherChain { block: block.chain.clone(), expected: chain.id.clone() });
        }
        Ok(Look::new(self, chain, block, timestamp, memory.begin_block(block, timestamp)?))
    }

    /// Looks at a block, transaction by transaction and then as a whole.
    ///
    /// # Errors
    /// As [`Detectors::look`].
    pub fn block(&self, chain: &ChainView, facts: &BlockFacts, memory: &mut Memory) -> Result<Seen, DetectError> {
        let mut look = self.look(chain, &facts.block, facts.timestamp, memory)?;
        facts.txs.iter().for_each(|tx| look.tx(tx));
        Ok(look.finish(facts))
    }

    pub(crate) fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    /// Whether a rule looks after all others.
    pub(crate) fn comes_last(&self, rule: u32) -> bool {
        self.last.contains(&rule)
    }

    /// Whether a rule asks where accounts come from.
    pub(crate) fn asks_origins(&self) -> bool {
        self.asks_origins
    }

    /// Whether a rule, by its id, rests on what earlier blocks showed of accounts.
    pub fn recalls(&self, id: &str) -> bool {
        let mut units = self.units.iter().filter(|unit| unit.detector.card().id == id);
        units.any(|unit| unit.detector.asks_origins(&self.scope))
    }

    /// The rules that learn from blocks, by their number.
    pub(crate) fn learners(&self) -> &[u32] {
        &self.learners
    }

    /// The rule that speaks of announcements, by its number.
    pub(crate) fn announcer(&self) -> Option<u32> {
        self.announcer
    }

    /// A rule by its number, which the dispatch gave.
    pub(crate) fn unit(&self, rule: u32) -> &Unit {
        &self.units[rule as usize]
    }
}
