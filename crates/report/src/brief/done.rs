//! What was done about it, and what stands.

use case::{Actor, Incident, PlanState, Step, StepState, StepStatus, Timestamp};
use minijinja::{Value, context};

use crate::{CaseFile, amount::amount, code, markdown::moment, sentence::counted, templates::own};

/// Plans that are told, newest first; older ones stand in the timeline.
const PLANS_TOLD: usize = 3;

pub(super) fn plans(file: &CaseFile<'_>) -> Vec<Value> {
    let plans = file.incident.plans.iter().rev().take(PLANS_TOLD).enumerate();
    plans.map(|(age, plan)| told(plan, age == 0)).collect()
}

fn told(held: &PlanState, is_newest: bool) -> Value {
    let steps = held.plan.steps.iter().zip(&held.steps).map(|(step, state)| own(line(step, state)));
    context! {
        is_newest,
        digest => held.digest.short(),
        playbook => held.plan.playbook.id.as_str(),
        made_at => own(moment(held.plan.made_at)),
        steps => steps.collect::<Vec<Value>>(),
    }
}

fn line(step: &Step, state: &StepState) -> String {
    let status = match &state.status {
        StepStatus::Proposed => {
            format!("waits for leave ({} needed)", counted(step.approvals.into(), "person", "people"))
        }
        StepStatus::Approved => "approved, not yet taken".to_owned(),
        StepStatus::Refused { reason } => format!("not taken: {}", code(reason)),
        StepStatus::Intended => "being taken; what came of it is not known".to_owned(),
        StepStatus::Submitted { .. } => "handed to the world; that it took effect has not been seen".to_owned(),
        StepStatus::Done { block: Some(block) } => format!("**done**, seen in block {}", block.number),
        StepStatus::Done { block: None } => "**done**".to_owned(),
        StepStatus::Failed { reason } => format!("**failed**: {}", code(reason)),
    };
    let leave = match &state.approvals[..] {
        [] => String::new(),
        given => format!(" Leave given by {}.", given.iter().map(grant).collect::<Vec<_>>().join(", ")),
    };
    let txs = match &state.txs[..] {
        [] => String::new(),
        txs => {
            let txs: Vec<String> = txs.iter().map(|tx| code(&tx.to_string())).collect();
            format!(" Sent as {}.", txs.join(", "))
        }
    };
    format!("{} ({}): {status}.{leave}{txs}", code(&step.title), code(&step.id))
}

fn grant((who, at): &(Actor, Timestamp)) -> String {
    format!("{} at {}", code(&who.to_string()), moment(*at))
}

/// What is so now.
pub(super) fn stands(file: &CaseFile<'_>) -> Vec<String> {
    let incident = file.incident;
    let standing = incident.standing_alerts().count();
    let withdrawn = incident.alerts.len() - standing;
    let mut lines = vec![format!("{} and {withdrawn} withdrawn", counted(standing, "alert stands", "alerts stand"))];
    for total in incident.ledger.losses.iter().flat_map(|losses| &losses.totals).take(20) {
        if !total.amounts.outstanding.is_zero() {
            lines.push(format!("{} is still missing", amount(file, total.amounts.outstanding, &total.asset)));
        }
    }
    let waiting = waiting(incident);
    if waiting > 0 {
        lines.push(format!("{} for leave by people", counted(waiting, "step waits", "steps wait")));
    }
    lines
}

/// Steps of the newest plan of an open case for which nobody has given leave.
fn waiting(incident: &Incident) -> usize {
    let newest = incident.plan().filter(|_| incident.is_open());
    newest.map_or(0, |plan| plan.steps.iter().filter(|step| step.status == StepStatus::Proposed).count())
}
