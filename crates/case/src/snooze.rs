//! Snoozes: for a while the alerts of a rule are written down and nobody is woken by them.

use facts::AccountId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Actor, Alert, AlertId, Entry, Event, Severity, Suppressed};

/// The longest that a rule can be snoozed: what is to be silent for longer is to be changed.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Alerts that the end of a snooze lists by their ids.
pub const HELD_BACK_MAX: usize = 32;

/// What a snooze is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snooze {
    /// The rule's id.
    pub rule: String,
    /// Whom the alerts are about; anybody if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<AccountId>,
    /// Until when, in UTC.
    pub until: Timestamp,
    /// Also of alerts that say that money is being lost.
    #[serde(default, skip_serializing_if = "Force::is_no")]
    pub losses_too: Force,
}

/// Whether a snooze reaches alerts about money that is being lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Force {
    /// They get through.
    #[default]
    No,
    /// Somebody took it upon themselves to silence them.
    Yes,
}

impl Force {
    fn is_no(&self) -> bool {
        *self == Self::No
    }
}

impl Snooze {
    /// Whether it can begin at this time.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub fn check(&self, now: Timestamp) -> Result<(), String> {
        if self.until <= now {
            return Err(format!("it would end at {}, and now it is {now}: give a later time", self.until));
        }
        if now.duration_until(self.until) > LONGEST {
            return Err(format!(
                "it would last longer than {} days: change the rule instead (`breakglass rules tune` proposes how)",
                LONGEST.as_hours() / 24
            ));
        }
        Ok(())
    }

    /// Whether an alert is about what is snoozed. A rule's instances are snoozed with their card.
    pub fn covers(&self, alert: &Alert) -> bool {
        let of_rule = alert.rule.id == self.rule || alert.rule.id.split('/').next() == Some(self.rule.as_str());
        of_rule && self.subject.as_ref().is_none_or(|subject| *subject == alert.subject)
    }
}

/// Payload of `alerts.snoozed/1`. Who did it, why and when stand in the entry's circumstances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snoozed {
    /// Its id: `sn-` and twelve digits.
    pub id: String,
    /// What it is about.
    pub snooze: Snooze,
}

/// Payload of `alerts.snooze-ended/1`: its time was over, or somebody ended it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SnoozeEnded {
    /// Which.
    pub id: String,
    /// What was held back.
    pub held_back: HeldBack,
}

/// Alerts that woke nobody because of a snooze.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBack {
    /// How many.
    pub count: u64,
    /// The worst of them.
    pub worst: Option<Severity>,
    /// The first of them.
    pub alerts: Vec<AlertId>,
}

impl HeldBack {
    /// One more.
    pub fn add(&mut self, id: AlertId, severity: Severity) {
        self.count += 1;
        self.worst = self.worst.max(Some(severity));
        if self.alerts.len() < HELD_BACK_MAX {
            self.alerts.push(id);
        }
    }
}

/// A snooze with what the book says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldSnooze {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub snooze: Snooze,
    /// Who began it.
    pub who: Actor,
    /// Why.
    pub why: String,
    /// When.
    pub at: Timestamp,
    /// What it held back so far.
    pub held_back: HeldBack,
    /// When its end was written down.
    pub ended: Option<Timestamp>,
}

impl HeldSnooze {
    /// Whether it holds an alert back at this time.
    pub fn holds(&self, alert: &Alert, now: Timestamp) -> bool {
        self.ended.is_none() && now < self.snooze.until && self.snooze.covers(alert)
    }
    /// Takes a line of the book into a list of snoozes; other lines are passed over.
    pub fn take(list: &mut Vec<Self>, entry: &Entry, event: &Event) {
        match event {
            Event::Snoozed(snoozed) => list.push(Self {
                id: snoozed.id.clone(),
                snooze: snoozed.snooze.clone(),
                who: entry.ctx.who.clone(),
                why: entry.ctx.why.clone(),
                at: entry.ctx.now,
                held_back: HeldBack::default(),
                ended: None,
            }),
            Event::SnoozeEnded(ended) => {
                let of_it = list.iter_mut().filter(|held| held.id == ended.id && held.ended.is_none());
                of_it.for_each(|held| held.ended = Some(entry.ctx.now));
            }
            Event::Suppressed(Suppressed { id, snoozed: Some(by), .. }) => {
                let of_it = list.iter_mut().filter(|held| held.id == by.id);
                of_it.for_each(|held| held.held_back.add(*id, by.severity));
            }
            _ => {}
        }
    }
}

/// That an alert woke nobody because of a snooze.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnoozedBy {
    /// The snooze.
    pub id: String,
    /// How bad the alert is.
    pub severity: Severity,
}
