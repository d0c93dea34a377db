//! What happened, and since when.

use case::{Event, Incident, Phase, Standing, StepStatus, Timestamp};

use crate::{
    CaseFile,
    amount::account,
    code,
    markdown::{listed, moment},
    sentence::resolution,
};

/// Alerts that are told one by one.
const ALERTS_TOLD: usize = 40;

/// Where the response stands, in a sentence.
pub(super) fn state(incident: &Incident) -> String {
    let phase = match incident.phase {
        Phase::Analysis => "It is being understood; no plan has been made.",
        Phase::Containment => "The loss is being stopped; that it has been is not confirmed.",
        Phase::Contained => "It has been stopped: every step of the newest plan that changes a chain took effect.",
        Phase::Closed => "It is over.",
    };
    let end = incident.resolution.map_or_else(String::new, |end| format!(" As people judged, {}.", resolution(end)));
    let standing = match incident.standing {
        Standing::Stands => "",
        Standing::Withdrawn => {
            " No alert it rests on stands any more: each was withdrawn, with the reason in the timeline."
        }
    };
    format!("{phase}{end}{standing}")
}

/// Its alerts, with where they were seen.
pub(super) fn alerts(file: &CaseFile<'_>) -> Vec<String> {
    let line = |held: &case::Standpoint| {
        let alert = &held.alert;
        let tx = alert.tx.map_or_else(String::new, |tx| format!(", transaction {}", code(&tx.to_string())));
        let gone = if held.withdrawn { " **Withdrawn:** it does not stand any more." } else { "" };
        format!(
            "{} Rule {}, {} % sure, about {}, in block {} of {}{tx}.{gone}",
            code(&alert.message),
            code(&alert.rule.to_string()),
            alert.confidence,
            account(file, &alert.subject),
            alert.seen_at.number,
            code(alert.seen_at.chain.as_str()),
        )
    };
    listed(&file.incident.alerts, ALERTS_TOLD, line)
}

/// The time of the earliest block that stands in the case.
pub(super) fn began(incident: &Incident) -> Timestamp {
    let standing = incident.standing_alerts().map(|alert| alert.block_time).min();
    seconds(standing.unwrap_or(incident.block_time))
}

fn seconds(time: u64) -> Timestamp {
    i64::try_from(time).ok().and_then(|time| Timestamp::from_second(time).ok()).unwrap_or(Timestamp::MAX)
}

/// When it began, was noticed, was answered and was stopped, each apart: they are not the same moment.
pub(super) fn times(file: &CaseFile<'_>) -> Vec<String> {
    let incident = file.incident;
    let began = began(incident);
    let mut lines = vec![format!("Began with the block of {} (as far as it was noticed)", moment(began))];
    let mut mark = |what: &str, at: Option<Timestamp>| {
        if let Some(at) = at {
            let after = at.duration_since(began).as_secs();
            let later =
                if after < 0 { "by the block's clock before it".to_owned() } else { format!("{after} s after it") };
            lines.push(format!("{what} at {}, {later}", moment(at)));
        }
    };
    let first = |fits: &dyn Fn(&Event) -> bool| {
        let found = file.entries.iter().find(|entry| entry.event().ok().flatten().is_some_and(|event| fits(&event)));
        found.map(|entry| entry.ctx.now)
    };
    mark("Case opened", Some(incident.opened_at));
    mark("First plan made", first(&|event| matches!(event, Event::PlanProposed(_))));
    mark("First step taken", first(&|event| matches!(event, Event::Receipt(_))));
    let is_contained = matches!(incident.phase, Phase::Contained | Phase::Closed);
    mark("Last step seen to take effect", is_contained.then(|| last_effect(file)).flatten());
    mark("Closed", first(&|event| matches!(event, Event::CaseClosed(_))));
    lines
}

/// When the last step of the newest plan that is done was seen to be.
fn last_effect(file: &CaseFile<'_>) -> Option<Timestamp> {
    let done: Vec<_> = file
        .incident
        .plan()?
        .steps
        .iter()
        .filter(|step| matches!(step.status, StepStatus::Done { .. }))
        .filter_map(|step| step.intent.as_ref().map(|(key, _)| *key))
        .collect();
    let is_one = |event: &Event| matches!(event, Event::Confirmed(confirmed) if done.contains(&confirmed.key));
    let found =
        file.entries.iter().rev().find(|entry| entry.event().ok().flatten().is_some_and(|event| is_one(&event)));
    found.map(|entry| entry.ctx.now)
}
