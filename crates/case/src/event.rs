//! What is written down: the kinds of entries and their payloads, each with a version in its name.

mod gone;
mod service;

pub use gone::Gone;
pub use service::{RulesRefused, RulesReplaced, ServiceStarted, ServiceStopped};

use facts::{AccountId, B256, BlockRef};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Alert, AlertId, AnnouncementMade, AnnouncementWithdrawn, Digest, DigestError, IdempotencyKey, LossesAssessed,
    MoneyTraced, Plan, ReadinessChecked, Rehearsal, Resolution, Severity, SnoozeEnded, Snoozed, SnoozedBy,
};

/// A kind of entry that this crate knows. A room with a kind of its own writes it as text and payload instead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "payload")]
pub enum Event {
    // On a chain's stream
    /// A detector noticed something.
    #[serde(rename = "alert.raised/1")]
    AlertRaised(Box<AlertRaised>),
    /// An alert does not stand any more: the block it was seen in is gone, or what waited to be mined waits no longer.
    #[serde(rename = "alert.withdrawn/1")]
    AlertWithdrawn(AlertWithdrawn),
    /// Triage decided that an alert needs no case.
    #[serde(rename = "alert.suppressed/1")]
    Suppressed(Suppressed),
    /// A person said whether an alert was useful.
    #[serde(rename = "alert.marked/1")]
    Marked(Marked),
    /// A change was announced.
    #[serde(rename = "announcement.made/1")]
    AnnouncementMade(Box<AnnouncementMade>),
    /// An announcement does not hold any more.
    #[serde(rename = "announcement.withdrawn/1")]
    AnnouncementWithdrawn(AnnouncementWithdrawn),
    // On a case's stream
    /// An incident began.
    #[serde(rename = "case.opened/1")]
    CaseOpened(CaseOpened),
    /// An alert belongs to the case.
    #[serde(rename = "case.alert-attached/1")]
    Attached(Box<Attached>),
    /// An attached alert does not stand any more.
    #[serde(rename = "case.alert-withdrawn/1")]
    CaseAlertWithdrawn(AlertWithdrawn),
    /// Severity went up or down.
    #[serde(rename = "case.raised/1")]
    Raised(Raised),
    /// A plan was made.
    #[serde(rename = "case.plan-proposed/1")]
    PlanProposed(Box<PlanProposed>),
    /// A step was tried out on the head.
    #[serde(rename = "case.rehearsed/1")]
    Rehearsed(Rehearsed),
    /// A person or a policy gave leave for a step.
    #[serde(rename = "case.approved/1")]
    Approved(Approved),
    /// A step will not be taken, and why; a person has to look.
    #[serde(rename = "case.refused/1")]
    Refused(Refused),
    /// A step is about to be taken.
    #[serde(rename = "case.intent/1")]
    Intent(Intent),
    /// A step was handed to the world.
    #[serde(rename = "case.receipt/1")]
    Receipt(Receipt),
    /// A step's effect was seen.
    #[serde(rename = "case.confirmed/1")]
    Confirmed(Confirmed),
    /// The block that confirmed a step is gone; it waits again.
    #[serde(rename = "case.unsettled/1")]
    Unsettled(Unsettled),
    /// A step failed for good.
    #[serde(rename = "case.failed/1")]
    Failed(Failed),
    /// A person wrote something down.
    #[serde(rename = "case.note/1")]
    Note(Note),
    /// The case is over.
    #[serde(rename = "case.closed/1")]
    CaseClosed(CaseClosed),
    /// What was lost was added up.
    #[serde(rename = "losses.assessed/1")]
    LossesAssessed(Box<LossesAssessed>),
    /// The money was followed.
    #[serde(rename = "money.traced/1")]
    MoneyTraced(Box<MoneyTraced>),
    // On the installation's stream
    /// The service started.
    #[serde(rename = "service.started/1")]
    ServiceStarted(ServiceStarted),
    /// The service stopped.
    #[serde(rename = "service.stopped/1")]
    ServiceStopped(ServiceStopped),
    /// Other rules took the place of those before, between two blocks.
    #[serde(rename = "rules.replaced/1")]
    RulesReplaced(RulesReplaced),
    /// Rules that were to take the place of others are not right; those before go on.
    #[serde(rename = "rules.refused/1")]
    RulesRefused(RulesRefused),
    /// What is protected was checked for the day it has to be stopped.
    #[serde(rename = "readiness.checked/1")]
    ReadinessChecked(Box<ReadinessChecked>),
    /// For a while a rule wakes nobody.
    #[serde(rename = "alerts.snoozed/1")]
    Snoozed(Snoozed),
    /// It does again.
    #[serde(rename = "alerts.snooze-ended/1")]
    SnoozeEnded(SnoozeEnded),
}

impl Event {
    /// Kind and payload, as an entry keeps them.
    ///
    /// # Errors
    /// If JSON cannot write the payload.
    pub fn parts(&self) -> Result<(String, Value), DigestError> {
        let Value::Object(mut object) = serde_json::to_value(self)? else {
            return Err(DigestError::Form("event".to_owned()));
        };
        let payload = object.remove("payload").unwrap_or(Value::Null);
        match object.remove("kind") {
            Some(Value::String(kind)) => Ok((kind, payload)),
            _ => Err(DigestError::Form("event".to_owned())),
        }
    }

    /// The event of this kind; `None` if the kind is not known here.
    ///
    /// # Errors
    /// If the kind is known and the payload does not fit it.
    pub fn from_parts(kind: &str, payload: &Value) -> Result<Option<Self>, serde_json::Error> {
        if !KINDS.contains(&kind) {
            return Ok(None);
        }
        serde_json::from_value(serde_json::json!({ "kind": kind, "payload": payload })).map(Some)
    }
}

