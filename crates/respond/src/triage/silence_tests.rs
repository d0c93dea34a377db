//! What announcements and snoozes mean for cases.

use case::{Actor, Bearing, HeldBack, Snooze};

use super::*;
use crate::story;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn snooze(rule: &str, losses_too: Force) -> HeldSnooze {
    HeldSnooze {
        id: "sn-0123456789ab".into(),
        snooze: Snooze { rule: rule.into(), subject: None, until: at("2026-03-01T12:00:00Z"), losses_too },
        who: Actor::Person("ada".into()),
        why: "the feed is being moved".into(),
        at: at("2026-03-01T09:00:00Z"),
        held_back: HeldBack::default(),
        ended: None,
    }
}

/// What is decided about an alert under these snoozes at this time.
fn decided(words: &str, snoozes: &[HeldSnooze], now: &str) -> Decision {
    let alert = story::alert(words);
    let rules = TriageRules { protected: [story::account("Vault")].into(), ..TriageRules::default() };
    let desk = Desk { cases: &[], snoozes, suppressed: &[], rules: &rules, now: at(now) };
    desk.decide(&alert.id().unwrap(), &alert)
}

#[test]
fn a_snoozed_rule_wakes_nobody_until_it_ends_and_says_who_snoozed_it() {
    let snoozes = [snooze("drain", Force::No)];
    let held = decided("", &snoozes, "2026-03-01T11:00:00Z");
    let Decision::HoldBack { snooze, reason } = held else { panic!("{held:?}") };
    assert_eq!(snooze, "sn-0123456789ab");
    assert_eq!(reason, "snoozed until 2026-03-01T12:00:00Z by ada (sn-0123456789ab): the feed is being moved");
    assert!(matches!(decided("", &snoozes, "2026-03-01T12:00:00Z"), Decision::Open { .. }), "it has ended by itself");
    assert!(matches!(decided("rule=outflow", &snoozes, "2026-03-01T11:00:00Z"), Decision::Open { .. }));
    let instance = decided("rule=drain/usdc", &snoozes, "2026-03-01T11:00:00Z");
    assert!(matches!(instance, Decision::HoldBack { .. }), "instances are snoozed with their card");
}

#[test]
fn word_that_money_is_being_lost_gets_through_unless_that_is_silenced_too() {
    let critical = "share=5000";
    let now = "2026-03-01T11:00:00Z";
    assert!(matches!(decided(critical, &[snooze("drain", Force::No)], now), Decision::Open { .. }));
    assert!(matches!(decided(critical, &[snooze("drain", Force::Yes)], now), Decision::HoldBack { .. }));
}

#[test]
fn a_snooze_about_somebody_holds_nobody_else_back() {
    let mut about = snooze("drain", Force::No);
    about.snooze.subject = Some(story::account("Router"));
    let now = "2026-03-01T11:00:00Z";
    assert!(matches!(decided("on=Vault", &[about.clone()], now), Decision::Open { .. }));
    assert!(matches!(decided("on=Router", &[about], now), Decision::HoldBack { .. }));
}

#[test]
fn what_was_announced_opens_no_case_and_what_deviates_does() {
    let decide = |words: &str, fit: Fit| {
        let mut alert = story::alert(words);
        alert.announcement = Some(Bearing { id: "an-0123456789ab".parse().unwrap(), fit });
        triage(&[], &alert.id().unwrap(), &alert, &TriageRules::default(), at("2026-03-01T11:00:00Z"))
    };
    let Decision::Suppress { reason } = decide("sev=info", Fit::Excused) else { panic!("it opens a case") };
    assert_eq!(reason, "it is just what was announced: an-0123456789ab");
    assert!(matches!(decide("sev=high", Fit::Deviates), Decision::Open { .. }));
    assert!(matches!(decide("sev=medium", Fit::Absent), Decision::Open { .. }));
}
