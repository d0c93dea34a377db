//! One line of the book as one sentence.

use case::{Entry, Event, LossesAssessed, Mark, MoneyTraced, Place, Resolution, Verdict};
use facts::B256;

use crate::{CaseFile, amount::amount, code};

/// What a line of a case says, in Markdown. A kind that is not known here is told as what it is, never passed over.
pub fn sentence(file: &CaseFile<'_>, entry: &Entry) -> String {
    match entry.event() {
        Ok(Some(event)) => told(file, &event),
        Ok(None) => format!("A line of kind {}, which this version does not know", code(&entry.kind)),
        Err(_) => format!("A line of kind {} that cannot be read: look at it in the book", code(&entry.kind)),
    }
}

fn told(file: &CaseFile<'_>, event: &Event) -> String {
    match event {
        Event::CaseOpened(opened) => format!("Case opened as {}: {}", opened.severity, code(&opened.title)),
        Event::Attached(attached) => format!(
            "Rule {} noticed, {} % sure: {}",
            code(&attached.alert.rule.id),
            attached.alert.confidence,
            code(&attached.alert.message)
        ),
        Event::CaseAlertWithdrawn(withdrawn) | Event::AlertWithdrawn(withdrawn) => {
            format!("An alert was withdrawn: {}", withdrawn.why)
        }
        Event::Raised(raised) => format!("Severity changed from {} to {}", raised.from, raised.to),
        Event::PlanProposed(proposed) => format!(
            "Plan {} made from {}, {}",
            code(&proposed.digest.short()),
            code(&proposed.plan.playbook.id),
            counted(proposed.plan.steps.len(), "step", "steps")
        ),
        Event::Rehearsed(rehearsed) => {
            let step = code(&rehearsed.step);
            let on = rehearsed.rehearsal.on.as_ref().map_or_else(String::new, |on| format!(" on block {}", on.number));
            match &rehearsed.rehearsal.verdict {
                Verdict::Succeeds => format!("{step} rehearsed{on}: it works"),
                Verdict::Fails(why) => format!("{step} rehearsed{on}: it would fail: {}", code(why)),
                Verdict::Blind(why) => format!("{step} could not be rehearsed: {}", code(why)),
            }
        }
        Event::Approved(approved) => format!("{} approved", code(&approved.step)),
        Event::Refused(refused) => format!("{} will not be taken: {}", code(&refused.step), code(&refused.reason)),
        Event::Intent(intent) => format!("{} is about to be taken", code(&intent.step)),
        Event::Receipt(receipt) => {
            format!("{} was handed to the world{}: {}", code(&receipt.step), tx(receipt.tx), code(&receipt.says))
        }
        Event::Confirmed(confirmed) => {
            let seen = confirmed.block.as_ref().map_or_else(String::new, |block| format!(" in block {}", block.number));
            format!("{} took effect{seen}{}", code(&confirmed.step), tx(confirmed.tx))
        }
        Event::Unsettled(unsettled) => format!(
            "{} is unsettled: block {} is no longer part of the chain, so it waits to be seen again",
            code(&unsettled.step),
            unsettled.lost.number
        ),
        Event::Failed(failed) => format!("{} failed: {}", code(&failed.step), code(&failed.reason)),
        Event::Note(note) => format!("Note: {}", code(&note.text)),
        Event::CaseClosed(closed) => format!("Case closed: {}", resolution(closed.resolution)),
        Event::Marked(marked) => format!("An alert was marked as {}", mark(marked.mark)),
        Event::LossesAssessed(losses) => assessed(file, losses),
        Event::MoneyTraced(money) => traced(file, money),
        Event::AlertRaised(raised) => format!("Alert raised: {}", code(&raised.alert.message)),
        Event::Suppressed(suppressed) => format!("An alert needed no case: {}", code(&suppressed.reason)),
        Event::ServiceStarted(started) => format!("The service started, version {}", code(&started.version)),
        Event::ServiceStopped(_) => "The service stopped".to_owned(),
        Event::RulesReplaced(rules) => format!(
            "The rules were replaced: {} as before, {} added, {} changed, {} removed",
            rules.kept,
            rules.added.len(),
            rules.changed.len(),
            rules.removed.len()
        ),
        Event::RulesRefused(refused) => format!("New rules were refused: {}", code(&refused.why)),
        Event::AnnouncementMade(made) => {
            format!("Announced as {}: {}", code(made.id.as_str()), code(&made.announcement.title))
        }
        Event::AnnouncementWithdrawn(withdrawn) => {
            format!("The announcement {} was withdrawn", code(withdrawn.id.as_str()))
        }
        Event::Snoozed(snoozed) => {
            format!("Rule {} wakes nobody until {}", code(&snoozed.snooze.rule), snoozed.snooze.until)
        }
        Event::SnoozeEnded(ended) => format!(
            "A snooze ended: {} held back",
            counted(usize::try_from(ended.held_back.count).unwrap_or(usize::MAX), "alert was", "alerts were")
        ),
        Event::ReadinessChecked(readiness) => {
            let (ready, gaps, unknown) = readiness.count();
            format!("Readiness checked: {ready} ready, {} and {unknown} not known", counted(gaps, "gap", "gaps"))
        }
    }
}