/// Every kind of [`Event`], as its entry names it.
const KINDS: &[&str] = &[
    "alert.raised/1",
    "alert.withdrawn/1",
    "alert.suppressed/1",
    "alert.marked/1",
    "announcement.made/1",
    "announcement.withdrawn/1",
    "case.opened/1",
    "case.alert-attached/1",
    "case.alert-withdrawn/1",
    "case.raised/1",
    "case.plan-proposed/1",
    "case.rehearsed/1",
    "case.approved/1",
    "case.refused/1",
    "case.intent/1",
    "case.receipt/1",
    "case.confirmed/1",
    "case.unsettled/1",
    "case.failed/1",
    "case.note/1",
    "case.closed/1",
    "losses.assessed/1",
    "money.traced/1",
    "service.started/1",
    "service.stopped/1",
    "rules.replaced/1",
    "rules.refused/1",
    "readiness.checked/1",
    "alerts.snoozed/1",
    "alerts.snooze-ended/1",
];

/// A data file by its id and the digest of its content, so that a document can list what shaped it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    /// Its id, such as `playbooks/pause-protocol`.
    pub id: String,
    /// Digest of its bytes.
    pub hash: Digest,
}

/// Payload of `alert.raised/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertRaised {
    /// The alert's id.
    pub id: AlertId,
    /// What it says.
    pub alert: Alert,
    /// When the block reached us, in UTC: from there to the entry's own time is how long it took to notice. Absent for
    /// what no block brought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
}

/// Payload of `alert.withdrawn/1` and `case.alert-withdrawn/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertWithdrawn {
    /// The alert.
    pub id: AlertId,
    /// Why it does not stand any more.
    #[serde(flatten)]
    pub why: Gone,
}

/// Payload of `alert.suppressed/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suppressed {
    /// The alert.
    pub id: AlertId,
    /// Why it needs no case.
    pub reason: String,
    /// The snooze that held it back, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozed: Option<SnoozedBy>,
}

/// What a person thinks of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// It helped.
    Useful,
    /// It was wrong.
    False,
    /// It was right, and nothing new.
    Known,
}

/// Payload of `alert.marked/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Marked {
    /// The alert.
    pub id: AlertId,
    /// What the person thinks.
    pub mark: Mark,
}

/// Payload of `case.opened/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseOpened {
    /// One line for a person. Text from a chain in it is hostile until it is escaped.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// An id of the taxonomy.
    pub kind: String,
    /// Whom it is about.
    pub subject: AccountId,
    /// The time of the block it begins with, seconds since 1970 UTC.
    pub block_time: u64,
    /// Whether this is an exercise.
    #[serde(default)]
    pub drill: bool,
}

/// Payload of `case.alert-attached/1`: the alert stands in the case whole, so that an exported case needs no other file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attached {
    /// The alert's id.
    pub id: AlertId,
    /// What it says.
    pub alert: Alert,
    /// Why it belongs here.
    pub because: String,
}

/// Payload of `case.raised/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Raised {
    /// Severity before.
    pub from: Severity,
    /// Severity after.
    pub to: Severity,
}

/// Payload of `case.plan-proposed/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanProposed {
    /// The plan's digest.
    pub digest: Digest,
    /// The plan.
    pub plan: Plan,
}

/// Payload of `case.rehearsed/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rehearsed {
    /// The plan's digest.
    pub plan: Digest,
    /// The step's id.
    pub step: String,
    /// What came of it.
    #[serde(flatten)]
    pub rehearsal: Rehearsal,
}

/// Payload of `case.approved/1`. Who approved stands in the entry's circumstances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Approved {
    /// The plan's digest: leave holds for this plan and no other.
    pub plan: Digest,
    /// The step's id.
    pub step: String,
}

/// Payload of `case.refused/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// The plan's digest.
    pub plan: Digest,
    /// The step's id.
    pub step: String,
    /// Why, and what a person can do.
    pub reason: String,
}

/// Payload of `case.intent/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// The plan's digest.
    pub plan: Digest,
    /// The step's id.
    pub step: String,
    /// Names the effect.
    pub key: IdempotencyKey,
    /// What the driver binds itself to before it acts (a nonce, say), so that sending twice cannot count twice.
    pub binding: Value,
}

/// Payload of `case.receipt/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The effect.
    pub key: IdempotencyKey,
    /// The step's id.
    pub step: String,
    /// The transaction, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tx: Option<B256>,
    /// What the world answered, without secrets.
    pub says: String,
}

/// Payload of `case.confirmed/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confirmed {
    /// The effect.
    pub key: IdempotencyKey,
    /// The step's id.
    pub step: String,
    /// The block it was seen in, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<BlockRef>,
    /// The transaction, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tx: Option<B256>,
}

/// Payload of `case.unsettled/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unsettled {
    /// The effect.
    pub key: IdempotencyKey,
    /// The step's id.
    pub step: String,
    /// The block that is no longer part of the chain.
    pub lost: BlockRef,
}

/// Payload of `case.failed/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failed {
    /// The effect.
    pub key: IdempotencyKey,
    /// The step's id.
    pub step: String,
    /// Why, and what a person can do.
    pub reason: String,
}

/// Payload of `case.note/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// The note.
    pub text: String,
}

/// Payload of `case.closed/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseClosed {
    /// How it ended.
    pub resolution: Resolution,
}
