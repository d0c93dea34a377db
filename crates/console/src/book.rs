//! The desk's way to the book: what the API reads and writes of it, with the book's errors turned into problems.

mod groups;
mod index;
mod notices;

pub(crate) use groups::Group;
pub(crate) use index::Index;
pub(crate) use notices::{Borne, Notices};

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
};

use case::{
    Alert, AlertId, CaseId, Draft, Entry, Event, Incident, Mark, ReadinessChecked, Severity, Stream, Timestamp,
};
use facts::ChainId;
use store::{AppendRequest, StoreError};
use tokio::sync::{MutexGuard, watch};

use crate::{AppState, Problem, SealStatus, limits::FOLDS, view::AlertState};

/// Incidents as they were last folded. A fold proves the whole chain of a case, so a list of fifty is worth keeping.
pub(crate) type Folds = std::sync::Mutex<BTreeMap<CaseId, Arc<Incident>>>;

/// Which alerts.
#[derive(Debug, Clone, Default)]
pub(crate) struct AlertQuery {
    pub chain: Option<ChainId>,
    pub at_least: Option<Severity>,
    pub mark: Option<Mark>,
    /// Only of the group that began at this position.
    pub group: Option<u64>,
    pub before: Option<u64>,
    pub limit: u32,
}

/// A part of a list, newest first.
#[derive(Debug)]
pub(crate) struct Found<T> {
    pub items: Vec<T>,
    /// The position to go on from, if there is more.
    pub next: Option<u64>,
}

/// An alert with what became of it.
#[derive(Debug, Clone)]
pub(crate) struct HeldAlert {
    pub id: AlertId,
    pub alert: Alert,
    pub state: AlertState,
}

impl HeldAlert {
    /// Where a word about it has to be written: its chain, and its case if it has one.
    pub(crate) fn streams(&self) -> Vec<Stream> {
        let chain = Stream::Chain(self.alert.seen_at.chain.clone());
        let case = self.state.incident.as_ref().and_then(|id| id.parse().ok()).map(Stream::Case);
        [chain].into_iter().chain(case).collect()
    }
}

impl AppState {
    /// The position of the book's last line.
    pub(crate) async fn last_position(&self) -> Result<u64, Problem> {
        self.store().last_position().await.map_err(problem)
    }

    /// Rings when lines were written.
    pub(crate) fn bell(&self) -> watch::Receiver<u64> {
        self.store().bell()
    }

    /// Lines of the whole book after a position.
    pub(crate) async fn entries_after(&self, position: u64, limit: u32) -> Result<Vec<(u64, Entry)>, Problem> {
        self.store().entries_after(position, limit).await.map_err(problem)
    }

    /// Lines of a stream after a number.
    pub(crate) async fn stream(&self, stream: &Stream, after: u64, limit: u32) -> Result<Vec<Entry>, Problem> {
        self.store().stream(stream, after, limit).await.map_err(problem)
    }

    /// All lines of a stream.
    pub(crate) async fn whole_stream(&self, stream: &Stream) -> Result<Vec<Entry>, Problem> {
        self.store().whole_stream(stream).await.map_err(problem)
    }

    /// How many lines of the book this version could not read.
    pub(crate) async fn unreadable(&self) -> Result<u64, Problem> {
        Ok(self.index().await?.unreadable())
    }

    /// The last seal of the book.
    pub(crate) async fn last_seal(&self) -> Result<Option<SealStatus>, Problem> {
        let last = self.store().last_seal().await.map_err(problem)?;
        Ok(last.map(|(seq, at)| SealStatus { seq, at }))
    }

    /// What was last found about readiness, and when.
    pub(crate) async fn readiness(&self) -> Result<Option<(Timestamp, Box<ReadinessChecked>)>, Problem> {
        let found = self.store().of_kind_before("readiness.checked/1", u64::MAX, 1).await.map_err(problem)?;
        let Some((_, entry)) = found.first() else { return Ok(None) };
        match entry.event().map_err(|error| Problem::internal(&error))? {
            Some(Event::ReadinessChecked(checked)) => Ok(Some((entry.ctx.now, checked))),
            _ => Err(Problem::internal(&"a line about readiness is of another kind")),
        }
    }

    /// Alerts, newest first.
    pub(crate) async fn alerts(&self, query: AlertQuery) -> Result<Found<HeldAlert>, Problem> {
        let rows = self.index().await?.alerts(&query)?;
        let mut items = Vec::with_capacity(rows.items.len());
        for (position, state) in rows.items {
            items.push(self.raised_at(position, state).await?);
        }
        Ok(Found { items, next: rows.next })
    }

