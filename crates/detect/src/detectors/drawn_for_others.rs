//! Somebody was made to speak for several others who took no part, and draws what is booked under their names.
//!
//! Who owns an identity, acts for it or recovers it stands under its name in a registry. A hole there lets a stranger put
//! himself in that place for one after the other; what the identities are owed elsewhere then goes to one account.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, B256, Flow, KeyedMap, U256, Write};

use crate::{
    Booking, DetectError, Detector, Finding, Findings, Indexed, MemoryView, RuleCard, TxCtx, Wake, indexed::is_name,
    value::words,
};

pub(crate) const ID: &str = "drawn-for-others";

/// Members of a struct that stands under one key of a mapping.
const MEMBERS_MAX: u64 = 4;
/// Draws of one transaction that are looked at.
const DRAWS_MAX: usize = 64;

/// Finds draws in the names of others by somebody who had just been made to speak for them.
pub(crate) struct DrawnForOthers {
    card: Arc<RuleCard>,
    others_min: usize,
    left_bp_max: u64,
}

/// A payment that was booked under somebody's name.
struct Draw<'a> {
    flow: &'a Flow,
    whose: Address,
    speaker: Address,
}

impl DrawnForOthers {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let others = card.parameters.number("others_min", 1..=200)?;
        let left_bp_max = card.parameters.number("left_bp_max", 0..=10_000)?;
        Ok(Self { card, others_min: usize::try_from(others).unwrap_or(usize::MAX), left_bp_max })
    }
}

impl Detector for DrawnForOthers {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Work]
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        spoken_for(facts, memory);
        if facts.flows.is_empty() || memory.last(&[b"any"]).is_none() {
            return;
        }
        let draws = self.draws(facts, memory);
        for draw in &draws {
            memory.insert(&[b"drawn-to", draw.flow.to.as_slice()], draw.whose.as_slice());
        }
        let concerns = |draw: &&Draw<'_>| ctx.covers(draw.flow.from) || ctx.covers(draw.whose);
        let Some(first) = draws.iter().find(concerns) else { return };
        let taker = first.flow.to;
        let others = memory.distinct(&[b"drawn-to", taker.as_slice()]);
        if others >= self.others_min {
            out.raise(finding(ctx, first, &draws, others));
        }
    }
}

impl DrawnForOthers {
    /// What was booked under the names of people who took no part, and paid to somebody else at the word of whoever was
    /// made to speak for them.
    fn draws<'a>(&self, facts: &Indexed<'a>, memory: &MemoryView<'_>) -> Vec<Draw<'a>> {
        let mut draws = Vec::new();
        // Each booking answers for one payment.
        let mut booked: KeyedMap<(Address, Asset, U256), _> = KeyedMap::default();
        for flow in facts.facts().flows.iter().filter(|flow| !flow.amount.is_zero() && !flow.to.is_zero()) {
            let place = (flow.from, flow.asset, flow.amount);
            let bookings = booked.entry(place).or_insert_with(|| facts.bookings(flow, Booking::Less));
            let Some(write) = bookings.next().filter(|write| self.is_emptied(write)) else { continue };
            let Some(whose) = facts
                .names_near(write.slot, MEMBERS_MAX)
                .into_iter()
                .find(|whose| *whose != flow.to && !facts.takes_part(*whose))
            else {
                continue;
            };
            let Some(speaker) = speaker(memory, whose).filter(|speaker| facts.takes_part(*speaker)) else { continue };
            if draws.len() < DRAWS_MAX && !keeps_for(facts, flow.to, whose) {
                draws.push(Draw { flow, whose, speaker });
            }
        }
        draws
    }

    fn is_emptied(&self, write: &Write) -> bool {
        write.after.saturating_mul(U256::from(10_000)) <= write.before.saturating_mul(U256::from(self.left_bp_max))
    }
}

/// Notes who was put under the name of somebody else, and acts in the same transaction.
fn spoken_for(facts: &Indexed<'_>, memory: &mut MemoryView<'_>) {
    for write in facts.writes.iter().filter(|write| is_name(&write.after.into())) {
        let speaker = Address::from_word(B256::from(write.after));
        let acts = speaker == facts.from || facts.frames_by(speaker).next().is_some();
        if !acts || facts.is_token(write.address) {
            continue;
        }
        let names: Vec<Address> =
            facts.names_near(write.slot, MEMBERS_MAX).into_iter().filter(|whose| !facts.takes_part(*whose)).collect();
        for whose in names {
            memory.set_last(&[b"speaks-for", whose.as_slice()], speaker.as_slice());
            memory.set_last(&[b"any"], &[]);
        }
    }
}

fn speaker(memory: &MemoryView<'_>, whose: Address) -> Option<Address> {
    Address::try_from(memory.last(&[b"speaks-for", whose.as_slice()])?).ok()
}

/// Whether an account that got something wrote it down under the name of whom it was drawn for.
fn keeps_for(facts: &Indexed<'_>, taker: Address, whose: Address) -> bool {
    let names = |slot| facts.names_near(slot, MEMBERS_MAX);
    facts.writes.iter().any(|write| write.address == taker && names(write.slot).contains(&whose))
}

fn finding(ctx: &TxCtx<'_>, first: &Draw<'_>, draws: &[Draw<'_>], others: usize) -> Finding {
    let (payer, taker) = (first.flow.from, first.flow.to);
    let name = ctx.name(payer);
    let speaker = first.speaker;
    let message = format!(
        "{speaker} was made to speak for {others} others who took no part, and what {name} owed them went to {taker}"
    );
    let protected = ctx.protects(payer);
    let mut finding = Finding::about(payer, message)
        .severity(if protected { Severity::Critical } else { Severity::High })
        .key(taker)
        .victim(payer)
        .attacker(ctx.facts.from)
        .attacker(speaker)
        .attacker(taker);
    for Draw { flow, whose, .. } in draws {
        let what = words(flow.amount, &flow.asset);
        finding = finding.victim(*whose).loss(*whose, flow.asset, flow.amount, None).evidence(
            EvidenceKind::Flow,
            Some(flow.frame),
            format!("{what}, booked for {whose}, went to {}", flow.to),
        );
    }
    finding
}
