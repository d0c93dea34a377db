//! A contract paid people out of what it owes to others.
//!
//! No pattern of an attack is looked for: whatever the way in, what is gone is gone when a contract that keeps books of
//! what people paid in holds less than they are owed, and the difference went to somebody whose own claim it was not.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, ChangeKind, KeyedMap, U256};

use crate::{
    DetectError, Detector, Finding, Findings, Indexed, MemoryView, RuleCard, Scope, TxCtx, Wake,
    ledger::{
        owed::{Change, Owed, learn, put},
        takers::{Taken, Takers},
    },
    origins,
    value::{percent, words},
};

pub(crate) const ID: &str = "claims-uncovered";

/// Finds payments to people that leave the claims of others uncovered.
pub(crate) struct ClaimsUncovered {
    card: Arc<RuleCard>,
    claims_min: u64,
    share_bp_min: U256,
    uncovered_bp_min: U256,
    power_blocks: u64,
}

/// What is owed and not there.
struct Gap {
    /// Of what was there before, in basis points, what the transaction left uncovered.
    share_bp: U256,
    more: U256,
    uncovered: U256,
    owed: Owed,
}

impl ClaimsUncovered {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let number = |name, max| card.parameters.number(name, 1..=max);
        let (claims_min, power_blocks) = (number("claims_min", 1_000)?, number("power_blocks", 10_000_000)?);
        let share = |name| number(name, 10_000).map(U256::from);
        let (share_bp_min, uncovered_bp_min) = (share("share_bp_min")?, share("uncovered_bp_min")?);
        Ok(Self { card, claims_min, share_bp_min, uncovered_bp_min, power_blocks })
    }

    /// What a payment left uncovered, if it is enough to speak of.
    fn gap(&self, facts: &Indexed<'_>, victim: Address, asset: Asset, (before, after): &Change) -> Option<Gap> {
        if after.claims < self.claims_min {
            return None;
        }
        let (held_before, held_after) = facts.holding(victim, &asset)?;
        let uncovered = after.amount.saturating_sub(held_after);
        let more = uncovered.saturating_sub(before.amount.saturating_sub(held_before));
        if more.is_zero() || held_before.is_zero() {
            return None;
        }
        let whole = U256::from(10_000);
        let share_bp = more.saturating_mul(whole) / held_before;
        let is_much = share_bp >= self.share_bp_min
            && uncovered.saturating_mul(whole) >= after.amount.saturating_mul(self.uncovered_bp_min);
        is_much.then_some(Gap { share_bp: share_bp.min(whole), more, uncovered, owed: *after })
    }

    /// Whether what is paid in here is known to be paid out again to whoever paid it in. A sale books what it was paid,
    /// too, and owes none of it; where the power over a contract has just been taken up, that says nothing.
    fn is_owed(&self, ctx: &TxCtx<'_>, memory: &MemoryView<'_>, victim: Address, owed: &Owed) -> bool {
        // What was put to work may be anywhere by now, unless whoever made the place takes it out himself.
        if owed.put && origins::entity(memory, victim) != Some(ctx.facts.from) {
            return false;
        }
        let since = memory.last(&[b"power", victim.as_slice()]).and_then(|bytes| bytes.try_into().ok());
        let taken_up = since.map(u64::from_be_bytes);
        owed.honoured || taken_up.is_some_and(|since| ctx.block.number.saturating_sub(since) <= self.power_blocks)
    }
}

impl Detector for ClaimsUncovered {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Tx]
    }

    fn asks_origins(&self, _: &Scope) -> bool {
        true
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        if !facts.succeeded() {
            return;
        }
        note_power(ctx, memory);
        let changes: KeyedMap<(Address, Asset), Change> = learn(facts, memory);
        let mut changes: Vec<_> = changes.into_iter().collect();
        changes.sort_by_key(|(place, _)| *place);
        let takers = Takers::of(facts);
        for ((victim, asset), change) in changes {
            let loses = facts.net_of(victim, &asset).is_some_and(|net| !net.loss().is_zero());
            if !loses || !ctx.covers(victim) || facts.gains(victim) {
                continue;
            }
            let Some(gap) = self.gap(facts, victim, asset, &change) else { continue };
            if !self.is_owed(ctx, memory, victim, &gap.owed) {
                continue;
            }
            let taken = takers.taken(memory, victim, asset);
            if taken.amount.is_zero() {
                follow(facts, memory, (victim, asset), &gap);
            }
            // What is missing may be at work elsewhere; most of it went to people.
            if taken.amount < gap.more / U256::from(2) {
                continue;
            }
            out.raise(finding(ctx, memory, (victim, asset), &gap, &taken));
        }
    }
}

/// Remembers where what is no longer there was put to work.
fn follow(facts: &Indexed<'_>, memory: &mut MemoryView<'_>, (from, asset): (Address, Asset), gap: &Gap) {
    if gap.owed.put {
        return;
    }
    for flow in facts.flows_of(from, asset).filter(|flow| !flow.to.is_zero()) {
        put(memory, from, &gap.owed, (flow.to, asset), flow.amount);
    }
}

/// Remembers when the code behind a contract was replaced, or when somebody came to own what nobody owned.
fn note_power(ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>) {
    for change in &ctx.facts.changes {
        let from_nobody = change.kind == ChangeKind::Owner && change.before.is_some_and(|before| before.is_zero());
        let is_new_code = matches!(change.kind, ChangeKind::Implementation | ChangeKind::Beacon);
        if (from_nobody || is_new_code) && !change.after.is_zero() && !ctx.facts.is_new(change.contract) {
            memory.set_last(&[b"power", change.contract.as_slice()], &ctx.block.number.to_be_bytes());
        }
    }
}

fn finding(
    ctx: &TxCtx<'_>,
    memory: &MemoryView<'_>,
    (victim, asset): (Address, Asset),
    gap: &Gap,
    taken: &Taken,
) -> Finding {
    let facts = ctx.facts;
    let name = ctx.name(victim);
    let share_bp = u16::try_from(gap.share_bp.saturating_to::<u64>()).unwrap_or(10_000);
    let (share, owed) = (percent(share_bp), words(gap.owed.amount, &asset));
    let message = format!("{name} paid out {share} of what it held, which it owes to others than those who got it");
    let claims = format!("{owed} are owed to {} accounts that paid them in", gap.owed.claims);
    let short = format!("{} of that are no longer there", words(gap.uncovered, &asset));
    let mut finding = Finding::about(victim, message)
        .victim(victim)
        .attacker(facts.from)
        .evidence(EvidenceKind::Flow, Some(taken.frame), format!("people took {}", words(taken.amount, &asset)))
        .evidence(EvidenceKind::Storage, None, claims)
        .evidence(EvidenceKind::Balance, None, short)
        .loss(victim, asset, taken.amount, Some(share_bp));
    if origins::entity(memory, victim) == Some(facts.from) {
        finding = finding.kind("rug/owner-drain");
    }
    for account in &taken.by {
        finding = finding.attacker(*account);
    }
    if ctx.protects(victim) { finding.severity(Severity::Critical) } else { finding }
}
