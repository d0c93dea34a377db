//! Rules that are written in data: a condition, and what to say when it holds.

use std::{cell::Cell, collections::BTreeMap, sync::Arc};

use case::{EvidenceKind, Severity};
use facts::{Address, Answer, BlockFacts, Observed, TxFacts, U256};

use crate::{
    BlockCtx, DetectError, Detector, Finding, Findings, MemoryView, RuleCard, StandingQuestion, TxCtx, Wake,
    card::{Subject, Text, Where},
    condition::{
        Condition, compile, compile_account, compile_scalar,
        expr::{Expr, STEPS, Scene, Trouble},
        is_key,
        template::{Template, written},
        types::{BlockView, Item, ObservedView, Record, Value},
        wakes,
    },
};

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "numbers in tests are small")]
mod tests;

/// Where rules in data are made. Equal conditions are checked once and shared.
#[derive(Debug, Default)]
pub(crate) struct Workshop {
    conditions: BTreeMap<(String, String), Arc<Condition>>,
}

/// A rule in data at work.
struct DataRule {
    card: Arc<RuleCard>,
    on: Subject,
    place: Where,
    when: Arc<Condition>,
    subject: Condition,
    attackers: Vec<Condition>,
    victims: Vec<Condition>,
    key: Vec<Condition>,
    message: Template,
    evidence: Vec<EvidenceKind>,
}

impl Workshop {
    /// Makes a rule from its card.
    ///
    /// # Errors
    /// [`DetectError::Rule`] with the place in the file for whatever the checker refuses.
    pub(crate) fn build(&mut self, card: &Arc<RuleCard>) -> Result<Box<dyn Detector>, DetectError> {
        let Some(text) = &card.condition else { return crate::detectors::build(card) };
        let on = text.on;
        let accounts = |texts: &[Text]| {
            texts.iter().map(|text| compile_account(text, on, &card.parameters)).collect::<Result<Vec<_>, _>>()
        };
        let when = self.condition(card, &text.when, on)?;
        let mut rule = DataRule {
            on,
            place: text.place,
            subject: compile_account(&text.subject, on, &card.parameters)?,
            attackers: accounts(&text.attackers)?,
            victims: accounts(&text.victims)?,
            key: text
                .key
                .iter()
                .map(|text| compile_scalar(text, on, &card.parameters))
                .collect::<Result<Vec<_>, _>>()?,
            message: Template::compile(&text.message, on, &card.parameters)?,
            evidence: Vec::new(),
            card: Arc::clone(card),
            when,
        };
        rule.evidence = rule.rests_on();
        if let Some(undeclared) = rule.evidence.iter().find(|kind| !card.needs.evidence.contains(kind)) {
            let what = format!("the condition rests on {undeclared:?} facts, which `needs.evidence` does not name");
            let hint = "two rules confirm each other only if they share no kind of fact, so all have to be named";
            return Err(text.when.fault(0, what.to_lowercase(), hint).into());
        }
        if on == Subject::Observed && card.questions.is_empty() {
            let hint = "add a `[[question]]`";
            return Err(text.when.fault(0, "the card asks no standing question to look at", hint).into());
        }
        Ok(Box::new(rule))
    }

    fn condition(&mut self, card: &RuleCard, text: &Text, on: Subject) -> Result<Arc<Condition>, DetectError> {
        // Parameters are constants of a condition, so equal texts with other parameters are other conditions.
        let key = (format!("{on:?} {}", card.parameters.shape()), text.text.clone());
        if let Some(shared) = self.conditions.get(&key) {
            return Ok(Arc::clone(shared));
        }
        let condition = Arc::new(compile(text, on, &card.parameters)?);
        self.conditions.insert(key, Arc::clone(&condition));
        Ok(condition)
    }

    /// How many conditions were checked.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.conditions.len()
    }
}

