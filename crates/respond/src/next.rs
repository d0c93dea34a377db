//! What comes next in a case. Derived from the folded case alone, so that a restart derives the same.

#[cfg(test)]
mod tests;

use case::{
    Actor, Call, Digest, Incident, Plan, PlanState, Precondition, Standing, Step, StepState, StepStatus, Timestamp,
};

use crate::{
    Grantor, Installation, Leave, Playbook, Policy, Scene, choose, plan,
    policy::{Fitness, bar},
};

/// Plans of one case. A case that needs more needs a person; without a limit, one that nobody answers would be planned
/// anew for ever.
pub const PLANS_MAX: usize = 24;

/// One thing for the engine to do, or to show.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Write this plan down.
    MakePlan {
        /// The plan.
        plan: Box<Plan>,
        /// Why now.
        why: String,
    },
    /// There is no plan, and a person has to see to that. Nothing is written; it is said as long as it is so.
    NoPlan {
        /// Why, and what to do.
        why: String,
    },
    /// Try the step out on the head, and write down what came of it.
    Rehearse {
        /// The plan's digest.
        plan: Digest,
        /// The step's id.
        step: String,
    },
    /// Write down that the policy gives leave.
    Approve {
        /// The plan's digest.
        plan: Digest,
        /// The step's id.
        step: String,
        /// The policy.
        policy: String,
        /// Why.
        why: String,
    },
    /// Ask people for leave. Nothing is written; it is said as long as it is so.
    AskPeople {
        /// The plan's digest.
        plan: Digest,
        /// The step's id.
        step: String,
        /// How many have to agree.
        needed: u8,
        /// How many have.
        agreed: u8,
        /// Why no machine may.
        why: String,
    },
    /// Bind the step, write the intent, take it.
    Intend {
        /// The plan's digest.
        plan: Digest,
        /// The step's id.
        step: String,
        /// On whose leave.
        why: String,
    },
    /// Ask the world what came of the step, by its key, before anything is sent again.
    AwaitOutcome {
        /// The plan's digest.
        plan: Digest,
        /// The step's id.
        step: String,
    },
    /// Write down that the step will not be taken, and tell a person.
    Refuse {
        /// The plan's digest.
        plan: Digest,
        /// The step's id.
        step: String,
        /// Why, and what a person can do.
        reason: String,
    },
    /// The step waits for something that comes by itself. Nothing is written.
    Wait {
        /// The plan's digest.
        plan: Digest,
        /// The step's id.
        step: String,
        /// For what.
        why: String,
    },
}

/// What comes next in a case; empty if there is nothing to do. Each action that writes changes the case so that it is not
/// derived again.
pub fn next_actions(
    incident: &Incident,
    playbooks: &[Playbook],
    installation: &Installation,
    policy: &Policy,
    scene: &Scene<'_>,
) -> Vec<Action> {
    // What is on its way is looked after in any case, also in one that was closed or withdrawn meanwhile.
    let mut actions: Vec<Action> = on_their_way(incident).collect();
    if !incident.is_open() {
        return actions;
    }
    if let Some(action) = planning(incident, playbooks, installation, scene.now) {
        let is_made = matches!(action, Action::MakePlan { .. });
        actions.push(action);
        if is_made {
            return actions;
        }
    }
    let Some(plan) = incident.plan() else { return actions };
    let mut promised = 0;
    for (step, state) in plan.plan.steps.iter().zip(&plan.steps) {
        if matches!(state.status, StepStatus::Proposed | StepStatus::Approved) {
            let action = about(incident, plan, step, state, policy, scene, promised);
            let is_call = matches!(step.call, Call::Contract { .. });
            promised += usize::from(is_call && matches!(action, Action::Approve { .. }));
            actions.push(action);
        }
    }
    actions
}

fn on_their_way(incident: &Incident) -> impl Iterator<Item = Action> {
    let steps = incident.plans.iter().flat_map(|plan| plan.steps.iter().map(move |state| (plan, state)));
    steps
        .filter(|(_, state)| matches!(state.status, StepStatus::Intended | StepStatus::Submitted { .. }))
        .map(|(plan, state)| Action::AwaitOutcome { plan: plan.digest, step: state.step.clone() })
}

