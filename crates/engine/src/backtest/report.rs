//! What came of a back-test, in numbers that a pull request can be judged by.

#![expect(clippy::float_arithmetic, reason = "rates and shares of time, not money")]

use std::collections::BTreeMap;

use alloy_primitives::B256;
use case::{Alert, Severity, Timestamp};
use facts::{AccountId, ChainId};
use serde::Serialize;

use super::{
    Backtest, PAGE,
    compare::{self, Comparison},
    interval::{Interval, as_float, clopper_pearson},
    labels::AttackRow,
};

/// A day and an average month in seconds.
const DAY: f64 = 86_400.0;
const MONTH: f64 = 2_629_746.0;
/// Alarms that are listed.
const PAGES: usize = 100;

/// What came of a back-test.
#[derive(Debug, Serialize)]
pub struct BacktestReport {
    /// Blocks looked at.
    pub blocks: u64,
    /// Their transactions.
    pub transactions: u64,
    /// The chains they are of.
    pub chains: Vec<ChainId>,
    /// The time of the earliest and of the latest block.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Seconds between blocks.
    pub block_seconds: u64,
    /// Whether that was seen between neighbouring blocks; otherwise Ethereum's was taken.
    pub block_seconds_seen: bool,
    /// How much time the blocks stand for, in days.
    pub days: f64,
    /// Alerts by severity, worst first.
    pub alerts: Vec<(Severity, u64)>,
    /// Alerts that were counted and not kept, because there were too many.
    pub alerts_dropped: u64,
    /// Alerts a day.
    pub alerts_a_day: f64,
    /// Alarms that wake somebody and belong to no labelled attack.
    pub pages: Rate,
    /// The first of them.
    pub page_list: Vec<PageRow>,
    /// Rules, those that take the most time first.
    pub rules: Vec<RuleRow>,
    /// Time of all rules, in seconds.
    pub rule_seconds: f64,
    /// Attacks that were labelled.
    pub attacks: Vec<AttackRow>,
    /// What could not be seen, most frequent first.
    pub blind: Vec<BlindRow>,
    /// What changes against other rules.
    pub comparison: Option<Comparison>,
}

/// Blocks in which somebody would have been woken for nothing.
#[derive(Debug, Serialize)]
pub struct Rate {
    /// How many blocks.
    pub blocks: u64,
    /// Of how many.
    pub of: u64,
    /// Their share, with its interval of Clopper and Pearson at 95 %.
    pub share: Interval,
    /// The same for a month.
    pub a_month: Interval,
}

/// An alert in the report.
#[derive(Debug, Clone, Serialize)]
pub struct PageRow {
    /// The rule.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: u8,
    /// The chain.
    pub chain: ChainId,
    /// The height.
    pub block: u64,
    /// The transaction, if it is about one.
    pub tx: Option<B256>,
    /// Whom it is about.
    pub subject: AccountId,
    /// One sentence. Text from a chain in it is hostile until it is escaped.
    pub message: String,
}

impl PageRow {
    pub(super) fn new(alert: &Alert) -> Self {
        Self {
            rule: alert.rule.to_string(),
            severity: alert.severity,
            confidence: alert.confidence.percent(),
            chain: alert.seen_at.chain.clone(),
            block: alert.seen_at.number,
            tx: alert.tx,
            subject: alert.subject.clone(),
            message: alert.message.clone(),
        }
    }
}

/// A rule in the report.
#[derive(Debug, Serialize)]
pub struct RuleRow {
    /// Its id.
    pub id: String,
    /// Its name and digest.
    pub rule: String,
    /// How often it looked at a transaction or a block.
    pub looks: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Its share of the time of all rules, in percent.
    pub share: f64,
    /// What a look took, in nanoseconds.
    pub nanoseconds_a_look: f64,
    /// Its alerts.
    pub alerts: u64,
    /// Those that wake somebody and belong to no labelled attack.
    pub pages: u64,
    /// How often it could not judge.
    pub blind: u64,
    /// Its alerts a day.
    pub alerts_a_day: f64,
}

