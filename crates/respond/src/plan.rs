//! From a playbook and an incident to a plan that leaves no choice open.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use case::{Call, Harm, Incident, Limits, Plan, Precondition, Step, StepStatus, Timestamp};
use facts::U256;
use jiff::SignedDuration;

use atlas::Contract;

use crate::{
    Installation, PlanError,
    playbook::{Deed, Draft, Function, On, Playbook, What},
};

/// Steps of a plan: each is rehearsed before it is taken, and a person has to be able to read them all.
pub const STEPS_MAX: usize = 64;
/// Characters of a contract's name in the id of a step.
const SLUG_MAX: usize = 40;
const WEI_PER_GWEI: u64 = 1_000_000_000;

/// The plan that a playbook makes of an incident. Equal inputs make equal plans, of equal digest.
///
/// A contract call that an earlier plan of the case has under way or done is left out: a plan never asks for it twice.
///
/// # Errors
/// If the installation lacks something that the playbook needs, with the remedy.
pub fn plan(
    playbook: &Playbook,
    incident: &Incident,
    installation: &Installation,
    now: Timestamp,
) -> Result<Plan, PlanError> {
    // Of a step of the playbook: the ids of the steps of the plan that it became.
    let mut became: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut steps: Vec<Step> = Vec::new();
    for draft in &playbook.steps {
        let before = steps.len();
        let needs: Vec<String> =
            draft.needs.iter().filter_map(|need| became.get(need.as_str())).flatten().cloned().collect();
        let limits = limits(draft, now)?;
        match &draft.deed {
            Deed::Call { what, on, undo } => {
                for contract in targets(draft, what, *on, incident, installation)? {
                    let call = call(draft, what, contract, installation)?;
                    if is_under_way(incident, &call) {
                        continue;
                    }
                    let undo = match undo {
                        Some(What::Unpause) if contract.unpause.is_none() => None,
                        Some(undo) => Some(self::call(draft, undo, contract, installation)?),
                        None => None,
                    };
                    let id = unused(format!("{}-{}", draft.id, slug(&contract.name)), &steps);
                    let title = draft.title.replace("{contract}", &contract.name);
                    steps.push(step(draft, id, title, call, undo, &needs, &limits));
                }
            }
            Deed::Tell { endpoint, text } => {
                if !installation.webhooks.contains(endpoint) {
                    if draft.is_optional {
                        continue;
                    }
                    return Err(PlanError::NoWebhook { step: draft.id.clone(), webhook: endpoint.clone() });
                }
                let call = Call::Webhook { endpoint: endpoint.clone(), body: message(incident, text) };
                let id = unused(draft.id.clone(), &steps);
                steps.push(step(draft, id, draft.title.replace("{contract}", ""), call, None, &needs, &limits));
            }
        }
        if steps.len() > STEPS_MAX {
            return Err(PlanError::TooManySteps { playbook: playbook.id.clone(), max: STEPS_MAX });
        }
        became.insert(&draft.id, steps[before..].iter().map(|step| step.id.clone()).collect());
    }
    Ok(Plan {
        case: incident.id.clone(),
        playbook: playbook.source.clone(),
        steps,
        based_on: incident.head,
        made_at: now,
    })
}

/// A step in one line, as playbook tests and people read it.
pub fn step_in_words(step: &Step) -> String {
    let deed = match &step.call {
        Call::Contract { function, to, signer, .. } => format!("{function} on {to} by {signer}"),
        Call::Webhook { endpoint, .. } => format!("webhook {endpoint}"),
    };
    let harm = match step.harm() {
        Harm::None => "harmless",
        Harm::Reversible => "reversible",
        Harm::Irreversible => "irreversible",
    };
    let after = step.needs.iter().filter_map(|need| match need {
        Precondition::Done { step } => Some(step.as_str()),
        Precondition::RehearsalSucceeds => None,
    });
    let after: Vec<&str> = after.collect();
    let after = if after.is_empty() { String::new() } else { format!(", after {}", after.join(" and ")) };
    format!("{}: {deed}, {harm}{after}", step.id)
}

