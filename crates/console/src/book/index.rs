//! Where things stand in the book: alerts with what became of them, cases and whether they are open.
//!
//! It holds no truth: it is read from the book when the desk opens and follows it from then on, and what it finds is
//! read from the book again before it is shown.

use std::collections::BTreeMap;

use case::{AlertId, CaseId, Entry, Event, Severity, Stream};
use facts::ChainId;
use store::{Store, StoreError};

use super::{
    AlertQuery, Found,
    groups::{Group, Groups},
    notices::Notices,
};
use crate::{Problem, limits::ALERTS, view::AlertState};

/// Lines read at once while catching up.
const AT_ONCE: u32 = 512;

#[derive(Debug)]
pub(crate) struct Index {
    position: u64,
    alerts: BTreeMap<u64, AlertRow>,
    alert_positions: BTreeMap<AlertId, u64>,
    cases: BTreeMap<u64, CaseRow>,
    case_positions: BTreeMap<CaseId, u64>,
    /// Alerts before this position are no longer held.
    floor: u64,
    unreadable: u64,
    alerts_max: usize,
    notices: Notices,
    groups: Groups,
}

#[derive(Debug)]
struct AlertRow {
    id: AlertId,
    chain: ChainId,
    severity: Severity,
    state: AlertState,
    /// The position of the first alert of its group.
    group: u64,
}

#[derive(Debug)]
struct CaseRow {
    id: CaseId,
    open: bool,
    lines: u64,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            position: 0,
            alerts: BTreeMap::new(),
            alert_positions: BTreeMap::new(),
            cases: BTreeMap::new(),
            case_positions: BTreeMap::new(),
            floor: 0,
            unreadable: 0,
            alerts_max: ALERTS,
            notices: Notices::default(),
            groups: Groups::default(),
        }
    }
}

impl Index {
    /// Reads what was written since the last time.
    pub(super) async fn catch_up(&mut self, store: &Store) -> Result<(), StoreError> {
        // The book is asked each time, also when nothing was written: an old answer must not hide that it is gone.
        let last = store.last_position().await?;
        while self.position < last {
            let lines = store.entries_after(self.position, AT_ONCE).await?;
            let Some((last, _)) = lines.last() else { break };
            let last = *last;
            for (position, entry) in &lines {
                self.take(*position, entry);
            }
            self.position = last;
        }
        Ok(())
    }

    fn take(&mut self, position: u64, entry: &Entry) {
        if let Stream::Case(id) = &entry.stream
            && let Some(case) = self.case_positions.get(id).and_then(|opened| self.cases.get_mut(opened))
        {
            case.lines = entry.seq;
        }
        match entry.event() {
            Ok(Some(event)) => {
                self.notices.take(entry, &event);
                self.apply(position, entry, event);
            }
            Ok(None) => {}
            Err(error) => {
                self.unreadable += 1;
                tracing::error!(position, kind = entry.kind, %error, "a line of the book does not fit its kind");
            }
        }
    }

    fn apply(&mut self, position: u64, entry: &Entry, event: Event) {
        match event {
            Event::AlertRaised(raised) => {
                let chain = raised.alert.seen_at.chain.clone();
                // The same alert may be raised again after a reorg took its block away and brought it back.
                let before = self.alert_positions.insert(raised.id, position).and_then(|old| self.alerts.remove(&old));
                if let Some(before) = &before {
                    self.groups.forget(before.group);
                }
                let state = before.map(|row| row.state).unwrap_or_default();
                let group = self.groups.take(position, &raised.alert);
                let state = AlertState { withdrawn: false, received_at: raised.received_at, ..state };
                let row = AlertRow { id: raised.id, chain, severity: raised.alert.severity, state, group };
                self.alerts.insert(position, row);
                self.forget_oldest();
            }
            Event::AlertWithdrawn(withdrawn) | Event::CaseAlertWithdrawn(withdrawn) => {
                self.change(&withdrawn.id, |state| state.withdrawn = true);
            }
            Event::Suppressed(suppressed) => {
                self.change(&suppressed.id, |state| state.suppressed = Some(suppressed.reason));
            }
            Event::Marked(marked) => self.change(&marked.id, |state| state.mark = Some(marked.mark)),
            Event::Attached(attached) => {
                if let Stream::Case(case) = &entry.stream {
                    self.change(&attached.id, |state| state.incident = Some(case.to_string()));
                }
            }
            Event::CaseOpened(_) => {
                if let Stream::Case(id) = &entry.stream {
                    self.case_positions.insert(id.clone(), position);
                    self.cases.insert(position, CaseRow { id: id.clone(), open: true, lines: entry.seq });
                }
            }
            Event::CaseClosed(_) => {
                if let Stream::Case(id) = &entry.stream
                    && let Some(case) = self.case_positions.get(id).and_then(|opened| self.cases.get_mut(opened))
                {
                    case.open = false;
                }
            }
            _ => {}
        }
    }

