//! A contract believed a price feed that says something else than the pool at which the same pair is traded.
//!
//! Which feed and which pool speak of the same pair is learnt from transactions in which both are heard. A feed that jumps
//! while no pool is heard makes the rule ask the pool.

mod pair;

use std::sync::Arc;

use atlas::pools::{Basis, Mark, Pool, PoolKind, Price, before, marks, reserves_ask, slot0_ask};
use case::{EvidenceKind, Severity};
use facts::{Address, Answer, Ask, B256, Budget, Frame, Overrides, Question, Selector, U256};

use super::stopped_feed::loan;
use crate::{AnswerCtx, DetectError, Detector, Finding, Findings, MemoryView, RuleCard, TxCtx, Wake, value::ancestors};
use pair::{Apart, Pair, Trust, apart_bp};

pub(crate) const ID: &str = "price-apart";

/// `latestRoundData()`, whose second word is the answer, and `latestAnswer()`.
const LATEST_ROUND_DATA: [u8; 4] = [0xfe, 0xaf, 0x96, 0x8c];
const LATEST_ANSWER: [u8; 4] = [0x50, 0xd2, 0x5b, 0xcd];
/// Feeds and pools of one transaction that are held against each other.
const FEEDS_MAX: usize = 4;
const POOLS_MAX: usize = 4;

/// Finds prices that came apart.
pub(crate) struct PriceApart {
    card: Arc<RuleCard>,
    trust: Trust,
    jump_bp_min: u64,
}

/// An answer of a feed.
#[derive(Debug, Clone, Copy)]
struct Heard {
    feed: Address,
    answer: U256,
    frame: u32,
    asker: Address,
}

impl PriceApart {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let number = |name, max| card.parameters.number(name, 1..=max);
        let seen_min = usize::try_from(number("seen_min", 12)?.max(4)).unwrap_or(12);
        let trust = Trust {
            seen_min,
            seconds_min: number("seconds_min", 10_000_000)?,
            moved_bp_min: number("moved_bp_min", 10_000)?,
            apart_bp_min: number("apart_bp_min", 1_000_000)?,
        };
        let jump_bp_min = number("jump_bp_min", 1_000_000)?;
        Ok(Self { card, trust, jump_bp_min })
    }
}

impl Detector for PriceApart {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        [LATEST_ROUND_DATA, LATEST_ANSWER].map(|function| Wake::Selector(Selector::new(function))).to_vec()
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let feeds = heard(ctx);
        if feeds.is_empty() {
            return;
        }
        let pools: Vec<(Pool, Price)> = if ctx.facts.logs.is_empty() { Vec::new() } else { traded(ctx) };
        let mut told = false;
        for feed in feeds {
            for (pool, price) in &pools {
                let finding = self.hold_against(ctx, memory, &feed, (pool, *price));
                if let Some(finding) = finding.filter(|_| !told) {
                    out.raise(finding);
                    told = true;
                }
            }
            self.listen(ctx, memory, &feed, &pools, out);
        }
    }

    fn answered(&self, ctx: &AnswerCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let Ask::View(request) = &ctx.question.ask else { return };
        let Some(pool) = request.to else { return };
        let Some(asked) = memory.last(&[b"asked", pool.as_slice()]).filter(|asked| asked.len() == 104) else { return };
        let address = |at: usize| Address::from_slice(&asked[at..at + 20]);
        let (feed, asker) = (address(32), address(52));
        let (tx, answer) = (B256::from_slice(&asked[..32]), U256::from_be_slice(&asked[72..]));
        out.tx = Some(tx);
        let is_root = ctx.question.ask == slot0_ask(pool);
        let price = if is_root { Price::of_root_answer(ctx.answer) } else { Price::of_reserves_answer(ctx.answer) };
        let protects = ctx.scope.protects(&ctx.chain.id, asker);
        let Some(price) = price else {
            if let (Answer::Blind(why), true) = (ctx.answer, protects) {
                let says = format!("{feed} jumped, and what {pool} says could not be asked: {why}");
                out.raise(Finding::about(asker, says).blind().severity(Severity::Low).confidence(90).key(pool));
            }
            return;
        };
        let key = [b"pair".as_slice(), feed.as_slice(), pool.as_slice()];
        let Some(pair) = memory.last(&key).and_then(Pair::of) else { return };
        let apart = pair.see(answer, price).and_then(|now| pair.judge(now, out.timestamp, &self.trust));
        if let Some(apart) = apart.filter(|apart| apart.feed_bp >= apart.pool_bp) {
            let heard = Heard { feed, answer, frame: 0, asker };
            let severity = if protects { Severity::Medium } else { Severity::Low };
            let says = words(&heard, pool, &apart, asker.to_string());
            let finding = Finding::about(asker, says.clone()).severity(severity).key(feed).victim(asker);
            out.raise(finding.evidence(EvidenceKind::Observed, None, says));
        }
    }
}

