//! Whom a contract pays for others was replaced, for several of them by the same account, and that account is paid.
//!
//! Names, identities and persons stand in mappings, with an account for each. Whoever rents a name that lapsed, finds a door
//! to a registry or has an official's key puts one account in the place of many, and waits for what is paid to them.

use std::{collections::BTreeSet, sync::Arc};

use case::{EvidenceKind, Severity};
use facts::{Address, B256, U256, Write};

use crate::{DetectError, Detector, Finding, Findings, Indexed, MemoryView, RuleCard, TxCtx, Wake, value::words};

pub(crate) const ID: &str = "payee-replaced";

/// Members of a struct that stands under one key of a mapping.
const MEMBERS_MAX: u64 = 4;
/// How Solidity marks a string of twenty bytes.
const SHORT_BYTES: u64 = 2 * 20;
/// Words of a refused call that may name somebody.
const NAMED_MAX: usize = 8;
/// Of what was put in place how it came to be.
const TAKEN: u8 = 1;
/// The same.
const REFUSED: u8 = 2;

/// Finds accounts that stand in the place of others, and what they are paid.
pub(crate) struct PayeeReplaced {
    card: Arc<RuleCard>,
    entries_min: usize,
    senders_min: usize,
}

/// An entry that names another account than before.
struct Placed {
    before: Address,
    after: Address,
    signs: u8,
}

impl PayeeReplaced {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let number = |name| card.parameters.number(name, 1..=200);
        let small = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let (entries_min, senders_min) = (small(number("entries_min")?), small(number("senders_min")?));
        Ok(Self { card, entries_min, senders_min })
    }
}

impl Detector for PayeeReplaced {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Tx]
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        if !ctx.facts.succeeded() {
            refused(ctx.facts, memory);
            return;
        }
        self.placed(ctx, memory, out);
        if !ctx.facts.flows.is_empty() {
            self.paid(ctx, memory, out);
        }
    }
}

impl PayeeReplaced {
    /// Notes entries that name another account now.
    fn placed(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        let renamed = |write: &Write| Some((account(write.before)?, account(write.after)?));
        let changed = facts.writes.iter().filter_map(|write| Some((write, renamed(write)?)));
        let changed: Vec<_> =
            changed.filter(|(write, (before, after))| before != after && is_entry(facts, write)).collect();
        if changed.is_empty() {
            return;
        }
        // Somebody made itself or its contract the owner of what others owned, who took no part.
        let takes = |before: Address, after: Address| {
            !facts.takes_part(before) && (after == facts.from || facts.frames_by(after).next().is_some())
        };
        if changed.iter().any(|(_, (before, after))| takes(*before, *after)) {
            memory.set_last(&[b"took", facts.from.as_slice()], &[]);
        }
        let taken = if memory.last(&[b"took", facts.from.as_slice()]).is_some() { TAKEN } else { 0 };
        let mut told = BTreeSet::new();
        for (write, (before, after)) in changed {
            let senders = tries(facts, memory, write, after);
            let is_tried = senders >= self.senders_min;
            let signs = taken | if is_tried { REFUSED } else { 0 };
            let key: &[&[u8]] = &[b"entry", write.address.as_slice(), &write.slot.to_be_bytes::<32>()];
            // Whose it was before the first of several hands.
            let first = memory.last(key).and_then(Placed::read).map_or(before, |known| known.before);
            memory.set_last(key, &Placed { before: first, after, signs }.write());
            if is_tried && told.insert(after) && ctx.covers(write.address) {
                out.raise(self.tried(ctx, write, (before, after), senders));
            }
        }
    }

    /// Says what an account that stands in the place of several others is paid by contracts that look it up.
    fn paid(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        let looked_up = facts.reads.iter().filter_map(|read| Some((read, account(read.value)?)));
        let mut payees = BTreeSet::new();
        for (read, named) in looked_up.filter(|(_, named)| facts.flows_to(*named).next().is_some()) {
            let Some(frame) = facts.frames.get(read.frame as usize) else { continue };
            let key: &[&[u8]] = &[b"entry", frame.target.as_slice(), &read.slot.to_be_bytes::<32>()];
            let Some(placed) = memory.last(key).and_then(Placed::read) else { continue };
            // Whoever is sent something by whom he put in place of himself pays himself.
            if named != placed.after || facts.from == placed.after {
                continue;
            }
            let payee = placed.after;
            memory.insert(&[b"instead-of", payee.as_slice()], placed.before.as_slice());
            if placed.signs != 0 {
                memory.insert(&[b"signs", payee.as_slice()], &[placed.signs]);
            }
            payees.insert((payee, frame.target));
        }
        for (payee, registry) in payees {
            let instead_of = memory.distinct(&[b"instead-of", payee.as_slice()]);
            if instead_of < self.entries_min || !ctx.covers(registry) {
                continue;
            }
            let is_hostile = memory.distinct(&[b"signs", payee.as_slice()]) > 0;
            out.raise(self.stands_in(ctx, (payee, registry), instead_of, is_hostile));
        }
    }

