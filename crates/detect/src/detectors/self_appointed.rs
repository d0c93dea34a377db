//! Whoever was paid had let himself in: what the contract knew him by, he had written there, and nobody was asked.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, KeyedMap, U256, Write};

use crate::{
    DetectError, Detector, Finding, Findings, Indexed, MemoryView, RuleCard, Scope, TxCtx, Wake,
    authority::{consulted, entry_of},
    origins,
    value::{Claims, Unreturned, percent, unreturned, words},
};

pub(crate) const ID: &str = "self-appointed";

/// Writes of one transaction that are looked at: whoever appoints himself needs few.
const WRITES_MAX: usize = 64;
/// Members of a struct that stands under one key of a mapping.
const MEMBERS_MAX: u64 = 8;
/// A number that no address is as small as.
const SMALL: U256 = U256::from_limbs([0, 1, 0, 0]);

/// Finds payments to whoever made himself somebody.
pub(crate) struct SelfAppointed {
    card: Arc<RuleCard>,
    share_bp_owner: u16,
    share_bp_member: u16,
}

/// In whose place somebody put himself: another's, one that a contract's maker had left empty, or his own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Taken,
    First,
    Own,
}

impl SelfAppointed {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let share = |name| card.parameters.number(name, 1..=10_000).map(|bp| u16::try_from(bp).unwrap_or(10_000));
        let (share_bp_owner, share_bp_member) = (share("share_bp_owner")?, share("share_bp_member")?);
        Ok(Self { card, share_bp_owner, share_bp_member })
    }

    /// The place that a payment rests on, if its taker put himself there and nothing else speaks for him.
    fn rests_on(&self, facts: &Indexed<'_>, memory: &MemoryView<'_>, row: &Unreturned) -> Option<(u32, Place)> {
        let entry = row.entry(facts)?;
        let asked = consulted(facts, entry)?;
        if asked.others || asked.own.is_empty() {
            return None;
        }
        let places = asked.own.iter().map(|read| made(memory, row.account, read.slot));
        let places: Option<Vec<Place>> = places.collect();
        let places = places?;
        let place = [Place::Taken, Place::First].into_iter().find(|place| places.contains(place)).unwrap_or(Place::Own);
        let share_min = if place == Place::Taken { self.share_bp_owner } else { self.share_bp_member };
        row.share_bp.is_some_and(|share| share >= share_min).then_some((entry, place))
    }
}

impl Detector for SelfAppointed {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Work]
    }

    fn asks_origins(&self, _: &Scope) -> bool {
        true
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        if !facts.succeeded() || facts.reads.is_empty() && facts.writes.is_empty() {
            return;
        }
        note(ctx, memory);
        let has_some = |account: Address| memory.last(&[b"some", account.as_slice()]).is_some();
        if !facts.net().iter().any(|net| !net.loss().is_zero() && has_some(net.account)) {
            return;
        }
        let mut drivers = vec![facts.from];
        drivers.extend(facts.codes.iter().map(|code| code.address));
        let counts = |account| ctx.covers(account) && has_some(account);
        for row in unreturned(facts, &drivers, Claims::BalancesAndDebts, counts) {
            if facts.gains(row.account) {
                continue;
            }
            if let Some((entry, place)) = self.rests_on(facts, memory, &row) {
                out.raise(finding(ctx, &row, entry, place));
            }
        }
    }
}

