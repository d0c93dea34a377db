//! Somebody used an allowance that he had granted himself.
//!
//! An allowance is what an owner says. Where it was written without the owner taking part, for whoever made the call or
//! sent the transaction, and without a signature, the token obeys somebody. Books of other kinds look the same when they
//! are written, so that it is told only when a transfer draws on it.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, B256, Frame, Selector, TxFacts, U256, Write};

use crate::{
    DetectError, Detector, Finding, Findings, Indexed, MemoryView, RuleCard, TxCtx, Wake,
    authority::{entry_of, signed_once},
    ledger::books::written,
    value::{ancestors, words},
};

pub(crate) const ID: &str = "self-granted-allowance";

/// `transferFrom(address,address,uint256)`.
const TRANSFER_FROM: [u8; 4] = [0x23, 0xb8, 0x72, 0xdd];
/// Grants of one transaction that are looked into, and transfers.
const LOOKED_AT_MAX: usize = 64;
/// Where it is counted whether anything was granted at all.
const ANY: &[&[u8]] = &[b"any"];

/// Finds allowances that nobody gave.
pub(crate) struct SelfGranted {
    card: Arc<RuleCard>,
}

impl SelfGranted {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        Ok(Self { card })
    }
}

impl Detector for SelfGranted {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Work]
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        if facts.keys.len() < 2 || facts.writes.is_empty() {
            return;
        }
        if facts.flows.is_empty() {
            remember(facts, memory);
            return;
        }
        let has_any = memory.count(ANY) > 0;
        let draws = (0u32..).zip(&facts.frames).filter(|(_, frame)| frame.effective && is_draw(frame));
        for (index, draw) in draws.take(LOOKED_AT_MAX) {
            let Some((owner, slot)) = drawn_on(facts, draw) else { continue };
            let place: &[&[u8]] = &[draw.target.as_slice(), &slot.to_be_bytes::<32>()];
            let earlier = if has_any { memory.last(place).map(B256::from_slice) } else { None };
            let now = || facts.writes_at(draw.target, slot).take(2).any(|write| granted(facts, write).is_some());
            if (earlier.is_some() || now()) && ctx.covers(draw.target) {
                out.raise(finding(ctx, index, draw, owner, earlier));
                return;
            }
        }
    }
}

fn is_draw(frame: &Frame) -> bool {
    frame.selector().is_some_and(|selector| selector == Selector::from(TRANSFER_FROM))
}

/// Keeps in mind what was granted without anything moving.
fn remember(facts: &Indexed<'_>, memory: &mut MemoryView<'_>) {
    for write in facts.writes.iter().take(LOOKED_AT_MAX) {
        if granted(facts, write).is_some() {
            memory.add_count(ANY, 1);
            memory.set_last(&[write.address.as_slice(), &write.slot.to_be_bytes::<32>()], facts.hash.as_slice());
        }
    }
}

/// The account and, under it, the account whose entry a slot is, in a mapping of mappings.
fn pair(facts: &Indexed<'_>, slot: U256) -> Option<(Address, Address)> {
    let inner = facts.key(slot)?;
    let outer = facts.key(inner.words[1].into()).map(|outer| (outer.words[0], inner.words[0]));
    // Vyper hashes the place first.
    let (owner, spender) = outer.or_else(|| {
        let outer = facts.key(inner.words[0].into())?;
        Some((outer.words[1], inner.words[1]))
    })?;
    let account = |word: B256| (word[..12] == [0; 12] && word[12..16] != [0; 4]).then(|| Address::from_word(word));
    Some((account(owner)?, account(spender)?))
}

/// Whose entry for himself somebody raised, who was neither the owner nor had his signature.
fn granted(facts: &Indexed<'_>, write: &Write) -> Option<Address> {
    if write.after <= write.before {
        return None;
    }
    let (owner, spender) = pair(facts, write.slot)?;
    let entry = entry_of(facts, write.frame);
    let call = facts.frames.get(entry as usize)?;
    let is_for_himself = spender == call.caller || spender == facts.from;
    let takes_part = || {
        owner == facts.from
            || owner == spender
            || ancestors(&facts.frames, entry).any(|(_, frame)| frame.target == owner || frame.caller == owner)
            || facts.frames_of(owner).any(|(at, _)| (entry..call.end).contains(&at))
    };
    (is_for_himself && !takes_part() && !signed_once(facts, entry) && !checks(facts, entry, call)).then_some(owner)
}

/// Whether a call checked any signature.
fn checks(facts: &TxFacts, entry: u32, call: &Frame) -> bool {
    let inside = facts.frames.get(entry as usize..call.end as usize).unwrap_or_default();
    inside.iter().any(|frame| frame.target == Address::with_last_byte(1))
}

/// Whose tokens a transfer took, and the slot of the allowance that it drew on.
fn drawn_on(facts: &Indexed<'_>, draw: &Frame) -> Option<(Address, U256)> {
    let owner = Address::from_slice(draw.input.get(16..36)?);
    let own = facts.reads.partition_point(|read| read.at < draw.open);
    let reads = facts.reads.get(own..)?.iter().take_while(|read| read.at < draw.close).map(|read| read.slot);
    let mut slots = reads.chain(written(facts, draw).iter().map(|write| write.slot)).take(LOOKED_AT_MAX);
    let slot = slots.find(|slot| pair(facts, *slot) == Some((owner, draw.caller)))?;
    facts
        .flows_of(owner, Asset::Erc20(draw.target))
        .any(|flow| (draw.open..draw.close).contains(&flow.at))
        .then_some((owner, slot))
}

fn finding(ctx: &TxCtx<'_>, index: u32, draw: &Frame, owner: Address, earlier: Option<B256>) -> Finding {
    let (token, spender) = (draw.target, draw.caller);
    let name = ctx.name(token);
    let message = format!("{spender} took {name} of {owner} by an allowance that it had granted itself");
    let drew = format!("{spender} drew on the allowance of {owner}");
    let mut finding = Finding::about(token, message).victim(owner).attacker(ctx.facts.from).attacker(spender).evidence(
        EvidenceKind::Call,
        Some(index),
        drew,
    );
    if let Some(tx) = earlier {
        let says = format!("{spender} wrote it, and {owner} took no part and signed nothing");
        finding = finding.evidence_of(tx, EvidenceKind::Storage, says);
    }
    if let Some(flow) = ctx.facts.flows_of(owner, Asset::Erc20(token)).max_by_key(|flow| flow.amount) {
        let says = format!("{} left {owner}", words(flow.amount, &flow.asset));
        finding =
            finding.evidence(EvidenceKind::Flow, Some(flow.frame), says).loss(owner, flow.asset, flow.amount, None);
    }
    if ctx.protects(token) { finding.severity(Severity::Critical) } else { finding }
}