    /// Groups of alerts with their newest alerts, newest first.
    pub(crate) async fn groups(&self, query: AlertQuery) -> Result<Found<(Group, HeldAlert)>, Problem> {
        let (rows, next) = {
            let index = self.index().await?;
            let found = index.groups(&query)?;
            let with = |group: Group| index.state_at(group.last).map(|state| (group, state));
            (found.items.into_iter().filter_map(with).collect::<Vec<_>>(), found.next)
        };
        let mut items = Vec::with_capacity(rows.len());
        for (group, state) in rows {
            let newest = self.raised_at(group.last, state).await?;
            items.push((group, newest));
        }
        Ok(Found { items, next })
    }

    /// One alert.
    pub(crate) async fn alert(&self, id: &AlertId) -> Result<Option<HeldAlert>, Problem> {
        let row = self.index().await?.alert(id);
        match row {
            Some((position, state)) => self.raised_at(position, state).await.map(Some),
            None => Ok(None),
        }
    }

    /// What became of an alert.
    pub(crate) async fn alert_state(&self, id: &AlertId) -> Result<Option<AlertState>, Problem> {
        Ok(self.index().await?.alert(id).map(|(_, state)| state))
    }

    /// The alert whose raising stands at a position.
    async fn raised_at(&self, position: u64, mut state: AlertState) -> Result<HeldAlert, Problem> {
        let line = self.entries_after(position.saturating_sub(1), 1).await?.pop();
        let Some((found, entry)) = line.filter(|(found, _)| *found == position) else {
            return Err(Problem::internal(&format!("line {position} of the book is gone")));
        };
        match entry.event() {
            Ok(Some(Event::AlertRaised(raised))) => {
                state.raised_at = entry.ctx.now;
                Ok(HeldAlert { id: raised.id, alert: raised.alert, state })
            }
            Ok(_) => Err(Problem::internal(&format!("line {found} of the book is no alert any more"))),
            Err(error) => Err(Problem::internal(&error)),
        }
    }

    /// Incidents, newest first.
    pub(crate) async fn incidents(
        &self,
        open: Option<bool>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Found<Arc<Incident>>, Problem> {
        let rows = self.index().await?.cases(open, before, limit);
        let mut items = Vec::with_capacity(rows.items.len());
        for (id, lines) in rows.items {
            items.push(self.folded(&id, lines).await?);
        }
        Ok(Found { items, next: rows.next })
    }

    /// One incident as it stands.
    pub(crate) async fn incident(&self, id: &CaseId) -> Result<Arc<Incident>, Problem> {
        let lines = self.index().await?.case_lines(id);
        match lines {
            Some(lines) => self.folded(id, lines).await,
            None => Err(Problem::not_found(format!("no incident has the id `{id}`"))),
        }
    }

    /// A case folded from at least so many lines.
    async fn folded(&self, id: &CaseId, lines: u64) -> Result<Arc<Incident>, Problem> {
        let held = self.folds().lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        if let Some(incident) = held.filter(|incident| incident.entries >= lines) {
            return Ok(incident);
        }
        let entries = self.whole_stream(&Stream::Case(id.clone())).await?;
        let incident = Arc::new(Incident::fold(id, &entries).map_err(|error| Problem::internal(&error))?);
        let mut folds = self.folds().lock().unwrap_or_else(PoisonError::into_inner);
        if folds.len() >= FOLDS {
            // Which one goes matters little: it is folded again when somebody asks.
            folds.pop_first();
        }
        folds.insert(id.clone(), incident.clone());
        Ok(incident)
    }

    /// Reads what people have said beforehand.
    pub(crate) async fn notices<T>(&self, read: impl FnOnce(&Notices) -> T) -> Result<T, Problem> {
        Ok(read(self.index().await?.notices()))
    }

    /// The height of the newest block of a chain that was looked at; none if none was.
    pub(crate) async fn height(&self, chain: &ChainId) -> Result<Option<u64>, Problem> {
        Ok(self.store().head(chain).await.map_err(problem)?.map(|head| head.block.number))
    }

    /// Writes lines.
    pub(crate) async fn write(&self, drafts: Vec<Draft>) -> Result<(), Problem> {
        let request = AppendRequest { drafts, ..AppendRequest::default() };
        self.store().append(request).await.map(drop).map_err(problem)
    }

    /// Writes lines if the incident they rest on has not grown since; says whether it did.
    pub(crate) async fn write_if_unchanged(&self, drafts: Vec<Draft>, incident: &Incident) -> Result<bool, Problem> {
        let expect = vec![(Stream::Case(incident.id.clone()), incident.entries)];
        match self.store().append(AppendRequest { drafts, cursor: None, expect }).await {
            Ok(_) => Ok(true),
            Err(StoreError::Moved { .. }) => Ok(false),
            Err(error) => Err(problem(error)),
        }
    }

    /// The index, brought up to the last line of the book.
    async fn index(&self) -> Result<MutexGuard<'_, Index>, Problem> {
        let mut index = self.shared_index().lock().await;
        index.catch_up(self.store()).await.map_err(problem)?;
        Ok(index)
    }
}

fn problem(error: StoreError) -> Problem {
    match error {
        StoreError::Full => Problem::full(),
        error => Problem::internal(&error),
    }
}
