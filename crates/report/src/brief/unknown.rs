//! What is not known. A brief that leaves this out says more than anybody saw.

use std::collections::BTreeSet;

use case::{EvidenceKind, Incident, StepStatus, Unseen, Verdict};

use crate::{CaseFile, code, markdown::listed};

/// Gaps that are told one by one.
const TOLD: usize = 60;

pub(super) fn unknown(file: &CaseFile<'_>) -> Vec<String> {
    let incident = file.incident;
    let mut lines: Vec<String> = Vec::new();
    let blind = file.blind.iter().map(|blind| format!("On {}: {}", code(blind.chain.as_str()), code(&blind.why)));
    lines.extend(blind);
    lines.extend(blind_alerts(incident));
    lines.extend(ledger(incident));
    lines.extend(steps(incident));
    listed(lines, TOLD, |line| line)
}

fn blind_alerts(incident: &Incident) -> impl Iterator<Item = String> {
    incident.standing_alerts().flat_map(|alert| {
        let blind = alert.evidence.iter().filter(|evidence| evidence.kind == EvidenceKind::Blind);
        blind.map(|evidence| format!("In block {}: {}", alert.seen_at.number, code(&evidence.says)))
    })
}

fn ledger(incident: &Incident) -> Vec<String> {
    let mut lines = Vec::new();
    let has_txs = incident.standing_alerts().any(|alert| alert.tx.is_some());
    match &incident.ledger.losses {
        None if has_txs => lines.push("What was lost has not been added up yet.".to_owned()),
        None => {}
        Some(losses) => {
            if losses.rows.iter().any(|row| !row.amounts.unjudged.is_zero()) {
                lines.push(
                    "Whether something was given for the amounts that are marked as not judged is not known."
                        .to_owned(),
                );
            }
            if losses.rows.iter().any(|row| !row.amounts.unproved.is_zero()) {
                lines.push("Amounts marked as not proved rest on the word of an alert alone.".to_owned());
            }
        }
    }
    if let Some(money) = incident.ledger.money.as_ref().filter(|money| !money.trails.is_empty()) {
        let last =
            money.txs.last().map_or_else(String::new, |tx| format!(", which ends with {}", code(&tx.to_string())));
        lines.push(format!(
            "Where the money went in transactions that do not belong to this case{last}: they are not followed."
        ));
    }
    let losses = incident.ledger.losses.iter().flat_map(|losses| &losses.unseen);
    let money = incident.ledger.money.iter().flat_map(|money| &money.unseen);
    let gaps: BTreeSet<&Unseen> = losses.chain(money).collect();
    lines.extend(gaps.into_iter().map(|gap| match gap.tx {
        Some(tx) => format!("Transaction {}: {}", code(&tx.to_string()), code(&gap.why)),
        None => code(&gap.why),
    }));
    lines
}

fn steps(incident: &Incident) -> impl Iterator<Item = String> {
    incident.plan().into_iter().flat_map(|plan| &plan.steps).flat_map(|step| {
        let name = code(&step.step);
        let rehearsal = match step.rehearsal.as_ref().map(|rehearsal| &rehearsal.verdict) {
            Some(Verdict::Blind(why)) => Some(format!("What {name} would do: {}", code(why))),
            _ => None,
        };
        let outcome = match step.status {
            StepStatus::Intended => Some(format!("Whether {name} was sent.")),
            StepStatus::Submitted { .. } => Some(format!("Whether {name} took effect.")),
            _ => None,
        };
        rehearsal.into_iter().chain(outcome)
    })
}
