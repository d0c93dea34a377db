//! Plans, their steps and rehearsals.

use case::{Call, Digest, Harm, PlanState, Precondition, Rehearsal, Step, StepState, StepStatus, Verdict};
use facts::{AccountId, B256};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ActorView, BlockView, word};

word! {
    /// How far a machine may go alone.
    HarmWord = Harm {
        /// Nothing on chain changes.
        None,
        /// It can be taken back by the step's undo.
        Reversible,
        /// It cannot be taken back.
        Irreversible,
    }
}

/// A plan as it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PlanView {
    /// Its digest: an approval names it.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// The playbook it was made from, `id@digest`.
    pub playbook: String,
    /// When it was made, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// Its steps in order.
    pub steps: Vec<StepView>,
}

/// How far a step has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StepStatusWord {
    /// Waiting for leave.
    Proposed,
    /// Leave was given; more may be needed.
    Approved,
    /// It will not be taken unless a person gives leave again.
    Refused,
    /// About to be taken, or taken with the answer still out.
    Intended,
    /// Handed to the world.
    Submitted,
    /// Its effect was seen.
    Done,
    /// It failed for good.
    Failed,
}

/// A step as it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StepView {
    /// Its id within the plan.
    pub id: String,
    /// What it does, for a person.
    pub title: String,
    /// The driver that takes it.
    pub driver: String,
    /// What is done.
    pub call: CallView,
    /// How it is taken back, if it can be.
    pub undo: Option<CallView>,
    /// Whether it can be.
    pub harm: HarmWord,
    /// What must hold when it is taken.
    pub needs: Vec<NeedView>,
    /// Cost and time.
    pub limits: LimitsView,
    /// How far it has come.
    pub status: StepStatusWord,
    /// Why it was refused or failed.
    pub reason: Option<String>,
    /// The block its effect was seen in.
    pub block: Option<BlockView>,
    /// Transactions it was sent as, oldest first.
    #[schema(value_type = Vec<String>)]
    pub txs: Vec<B256>,
    /// How many people must approve when no policy does.
    pub approvals_needed: u8,
    /// Who did.
    pub approvals: Vec<ApprovalView>,
    /// Whether it waits for a person now.
    pub waiting: bool,
    /// The last rehearsal.
    pub rehearsal: Option<RehearsalView>,
}

/// Who gave leave, and when.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ApprovalView {
    /// A person or a policy.
    pub by: ActorView,
    /// When, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// One thing to do in the world.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(crate) enum CallView {
    /// Send a transaction that calls a contract.
    Contract {
        /// On which chain, CAIP-2.
        chain: String,
        /// Which contract, CAIP-10.
        account: String,
        /// The function in words.
        function: String,
        /// The call data, hex.
        data: String,
        /// Wei to send along.
        value: String,
        /// The name of the signer in this installation.
        signer: String,
    },
    /// Post a signed message to a webhook.
    Webhook {
        /// The name of the webhook in this installation.
        endpoint: String,
        /// The message.
        body: serde_json::Value,
    },
}

/// What must hold at the moment a step is taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "need", rename_all = "snake_case")]
pub(crate) enum NeedView {
    /// The rehearsal on the head succeeds.
    RehearsalSucceeds,
    /// An earlier step is done.
    Done {
        /// That step's id.
        step: String,
    },
}

/// Cost and time of a step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LimitsView {
    /// Gas limit.
    pub gas: u64,
    /// Highest fee per gas in wei.
    pub fee_per_gas: String,
    /// Highest number of times it is sent again with a higher fee.
    pub bumps: u8,
    /// After this moment it is no longer taken, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
}

/// What a rehearsal showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VerdictWord {
    /// It works.
    Succeeds,
    /// It would fail.
    Fails,
    /// It could not be tried. That is not a success.
    Blind,
}

/// What came of trying a step out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RehearsalView {
    /// What it showed.
    pub verdict: VerdictWord,
    /// Why it would fail or could not be tried.
    pub why: Option<String>,
    /// The block whose state it was tried on.
    pub on: Option<BlockView>,
    /// Gas it used.
    pub gas_used: u64,
    /// What it changed, in words, most telling first.
    pub effects: Vec<String>,
}

