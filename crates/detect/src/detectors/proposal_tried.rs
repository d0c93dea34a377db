//! A proposal is carried out in a what-if as soon as it is made, and again when it is queued.
//!
//! What a proposal says and what it does are two things; the vote is about the first. Carried out as the governor or its
//! timelock, on the state of the day, it shows who would be paid and who would hold power afterwards.

mod judge;
mod plan;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use case::Severity;
use facts::{Address, Ask, Budget, Log, Overrides, Question};

use crate::{
    AnswerCtx, DetectError, Detector, Finding, Findings, MemoryView, RuleCard, Scope, TxCtx, Wake, dispatch::Kind,
};
use judge::Kept;
use plan::{CALL_SCHEDULED, PROPOSAL_CREATED, Plan, QUEUE_TRANSACTION};

pub(crate) const ID: &str = "proposal-tried";

/// Plans of one transaction that are tried.
const PLANS_MAX: usize = 4;
/// What a what-if may cost: a block of gas, and the reads that a node answers within seconds.
const BUDGET: Budget = Budget { gas: 30_000_000, reads: 1_000, time_ms: None };

/// Tries proposals out.
pub(crate) struct ProposalTried {
    card: Arc<RuleCard>,
    share_bp_min: u16,
}

impl ProposalTried {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let share_bp_min = card.parameters.basis_points("share_bp_min")?;
        Ok(Self { card, share_bp_min })
    }
}

impl Detector for ProposalTried {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        [PROPOSAL_CREATED, CALL_SCHEDULED, QUEUE_TRANSACTION].map(|topic| Wake::Log(None, Some(topic))).to_vec()
    }

    fn asks_origins(&self, _: &Scope) -> bool {
        true
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let Some(places) = ctx.woken.by(Kind::Log) else { return };
        let logs: Vec<&Log> = places.filter_map(|at| ctx.facts.logs.get(at)).collect();
        let mut plans = Plan::all(logs.into_iter());
        // Whoever makes many proposals at once may mean to hide one.
        plans.sort_by_key(|plan| !ctx.protects(plan.contract));
        if let Some(left) = plans.get(PLANS_MAX) {
            let says = format!("{} proposals in one transaction; {PLANS_MAX} were tried out", plans.len());
            out.raise(Finding::about(left.contract, says).severity(Severity::Info).key("untried"));
        }
        for plan in plans.into_iter().take(PLANS_MAX) {
            let same = plan.digest();
            if let Some(proposer) = plan.proposer {
                memory.set_last(&[b"by", same.as_slice()], proposer.as_slice());
            } else if let Some(governor) = governor(ctx, &plan) {
                // From now on it is known who carries out what this governor decides.
                memory.set_last(&[b"through", governor.as_slice()], plan.contract.as_slice());
            }
            let address = |kept: &[u8]| Address::try_from(kept).ok();
            let by = plan.proposer.or_else(|| memory.last(&[b"by", same.as_slice()]).and_then(address));
            let through = memory.last(&[b"through", plan.contract.as_slice()]).and_then(address);
            let executor = if plan.proposer.is_some() { through.unwrap_or(plan.contract) } else { plan.contract };
            let kept = Kept {
                tx: ctx.facts.hash,
                contract: plan.contract,
                executor,
                proposer: by.unwrap_or(ctx.facts.from),
                sender: ctx.facts.from,
                id: plan.id,
            };
            memory.set_last(&[b"tried", same.as_slice()], &kept.bytes());
            let ask = Ask::Run(plan.requests(executor));
            out.ask(Question { at: ctx.block.clone(), overrides: Overrides::default(), ask, budget: BUDGET });
        }
    }

    fn answered(&self, ctx: &AnswerCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        judge::judge(ctx, self.share_bp_min, memory, out);
    }
}

/// Who told a timelock to keep a plan.
fn governor(ctx: &TxCtx<'_>, plan: &Plan) -> Option<Address> {
    let frames = &ctx.facts.frames;
    let mut around = crate::value::ancestors(frames, plan.frame).map(|(_, frame)| frame);
    let entry = around.find(|frame| frame.target == plan.contract && frame.caller != plan.contract)?;
    (entry.caller != ctx.facts.from).then_some(entry.caller)
}
