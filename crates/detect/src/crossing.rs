//! Over two chains: what a bridge has locked on one and issued against it on the other.
//!
//! Each chain's rules ask for their own side after each block, as any standing question; the figures of both come
//! together in [`Crossings`], which no single chain's memory could hold. In whichever direction something crosses, it is
//! locked before it is issued and burned before it is released: what is on its way is covered twice, never not at all.
//! An issue above its backing is therefore a lock that was not made, or two clocks that differ; only the second passes.

mod figures;
mod pair;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use case::{Alert, AlertId, EvidenceKind};
use facts::{Answer, BlockFacts, BlockRef, ChainId, U256};
use pair::Pair;

use crate::{
    BlockCtx, ChainView, DetectError, Detector, Detectors, Findings, MemoryView, RuleCard, StandingQuestion, Wake,
    detectors::blind_spot,
};

/// Raised whenever the code of this file changes what it says.
pub(crate) const VERSION: u32 = 1;

/// One chain's part in it: says when its side cannot be read. What is compared is not decided here.
pub(crate) struct Crossing {
    card: Arc<RuleCard>,
}

impl Crossing {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        if card.described.needs.evidence.contains(&EvidenceKind::Observed) {
            return Ok(Self { card });
        }
        let hint = "write `evidence = [\"observed\"]`";
        Err(card.parameters.fault(
            "",
            "a crossing rests on what is observed, which `needs.evidence` does not name",
            hint,
        ))
    }
}

impl Detector for Crossing {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Block]
    }

    /// Said once for as long as it lasts.
    fn block(&self, ctx: &BlockCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        for question in self.card.questions.iter().filter(|question| question.chain == ctx.chain.id) {
            let key: &[&[u8]] = &[b"blind", question.name.as_bytes()];
            match figure(question, ctx.facts) {
                Ok(_) => memory.forget(key),
                Err(why) if memory.last(key).is_none() => {
                    memory.set_last(key, &[1]);
                    let severity = blind_spot::severity(&self.card, &ctx.chain.id, ctx.scope);
                    let part = format!("the answer to {}", question.name);
                    out.raise(blind_spot::finding(question.address, &part, &why).blind().severity(severity));
                }
                Err(_) => {}
            }
        }
    }
}

/// What a side was after a block, or why that is not known.
fn figure(question: &StandingQuestion, facts: &BlockFacts) -> Result<U256, String> {
    let observed = facts.observed.iter().find(|observed| observed.name == question.name);
    match observed.map(|observed| &observed.answer) {
        Some(Answer::Slot(value)) => Ok(*value),
        Some(Answer::View(Ok(data))) => match data.get(..32) {
            Some(word) => Ok(U256::from_be_slice(word)),
            None => Err(format!("it answered {} bytes, which are no number", data.len())),
        },
        Some(Answer::View(Err(why))) => Err(format!("it refused: {why}")),
        Some(Answer::Blind(why)) => Err(why.clone()),
        Some(Answer::Ran(_) | Answer::Probed(_)) => Err("it answered something else".to_owned()),
        None => Err("nobody answered".to_owned()),
    }
}

/// What is to be said after a block beside what the rules said of it.
#[derive(Debug, Default)]
pub struct Compared {
    /// Alerts about this block and another chain's.
    pub alerts: Vec<Alert>,
    /// Comparisons that cannot be made: which, and why.
    pub blind: Vec<(String, String)>,
}

/// All rules over two chains, with the newest figures of both sides. Every chain's blocks come in here.
///
/// It is kept nowhere: figures are read of the chains' own state, so that after a restart an excess that stands is told
/// again, at the latest when the lag has passed.
#[derive(Debug, Default)]
pub struct Crossings {
    pairs: BTreeMap<String, Pair>,
    followed: BTreeSet<ChainId>,
}

impl Crossings {
    /// The comparisons of these rules, over the chains that are followed.
    pub fn new(detectors: &Detectors, followed: impl IntoIterator<Item = ChainId>) -> Self {
        let mut this = Self { pairs: BTreeMap::new(), followed: followed.into_iter().collect() };
        this.go_by(detectors);
        this
    }

    /// Other rules are in force: those that are as they were go on with their figures.
    pub fn go_by(&mut self, detectors: &Detectors) {
        let mut before = std::mem::take(&mut self.pairs);
        for card in detectors.cards() {
            let kept = before.remove(&card.id).filter(|pair| pair.rule() == card.rule());
            if let Some(pair) = kept.or_else(|| Pair::of(card)) {
                self.pairs.insert(card.id.clone(), pair);
            }
        }
    }

    /// Comparisons with a side on `chain` whose other side nobody looks at: they see nothing.
    pub fn one_legged(&self, chain: &ChainId) -> Vec<(String, String)> {
        let missing = self.pairs.values().filter_map(|pair| pair.opposite(chain).map(|other| (pair, other)));
        missing
            .filter(|(_, other)| !self.followed.contains(other))
            .map(|(pair, other)| {
                (
                    pair.part(),
                    format!("chain `{other}` is not followed: add it to the installation, or remove the rule"),
                )
            })
            .collect()
    }

    /// Takes in what was observed after a block and says what follows.
    pub fn seen(&mut self, detectors: &Detectors, view: &ChainView, facts: &BlockFacts) -> Compared {
        let mut compared = Compared::default();
        for (id, pair) in &mut self.pairs {
            let Some(card) = detectors.card(id).filter(|card| card.rule() == pair.rule()) else { continue };
            let followed = pair.opposite(&view.id).is_some_and(|other| self.followed.contains(other));
            let Some(question) = card.questions.iter().find(|question| question.chain == view.id) else { continue };
            pair.take(&facts.block, facts.timestamp, figure(question, facts).ok());
            if let Some(why) = pair.stale(&view.id).filter(|_| followed) {
                compared.blind.push((pair.part(), why));
            }
            let Some(excess) = pair.judge() else { continue };
            let finding = excess.finding(pair, detectors.scope());
            let at = (&facts.block, facts.timestamp);
            let Some(mut alert) = detectors.speak(id, view, at, finding) else { continue };
            pair.across(&mut alert, detectors.scope());
            pair.told(&alert);
            compared.alerts.push(alert);
        }
        compared
    }

    /// The blocks after `to` are lost. Alerts that were raised on another chain and rested on them are withdrawn: each
    /// with the chain it was raised on and the block that it rested on. Those of this chain fall with their own blocks.
    pub fn reverted(&mut self, to: &BlockRef) -> Vec<(AlertId, ChainId, BlockRef)> {
        self.pairs.values_mut().filter_map(|pair| pair.revert(to)).collect()
    }
}

/// An amount in whole tokens, to its last digit.
fn amount(value: U256, decimals: u8) -> String {
    let digits = value.to_string();
    let decimals = usize::from(decimals);
    let padded = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, fraction) = padded.split_at(padded.len() - decimals);
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}