impl From<&PlanState> for PlanView {
    fn from(held: &PlanState) -> Self {
        let steps = held.plan.steps.iter().zip(&held.steps).map(|(step, state)| StepView::new(step, state)).collect();
        Self {
            digest: held.digest,
            playbook: format!("{}@{}", held.plan.playbook.id, held.plan.playbook.hash),
            made_at: held.plan.made_at,
            steps,
        }
    }
}

impl StepView {
    fn new(step: &Step, state: &StepState) -> Self {
        let (status, reason, block) = match &state.status {
            StepStatus::Proposed => (StepStatusWord::Proposed, None, None),
            StepStatus::Approved => (StepStatusWord::Approved, None, None),
            StepStatus::Refused { reason } => (StepStatusWord::Refused, Some(reason.clone()), None),
            StepStatus::Intended => (StepStatusWord::Intended, None, None),
            StepStatus::Submitted { .. } => (StepStatusWord::Submitted, None, None),
            StepStatus::Done { block } => (StepStatusWord::Done, None, block.as_ref().map(BlockView::from)),
            StepStatus::Failed { reason } => (StepStatusWord::Failed, Some(reason.clone()), None),
        };
        Self {
            id: step.id.clone(),
            title: step.title.clone(),
            driver: step.driver.clone(),
            call: (&step.call).into(),
            undo: step.undo().map(CallView::from),
            harm: step.harm().into(),
            needs: step.needs.iter().map(NeedView::from).collect(),
            limits: LimitsView {
                gas: step.limits.gas,
                fee_per_gas: step.limits.fee_per_gas.to_string(),
                bumps: step.limits.bumps,
                until: step.limits.until,
            },
            status,
            reason,
            block,
            txs: state.txs.clone(),
            approvals_needed: step.approvals,
            approvals: state.approvals.iter().map(|(by, at)| ApprovalView { by: by.into(), at: *at }).collect(),
            waiting: waits(step, state),
            rehearsal: state.rehearsal.as_ref().map(RehearsalView::from),
        }
    }
}

/// Whether a step waits for a person: refused, or short of people and not let through by a policy.
pub(crate) fn waits(step: &Step, state: &StepState) -> bool {
    let policy = state.approvals.iter().any(|(by, _)| matches!(by, case::Actor::Policy(_)));
    let people = state.approvals.iter().filter(|(by, _)| matches!(by, case::Actor::Person(_))).count();
    match state.status {
        StepStatus::Refused { .. } => true,
        StepStatus::Proposed | StepStatus::Approved => !policy && people < usize::from(step.approvals),
        StepStatus::Intended | StepStatus::Submitted { .. } | StepStatus::Done { .. } | StepStatus::Failed { .. } => {
            false
        }
    }
}

impl From<&Call> for CallView {
    fn from(call: &Call) -> Self {
        match call {
            Call::Contract { chain, to, function, data, value, signer } => Self::Contract {
                chain: chain.to_string(),
                account: AccountId { chain: chain.clone(), address: *to }.to_string(),
                function: function.clone(),
                data: data.to_string(),
                value: value.to_string(),
                signer: signer.clone(),
            },
            Call::Webhook { endpoint, body } => Self::Webhook { endpoint: endpoint.clone(), body: body.clone() },
        }
    }
}

impl From<&Precondition> for NeedView {
    fn from(need: &Precondition) -> Self {
        match need {
            Precondition::RehearsalSucceeds => Self::RehearsalSucceeds,
            Precondition::Done { step } => Self::Done { step: step.clone() },
        }
    }
}

impl From<&Rehearsal> for RehearsalView {
    fn from(rehearsal: &Rehearsal) -> Self {
        let (verdict, why) = match &rehearsal.verdict {
            Verdict::Succeeds => (VerdictWord::Succeeds, None),
            Verdict::Fails(why) => (VerdictWord::Fails, Some(why.clone())),
            Verdict::Blind(why) => (VerdictWord::Blind, Some(why.clone())),
        };
        Self {
            verdict,
            why,
            on: rehearsal.on.as_ref().map(BlockView::from),
            gas_used: rehearsal.gas_used,
            effects: rehearsal.effects.clone(),
        }
    }
}