impl PriceApart {
    /// Holds a feed's answer against a pool's price, and learns from both unless they are apart.
    fn hold_against(
        &self,
        ctx: &TxCtx<'_>,
        memory: &mut MemoryView<'_>,
        feed: &Heard,
        (pool, price): (&Pool, Price),
    ) -> Option<Finding> {
        let contract = pool.contract;
        let id = pool.id.unwrap_or_default();
        let key: &[&[u8]] = match pool.id {
            Some(_) => &[b"pair", feed.feed.as_slice(), contract.as_slice(), id.as_slice()],
            None => &[b"pair", feed.feed.as_slice(), contract.as_slice()],
        };
        let Some(mut pair) = memory.last(key).and_then(Pair::of) else {
            if let Some(pair) = Pair::new(feed.answer, price, ctx.timestamp) {
                memory.set_last(key, &pair.bytes());
            }
            return None;
        };
        let Some(now) = pair.see(feed.answer, price) else {
            // Worth a thousand times what it was, or a thousandth: they never were the same pair, or are no more.
            memory.forget(key);
            return None;
        };
        let Some(apart) = pair.judge(now, ctx.timestamp, &self.trust) else {
            if pair.learn(now) {
                memory.set_last(key, &pair.bytes());
            }
            return None;
        };
        if pair.strike() {
            memory.set_last(key, &pair.bytes());
        } else {
            memory.forget(key);
        }
        ctx.covers(feed.asker).then(|| finding(ctx, feed, contract, &apart))
    }

    /// Keeps a feed's last answer and the pool that was last heard with it; asks that pool when the feed jumps alone.
    fn listen(
        &self,
        ctx: &TxCtx<'_>,
        memory: &mut MemoryView<'_>,
        feed: &Heard,
        pools: &[(Pool, Price)],
        out: &mut Findings<'_>,
    ) {
        let key: &[&[u8]] = &[b"feed", feed.feed.as_slice()];
        let known = memory.last(key).filter(|known| known.len() == 53);
        let last = known.map(|known| U256::from_be_slice(&known[..32]));
        let of_known = |known: &[u8]| Some((Address::from_slice(known.get(32..52)?), *known.get(52)?));
        let asked = [PoolKind::UniswapV2, PoolKind::Solidly, PoolKind::UniswapV3, PoolKind::PancakeV3];
        let heard = pools.iter().map(|(pool, _)| pool).find(|pool| asked.contains(&pool.kind));
        let pool = match heard {
            Some(pool) => {
                let is_root = matches!(pool.kind, PoolKind::UniswapV3 | PoolKind::PancakeV3);
                Some((pool.contract, u8::from(is_root)))
            }
            None => known.and_then(of_known),
        };
        let Some((contract, is_root)) = pool else { return };
        let jumped = last.is_some_and(|last| jump_bp(last, feed.answer) >= self.jump_bp_min);
        if jumped && heard.is_none() && ctx.covers(feed.asker) {
            let tx = ctx.facts.hash;
            let parts = [tx.as_slice(), feed.feed.as_slice(), feed.asker.as_slice(), &feed.answer.to_be_bytes::<32>()];
            memory.set_last(&[b"asked", contract.as_slice()], &parts.concat());
            let ask = if is_root == 1 { slot0_ask(contract) } else { reserves_ask(contract) };
            let budget = Budget { gas: 200_000, reads: 16, time_ms: None };
            out.ask(Question { at: ctx.block.clone(), overrides: Overrides::default(), ask, budget });
        }
        if last != Some(feed.answer) || heard.is_some() {
            let parts = [&feed.answer.to_be_bytes::<32>()[..], contract.as_slice(), &[is_root]];
            memory.set_last(key, &parts.concat());
        }
    }
}