/// Remembers where somebody wrote himself into a contract that did not ask who he was and that he did not pay.
fn note(ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>) {
    let facts = ctx.facts;
    let mut known: KeyedMap<u32, bool> = KeyedMap::default();
    for write in facts.writes.iter().take(WRITES_MAX) {
        let may_be = write.after == U256::ONE || write.after > SMALL && write.after >> 160 == U256::ZERO;
        if !may_be || facts.is_new(write.address) || !ctx.covers(write.address) {
            continue;
        }
        let entry = entry_of(facts, write.frame);
        let Some(frame) = facts.frames.get(entry as usize) else { continue };
        let is_foreign = || origins::entity(memory, write.address).is_some_and(|maker| maker != facts.from);
        let place = place(facts, write, frame.caller, is_foreign).filter(|_| frame.target == write.address);
        let Some(place) = place else { continue };
        if facts.gains(write.address) || *known.entry(entry).or_insert_with(|| was_asked(facts, entry)) {
            continue;
        }
        let kept: &[&[u8]] = &[b"made", write.address.as_slice(), &write.slot.to_be_bytes::<32>()];
        memory.set_last(kept, &[place.mark()]);
        memory.set_last(&[b"some", write.address.as_slice()], &[]);
    }
}

/// Whether the contract compared its caller with something. That nothing is written under his name is no answer.
fn was_asked(facts: &Indexed<'_>, entry: u32) -> bool {
    let asked = consulted(facts, entry);
    asked.is_none_or(|asked| asked.others || asked.own.iter().any(|read| !read.value.is_zero()))
}

/// What a write made of whoever called: a flag under his name where there was none, or he stands where another stood, or, in
/// a contract that somebody else had made, where nobody did. Whom a tool of his writes down is he as well.
fn place(facts: &Indexed<'_>, write: &Write, caller: Address, is_foreign: impl Fn() -> bool) -> Option<Place> {
    if write.after == U256::ONE {
        let is_own = write.before.is_zero() && facts.keys_near(write.slot, 1).any(|key| key.names(caller));
        return is_own.then_some(Place::Own);
    }
    let is = |who: Address| write.after == U256::from_be_bytes(who.into_word().0);
    let was_another = write.before > SMALL && write.before >> 160 == U256::ZERO;
    if is(caller) && was_another {
        return Some(Place::Taken);
    }
    let is_empty = || write.before.is_zero() && facts.keys_near(write.slot, MEMBERS_MAX).next().is_none();
    ((is(caller) || is(facts.from)) && is_empty() && is_foreign()).then_some(Place::First)
}

fn made(memory: &MemoryView<'_>, contract: Address, slot: U256) -> Option<Place> {
    let kept = memory.last(&[b"made", contract.as_slice(), &slot.to_be_bytes::<32>()])?;
    [Place::Taken, Place::First, Place::Own].into_iter().find(|place| kept == [place.mark()])
}

impl Place {
    fn mark(self) -> u8 {
        match self {
            Self::Own => 0,
            Self::Taken => 1,
            Self::First => 2,
        }
    }
}

fn finding(ctx: &TxCtx<'_>, row: &Unreturned, entry: u32, place: Place) -> Finding {
    let (victim, from) = (row.account, ctx.facts.from);
    let name = ctx.name(victim);
    let share = row.share_bp.map(percent).unwrap_or_default();
    let message = format!("{name} paid {share} of what it held to somebody who had made himself its officer");
    let asked = match place {
        Place::Taken => {
            "what it knew its caller by, the caller had written over somebody else's name without being asked"
        }
        Place::First => "what it knew its caller by, the caller had written where its maker had written nothing yet",
        Place::Own => "what it knew its caller by, the caller had written under his own name without being asked",
    };
    let moved = format!("{} left {name} and nothing came back", words(row.amount, &row.asset));
    let finding = Finding::about(victim, message)
        .victim(victim)
        .attacker(from)
        .evidence(EvidenceKind::Flow, Some(row.frame), moved)
        .evidence(EvidenceKind::Storage, Some(entry), asked)
        .loss(victim, row.asset, row.amount, row.share_bp);
    let finding = match place {
        Place::Taken => finding.kind("access/ownership-transfer"),
        Place::First => finding.kind("access/initializer"),
        Place::Own => finding,
    };
    if ctx.protects(victim) { finding.severity(Severity::Critical) } else { finding }
}
