//! The reconciler of cases: reads the book after its cursor, lets `respond` decide, writes decision and cursor
//! together, and carries out what comes next. A restart reads the same book and comes to the same end.

mod hands;
mod ledger;
mod snoozes;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use act::Drivers;
use anyhow::{Context as _, Result};
use atlas::Selectors;
use case::{
    Actor, Alert, AlertId, AlertWithdrawn, CaseId, Ctx, Draft, Entry, Event, EvidenceKind, HeldSnooze, IdempotencyKey,
    Incident, StepStatus, Stream, Timestamp, Unsettled,
};
use facts::{Address, BlockRef, ChainId};
use respond::{Action, Installation, Playbook, Policy, Scene, TriageRules, next_actions, withdraw};
use store::{AppendRequest, Store, StoreError};
use tokio::sync::watch as board;
use tokio_util::sync::CancellationToken;

use crate::{Casebook, ChainStatus, InForce, Loupe, decide};

/// The reconciler's name in the book.
const NAME: &str = "desk";
/// Lines read at once.
const PAGE: u32 = 256;
/// Suppressed alerts kept in view; triage looks back ten minutes.
const SUPPRESSED_MAX: usize = 256;
/// Alerts that wait for the line that says what was decided about them: a few blocks full.
const RAISED_MAX: usize = 1_024;
/// How long to wait before a book is tried again that could not be written.
const HELD: Duration = Duration::from_secs(1);
/// How often what is on its way is asked after, without being woken.
const TICK: Duration = Duration::from_millis(500);
/// Blocks of a chain that are looked up to see whether a confirmed step still stands.
const RING: u32 = 256;

/// What the desk judges by.
pub struct Judgement {
    /// Playbooks in force.
    pub playbooks: Vec<Playbook>,
    /// What is protected, and what there is to respond with.
    pub installation: Installation,
    /// How far a machine may go alone.
    pub policy: Policy,
    /// What an alert means.
    pub rules: TriageRules,
    /// Ways to act.
    pub drivers: Drivers,
    /// Names of functions, events and errors.
    pub selectors: Selectors,
    /// The addresses behind the names of signers.
    pub signers: BTreeMap<String, Address>,
}

/// The reconciler of cases.
pub struct Desk {
    store: Store,
    rules: board::Receiver<InForce>,
    judgement: Judgement,
    loupes: BTreeMap<ChainId, Loupe>,
    heads: BTreeMap<ChainId, board::Receiver<ChainStatus>>,
    casebook: Casebook,
    /// How far the book has been read into the casebook.
    read: u64,
    /// How far alerts have been decided about.
    decided: u64,
    /// What was last said about a case, or a step of it, that waits for somebody, so that it is logged once.
    said: BTreeMap<(CaseId, String), String>,
    /// Alerts that were raised lately and decided about before the book was read.
    raised: VecDeque<(AlertId, Alert)>,
    /// Alerts that were suppressed lately and still stand: repeated blindness shows only here.
    suppressed: VecDeque<(AlertId, Alert)>,
    /// Snoozes that have not ended.
    snoozes: Vec<HeldSnooze>,
    /// For a transaction under way, by its effect and how often it was sent, the head when it was first seen waiting.
    waiting: BTreeMap<(IdempotencyKey, u8), u64>,
    ledgers: ledger::Ledgers,
    clock: fn() -> Timestamp,
}

impl Desk {
    /// Reads the book from its beginning.
    ///
    /// # Errors
    /// If the book cannot be read, or a case in it does not fold.
    pub async fn open(
        store: Store,
        rules: board::Receiver<InForce>,
        judgement: Judgement,
        chains: Vec<(ChainId, Loupe, board::Receiver<ChainStatus>)>,
        clock: fn() -> Timestamp,
    ) -> Result<Self> {
        let decided = store.cursor(NAME).await?;
        let mut loupes = BTreeMap::new();
        let mut heads = BTreeMap::new();
        for (chain, loupe, head) in chains {
            loupes.insert(chain.clone(), loupe);
            heads.insert(chain, head);
        }
        Ok(Self {
            store,
            rules,
            judgement,
            loupes,
            heads,
            casebook: Casebook::default(),
            read: 0,
            decided,
            said: BTreeMap::new(),
            raised: VecDeque::new(),
            suppressed: VecDeque::new(),
            snoozes: Vec::new(),
            waiting: BTreeMap::new(),
            ledgers: ledger::Ledgers::default(),
            clock,
        })
    }