/// Something that could not be seen.
#[derive(Debug, Serialize)]
pub struct BlindRow {
    /// Why, as it was said the first time.
    pub why: String,
    /// In how many blocks, or parts of them.
    pub blocks: u64,
}

impl BlindRow {
    pub(super) fn new(why: &str) -> Self {
        Self { why: why.to_owned(), blocks: 0 }
    }
}

pub(super) fn report(test: Backtest) -> BacktestReport {
    let Backtest { rules: arm, against, attacks, span, blind } = test;
    let (block_seconds, block_seconds_seen) = span.block_seconds();
    let days = as_float(span.blocks) * as_float(block_seconds) / DAY;
    let a_day = |count: u64| if days > 0.0 { as_float(count) / days } else { 0.0 };
    let is_page = |alert: &&Alert| alert.severity >= PAGE && !attacks.iter().any(|attack| attack.explains(alert));
    let pages: Vec<&Alert> = arm.alerts.iter().filter(is_page).collect();
    let mut paged: Vec<(&ChainId, B256)> = pages.iter().map(|page| (&page.seen_at.chain, page.seen_at.hash)).collect();
    paged.sort();
    paged.dedup();
    let share = clopper_pearson(paged.len() as u64, span.blocks);
    let by_severity =
        |severity: &Severity| (*severity, arm.alerts.iter().filter(|alert| alert.severity == *severity).count() as u64);
    let time = |seconds: u64| i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let rule_seconds: f64 = arm.watch.rules.iter().map(|(spent, _)| spent.as_secs_f64()).sum();
    let mut counts: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
    for alert in &arm.alerts {
        let count = counts.entry(alert.rule.id.as_str()).or_default();
        count.0 += 1;
        count.2 += u64::from(alert.kind.starts_with("sight/"));
    }
    pages.iter().for_each(|page| counts.entry(page.rule.id.as_str()).or_default().1 += 1);
    let mut rules: Vec<RuleRow> = arm
        .detectors
        .rules()
        .into_iter()
        .enumerate()
        .map(|(at, rule)| {
            let (spent, looks) = arm.watch.rules.get(at).copied().unwrap_or_default();
            let (alerts, pages, blind) = counts.get(rule.id.as_str()).copied().unwrap_or_default();
            let seconds = spent.as_secs_f64();
            RuleRow {
                rule: rule.to_string(),
                id: rule.id,
                looks,
                seconds,
                share: if rule_seconds > 0.0 { 100.0 * seconds / rule_seconds } else { 0.0 },
                nanoseconds_a_look: if looks > 0 { seconds * 1e9 / as_float(looks) } else { 0.0 },
                alerts,
                pages,
                blind,
                alerts_a_day: a_day(alerts),
            }
        })
        .collect();
    rules.sort_by(|one, two| two.seconds.total_cmp(&one.seconds).then(one.id.cmp(&two.id)));
    let mut blind: Vec<BlindRow> = blind.into_values().collect();
    blind.sort_by_key(|row| std::cmp::Reverse(row.blocks));
    let count = arm.alerts.len() as u64 + arm.dropped;
    BacktestReport {
        blocks: span.blocks,
        transactions: span.transactions,
        chains: span.chains.keys().cloned().collect(),
        span: span.first.and_then(time).zip(span.last.and_then(time)),
        block_seconds,
        block_seconds_seen,
        days,
        alerts: Severity::ALL.iter().rev().map(by_severity).collect(),
        alerts_dropped: arm.dropped,
        alerts_a_day: a_day(count),
        pages: Rate {
            blocks: paged.len() as u64,
            of: span.blocks,
            share,
            a_month: share.times(MONTH / as_float(block_seconds)),
        },
        page_list: pages.iter().take(PAGES).map(|page| PageRow::new(page)).collect(),
        rules,
        rule_seconds,
        attacks: attacks.iter().map(|attack| attack.row(&arm.alerts)).collect(),
        blind,
        comparison: against.map(|before| compare::compare(&before.alerts, &arm.alerts)),
    }
}
