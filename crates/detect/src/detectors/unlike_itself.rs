//! Somebody who holds an office acts unlike himself.
//!
//! A stolen key does what its owner could do, and nothing in the call says who presses the button. But people have their
//! hours, their tools set the price of gas, and they go where they always go. One of these alone means nothing.
//!
//! Where the office is held by a multisig wallet (Safe), it is the wallet that has habits: whom it tells what, and who signs.

mod safe;

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, KeyedMap, Selector};

use crate::{DetectError, Detector, Finding, Findings, MemoryView, RuleCard, TxCtx, Wake, condition::selector_of};

pub(crate) const ID: &str = "unlike-itself";

const DAY_S: u64 = 86_400;
/// Acts that are kept in mind of each office holder: what a remembered value has room for.
const KEPT: usize = 10;
/// Bytes of an act.
const ACT: usize = 24;

/// Learns how office holders act.
pub(crate) struct UnlikeItself {
    card: Arc<RuleCard>,
    functions: Vec<Selector>,
    acts_min: usize,
    days_min: u64,
    signs_min: usize,
    hours_apart_min: u64,
    gas_times_min: u64,
    nonce_times_min: u64,
}

/// One privileged act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Act {
    time: u64,
    gas_price: u64,
    nonce: u64,
}

impl UnlikeItself {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let parameters = &card.parameters;
        let of = |text: &String| {
            let fault = |why| parameters.fault("functions", format!("`{text}` in `functions` {why}"), "");
            selector_of(text).map_err(fault)
        };
        let size = |name, max| Ok::<_, DetectError>(usize::try_from(parameters.number(name, 1..=max)?).unwrap_or(1));
        Ok(Self {
            functions: parameters.texts("functions")?.iter().map(of).collect::<Result<_, _>>()?,
            acts_min: size("acts_min", KEPT as u64)?,
            days_min: parameters.number("days_min", 1..=365)?,
            signs_min: size("signs_min", 4)?,
            hours_apart_min: parameters.number("hours_apart_min", 1..=12)?,
            gas_times_min: parameters.number("gas_times_min", 2..=1_000)?,
            nonce_times_min: parameters.number("nonce_times_min", 2..=1_000_000)?,
            card,
        })
    }

    /// The contract that the sender himself told to do something that only some may, and in which frame.
    fn act(&self, ctx: &TxCtx<'_>) -> Option<Address> {
        let facts = ctx.facts;
        let first = facts.frames.first().filter(|first| first.effective && !safe::is_execution(first))?;
        let named = first.selector().is_some_and(|selector| self.functions.contains(&selector)) && first.asks_caller;
        let changes: KeyedMap<Address, ()> = facts.changes.iter().map(|change| (change.contract, ())).collect();
        let changed = |contract| changes.contains_key(&contract);
        // The admin of a proxy is often a contract that passes the word on.
        let passed_on = || facts.frames.iter().find(|frame| frame.depth == 1 && changed(frame.target));
        let contract = if named || changed(first.target) { first.target } else { passed_on()?.target };
        (!facts.is_new(contract)).then_some(contract)
    }
}

impl Detector for UnlikeItself {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        let functions = self.functions.iter().map(|function| Wake::Selector(*function));
        functions.chain([Wake::Change, Wake::Selector(safe::EXEC)]).collect()
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        for execution in safe::executions(self, ctx.facts) {
            let judged = execution.judge(self, ctx, memory);
            if let (Some(contract), Some((acts, signs))) = (execution.office, judged)
                && ctx.covers(contract)
            {
                let finding = finding(ctx, (execution.safe, Some(execution.frame)), contract, acts, &signs);
                out.raise(finding.attacker(ctx.facts.from).victim(execution.safe));
            }
        }
        let Some(contract) = self.act(ctx) else { return };
        let who = ctx.facts.from;
        let (key, places): (&[&[u8]], &[&[u8]]) = (&[b"acts", who.as_slice()], &[b"to", who.as_slice()]);
        let mut acts = memory.last(key).map(acts_of).unwrap_or_default();
        let act = Act {
            time: ctx.timestamp,
            gas_price: u64::try_from(ctx.facts.gas_price).unwrap_or(u64::MAX),
            nonce: ctx.facts.nonce,
        };
        let (is_known, known) = (memory.contains(places, contract.as_slice()), memory.distinct(places));
        if ctx.covers(contract) && self.has_habits(&acts, act.time) {
            let mut signs = self.signs(&acts, &act);
            // Who goes to a new place every other time has no usual one.
            if !is_known && known * 3 <= acts.len() {
                signs.push(format!("it never had to do with {contract} before, and with {known} others"));
            }
            if signs.len() >= self.signs_min {
                out.raise(finding(ctx, (who, Some(0)), contract, acts.len(), &signs).attacker(who));
            }
        }
        memory.insert(places, contract.as_slice());
        acts.push(act);
        let kept = acts.len().saturating_sub(KEPT);
        let bytes: Vec<u8> = acts.iter().skip(kept).flat_map(Act::bytes).collect();
        memory.set_last(key, &bytes);
    }
}

