//! What a signature once agreed to was paid again: by the same contract, by another one, or for the other form of it.
//!
//! A signature is good for once because something that is signed says so, a number or the contract it is for, and because
//! that is written down. Where either is missing, the same digest is accepted again and the same is paid again. A digest
//! that is accepted again for something else is ordinary: an order that is filled in parts, a price that many use.
//!
//! Nor does a signature have to be paid for: what put an account in a place once puts it there again after another took it.

use std::sync::Arc;

use alloy_primitives::keccak256;
use case::{EvidenceKind, Severity};
use facts::{Address, Asset, B256, Frame, KeyedMap, U256, Write};

use crate::{
    DetectError, Detector, Finding, Findings, Indexed, MemoryView, RuleCard, TxCtx, Wake, Whose,
    authority::signatures::{Checked, RECOVERS, checked},
    ledger::books,
    value::ancestors,
};

pub(crate) const ID: &str = "signature-used-again";

/// Movements within one call that is looked at; a payment is one, with a fee two.
const FLOWS_MAX: usize = 64;

/// Finds payments that were agreed to once and made again.
pub(crate) struct SignatureUsedAgain {
    card: Arc<RuleCard>,
    soon_seconds: u64,
}

/// What is kept of a signature that something was paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Use {
    digest: B256,
    s: U256,
    by: Address,
    /// What was paid, to whom.
    paid: B256,
    time: u64,
}

impl SignatureUsedAgain {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let soon_seconds = card.parameters.number("soon_seconds", 1..=30 * 86_400)?;
        Ok(Self { card, soon_seconds })
    }
}

impl Detector for SignatureUsedAgain {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Call(Some(Whose::Account(RECOVERS)), None)]
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        // From calls alone it cannot be told what was given in return.
        if facts.logs.is_empty() && facts.writes.is_empty() {
            return;
        }
        let mut payments = Payments { facts, known: KeyedMap::default() };
        // In this transaction, by signature: the call within which it was used last.
        let mut here: KeyedMap<B256, u32> = KeyedMap::default();
        for checked in checked(facts) {
            let Some((entry, paid)) = payments.agreed(&checked) else {
                if let Some(finding) = put_again(ctx, memory, &checked) {
                    out.raise(finding);
                }
                continue;
            };
            // Whoever passes a signature on and whoever checks it again for the same payment use it once.
            if here.insert(checked.r, entry).is_some_and(|last| overlap(facts, last, entry)) {
                continue;
            }
            let now = Use { digest: checked.digest, s: checked.s, by: checked.by, paid, time: ctx.timestamp };
            let key: &[&[u8]] = &[b"paid", checked.r.as_slice()];
            match memory.last(key).and_then(Use::read) {
                Some(last) if last.digest == now.digest && last.paid == now.paid => {
                    if let Some(finding) = self.finding(ctx, (&last, &now), &checked, entry) {
                        out.raise(finding);
                    }
                }
                Some(_) => {}
                None => memory.set_last(key, &now.write()),
            }
        }
    }
}

