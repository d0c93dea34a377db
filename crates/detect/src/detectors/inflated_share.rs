//! Somebody bought next to nothing of a fund's shares and gave the fund a fortune, so that every share is dear.
//!
//! Nobody gives a fortune to a fund in which there is next to nobody else, but for one reason: whoever comes next buys a
//! fraction of a share, which is rounded away, or a market lends on shares that look priceless.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, Flow, KeyedMap, U256, Write};

use crate::{
    DetectError, Detector, Finding, Findings, FlowShape, Indexed, MemoryView, RuleCard, TxCtx, Wake,
    ledger::books::{names, written},
    value::{ancestors, words},
};

pub(crate) const ID: &str = "inflated-share";

/// Base units from which a gift is one.
const GIFT_MIN: u64 = 1_000_000;

/// Writes of one call that are looked at, and funds of one transaction.
const LOOKED_AT_MAX: usize = 32;

/// Finds gifts that make shares dear.
pub(crate) struct InflatedShare {
    card: Arc<RuleCard>,
    gift_times_min: u64,
    units_max: u64,
}

/// What came to an account of one asset: to its own doing, and behind its back.
#[derive(Default)]
struct Came {
    paid: U256,
    /// The frame of the account's call in which it was paid.
    call: u32,
    given: U256,
    giver: Address,
    frame: u32,
}

impl InflatedShare {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let gift_times_min = card.parameters.number("gift_times_min", 2..=1_000_000_000)?;
        let units_max = card.parameters.number("units_max", 1..=1_000_000_000)?;
        Ok(Self { card, gift_times_min, units_max })
    }
}

impl Detector for InflatedShare {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Flow(FlowShape::AtWork)]
    }

    fn tx(&self, ctx: &TxCtx<'_>, _: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        if facts.flows.len() < 2 || facts.keys.is_empty() || !facts.succeeded() {
            return;
        }
        let mut came: KeyedMap<(Address, Asset), Came> = KeyedMap::default();
        let small = |flow: &&Flow| {
            let is_divisible = matches!(flow.asset, Asset::Native | Asset::Erc20(_));
            is_divisible && flow.amount < U256::from(GIFT_MIN) && !flow.amount.is_zero()
        };
        for flow in facts.flows.iter().filter(small) {
            // Only what came next to nothing has a gift beside it that is a multiple.
            if let Some(call) = call_of(facts, flow) {
                let came = came.entry((flow.to, flow.asset)).or_default();
                (came.paid, came.call) = (came.paid.saturating_add(flow.amount), call);
            }
        }
        if came.is_empty() {
            return;
        }
        for flow in facts.flows.iter().filter(|flow| flow.amount >= U256::from(GIFT_MIN)) {
            let Some(came) = came.get_mut(&(flow.to, flow.asset)) else { continue };
            if call_of(facts, flow).is_some() {
                came.paid = came.paid.saturating_add(flow.amount);
            } else if flow.asset.contract() != Some(flow.to) {
                came.given = came.given.saturating_add(flow.amount);
                (came.giver, came.frame) = (flow.from, flow.frame);
            }
        }
        let mut found: Vec<_> = came
            .into_iter()
            .filter(|((_, _), came)| came.given >= came.paid.saturating_mul(U256::from(self.gift_times_min)))
            .filter(|((fund, _), came)| !came.given.is_zero() && !facts.is_new(*fund) && ctx.covers(*fund))
            .collect();
        found.sort_unstable_by_key(|(key, _)| *key);
        for ((fund, asset), came) in found.into_iter().take(LOOKED_AT_MAX) {
            if let Some(units) = units(facts, fund, came.call).filter(|units| *units <= U256::from(self.units_max)) {
                out.raise(finding(ctx, fund, asset, &came, units));
            }
        }
    }
}

/// The call to the recipient within which something came to it, if it had a part in that.
fn call_of(facts: &Indexed<'_>, flow: &Flow) -> Option<u32> {
    ancestors(&facts.frames, flow.frame)
        .filter(|(_, frame)| frame.target == flow.to && !frame.input.is_empty())
        .last()
        .map(|(at, _)| at)
}

/// How many shares there are after all, if the call made some for somebody: the total is the slot that grew with an entry
/// under a name.
fn units(facts: &Indexed<'_>, fund: Address, call: u32) -> Option<U256> {
    let frame = facts.frames.get(call as usize)?;
    let own = || written(facts, frame).iter().filter(|write| write.address == fund).take(LOOKED_AT_MAX);
    let rise = |write: &Write| write.after.checked_sub(write.before).filter(|rise| !rise.is_zero());
    let is_named =
        |write: &Write| names(facts, write.slot, &|account: Address| !account.is_zero() && account[..4] != [0; 4]);
    let total = own().find(|total| {
        !is_named(total) && own().any(|entry| rise(entry).is_some() && rise(entry) == rise(total) && is_named(entry))
    })?;
    facts.writes_at(fund, total.slot).last().map(|write| write.after)
}

fn finding(ctx: &TxCtx<'_>, fund: Address, asset: Asset, came: &Came, units: U256) -> Finding {
    let name = ctx.name(fund);
    let (paid, given) = (words(came.paid, &asset), words(came.given, &asset));
    let message =
        format!("{name} was given {given} while there were {units} units of its shares: each of them is dear now");
    let finding = Finding::about(fund, message)
        .victim(fund)
        .attacker(ctx.facts.from)
        .attacker(came.giver)
        .evidence(EvidenceKind::Flow, Some(came.frame), format!("{given} came to {name} without a call to it"))
        .evidence(EvidenceKind::Flow, Some(came.call), format!("{paid} was paid for shares"));
    if ctx.protects(fund) { finding.severity(Severity::Critical) } else { finding }
}