impl UnlikeItself {
    fn has_habits(&self, acts: &[Act], now: u64) -> bool {
        let since = acts.first().map_or(now, |first| first.time);
        acts.len() >= self.acts_min && now.saturating_sub(since) >= self.days_min.saturating_mul(DAY_S)
    }

    /// What is unlike the acts before.
    fn signs(&self, acts: &[Act], act: &Act) -> Vec<String> {
        let mut signs = Vec::new();
        signs.extend(hour_sign(acts, act, self.hours_apart_min));
        let usual = median(acts.iter().map(|earlier| earlier.gas_price).collect());
        let most = acts.iter().map(|earlier| earlier.gas_price).max().unwrap_or(0);
        if usual > 0
            && act.gas_price >= usual.saturating_mul(self.gas_times_min)
            && act.gas_price >= most.saturating_mul(2)
        {
            signs.push(format!("it paid {} wei for a unit of gas, and usually {usual}", act.gas_price));
        }
        let steps = acts.windows(2).map(|pair| pair[1].nonce.saturating_sub(pair[0].nonce));
        let longest = steps.max().unwrap_or(0).max(1);
        let step = acts.last().map_or(0, |last| act.nonce.saturating_sub(last.nonce));
        if step >= longest.saturating_mul(self.nonce_times_min) {
            signs.push(format!("it sent {step} transactions since its last act, and never more than {longest} before"));
        }
        signs
    }
}

impl Act {
    fn bytes(&self) -> [u8; ACT] {
        let mut bytes = [0; ACT];
        for (part, number) in bytes.chunks_exact_mut(8).zip([self.time, self.gas_price, self.nonce]) {
            part.copy_from_slice(&number.to_be_bytes());
        }
        bytes
    }
}

fn acts_of(bytes: &[u8]) -> Vec<Act> {
    let number = |act: &[u8], at: usize| Some(u64::from_be_bytes(*act.get(at..)?.first_chunk()?));
    let act = |act: &[u8]| Some(Act { time: number(act, 0)?, gas_price: number(act, 8)?, nonce: number(act, 16)? });
    bytes.chunks_exact(ACT).filter_map(act).collect()
}

/// Whether an act is at an hour far from any before, in words.
fn hour_sign(acts: &[Act], act: &Act, hours_apart_min: u64) -> Option<String> {
    let apart = acts.iter().map(|earlier| hour_apart_s(earlier.time, act.time)).min().unwrap_or(0);
    let (hour, minute) = (act.time % DAY_S / 3_600, act.time % 3_600 / 60);
    (apart >= hours_apart_min.saturating_mul(3_600))
        .then(|| format!("it is {hour:02}:{minute:02} UTC, {} hours from any hour of it before", apart / 3_600))
}

/// How far two times are apart on the face of the clock.
fn hour_apart_s(one: u64, other: u64) -> u64 {
    let apart = (one % DAY_S).abs_diff(other % DAY_S);
    apart.min(DAY_S - apart)
}

fn median(mut numbers: Vec<u64>) -> u64 {
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied().unwrap_or(0)
}

fn finding(
    ctx: &TxCtx<'_>,
    (who, frame): (Address, Option<u32>),
    contract: Address,
    acts: usize,
    signs: &[String],
) -> Finding {
    let name = ctx.name(contract);
    let severity = match (ctx.protects(contract), signs.len()) {
        (true, 3..) => Severity::Medium,
        (true, _) | (false, 3..) => Severity::Low,
        (false, _) => Severity::Info,
    };
    let count = signs.len();
    let message =
        format!("{who} did what only some may at {name}, unlike itself in {count} ways over its last {acts} acts");
    let finding = Finding::about(contract, message).severity(severity).key(who).victim(contract);
    signs.iter().fold(finding, |finding, sign| finding.evidence(EvidenceKind::Call, frame, format!("{who}: {sign}")))
}
