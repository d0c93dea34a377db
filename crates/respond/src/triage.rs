//! What an alert means for the cases: a new one, part of one, or none, and always with the reason in words.

mod correlate;
#[cfg(test)]
mod silence_tests;
#[cfg(test)]
mod tests;
mod withdraw;

pub use withdraw::{Withdrawal, withdraw};

use std::collections::BTreeSet;

use case::{Alert, AlertId, CaseId, Fit, Force, HeldSnooze, Incident, Severity, Timestamp};
use facts::AccountId;

use crate::{Exception, SeverityMatrix};

/// The first part of the kinds that are not attacks: something could not be seen.
pub(crate) const SIGHT: &str = "sight/";
/// Characters of a case's title.
const TITLE_MAX: usize = 200;

/// When an alert opens a case, and what belongs to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriageRules {
    /// The mildest severity that opens a case. `medium` by default: what is to be looked at today has to be on a list.
    pub opens_at: Severity,
    /// For how long an open case takes alerts about the same people, in seconds of block time on either side of one of
    /// its alerts. A day by default: attacks in several transactions and their imitators come within hours, and what comes
    /// a day later is better understood on a page of its own.
    pub window_seconds: u64,
    /// How many alerts a case holds. A repeat beyond them is suppressed with that reason unless it makes the case worse, so
    /// that a flood cannot make a case too long to fold. 1000 by default: nobody reads more, and their count is no news.
    pub alerts_per_case_max: usize,
    /// How many blind-spot alerts within [`Self::blind_window_seconds`] open a case. Three by default: one missed answer
    /// heals itself, three in a row are an outage.
    pub blind_alerts_min: usize,
    /// The window for those, in seconds of block time. Ten minutes by default: 50 blocks of Ethereum.
    pub blind_window_seconds: u64,
    /// From alerts to the severity of an incident.
    pub matrix: SeverityMatrix,
    /// Alerts that a person has excepted.
    pub exceptions: Vec<Exception>,
    /// The contracts that are protected. Without any, alerts weigh what their detectors say.
    pub protected: BTreeSet<AccountId>,
}

impl Default for TriageRules {
    fn default() -> Self {
        Self {
            opens_at: Severity::Medium,
            window_seconds: 86_400,
            alerts_per_case_max: 1_000,
            blind_alerts_min: 3,
            blind_window_seconds: 600,
            matrix: SeverityMatrix::default(),
            exceptions: Vec::new(),
            protected: BTreeSet::new(),
        }
    }
}

/// What is to be done with an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It begins an incident, whose id is [`CaseId::opened_by`] this alert.
    Open {
        /// One line for a person. Text from a chain in it is hostile until it is escaped.
        title: String,
        /// How bad the incident is.
        severity: Severity,
        /// An id of the taxonomy.
        kind: String,
    },
    /// It belongs to an open case.
    Attach {
        /// The case.
        case: CaseId,
        /// Why.
        because: String,
        /// The severity the case rises to, if it does.
        raise_to: Option<Severity>,
    },
    /// It needs no case.
    Suppress {
        /// Why.
        reason: String,
    },
    /// It wakes nobody, because of a snooze.
    HoldBack {
        /// The snooze.
        snooze: String,
        /// Who snoozed it, until when, and why.
        reason: String,
    },
}

/// All that triage may see.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    /// The cases. Closed ones are passed over, so that what comes after a closing opens a new case.
    pub cases: &'a [Incident],
    /// Snoozes that have not ended.
    pub snoozes: &'a [HeldSnooze],
    /// Alerts that were suppressed lately and still stand: repeated blindness shows only here.
    pub suppressed: &'a [Alert],
    /// The rules.
    pub rules: &'a TriageRules,
    /// The time, in UTC.
    pub now: Timestamp,
}

/// Decides about an alert with nothing but the cases in view: see [`Desk::decide`], which also notices repeated blindness.
pub fn triage(open: &[Incident], id: &AlertId, alert: &Alert, rules: &TriageRules, now: Timestamp) -> Decision {
    Desk { cases: open, snoozes: &[], suppressed: &[], rules, now }.decide(id, alert)
}

