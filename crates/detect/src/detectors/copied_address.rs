//! A look-alike of somebody whom a payer pays was put into the payer's history, and then was paid.
//!
//! Wallets show the ends of an address. Whoever sees a payment makes an address with the same ends and, a moment later, has
//! a transfer of nothing, of a crumb or of a worthless token stand between the two. Half of the harm is done when the
//! address is copied from there.

use std::{collections::BTreeSet, sync::Arc};

use case::{EvidenceKind, Severity};
use facts::{Address, B256, Flow};

use crate::{
    DetectError, Detector, Finding, Findings, FlowShape, Indexed, MemoryView, RuleCard, TxCtx, Wake, value::words,
};

pub(crate) const ID: &str = "copied-address";

/// Bytes at either end that a wallet shows.
const SHOWN: usize = 2;
/// Payments that are kept in mind, one to a place: newer ones take the places of older ones. Look-alikes are shown within
/// minutes, and what they were shown for has to be remembered for weeks beside them.
const PLACES: u16 = 1 << 15;
/// Calls and movements of a plain payment, of a token behind a proxy for instance.
const FRAMES_MAX: usize = 4;
/// Movements of a transaction that are looked at for what they show.
const SHOWN_MAX: usize = 256;

/// Finds look-alikes of accounts that somebody pays, and payments to them.
pub(crate) struct CopiedAddress {
    card: Arc<RuleCard>,
}

impl CopiedAddress {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        Ok(Self { card })
    }
}

impl Detector for CopiedAddress {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Flow(FlowShape::Any)]
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        let payment = payment(facts);
        let was_shown = payment.and_then(|flow| memory.last(&shown_to(&flow.from, &flow.to))?.try_into().ok());
        if let (Some(flow), Some(shown)) = (payment, was_shown)
            && ctx.covers(flow.from)
        {
            out.raise(paid(ctx, flow, shown));
        }
        let shown = shown(facts, payment, memory);
        for (victim, alike, _) in &shown {
            memory.set_last(&shown_to(victim, alike), facts.hash.as_slice());
        }
        let concerns = |account| ctx.covers(account);
        if let Some((victim, alike, meant)) = shown.iter().find(|(victim, ..)| concerns(*victim)) {
            let many = shown.len();
            let message = format!(
                "{alike}, which looks like {meant} that {victim} pays, was put into the history of {victim}, one of {many} at once"
            );
            let says = format!("neither {victim} nor {meant} sent it");
            let finding = Finding::about(*victim, message)
                .key(alike)
                .victim(*victim)
                .attacker(facts.from)
                .attacker(*alike)
                .evidence(EvidenceKind::Flow, None, says);
            out.raise(finding);
        }
        // Whom a payer was lured into paying is nobody that it meant to pay.
        if let (Some(flow), None) = (payment, was_shown) {
            let (key, value) = (place(flow.from, flow.to), [flow.from.as_slice(), flow.to.as_slice()].concat());
            if memory.last(&[b"paid", &key]) != Some(&value) {
                memory.set_last(&[b"paid", &key], &value);
            }
        }
    }
}

/// The payment that a transaction is, if it is one and nothing else.
fn payment<'a>(facts: &Indexed<'a>) -> Option<&'a Flow> {
    let [flow] = facts.facts().flows.as_slice() else { return None };
    let is_plain = facts.frames.len() <= FRAMES_MAX
        && flow.from == facts.from
        && flow.to != facts.from
        && !flow.to.is_zero()
        && !flow.amount.is_zero();
    is_plain.then_some(flow)
}

/// A payment to a look-alike that the payer had been shown.
fn paid(ctx: &TxCtx<'_>, flow: &Flow, shown: B256) -> Finding {
    let (payer, alike) = (flow.from, flow.to);
    let what = words(flow.amount, &flow.asset);
    let message =
        format!("{payer} paid {what} to {alike}, a look-alike of somebody it pays that a stranger had shown it");
    let protected = ctx.protects(payer);
    Finding::about(payer, message)
        .key(alike)
        .severity(if protected { Severity::Critical } else { Severity::High })
        .victim(payer)
        .attacker(alike)
        .loss(payer, flow.asset, flow.amount, None)
        .evidence_of(shown, EvidenceKind::Flow, format!("{alike} was shown to {payer} here"))
        .evidence(EvidenceKind::Flow, Some(flow.frame), format!("{what} went to {alike}"))
}

/// Where it is remembered in which transaction an account was shown to another.
fn shown_to<'a>(victim: &'a Address, alike: &'a Address) -> [&'a [u8]; 3] {
    [b"shown", victim.as_slice(), alike.as_slice()]
}

/// Who was shown which look-alike of whom by this transaction, each once.
fn shown(facts: &Indexed<'_>, payment: Option<&Flow>, memory: &MemoryView<'_>) -> Vec<(Address, Address, Address)> {
    let mut found = Vec::new();
    let mut look = |victim: Address, alike: Address| {
        if let Some(meant) = recall(memory, victim, alike).filter(|meant| *meant != alike) {
            let one = (victim, alike, meant);
            if !found.contains(&one) {
                found.push(one);
            }
        }
    };
    if let Some(flow) = payment {
        // A crumb of the look-alike's own.
        look(flow.to, flow.from);
        return found;
    }
    // A token whose movements change nothing that it keeps only says that they took place.
    let mut kept: Option<BTreeSet<Address>> = None;
    for flow in facts.flows.iter().take(SHOWN_MAX) {
        let Some(token) = flow.asset.contract().filter(|_| flow.from != facts.from) else { continue };
        let kept = kept.get_or_insert_with(|| facts.writes.iter().map(|write| write.address).collect());
        if !flow.amount.is_zero() && kept.contains(&token) {
            continue;
        }
        look(flow.from, flow.to);
        look(flow.to, flow.from);
    }
    found
}

/// Whom somebody paid that looks like an account, as far as that is still known.
fn recall(memory: &MemoryView<'_>, payer: Address, alike: Address) -> Option<Address> {
    let (by, payee) = memory.last(&[b"paid", &place(payer, alike)])?.split_at_checked(20)?;
    let payee = Address::try_from(payee).ok()?;
    (by == payer.as_slice() && ends(payee) == ends(alike)).then_some(payee)
}

/// What a wallet shows of an account.
fn ends(account: Address) -> [u8; 2 * SHOWN] {
    let (mut ends, bytes) = ([0; 2 * SHOWN], account.as_slice());
    ends[..SHOWN].copy_from_slice(&bytes[..SHOWN]);
    ends[SHOWN..].copy_from_slice(&bytes[bytes.len() - SHOWN..]);
    ends
}

/// The place of a payment: the same for all payees that look alike.
fn place(payer: Address, payee: Address) -> [u8; 2] {
    // FNV-1a, which is the same everywhere and at any time: places are remembered.
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = payer.iter().chain(&ends(payee)).fold(0xcbf2_9ce4_8422_2325, mix);
    let folded = u16::try_from((hash ^ hash >> 32 ^ hash >> 16) & 0xffff).unwrap_or(0);
    (folded % PLACES).to_be_bytes()
}