    /// Reconciles until told to stop.
    ///
    /// # Errors
    /// What a person has to see to.
    pub async fn run(mut self, stop: CancellationToken) -> Result<()> {
        let mut bell = self.store.bell();
        let mut stands_still = false;
        loop {
            let mut pause = TICK;
            if let Err(error) = self.reconcile().await {
                if !passes(&error) {
                    return Err(error);
                }
                if !stands_still {
                    tracing::error!(error = format!("{error:#}"), "cases stand still until the book can be written");
                }
                // What is in memory may be ahead of the book: it is read again from its beginning.
                self.start_over().await?;
                (stands_still, pause) = (true, HELD);
            } else if stands_still {
                stands_still = false;
                tracing::info!("the book can be written again: cases go on");
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                rung = bell.changed(), if pause == TICK => rung.context("the book was closed while it was being read")?,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Forgets what was read, as if just opened.
    async fn start_over(&mut self) -> Result<()> {
        self.decided = self.store.cursor(NAME).await?;
        self.casebook = Casebook::default();
        self.read = 0;
        self.raised.clear();
        self.suppressed.clear();
        self.snoozes.clear();
        Ok(())
    }

    /// Once through the book and all open cases.
    ///
    /// # Errors
    /// As [`Desk::run`].
    pub async fn reconcile(&mut self) -> Result<()> {
        self.catch_up().await?;
        self.end_snoozes().await?;
        self.unsettle().await?;
        let todo = self.todo();
        let is_quiet = !todo.iter().any(|(_, action)| ledger::is_urgent(action));
        for (incident, action) in todo {
            self.carry_out(&incident, action).await?;
        }
        self.catch_up().await?;
        // Adding up comes after containing.
        if is_quiet { self.keep_ledgers().await } else { Ok(()) }
    }

    /// What comes next in every case.
    fn todo(&self) -> Vec<(Incident, Action)> {
        let now = (self.clock)();
        let heads: BTreeMap<ChainId, BlockRef> =
            self.heads.iter().filter_map(|(chain, head)| Some((chain.clone(), head.borrow().head.clone()?))).collect();
        let detectors = Arc::clone(&self.rules.borrow().detectors);
        let cards = move |rule: &str| -> Option<BTreeSet<EvidenceKind>> {
            Some(detectors.card(rule)?.described.needs.evidence.iter().copied().collect())
        };
        let scene = Scene { heads: &heads, cards: &cards, now };
        let Judgement { playbooks, installation, policy, .. } = &self.judgement;
        let mut todo: Vec<(Incident, Action)> = Vec::new();
        for incident in self.casebook.incidents() {
            let actions = next_actions(incident, playbooks, installation, policy, &scene);
            todo.extend(actions.into_iter().map(|action| (incident.clone(), action)));
        }
        todo
    }

    /// Every case that stands in the book. An alert that nobody has decided about may stand before the lines of a case
    /// that was opened for another alert of its block: it is decided about with that case in view.
    async fn take_up_cases(&mut self) -> Result<()> {
        let (mut ids, mut before) = (Vec::new(), u64::MAX);
        loop {
            let page = self.store.cases(before, PAGE).await?;
            let Some((oldest, _)) = page.last() else { break };
            before = *oldest;
            ids.extend(page.into_iter().map(|(_, id)| id));
        }
        for id in ids.iter().rev() {
            self.refresh(id).await?;
        }
        Ok(())
    }

    /// Reads what was written since, and decides about alerts that nobody has decided about.
    async fn catch_up(&mut self) -> Result<()> {
        if self.read == 0 {
            self.take_up_cases().await?;
        }
        loop {
            let page = self.store.entries_after(self.read, PAGE).await?;
            if page.is_empty() {
                return Ok(());
            }
            for (position, entry) in page {
                self.read = position;
                let event = entry.event().with_context(|| format!("line {position} of the book cannot be read"))?;
                self.hear_snoozes(&entry, event.as_ref());
                if let Stream::Case(id) = &entry.stream {
                    self.refresh(id).await?;
                }
                if position <= self.decided {
                    self.recall(event);
                    continue;
                }
                let now = (self.clock)();
                let drafts = match event {
                    Some(Event::AlertRaised(raised)) => {
                        let suppressed: Vec<Alert> = self.suppressed.iter().map(|(_, alert)| alert.clone()).collect();
                        let desk = respond::Desk {
                            cases: self.casebook.incidents(),
                            snoozes: &self.snoozes,
                            suppressed: &suppressed,
                            rules: &self.judgement.rules,
                            now,
                        };
                        let drafts = decide(&desk, &raised.id, &raised.alert)?;
                        if drafts.iter().all(|draft| matches!(draft.stream, Stream::Chain(_))) {
                            self.suppressed.push_back((raised.id, raised.alert));
                            if self.suppressed.len() > SUPPRESSED_MAX {
                                self.suppressed.pop_front();
                            }
                        }
                        drafts
                    }
                    Some(Event::AlertWithdrawn(withdrawn)) => {
                        self.suppressed.retain(|(id, _)| *id != withdrawn.id);
                        self.withdrawn(&withdrawn, now)?
                    }
                    // What was suppressed last before a start stands after the line that the cursor is at.
                    other => {
                        self.recall(other);
                        continue;
                    }
                };
                let cursor = Some((NAME.to_owned(), position));
                let written = self.store.append(AppendRequest { drafts, cursor, expect: Vec::new() }).await?;
                self.decided = position;
                // The next alert of the same page is decided about with this decision in view.
                self.refresh_all(&written).await?;
            }
        }
    }

    /// Learns from a line that was decided about before what decisions still look at.
    fn recall(&mut self, event: Option<Event>) {
        match event {
            Some(Event::AlertRaised(raised)) => {
                self.raised.push_back((raised.id, raised.alert));
                if self.raised.len() > RAISED_MAX {
                    self.raised.pop_front();
                }
            }
            Some(Event::Suppressed(suppressed)) => {
                let Some(at) = self.raised.iter().rposition(|(id, _)| *id == suppressed.id) else { return };
                self.suppressed.extend(self.raised.remove(at));
                if self.suppressed.len() > SUPPRESSED_MAX {
                    self.suppressed.pop_front();
                }
            }
            Some(Event::AlertWithdrawn(withdrawn)) => self.suppressed.retain(|(id, _)| *id != withdrawn.id),
            _ => {}
        }
    }

    fn withdrawn(&self, withdrawn: &AlertWithdrawn, now: Timestamp) -> Result<Vec<Draft>> {
        let cases = withdraw(self.casebook.incidents(), &withdrawn.id, &withdrawn.why);
        let drafts = cases.into_iter().map(|case| {
            let event = Event::CaseAlertWithdrawn(AlertWithdrawn { id: case.alert, why: case.why });
            let ctx = Ctx::new(Actor::machine("respond"), case.because, now);
            Draft::new(Stream::Case(case.case), ctx, &event)
        });
        Ok(drafts.collect::<Result<_, _>>()?)
    }

    /// A step that was confirmed in a block which is gone waits again.
    async fn unsettle(&mut self) -> Result<()> {
        let mut drafts = Vec::new();
        for incident in self.casebook.incidents() {
            for state in incident.plans.iter().flat_map(|plan| &plan.steps) {
                let (StepStatus::Done { block: Some(block) }, Some((key, _))) = (&state.status, &state.intent) else {
                    continue;
                };
                let ring = self.store.ring(&block.chain, RING).await?;
                let covered = ring.iter().any(|held| held.number == block.number);
                if covered && !ring.contains(block) {
                    let event =
                        Event::Unsettled(Unsettled { key: *key, step: state.step.clone(), lost: block.clone() });
                    let why = "the block that confirmed it is no longer part of the chain";
                    let ctx = Ctx::new(Actor::machine("watch"), why, (self.clock)());
                    drafts.push(Draft::new(Stream::Case(incident.id.clone()), ctx, &event)?);
                }
            }
        }
        if drafts.is_empty() { Ok(()) } else { self.write(drafts).await }
    }

    /// Writes lines and takes them into the casebook.
    async fn write(&mut self, drafts: Vec<Draft>) -> Result<()> {
        let written = self.store.append(AppendRequest { drafts, ..AppendRequest::default() }).await?;
        self.refresh_all(&written).await
    }

    async fn refresh_all(&mut self, written: &[Entry]) -> Result<()> {
        for entry in written {
            if let Stream::Case(id) = &entry.stream {
                self.refresh(id).await?;
            }
        }
        Ok(())
    }

    /// Reads what a case's stream has beyond the casebook: a person may have written between two lines of ours.
    async fn refresh(&mut self, id: &CaseId) -> Result<()> {
        let stream = Stream::Case(id.clone());
        loop {
            let more = self.store.stream(&stream, self.casebook.lines(id), PAGE).await?;
            if more.is_empty() {
                return Ok(());
            }
            self.casebook.take(id, more)?;
        }
    }
}

/// Whether a failure passes when somebody makes room, or another program lets go of the book.
fn passes(error: &anyhow::Error) -> bool {
    let of_store = error.chain().find_map(|cause| cause.downcast_ref::<StoreError>());
    of_store.is_some_and(|error| matches!(error, StoreError::Full) || error.retry())
}
