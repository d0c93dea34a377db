//! An account that runs foreign code (EIP-7702) was emptied, and its owner neither sent nor signed anything.
//!
//! With a leaked key one signature is enough: from then on the account runs code that passes on whatever comes in, for
//! anybody who calls it. Smart accounts of honest makers do nothing without a signature of their owner.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, Flow, Frame, FrameKind};

use crate::{
    DetectError, Detector, Finding, Findings, FlowShape, Indexed, MemoryView, RuleCard, Scope, TxCtx, Wake,
    authority::signatures::signed_by,
    authority::{Guard, guard},
    origins,
    value::{percent, words},
};

pub(crate) const ID: &str = "delegated-sweep";

/// Finds delegated accounts that others emptied.
pub(crate) struct DelegatedSweep {
    card: Arc<RuleCard>,
    share_bp_min: u16,
}

/// What is known of a delegated account.
struct Delegated {
    code: Address,
    /// How many transactions it had sent, or delegations signed, before.
    nonce: u64,
}

impl DelegatedSweep {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let share = card.parameters.number("share_bp_min", 1..=10_000)?;
        Ok(Self { share_bp_min: u16::try_from(share).unwrap_or(10_000), card })
    }
}

impl Detector for DelegatedSweep {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Delegation, Wake::Flow(FlowShape::Any)]
    }

    fn asks_origins(&self, _: &Scope) -> bool {
        true
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        for given in &facts.delegations {
            let key: &[&[u8]] = &[b"runs", given.account.as_slice()];
            if given.code.is_zero() {
                memory.forget(key);
            } else {
                memory.set_last(key, &[given.code.as_slice(), &given.nonce.to_be_bytes()].concat());
                memory.set_last(&[b"any"], &[]);
            }
        }
        if memory.last(&[b"any"]).is_none() {
            return;
        }
        for own in facts.net().chunk_by(|one, other| one.account == other.account) {
            let Some(account) = own.first().map(|net| net.account) else { continue };
            let gives = own.iter().any(|net| !net.sent.is_zero()) && own.iter().all(|net| net.gain().is_zero());
            if !gives || account == facts.from || account.is_zero() {
                continue;
            }
            let Some(delegated) = delegated(memory, account) else { continue };
            let is_own = |caller: Address| {
                caller == facts.from || facts.is_new(caller) || origins::entity(memory, caller) == Some(facts.from)
            };
            if let Some(finding) = self.judge(ctx, account, &delegated, is_own) {
                out.raise(finding);
            }
        }
    }
}

impl DelegatedSweep {
    fn judge(
        &self,
        ctx: &TxCtx<'_>,
        account: Address,
        delegated: &Delegated,
        is_own: impl Fn(Address) -> bool,
    ) -> Option<Finding> {
        let facts = ctx.facts;
        if !ctx.covers(account) || signed_by(facts, account).is_some() {
            return None;
        }
        let (entry, _) = facts.frames_of(account).find(|(_, frame)| enters(frame, account))?;
        let is_open = match guard(facts, entry) {
            Guard::Named => return None,
            Guard::Open => true,
            Guard::Asked => only_tells(facts, entry) && is_own(facts.frames.get(entry as usize)?.caller),
        };
        let rows: Vec<(Asset, &Flow, u16)> =
            facts.net_rows(account).iter().filter_map(|net| self.emptied(facts, net)).collect();
        let (_, largest, _) = *rows.first()?;
        let taker = largest.to;
        let is_lived_in = delegated.nonce > 0;
        let severity = match (is_open && is_lived_in, ctx.protects(account)) {
            (true, true) => Severity::Critical,
            (true, false) => Severity::High,
            (false, _) => Severity::Medium,
        };
        let code = delegated.code;
        let message = format!(
            "{account} runs the code of {code} and passed on all it had to {taker}, unsigned, for whoever called it"
        );
        let mut finding = Finding::about(account, message)
            .severity(severity)
            .key(taker)
            .victim(account)
            .attacker(facts.from)
            .attacker(taker)
            .evidence(EvidenceKind::Call, Some(entry), format!("nobody asked for a signature of {account}"))
            .evidence(EvidenceKind::Code, Some(entry), format!("{account} was delegated to {code}"));
        for (asset, flow, share) in rows {
            let says =
                format!("{}, {} of what it had, went to {}", words(flow.amount, &asset), percent(share), flow.to);
            finding = finding.evidence(EvidenceKind::Flow, Some(flow.frame), says).loss(
                account,
                asset,
                flow.amount,
                Some(share),
            );
        }
        Some(finding)
    }

    /// The largest movement of an asset of which an account kept next to nothing, be it what it had or what it was sent.
    fn emptied<'a>(&self, facts: &Indexed<'a>, net: &facts::NetChange) -> Option<(Asset, &'a Flow, u16)> {
        let (before, after) = facts.holding(net.account, &net.asset)?;
        let had = before.saturating_add(net.received);
        let kept = after.saturating_mul(facts::U256::from(10_000)).checked_div(had)?;
        let share = 10_000u16.saturating_sub(u16::try_from(kept).unwrap_or(10_000));
        let largest = facts.flows_of(net.account, net.asset).max_by_key(|flow| flow.amount)?;
        // Whoever is sent back what he sent has lost nothing.
        let is_back = facts.flows_to(net.account).any(|flow| flow.from == largest.to && !flow.amount.is_zero());
        (share >= self.share_bp_min && !is_back).then_some((net.asset, largest, share))
    }
}

/// Whether the code that was entered tells who called it, which is a reason to look at that without asking.
fn only_tells(facts: &Indexed<'_>, entry: u32) -> bool {
    let Some(frame) = facts.frames.get(entry as usize) else { return false };
    let names = |bytes: &[u8]| bytes.windows(20).any(|part| part == frame.caller.as_slice());
    let own = facts.logs.iter().filter(|log| log.address == frame.target);
    own.into_iter().any(|log| log.topics.iter().any(|topic| names(topic.as_slice())) || names(&log.data))
}

/// Whether somebody else called an account.
fn enters(frame: &Frame, account: Address) -> bool {
    frame.kind == FrameKind::Call && frame.effective && frame.caller != account
}

fn delegated(memory: &MemoryView<'_>, account: Address) -> Option<Delegated> {
    let (code, nonce) = memory.last(&[b"runs", account.as_slice()])?.split_at_checked(20)?;
    Some(Delegated { code: Address::from_slice(code), nonce: u64::from_be_bytes(nonce.try_into().ok()?) })
}
