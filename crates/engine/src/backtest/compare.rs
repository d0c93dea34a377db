//! Two sets of rules on the same facts: what one says and the other does not.

use std::collections::BTreeMap;

use case::{Alert, Severity};
use serde::Serialize;

use super::report::PageRow;

/// Alerts that are listed; beyond them only their number is.
const LISTED: usize = 200;

/// What changes if one set takes the place of the other.
#[derive(Debug, Default, Serialize)]
pub struct Comparison {
    /// Alerts in both.
    pub same: u64,
    /// Alerts that only the new rules raise.
    pub appear: u64,
    /// Alerts that only the old rules raise.
    pub disappear: u64,
    /// Alerts that both raise, with another severity or confidence.
    pub changed: u64,
    /// The first of them, those that wake somebody before the others.
    pub changes: Vec<Change>,
}

/// One alert that is not the same.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "how")]
pub enum Change {
    /// Only the new rules raise it.
    Appears(PageRow),
    /// Only the old rules raise it.
    Disappears(PageRow),
    /// Both raise it.
    Differs {
        /// As the old rules say it.
        before: PageRow,
        /// As the new rules say it.
        after: PageRow,
    },
}

impl Change {
    fn severity(&self) -> Severity {
        match self {
            Change::Appears(row) | Change::Disappears(row) => row.severity,
            Change::Differs { before, after } => before.severity.max(after.severity),
        }
    }
}

/// Where and of what an alert is. The rule's digest is not in it: it differs between two versions of a rule.
fn key(alert: &Alert) -> (String, u64, Option<alloy_primitives::B256>, String) {
    let at = &alert.seen_at;
    (format!("{} {}", at.chain, at.hash), at.number, alert.tx, alert.fingerprint.0.clone())
}

pub(super) fn compare(before: &[Alert], after: &[Alert]) -> Comparison {
    let index = |alerts: &'_ [Alert]| -> BTreeMap<_, Vec<usize>> {
        let mut index: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        alerts.iter().enumerate().for_each(|(at, alert)| index.entry(key(alert)).or_default().push(at));
        index
    };
    let (old, new) = (index(before), index(after));
    let mut found = Comparison::default();
    let mut changes = Vec::new();
    for (key, places) in &new {
        let held = old.get(key).map_or(&[][..], Vec::as_slice);
        for (nth, at) in places.iter().enumerate() {
            let alert = &after[*at];
            match held.get(nth).map(|at| &before[*at]) {
                None => {
                    found.appear += 1;
                    changes.push(Change::Appears(PageRow::new(alert)));
                }
                Some(was) if (was.severity, was.confidence) == (alert.severity, alert.confidence) => found.same += 1,
                Some(was) => {
                    found.changed += 1;
                    changes.push(Change::Differs { before: PageRow::new(was), after: PageRow::new(alert) });
                }
            }
        }
    }
    for (key, places) in &old {
        let kept = new.get(key).map_or(0, Vec::len);
        for at in places.iter().skip(kept) {
            found.disappear += 1;
            changes.push(Change::Disappears(PageRow::new(&before[*at])));
        }
    }
    // A stable sort: within a severity they stay in order of their blocks.
    changes.sort_by_key(|change| std::cmp::Reverse(change.severity()));
    changes.truncate(LISTED);
    found.changes = changes;
    found
}
