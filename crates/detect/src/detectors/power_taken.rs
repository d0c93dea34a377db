//! Somebody was given power over a contract, and nobody who had it took part.
//!
//! Whoever hands an owner's place, an admin's, a role or a proxy's code on is asked by the contract whether it may. That
//! can be seen: the old holder is on the way from the sender to the change, or the contract consulted something that
//! names its caller. Where neither is so, the door was open.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, Change, ChangeKind, KeyedMap, U256};

use crate::{
    DetectError, Detector, Finding, Findings, Indexed, MemoryView, RuleCard, Scope, TxCtx, Wake,
    announced::Deed,
    authority::{Guard, entry_of, guard, on_the_way, vouched_for},
    origins,
};

pub(crate) const ID: &str = "power-taken";

/// Finds changes of who may do what that nobody was asked about.
pub(crate) struct PowerTaken {
    card: Arc<RuleCard>,
}

impl PowerTaken {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        Ok(Self { card })
    }
}

impl Detector for PowerTaken {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Change]
    }

    fn asks_origins(&self, _: &Scope) -> bool {
        true
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        // Without storage nobody can tell who was asked.
        if facts.writes.is_empty() {
            return;
        }
        let mut guards = Guards { facts, known: KeyedMap::default() };
        let mut said: KeyedMap<Address, ()> = KeyedMap::default();
        for change in &facts.changes {
            if said.contains_key(&change.contract) || !ctx.covers(change.contract) {
                continue;
            }
            // Whoever put a contract in place is no stranger to it.
            let maker = origins::entity(memory, change.contract);
            if maker.is_some_and(|maker| maker == facts.from) {
                continue;
            }
            if let Some((entry, how)) = unasked(&mut guards, change) {
                said.insert(change.contract, ());
                // It speaks for all of them: an announcement of one excuses none of the others.
                let of_it = facts.changes.iter().filter(|other| other.contract == change.contract);
                let is_only = of_it.filter(|other| unasked(&mut guards, other).is_some()).count() == 1;
                let deed = is_only.then(|| Deed::of_change(change));
                out.raise(finding(ctx, change, entry, how).deed(deed));
            }
        }
    }
}

/// How entries let their callers in, each looked into once: a call may change a thousand things.
struct Guards<'a> {
    facts: &'a Indexed<'a>,
    known: KeyedMap<u32, Guard>,
}

impl Guards<'_> {
    fn of(&mut self, entry: u32) -> Guard {
        *self.known.entry(entry).or_insert_with(|| guard(self.facts, entry))
    }
}

/// The frame by which the contract was entered that changed without anybody being asked, and how it let its caller in.
fn unasked(guards: &mut Guards<'_>, change: &Change) -> Option<(u32, Guard)> {
    let facts = guards.facts;
    let is_new = facts.is_new(change.contract);
    let gives_up = matches!(change.kind, ChangeKind::RoleRevoked(_)) || change.after.is_zero();
    if is_new || gives_up || change.before == Some(change.after) {
        return None;
    }
    let entry = entry_of(facts, change.frame);
    if facts.frames.get(entry as usize)?.target != change.contract {
        return None;
    }
    if let Some(before) = change.before {
        let holder = Address::from_word(before);
        // Somebody has to be the first.
        if before.is_zero() {
            return None;
        }
        if change.kind != ChangeKind::Implementation && on_the_way(facts, entry, holder) {
            return None;
        }
    }
    let how = guards.of(entry);
    let mut vouched = || how == Guard::Asked && vouched_for(facts, entry, |entry| guards.of(entry));
    if how == Guard::Named || accepted(facts, change) || vouched() {
        return None;
    }
    Some((entry, how))
}

/// Whether the new holder had been named before and only accepts: the slot that waited for it is cleared.
fn accepted(facts: &Indexed<'_>, change: &Change) -> bool {
    let after = U256::from_be_bytes(change.after.0);
    !after.is_zero() && facts.clears(change.contract, after)
}

fn finding(ctx: &TxCtx<'_>, change: &Change, entry: u32, how: Guard) -> Finding {
    let contract = change.contract;
    let name = ctx.name(contract);
    let (kind, what) = match change.kind {
        ChangeKind::RoleGranted(_) | ChangeKind::RoleRevoked(_) => ("access/role-takeover", "a role"),
        ChangeKind::Owner => ("access/ownership-transfer", "the owner's place"),
        ChangeKind::Admin => ("access/malicious-upgrade", "the admin's place"),
        ChangeKind::Implementation | ChangeKind::Beacon => ("access/malicious-upgrade", "the code"),
    };
    let after = Address::from_word(change.after);
    let message = format!("{what} of {name} went to {after}, and nobody who had a say in it took part");
    let asked = match how {
        Guard::Open => format!("{name} did not look at who called it"),
        _ => format!("nothing that {name} consulted names its caller"),
    };
    let mut finding = Finding::about(contract, message.clone())
        .kind(kind)
        .victim(contract)
        .attacker(ctx.facts.from)
        .evidence(EvidenceKind::Storage, Some(change.frame), message)
        .evidence(EvidenceKind::Call, Some(entry), asked);
    if matches!(change.kind, ChangeKind::RoleGranted(_) | ChangeKind::Owner | ChangeKind::Admin) {
        finding = finding.attacker(after);
    }
    if ctx.protects(contract) {
        finding = finding.severity(Severity::Critical);
    }
    finding
}