impl Desk<'_> {
    /// Decides about an alert. Deciding twice about one alert never opens two cases.
    pub fn decide(&self, id: &AlertId, alert: &Alert) -> Decision {
        let held = |case: &&Incident| case.alerts.iter().any(|held| held.id == *id && !held.withdrawn);
        if let Some(case) = self.cases.iter().find(held) {
            return Decision::Suppress { reason: format!("already in case {}", case.id) };
        }
        if let Some(HeldSnooze { id, snooze, who, why, .. }) = self.snoozed(alert) {
            let reason = format!("snoozed until {} by {who} ({id}): {why}", snooze.until);
            return Decision::HoldBack { snooze: id.clone(), reason };
        }
        if !self.is_loss(alert)
            && let Some(Exception { why, .. }) = self.rules.exceptions.iter().find(|one| one.covers(alert))
        {
            return Decision::Suppress { reason: format!("excepted: {why}") };
        }
        match correlate::best(self.cases, alert, self.rules.window_seconds) {
            Some((case, tie)) => self.attach(case, alert, &tie.in_words()),
            None if self.cases.iter().any(|case| case.id == CaseId::opened_by(id)) => {
                let case = CaseId::opened_by(id);
                Decision::Suppress { reason: format!("it opened case {case}, which a person has closed") }
            }
            None if alert.kind.starts_with(SIGHT) => self.blind(alert),
            None => self.open(alert),
        }
    }

    /// The snooze that holds an alert back, if one does. Word that money is being lost gets through, unless somebody took it
    /// upon themselves to silence that too.
    pub fn snoozed(&self, alert: &Alert) -> Option<&HeldSnooze> {
        let is_loss = self.is_loss(alert);
        let reaches = |held: &&HeldSnooze| !is_loss || held.snooze.losses_too == Force::Yes;
        self.snoozes.iter().filter(reaches).find(|held| held.holds(alert, self.now))
    }

    /// Whether an alert of critical weight says that money is being lost.
    fn is_loss(&self, alert: &Alert) -> bool {
        let weighs = self.rules.matrix.of_alerts([alert], &self.rules.protected).max(alert.severity);
        weighs == Severity::Critical && !alert.losses.is_empty()
    }

    fn attach(&self, case: &Incident, alert: &Alert, because: &str) -> Decision {
        let severity = self.rules.matrix.of_alerts(case.standing_alerts().chain([alert]), &self.rules.protected);
        let raise_to = (severity > case.severity).then_some(severity);
        let max = self.rules.alerts_per_case_max;
        if case.alerts.len() >= max && raise_to.is_none() {
            let reason =
                format!("{because} as case {}, which already holds {max} alerts and would be no worse", case.id);
            return Decision::Suppress { reason };
        }
        Decision::Attach { case: case.id.clone(), because: because.to_owned(), raise_to }
    }

    fn open(&self, alert: &Alert) -> Decision {
        let severity = self.rules.matrix.of_alerts([alert], &self.rules.protected);
        if let Some(bearing) = alert.announcement.as_ref().filter(|_| severity < self.rules.opens_at) {
            let what = match bearing.fit {
                Fit::Excused | Fit::Done => "is just what was announced",
                Fit::Deviates | Fit::Absent => "bears on what was announced, and is mild",
            };
            return Decision::Suppress { reason: format!("it {what}: {}", bearing.id) };
        }
        if severity < self.rules.opens_at {
            let reason = format!("severity {severity} opens no case: the mildest that does is {}", self.rules.opens_at);
            return Decision::Suppress { reason };
        }
        opened(alert, severity)
    }

    /// Blindness opens a case when it is high by itself, or goes on; not at each hiccup of a node.
    fn blind(&self, alert: &Alert) -> Decision {
        let rules = self.rules;
        let near = |other: &&Alert| {
            other.kind.starts_with(SIGHT)
                && other.seen_at.chain == alert.seen_at.chain
                && other.seen_at.hash != alert.seen_at.hash
                && other.block_time.abs_diff(alert.block_time) <= rules.blind_window_seconds
        };
        let blocks: BTreeSet<_> = self.suppressed.iter().filter(near).map(|other| other.seen_at.hash).collect();
        let count = blocks.len() + 1;
        if alert.severity >= Severity::High {
            return opened(alert, rules.matrix.of_alerts([alert], &rules.protected).max(alert.severity));
        }
        if count >= rules.blind_alerts_min {
            return opened(alert, alert.severity.max(rules.opens_at));
        }
        let reason = format!(
            "blind in {count} of the {} blocks within {} s that open a case",
            rules.blind_alerts_min, rules.blind_window_seconds
        );
        Decision::Suppress { reason }
    }
}

fn opened(alert: &Alert, severity: Severity) -> Decision {
    let title = match alert.message.char_indices().nth(TITLE_MAX) {
        Some((at, _)) => format!("{}…", &alert.message[..at]),
        None => alert.message.clone(),
    };
    Decision::Open { title, severity, kind: alert.kind.clone() }
}
