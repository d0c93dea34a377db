//! What came of trying a contract out.

use case::{Alert, Basis, EvidenceKind, Severity};
use facts::{Address, Answer, Ask, B256, Code, Frame, Probe, TxFacts, U256};

use crate::{AnswerCtx, Finding, Findings, MemoryView, findings::BLIND};

/// Characters of call data that are told: a selector and four words.
const CALL_DATA_TOLD: usize = 2 + 2 * (4 + 4 * 32);
/// Losses that are told of one run.
const LOSSES_TOLD: usize = 3;

/// Keeps what the answer will be about: the transaction, and who made the contract.
pub(super) fn remember(memory: &mut MemoryView<'_>, facts: &TxFacts, code: &Code) {
    memory.set_last(&[b"staged", code.address.as_slice()], &[facts.hash.as_slice(), code.creator.as_slice()].concat());
}

/// The worst of the runs, if the other rules object to any, and what could not be tried.
pub(super) fn judge(ctx: &AnswerCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
    let Ask::Probe(probe) = &ctx.question.ask else { return };
    let kept = memory.last(&[b"staged", probe.contract.as_slice()]).filter(|kept| kept.len() == 52);
    let Some((tx, creator)) = kept.map(|kept| (B256::from_slice(&kept[..32]), Address::from_slice(&kept[32..]))) else {
        // The block that deployed it is gone, and what it left behind with it.
        return;
    };
    out.tx = Some(tx);
    let untried = |why: String| {
        let says = format!("{}, just deployed, could not be tried out: {why}", probe.contract);
        Finding::about(probe.contract, says).severity(Severity::Info).basis(Basis::Simulated).key("untried")
    };
    let probed = match ctx.answer {
        Answer::Probed(probed) => probed,
        Answer::Blind(why) => return out.raise(untried(why.clone())),
        _ => return out.raise(untried("the question was answered as another one".to_owned())),
    };
    let own = |facts: &TxFacts, account: Address| {
        [probe.contract, probe.from, creator, Address::ZERO].contains(&account)
            || facts.codes.iter().any(|code| code.address == account)
    };
    let harms = |facts: &TxFacts, alert: &Alert| {
        alert.severity >= Severity::High && alert.kind != BLIND && !own(facts, alert.subject.address)
    };
    let runs = ctx.runs.iter().filter_map(|(facts, alerts)| {
        let alerts: Vec<&Alert> = alerts.iter().filter(|alert| harms(facts, alert)).collect();
        let worst = alerts.iter().max_by_key(|alert| (alert.severity, alert.confidence))?;
        Some((*facts, *worst, alerts))
    });
    let left = match (&probed.why, probed.left.len()) {
        (None, _) => None,
        (Some(why), 0) => Some(format!("some runs could not be made: {why}")),
        (Some(why), n) => Some(format!("{n} of {} functions were not tried to the end: {why}", probe.functions.len())),
    };
    let Some((facts, worst, alerts)) = runs.max_by_key(|(_, worst, alerts)| (worst.severity, alerts.len())) else {
        return left.into_iter().for_each(|why| out.raise(untried(why)));
    };
    let mut finding = found(probe, facts, worst, &alerts);
    if let Some(left) = left {
        finding = finding.evidence(EvidenceKind::Call, None, left);
    }
    let victims = alerts.iter().flat_map(|alert| &alert.victims).filter(|victim| !own(facts, victim.address));
    finding = victims.fold(finding, |finding, victim| finding.victim(victim.address));
    out.raise([probe.from, probe.contract, creator].into_iter().fold(finding, Finding::attacker));
}

fn found(probe: &Probe, facts: &TxFacts, worst: &Alert, alerts: &[&Alert]) -> Finding {
    let first = facts.frames.first();
    let call = first.map_or_else(String::new, |frame| frame.input.to_string());
    let function = first.and_then(Frame::selector).map_or("no function".to_owned(), |named| named.to_string());
    let losses: Vec<String> = worst
        .losses
        .iter()
        .take(LOSSES_TOLD)
        .map(|loss| format!("{} of {} from {}", loss.amount, loss.asset, loss.account.address))
        .collect();
    let takes = if losses.is_empty() { "harm somebody".to_owned() } else { format!("take {}", losses.join(", ")) };
    let says = format!(
        "it has not happened yet: {}, just deployed, would {takes} when {} calls {function} ({})",
        probe.contract, probe.from, worst.rule.id
    );
    let value = first.map_or(U256::ZERO, |frame| frame.value);
    let cut = call.char_indices().nth(CALL_DATA_TOLD).map_or(call.as_str(), |(at, _)| &call[..at]);
    let run = format!(
        "tried out on the state after the block: {} calls {} with {value} wei and {cut}",
        probe.from, probe.contract
    );
    let finding = Finding::about(worst.subject.address, says)
        .severity(worst.severity)
        .confidence(u8::from(worst.confidence).min(85))
        .basis(Basis::Simulated)
        .key(probe.contract)
        .key("would")
        .evidence(EvidenceKind::Call, None, run);
    alerts.iter().fold(finding, |finding, alert| {
        finding.evidence(EvidenceKind::Observed, None, format!("{} would say: {}", alert.rule.id, alert.message))
    })
}
