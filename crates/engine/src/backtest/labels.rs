//! Attacks that are known to be in the blocks, and whether and when they were noticed.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256};
use case::{Alert, Severity};
use facts::{BlockFacts, ChainId};
use serde::{Deserialize, Serialize};

use super::PAGE;

/// An alert about the same people this long before an attack counts as a warning of it, and this long after as of what
/// followed: a day in seconds.
const AROUND: u64 = 86_400;

/// An attack that is known: by its transaction, or by its block.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// What it is called.
    #[serde(default)]
    pub name: String,
    /// The chain, if blocks of several are looked at.
    #[serde(default)]
    pub chain: Option<ChainId>,
    /// Its transaction.
    #[serde(default)]
    pub tx: Option<B256>,
    /// Its block, where the transaction is not known.
    #[serde(default)]
    pub block: Option<u64>,
    /// What kind of attack it was, an id of the taxonomy.
    #[serde(default)]
    pub kind: Option<String>,
}

/// What became of an attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Somebody would have been woken before it.
    Early,
    /// Somebody would have been woken by it.
    Noticed,
    /// Something was said, but nobody woken.
    Mild,
    /// Nothing was said.
    Missed,
    /// Its block could not be seen.
    Blind,
    /// Its block was not among those that were looked at.
    NotThere,
}

/// An attack in the report.
#[derive(Debug, Clone, Serialize)]
pub struct AttackRow {
    /// What it is called.
    pub name: String,
    /// Its kind, as labelled.
    pub kind: Option<String>,
    /// Its block, if it was looked at.
    pub block: Option<u64>,
    /// Its transaction.
    pub tx: Option<B256>,
    /// What became of it.
    pub outcome: Outcome,
    /// The rule that spoke first among those that count for the outcome.
    pub rule: Option<String>,
    /// How bad it said it was.
    pub severity: Option<Severity>,
    /// Whether one of the alerts about it points to the labelled kind.
    pub kind_found: Option<bool>,
    /// From the first alert that wakes somebody to the attack's own block, in seconds of block time; zero within it.
    pub lead_seconds: Option<u64>,
}

/// An attack while blocks go by.
#[derive(Debug)]
pub(super) struct Attack {
    label: Label,
    seen: Option<Seen>,
}

#[derive(Debug)]
struct Seen {
    chain: ChainId,
    block: u64,
    time: u64,
    blind: bool,
    /// Who did it: the sender, what it called, what it created.
    actors: BTreeSet<Address>,
}

impl Attack {
    pub(super) fn new(label: Label) -> Self {
        Self { label, seen: None }
    }

    pub(super) fn see(&mut self, facts: &BlockFacts) {
        if self.label.chain.as_ref().is_some_and(|chain| *chain != facts.block.chain) {
            return;
        }
        let tx = self.label.tx.and_then(|hash| facts.txs.iter().find(|tx| tx.hash == hash));
        let is_here = tx.is_some() || self.label.block == Some(facts.block.number);
        if !is_here || self.seen.is_some() {
            return;
        }
        let mut actors = BTreeSet::new();
        if let Some(tx) = tx {
            actors.insert(tx.from);
            actors.extend(tx.to);
            actors.extend(tx.codes.iter().map(|code| code.address));
        }
        self.seen = Some(Seen {
            chain: facts.block.chain.clone(),
            block: facts.block.number,
            time: facts.timestamp,
            blind: !facts.blind.is_empty(),
            actors,
        });
    }

    /// Whether an alert is of this attack: of its transaction or block, or about the same people around that time.
    pub(super) fn explains(&self, alert: &Alert) -> bool {
        self.is_of(alert) || self.is_around(alert)
    }

    fn is_of(&self, alert: &Alert) -> bool {
        let Some(seen) = &self.seen else { return false };
        let here = seen.chain == alert.seen_at.chain && seen.block == alert.seen_at.number;
        // What a rule says of the block as a whole counts for each attack in it, blindness does not.
        let same = self.label.tx.is_none_or(|tx| alert.tx == Some(tx) || alert.tx.is_none());
        here && same && !alert.kind.starts_with("sight/")
    }

    fn is_around(&self, alert: &Alert) -> bool {
        let Some(seen) = &self.seen else { return false };
        let near = seen.chain == alert.seen_at.chain && seen.time.abs_diff(alert.block_time) <= AROUND;
        // A subject that suffers is no sign of who is about to strike.
        let subject = Some(&alert.subject).filter(|subject| !alert.victims.contains(subject));
        let mut people = alert.attackers.iter().chain(subject);
        near && people.any(|account| seen.actors.contains(&account.address))
    }

    pub(super) fn row(&self, alerts: &[Alert]) -> AttackRow {
        let Label { name, kind, tx, .. } = &self.label;
        let mut row = AttackRow {
            name: name.clone(),
            kind: kind.clone(),
            block: self.seen.as_ref().map(|seen| seen.block).or(self.label.block),
            tx: *tx,
            outcome: Outcome::NotThere,
            rule: None,
            severity: None,
            kind_found: None,
            lead_seconds: None,
        };
        let Some(seen) = &self.seen else { return row };
        let of_it: Vec<&Alert> =
            alerts.iter().filter(|alert| self.explains(alert) && alert.seen_at.number <= seen.block).collect();
        row.kind_found = kind.as_ref().map(|kind| of_it.iter().any(|alert| alert.kind == *kind));
        let first = |paging: bool| {
            let fits = of_it.iter().filter(|alert| !paging || alert.severity >= PAGE);
            fits.min_by_key(|alert| (alert.block_time, std::cmp::Reverse(alert.severity))).copied()
        };
        let (outcome, alert) = match (first(true), first(false)) {
            (Some(alert), _) if alert.block_time < seen.time => (Outcome::Early, Some(alert)),
            (Some(alert), _) => (Outcome::Noticed, Some(alert)),
            (None, Some(alert)) => (Outcome::Mild, Some(alert)),
            (None, None) if seen.blind => (Outcome::Blind, None),
            (None, None) => (Outcome::Missed, None),
        };
        row.outcome = outcome;
        row.rule = alert.map(|alert| alert.rule.to_string());
        row.severity = alert.map(|alert| alert.severity);
        row.lead_seconds = first(true).map(|alert| seen.time.saturating_sub(alert.block_time));
        row
    }
}
