//! A contract can no longer do its work because of somebody who is in its way on purpose.
//!
//! Three ways are known by what they leave behind: a payment that its receiver refuses, so that all fail who would
//! replace him; a payment whose receiver burns whatever gas he is given; and a list that somebody made so long that
//! nobody can pay for going through it.

use std::sync::Arc;

use case::EvidenceKind;
use facts::{Address, Frame, FrameKind, FrameStatus, KeyedMap, U256};

use crate::{
    DetectError, Detector, Finding, Findings, Indexed, MemoryView, RuleCard, Scope, Span, TxCtx, Wake, origins,
    value::ancestors,
};

pub(crate) const ID: &str = "service-refused";

/// Writes of a transaction from which a list may have been flooded.
const WRITES_MIN: usize = 64;

/// Finds contracts that somebody keeps from working.
pub(crate) struct ServiceRefused {
    card: Arc<RuleCard>,
    refusals_min: u64,
    gas_min: u64,
    entries_min: u64,
    span: Span,
}

/// What is in the way.
struct Obstacle {
    kind: &'static str,
    who: Address,
    frame: Option<u32>,
    says: String,
}

impl ServiceRefused {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let number = |name, max| card.parameters.number(name, 1..=max);
        let (refusals_min, gas_min) = (number("refusals_min", 1_000)?, number("gas_min", 1_000_000_000)?);
        let (entries_min, blocks) = (number("entries_min", 1_000_000)?, number("window_blocks", 1_000_000)?);
        Ok(Self { card, refusals_min, gas_min, entries_min, span: Span::Blocks(blocks) })
    }

    /// What made a transaction fail, if somebody did.
    fn obstacle(&self, facts: &Indexed<'_>, memory: &MemoryView<'_>, service: Address) -> Option<Obstacle> {
        if let Some((at, payment)) = payments(facts).find(|(_, frame)| frame.gas_used >= self.gas_min) {
            let (who, gas) = (payment.target, payment.gas_used);
            let says = format!("{who} burnt {gas} gas when it was paid");
            return Some(Obstacle { kind: "dos/gas", who, frame: Some(at), says });
        }
        if let Some((at, payment)) = payments(facts).find(|(at, frame)| !frame.succeeded() && fails_all(facts, *at)) {
            let who = payment.target;
            let says = format!("{who} refused what it was paid, and everything failed with that");
            return Some(Obstacle { kind: "dos/griefing", who, frame: Some(at), says });
        }
        let flood = memory.last(&[b"flood", service.as_slice()]).filter(|kept| kept.len() == 28)?;
        let (who, entries) = (Address::from_slice(&flood[..20]), u64::from_be_bytes(flood[20..].try_into().ok()?));
        let out_of_gas = facts.frames.iter().any(|frame| frame.status == FrameStatus::OutOfGas);
        if who == facts.from || entries < self.entries_min || !out_of_gas || facts.gas_limit < self.gas_min {
            return None;
        }
        let says =
            format!("{who} had made {entries} new entries in {service}, and {} gas were too little", facts.gas_limit);
        Some(Obstacle { kind: "dos/unbounded-loop", who, frame: Some(0), says })
    }
}

impl Detector for ServiceRefused {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Tx]
    }

    fn asks_origins(&self, _: &Scope) -> bool {
        true
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        if facts.succeeded() {
            if facts.writes.len() >= WRITES_MIN {
                note_flood(facts, memory);
            }
            return;
        }
        let Some(service) =
            facts.to.filter(|to| facts.frames.len() > 1 || memory.last(&[b"flood", to.as_slice()]).is_some())
        else {
            return;
        };
        // Whoever tries his own contracts may fail as he likes.
        if !ctx.covers(service) {
            return;
        }
        let Some(found) = self.obstacle(facts, memory, service) else { return };
        if origins::entity(memory, found.who) == Some(facts.from) || found.who == facts.from {
            return;
        }
        let key: &[&[u8]] = &[b"refused", service.as_slice(), found.who.as_slice()];
        let refused = match found.kind {
            // Whoever names an account that takes nothing will try again; that others fail at it is its doing.
            "dos/griefing" => {
                memory.insert(key, facts.from.as_slice());
                memory.distinct(key) as u64
            }
            _ => memory.push(key, self.span, U256::ONE).count,
        };
        if refused >= self.refusals_min {
            out.raise(finding(ctx, service, &found, refused));
        }
    }
}

/// Payments of coins to contracts, from within others.
fn payments<'a>(facts: &'a Indexed<'_>) -> impl Iterator<Item = (u32, &'a Frame)> {
    (0u32..).zip(&facts.frames).filter(|(_, frame)| {
        let pays = frame.kind == FrameKind::Call && !frame.value.is_zero() && frame.input.is_empty();
        pays && frame.depth > 0 && (frame.gas_used > 0 || !frame.output.is_empty())
    })
}

/// Whether every frame around this one failed too.
fn fails_all(facts: &Indexed<'_>, at: u32) -> bool {
    ancestors(&facts.frames, at).all(|(_, frame)| !frame.succeeded())
}

/// Remembers who made how many entries in whose storage, where that is many.
fn note_flood(facts: &Indexed<'_>, memory: &mut MemoryView<'_>) {
    let mut entries: KeyedMap<Address, u64> = KeyedMap::default();
    for write in facts.writes.iter().filter(|write| write.before.is_zero() && !write.after.is_zero()) {
        *entries.entry(write.address).or_default() += 1;
    }
    for (service, count) in entries.into_iter().filter(|(_, count)| *count >= WRITES_MIN as u64) {
        let key: &[&[u8]] = &[b"flood", service.as_slice()];
        let before = memory.last(key).filter(|kept| kept.len() == 28 && kept[..20] == **facts.from);
        let had = before.and_then(|kept| kept[20..].try_into().ok()).map_or(0, u64::from_be_bytes);
        let kept = [facts.from.as_slice(), &had.saturating_add(count).to_be_bytes()].concat();
        memory.set_last(key, &kept);
    }
}

fn finding(ctx: &TxCtx<'_>, service: Address, found: &Obstacle, refused: u64) -> Finding {
    let name = ctx.name(service);
    let who = found.who;
    let message = format!("{name} can no longer do its work: {who} has been in its way {refused} times");
    Finding::about(service, message).kind(found.kind).key(who).victim(service).attacker(who).evidence(
        EvidenceKind::Call,
        found.frame,
        found.says.clone(),
    )
}
