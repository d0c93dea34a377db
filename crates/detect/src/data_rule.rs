//! Rules that are written in data: a condition, and what to say when it holds.

mod answers;
mod items;
mod judge;
mod silence;

use std::{cell::Cell, sync::Arc};

use case::{EvidenceKind, Severity};
use facts::Address;

use crate::{
    BlockCtx, DetectError, Detector, Finding, Findings, Indexed, MemoryView, RuleCard, Scope as Protected, TxCtx, Wake,
    card::{ConditionText, Subject, Text, Where},
    condition::{
        Bound, Condition,
        expr::{Expr, STEPS, Scene, Trouble},
        template::Template,
        types::{BlockView, Item, Record},
    },
    detector::Lesson,
    keeping::{Keeping, Recall, on_bench},
    workshop::{Bench, Workshop},
};
use items::{deed, frame, items};
use silence::Silence;

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "numbers in tests are small")]
mod tests;

/// A rule in data at work.
struct DataRule {
    card: Arc<RuleCard>,
    on: Subject,
    place: Where,
    when: Bound<Condition>,
    subject: Bound<Condition>,
    attackers: Vec<Bound<Condition>>,
    victims: Vec<Bound<Condition>>,
    key: Vec<Bound<Condition>>,
    message: Bound<Template>,
    evidence: Vec<EvidenceKind>,
    keeping: Keeping,
    silence: Silence,
    origins: bool,
    /// As the card says, which is not looked at for it each time.
    yields: bool,
}

/// Makes a rule from its card.
///
/// # Errors
/// [`DetectError::Rule`] with the place in the file for whatever the checker refuses.
pub(crate) fn build(workshop: &mut Workshop, card: &Arc<RuleCard>) -> Result<Box<dyn Detector>, DetectError> {
    match &card.condition {
        Some(_) => build_as(workshop, card, card),
        None => crate::detectors::build(card),
    }
}

/// Makes a rule in data from a card with all that is needed to find faults; `kept` is what it goes by afterwards.
///
/// # Errors
/// As [`build`].
pub(crate) fn build_as(
    workshop: &mut Workshop,
    card: &RuleCard,
    kept: &Arc<RuleCard>,
) -> Result<Box<dyn Detector>, DetectError> {
    let Some(text) = &card.condition else { return crate::detectors::build(kept) };
    let mut rule = on_bench(workshop, card, |bench, keeping| assemble(bench, kept, text, keeping))?;
    rule.evidence = rule.rests_on();
    let asks_origins = rule.exprs().any(Expr::asks_origin);
    rule.origins = asks_origins;
    if let Some(undeclared) = rule.evidence.iter().find(|kind| !card.described.needs.evidence.contains(kind)) {
        let what = format!("the condition rests on {undeclared:?} facts, which `needs.evidence` does not name");
        let hint = "two rules confirm each other only if they share no kind of fact, so all have to be named";
        return Err(text.when.fault(0, what.to_lowercase(), hint).into());
    }
    if text.on == Subject::Observed && card.questions.is_empty() {
        let hint = "add a `[[question]]`";
        return Err(text.when.fault(0, "the card asks no standing question to look at", hint).into());
    }
    crate::budget::check(card, rule.exprs(), rule.keeping.bytes_max())?;
    Ok(Box::new(rule))
}

/// Checks the texts of a condition.
fn assemble(
    bench: &mut Bench<'_>,
    card: &Arc<RuleCard>,
    text: &ConditionText,
    keeping: Keeping,
) -> Result<DataRule, DetectError> {
    let on = text.on;
    let mut accounts = |texts: &[Text]| texts.iter().map(|text| bench.account(text, on)).collect::<Result<Vec<_>, _>>();
    let (attackers, victims) = (accounts(&text.attackers)?, accounts(&text.victims)?);
    Ok(DataRule {
        on,
        place: text.place,
        when: bench.condition(&text.when, on)?,
        subject: bench.account(&text.subject, on)?,
        attackers,
        victims,
        key: text.key.iter().map(|text| bench.scalar(text, on)).collect::<Result<_, _>>()?,
        message: bench.message(&text.message, on)?,
        evidence: Vec::new(),
        silence: Silence::build(bench, text)?,
        origins: false,
        yields: card.yields_to_announcements,
        keeping,
        card: Arc::clone(card),
    })
}

