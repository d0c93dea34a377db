//! An incident is what its entries add up to. It is never stored as truth and never edited.

mod fold;

pub use fold::{FoldError, Folding};

use std::{collections::BTreeMap, fmt, str::FromStr};

use facts::{AccountId, AssetId, B256, BlockRef, U256};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de};

use crate::{
    Actor, Alert, AlertId, Digest, IdempotencyKey, LossesAssessed, Mark, MoneyTraced, Plan, Rehearsal, Severity,
};

/// A case by its id: `bg-` and twelve hex digits of the alert that opened it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseId(String);

impl CaseId {
    /// The id of the case that this alert opens: the same alert never opens two.
    pub fn opened_by(alert: &AlertId) -> Self {
        Self(format!("bg-{}", alert.short()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CaseId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("bg-").unwrap_or_default();
        let hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if digits.len() == 12 && digits.bytes().all(hex) {
            return Ok(Self(text.to_owned()));
        }
        let shown: String = text.chars().take(40).collect();
        Err(format!("`{shown}` is not a case id: expected `bg-` and 12 hex digits"))
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for CaseId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CaseId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Where the response stands, in the phases of NIST SP 800-61.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Being understood.
    Analysis,
    /// The loss is being stopped.
    Containment,
    /// It has been stopped.
    Contained,
    /// Over.
    Closed,
}

/// Whether an incident still rests on something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// At least one alert stands.
    Stands,
    /// No alert stands: blocks were lost in a reorg, or what waited to be mined waits no longer.
    Withdrawn,
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resolution {
    /// It was real and has been dealt with.
    Resolved,
    /// It was no incident.
    FalseAlarm,
    /// It was an exercise.
    Drill,
}

/// An alert in a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standpoint {
    /// The alert's id.
    pub id: AlertId,
    /// What it says.
    pub alert: Alert,
    /// When it was attached, in UTC.
    pub attached_at: Timestamp,
    /// Whether it does not stand any more.
    pub withdrawn: bool,
    /// What a person thinks of it.
    pub mark: Option<Mark>,
}

/// How far a step has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "status")]
pub enum StepStatus {
    /// Waiting for leave.
    Proposed,
    /// Leave was given.
    Approved,
    /// It will not be taken.
    Refused {
        /// Why.
        reason: String,
    },
    /// About to be taken, or taken with the answer still out.
    Intended,
    /// Handed to the world.
    Submitted {
        /// The transaction, where there is one.
        tx: Option<B256>,
    },
    /// Its effect was seen.
    Done {
        /// The block it was seen in.
        block: Option<BlockRef>,
    },
    /// It failed for good.
    Failed {
        /// Why.
        reason: String,
    },
}

/// One step of a plan, as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepState {
    /// The step's id.
    pub step: String,
    /// How far it has come.
    #[serde(flatten)]
    pub status: StepStatus,
    /// The last rehearsal.
    pub rehearsal: Option<Rehearsal>,
    /// Who gave leave, and when.
    pub approvals: Vec<(Actor, Timestamp)>,
    /// The effect's key and what the driver bound itself to, once it was intended.
    pub intent: Option<(IdempotencyKey, serde_json::Value)>,
    /// Transactions it was sent as, oldest first.
    pub txs: Vec<B256>,
}

/// A plan, as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanState {
    /// Its digest.
    pub digest: Digest,
    /// The plan.
    pub plan: Plan,
    /// Its steps in order.
    pub steps: Vec<StepState>,
}

/// What was worked out about a case's money, by the newest word about it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ledger {
    /// What was lost; none before it was added up.
    pub losses: Option<LossesAssessed>,
    /// Where it went; none before it was followed.
    pub money: Option<MoneyTraced>,
}

/// An incident, folded from its entries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Its id.
    pub id: CaseId,
    /// One line for a person. Text from a chain in it is hostile until it is escaped.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// An id of the taxonomy: what opened it, or better, how it was done, as far as that was noticed before a plan.
    pub kind: String,
    /// Whom it is about.
    pub subject: AccountId,
    /// When the case was opened, in UTC.
    pub opened_at: Timestamp,
    /// The time of the block it begins with, seconds since 1970 UTC.
    pub block_time: u64,
    /// Where the response stands.
    pub phase: Phase,
    /// Whether it still rests on something.
    pub standing: Standing,
    /// How it ended, if it has.
    pub resolution: Option<Resolution>,
    /// Whether it is an exercise.
    pub drill: bool,
    /// Its alerts in the order they came.
    pub alerts: Vec<Standpoint>,
    /// Its plans in the order they were made.
    pub plans: Vec<PlanState>,
    /// What was worked out about its money.
    pub ledger: Ledger,
    /// How many entries it was folded from.
    pub entries: u64,
    /// Digest of the last of them: a plan is based on it.
    pub head: Digest,
}

impl Incident {
    /// Alerts that stand.
    pub fn standing_alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.iter().filter(|held| !held.withdrawn).map(|held| &held.alert)
    }

    /// Transactions of the attack, in block order, without repetition.
    pub fn txs(&self) -> Vec<B256> {
        self.collect(|alert| alert.tx.as_slice())
    }

    /// Who seems to have done it, in the order they were named.
    pub fn attackers(&self) -> Vec<AccountId> {
        self.collect(|alert| &alert.attackers)
    }

    /// Who seems to have suffered it, in the order they were named.
    pub fn victims(&self) -> Vec<AccountId> {
        self.collect(|alert| &alert.victims)
    }

    /// What was lost of each asset. Two alerts about the same account, asset and transaction count once.
    pub fn losses(&self) -> BTreeMap<AssetId, U256> {
        let mut rows: BTreeMap<(Option<B256>, &AccountId, &AssetId), U256> = BTreeMap::new();
        for alert in self.standing_alerts() {
            for loss in &alert.losses {
                let row = rows.entry((alert.tx, &loss.account, &loss.asset)).or_default();
                *row = (*row).max(loss.amount);
            }
        }
        let mut totals: BTreeMap<AssetId, U256> = BTreeMap::new();
        for ((_, _, asset), amount) in rows {
            let total = totals.entry(asset.clone()).or_default();
            *total = total.saturating_add(amount);
        }
        totals
    }

    /// The newest plan.
    pub fn plan(&self) -> Option<&PlanState> {
        self.plans.last()
    }

    /// Whether the case is open.
    pub fn is_open(&self) -> bool {
        self.phase != Phase::Closed
    }

    fn collect<'a, T: Clone + PartialEq + 'a>(&'a self, of: impl Fn(&'a Alert) -> &'a [T]) -> Vec<T> {
        let mut found: Vec<T> = Vec::new();
        for item in self.standing_alerts().flat_map(of) {
            if !found.contains(item) {
                found.push(item.clone());
            }
        }
        found
    }
}