/// The answers that feeds gave, each feed once. What one feed asks another is its own affair.
fn heard(ctx: &TxCtx<'_>) -> Vec<Heard> {
    let facts = ctx.facts;
    let mut feeds: Vec<Heard> = Vec::new();
    for (at, frame) in (0u32..).zip(&facts.frames) {
        if !frame.effective || !frame.selector().is_some_and(is_price) {
            continue;
        }
        let inner = |parent: u32| facts.frames.get(parent as usize).and_then(Frame::selector).is_some_and(is_price);
        if frame.parent.is_some_and(inner) || feeds.iter().any(|heard| heard.feed == frame.target) {
            continue;
        }
        let word = if frame.selector() == Some(Selector::new(LATEST_ANSWER)) { 0 } else { 32 };
        let answer = frame.output.get(word..).and_then(|rest| rest.first_chunk::<32>());
        let Some(answer) = answer.map(|word| U256::from_be_bytes(*word)) else { continue };
        // Below zero, or none.
        if answer.is_zero() || answer.bit_len() > 160 || feeds.len() == FEEDS_MAX {
            continue;
        }
        feeds.push(Heard { feed: frame.target, answer, frame: at, asker: frame.caller });
    }
    feeds
}

fn is_price(selector: Selector) -> bool {
    [LATEST_ROUND_DATA, LATEST_ANSWER].contains(&selector.0)
}

/// Pools that were traded at, each with the price before the first trade, or of the only one.
fn traded(ctx: &TxCtx<'_>) -> Vec<(Pool, Price)> {
    let mut firsts: Vec<(Mark, usize)> = Vec::new();
    for mark in marks(ctx.facts).into_iter().filter(|mark| mark.basis == Basis::Spot) {
        if let Some((_, count)) = firsts.iter_mut().find(|(first, _)| first.pool == mark.pool) {
            *count += 1;
        } else if firsts.len() < POOLS_MAX {
            firsts.push((mark, 1));
        }
    }
    let price = |first: &Mark, count| before(ctx.facts, first).or((count == 1).then_some(first.price));
    firsts.into_iter().filter_map(|(first, count)| Some((first.pool, price(&first, count)?))).collect()
}

fn jump_bp(last: U256, now: U256) -> u64 {
    let (low, high) = if last < now { (last, now) } else { (now, last) };
    let bits = high.bit_len().saturating_sub(120);
    let small = |number: U256| u128::try_from(number >> bits).unwrap_or(u128::MAX);
    apart_bp(small(low), small(high))
}

fn finding(ctx: &TxCtx<'_>, heard: &Heard, pool: Address, apart: &Apart) -> Finding {
    let facts = ctx.facts;
    // Who lends or pays by it is further out than who asks.
    let around = ancestors(&facts.frames, heard.frame).skip(1);
    let lender =
        around.map(|(_, frame)| frame.target).find(|account| ctx.covers(*account) && loan(facts, *account).is_some());
    let believer = lender.unwrap_or(heard.asker);
    let jumped = apart.feed_bp >= apart.pool_bp;
    let severity = match (ctx.protects(believer), lender.is_some() && jumped) {
        (true, true) => Severity::High,
        (true, false) | (false, true) => Severity::Medium,
        (false, false) => Severity::Low,
    };
    let says = words(heard, pool, apart, ctx.name(believer));
    let mut finding = Finding::about(believer, says.clone())
        .severity(severity)
        .key(heard.feed)
        .victim(believer)
        .attacker(facts.from)
        .evidence(EvidenceKind::Call, Some(heard.frame), says);
    if !jumped {
        finding = finding.kind("price/oracle-stale");
    }
    if let Some(flow) = lender.and_then(|lender| loan(facts, lender)) {
        let paid = format!("{} left {believer} for a debt", crate::value::words(flow.amount, &flow.asset));
        finding = finding.evidence(EvidenceKind::Flow, Some(flow.frame), paid);
    }
    finding
}

fn words(heard: &Heard, pool: Address, apart: &Apart, name: String) -> String {
    let Apart { apart_bp, feed_bp, pool_bp } = *apart;
    format!(
        "{name} went by the feed {}, which is {apart_bp} basis points away from what it usually is to the price of the pool {pool}; since both were last heard the feed moved by {feed_bp} and the pool by {pool_bp}",
        heard.feed
    )
}