impl SignatureUsedAgain {
    fn finding(&self, ctx: &TxCtx<'_>, (last, now): (&Use, &Use), checked: &Checked, entry: u32) -> Option<Finding> {
        let facts = ctx.facts;
        let (contract, signer) = (now.by, checked.signer);
        if !ctx.covers(contract) && !ctx.covers(signer) {
            return None;
        }
        let name = ctx.name(contract);
        let is_other_form = last.s != now.s;
        if is_other_form && last.s != checked.other_form() {
            return None;
        }
        let (kind, how, is_sure) = if is_other_form {
            ("signature/malleability", "it is the other form of a signature that had been used".to_owned(), true)
        } else if last.by != contract {
            ("signature/replay", format!("{} had paid the same for it", last.by), true)
        } else {
            // A standing order is written down by whoever carries it out, and is not due again so soon.
            let is_soon = now.time.saturating_sub(last.time) < self.soon_seconds;
            let is_unwritten = !writes(facts, contract, entry);
            let how = if is_unwritten { "nothing was written down that uses it up" } else { "it had been used before" };
            ("signature/missing-nonce", how.to_owned(), is_soon || is_unwritten)
        };
        let protected = ctx.protects(contract);
        let severity = match (is_sure, protected) {
            (true, true) => Severity::Critical,
            (true, false) => Severity::High,
            (false, _) => Severity::Medium,
        };
        let message = format!("{name} paid again for a signature of {signer} that the same had been paid for: {how}");
        let mut finding = Finding::about(contract, message)
            .kind(kind)
            .severity(severity)
            .victim(contract)
            .attacker(facts.from)
            .evidence(EvidenceKind::Call, Some(checked.frame), format!("{contract} accepted it: {how}"));
        let frames = facts.frames.get(entry as usize);
        for flow in frames.map(|frame| within(facts, entry, frame)).unwrap_or_default().iter().take(FLOWS_MAX) {
            let moved =
                format!("{} went from {} to {}", crate::value::words(flow.amount, &flow.asset), flow.from, flow.to);
            finding = finding.evidence(EvidenceKind::Flow, Some(flow.frame), moved).attacker(flow.to);
            if !flow.from.is_zero() {
                finding = finding.victim(flow.from).loss(flow.from, flow.asset, flow.amount, None);
            }
        }
        Some(finding)
    }
}

/// Whether a signature put an account where it had put it before, and another had come in its place meanwhile.
fn put_again(ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, checked: &Checked) -> Option<Finding> {
    let facts = ctx.facts;
    let own = ancestors(&facts.frames, checked.frame).skip(1).take_while(|(_, frame)| frame.target == checked.by);
    let entry = own.last()?.0;
    let write = put(facts, checked.by, entry)?;
    let said = [checked.digest.as_slice(), &write.slot.to_be_bytes::<32>(), &write.after.to_be_bytes::<32>()].concat();
    let key: &[&[u8]] = &[b"put", checked.by.as_slice(), checked.r.as_slice()];
    let Some(last) = memory.last(key).map(<[u8]>::to_vec) else {
        memory.set_last(key, &said);
        return None;
    };
    if last != said || !ctx.covers(checked.by) && !ctx.covers(checked.signer) {
        return None;
    }
    let (contract, signer) = (checked.by, checked.signer);
    let (former, next) = (Address::from_word(write.before.into()), Address::from_word(write.after.into()));
    let name = ctx.name(contract);
    let message = format!(
        "{name} put {next} in the place of {former} for a signature of {signer} that it had put {next} there for before"
    );
    let finding = Finding::about(contract, message)
        .kind("signature/missing-nonce")
        .severity(if ctx.protects(contract) { Severity::Critical } else { Severity::High })
        .victim(contract)
        .victim(signer)
        .attacker(facts.from)
        .evidence(EvidenceKind::Call, Some(checked.frame), format!("{contract} accepted it again"))
        .evidence(EvidenceKind::Storage, Some(write.frame), format!("{former} stood there, and {next} does again"));
    Some(finding)
}

/// The first place of a contract's storage in which another account came to stand within a call.
fn put<'a>(facts: &'a Indexed<'_>, contract: Address, entry: u32) -> Option<&'a Write> {
    // No amount is as large, and none that is packed with something else is as small.
    let is_account = |word: U256| word >> 120 != U256::ZERO && word >> 160 == U256::ZERO;
    let is_put = |write: &&Write| is_account(write.after) && is_account(write.before) && write.before != write.after;
    written(facts, contract, entry).find(is_put)
}

/// What calls paid, each looked into once.
struct Payments<'a> {
    facts: &'a Indexed<'a>,
    known: KeyedMap<u32, Option<B256>>,
}

impl Payments<'_> {
    /// The call of the contract that checked a signature within which it paid somebody, and what.
    fn agreed(&mut self, checked: &Checked) -> Option<(u32, B256)> {
        let facts = self.facts;
        let own = ancestors(&facts.frames, checked.frame).skip(1).take_while(|(_, frame)| frame.target == checked.by);
        for (index, frame) in own {
            if let Some(paid) = *self.known.entry(index).or_insert_with(|| paid(facts, index, frame)) {
                return Some((index, paid));
            }
        }
        None
    }
}

