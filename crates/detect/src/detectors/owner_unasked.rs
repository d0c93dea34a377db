//! Somebody was put in place to own a name or to speak for an identity, and nobody who had a say in it was asked.
//!
//! Registries of names and identities (ENS, ERC-1056), identity contracts (ERC-725, ERC-734, ERC-735) and registrars say in
//! their own events who was put in. Whoever held the place before either takes part, or signs, or somebody whom the registry
//! names does it for him: and who that is, has to ask its own caller. Where nobody on that way asks, anybody may.

mod entry;

use std::sync::Arc;

use alloy_primitives::{B256, keccak256};
use case::{EvidenceKind, Severity};
use entry::{Entry, FORMS, Form};
use facts::{Address, FrameKind, KeyedMap, U256};

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
/// Members of a record that stands under one name.
const MEMBERS_MAX: u64 = 16;

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
        let mut fresh: KeyedMap<(Address, B256), ()> = KeyedMap::default();
        let mut found: Vec<(Entry, Vec<Address>, Unasked, usize)> = Vec::new();
        for entry in self.entries(ctx) {
            let holders = holders(facts, &entry);
            let watched = ctx.covers(entry.registry) || holders.iter().any(|holder| ctx.protects(*holder));
            if !watched || facts.is_new(entry.registry) {
                continue;
            }
            if entry.form.is_place() && holders.is_empty() {
                // Somebody has to be the first, and may at once say more about what is his.
                fresh.insert((entry.registry, entry.identity), ());
            }
            if fresh.contains_key(&(entry.registry, entry.identity)) || entry.is_idle(facts) {
                continue;
            }
            let door = door(facts, entry.frame, entry.registry);
            if holders.iter().any(|holder| agrees(facts, door, *holder)) {
                continue;
            }
            let Some(unasked) = nobody_asked(facts, door, entry.form) else { continue };
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

/// Who held the place before, or owns what it is a place of: the identity itself, whom the storage named under it, and whom
/// the new holder replaced.
fn holders(facts: &Indexed<'_>, entry: &Entry) -> Vec<Address> {
    let address = |word: U256| {
        let word = B256::from(word);
        (word[..12] == [0; 12] && word[12..] != [0; 20]).then(|| Address::from_word(word))
    };
    let mut holders: Vec<Address> = entry.itself().into_iter().collect();
    let is_under = |slot: U256| facts.keys_near(slot, MEMBERS_MAX).any(|key| key.words.contains(&entry.identity));
    let own = |frame: u32| facts.frames.get(frame as usize).is_some_and(|frame| frame.target == entry.registry);
    for write in facts.writes.iter().filter(|write| write.address == entry.registry && write.at < entry.at) {
        let replaced = entry.next.is_some() && address(write.after) == entry.next && entry.form.is_place();
        if replaced || (entry.form.has_owner_beside() && is_under(write.slot)) {
            holders.extend(address(write.before));
        }
    }
    let first_write = facts.writes.iter().find(|write| write.address == entry.registry && is_under(write.slot));
    let before = first_write.map_or(entry.at, |write| write.at);
    let reads = facts.reads.iter().filter(|read| read.at < before && own(read.frame) && is_under(read.slot));
    holders.extend(reads.filter_map(|read| address(read.value)));
    holders.retain(|holder| Some(*holder) != entry.next);
    holders.sort_unstable();
    holders.dedup();
    holders
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

/// Whether a holder takes part, or signed.
fn agrees(facts: &Indexed<'_>, door: u32, holder: Address) -> bool {
    let answers = |output: &[u8]| output.len() == 32 && AGREES.iter().any(|magic| output.starts_with(magic));
    on_the_way(facts, door, holder)
        || signed_by(facts, holder).is_some()
        || facts.frames_of(holder).any(|(_, frame)| frame.kind == FrameKind::StaticCall && answers(&frame.output))
}

/// Where nobody was asked, if nobody was: at the registry itself, or at a contract that the registry obeys.
fn nobody_asked(facts: &Indexed<'_>, door: u32, form: Form) -> Option<Unasked> {
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
            Guard::Asked if at == door && (form == Form::Key || frame.caller == facts.from) => return Some(here(true)),
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
