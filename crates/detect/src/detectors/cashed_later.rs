//! A stranger was credited for nothing in one transaction and draws what he was credited in another.
//!
//! Within one transaction it is a question of sums what somebody unknown to a contract's books may take. A thief who lets
//! his gain lie in the books for a block is no stranger to them any more; what he was credited still came from nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, Frame, FrameKind, KeyedMap, U256, Write};

use crate::{
    Booking, DetectError, Detector, Finding, Findings, Indexed, MemoryView, RuleCard, TxCtx, Wake,
    authority::{entry_of, proves_membership, signed_once},
    deals::DUST,
    ledger::books::{Known, known, names},
    value::{part_bp, percent, words},
};

pub(crate) const ID: &str = "cashed-later";

/// Calls of one transaction by which somebody was credited that are looked into.
const LOOKED_AT_MAX: usize = 64;
/// `approve(address,uint256)` and `increaseAllowance(address,uint256)` (ERC-20): what somebody may spend of the caller's.
const ALLOWANCES: [[u8; 4]; 2] = [[0x09, 0x5e, 0xa7, 0xb3], [0x39, 0x50, 0x93, 0x51]];

/// Finds strangers who draw what they were credited for nothing.
pub(crate) struct CashedLater {
    card: Arc<RuleCard>,
    share_bp_min: u16,
}

/// What was drawn from one contract of one asset that had been credited for nothing.
#[derive(Default)]
struct Cashed {
    amount: U256,
    frame: u32,
    since: u64,
    by: BTreeSet<Address>,
}

impl CashedLater {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let share = card.parameters.number("share_bp_min", 1..=10_000)?;
        Ok(Self { card, share_bp_min: u16::try_from(share).unwrap_or(10_000) })
    }
}

impl Detector for CashedLater {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Work]
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        if !facts.succeeded() || facts.writes.is_empty() {
            return;
        }
        for ((payer, asset), cashed) in draws(facts, memory) {
            let share_bp = facts.holding(payer, &asset).and_then(|(before, _)| part_bp(cashed.amount, before));
            if let Some(share_bp) = share_bp.filter(|share| *share >= self.share_bp_min)
                && ctx.covers(payer)
            {
                out.raise(finding(ctx, (payer, asset), &cashed, share_bp));
            }
        }
        note(ctx, memory);
    }
}

/// Takes what is drawn off what was credited for nothing; says how much of it there was.
fn draws(facts: &Indexed<'_>, memory: &mut MemoryView<'_>) -> BTreeMap<(Address, Asset), Cashed> {
    let mut drawn: BTreeMap<(Address, Asset), Cashed> = BTreeMap::new();
    if facts.flows.is_empty() || memory.last(&[b"any"]).is_none() {
        return drawn;
    }
    // Each booking answers for one payment.
    let mut booked: KeyedMap<(Address, Asset, U256), _> = KeyedMap::default();
    for flow in facts.facts().flows.iter().filter(|flow| flow.amount > DUST && flow.from != facts.from) {
        let place = (flow.from, flow.asset, flow.amount);
        let bookings = booked.entry(place).or_insert_with(|| facts.bookings(flow, Booking::Less));
        let Some((write, credit)) = bookings.next().and_then(|write| Some((write, Credit::read(memory, write)?)))
        else {
            continue;
        };
        let amount = credit.amount.min(flow.amount);
        Credit { amount: credit.amount - amount, ..credit }.keep(memory, write);
        let cashed = drawn.entry((flow.from, flow.asset)).or_default();
        cashed.amount = cashed.amount.saturating_add(amount);
        (cashed.frame, cashed.since) = (flow.frame, credit.since);
        cashed.by.extend([facts.from, flow.to]);
    }
    drawn
}