/// A plan, if the case needs one: it has none, its newest ran out before it was done, or it misses a contract that has
/// come under attack since.
fn planning(
    incident: &Incident,
    playbooks: &[Playbook],
    installation: &Installation,
    now: Timestamp,
) -> Option<Action> {
    if incident.standing == Standing::Withdrawn || on_their_way(incident).next().is_some() {
        return None;
    }
    let no_plan = |why: String| Some(Action::NoPlan { why });
    let newest = incident.plan();
    let Some(playbook) = choose(playbooks, incident, installation) else {
        let (kind, severity) = (&incident.kind, incident.severity);
        let why = format!("no playbook is for an incident of kind `{kind}` and severity {severity}; decide by hand");
        return if newest.is_none() { no_plan(why) } else { None };
    };
    let made = match plan(playbook, incident, installation, now) {
        Ok(made) => made,
        Err(why) => return no_plan(format!("playbook `{}`: {why}", playbook.id)),
    };
    let why = match newest {
        None if made.steps.is_empty() => {
            return no_plan(format!("playbook `{}` finds nothing to do with what this installation has", playbook.id));
        }
        None => format!("playbook `{}` is for this incident", playbook.id),
        Some(newest) if ran_out(newest, now) => "the plan before ran out before it was done".to_owned(),
        Some(newest) => format!("the plan before does not cover {}", uncovered(newest, &made)?),
    };
    if made.steps.is_empty() {
        return None;
    }
    if incident.plans.len() >= PLANS_MAX {
        return no_plan(format!("{PLANS_MAX} plans were made of this case and none came to an end; decide by hand"));
    }
    Some(Action::MakePlan { plan: Box::new(made), why })
}

fn ran_out(plan: &PlanState, now: Timestamp) -> bool {
    let mut steps = plan.plan.steps.iter().zip(&plan.steps);
    steps.any(|(step, state)| {
        matches!(state.status, StepStatus::Proposed | StepStatus::Approved) && now > step.limits.until
    })
}

/// The first contract that a fresh plan calls and the newest does not.
fn uncovered(newest: &PlanState, made: &Plan) -> Option<String> {
    made.steps.iter().find_map(|step| match &step.call {
        Call::Contract { to, function, .. } => {
            let covered = newest.plan.steps.iter().any(|held| held.call == step.call);
            (!covered).then(|| format!("{function} on {to}"))
        }
        Call::Webhook { .. } => None,
    })
}

/// What comes next for a step that has not been taken.
fn about(
    incident: &Incident,
    plan: &PlanState,
    step: &Step,
    state: &StepState,
    policy: &Policy,
    scene: &Scene<'_>,
    promised: usize,
) -> Action {
    let (digest, id) = (plan.digest, step.id.clone());
    let wait = |why: String| Action::Wait { plan: digest, step: step.id.clone(), why };
    let rehearse = || Action::Rehearse { plan: digest, step: step.id.clone() };
    let refuse = |reason: String| Action::Refuse { plan: digest, step: step.id.clone(), reason };
    if let Some(why) = bar(incident, plan, step, scene.now) {
        return if incident.standing == Standing::Withdrawn { wait(why) } else { refuse(why) };
    }
    if let Some((needed, status)) = unmet(plan, step) {
        return match status {
            StepStatus::Failed { reason } => {
                refuse(format!("it needs `{needed}`, which failed: {reason}; decide by hand"))
            }
            _ => wait(format!("it waits until `{needed}` is done")),
        };
    }
    let fitness = policy.fitness(plan, step, scene);
    match &fitness {
        Fitness::Missing | Fitness::StaleBad(_) => return rehearse(),
        Fitness::Bad(why) => return refuse(why.clone()),
        Fitness::Unknown(why) => return wait(why.clone()),
        Fitness::Fresh | Fitness::Stale(_) => {}
    }
    match policy.consent(incident, plan, step, scene, promised) {
        Leave::Granted { .. } if fitness != Fitness::Fresh => rehearse(),
        Leave::Granted { by: Grantor::Policy(policy), why } if !has_leave_of_policy(state) => {
            Action::Approve { plan: digest, step: id, policy, why }
        }
        Leave::Granted { why, .. } => Action::Intend { plan: digest, step: id, why },
        Leave::People { needed, agreed, why } => {
            let agreed = u8::try_from(agreed.len()).unwrap_or(u8::MAX);
            Action::AskPeople { plan: digest, step: id, needed, agreed, why }
        }
        Leave::Never { why } => refuse(why),
    }
}

fn has_leave_of_policy(state: &StepState) -> bool {
    state.approvals.iter().any(|(who, _)| matches!(who, Actor::Policy(_)))
}

/// The first earlier step that this one needs and that is not done.
fn unmet<'a>(plan: &'a PlanState, step: &'a Step) -> Option<(&'a str, &'a StepStatus)> {
    step.needs.iter().find_map(|need| match need {
        Precondition::RehearsalSucceeds => None,
        Precondition::Done { step } => {
            let status = &plan.state(step)?.status;
            (!matches!(status, StepStatus::Done { .. })).then_some((step.as_str(), status))
        }
    })
}