    fn change(&mut self, id: &AlertId, change: impl FnOnce(&mut AlertState)) {
        if let Some(row) = self.alert_positions.get(id).and_then(|position| self.alerts.get_mut(position)) {
            change(&mut row.state);
        }
    }

    fn forget_oldest(&mut self) {
        while self.alerts.len() > self.alerts_max {
            let Some((position, row)) = self.alerts.pop_first() else { return };
            self.alert_positions.remove(&row.id);
            self.groups.forget(row.group);
            self.floor = position + 1;
        }
    }

    /// Positions and states of alerts, newest first.
    pub(super) fn alerts(&self, query: &AlertQuery) -> Result<Found<(u64, AlertState)>, Problem> {
        let before = query.before.unwrap_or(u64::MAX);
        if before <= self.floor && self.floor > 0 {
            return Err(Problem::too_old(self.alerts_max));
        }
        let limit = query.limit as usize;
        let fits = |row: &AlertRow| {
            query.chain.as_ref().is_none_or(|chain| row.chain == *chain)
                && query.at_least.is_none_or(|severity| row.severity >= severity)
                && query.group.is_none_or(|group| row.group == group)
                && query.mark.is_none_or(|mark| row.state.mark == Some(mark))
        };
        let mut items: Vec<_> = self
            .alerts
            .range(..before)
            .rev()
            .filter(|(_, row)| fits(row))
            .take(limit + 1)
            .map(|(position, row)| (*position, row.state.clone()))
            .collect();
        let more = items.len() > limit;
        items.truncate(limit);
        let next = match items.last() {
            Some((position, _)) if more => Some(*position),
            // What comes before has been forgotten here: whoever goes on is told so, not shown an end.
            _ if self.floor > 0 => Some(self.floor),
            _ => None,
        };
        Ok(Found { items, next })
    }

    pub(super) fn alert(&self, id: &AlertId) -> Option<(u64, AlertState)> {
        let position = self.alert_positions.get(id)?;
        self.alerts.get(position).map(|row| (*position, row.state.clone()))
    }

    /// Cases with how many lines they have, newest first.
    pub(super) fn cases(&self, open: Option<bool>, before: Option<u64>, limit: u32) -> Found<(CaseId, u64)> {
        let limit = limit as usize;
        let rows = self.cases.range(..before.unwrap_or(u64::MAX)).rev();
        let mut found: Vec<_> =
            rows.filter(|(_, case)| open.is_none_or(|open| open == case.open)).take(limit + 1).collect();
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|(position, _)| **position);
        Found { items: found.into_iter().map(|(_, case)| (case.id.clone(), case.lines)).collect(), next }
    }

    pub(super) fn case_lines(&self, id: &CaseId) -> Option<u64> {
        self.case_positions.get(id).and_then(|opened| self.cases.get(opened)).map(|case| case.lines)
    }

    /// Groups of alerts, newest first.
    pub(super) fn groups(&self, query: &AlertQuery) -> Result<Found<Group>, Problem> {
        let before = query.before.unwrap_or(u64::MAX);
        if before <= self.floor && self.floor > 0 {
            return Err(Problem::too_old(self.alerts_max));
        }
        let limit = query.limit as usize;
        let fits = |group: &&Group| {
            query.chain.as_ref().is_none_or(|chain| group.chain == *chain)
                && query.at_least.is_none_or(|severity| group.worst >= severity)
        };
        let mut items: Vec<Group> = self.groups.before(before).filter(fits).take(limit + 1).cloned().collect();
        let more = items.len() > limit;
        items.truncate(limit);
        let next = match items.last() {
            Some(last) if more => Some(last.last),
            _ if self.floor > 0 => Some(self.floor),
            _ => None,
        };
        Ok(Found { items, next })
    }

    /// The alert at a position, if it is still held.
    pub(super) fn state_at(&self, position: u64) -> Option<AlertState> {
        self.alerts.get(&position).map(|row| row.state.clone())
    }

    pub(super) fn notices(&self) -> &Notices {
        &self.notices
    }

    pub(super) fn unreadable(&self) -> u64 {
        self.unreadable
    }
}

