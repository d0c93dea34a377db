//! Incidents: one line in the list, and the whole of one.

use case::{Digest, Incident, Phase, Resolution, Severity, Standing};
use facts::{AccountId, B256};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    AlertView, NamesView, PlanView,
    alert::AlertState,
    block_time,
    plan::{CallView, waits},
    word,
};
use crate::AppState;

word! {
    /// How bad.
    SeverityWord = Severity {
        /// Worth knowing.
        Info,
        /// Look at it in working hours.
        Low,
        /// Look at it today.
        Medium,
        /// Wake someone.
        High,
        /// Funds are moving or about to.
        Critical,
    }
}

word! {
    /// Where the response stands, in the phases of NIST SP 800-61.
    PhaseWord = Phase {
        /// Being understood.
        Analysis,
        /// The loss is being stopped.
        Containment,
        /// It has been stopped.
        Contained,
        /// Over.
        Closed,
    }
}

word! {
    /// Whether an incident still rests on something.
    StandingWord = Standing {
        /// At least one alert stands.
        Stands,
        /// No alert stands any more.
        Withdrawn,
    }
}

word! {
    /// How a case ended.
    ResolutionWord = Resolution {
        /// It was real and has been dealt with.
        Resolved,
        /// It was no incident.
        FalseAlarm,
        /// It was an exercise.
        Drill,
    }
}

/// What was lost of one asset.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AssetLossView {
    /// CAIP-19.
    pub asset: String,
    /// How much, in base units.
    pub amount: String,
}

/// An incident in one line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct IncidentSummary {
    /// Its id.
    pub id: String,
    /// One line for a person. Text from a chain in it is hostile until it is escaped.
    pub title: String,
    /// How bad.
    pub severity: SeverityWord,
    /// An id of the taxonomy.
    pub kind: String,
    /// Whom it is about, CAIP-10.
    pub subject: String,
    /// Where the response stands.
    pub phase: PhaseWord,
    /// Whether it still rests on something.
    pub standing: StandingWord,
    /// How it ended, if it has.
    pub resolution: Option<ResolutionWord>,
    /// Whether it is an exercise.
    pub drill: bool,
    /// When the case was opened, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// The time of the block it begins with, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub block_time: Timestamp,
    /// What was lost, per asset.
    pub losses: Vec<AssetLossView>,
    /// How many alerts stand.
    pub alerts_standing: usize,
    /// How many steps of the newest plan wait for a person.
    pub steps_waiting: usize,
    /// Names of what it mentions.
    pub names: NamesView,
}

/// An incident, folded from its entries.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct IncidentView {
    /// What the list shows of it.
    #[serde(flatten)]
    pub summary: IncidentSummary,
    /// Who seems to have done it, CAIP-10.
    pub attackers: Vec<String>,
    /// Who seems to have suffered it, CAIP-10.
    pub victims: Vec<String>,
    /// Transactions of the attack, in the order they were noticed.
    #[schema(value_type = Vec<String>)]
    pub txs: Vec<B256>,
    /// Its alerts in the order they came, withdrawn ones included.
    pub alerts: Vec<AlertView>,
    /// The newest plan.
    pub plan: Option<PlanView>,
    /// Plans that it took the place of, newest first.
    pub plans_before: Vec<PlanView>,
    /// How many entries it was folded from.
    pub entries: u64,
    /// Digest of the last of them.
    #[schema(value_type = String)]
    pub head: Digest,
}

impl IncidentSummary {
    pub(crate) fn new(incident: &Incident, desk: &AppState) -> Self {
        let mut names = NamesView::default();
        names.account(&incident.subject, desk);
        let losses = incident.losses();
        losses.keys().for_each(|asset| names.asset(asset, desk));
        let steps_waiting = match incident.plan() {
            Some(held) if incident.is_open() => {
                held.plan.steps.iter().zip(&held.steps).filter(|(step, state)| waits(step, state)).count()
            }
            _ => 0,
        };
        Self {
            id: incident.id.to_string(),
            title: incident.title.clone(),
            severity: incident.severity.into(),
            kind: incident.kind.clone(),
            subject: incident.subject.to_string(),
            phase: incident.phase.into(),
            standing: incident.standing.into(),
            resolution: incident.resolution.map(Into::into),
            drill: incident.drill,
            opened_at: incident.opened_at,
            block_time: block_time(incident.block_time),
            losses: losses
                .into_iter()
                .map(|(asset, amount)| AssetLossView { asset: asset.to_string(), amount: amount.to_string() })
                .collect(),
            alerts_standing: incident.standing_alerts().count(),
            steps_waiting,
            names,
        }
    }
}

impl IncidentView {
    pub(crate) fn new(incident: &Incident, desk: &AppState) -> Self {
        let mut summary = IncidentSummary::new(incident, desk);
        incident.alerts.iter().for_each(|held| summary.names.alert(&held.alert, desk));
        let alerts = incident
            .alerts
            .iter()
            .map(|held| {
                let state = AlertState {
                    raised_at: held.attached_at,
                    received_at: None,
                    withdrawn: held.withdrawn,
                    suppressed: None,
                    mark: held.mark,
                    incident: Some(incident.id.to_string()),
                };
                // Their names stand once, beside the incident's.
                AlertView::new(held.id, &held.alert, state, NamesView::default())
            })
            .collect();
        let mut plans = incident.plans.iter().rev().map(PlanView::from);
        let plan = plans.next();
        let plans_before = plans.collect();
        for step in plan.iter().flat_map(|plan| &plan.steps) {
            if let CallView::Contract { account, .. } = &step.call
                && let Ok(account) = account.parse::<AccountId>()
            {
                summary.names.account(&account, desk);
            }
        }
        let text = |accounts: Vec<AccountId>| accounts.iter().map(ToString::to_string).collect();
        Self {
            summary,
            attackers: text(incident.attackers()),
            victims: text(incident.victims()),
            txs: incident.txs(),
            alerts,
            plan,
            plans_before,
            entries: incident.entries,
            head: incident.head,
        }
    }
}