/// Movements within a call.
fn within<'a>(facts: &'a Indexed<'_>, index: u32, frame: &Frame) -> &'a [facts::Flow] {
    let flows = facts.facts().flows.as_slice();
    let first = flows.partition_point(|flow| flow.at < frame.open);
    let end = flows.partition_point(|flow| flow.at <= frame.close);
    let of = flows.get(first..end).unwrap_or_default();
    if of.iter().all(|flow| flow.frame >= index && flow.frame < frame.end) { of } else { &[] }
}

/// Who came by how much within a call in which nobody gave anything for what it got; none if somebody did, or nobody got
/// anything. Of which token it was does not matter: each of several vaults may keep another one.
fn paid(facts: &Indexed<'_>, index: u32, frame: &Frame) -> Option<B256> {
    let flows = within(facts, index, frame);
    if flows.is_empty() || flows.len() > FLOWS_MAX {
        return None;
    }
    let mut rows: std::collections::BTreeMap<(Address, Asset), (U256, U256)> = std::collections::BTreeMap::new();
    for flow in flows {
        let sent = &mut rows.entry((flow.from, flow.asset)).or_default().1;
        *sent = sent.saturating_add(flow.amount);
        let received = &mut rows.entry((flow.to, flow.asset)).or_default().0;
        *received = received.saturating_add(flow.amount);
    }
    let mut said = Vec::new();
    let (mut gained, mut lost) = (Vec::new(), Vec::new());
    for ((account, asset), (received, sent)) in rows.into_iter().filter(|((account, _), _)| !account.is_zero()) {
        if sent > received {
            lost.push(account);
        }
        let Some(gain) = received.checked_sub(sent).filter(|gain| !gain.is_zero()) else { continue };
        gained.push(account);
        said.extend_from_slice(account.as_slice());
        if let Asset::Erc721(_, id) | Asset::Erc1155(_, id) = asset {
            said.extend_from_slice(&id.to_be_bytes::<32>());
        }
        said.extend_from_slice(&gain.to_be_bytes::<32>());
    }
    (!gained.is_empty() && !gained.iter().any(|account| lost.contains(account))).then(|| keccak256(said))
}

/// Whether a contract's own storage changed within a call.
fn writes(facts: &Indexed<'_>, contract: Address, index: u32) -> bool {
    written(facts, contract, index).next().is_some()
}

/// What a contract wrote within a call.
fn written<'a>(facts: &'a Indexed<'_>, contract: Address, index: u32) -> impl Iterator<Item = &'a Write> + 'a {
    let call = facts.frames.get(index as usize);
    let within = call.map_or(&[][..], |call| books::written(facts, call));
    within.iter().filter(move |write| write.address == contract)
}

/// Whether one of two calls was made within the other.
fn overlap(facts: &Indexed<'_>, one: u32, other: u32) -> bool {
    let holds = |outer: u32, inner: u32| {
        facts.frames.get(outer as usize).is_some_and(|frame| (outer..frame.end).contains(&inner))
    };
    holds(one, other) || holds(other, one)
}

impl Use {
    fn write(&self) -> Vec<u8> {
        let time = self.time.to_be_bytes();
        let s = self.s.to_be_bytes::<32>();
        [self.digest.as_slice(), &s, self.by.as_slice(), self.paid.as_slice(), &time].concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (digest, rest) = bytes.split_at_checked(32)?;
        let (s, rest) = rest.split_at_checked(32)?;
        let (by, rest) = rest.split_at_checked(20)?;
        let (paid, time) = rest.split_at_checked(32)?;
        Some(Self {
            digest: B256::from_slice(digest),
            s: U256::from_be_slice(s),
            by: Address::from_slice(by),
            paid: B256::from_slice(paid),
            time: u64::from_be_bytes(time.try_into().ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_read_as_it_was_written() {
        let (digest, paid) = (B256::repeat_byte(1), B256::repeat_byte(3));
        let used = Use { digest, s: U256::from(77), by: Address::repeat_byte(2), paid, time: 12 };
        assert_eq!(Use::read(&used.write()), Some(used));
    }
}
