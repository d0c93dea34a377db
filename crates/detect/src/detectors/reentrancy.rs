//! A contract was entered again before it had finished, and it mattered. When that is so is told in `reentry`.

use std::sync::Arc;

use case::EvidenceKind;
use facts::Selector;

use crate::{
    DetectError, Detector, Finding, Findings, MemoryView, RuleCard, TxCtx, Wake,
    reentry::{Reentry, Shape},
};

pub(crate) const ID: &str = "reentrancy";

/// Callbacks that a token makes to a recipient: ERC-777, ERC-721, ERC-1155, ERC-1363.
const TOKEN_CALLBACKS: [[u8; 4]; 5] = [
    [0x00, 0x23, 0xde, 0x29],
    [0x15, 0x0b, 0x7a, 0x02],
    [0xf2, 0x3a, 0x6e, 0x61],
    [0xbc, 0x19, 0x7c, 0x81],
    [0x88, 0xa7, 0xca, 0x5c],
];

/// Finds second entries that worked on what was no longer so.
pub(crate) struct Reentrancy {
    card: Arc<RuleCard>,
}

impl Reentrancy {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        Ok(Self { card })
    }
}

impl Detector for Reentrancy {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Work]
    }

    fn tx(&self, ctx: &TxCtx<'_>, _: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let covered = |contract| ctx.covers(contract);
        for reentry in ctx.facts.reentries() {
            if covered(reentry.contract) || covered(reentry.misled) {
                out.raise(finding(ctx, reentry));
            }
        }
    }
}

fn finding(ctx: &TxCtx<'_>, reentry: &Reentry) -> Finding {
    let frame = |index: u32| &ctx.facts.frames[index as usize];
    let (contract, name, slot) = (reentry.contract, ctx.name(reentry.contract), reentry.slot);
    let (outer, inner, way) = (frame(reentry.outer), frame(reentry.inner), frame(reentry.out));
    let word =
        |selector: Option<Selector>| selector.map_or_else(|| "its fallback".to_owned(), |of| ctx.scope.function(of));
    let (entered, unfinished) = (word(inner.selector()), word(outer.selector()));
    let unfinished = if entered == unfinished { "it" } else { &unfinished };
    let kind = match reentry.shape {
        Shape::Believed if inner.kind == facts::FrameKind::StaticCall => "reentrancy/read-only",
        _ if way.selector().is_some_and(|selector| TOKEN_CALLBACKS.contains(&selector.0)) => {
            "reentrancy/token-callback"
        }
        _ if outer.selector() == inner.selector() => "reentrancy/classic",
        _ => "reentrancy/cross-function",
    };
    let (message, storage) = match reentry.shape {
        Shape::SpentTwice => (
            format!(
                "{name} was entered again in {entered} before {unfinished} had finished, and paid for the same twice"
            ),
            format!("slot {slot:#x} of {name} was read by both and written only afterwards"),
        ),
        Shape::Overwritten => (
            format!(
                "{name} was entered again in {entered} before {unfinished} had finished, and forgot what came of it"
            ),
            format!(
                "slot {slot:#x} of {name} was changed inside and written over afterwards with what was known before"
            ),
        ),
        Shape::Believed => (
            format!(
                "{} asked {name} in the middle of {unfinished}, and was told what was so no longer",
                ctx.name(reentry.misled)
            ),
            format!("slot {slot:#x} of {name} was read for {} and written only afterwards", ctx.name(reentry.misled)),
        ),
    };
    let call = format!("{name} called {} at depth {}, which came back to it", way.target, way.depth);
    let finding = Finding::about(contract, message)
        .kind(kind)
        .victim(reentry.misled)
        .attacker(ctx.facts.from)
        .evidence(EvidenceKind::Call, Some(reentry.inner), call)
        .evidence(EvidenceKind::Storage, Some(reentry.outer), storage);
    if reentry.shape == Shape::Believed { finding } else { finding.attacker(inner.caller) }
}
