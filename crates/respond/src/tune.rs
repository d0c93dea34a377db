//! What people thought of alerts, drawn together: which exception or which other value of a parameter would have spared them
//! what was wrong, at the price of nothing that was useful. Proposals, with their evidence; nothing is changed here.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use case::{AlertId, Mark};
use facts::AccountId;
use serde::Serialize;

use crate::Exception;

/// Alerts about one account that have to be marked false or known before an exception is proposed: two are chance.
pub const REPEATS_MIN: usize = 3;
/// Alerts marked false from which another value of a parameter is proposed.
pub const FALSE_MIN: usize = 3;
/// Alerts that a proposal lists as evidence.
const EVIDENCE_MAX: usize = 32;
/// The parameter that a share of a loss, in basis points, is held against.
const SHARE_PARAMETER: &str = "share_bp_min";

/// An alert that a person has marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkedAlert {
    /// Its id.
    pub id: AlertId,
    /// The rule's id.
    pub rule: String,
    /// Whom it is about.
    pub subject: AccountId,
    /// Who did it, as it says.
    pub by: Vec<AccountId>,
    /// The largest share of a holding that was lost, in basis points, where the alert says one.
    pub share_bp: Option<u64>,
    /// What the person thought.
    pub mark: Mark,
}

/// What is proposed about one rule, or why nothing is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RuleTuning {
    /// The rule's id.
    pub rule: String,
    /// How many alerts were marked useful, false, known.
    pub useful: usize,
    /// How many were wrong.
    pub wrong: usize,
    /// How many were right and nothing new.
    pub known: usize,
    /// Exceptions, each with its evidence.
    pub exceptions: Vec<ProposedException>,
    /// Other values of parameters.
    pub parameters: Vec<ProposedValue>,
    /// What could not be proposed, and why.
    pub remarks: Vec<String>,
}

/// An exception that is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProposedException {
    /// The exception.
    pub exception: Exception,
    /// Alerts that it would have kept quiet, the first of them.
    pub evidence: Vec<AlertId>,
    /// How many they are.
    pub count: usize,
}

/// Another value of a parameter that is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProposedValue {
    /// The parameter.
    pub parameter: String,
    /// Its value now.
    pub now: u64,
    /// The smallest value that would have kept quiet about everything that was wrong.
    pub proposed: u64,
    /// The largest value that was wrong.
    pub wrong_max: u64,
    /// The smallest value that was useful, if any was.
    pub useful_min: Option<u64>,
    /// Alerts that it would have kept quiet, the first of them.
    pub evidence: Vec<AlertId>,
}

/// Draws marks together, rule by rule. `parameter` gives the whole-numbered value of a rule's parameter, if it has one.
pub fn tune(marked: &[MarkedAlert], parameter: &dyn Fn(&str, &str) -> Option<u64>) -> Vec<RuleTuning> {
    let mut by_rule: BTreeMap<&str, Vec<&MarkedAlert>> = BTreeMap::new();
    for alert in marked {
        by_rule.entry(&alert.rule).or_default().push(alert);
    }
    by_rule.into_iter().map(|(rule, alerts)| of_rule(rule, &alerts, parameter)).collect()
}

fn of_rule(rule: &str, alerts: &[&MarkedAlert], parameter: &dyn Fn(&str, &str) -> Option<u64>) -> RuleTuning {
    let count = |mark: Mark| alerts.iter().filter(|alert| alert.mark == mark).count();
    let mut tuning = RuleTuning {
        rule: rule.to_owned(),
        useful: count(Mark::Useful),
        wrong: count(Mark::False),
        known: count(Mark::Known),
        ..RuleTuning::default()
    };
    exceptions(alerts, &mut tuning);
    // What an exception takes care of is no reason to make the rule blunter for everybody.
    let left: Vec<&MarkedAlert> = alerts
        .iter()
        .copied()
        .filter(|alert| !tuning.exceptions.iter().any(|proposed| covers(&proposed.exception, alert)))
        .collect();
    value(&left, parameter, &mut tuning);
    tuning
}

fn covers(exception: &Exception, alert: &MarkedAlert) -> bool {
    let by = |by: &AccountId| !alert.by.is_empty() && alert.by.iter().all(|one| one == by);
    alert.subject == exception.subject && exception.by.as_ref().is_none_or(by)
}

