//! What a detector says when it has something to say.

use std::fmt;

use facts::{AccountId, AssetId, B256, BlockRef, U256};
use serde::{Deserialize, Serialize};

use crate::{Bearing, Confidence, Digest, DigestError, Severity};

/// A rule by name and by the digest of everything that shaped it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RuleRef {
    /// Its id, such as `drain`.
    pub id: String,
    /// Digest of its card, its code version and its parameters.
    pub hash: Digest,
}

impl fmt::Display for RuleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.id, self.hash.short())
    }
}

/// An alert by the digest of what it says.
pub type AlertId = Digest;

/// Two alerts with the same fingerprint say the same thing about the same subject.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

/// What kind of fact a piece of evidence rests on. Two detectors confirm each other only if they share none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// Value that moved.
    Flow,
    /// What an account held before and after.
    Balance,
    /// The shape of the calls.
    Call,
    /// Storage reads and writes.
    Storage,
    /// An event that a contract wrote.
    Log,
    /// Deployed or delegated code.
    Code,
    /// The answer to a standing question.
    Observed,
    /// Something that could not be seen.
    Blind,
}

/// Whether what an alert is about has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// It is part of the chain.
    #[default]
    Mined,
    /// Nobody did it: it came of trying out what a contract can do.
    Simulated,
    /// Somebody wants to do it: a transaction that waits to be mined, executed on the head.
    Pending,
}

impl Basis {
    /// Whether it is part of the chain.
    pub fn is_mined(&self) -> bool {
        *self == Self::Mined
    }
}

/// One fact an alert rests on, small enough to show and precise enough to look up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What kind of fact.
    pub kind: EvidenceKind,
    /// The transaction, if it is of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tx: Option<B256>,
    /// The frame in which it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<u32>,
    /// The fact in words. Text from a chain in it is hostile until it is escaped.
    pub says: String,
}

/// Value that an account lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Who lost it.
    pub account: AccountId,
    /// Of what.
    pub asset: AssetId,
    /// How much, in base units.
    pub amount: U256,
    /// Which share of the holding that was, in basis points, where the holding is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_bp: Option<u16>,
}

/// What a detector noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// The rule that says so.
    pub rule: RuleRef,
    /// The rule's family: rules of one family look at the matter in the same way.
    pub family: String,
    /// What kind of attack it points to: an id of the taxonomy, such as `reentrancy/classic`.
    pub kind: String,
    /// Whom it is about, usually the victim or the contract whose rules changed.
    pub subject: AccountId,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The block it was seen in.
    pub seen_at: BlockRef,
    /// That block's time, seconds since 1970 UTC.
    pub block_time: u64,
    /// Whether it has happened. What has not is seen on the state after the block.
    #[serde(default, skip_serializing_if = "Basis::is_mined")]
    pub basis: Basis,
    /// The transaction, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tx: Option<B256>,
    /// Same fingerprint, same matter.
    pub fingerprint: Fingerprint,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// Who seems to have done it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attackers: Vec<AccountId>,
    /// Who seems to have suffered it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub victims: Vec<AccountId>,
    /// What was lost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
    /// One sentence for a person. Text from a chain in it is hostile until it is escaped.
    pub message: String,
    /// The announcement it bears on, if it does, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announcement: Option<Bearing>,
}

impl Alert {
    /// Its id: the digest of all it says. The same rule on the same block says the same thing.
    ///
    /// # Errors
    /// If JSON cannot write it, which does not happen for a well-formed alert.
    pub fn id(&self) -> Result<AlertId, DigestError> {
        Digest::of(self)
    }
}