impl Detector for DataRule {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        let record = self.on.record();
        if self.place == Where::Protected && record != Record::Observed && is_key(&self.subject.expr, record) {
            return vec![Wake::Protected];
        }
        wakes(&self.when.expr, record)
    }

    fn tx(&self, ctx: &TxCtx<'_>, _: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let protects = |address| ctx.scope.protects(&ctx.chain.id, address);
        let steps = Cell::new(STEPS);
        let mut trouble = None;
        for item in items(self.on, ctx.facts) {
            let mut scene = Scene::of(ctx, item, &protects, &steps);
            match scene.step().and_then(|()| self.judge(&mut scene, &protects)) {
                Ok(Some(subject)) => out.raise(self.finding(subject, frame(&item), &mut scene)),
                Ok(None) => {}
                Err(Trouble::TooLarge) => {
                    trouble = Some(Trouble::TooLarge);
                    break;
                }
                Err(new) => trouble = trouble.or(Some(new)),
            }
        }
        if let Some(trouble) = trouble {
            let subject = ctx.facts.to.unwrap_or(ctx.facts.from);
            out.raise(blind(&self.card, subject, protects(subject), "this transaction", trouble));
        }
    }

    fn block(&self, ctx: &BlockCtx<'_>, _: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let protects = |address| ctx.scope.protects(&ctx.chain.id, address);
        let steps = Cell::new(STEPS);
        let block = BlockView { block: &ctx.facts.block, timestamp: ctx.facts.timestamp };
        for (question, observed) in self.answers(ctx.facts) {
            let address = question.address;
            // A question that nobody answered is as blind as one that could not be answered.
            let Some(view) = observed.and_then(|observed| read(address, observed)) else {
                let part = format!("the answer to {}", question.name);
                out.raise(blind(&self.card, address, protects(address), &part, Trouble::Unseen));
                continue;
            };
            let mut scene = Scene::of_block(block, Item::Observed(&view), &protects, &steps);
            match self.judge(&mut scene, &protects) {
                Ok(Some(subject)) => out.raise(self.finding(subject, None, &mut scene)),
                Ok(None) => {}
                Err(trouble) => out.raise(blind(&self.card, address, protects(address), &question.name, trouble)),
            }
        }
    }
}

impl DataRule {
    /// Whom the rule speaks about, if its condition holds here.
    fn judge<'a>(
        &'a self,
        scene: &mut Scene<'a>,
        protects: &dyn Fn(Address) -> bool,
    ) -> Result<Option<Address>, Trouble> {
        if self.place == Where::Protected {
            // First whom it is about: that is a look-up, and foreign contracts cannot make trouble.
            return match account(&self.subject.expr, scene)? {
                Some(subject) if protects(subject) && self.when.expr.holds(scene)? => Ok(Some(subject)),
                _ => Ok(None),
            };
        }
        if !self.when.expr.holds(scene)? {
            return Ok(None);
        }
        // A creation has no recipient; the zero address stands for nobody in particular.
        Ok(Some(account(&self.subject.expr, scene)?.unwrap_or(Address::ZERO)))
    }

    fn finding<'a>(&'a self, subject: Address, frame: Option<u32>, scene: &mut Scene<'a>) -> Finding {
        let message = self.message.fill(scene);
        let mut finding = Finding::about(subject, message.clone());
        for kind in &self.evidence {
            finding = finding.evidence(*kind, frame, message.clone());
        }
        for attacker in &self.attackers {
            if let Ok(Some(attacker)) = account(&attacker.expr, scene) {
                finding = finding.attacker(attacker);
            }
        }
        for victim in &self.victims {
            if let Ok(Some(victim)) = account(&victim.expr, scene) {
                finding = finding.victim(victim);
            }
        }
        for key in &self.key {
            let part = key.expr.value(scene).map_or_else(|trouble| trouble.to_string(), |value| written(&value));
            finding = finding.key(part);
        }
        finding
    }

    /// The kinds of fact that the condition reads.
    fn rests_on(&self) -> Vec<EvidenceKind> {
        let paths = self.attackers.iter().chain(&self.victims).chain(&self.key).chain([&self.subject]);
        let reads = paths.flat_map(|path| path.reads.iter().copied()).chain(self.when.reads.iter().copied());
        let mut kinds: Vec<_> = reads
            .chain(self.message.reads())
            .chain([self.on.record()])
            .filter_map(|record| match record {
                Record::Block => None,
                // Sender, recipient and hash are on every alert and tell two rules apart from nobody.
                Record::Tx if self.on != Subject::Tx => None,
                Record::Tx | Record::Call => Some(EvidenceKind::Call),
                Record::Log => Some(EvidenceKind::Log),
                Record::Flow => Some(EvidenceKind::Flow),
                Record::Change => Some(EvidenceKind::Storage),
                Record::Observed => Some(EvidenceKind::Observed),
            })
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// This rule's questions on the block's chain, each with its answer if there is one.
    fn answers<'a>(
        &'a self,
        facts: &'a BlockFacts,
    ) -> impl Iterator<Item = (&'a StandingQuestion, Option<&'a Observed>)> + 'a {
        let here = self.card.questions.iter().filter(|question| question.chain == facts.block.chain);
        here.map(|question| (question, facts.observed.iter().find(|observed| observed.name == question.name)))
    }
}

