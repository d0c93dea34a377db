//! How far a machine may go alone, written down by a person beforehand.

mod confirm;
mod rehearsal;
#[cfg(test)]
mod tests;

pub(crate) use rehearsal::Fitness;

use std::collections::{BTreeMap, BTreeSet};

use case::{
    Actor, Call, Confidence, EvidenceKind, Harm, Incident, PlanState, Severity, Standing, Step, StepStatus, Timestamp,
};
use facts::{AccountId, BlockRef, ChainId};
use jiff::SignedDuration;
use serde::Deserialize;

/// The hour of [`Policy::per_hour_max`].
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What a machine may do without a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Automatic {
    /// Send messages, and nothing else.
    Never,
    /// Send messages, and take steps that can be taken back.
    Reversible,
}

/// A policy. It reads from the `[policy]` table of an installation; what is not written there has the default.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// What it is called in the book, as the one who gave leave.
    pub name: String,
    /// What a machine may do without a person.
    pub automatic: Automatic,
    /// From this confidence on one alert is enough, from 0 to 100. 95 by default, above every built-in rule that judges.
    pub confidence_min: Confidence,
    /// The mildest alert that counts for leave. `medium` by default: what would open no case moves no machine.
    pub severity_min: Severity,
    /// Steps on a chain that a machine may take in one case within an hour. Three by default: enough for a vault, its
    /// router and its oracle; a machine that wants more has been fooled or needs someone to look.
    pub per_hour_max: usize,
    /// What a machine may do without a person on alerts about what has not happened: what a fresh contract would take, what a
    /// waiting transaction would do. `never` by default: they may still be wrong about the future, and whoever pauses on
    /// them can be made to pause.
    pub before_mined: Automatic,
    /// How many blocks a rehearsal may be behind the head. Five by default: a state that is a minute old says little while
    /// someone is at work on it.
    pub rehearsal_blocks_max: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            name: "default".to_owned(),
            automatic: Automatic::Never,
            confidence_min: Confidence::new(95),
            severity_min: Severity::Medium,
            per_hour_max: 3,
            before_mined: Automatic::Never,
            rehearsal_blocks_max: 5,
        }
    }
}

/// What a judgement may see besides the case.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The heads of the chains.
    pub heads: &'a BTreeMap<ChainId, BlockRef>,
    /// Of a rule in force, by its id, the kinds of fact on its card; `None` for any other. An alert of a rule that is no
    /// longer in force moves no machine.
    pub cards: &'a dyn Fn(&str) -> Option<BTreeSet<EvidenceKind>>,
    /// The time, in UTC.
    pub now: Timestamp,
}

/// Who gives leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grantor {
    /// So many different people, by name.
    People(BTreeSet<String>),
    /// A policy, by name.
    Policy(String),
}

/// Whether a step may be taken now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leave {
    /// It may.
    Granted {
        /// Who says so.
        by: Grantor,
        /// Why.
        why: String,
    },
    /// People have to agree.
    People {
        /// How many.
        needed: u8,
        /// Who has.
        agreed: BTreeSet<String>,
        /// Why no machine may.
        why: String,
    },
    /// It may not, whoever agrees.
    Never {
        /// Why, and what would change it.
        why: String,
    },
}

/// Proof that a step can be taken back. The function that lets a machine act takes nothing else, and there is no other
/// way to get one than [`Reversible::of`].
#[derive(Clone, Copy)]
struct Reversible<'a> {
    step: &'a Step,
    chain: &'a ChainId,
    to: &'a facts::Address,
}

impl<'a> Reversible<'a> {
    /// The proof, for a contract call with an undo on the same contract by the same signer.
    fn of(step: &'a Step) -> Option<Self> {
        let (Call::Contract { chain, to, signer, .. }, Some(undo)) = (&step.call, step.undo()) else { return None };
        let takes_back = matches!(undo, Call::Contract { chain: its, to: at, signer: by, .. }
            if its == chain && at == to && by == signer);
        (step.harm() == Harm::Reversible && takes_back).then_some(Self { step, chain, to })
    }

    fn contract(&self) -> AccountId {
        AccountId { chain: self.chain.clone(), address: *self.to }
    }
}

impl Policy {
    /// Whether a step of a plan may be taken now.
    ///
    /// Never, whoever agrees, if the case is closed or withdrawn, the plan is not this case's newest or not what its digest
    /// says, the time is over, the step was taken already, or it has not just been rehearsed with success.
    pub fn leave(&self, incident: &Incident, plan: &PlanState, step: &Step, scene: &Scene<'_>) -> Leave {
        if let Some(why) = bar(incident, plan, step, scene.now) {
            return Leave::Never { why };
        }
        if let Some(why) = plan.state(&step.id).and_then(|state| settled(&state.status)) {
            return Leave::Never { why };
        }
        let fitness = self.fitness(plan, step, scene);
        if fitness != Fitness::Fresh {
            return Leave::Never { why: fitness.in_words() };
        }
        self.consent(incident, plan, step, scene, 0)
    }