#[cfg(test)]
mod tests {
    use case::{Actor, Alert, AlertRaised, AlertWithdrawn, Confidence, Ctx, Digest, Draft, Fingerprint, RuleRef};
    use facts::{AccountId, Address, B256, BlockRef};
    use jiff::Timestamp;

    use super::*;

    fn alert(number: u64) -> Alert {
        let chain = ChainId::eip155(1);
        Alert {
            rule: RuleRef { id: "drain".into(), hash: Digest::ZERO },
            family: "value".into(),
            kind: "drain/unreturned".into(),
            subject: AccountId { chain: chain.clone(), address: Address::ZERO },
            severity: Severity::High,
            confidence: Confidence::CERTAIN,
            seen_at: BlockRef { chain, number, hash: B256::ZERO, parent: B256::ZERO },
            block_time: 0,
            tx: None,
            basis: case::Basis::Mined,
            fingerprint: Fingerprint(String::new()),
            evidence: Vec::new(),
            attackers: Vec::new(),
            victims: Vec::new(),
            losses: Vec::new(),
            message: number.to_string(),
            announcement: None,
        }
    }

    fn take(index: &mut Index, position: u64, event: &Event) {
        let ctx = Ctx::new(Actor::machine("detect"), "test", Timestamp::UNIX_EPOCH);
        let draft = Draft::new(Stream::Chain(ChainId::eip155(1)), ctx, event).unwrap();
        index.take(position, &Entry::after(None, draft));
    }

    fn raised(number: u64) -> Event {
        let alert = alert(number);
        Event::AlertRaised(Box::new(AlertRaised { id: alert.id().unwrap(), alert, received_at: None }))
    }

    fn page(before: Option<u64>, limit: u32) -> AlertQuery {
        AlertQuery { before, limit, ..AlertQuery::default() }
    }

    #[test]
    fn what_was_forgotten_is_said_and_not_shown_as_an_end() {
        let mut index = Index { alerts_max: 3, ..Index::default() };
        for number in 1..=5 {
            take(&mut index, number * 10, &raised(number));
        }
        let found = index.alerts(&page(None, 10)).unwrap();
        assert_eq!(found.items.iter().map(|(position, _)| *position).collect::<Vec<_>>(), [50, 40, 30]);
        let refused = index.alerts(&page(found.next, 10)).unwrap_err();
        assert!(refused.kind.ends_with("too-old"), "{refused:?}");
        assert!(index.alert(&alert(1).id().unwrap()).is_none());
    }

    #[test]
    fn an_alert_that_a_reorg_took_and_brought_back_stands_once() {
        let mut index = Index::default();
        let id = alert(1).id().unwrap();
        take(&mut index, 1, &raised(1));
        take(&mut index, 2, &Event::AlertWithdrawn(AlertWithdrawn { id, why: case::Gone::Lost(alert(1).seen_at) }));
        assert!(index.alert(&id).unwrap().1.withdrawn);
        take(&mut index, 3, &raised(1));
        let (position, state) = index.alert(&id).unwrap();
        assert_eq!((position, state.withdrawn), (3, false));
        assert_eq!(index.alerts(&page(None, 10)).unwrap().items.len(), 1);
    }
}
