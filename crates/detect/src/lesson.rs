//! What rules may learn from: what woke them, without what any rule objected to.

use case::{Alert, Severity};
use facts::B256;

use crate::{
    dispatch::Woken,
    findings::{BLIND, Tallies},
};

/// What of a transaction, by its place in the block, woke a rule.
type Note = (usize, Box<[u64]>);

/// The transactions of a block that woke the rules that learn.
#[derive(Default)]
pub(crate) struct Attended {
    at: usize,
    rules: Vec<(u32, Vec<Note>)>,
}

impl Attended {
    /// For these rules, in order.
    pub(crate) fn new(learners: &[u32]) -> Self {
        Self { at: 0, rules: learners.iter().map(|rule| (*rule, Vec::new())).collect() }
    }

    /// The transaction at hand woke a rule.
    pub(crate) fn note(&mut self, rule: u32, woken: Woken<'_>) {
        if self.rules.is_empty() {
            return;
        }
        if let Ok(found) = self.rules.binary_search_by_key(&rule, |(rule, _)| *rule) {
            self.rules[found].1.push((self.at, woken.notes().into()));
        }
    }

    /// The next transaction is at hand.
    pub(crate) fn next(&mut self) {
        self.at += 1;
    }

    /// Each rule that learns, with what woke it.
    pub(crate) fn by_rule(&self) -> impl Iterator<Item = (u32, &[Note])> {
        self.rules.iter().map(|(rule, notes)| (*rule, &notes[..]))
    }
}

/// The transactions that a rule had better not learn from, and whether that is so of the whole block: it fired there
/// itself, or some rule raised an alert of severity high.
pub(crate) fn objections(alerts: &[Alert], tallies: &Tallies, rule: u32) -> (Vec<B256>, bool) {
    let high = alerts.iter().filter(|alert| alert.severity >= Severity::High && alert.kind != BLIND);
    let fired = tallies.get(&rule).into_iter().flat_map(|tally| tally.fired.iter().copied());
    let (txs, rest): (Vec<_>, Vec<_>) = high.map(|alert| alert.tx).chain(fired).partition(Option::is_some);
    // Of what was held back nobody knows the transaction any more.
    let is_flooded = tallies.values().any(|tally| tally.worst().is_some_and(|worst| worst >= Severity::High));
    (txs.into_iter().flatten().collect(), !rest.is_empty() || is_flooded)
}