    /// Whether people or this policy agree, were the step rehearsed with success. `promised` counts the automatic steps
    /// that were granted in the same breath and do not stand in the case yet.
    pub(crate) fn consent(
        &self,
        incident: &Incident,
        plan: &PlanState,
        step: &Step,
        scene: &Scene<'_>,
        promised: usize,
    ) -> Leave {
        let agreed = people(plan, step);
        let needed = step.approvals.max(1);
        if agreed.len() >= usize::from(needed) {
            let names: Vec<&str> = agreed.iter().map(String::as_str).collect();
            let why = format!("{} agreed", names.join(" and "));
            return Leave::Granted { by: Grantor::People(agreed), why };
        }
        let granted = match (step.harm(), &step.call) {
            (Harm::None, Call::Webhook { .. }) => Ok("a message changes nothing on chain".to_owned()),
            _ => match Reversible::of(step) {
                Some(step) => self.automatically(step, incident, plan, scene, promised),
                None => Err("it cannot be taken back, so no machine may do it alone".to_owned()),
            },
        };
        match granted {
            Ok(why) => Leave::Granted { by: Grantor::Policy(self.name.clone()), why },
            Err(why) => Leave::People { needed, agreed, why },
        }
    }

    /// Whether this machine may take a step that can be taken back, and why, or why not.
    fn automatically(
        &self,
        reversible: Reversible<'_>,
        incident: &Incident,
        plan: &PlanState,
        scene: &Scene<'_>,
        promised: usize,
    ) -> Result<String, String> {
        if self.automatic != Automatic::Reversible {
            return Err(format!("policy `{}` lets no machine act on a chain", self.name));
        }
        let spent = spent(incident, plan, reversible.step, scene.now) + promised;
        if spent >= self.per_hour_max {
            return Err(format!(
                "policy `{}` allows {} automatic steps an hour in a case, and they are spent",
                self.name, self.per_hour_max
            ));
        }
        self.confirmed(incident, &reversible.contract(), scene)
    }
}

/// What stands against a step, whoever agrees.
pub(crate) fn bar(incident: &Incident, plan: &PlanState, step: &Step, now: Timestamp) -> Option<String> {
    let says = |why: &str| Some(why.to_owned());
    if !incident.is_open() {
        return says("the case is closed");
    }
    if incident.standing == Standing::Withdrawn || incident.standing_alerts().next().is_none() {
        return says("no alert of the case stands any more; the step waits until the attack is seen again");
    }
    if plan.plan.case != incident.id {
        return says("the plan belongs to another case");
    }
    if incident.plan().is_none_or(|newest| newest.digest != plan.digest) {
        return says("a newer plan has taken this one's place");
    }
    if plan.plan.digest().ok() != Some(plan.digest) {
        return says("the plan is not what its digest says; check the book with `breakglass verify`");
    }
    if plan.plan.step(&step.id) != Some(step) || plan.state(&step.id).is_none() {
        return says("the step is not of this plan");
    }
    (now > step.limits.until)
        .then(|| format!("it was to be taken until {}, and it is {now}; plan again", step.limits.until))
}

/// Why a step that is not waiting for leave gets none.
fn settled(status: &StepStatus) -> Option<String> {
    match status {
        StepStatus::Proposed | StepStatus::Approved => None,
        StepStatus::Refused { reason } => Some(format!("it was refused: {reason}")),
        StepStatus::Intended | StepStatus::Submitted { .. } | StepStatus::Done { .. } | StepStatus::Failed { .. } => {
            Some("it was taken already, and nothing is taken twice".to_owned())
        }
    }
}

/// Who agreed to a step of this plan: each person once.
fn people(plan: &PlanState, step: &Step) -> BTreeSet<String> {
    let given = plan.state(&step.id).into_iter().flat_map(|state| &state.approvals);
    let person = |(who, _): &(Actor, Timestamp)| match who {
        Actor::Person(name) => Some(name.clone()),
        Actor::Machine(_) | Actor::Policy(_) => None,
    };
    given.filter_map(person).collect()
}

/// Automatic steps on a chain that the case had leave for within the last hour, but for this one.
fn spent(incident: &Incident, plan: &PlanState, step: &Step, now: Timestamp) -> usize {
    let pairs = incident.plans.iter().flat_map(|held| held.plan.steps.iter().map(move |its| (held, its)));
    let others = pairs.filter(|(held, its)| {
        matches!(its.call, Call::Contract { .. }) && !(held.digest == plan.digest && its.id == step.id)
    });
    let lately = |(held, its): &(&PlanState, &Step)| {
        held.state(&its.id).is_some_and(|state| {
            state.approvals.iter().any(|(who, at)| matches!(who, Actor::Policy(_)) && now.duration_since(*at) < HOUR)
        })
    };
    others.filter(lately).count()
}
