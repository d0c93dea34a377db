//! A contract lent by a price that had stopped while it fell.
//!
//! A feed that is silent for an hour may have nothing to say. One that spoke every minute while the price went down by
//! half, and then no more, has stopped; whoever lends by its last answer pays too much for what goes on falling.

use std::sync::Arc;

use alloy_primitives::b256;
use case::{EvidenceKind, Severity};
use facts::{Address, B256, Frame, Selector, U256};

use crate::{
    Booking, DetectError, Detector, Finding, Findings, Indexed, MemoryView, RuleCard, TxCtx, Wake,
    value::{ancestors, words},
};

pub(crate) const ID: &str = "stopped-feed";

/// `AnswerUpdated(int256,uint256,uint256)`, as every aggregator says it.
const ANSWER_UPDATED: B256 = b256!("0559884fd3a460db3073b7fc896cc77986f16e378210ded43186175bf646fc5f");
/// `latestRoundData()`.
const LATEST_ROUND_DATA: [u8; 4] = [0xfe, 0xaf, 0x96, 0x8c];
/// Seconds for which a peak is kept in mind.
const PEAK_S: u64 = 86_400;
/// Answers of one transaction that are looked at.
const ANSWERS_MAX: usize = 32;

/// Finds loans by prices that stopped.
pub(crate) struct StoppedFeed {
    card: Arc<RuleCard>,
    silent_s_min: u64,
    silent_times_min: u64,
    updates_min: u64,
    fall_bp_min: u64,
}

/// What is kept in mind of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Habit {
    answer: U256,
    peak: U256,
    peak_at: u64,
    last_at: u64,
    longest: u64,
    updates: u64,
}

impl StoppedFeed {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let number = |name, max| card.parameters.number(name, 1..=max);
        let (silent_s_min, silent_times_min) =
            (number("silent_s_min", 10_000_000)?, number("silent_times_min", 1_000)?);
        let (updates_min, fall_bp_min) = (number("updates_min", 1_000)?, number("fall_bp_min", 10_000)?);
        Ok(Self { card, silent_s_min, silent_times_min, updates_min, fall_bp_min })
    }

    /// Whether a feed has stopped in a fall.
    fn has_stopped(&self, habit: &Habit, now: u64) -> bool {
        let silent = now.saturating_sub(habit.last_at);
        let fell = habit.peak.saturating_sub(habit.answer).saturating_mul(U256::from(10_000));
        habit.updates >= self.updates_min
            && silent >= self.silent_s_min
            && silent >= habit.longest.saturating_mul(self.silent_times_min)
            && fell >= habit.peak.saturating_mul(U256::from(self.fall_bp_min))
    }
}

impl Detector for StoppedFeed {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Topic(ANSWER_UPDATED), Wake::Selector(Selector::new(LATEST_ROUND_DATA))]
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        let told = facts.logs.iter().filter(|log| log.topics.first() == Some(&ANSWER_UPDATED));
        for log in told.take(ANSWERS_MAX) {
            if let Some(answer) = log.topics.get(1) {
                let key: &[&[u8]] = &[log.address.as_slice()];
                let habit = Habit::of(memory.last(key)).told(U256::from_be_bytes(answer.0), ctx.timestamp);
                memory.set_last(key, &habit.bytes());
            }
        }
        let asked = |frame: &&Frame| frame.effective && frame.selector() == Some(Selector::new(LATEST_ROUND_DATA));
        for (index, frame) in (0u32..).zip(&facts.frames).filter(|(_, frame)| asked(frame)).take(ANSWERS_MAX) {
            let Some(habit) = Habit::of(memory.last(&[frame.target.as_slice()])) else { continue };
            if !self.has_stopped(&habit, ctx.timestamp) {
                continue;
            }
            let lends = |account: Address| ctx.covers(account) && loan(facts, account).is_some();
            let lender = ancestors(&facts.frames, index).map(|(_, frame)| frame.target).find(|account| lends(*account));
            if let Some(lender) = lender {
                out.raise(finding(ctx, frame.target, index, lender, &habit));
                return;
            }
        }
    }
}

/// The largest payment of an account that raised an entry under a name by just as much: a debt.
pub(super) fn loan<'a>(facts: &'a Indexed<'_>, account: Address) -> Option<&'a facts::Flow> {
    let lost = facts.net_rows(account).iter().filter(|net| !net.loss().is_zero());
    let paid = lost.flat_map(|net| facts.flows_of(account, net.asset));
    let owed = |flow: &&facts::Flow| facts.bookings(flow, Booking::Either).any(|write| write.after > write.before);
    paid.filter(owed).max_by_key(|flow| flow.amount)
}

impl Habit {
    fn of(bytes: Option<&[u8]>) -> Option<Self> {
        let word = |at: usize| Some(U256::from_be_slice(bytes?.get(at..at + 32)?));
        let time = |at: usize| Some(u64::from_be_bytes(*bytes?.get(at..)?.first_chunk()?));
        let (answer, peak) = (word(0)?, word(32)?);
        Some(Self { answer, peak, peak_at: time(64)?, last_at: time(72)?, longest: time(80)?, updates: time(88)? })
    }

    fn bytes(&self) -> Vec<u8> {
        let words = [self.answer, self.peak].map(|word| word.to_be_bytes::<32>()).concat();
        let times = [self.peak_at, self.last_at, self.longest, self.updates].map(u64::to_be_bytes).concat();
        [words, times].concat()
    }
}

trait Told {
    fn told(self, answer: U256, now: u64) -> Habit;
}

impl Told for Option<Habit> {
    /// With one more answer.
    fn told(self, answer: U256, now: u64) -> Habit {
        let Some(habit) = self else {
            return Habit { answer, peak: answer, peak_at: now, last_at: now, longest: 0, updates: 1 };
        };
        let is_peak = answer >= habit.peak || now.saturating_sub(habit.peak_at) > PEAK_S;
        let (peak, peak_at) = if is_peak { (answer, now) } else { (habit.peak, habit.peak_at) };
        let longest = habit.longest.max(now.saturating_sub(habit.last_at));
        Habit { answer, peak, peak_at, last_at: now, longest, updates: habit.updates.saturating_add(1) }
    }
}

fn finding(ctx: &TxCtx<'_>, feed: Address, index: u32, lender: Address, habit: &Habit) -> Finding {
    let name = ctx.name(lender);
    let silent = ctx.timestamp.saturating_sub(habit.last_at);
    let message = format!("{name} lent by an answer of {feed} that is {silent} seconds old and came in a fall");
    let (peak, answer, longest) = (habit.peak, habit.answer, habit.longest);
    let fell =
        format!("{feed} fell from {peak} to {answer} within a day, never silent for more than {longest} seconds");
    let mut finding = Finding::about(lender, message).victim(lender).attacker(ctx.facts.from).evidence(
        EvidenceKind::Call,
        Some(index),
        fell,
    );
    if let Some(loan) = loan(ctx.facts, lender) {
        let says = format!("{} left {name} for a debt", words(loan.amount, &loan.asset));
        finding =
            finding.evidence(EvidenceKind::Flow, Some(loan.frame), says).loss(lender, loan.asset, loan.amount, None);
    }
    if ctx.protects(lender) { finding.severity(Severity::Critical) } else { finding }
}
