//! Something decided was carried out before the time that was announced for it.
//!
//! Timelocks and governors say in their own events when a thing may be done: so long after it was queued, or after a vote
//! has ended. Whoever does it before has found a way round the only time in which others could have left.

use std::sync::Arc;

use alloy_primitives::b256;
use case::{EvidenceKind, Severity};
use facts::{Address, B256, KeyedMap, Log, U256};

use crate::{DetectError, Detector, Finding, Findings, MemoryView, RuleCard, TxCtx, Wake, dispatch::Kind};

pub(crate) const ID: &str = "sooner-than-said";

/// `CallScheduled(bytes32,uint256,address,uint256,bytes,bytes32,uint256)`, of OpenZeppelin's timelock.
const CALL_SCHEDULED: B256 = b256!("4cf4410cc57040e44862ef0f45f3dd5a5e02db8eb8add648d4b0e236f1d07dca");
/// `CallExecuted(bytes32,uint256,address,uint256,bytes)`.
const CALL_EXECUTED: B256 = b256!("c2617efa69bab66782fa219543714338489c4e9e178271560a91b82c3f612b58");
/// `MinDelayChange(uint256,uint256)`.
const MIN_DELAY_CHANGE: B256 = b256!("11c24f4ead16507c69ac467fbd5e4eed5fb5c699626d2cc6d66421df253886d5");
/// `QueueTransaction(bytes32,address,uint256,string,bytes,uint256)`, of Compound's timelock.
const QUEUE_TRANSACTION: B256 = b256!("76e2796dc3a81d57b0e8504b647febcbeeb5f4af818e164f11eef8131a6a763f");
/// `ExecuteTransaction(bytes32,address,uint256,string,bytes,uint256)`.
const EXECUTE_TRANSACTION: B256 = b256!("a560e3198060a2f10670c1ec5b403077ea6ae93ca8de1c32b451dc1a943cd6e7");
/// `ProposalCreated(uint256,address,address[],uint256[],string[],bytes[],uint256,uint256,string)`, of most governors.
const PROPOSAL_CREATED: B256 = b256!("7d84a6263ae0d98d3329bd7b46bb4e8d6f98cd35a7adb45c274c8b7fd5ebd5e0");
/// `ProposalQueued(uint256,uint256)`.
const PROPOSAL_QUEUED: B256 = b256!("9a2e42fd6722813d69113e7d0079d3d940171428df7373df9c7f7617cfda2892");
/// `ProposalExecuted(uint256)`.
const PROPOSAL_EXECUTED: B256 = b256!("712ae1383f79ac853f8d882153778e0260ef8f03b504e2866e0593e04d2b291f");

/// Numbers from which on a time is in seconds and not in blocks.
const SECONDS_FROM: u64 = 1_000_000_000;
/// Blocks or seconds into the future beyond which a time is none: some chains count blocks of another chain.
const FUTURE_MAX: u64 = 200_000_000;
/// Announcements of one transaction that are kept: nobody makes more, but to have others forgotten.
const KEPT_MAX: usize = 256;

/// Finds what was carried out too soon.
pub(crate) struct SoonerThanSaid {
    card: Arc<RuleCard>,
    delay_s_min: u64,
    cut_times_min: u64,
}

/// What was announced: when, and in which transaction.
#[derive(Debug, Clone, Copy)]
struct Said {
    due: u64,
    tx: B256,
    /// Whether it is the end of a vote, and not of a delay.
    is_vote: bool,
}

impl SoonerThanSaid {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let delay_s_min = card.parameters.number("delay_s_min", 1..=10_000_000)?;
        let cut_times_min = card.parameters.number("cut_times_min", 2..=1_000_000)?;
        Ok(Self { card, delay_s_min, cut_times_min })
    }
}

impl Detector for SoonerThanSaid {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        let topics = [
            CALL_SCHEDULED,
            CALL_EXECUTED,
            MIN_DELAY_CHANGE,
            QUEUE_TRANSACTION,
            EXECUTE_TRANSACTION,
            PROPOSAL_CREATED,
            PROPOSAL_QUEUED,
            PROPOSAL_EXECUTED,
        ];
        topics.map(|topic| Wake::Log(None, Some(topic))).to_vec()
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let Some(places) = ctx.woken.by(Kind::Log) else { return };
        let logs: Vec<&Log> = places.filter_map(|at| ctx.facts.logs.get(at)).collect();
        let (at_once, mut kept) = (at_once(&logs), 0);
        // In order: what is done before it is announced was announced too late.
        for log in &logs {
            match log.topics.first() {
                Some(&CALL_EXECUTED) => executed(ctx, memory, out, log, topic(log, 1)),
                Some(&EXECUTE_TRANSACTION) => executed(ctx, memory, out, log, topic(log, 1)),
                Some(&PROPOSAL_EXECUTED) => executed(ctx, memory, out, log, word(log, 0)),
                Some(&MIN_DELAY_CHANGE) => self.delay(ctx, &at_once, out, log),
                _ if kept < KEPT_MAX => {
                    kept += 1;
                    note(ctx, memory, log);
                }
                _ => {}
            }
        }
    }
}

