//! Alerts that have one cause, as one: of one transaction, of one matter, or of one rule about one account in a short time.
//!
//! A group begins with an alert and takes what follows; what belongs to two groups belongs to the one of its transaction,
//! then of its matter. Groups follow from the order of the book alone.

use std::collections::{BTreeMap, BTreeSet};

use case::{Alert, Digest, Severity};
use facts::ChainId;

/// For how long after its last alert a group takes others of the same matter, or of the same rule about the same account,
/// in seconds of block time: what begins again after an hour is looked at anew.
const WINDOW_S: u64 = 3_600;
/// Rules that a group names.
const RULES_MAX: usize = 16;

/// Groups of alerts, by the positions of their first alerts.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: BTreeMap<u64, Group>,
    /// The positions of the newest alerts of groups, and their groups.
    by_last: BTreeMap<u64, u64>,
    /// What ties alerts together, and the group and time of the last one that it tied.
    ties: BTreeMap<Digest, (u64, u64)>,
}

/// Alerts that have one cause.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// The position of the first of them.
    pub first: u64,
    /// The position of the newest of them.
    pub last: u64,
    /// How many.
    pub count: u64,
    /// The worst of them.
    pub worst: Severity,
    /// The rules that spoke, in order of their ids, 16 at most.
    pub rules: BTreeSet<String>,
    pub chain: ChainId,
    /// The times of the blocks of the first and the newest, in seconds.
    pub times: (u64, u64),
    ties: Vec<Digest>,
}

impl Groups {
    /// Takes an alert that was raised at a position of the book; its group.
    pub(super) fn take(&mut self, position: u64, alert: &Alert) -> u64 {
        let (time, chain) = (alert.block_time, &alert.seen_at.chain);
        let tie = |parts: &[&str]| Digest::of_bytes(parts.join("\n").as_bytes());
        let subject = alert.subject.to_string();
        let tx = alert.tx.map(|tx| tie(&["tx", chain.as_str(), &tx.to_string()]));
        let matter = tie(&["matter", chain.as_str(), &alert.fingerprint.0]);
        let rule = tie(&["rule", &alert.rule.id, &subject]);
        let known = |tie: &Digest| self.ties.get(tie).copied();
        let near = |(group, last): (u64, u64)| (time.abs_diff(last) <= WINDOW_S).then_some(group);
        let of_tx = tx.as_ref().and_then(known).map(|(group, _)| group);
        let found = of_tx.or_else(|| known(&matter).and_then(near)).or_else(|| known(&rule).and_then(near));
        let first = found.filter(|first| self.groups.contains_key(first)).unwrap_or(position);
        let group = self.groups.entry(first).or_insert_with(|| Group {
            first,
            last: position,
            count: 0,
            worst: alert.severity,
            rules: BTreeSet::new(),
            chain: chain.clone(),
            times: (time, time),
            ties: Vec::new(),
        });
        self.by_last.remove(&group.last);
        self.by_last.insert(position, first);
        (group.last, group.times.1) = (position, time);
        group.count += 1;
        group.worst = group.worst.max(alert.severity);
        if group.rules.len() < RULES_MAX {
            group.rules.insert(alert.rule.id.clone());
        }
        for tie in tx.into_iter().chain([matter, rule]) {
            if self.ties.insert(tie, (first, time)).is_none_or(|(before, _)| before != first) {
                group.ties.push(tie);
            }
        }
        first
    }

    /// An alert of a group is no longer held; a group without any is forgotten.
    pub(super) fn forget(&mut self, first: u64) {
        let Some(group) = self.groups.get_mut(&first) else { return };
        group.count -= 1;
        if group.count > 0 {
            return;
        }
        self.by_last.remove(&group.last);
        for tie in &group.ties {
            if self.ties.get(tie).is_some_and(|(of, _)| *of == first) {
                self.ties.remove(tie);
            }
        }
        self.groups.remove(&first);
    }

    /// Groups whose newest alert stands before a position, newest first.
    pub(super) fn before(&self, position: u64) -> impl Iterator<Item = &Group> {
        self.by_last.range(..position).rev().filter_map(|(_, first)| self.groups.get(first))
    }
}
