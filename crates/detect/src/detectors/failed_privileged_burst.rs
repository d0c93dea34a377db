//! Somebody tries door handles: privileged calls that fail, one after the other.

use std::sync::Arc;

use case::EvidenceKind;
use facts::{Address, Frame, FrameStatus, Selector, U256};

use crate::{
    DetectError, Detector, Finding, Findings, MemoryView, RuleCard, Scope, Span, TxCtx, Wake,
    condition::{schema::reason, selector_of},
};

pub(crate) const ID: &str = "failed-privileged-burst";

/// Counts, for each contract, the transactions in which a privileged call to it failed.
pub(crate) struct FailedPrivilegedBurst {
    card: Arc<RuleCard>,
    at_least: u64,
    window_blocks: u64,
    functions: Vec<Selector>,
    errors: Vec<Selector>,
    reasons: Vec<String>,
}

impl FailedPrivilegedBurst {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let parameters = &card.parameters;
        let selectors = |name: &str| {
            let of = |text: &String| {
                selector_of(text).map_err(|why| parameters.fault(name, format!("`{text}` in `{name}` {why}"), ""))
            };
            parameters.texts(name)?.iter().map(of).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            at_least: parameters.number("at_least", 1..=1_000)?,
            window_blocks: parameters.number("window_blocks", 1..=100_000)?,
            functions: selectors("functions")?,
            errors: selectors("errors")?,
            reasons: parameters.texts("reasons")?.to_vec(),
            card,
        })
    }

    /// The contract whose door was locked, if this call is an attempt at it.
    fn attempt(&self, ctx: &TxCtx<'_>, at: usize, call: &Frame) -> Option<Address> {
        if call.status != FrameStatus::Revert || !ctx.covers(call.target) {
            return None;
        }
        let is_refused = self.is_refusal(call) && !passes_on(&ctx.facts.frames, at, call);
        let is_privileged = || {
            // Anybody's function may be called `pause`; only of protected contracts is it known to be privileged.
            is_named(ctx.scope) && call.selector().is_some_and(|selector| self.functions.contains(&selector))
        };
        (is_refused || is_privileged()).then_some(call.target)
    }

    fn is_refusal(&self, call: &Frame) -> bool {
        let error = call.output.first_chunk::<4>().map(|bytes| Selector::from(*bytes));
        if error.is_some_and(|error| self.errors.contains(&error)) {
            return true;
        }
        let reason = reason(call);
        !reason.is_empty() && self.reasons.iter().any(|start| reason.starts_with(start.as_str()))
    }
}

impl Detector for FailedPrivilegedBurst {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Failure]
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let mut counted: Vec<Address> = Vec::new();
        for (at, call) in ctx.facts.frames.iter().enumerate() {
            let Some(contract) = self.attempt(ctx, at, call).filter(|contract| !counted.contains(contract)) else {
                continue;
            };
            counted.push(contract);
            let key: &[&[u8]] = &[contract.as_slice()];
            let tally = memory.push(key, Span::Blocks(self.window_blocks), U256::ZERO);
            memory.insert(key, ctx.facts.from.as_slice());
            let senders = memory.distinct(key);
            // Once when the number is reached, and again each time it is reached anew.
            if !tally.count.is_multiple_of(self.at_least) {
                continue;
            }
            let name = ctx.scope.name(&ctx.chain.id, contract);
            let name = name.map_or_else(|| contract.to_string(), |name| format!("{name} ({contract})"));
            let blocks = self.window_blocks;
            let message = format!(
                "{} transactions within {blocks} blocks tried privileged calls on {name} and failed, from {senders} senders; the last is {}",
                tally.count, ctx.facts.from
            );
            let frame = u32::try_from(at).ok();
            out.raise(
                Finding::about(contract, message.clone())
                    .evidence(EvidenceKind::Call, frame, message)
                    .attacker(ctx.facts.from),
            );
        }
    }
}

fn is_named(scope: &Scope) -> bool {
    !scope.is_everything()
}

/// Whether the call only passes on the refusal of one that it made itself.
fn passes_on(frames: &[Frame], at: usize, call: &Frame) -> bool {
    let inner = frames.get(at + 1..call.end as usize).unwrap_or_default();
    inner.iter().any(|inner| inner.status == FrameStatus::Revert && inner.output == call.output)
}
