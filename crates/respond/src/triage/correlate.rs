//! Which open case an alert belongs to.

use case::{Alert, Incident};
use facts::AccountId;

use super::SIGHT;

/// What ties an alert to a case, strongest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tie {
    Fingerprint,
    SeenAgain,
    Transaction,
    Attacker(AccountId),
    Victim(AccountId),
}

impl Tie {
    pub(super) fn in_words(&self) -> String {
        match self {
            Tie::Fingerprint => "same fingerprint".to_owned(),
            Tie::SeenAgain => "seen again after a reorg had withdrawn it".to_owned(),
            Tie::Transaction => "same transaction".to_owned(),
            Tie::Attacker(account) => format!("same attacker {account}"),
            Tie::Victim(account) => format!("same victim {account}"),
        }
    }
}

/// The case with the strongest tie; among equals the oldest, and then the first by id, so that the order in which the
/// cases are handed in decides nothing.
pub(super) fn best<'a>(cases: &'a [Incident], alert: &Alert, window_seconds: u64) -> Option<(&'a Incident, Tie)> {
    let ties =
        cases.iter().filter(|case| case.is_open()).filter_map(|case| Some((case, tie(case, alert, window_seconds)?)));
    ties.min_by(|(one, tie), (other, its)| {
        rank(tie).cmp(&rank(its)).then(one.opened_at.cmp(&other.opened_at)).then(one.id.cmp(&other.id))
    })
}

fn rank(tie: &Tie) -> u8 {
    match tie {
        Tie::Fingerprint => 0,
        Tie::SeenAgain => 1,
        Tie::Transaction => 2,
        Tie::Attacker(_) => 3,
        Tie::Victim(_) => 4,
    }
}

fn tie(case: &Incident, alert: &Alert, window_seconds: u64) -> Option<Tie> {
    let between = |held: &case::Standpoint| {
        let its = &held.alert;
        if its.seen_at.chain != alert.seen_at.chain {
            return None;
        }
        if its.fingerprint == alert.fingerprint {
            return Some(if held.withdrawn { Tie::SeenAgain } else { Tie::Fingerprint });
        }
        if its.tx.is_some() && its.tx == alert.tx {
            return Some(if held.withdrawn { Tie::SeenAgain } else { Tie::Transaction });
        }
        // A withdrawn alert is no reason to suspect anyone, and blindness suspects nobody.
        let is_blind = its.kind.starts_with(SIGHT) || alert.kind.starts_with(SIGHT);
        if held.withdrawn || is_blind || its.block_time.abs_diff(alert.block_time) > window_seconds {
            return None;
        }
        let shared = |one: &[AccountId], other: &[AccountId]| one.iter().find(|who| other.contains(who)).cloned();
        shared(&its.attackers, &alert.attackers)
            .map(Tie::Attacker)
            .or_else(|| shared(&suffering(its), &suffering(alert)).map(Tie::Victim))
    };
    case.alerts.iter().filter_map(between).min_by_key(rank)
}

/// Whom an alert is about: its subject and its victims. The zero address stands for nobody, and an account that the alert
/// names as the attacker is no victim.
fn suffering(alert: &Alert) -> Vec<AccountId> {
    let named = alert.victims.iter().chain([&alert.subject]);
    named.filter(|who| !who.address.is_zero() && !alert.attackers.contains(who)).cloned().collect()
}