/// Remembers what somebody who gave nothing, and was unknown, had himself credited.
fn note(ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>) {
    let facts = ctx.facts;
    if gave(facts, facts.from) {
        return;
    }
    // Calls that were looked into, and whether they credited their callers for nothing.
    let mut calls: BTreeMap<u32, bool> = BTreeMap::new();
    for write in facts.writes.iter().filter(|write| write.after > write.before) {
        let more = write.after - write.before;
        if more <= DUST || facts.is_token(write.address) {
            continue;
        }
        let at = entry_of(facts, write.frame);
        let Some(call) = facts.frames.get(at as usize).filter(|call| call.target == write.address) else { continue };
        if !names(facts, write.slot, &|who| who == call.caller) {
            continue;
        }
        let before = Credit::read(memory, write);
        if !write.before.is_zero() && before.is_none() {
            continue;
        }
        if calls.len() >= LOOKED_AT_MAX && !calls.contains_key(&at) {
            return;
        }
        if *calls.entry(at).or_insert_with(|| is_credit(facts, at, call, before.is_some())) {
            let had = before.map_or(U256::ZERO, |before| before.amount);
            Credit { amount: had.saturating_add(more), since: ctx.block.number }.keep(memory, write);
            memory.set_last(&[b"any"], &[]);
        }
    }
}

/// Whether a call credits its caller something for nothing: neither he nor the sender gave anything, nobody signed for it,
/// and no proof was shown. Whoever was credited for nothing before may be known for that alone.
fn is_credit(facts: &Indexed<'_>, at: u32, call: &Frame, again: bool) -> bool {
    let is_allowance = call.selector().is_some_and(|selector| ALLOWANCES.contains(&selector.0));
    let is_stranger = || {
        let party = |who: Address| who == call.caller || who == facts.from;
        again || known(facts, call, None, party) == Known::New
    };
    call.kind == FrameKind::Call
        && call.effective
        && !is_allowance
        && !gave(facts, call.caller)
        && is_stranger()
        && !signed_once(facts, at)
        && !proves_membership(facts)
}

/// Whether somebody ended the transaction with less of anything.
fn gave(facts: &Indexed<'_>, who: Address) -> bool {
    facts.net_rows(who).iter().any(|net| net.loss() > DUST)
}

/// What is left of what was credited for nothing to an entry, and the block in which it was last.
#[derive(Debug, Clone, Copy)]
struct Credit {
    amount: U256,
    since: u64,
}

impl Credit {
    fn read(memory: &MemoryView<'_>, write: &Write) -> Option<Self> {
        let slot = write.slot.to_be_bytes::<32>();
        let (amount, since) = memory.last(&[b"credit", write.address.as_slice(), &slot])?.split_at_checked(32)?;
        Some(Self { amount: U256::from_be_slice(amount), since: u64::from_be_bytes(since.try_into().ok()?) })
    }

    fn keep(self, memory: &mut MemoryView<'_>, write: &Write) {
        let slot = write.slot.to_be_bytes::<32>();
        let bytes = [&self.amount.to_be_bytes::<32>()[..], &self.since.to_be_bytes()].concat();
        memory.set_last(&[b"credit", write.address.as_slice(), &slot], &bytes);
    }
}

fn finding(ctx: &TxCtx<'_>, (payer, asset): (Address, Asset), cashed: &Cashed, share_bp: u16) -> Finding {
    let (name, share, amount) = (ctx.name(payer), percent(share_bp), words(cashed.amount, &asset));
    let message = format!("{name} paid {share} of what it held to somebody whom it had credited that for nothing");
    let credited = format!("it was credited by block {}, to a stranger who had brought nothing", cashed.since);
    let finding = Finding::about(payer, message)
        .severity(if ctx.protects(payer) { Severity::Critical } else { Severity::High })
        .victim(payer)
        .evidence(EvidenceKind::Flow, Some(cashed.frame), format!("{amount} were drawn"))
        .evidence(EvidenceKind::Storage, None, credited)
        .loss(payer, asset, cashed.amount, Some(share_bp));
    cashed.by.iter().fold(finding, |finding, who| finding.attacker(*who))
}