/// Amounts told in one sentence; the rest stand in the tables.
const AMOUNTS_TOLD: usize = 3;

fn assessed(file: &CaseFile<'_>, losses: &LossesAssessed) -> String {
    let sums = losses.totals.iter().filter(|total| !total.amounts.lost.is_zero()).map(|total| {
        let back = match total.amounts.returned {
            none if none.is_zero() => String::new(),
            some => format!(", of which {} came back", amount(file, some, &total.asset)),
        };
        format!("{}{back}", amount(file, total.amounts.lost, &total.asset))
    });
    let of = counted(losses.txs.len(), "transaction", "transactions");
    let what = several(sums).unwrap_or_else(|| "no loss".to_owned());
    format!("Losses added up over {of}: {what}{}", gaps(losses.unseen.len()))
}

fn traced(file: &CaseFile<'_>, money: &MoneyTraced) -> String {
    let trails = money.trails.iter().map(|trail| {
        let with = |place: Place| {
            let own = trail.rests.iter().filter(|rest| rest.place == place && rest.holding.asset == trail.asset);
            own.fold(facts::U256::ZERO, |sum, rest| sum.saturating_add(rest.holding.amount))
        };
        let held = with(Place::Attacker);
        format!(
            "{} taken, {} of it with the attackers",
            amount(file, trail.taken, &trail.asset),
            amount(file, held, &trail.asset)
        )
    });
    let of = counted(money.txs.len(), "transaction", "transactions");
    let what = several(trails).unwrap_or_else(|| "nothing was taken that could be followed".to_owned());
    format!("Money followed over {of}: {what}{}", gaps(money.unseen.len()))
}

fn several(items: impl Iterator<Item = String>) -> Option<String> {
    let items: Vec<String> = items.collect();
    let more = items.len().saturating_sub(AMOUNTS_TOLD);
    let told = items.iter().take(AMOUNTS_TOLD).cloned().collect::<Vec<_>>().join("; ");
    match (items.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(told),
        (false, more) => Some(format!("{told}; and {more} more")),
    }
}

fn gaps(count: usize) -> String {
    if count == 0 { String::new() } else { format!(" ({} could not be looked at)", counted(count, "thing", "things")) }
}

fn tx(tx: Option<B256>) -> String {
    tx.map_or_else(String::new, |tx| format!(" as {}", code(&tx.to_string())))
}

pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

pub(crate) fn resolution(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::Resolved => "it was real and has been dealt with",
        Resolution::FalseAlarm => "it was a false alarm",
        Resolution::Drill => "it was an exercise",
    }
}

fn mark(mark: Mark) -> &'static str {
    match mark {
        Mark::Useful => "useful",
        Mark::False => "false",
        Mark::Known => "known",
    }
}