/// The narrowest first: of one account about another, then about that account by anybody. An exception under which a useful
/// alert would fall is never proposed.
fn exceptions(alerts: &[&MarkedAlert], tuning: &mut RuleTuning) {
    let unneeded = |alert: &&&MarkedAlert| alert.mark != Mark::Useful;
    let mut scopes: BTreeSet<(AccountId, Option<AccountId>)> = BTreeSet::new();
    for alert in alerts.iter().filter(unneeded) {
        if let [by] = &alert.by[..] {
            scopes.insert((alert.subject.clone(), Some(by.clone())));
        }
    }
    for alert in alerts.iter().filter(unneeded) {
        scopes.insert((alert.subject.clone(), None));
    }
    let (narrow, wide): (Vec<_>, Vec<_>) = scopes.into_iter().partition(|(_, by)| by.is_some());
    for (subject, by) in narrow.into_iter().chain(wide) {
        let mut exception = Exception { rule: tuning.rule.clone(), subject, by, why: String::new() };
        let already =
            |alert: &&&MarkedAlert| !tuning.exceptions.iter().any(|proposed| covers(&proposed.exception, alert));
        let under: Vec<_> =
            alerts.iter().filter(|alert| covers(&exception, alert)).filter(unneeded).filter(already).collect();
        if under.len() < REPEATS_MIN {
            continue;
        }
        let useful = alerts.iter().filter(|alert| covers(&exception, alert) && alert.mark == Mark::Useful).count();
        let about = format!(
            "about {}{}",
            exception.subject,
            exception.by.iter().map(|by| format!(" by {by}")).collect::<String>()
        );
        if useful > 0 {
            let wrong = under.len();
            tuning
                .remarks
                .push(format!("no exception {about}: {wrong} alerts were not needed there, and {useful} were useful"));
            continue;
        }
        let (wrong, known) = (under.iter().filter(|alert| alert.mark == Mark::False).count(), under.len());
        exception.why = format!("{wrong} alerts marked false and {} marked known, none useful", known - wrong);
        let evidence = under.iter().take(EVIDENCE_MAX).map(|alert| alert.id).collect();
        tuning.exceptions.push(ProposedException { exception, evidence, count: under.len() });
    }
}

/// Another least share of a loss, where all that was wrong lies below all that was useful.
fn value(alerts: &[&MarkedAlert], parameter: &dyn Fn(&str, &str) -> Option<u64>, tuning: &mut RuleTuning) {
    let wrong: Vec<_> = alerts.iter().filter(|alert| alert.mark == Mark::False).collect();
    if wrong.len() < FALSE_MIN {
        return;
    }
    let Some(now) = parameter(&tuning.rule, SHARE_PARAMETER) else {
        let says =
            format!("{} alerts were wrong, and the rule has no parameter that they can be held against", wrong.len());
        tuning.remarks.push(says);
        return;
    };
    let shares: Option<Vec<u64>> = wrong.iter().map(|alert| alert.share_bp).collect();
    let Some(wrong_max) = shares.and_then(|shares| shares.into_iter().max()) else {
        let says = "alerts that were wrong do not all say which share was lost: no value can be proposed";
        tuning.remarks.push(says.to_owned());
        return;
    };
    let useful = alerts.iter().filter(|alert| alert.mark == Mark::Useful);
    // A useful alert without a share would be judged in the dark.
    let useful: Option<Vec<u64>> = useful.map(|alert| alert.share_bp).collect();
    let Some(useful) = useful else {
        tuning.remarks.push("a useful alert does not say which share was lost: no value can be proposed".to_owned());
        return;
    };
    let useful_min = useful.into_iter().min();
    let proposed = wrong_max.saturating_add(1);
    if useful_min.is_some_and(|useful| useful < proposed) {
        let useful = useful_min.unwrap_or_default();
        tuning.remarks.push(format!(
            "no value of `{SHARE_PARAMETER}` tells them apart: what was wrong reaches {wrong_max}, and what was useful \
             begins at {useful}"
        ));
        return;
    }
    if proposed > now && proposed <= 10_000 {
        let evidence = wrong.iter().take(EVIDENCE_MAX).map(|alert| alert.id).collect();
        let parameter = SHARE_PARAMETER.to_owned();
        tuning.parameters.push(ProposedValue { parameter, now, proposed, wrong_max, useful_min, evidence });
    }
}