impl Detector for DataRule {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        let record = self.on.record();
        let of_block = matches!(record, Record::Observed | Record::Block);
        let mut wakes = match self.place {
            Where::Protected if !of_block => self.when.protected_wakes(&self.subject, record),
            _ => self.when.wakes(record),
        };
        let clear = self.silence.condition().into_iter().flat_map(|clear| clear.wakes(record));
        for wake in clear.chain(self.keeping.wakes()) {
            if !wakes.contains(&wake) {
                wakes.push(wake);
            }
        }
        wakes
    }

    fn asks_origins(&self, scope: &Protected) -> bool {
        // Without a protocol a rule about protected contracts is silent, and need not know anybody.
        self.origins && !(self.place == Where::Protected && scope.is_everything())
    }

    fn learns(&self) -> bool {
        self.keeping.learns()
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let protects = |address| ctx.scope.protects(&ctx.chain.id, address);
        let steps = Cell::new(STEPS);
        let mut trouble = Troubles::default();
        let mut counted = Vec::new();
        {
            let mind = Recall::new(&self.keeping, memory, ctx.scope, &ctx.chain.id);
            for on in OF_TX.into_iter().filter(|on| self.keeping.windows_on(*on)) {
                each(on, ctx, &mut trouble, |item| {
                    let mut scene = Scene::of(ctx, item, &protects, &steps).minding(&mind, &[]);
                    scene.step()?;
                    self.keeping.counted(on, &mut scene, &mut counted)
                });
            }
        }
        self.keeping.add(counted, memory);
        let (mut hits, mut stepped) = (Vec::new(), Default::default());
        {
            let mind = Recall::new(&self.keeping, memory, ctx.scope, &ctx.chain.id);
            each(self.on, ctx, &mut trouble, |item| {
                let mut scene = Scene::of(ctx, item, &protects, &steps).minding(&mind, &[]);
                scene.step()?;
                let hit = self.judge(&mut scene, &mind, frame(&item), &protects)?;
                hits.extend(hit.map(|hit| if self.yields { hit.of(deed(&item, ctx.facts)) } else { hit }));
                Ok(())
            });
            for on in OF_TX.into_iter().filter(|on| self.keeping.sequences_on(*on)) {
                each(on, ctx, &mut trouble, |item| {
                    let mut scene = Scene::of(ctx, item, &protects, &steps).minding(&mind, &[]);
                    scene.step()?;
                    self.keeping.stepped(on, &mut scene, &mut stepped)
                });
            }
        }
        self.keeping.take(&stepped, ctx.facts.hash, memory);
        self.silence.raise(hits, memory, out);
        if let Some(trouble) = trouble.0 {
            let subject = ctx.facts.to.unwrap_or(ctx.facts.from);
            out.raise(blind((&self.card, &out.rule().id), subject, protects(subject), "this transaction", trouble));
        }
    }

    fn block(&self, ctx: &BlockCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        if self.is_elsewhere(ctx.facts) {
            return;
        }
        let protects = |address| ctx.scope.protects(&ctx.chain.id, address);
        let steps = Cell::new(STEPS);
        let block = BlockView { block: &ctx.facts.block, timestamp: ctx.facts.timestamp };
        let answers = self.answers(ctx.facts);
        let mut troubles: Vec<(Address, String, Trouble)> = Vec::new();
        let mut counted = Vec::new();
        {
            let mind = Recall::new(&self.keeping, memory, ctx.scope, &ctx.chain.id);
            for on in OF_BLOCK.into_iter().filter(|on| self.keeping.windows_on(*on)) {
                for (address, part, item) in self.items_of_block(on, block, &answers) {
                    let Ok(item) = item else { continue };
                    let mut scene = Scene::of_block(block, item, &protects, &steps).minding(&mind, &answers);
                    if let Err(trouble) = self.keeping.counted(on, &mut scene, &mut counted) {
                        troubles.push((address, part, trouble));
                    }
                }
            }
        }
        self.keeping.add(counted, memory);
        let mut hits = Vec::new();
        {
            let mind = Recall::new(&self.keeping, memory, ctx.scope, &ctx.chain.id);
            for (address, part, item) in self.items_of_block(self.on, block, &answers) {
                let judged = item.and_then(|item| {
                    let mut scene = Scene::of_block(block, item, &protects, &steps).minding(&mind, &answers);
                    self.judge(&mut scene, &mind, None, &protects)
                });
                match judged {
                    Ok(hit) => hits.extend(hit),
                    Err(trouble) => troubles.push((address, part, trouble)),
                }
            }
        }
        self.silence.raise(hits, memory, out);
        troubles.dedup();
        for (address, part, trouble) in troubles {
            out.raise(blind((&self.card, &out.rule().id), address, protects(address), &part, trouble));
        }
    }

    fn learn(&self, ctx: &BlockCtx<'_>, lesson: &Lesson<'_>, memory: &mut MemoryView<'_>) {
        let protects = |address| ctx.scope.protects(&ctx.chain.id, address);
        let steps = Cell::new(STEPS);
        let mut observed = Default::default();
        let mut is_spoilt = lesson.objects_to_block || self.card.described.needs.sight < ctx.facts.sight;
        is_spoilt |= !ctx.facts.blind.is_empty();
        {
            let mind = Recall::new(&self.keeping, memory, ctx.scope, &ctx.chain.id);
            for (tx, woken) in lesson.txs {
                let facts = ctx.facts;
                let ctx = TxCtx {
                    chain: ctx.chain,
                    block: &facts.block,
                    timestamp: facts.timestamp,
                    scope: ctx.scope,
                    facts: &Indexed::new(tx),
                    woken: *woken,
                };
                let is_objected = lesson.objects_to_block || lesson.objects_to.contains(&tx.hash);
                let mut trouble = Troubles::default();
                for on in OF_TX.into_iter().filter(|on| self.keeping.baselines_on(*on)) {
                    each(on, &ctx, &mut trouble, |item| {
                        let mut scene = Scene::of(&ctx, item, &protects, &steps).minding(&mind, &[]);
                        scene.step()?;
                        self.keeping.observed(on, &mut scene, is_objected, &mut observed)
                    });
                }
                is_spoilt |= trouble.0.is_some();
            }
            if !self.is_elsewhere(ctx.facts) {
                let block = BlockView { block: &ctx.facts.block, timestamp: ctx.facts.timestamp };
                let answers = self.answers(ctx.facts);
                for on in OF_BLOCK.into_iter().filter(|on| self.keeping.baselines_on(*on)) {
                    for (_, _, item) in self.items_of_block(on, block, &answers) {
                        let seen = item.and_then(|item| {
                            let mut scene = Scene::of_block(block, item, &protects, &steps).minding(&mind, &answers);
                            self.keeping.observed(on, &mut scene, lesson.objects_to_block, &mut observed)
                        });
                        is_spoilt |= seen.is_err();
                    }
                }
            }
        }
        self.keeping.learn(&observed, is_spoilt, memory);
    }
}