/// Whether the same call is on its way or has had its effect, by any plan of the case.
fn is_under_way(incident: &Incident, call: &Call) -> bool {
    let calls_it = |(step, state): (&Step, &case::StepState)| {
        let under_way =
            matches!(state.status, StepStatus::Intended | StepStatus::Submitted { .. } | StepStatus::Done { .. });
        under_way && step.call == *call
    };
    incident.plans.iter().any(|held| held.plan.steps.iter().zip(&held.steps).any(calls_it))
}

fn targets<'a>(
    draft: &Draft,
    what: &What,
    on: On,
    incident: &Incident,
    installation: &'a Installation,
) -> Result<Vec<&'a Contract>, PlanError> {
    let mut contracts = match on {
        On::Victim => installation.victims(incident),
        On::Every => installation.protocol.contracts().iter().collect(),
    };
    contracts.retain(|contract| match what {
        What::Pause => contract.pause.is_some(),
        What::Unpause => contract.unpause.is_some(),
        What::Written(_) => true,
    });
    if contracts.is_empty() && !draft.is_optional {
        return Err(PlanError::NothingToCall { step: draft.id.clone() });
    }
    Ok(contracts)
}

fn call(draft: &Draft, what: &What, contract: &Contract, installation: &Installation) -> Result<Call, PlanError> {
    let function = match what {
        What::Pause => contract.pause.as_ref().map(Function::declared),
        What::Unpause => contract.unpause.as_ref().map(Function::declared),
        What::Written(function) => Some(function.clone()),
    };
    let function = function.ok_or_else(|| PlanError::NothingToCall { step: draft.id.clone() })?;
    let signer =
        contract.signer.clone().ok_or_else(|| PlanError::SignerNotNamed { contract: contract.name.clone() })?;
    if !installation.signers.contains(&signer) {
        return Err(PlanError::NoSigner { step: draft.id.clone(), contract: contract.name.clone(), signer });
    }
    Ok(Call::Contract {
        chain: contract.account.chain.clone(),
        to: contract.account.address,
        data: function.data(),
        function: function.text(),
        value: U256::ZERO,
        signer,
    })
}

fn step(
    draft: &Draft,
    id: String,
    title: String,
    call: Call,
    undo: Option<Call>,
    needs: &[String],
    limits: &Limits,
) -> Step {
    let after = needs.iter().map(|step| Precondition::Done { step: step.clone() });
    let needs = [Precondition::RehearsalSucceeds].into_iter().chain(after).collect();
    Step::new(id, title, draft.driver.clone(), call, needs, draft.declared, undo, draft.approvals, limits.clone())
}

fn limits(draft: &Draft, now: Timestamp) -> Result<Limits, PlanError> {
    let bounds = draft.bounds;
    let validity = SignedDuration::from_secs(i64::from(bounds.valid_for_minutes) * 60);
    Ok(Limits {
        gas: bounds.gas,
        fee_per_gas: U256::from(bounds.fee_gwei_max) * U256::from(WEI_PER_GWEI),
        bumps: bounds.bumps,
        until: now.checked_add(validity).map_err(|_| PlanError::Time { now })?,
    })
}

/// What a webhook is told. Title and kind come from alerts: whoever shows them escapes them.
fn message(incident: &Incident, text: &str) -> serde_json::Value {
    serde_json::json!({
        "case": incident.id,
        "title": incident.title,
        "severity": incident.severity,
        "kind": incident.kind,
        "subject": incident.subject,
        "drill": incident.drill,
        "message": text,
    })
}

/// A contract's name as part of an id: lower-case letters, digits and single dashes.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for char in name.chars().take(SLUG_MAX) {
        match char.to_ascii_lowercase() {
            char if char.is_ascii_alphanumeric() => slug.push(char),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "contract".to_owned() } else { slug.to_owned() }
}

fn unused(id: String, steps: &[Step]) -> String {
    let taken = |id: &str| steps.iter().any(|step| step.id == id);
    let numbered = (2..).map(|n| format!("{id}-{n}"));
    [id.clone()].into_iter().chain(numbered).find(|id| !taken(id)).unwrap_or(id)
}
