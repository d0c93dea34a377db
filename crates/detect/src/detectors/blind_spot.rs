//! What could not be seen is an alert. There is no path past this one.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, Blind, ChainId, Scope as Part, Sight};

use crate::{BlockCtx, DetectError, Detector, Finding, Findings, MemoryView, RuleCard, Scope, Wake};

pub(crate) const ID: &str = "blind-spot";

/// Turns everything blind in a block, and every loss of sight, into alerts. What is about the chain as a whole is
/// said about the zero address, which stands for it.
pub(crate) struct BlindSpot {
    card: Arc<RuleCard>,
    repeat_blocks: u64,
}

impl BlindSpot {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let repeat_blocks = card.parameters.number("repeat_blocks", 1..=100_000)?;
        Ok(Self { card, repeat_blocks })
    }

    fn blind(&self, ctx: &BlockCtx<'_>, blind: &Blind) -> Finding {
        let tx = |index: u32| ctx.facts.txs.iter().find(|tx| tx.index == index);
        let severity = severity(&self.card, &ctx.chain.id, ctx.scope);
        let (part, subject, severity) = match &blind.scope {
            Part::Block => ("the whole block".to_owned(), None, severity),
            Part::FromTx { index } => (format!("transactions {index} and after"), None, severity),
            Part::Tx { index } => (format!("transaction {index}"), tx(*index).and_then(|tx| tx.to), severity),
            Part::Question { name } => (format!("the answer to {name}"), None, severity.min(Severity::Low)),
        };
        finding(subject.unwrap_or(Address::ZERO), &part, &blind.why).severity(severity)
    }

    /// Whether it is time to say how poor the sight is: when it changed, and now and then while it lasts.
    fn is_due(&self, ctx: &BlockCtx<'_>, memory: &mut MemoryView<'_>) -> bool {
        let now = ctx.facts.sight;
        let number = ctx.facts.block.number;
        let last = memory.last(&[b"sight"]).and_then(|last| last.split_first_chunk::<8>());
        let same_since = last.filter(|(_, sight)| *sight == [now as u8]).map(|(since, _)| u64::from_be_bytes(*since));
        if same_since.is_some_and(|since| number.saturating_sub(since) < self.repeat_blocks) {
            return false;
        }
        // Full sight is the usual state and needs no memory.
        if now == Sight::Executed {
            memory.forget(&[b"sight"]);
            return false;
        }
        memory.set_last(&[b"sight"], &[&number.to_be_bytes()[..], &[now as u8]].concat());
        true
    }
}

impl Detector for BlindSpot {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Block]
    }

    fn block(&self, ctx: &BlockCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        for blind in &ctx.facts.blind {
            out.raise(self.blind(ctx, blind));
        }
        let is_all_blind = ctx.facts.blind.iter().any(|blind| blind.scope == Part::Block);
        if is_all_blind || !self.is_due(ctx, memory) {
            return;
        }
        let sight = ctx.facts.sight;
        let hampered = ctx.cards.iter().filter(|card| card.described.needs.sight < sight).map(|card| card.id.as_str());
        let hampered = hampered.collect::<Vec<_>>().join(", ");
        let why = match hampered.as_str() {
            "" => "the source does not show it".to_owned(),
            rules => format!("the source does not show it; rules that see less or nothing: {rules}"),
        };
        let severity = severity(&self.card, &ctx.chain.id, ctx.scope);
        out.raise(finding(Address::ZERO, &sight.cannot_see().join(", "), &why).severity(severity));
    }
}

/// How bad it is not to see a chain: a protected contract may be under attack there, or nobody of ours is there.
pub(crate) fn severity(card: &RuleCard, chain: &ChainId, scope: &Scope) -> Severity {
    let is_ours = scope.on(chain).next().is_some();
    if is_ours { card.severity } else { card.severity_elsewhere }
}

/// A finding that something could not be seen.
pub(crate) fn finding(subject: Address, part: &str, why: &str) -> Finding {
    let says = format!("could not see {part}: {why}");
    Finding::about(subject, says.clone()).key(part).evidence(EvidenceKind::Blind, None, says)
}
