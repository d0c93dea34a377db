//! Somebody was put in place to own a name or to speak for an identity, and nobody who had a say in it was asked.
//!
//! Registries of names and identities (ENS, ERC-1056), identity contracts (ERC-725, ERC-734, ERC-735) and registrars say in
//! their own events who was put in. Whoever held the place before either takes part, or signs, or somebody whom the registry
//! names does it for him: and who that is, has to ask its own caller. Where nobody on that way asks, anybody may.

mod books;
mod entry;

use std::sync::Arc;

use alloy_primitives::{B256, keccak256};
use books::Books;
use case::{EvidenceKind, Severity};
use entry::{Entry, FORMS, Form};
use facts::{Address, FrameKind, KeyedMap};

use crate::{
    DetectError, Detector, Finding, Findings, Indexed, MemoryView, RuleCard, TxCtx, Wake,
    authority::{Guard, entry_of, guard, known_by_hash, on_the_way, signatures::signed_by, signed_before, signed_once},
};

pub(crate) const ID: &str = "owner-unasked";

/// What registrars say when somebody rents a name or proves that he has it elsewhere: the place was free, or is his.
const RENTED: [&str; 4] = [
    "NameRegistered(string,bytes32,address,uint256,uint256)",
    "NameRegistered(uint256,address,uint256)",
    "NameRegistered(bytes32,address,uint256)",
    "Claim(bytes32,address,bytes,uint32)",
];
/// What a contract answers that agrees to a signature (ERC-1271, and as it was before).
const AGREES: [[u8; 4]; 2] = [[0x16, 0x26, 0xba, 0x7e], [0x20, 0xc1, 0x3b, 0x0b]];
/// Events of one transaction that are looked into; a registry that tells more is told of by these.
const EVENTS_MAX: usize = 256;
/// Contracts on the way that are asked.
const STEPS_MAX: usize = 16;

/// Finds owners, keys and controllers that nobody was asked about.
pub(crate) struct OwnerUnasked {
    card: Arc<RuleCard>,
    forms: Vec<(B256, Form)>,
    rented: Vec<B256>,
}

impl OwnerUnasked {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let forms = FORMS.iter().map(|(event, form)| (keccak256(event), *form)).collect();
        Ok(Self { card, forms, rented: RENTED.iter().map(keccak256).collect() })
    }

    /// What the events of a transaction say, oldest first.
    fn entries(&self, ctx: &TxCtx<'_>) -> Vec<Entry> {
        let read = |log: &facts::Log| {
            let (_, form) = self.forms.iter().find(|(topic, _)| log.topics.first() == Some(topic))?;
            Entry::read(*form, log, ctx.timestamp)
        };
        ctx.facts.logs.iter().filter_map(read).take(EVENTS_MAX).collect()
    }

    /// Whether the contract that let anybody in rents places out: it is paid for them, or says that one was free.
    fn is_rented(&self, facts: &Indexed<'_>, contract: Address) -> bool {
        let says = |log: &facts::Log| {
            log.address == contract && log.topics.first().is_some_and(|topic| self.rented.contains(topic))
        };
        facts.flows_to(contract).next().is_some() || facts.logs.iter().any(says)
    }
}

/// How a place was given away, by the frame in which somebody should have asked.
#[derive(Debug, Clone, Copy)]
struct Unasked {
    frame: u32,
    contract: Address,
    /// Whether that contract looked at its caller at all.
    looked: bool,
}

impl Detector for OwnerUnasked {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        self.forms.iter().map(|(topic, _)| Wake::Topic(*topic)).collect()
    }

    fn tx(&self, ctx: &TxCtx<'_>, _: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        // Without storage nobody can tell who was asked.
        if facts.reads.is_empty() && facts.writes.is_empty() {
            return;
        }
        let entries = self.entries(ctx);
        let books = Books::of(facts, &entries);
        let mut asking = Asking { facts, unasked: KeyedMap::default(), signed: KeyedMap::default() };
        let mut fresh: KeyedMap<(Address, B256), ()> = KeyedMap::default();
        let mut found: Vec<(Entry, Vec<Address>, Unasked, usize)> = Vec::new();
        for entry in entries {
            let holders = books.holders(facts, &entry);
            let watched = ctx.covers(entry.registry) || holders.iter().any(|holder| ctx.protects(*holder));
            if !watched || facts.is_new(entry.registry) {
                continue;
            }
            if entry.form.is_place() && holders.is_empty() {
                // Somebody has to be the first, and may at once say more about what is his.
                fresh.insert((entry.registry, entry.identity), ());
            }
            if fresh.contains_key(&(entry.registry, entry.identity)) || books.is_idle(&entry) {
                continue;
            }
            let door = door(facts, entry.frame, entry.registry);
            if holders.iter().any(|holder| asking.agrees(door, *holder)) {
                continue;
            }
            let Some(unasked) = asking.nobody(door, entry.form) else { continue };
            if self.is_rented(facts, unasked.contract) {
                continue;
            }
            match found.iter_mut().find(|(known, ..)| known.registry == entry.registry) {
                Some((.., more)) => *more += 1,
                None => found.push((entry, holders, unasked, 0)),
            }
        }
        for (entry, holders, unasked, more) in &found {
            out.raise(self.finding(ctx, entry, holders, unasked, *more));
        }
    }
}

