use std::sync::Arc;

use case::{Alert, RuleRef};
use facts::{Address, B256, BlockFacts, BlockRef, Question};

use crate::{
    BlockCtx, ChainView, DetectError, Detector, Findings, Memory, RuleCard, Scope, Seen, TxCtx,
    data_rule::Workshop,
    detectors::{self, blind_spot},
    dispatch::{Dispatch, MAX_RULES},
    findings::RuleTally,
    memory::OpenBlock,
};

/// All rules, ready to look at blocks. It holds no state: what the rules remember is in the [`Memory`] of a chain.
pub struct Detectors {
    detectors: Vec<Box<dyn Detector>>,
    cards: Vec<Arc<RuleCard>>,
    dispatch: Dispatch,
    scope: Scope,
}

impl Detectors {
    /// Builds a detector from each card and puts them in order of their ids.
    ///
    /// # Errors
    /// [`DetectError::Rule`] for a card whose parameters or condition its detector refuses, or that no detector
    /// knows; [`DetectError::TooManyRules`].
    pub fn new(cards: impl IntoIterator<Item = Arc<RuleCard>>, scope: Scope) -> Result<Self, DetectError> {
        let mut cards: Vec<_> = cards.into_iter().collect();
        cards.sort_by(|one, two| one.id.cmp(&two.id));
        cards.dedup_by(|one, two| one.id == two.id);
        if cards.len() > MAX_RULES {
            return Err(DetectError::TooManyRules(cards.len()));
        }
        if !cards.iter().any(|card| card.id == blind_spot::ID) {
            return Err(DetectError::NoBlindSpot);
        }
        let mut workshop = Workshop::default();
        let detectors = cards
            .iter()
            .map(|card| match &card.condition {
                Some(_) => workshop.build(card),
                None => detectors::build(card),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let dispatch = Dispatch::new(&detectors, &scope);
        Ok(Self { detectors, cards, dispatch, scope })
    }

    /// The same with one more detector.
    #[cfg(test)]
    pub(crate) fn with(mut self, detector: Box<dyn Detector>) -> Self {
        self.cards.push(Arc::new(detector.card().clone()));
        self.detectors.push(detector);
        self.dispatch = Dispatch::new(&self.detectors, &self.scope);
        self
    }

    /// The cards of the rules, in order of their ids.
    pub fn cards(&self) -> &[Arc<RuleCard>] {
        &self.cards
    }

    /// The card of a rule.
    pub fn card(&self, id: &str) -> Option<&Arc<RuleCard>> {
        let at = self.cards.binary_search_by(|card| card.id.as_str().cmp(id)).ok()?;
        self.cards.get(at)
    }

    /// The rules by name and digest, in order: what the book writes down when the service starts.
    pub fn rules(&self) -> Vec<RuleRef> {
        self.cards.iter().map(|card| card.rule()).collect()
    }

    /// The families of the rules, in order.
    pub fn families(&self) -> Vec<&str> {
        let mut families: Vec<_> = self.cards.iter().map(|card| card.family.as_str()).collect();
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
        self.cards.iter().flat_map(|card| card.questions.iter()).filter_map(|question| question.at(at)).collect()
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
        let (mut alerts, mut questions, mut tally) = (Vec::new(), Vec::new(), RuleTally::default());
        let out = Findings {
            card,
            chain,
            block: at,
            timestamp: block_time,
            tx: None,
            scope: &self.scope,
            alerts: &mut alerts,
            questions: &mut questions,
            tally: &mut tally,
            in_tx: 0,
        };
        Ok(out.alert(blind_spot::finding(Address::ZERO, part, why).severity(severity)))
    }

    /// Looks at a block, transaction by transaction and then as a whole.
    ///
    /// # Errors
    /// [`DetectError::OtherChain`] for a block of another chain, [`DetectError::NotAhead`] for one that is not above
    /// the memory's head. The memory is then as it was.
    pub fn block(&self, chain: &ChainView, facts: &BlockFacts, memory: &mut Memory) -> Result<Seen, DetectError> {
        if chain.id != facts.block.chain {
            return Err(DetectError::OtherChain { block: facts.block.chain.clone(), expected: chain.id.clone() });
        }
        let mut look = Look {
            chain,
            facts,
            scope: &self.scope,
            open: memory.begin_block(&facts.block, facts.timestamp)?,
            alerts: Vec::new(),
            questions: Vec::new(),
            tallies: vec![RuleTally::default(); self.detectors.len()],
        };
        for tx in &facts.txs {
            let ctx = TxCtx { chain, block: &facts.block, timestamp: facts.timestamp, scope: &self.scope, facts: tx };
            for rule in self.dispatch.of_tx(tx).iter() {
                look.with(rule, self.detectors[rule].as_ref(), Some(tx.hash), |detector, open, out| {
                    detector.tx(&ctx, &mut open.view(&out.card.id), out);
                });
            }
        }
        let ctx = BlockCtx { chain, scope: &self.scope, cards: &self.cards, facts };
        for rule in self.dispatch.of_block().iter() {
            look.with(rule, self.detectors[rule].as_ref(), None, |detector, open, out| {
                detector.block(&ctx, &mut open.view(&out.card.id), out);
            });
        }
        let overflow = look.tallies.iter_mut().filter_map(RuleTally::overflow);
        look.alerts.extend(overflow);
        Ok(Seen { alerts: look.alerts, questions: look.questions, changes: look.open.end_block() })
    }
}

/// A block being looked at.
struct Look<'a> {
    chain: &'a ChainView,
    facts: &'a BlockFacts,
    scope: &'a Scope,
    open: OpenBlock<'a>,
    alerts: Vec<Alert>,
    questions: Vec<(String, Question)>,
    tallies: Vec<RuleTally>,
}

impl Look<'_> {
    /// Hands a detector its drawer and a place for its findings.
    fn with(
        &mut self,
        rule: usize,
        detector: &dyn Detector,
        tx: Option<B256>,
        see: impl FnOnce(&dyn Detector, &mut OpenBlock<'_>, &mut Findings<'_>),
    ) {
        let mut out = Findings {
            card: detector.card(),
            chain: self.chain,
            block: &self.facts.block,
            timestamp: self.facts.timestamp,
            tx,
            scope: self.scope,
            alerts: &mut self.alerts,
            questions: &mut self.questions,
            tally: &mut self.tallies[rule],
            in_tx: 0,
        };
        see(detector, &mut self.open, &mut out);
    }
}