    fn tried(&self, ctx: &TxCtx<'_>, write: &Write, (before, after): (Address, Address), senders: usize) -> Finding {
        let name = name(ctx, write.address);
        let message =
            format!("{after} was put in the place of {before} at {name}, after {senders} others were refused that");
        severe(ctx, Finding::about(write.address, message), write.address, true)
            .kind("identity/unauthorised-attempt")
            .key(after)
            .victim(before)
            .victim(write.address)
            .attacker(ctx.facts.from)
            .attacker(after)
            .evidence(EvidenceKind::Storage, Some(write.frame), format!("{name} names {after} where it named {before}"))
    }

    fn stands_in(
        &self,
        ctx: &TxCtx<'_>,
        (payee, registry): (Address, Address),
        instead_of: usize,
        is_hostile: bool,
    ) -> Finding {
        let facts = ctx.facts;
        let name = name(ctx, registry);
        let message = format!("{payee} is paid in the place of {instead_of} others that {name} named before");
        let finding = severe(ctx, Finding::about(registry, message), registry, is_hostile);
        let mut finding = finding.key(payee).victim(registry).attacker(payee);
        for flow in facts.flows_to(payee).take(16) {
            let what = words(flow.amount, &flow.asset);
            finding = finding.victim(flow.from).loss(flow.from, flow.asset, flow.amount, None).evidence(
                EvidenceKind::Flow,
                Some(flow.frame),
                format!("{what} went to {payee}"),
            );
        }
        finding
    }
}

fn severe(ctx: &TxCtx<'_>, finding: Finding, about: Address, is_hostile: bool) -> Finding {
    finding.severity(match (is_hostile, ctx.protects(about)) {
        (true, true) => Severity::Critical,
        (true, false) => Severity::High,
        (false, _) => Severity::Medium,
    })
}

fn name(ctx: &TxCtx<'_>, contract: Address) -> String {
    ctx.name(contract)
}

/// Notes whom a refused call names, at which function.
fn refused(facts: &Indexed<'_>, memory: &mut MemoryView<'_>) {
    let Some(call) = facts.frames.first() else { return };
    // Whoever refuses says why; running out of gas is no refusal.
    let (Some(selector), false) = (call.selector(), call.output.is_empty()) else { return };
    for named in named(&call.input).filter(|named| *named != facts.from && *named != call.target) {
        let key: &[&[u8]] = &[b"refused", call.target.as_slice(), selector.as_slice(), named.as_slice()];
        memory.insert(key, facts.from.as_slice());
    }
}

/// How many others were refused what put this account in place.
fn tries(facts: &Indexed<'_>, memory: &MemoryView<'_>, write: &Write, after: Address) -> usize {
    let calls =
        crate::value::ancestors(&facts.frames, write.frame).filter_map(|(_, frame)| Some((frame, frame.selector()?)));
    let tried = calls.map(|(frame, selector)| {
        let key: &[&[u8]] = &[b"refused", frame.target.as_slice(), selector.as_slice(), after.as_slice()];
        memory.distinct(key) - usize::from(memory.contains(key, facts.from.as_slice()))
    });
    tried.max().unwrap_or(0)
}

/// Accounts among the arguments of a call.
fn named(input: &[u8]) -> impl Iterator<Item = Address> + '_ {
    let words = input.get(4..).unwrap_or_default().chunks_exact(32).take(NAMED_MAX);
    words.map(U256::from_be_slice).filter(|word| word.bit_len() <= 160).filter_map(account)
}

/// Whether a write is to an entry of a mapping that is no collection's, which has owners and is sold, and that does not
/// stand under the sender's own name, who may do with it as he likes.
fn is_entry(facts: &Indexed<'_>, write: &Write) -> bool {
    let mut keys = facts.keys_near(write.slot, MEMBERS_MAX).peekable();
    keys.peek().is_some() && !keys.any(|key| key.names(facts.from)) && !facts.is_token(write.address)
}

/// The account that a word holds: alone, below a small number, or as the bytes of a short string, as ENS keeps it.
fn account(word: U256) -> Option<Address> {
    if word.is_zero() {
        return None;
    }
    let is_text = word.as_limbs()[0] == SHORT_BYTES && word.as_limbs()[1] & u64::from(u32::MAX) == 0;
    let word = if is_text { word >> 96 } else { word };
    // What is smaller is a number, what is larger a hash.
    let low: U256 = word & (U256::MAX >> 96);
    (word.bit_len() <= 224 && low.bit_len() > 128).then(|| Address::from_word(B256::from(low)))
}

impl Placed {
    fn write(&self) -> Vec<u8> {
        [self.before.as_slice(), self.after.as_slice(), &[self.signs]].concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (before, rest) = bytes.split_at_checked(20)?;
        let (after, signs) = rest.split_at_checked(20)?;
        let [signs] = signs else { return None };
        Some(Self { before: Address::from_slice(before), after: Address::from_slice(after), signs: *signs })
    }
}