impl OwnerUnasked {
    fn finding(&self, ctx: &TxCtx<'_>, entry: &Entry, holders: &[Address], unasked: &Unasked, more: usize) -> Finding {
        let registry = entry.registry;
        let ours = holders.iter().copied().find(|holder| ctx.protects(*holder)).filter(|_| !ctx.protects(registry));
        let subject = ours.unwrap_or(registry);
        let (what, whose) = (entry.says(), entry.whose());
        let others = if more > 0 { format!(", and {more} more in the same way") } else { String::new() };
        let message =
            format!("{what} {whose} at {}, and nobody who had a say in it was asked{others}", ctx.name(registry));
        let asked = match unasked.looked {
            false => format!("{} did not look at who called it", ctx.name(unasked.contract)),
            true => format!("nothing that {} consulted names its caller", ctx.name(unasked.contract)),
        };
        let mut finding = Finding::about(subject, message.clone())
            .kind(entry.form.kind())
            .key(registry)
            .attacker(ctx.facts.from)
            .victim(registry)
            .evidence(EvidenceKind::Log, Some(entry.frame), message)
            .evidence(EvidenceKind::Call, Some(unasked.frame), asked);
        for holder in holders {
            finding = finding.victim(*holder).evidence(EvidenceKind::Storage, None, format!("{holder} held it before"));
        }
        if let Some(next) = entry.next.filter(|_| entry.form.names_next()) {
            finding = finding.attacker(next);
        }
        // Keys stand in storage, and would have been seen. Elsewhere it may be an address in the code that was compared.
        if unasked.looked && entry.form != Form::Key {
            let usual = if ctx.protects(subject) { self.card.severity } else { self.card.severity_elsewhere };
            finding = finding.severity(usual.min(Severity::Medium));
        }
        finding
    }
}

/// The frame by which somebody else came in, from whom the registry may be asked to call itself.
fn door(facts: &Indexed<'_>, frame: u32, registry: Address) -> u32 {
    let mut at = entry_of(facts, frame);
    for _ in 0..STEPS_MAX {
        let Some(parent) = facts.frames.get(at as usize).filter(|frame| frame.caller == registry) else { break };
        let Some(parent) = parent.parent else { break };
        at = entry_of(facts, parent);
    }
    at
}

/// Who was asked, each looked into once: a call may put in thousands.
struct Asking<'a> {
    facts: &'a Indexed<'a>,
    unasked: KeyedMap<(u32, bool), Option<Unasked>>,
    signed: KeyedMap<Address, bool>,
}

impl Asking<'_> {
    /// Whether a holder takes part, or signed.
    fn agrees(&mut self, door: u32, holder: Address) -> bool {
        let facts = self.facts;
        on_the_way(facts, door, holder) || *self.signed.entry(holder).or_insert_with(|| has_signed(facts, holder))
    }

    /// Where nobody was asked, if nobody was.
    fn nobody(&mut self, door: u32, form: Form) -> Option<Unasked> {
        let (facts, is_key) = (self.facts, form == Form::Key);
        *self.unasked.entry((door, is_key)).or_insert_with(|| nobody_asked(facts, door, is_key))
    }
}

fn has_signed(facts: &Indexed<'_>, holder: Address) -> bool {
    let answers = |output: &[u8]| output.len() == 32 && AGREES.iter().any(|magic| output.starts_with(magic));
    signed_by(facts, holder).is_some()
        || facts.frames_of(holder).any(|(_, frame)| frame.kind == FrameKind::StaticCall && answers(&frame.output))
}

/// Where nobody was asked, if nobody was: at the registry itself, or at a contract that the registry obeys. Whoever keeps keys
/// in its storage would have been seen to look there.
fn nobody_asked(facts: &Indexed<'_>, door: u32, is_key: bool) -> Option<Unasked> {
    let mut at = door;
    for _ in 0..STEPS_MAX {
        let frame = facts.frames.get(at as usize)?;
        if facts.is_new(frame.target) || signed_once(facts, at) || signed_before(facts, at) {
            return None;
        }
        let how = if known_by_hash(facts, at) { Guard::Named } else { guard(facts, at) };
        let here = |looked| Unasked { frame: at, contract: frame.target, looked };
        match how {
            Guard::Open => return Some(here(false)),
            Guard::Asked if at == door && (is_key || frame.caller == facts.from) => return Some(here(true)),
            // An address in its code: what that one asked is what counts.
            Guard::Asked => {}
            Guard::Named if at == door => {}
            Guard::Named => return None,
        }
        // It obeys a person.
        if frame.caller == facts.from {
            return None;
        }
        at = entry_of(facts, frame.parent?);
    }
    None
}