impl SoonerThanSaid {
    /// A timelock's delay is made much shorter; the same transaction may use that at once.
    fn delay(&self, ctx: &TxCtx<'_>, at_once: &AtOnce<'_>, out: &mut Findings<'_>, log: &Log) {
        let (Some(old), Some(new)) = (word(log, 0).and_then(small), word(log, 1).and_then(small)) else { return };
        if old < self.delay_s_min || new.saturating_mul(self.cut_times_min) > old {
            return;
        }
        let lock = log.address;
        let name = ctx.name(lock);
        let used = at_once.get(&lock).filter(|(delay, _)| *delay < old);
        let finding = match used {
            Some((_, scheduled)) => {
                let says = format!(
                    "{name} waited {old} seconds before everything; now one transaction made that {new}, announced {} and carried it out",
                    topic(scheduled, 1).unwrap_or_default()
                );
                let severity = if ctx.protects(lock) { Severity::Critical } else { Severity::High };
                Finding::about(lock, says.clone()).severity(severity).confidence(90).evidence(
                    EvidenceKind::Log,
                    Some(scheduled.frame),
                    says,
                )
            }
            None => {
                let says = format!("{name} waited {old} seconds before everything, and from now on waits {new}");
                let severity = if ctx.protects(lock) { Severity::Medium } else { Severity::Low };
                let finding = Finding::about(lock, says.clone()).severity(severity).confidence(60);
                finding.key("delay").evidence(EvidenceKind::Log, Some(log.frame), says)
            }
        };
        out.raise(finding.victim(lock).attacker(ctx.facts.from));
    }
}

/// By contract, what was announced with the shortest delay of all that was carried out in the same transaction.
type AtOnce<'a> = KeyedMap<Address, (u64, &'a Log)>;

fn at_once<'a>(logs: &[&'a Log]) -> AtOnce<'a> {
    let of = |kind: B256| logs.iter().filter(move |log| log.topics.first() == Some(&kind));
    let done: KeyedMap<_, ()> = of(CALL_EXECUTED).map(|log| ((log.address, topic(log, 1)), ())).collect();
    let mut shortest = AtOnce::default();
    for log in of(CALL_SCHEDULED).filter(|log| done.contains_key(&(log.address, topic(log, 1)))) {
        let Some(delay) = word(log, 4).and_then(small) else { continue };
        let least = shortest.entry(log.address).or_insert((delay, log));
        if delay < least.0 {
            *least = (delay, log);
        }
    }
    shortest
}

/// Keeps when something may be done, by the contract's own word.
fn note(ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, log: &Log) {
    let number = |at| word(log, at).and_then(small);
    let (id, due) = match log.topics.first() {
        Some(&CALL_SCHEDULED) => (topic(log, 1), number(4).map(|delay| ctx.timestamp.saturating_add(delay))),
        Some(&QUEUE_TRANSACTION) => (topic(log, 1), number(3)),
        Some(&PROPOSAL_QUEUED) => (word(log, 0), number(1)),
        Some(&PROPOSAL_CREATED) => (word(log, 0), number(7)),
        _ => return,
    };
    let (Some(id), Some(due)) = (id, due) else { return };
    let now = now(ctx, due);
    if due > now && due - now <= FUTURE_MAX {
        let is_vote = log.topics.first() == Some(&PROPOSAL_CREATED);
        let said = [&due.to_be_bytes()[..], ctx.facts.hash.as_slice(), &[u8::from(is_vote)]].concat();
        memory.set_last(&[log.address.as_slice(), id.as_slice()], &said);
    } else {
        memory.forget(&[log.address.as_slice(), id.as_slice()]);
    }
}

/// Something is carried out; it is looked at whether it was time.
fn executed(ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>, log: &Log, id: Option<B256>) {
    let Some(id) = id else { return };
    let key: &[&[u8]] = &[log.address.as_slice(), id.as_slice()];
    let Some(said) = memory.last(key).and_then(Said::of) else { return };
    // What waits for blocks may be carried out in the block that its number names.
    let now = now(ctx, said.due);
    memory.forget(key);
    if now >= said.due {
        return;
    }
    let (contract, early) = (log.address, said.due - now);
    let (name, unit) = (ctx.name(contract), if said.due >= SECONDS_FROM { "seconds" } else { "blocks" });
    // Some governors end a vote as soon as nothing can change it any more.
    let severity = match (said.is_vote, ctx.protects(contract)) {
        (false, true) => Severity::Critical,
        (false, false) => Severity::High,
        (true, true) => Severity::Medium,
        (true, false) => Severity::Low,
    };
    let says = format!("{name} carried out {id} {early} {unit} before the time that it had announced for it");
    let finding = Finding::about(contract, says.clone())
        .severity(severity)
        .confidence(if said.is_vote { 60 } else { 90 })
        .key(id)
        .victim(contract)
        .attacker(ctx.facts.from)
        .evidence(EvidenceKind::Log, Some(log.frame), says)
        .evidence_of(said.tx, EvidenceKind::Log, format!("announced here, for {}", said.due));
    out.raise(finding);
}

impl Said {
    fn of(bytes: &[u8]) -> Option<Self> {
        let (due, tx) = (u64::from_be_bytes(*bytes.first_chunk()?), B256::from(*bytes.get(8..)?.first_chunk()?));
        Some(Self { due, tx, is_vote: bytes.last() == Some(&1) })
    }
}

/// The present, in the unit of a time to come.
fn now(ctx: &TxCtx<'_>, due: u64) -> u64 {
    if due >= SECONDS_FROM { ctx.timestamp } else { ctx.block.number }
}

fn topic(log: &Log, at: usize) -> Option<B256> {
    log.topics.get(at).copied()
}

fn word(log: &Log, at: usize) -> Option<B256> {
    Some(B256::from(*log.data.get(at * 32..)?.first_chunk()?))
}

fn small(word: B256) -> Option<u64> {
    u64::try_from(U256::from_be_bytes(word.0)).ok()
}