/// What can be looked at within a transaction, and after a block.
const OF_TX: [Subject; 5] = [Subject::Tx, Subject::Call, Subject::Log, Subject::Flow, Subject::Change];
const OF_BLOCK: [Subject; 2] = [Subject::Observed, Subject::Block];

/// The first trouble with a transaction, or that it is too large to go on.
#[derive(Default)]
struct Troubles(Option<Trouble>);

/// Looks at items of a transaction one after the other, until it proves too large.
fn each<'a>(
    on: Subject,
    ctx: &TxCtx<'a>,
    troubles: &mut Troubles,
    mut look: impl FnMut(Item<'a>) -> Result<(), Trouble>,
) {
    for item in items(on, ctx) {
        match look(item) {
            Ok(()) => {}
            Err(Trouble::TooLarge) => {
                troubles.0 = Some(Trouble::TooLarge);
                return;
            }
            Err(new) => troubles.0 = troubles.0.or(Some(new)),
        }
    }
}

impl DataRule {
    /// Everything that is computed.
    fn conditions(&self) -> impl Iterator<Item = &Bound<Condition>> {
        let paths = self.attackers.iter().chain(&self.victims).chain(&self.key).chain([&self.subject, &self.when]);
        paths.chain(self.silence.condition()).chain(self.keeping.conditions())
    }

    /// The same, with the values in the message.
    fn exprs(&self) -> impl Iterator<Item = &Expr> {
        self.conditions().map(Bound::expr).chain(self.message.exprs())
    }

    /// The kinds of fact that the condition reads.
    fn rests_on(&self) -> Vec<EvidenceKind> {
        let reads = self.conditions().flat_map(Bound::<Condition>::reads);
        let reads = reads.chain(self.message.reads()).chain([self.on.record()]).chain(self.keeping.reads());
        let mut kinds: Vec<_> = reads.filter_map(|record| evidence_of(record, self.on)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}

/// The kind of fact that a record is, for a rule that looks at `on`.
fn evidence_of(record: Record, on: Subject) -> Option<EvidenceKind> {
    match record {
        Record::Block => None,
        // Sender, recipient and hash are on every alert and tell two rules apart from nobody.
        Record::Tx if on != Subject::Tx => None,
        Record::Tx | Record::Call => Some(EvidenceKind::Call),
        Record::Log => Some(EvidenceKind::Log),
        Record::Flow => Some(EvidenceKind::Flow),
        Record::Change => Some(EvidenceKind::Storage),
        Record::Observed => Some(EvidenceKind::Observed),
    }
}

/// A rule that could not judge says so.
fn blind((card, id): (&RuleCard, &str), subject: Address, is_protected: bool, part: &str, trouble: Trouble) -> Finding {
    let says = format!("rule {id} could not judge {part}: {trouble}");
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
