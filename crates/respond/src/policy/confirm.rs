//! When alerts confirm each other well enough for a machine to act.

use std::collections::BTreeSet;

use case::{Alert, EvidenceKind, Incident, Mark};
use facts::{AccountId, B256};

use super::{Automatic, Policy, Scene};
use crate::triage::SIGHT;

/// An alert that counts, with all kinds of fact it rests on.
struct Witness<'a> {
    alert: &'a Alert,
    kinds: BTreeSet<EvidenceKind>,
}

impl Policy {
    /// Why the alerts of the case are enough to act on this contract without a person, or why they are not.
    pub(super) fn confirmed(
        &self,
        incident: &Incident,
        contract: &AccountId,
        scene: &Scene<'_>,
    ) -> Result<String, String> {
        let witnesses = self.witnesses(incident, contract, scene);
        if let Some(one) = witnesses.iter().find(|one| one.alert.confidence >= self.confidence_min) {
            let Alert { rule, confidence, .. } = one.alert;
            return Ok(format!("{rule} is sure to {confidence} of 100, and {} is enough", self.confidence_min));
        }
        for (n, one) in witnesses.iter().enumerate() {
            if let Some(other) = witnesses[n + 1..].iter().find(|other| confirm_each_other(one, other)) {
                let (one, other) = (one.alert, other.alert);
                return Ok(format!(
                    "{} ({}) and {} ({}) agree and share no kind of fact",
                    one.rule, one.family, other.rule, other.family
                ));
            }
        }
        Err(match witnesses.len() {
            0 => format!("no alert that counts is about {contract}"),
            1 => format!("{} stands alone, below a confidence of {}", witnesses[0].alert.rule, self.confidence_min),
            n => format!("none of {n} alerts confirms another: they share a family or a kind of fact"),
        })
    }

    /// Alerts that count for leave to act on this contract: they stand, are about it or about a transaction in which it
    /// suffered, come from a rule in force and rest on something that happened, or may rest on something else. Blindness never counts, however sure it is of itself, and
    /// neither does what a person has called false.
    fn witnesses<'a>(&self, incident: &'a Incident, contract: &AccountId, scene: &Scene<'_>) -> Vec<Witness<'a>> {
        let counts = |alert: &Alert| {
            let is_blind = alert.evidence.iter().any(|evidence| evidence.kind == EvidenceKind::Blind);
            !is_blind
                && !alert.kind.starts_with(SIGHT)
                && !alert.evidence.is_empty()
                && alert.severity >= self.severity_min
                && (alert.basis.is_mined() || self.before_mined == Automatic::Reversible)
        };
        let held = incident.alerts.iter().filter(|held| !held.withdrawn && held.mark != Some(Mark::False));
        let alerts: Vec<&Alert> = held.map(|held| &held.alert).filter(|alert| counts(alert)).collect();
        let names = |alert: &Alert| alert.subject == *contract || alert.victims.contains(contract);
        let txs: BTreeSet<B256> = alerts.iter().filter(|alert| names(alert)).filter_map(|alert| alert.tx).collect();
        let concerns = |alert: &Alert| {
            names(alert) || (alert.seen_at.chain == contract.chain && alert.tx.is_some_and(|tx| txs.contains(&tx)))
        };
        let witness = |alert: &'a Alert| {
            let mut kinds = (scene.cards)(&alert.rule.id)?;
            kinds.extend(alert.evidence.iter().map(|evidence| evidence.kind));
            Some(Witness { alert, kinds })
        };
        alerts.into_iter().filter(|alert| concerns(alert)).filter_map(witness).collect()
    }
}

/// Whether two alerts look at the matter in different ways: other family, other rule, no kind of fact in common.
fn confirm_each_other(one: &Witness<'_>, other: &Witness<'_>) -> bool {
    one.alert.family != other.alert.family
        && one.alert.rule.id != other.alert.rule.id
        && one.kinds.is_disjoint(&other.kinds)
}
