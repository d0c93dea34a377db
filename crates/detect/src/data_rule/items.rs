use facts::TxFacts;

use crate::{TxCtx, announced::Deed, card::Subject, condition::types::Item};

/// The items of a transaction that a rule looks at: those that woke it, or all of their kind.
pub(super) fn items<'a>(on: Subject, ctx: &TxCtx<'a>) -> impl Iterator<Item = Item<'a>> + use<'a> {
    let (facts, kind) = (ctx.facts.facts(), on.kind());
    let count = match on {
        Subject::Tx => 1,
        Subject::Call => facts.frames.len(),
        Subject::Log => facts.logs.len(),
        Subject::Flow => facts.flows.len(),
        Subject::Change => facts.changes.len(),
        Subject::Observed | Subject::Block => 0,
    };
    let some = kind.and_then(|kind| ctx.woken.by(kind));
    let all = if some.is_some() { 0..0 } else { 0..count };
    some.into_iter().flatten().chain(all).filter_map(move |at| match on {
        Subject::Tx => Some(Item::Tx(facts)),
        Subject::Call => facts.frames.get(at).map(Item::Call),
        Subject::Log => facts.logs.get(at).map(Item::Log),
        Subject::Flow => facts.flows.get(at).map(Item::Flow),
        Subject::Change => facts.changes.get(at).map(Item::Change),
        Subject::Observed | Subject::Block => None,
    })
}

/// The frame in which it happened.
pub(super) fn frame(item: &Item<'_>) -> Option<u32> {
    match item {
        Item::Log(log) => Some(log.frame),
        Item::Flow(flow) => Some(flow.frame),
        Item::Change(change) => Some(change.frame),
        _ => None,
    }
}

/// What it is, in the words of announcements: a change, a call that may change something, or a payment.
pub(super) fn deed(item: &Item<'_>, facts: &TxFacts) -> Option<Deed> {
    match item {
        Item::Change(change) => Some(Deed::of_change(change)),
        Item::Flow(flow) => Some(Deed::of_flow(flow)),
        Item::Call(frame) => {
            let index = facts.frames.iter().position(|held| std::ptr::eq(held, *frame))?;
            Deed::of_call(&facts.frames, index)
        }
        _ => None,
    }
}