/// The items of a transaction that a rule looks at.
fn items(on: Subject, tx: &TxFacts) -> impl Iterator<Item = Item<'_>> {
    let (whole, calls, logs, flows, changes) = match on {
        Subject::Tx => (Some(Item::Tx(tx)), &[][..], &[][..], &[][..], &[][..]),
        Subject::Call => (None, &tx.frames[..], &[][..], &[][..], &[][..]),
        Subject::Log => (None, &[][..], &tx.logs[..], &[][..], &[][..]),
        Subject::Flow => (None, &[][..], &[][..], &tx.flows[..], &[][..]),
        Subject::Change => (None, &[][..], &[][..], &[][..], &tx.changes[..]),
        Subject::Observed => (None, &[][..], &[][..], &[][..], &[][..]),
    };
    let calls = calls.iter().map(Item::Call).chain(logs.iter().map(Item::Log));
    whole.into_iter().chain(calls).chain(flows.iter().map(Item::Flow)).chain(changes.iter().map(Item::Change))
}

fn frame(item: &Item<'_>) -> Option<u32> {
    match item {
        Item::Log(log) => Some(log.frame),
        Item::Flow(flow) => Some(flow.frame),
        Item::Change(change) => Some(change.frame),
        _ => None,
    }
}

fn account<'a>(expr: &'a Expr, scene: &mut Scene<'a>) -> Result<Option<Address>, Trouble> {
    match expr.value(scene)? {
        Value::Address(address) => Ok(Some(address)),
        _ => Ok(None),
    }
}

/// An answer as a number; none if there was no answer.
fn read(address: Address, observed: &Observed) -> Option<ObservedView<'_>> {
    let value = match &observed.answer {
        Answer::Slot(value) => Some(*value),
        Answer::View(Ok(data)) => data.get(..32).map(U256::from_be_slice),
        Answer::View(Err(_)) => None,
        Answer::Ran(_) | Answer::Blind(_) => return None,
    };
    Some(ObservedView { name: &observed.name, address, value })
}

/// A rule that could not judge says so.
fn blind(card: &RuleCard, subject: Address, is_protected: bool, part: &str, trouble: Trouble) -> Finding {
    let says = format!("rule {} could not judge {part}: {trouble}", card.id);
    Finding::about(subject, says.clone())
        .blind()
        .severity(if is_protected {
            card.severity.min(Severity::Medium)
        } else {
            card.severity_elsewhere.min(Severity::Low)
        })
        .key("blind")
        .evidence(EvidenceKind::Blind, None, says)
}
