//! Folding entries into an incident.

use super::{CaseId, Incident, Ledger, Phase, PlanState, Standing, Standpoint, StepState, StepStatus};
use crate::{
    Alert, BrokenChain, CaseOpened, ChainWalk, Digest, DigestError, Entry, Event, Harm, IdempotencyKey, Precondition,
    Severity, Stream,
};

/// Entries that do not add up to an incident.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// The first entry does not open a case.
    #[error("case `{0}` does not begin with its opening")]
    NoOpening(CaseId),
    /// The entries are not an unbroken chain.
    #[error(transparent)]
    Chain(#[from] BrokenChain),
    /// An entry's payload does not fit its kind.
    #[error("entry {seq} of case `{case}` has a payload that does not fit `{kind}`: {source}")]
    Payload {
        /// The case.
        case: CaseId,
        /// The entry's number.
        seq: u64,
        /// Its kind.
        kind: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// An entry has no canonical form.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

/// A case while its lines are being read, one after the other. What has been read need not be held or read again.
#[derive(Debug, Clone)]
pub struct Folding {
    id: CaseId,
    walk: ChainWalk,
    incident: Option<Incident>,
}

impl Folding {
    /// Before the first line.
    pub fn new(id: CaseId) -> Self {
        Self { walk: ChainWalk::new(Stream::Case(id.clone())), id, incident: None }
    }

    /// Takes the next line.
    ///
    /// # Errors
    /// If it does not follow from the one before, or cannot be read. Nothing may be taken after that: an incident is
    /// never shown half-read.
    pub fn take(&mut self, entry: &Entry) -> Result<(), FoldError> {
        let head = self.walk.step(entry)?;
        let event = entry.event().map_err(|source| FoldError::Payload {
            case: self.id.clone(),
            seq: entry.seq,
            kind: entry.kind.clone(),
            source,
        })?;
        match (&mut self.incident, event) {
            (None, Some(Event::CaseOpened(opened))) => self.incident = Some(Incident::opened(&self.id, entry, opened)),
            (None, _) => return Err(FoldError::NoOpening(self.id.clone())),
            (Some(incident), Some(event)) => incident.apply(entry, event),
            (Some(_), None) => {}
        }
        if let Some(incident) = &mut self.incident {
            (incident.entries, incident.head) = (entry.seq, head);
        }
        Ok(())
    }

    /// What the lines so far add up to; none before the first.
    pub fn incident(&self) -> Option<&Incident> {
        self.incident.as_ref()
    }

    /// Number and digest of the last line, if there is one.
    pub fn head(&self) -> Option<(u64, Digest)> {
        self.walk.head()
    }
}

impl Incident {
    /// The incident that these entries add up to. They must be all entries of the case from its first, in order.
    ///
    /// # Errors
    /// If the entries are not an unbroken chain, or one cannot be read: an incident is never shown half-read.
    pub fn fold(id: &CaseId, entries: &[Entry]) -> Result<Self, FoldError> {
        let mut folding = Folding::new(id.clone());
        entries.iter().try_for_each(|entry| folding.take(entry))?;
        folding.incident.ok_or_else(|| FoldError::NoOpening(id.clone()))
    }

    fn opened(id: &CaseId, entry: &Entry, opened: CaseOpened) -> Self {
        Self {
            id: id.clone(),
            title: opened.title,
            severity: opened.severity,
            kind: opened.kind,
            subject: opened.subject,
            opened_at: entry.ctx.now,
            block_time: opened.block_time,
            phase: Phase::Analysis,
            standing: Standing::Stands,
            resolution: None,
            drill: opened.drill,
            alerts: Vec::new(),
            plans: Vec::new(),
            ledger: Ledger::default(),
            entries: 0,
            head: Digest::ZERO,
        }
    }

    fn apply(&mut self, entry: &Entry, event: Event) {
        match event {
            Event::Attached(attached) => {
                self.standing = Standing::Stands;
                // Until somebody plans by it, the kind is that of the alert that shows how it was done, the gravest and
                // surest of several, of equals the first.
                let rank = |alert: &Alert| (shows_how(alert), alert.severity, alert.confidence);
                if self.plans.is_empty() && self.alerts.iter().all(|held| rank(&held.alert) < rank(&attached.alert)) {
                    self.kind.clone_from(&attached.alert.kind);
                }
                self.alerts.push(Standpoint {
                    id: attached.id,
                    alert: attached.alert,
                    attached_at: entry.ctx.now,
                    withdrawn: false,
                    mark: None,
                });
            }
            Event::CaseAlertWithdrawn(withdrawn) => {
                self.alerts.iter_mut().filter(|held| held.id == withdrawn.id).for_each(|held| held.withdrawn = true);
                if self.alerts.iter().all(|held| held.withdrawn) {
                    self.standing = Standing::Withdrawn;
                }
            }
            Event::Marked(marked) => {
                self.alerts
                    .iter_mut()
                    .filter(|held| held.id == marked.id)
                    .for_each(|held| held.mark = Some(marked.mark));
            }
            Event::Raised(raised) => self.severity = raised.to,
            Event::PlanProposed(proposed) => {
                let steps = proposed.plan.steps.iter().map(|step| StepState::proposed(&step.id)).collect();
                self.plans.push(PlanState { digest: proposed.digest, plan: proposed.plan, steps });
                self.phase = self.phase.max(Phase::Containment);
            }
            Event::Rehearsed(rehearsed) => {
                self.at(&rehearsed.plan, &rehearsed.step, |step| step.rehearsal = Some(rehearsed.rehearsal.clone()));
            }
            Event::Approved(approved) => self.at(&approved.plan, &approved.step, |step| {
                step.approvals.push((entry.ctx.who.clone(), entry.ctx.now));
                if matches!(step.status, StepStatus::Proposed | StepStatus::Refused { .. }) {
                    step.status = StepStatus::Approved;
                }
            }),
            Event::Refused(refused) => self.at(&refused.plan, &refused.step, |step| {
                step.status = StepStatus::Refused { reason: refused.reason.clone() };
            }),
            Event::Intent(intent) => self.at(&intent.plan, &intent.step, |step| {
                step.status = StepStatus::Intended;
                step.intent = Some((intent.key, intent.binding.clone()));
            }),
            Event::Receipt(receipt) => self.with_key(&receipt.key, |step| {
                step.txs.extend(receipt.tx);
                step.status = StepStatus::Submitted { tx: receipt.tx };
            }),
            Event::Confirmed(confirmed) => {
                self.with_key(&confirmed.key, |step| step.status = StepStatus::Done { block: confirmed.block.clone() });
                self.settle_phase();
            }
            Event::Unsettled(unsettled) => {
                self.with_key(&unsettled.key, |step| {
                    step.status = StepStatus::Submitted { tx: step.txs.last().copied() };
                });
                self.settle_phase();
            }
            Event::Failed(failed) => self.with_key(&failed.key, |step| {
                step.status = StepStatus::Failed { reason: failed.reason.clone() };
            }),
            Event::CaseClosed(closed) => {
                self.phase = Phase::Closed;
                self.resolution = Some(closed.resolution);
            }
            Event::LossesAssessed(losses) => self.ledger.losses = Some(*losses),
            Event::MoneyTraced(money) => self.ledger.money = Some(*money),
            Event::Note(_)
            | Event::CaseOpened(_)
            | Event::AlertRaised(_)
            | Event::AlertWithdrawn(_)
            | Event::Suppressed(_)
            | Event::ServiceStarted(_)
            | Event::ServiceStopped(_)
            | Event::RulesReplaced(_)
            | Event::RulesRefused(_)
            | Event::ReadinessChecked(_)
            | Event::AnnouncementMade(_)
            | Event::AnnouncementWithdrawn(_)
            | Event::Snoozed(_)
            | Event::SnoozeEnded(_) => {}
        }
    }

    /// Contained means: of the newest plan, every step that changes a chain has been seen to take effect.
    fn settle_phase(&mut self) {
        if self.phase == Phase::Closed {
            return;
        }
        let contained = self.plans.last().is_some_and(|held| {
            let mut chain_steps = held.plan.steps.iter().zip(&held.steps).filter(|(step, _)| step.harm() != Harm::None);
            chain_steps.clone().next().is_some()
                && chain_steps.all(|(_, state)| matches!(state.status, StepStatus::Done { .. }))
        });
        self.phase = if contained { Phase::Contained } else { Phase::Containment };
    }

    fn at(&mut self, plan: &Digest, step: &str, change: impl Fn(&mut StepState)) {
        self.plans
            .iter_mut()
            .filter(|held| held.digest == *plan)
            .flat_map(|held| held.steps.iter_mut())
            .filter(|held| held.step == step)
            .for_each(change);
    }

    fn with_key(&mut self, key: &IdempotencyKey, change: impl Fn(&mut StepState)) {
        self.plans
            .iter_mut()
            .flat_map(|held| held.steps.iter_mut())
            .filter(|held| held.intent.as_ref().is_some_and(|(own, _)| own == key))
            .for_each(change);
    }
}

impl StepState {
    fn proposed(step: &str) -> Self {
        Self {
            step: step.to_owned(),
            status: StepStatus::Proposed,
            rehearsal: None,
            approvals: Vec::new(),
            intent: None,
            txs: Vec::new(),
        }
    }
}

impl PlanState {
    /// Whether the steps that this one waits for are done.
    pub fn is_ready(&self, step: &crate::Step) -> bool {
        step.needs.iter().all(|need| match need {
            Precondition::RehearsalSucceeds => true,
            Precondition::Done { step } => {
                self.steps.iter().any(|held| held.step == *step && matches!(held.status, StepStatus::Done { .. }))
            }
        })
    }

    /// The state of the step of this id.
    pub fn state(&self, step: &str) -> Option<&StepState> {
        self.steps.iter().find(|held| held.step == step)
    }
}

/// Whether an alert shows how something was done: that value is gone, or that nothing could be seen, does not.
fn shows_how(alert: &Alert) -> bool {
    alert.severity >= Severity::Medium && !matches!(alert.family.as_str(), "value" | "sight")
}
#[cfg(test)]
mod tests;
