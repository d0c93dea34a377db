//! Alerts.

use case::{Alert, AlertId, Basis, EvidenceKind, Mark};
use facts::{B256, BlockRef};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{FitWord, NamesView, SeverityWord, block_time, word};

word! {
    /// What a person thinks of an alert.
    MarkWord = Mark {
        /// It helped.
        Useful,
        /// It was wrong.
        False,
        /// It was right, and nothing new.
        Known,
    }
}

word! {
    /// What kind of fact a piece of evidence rests on.
    EvidenceWord = EvidenceKind {
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
}

word! {
    /// Whether what an alert is about has happened.
    BasisWord = Basis {
        /// It is part of the chain.
        Mined,
        /// Nobody did it: it came of trying out what a contract can do.
        Simulated,
        /// Somebody wants to do it: a transaction that waits to be mined.
        Pending,
    }
}

/// A block of a chain.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BlockView {
    /// The chain, CAIP-2.
    pub chain: String,
    /// Height.
    pub number: u64,
    /// Hash.
    #[schema(value_type = String)]
    pub hash: B256,
}

impl From<&BlockRef> for BlockView {
    fn from(block: &BlockRef) -> Self {
        Self { chain: block.chain.to_string(), number: block.number, hash: block.hash }
    }
}

/// One fact an alert rests on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EvidenceView {
    /// What kind of fact.
    pub kind: EvidenceWord,
    /// The transaction, if it is of one.
    #[schema(value_type = Option<String>)]
    pub tx: Option<B256>,
    /// The call frame in which it happened.
    pub frame: Option<u32>,
    /// The fact in words.
    pub says: String,
}

/// Value that was lost.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LossView {
    /// Who lost it, CAIP-10.
    pub account: String,
    /// Of what, CAIP-19.
    pub asset: String,
    /// How much, in base units.
    pub amount: String,
    /// Which share of the holding that was, in basis points, where the holding is known.
    pub share_bp: Option<u16>,
}

/// How an alert bears on an announcement.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BearingView {
    /// The announcement's id.
    pub id: String,
    /// How.
    pub fit: FitWord,
}

/// What a rule noticed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AlertView {
    /// The alert's id.
    #[schema(value_type = String)]
    pub id: AlertId,
    /// The rule that says so, `id@digest`.
    pub rule: String,
    /// The rule's family: rules of one family look at the matter in the same way.
    pub family: String,
    /// What kind of attack it points to: an id of the taxonomy.
    pub kind: String,
    /// Whom it is about, CAIP-10.
    pub subject: String,
    /// How bad.
    pub severity: SeverityWord,
    /// How sure, 0 to 100.
    pub confidence: u8,
    /// Whether it has happened. What has not is seen on the state after the block.
    pub basis: BasisWord,
    /// The block it was seen in.
    pub block: BlockView,
    /// That block's time, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub block_time: Timestamp,
    /// The transaction, if it is about one.
    #[schema(value_type = Option<String>)]
    pub tx: Option<B256>,
    /// Two alerts with the same fingerprint say the same thing about the same subject.
    pub fingerprint: String,
    /// What it rests on.
    pub evidence: Vec<EvidenceView>,
    /// Who seems to have done it, CAIP-10.
    pub attackers: Vec<String>,
    /// Who seems to have suffered it, CAIP-10.
    pub victims: Vec<String>,
    /// What was lost.
    pub losses: Vec<LossView>,
    /// One sentence for a person. Text from a chain in it is hostile until it is escaped.
    pub message: String,
    /// The announcement it bears on, if it does, and how.
    pub announcement: Option<BearingView>,
    /// When it was written down, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub raised_at: Timestamp,
    /// When its block reached us, in UTC; absent for what no block brought.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub received_at: Option<Timestamp>,
    /// Whether it does not stand any more.
    pub withdrawn: bool,
    /// Why triage gave it no case, if it did not.
    pub suppressed: Option<String>,
    /// What a person thinks of it, if anyone said.
    pub mark: Option<MarkWord>,
    /// The case it belongs to, if it does.
    pub incident: Option<String>,
    /// Names of what it mentions.
    pub names: NamesView,
}

/// What is known about an alert beside what it says.
#[derive(Debug, Clone, Default)]
pub(crate) struct AlertState {
    pub raised_at: Timestamp,
    pub received_at: Option<Timestamp>,
    pub withdrawn: bool,
    pub suppressed: Option<String>,
    pub mark: Option<Mark>,
    pub incident: Option<String>,
}

impl AlertView {
    pub(crate) fn new(id: AlertId, alert: &Alert, state: AlertState, names: NamesView) -> Self {
        Self {
            id,
            rule: format!("{}@{}", alert.rule.id, alert.rule.hash),
            family: alert.family.clone(),
            kind: alert.kind.clone(),
            subject: alert.subject.to_string(),
            severity: alert.severity.into(),
            confidence: alert.confidence.percent(),
            basis: alert.basis.into(),
            block: (&alert.seen_at).into(),
            block_time: block_time(alert.block_time),
            tx: alert.tx,
            fingerprint: alert.fingerprint.0.clone(),
            evidence: alert
                .evidence
                .iter()
                .map(|fact| EvidenceView {
                    kind: fact.kind.into(),
                    tx: fact.tx,
                    frame: fact.frame,
                    says: fact.says.clone(),
                })
                .collect(),
            attackers: alert.attackers.iter().map(ToString::to_string).collect(),
            victims: alert.victims.iter().map(ToString::to_string).collect(),
            losses: alert
                .losses
                .iter()
                .map(|loss| LossView {
                    account: loss.account.to_string(),
                    asset: loss.asset.to_string(),
                    amount: loss.amount.to_string(),
                    share_bp: loss.share_bp,
                })
                .collect(),
            message: alert.message.clone(),
            announcement: alert
                .announcement
                .as_ref()
                .map(|bearing| BearingView { id: bearing.id.to_string(), fit: bearing.fit.into() }),
            raised_at: state.raised_at,
            received_at: state.received_at,
            withdrawn: state.withdrawn,
            suppressed: state.suppressed,
            mark: state.mark.map(Into::into),
            incident: state.incident,
            names,
        }
    }
}
