//! Lines of a case in words, as a responder would tell them.

use case::{Entry, Event, LossTotal, Mark, Rehearsed, Resolution, Verdict};

use super::view::{self, Names};
use crate::{amount::pointed, output::inline};

/// Who did something, in a few letters.
pub fn who(actor: &view::Actor) -> String {
    match actor {
        view::Actor::Person { name } => inline(name),
        view::Actor::Machine { name } => format!("({})", inline(name)),
        view::Actor::Policy { name } => format!("policy {}", inline(name)),
    }
}

/// What a line says. A kind that this program does not know is named, never passed over.
pub fn told(entry: &Entry, names: &Names) -> String {
    let event = match entry.event() {
        Ok(Some(event)) => event,
        Ok(None) => return format!("a line of the kind `{}`, which this program does not know", inline(&entry.kind)),
        Err(error) => return format!("a line of the kind `{}` that cannot be read: {error}", inline(&entry.kind)),
    };
    match event {
        Event::CaseOpened(opened) => format!("case opened as {}: {}", opened.severity, inline(&opened.title)),
        Event::Attached(attached) => {
            let alert = &attached.alert;
            let (rule, sure) = (inline(&alert.rule.id), alert.confidence.percent());
            format!("rule {rule} noticed in block {}: {} ({sure} % sure)", alert.seen_at.number, inline(&alert.message))
        }
        Event::CaseAlertWithdrawn(gone) => format!("an alert was withdrawn: {}", gone.why),
        Event::Raised(raised) => format!("severity changed from {} to {}", raised.from, raised.to),
        Event::PlanProposed(proposed) => {
            let steps: Vec<String> = proposed.plan.steps.iter().map(|step| inline(&step.id)).collect();
            let playbook = inline(&proposed.plan.playbook.id);
            format!("plan {} made from {playbook}: {}", proposed.digest.short(), steps.join(", "))
        }
        Event::Rehearsed(rehearsed) => rehearsal(&rehearsed),
        Event::Approved(approved) => format!("approved {} of plan {}", inline(&approved.step), approved.plan.short()),
        Event::Refused(refused) => format!("will not take {}: {}", inline(&refused.step), inline(&refused.reason)),
        Event::Intent(intent) => format!("about to take {}", inline(&intent.step)),
        Event::Receipt(receipt) => {
            let tx = receipt.tx.map(|tx| format!(" as {tx}")).unwrap_or_default();
            format!("sent {}{tx}: {}", inline(&receipt.step), inline(&receipt.says))
        }
        Event::Confirmed(confirmed) => {
            let block = confirmed.block.map(|block| format!(" in block {}", block.number)).unwrap_or_default();
            format!("{} took effect{block}", inline(&confirmed.step))
        }
        Event::Unsettled(unsettled) => format!(
            "{} is unsettled: block {} is no longer part of the chain",
            inline(&unsettled.step),
            unsettled.lost.number
        ),
        Event::Failed(failed) => format!("{} failed: {}", inline(&failed.step), inline(&failed.reason)),
        Event::Note(note) => format!("noted: {}", inline(&note.text)),
        Event::CaseClosed(closed) => format!("closed as {}", ending(closed.resolution)),
        Event::Marked(marked) => format!("alert {} marked {}", &marked.id.to_string()[..12], mark(marked.mark)),
        Event::LossesAssessed(assessed) => {
            let open = if assessed.unseen.is_empty() { "" } else { "; not all of it could be looked at" };
            let total = |total: &LossTotal| {
                let (asset, amount) = (total.asset.to_string(), total.amounts.outstanding.to_string());
                self::amount(&view::Amount { asset, amount }, names)
            };
            let totals: Vec<String> = assessed.totals.iter().map(total).collect();
            let more = if assessed.totals_left_out > 0 { " and more" } else { "" };
            format!("losses added up, still missing: {}{more}{open}", totals.join(", "))
        }
        Event::MoneyTraced(traced) => {
            let open = if traced.unseen.is_empty() { "" } else { "; not all of it could be looked at" };
            let hops: usize = traced.trails.iter().map(|trail| trail.hops.len()).sum();
            format!("the money was followed over {}{open}", count(hops, "movement"))
        }
        _ => format!("a line of the kind `{}`", inline(&entry.kind)),
    }
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn rehearsal(rehearsed: &Rehearsed) -> String {
    let step = inline(&rehearsed.step);
    let on = rehearsed.rehearsal.on.as_ref().map(|block| format!(" on block {}", block.number)).unwrap_or_default();
    match &rehearsed.rehearsal.verdict {
        Verdict::Succeeds => format!("rehearsed {step}{on}: it works"),
        Verdict::Fails(why) => format!("rehearsed {step}{on}: it would fail: {}", inline(why)),
        Verdict::Blind(why) => format!("could not rehearse {step}{on}: {}", inline(why)),
    }
}

fn ending(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::Resolved => "resolved",
        Resolution::FalseAlarm => "false alarm",
        Resolution::Drill => "drill",
    }
}

fn mark(mark: Mark) -> &'static str {
    match mark {
        Mark::Useful => "useful",
        Mark::False => "false",
        Mark::Known => "known",
    }
}

/// An account by its name, if it has one, and by its id in any case.
pub fn account(id: &str, names: &Names) -> String {
    match names.accounts.get(id) {
        Some(name) => format!("{} ({})", inline(name), inline(id)),
        None => inline(id),
    }
}

/// An amount with its point where decimals are known, and in base units in any case.
pub fn amount(held: &view::Amount, names: &Names) -> String {
    let units = format!("{} of {}", inline(&held.amount), inline(&held.asset));
    match names.assets.get(&held.asset) {
        Some(name) => format!("{} {} ({units})", pointed(&held.amount, name.decimals), inline(&name.symbol)),
        None => units,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_symbol_stays_in_its_place() {
        let name = view::AssetName { symbol: "ETH\n03:14 approved".to_owned(), decimals: 0 };
        let names = Names { assets: [("a".to_owned(), name)].into(), ..Names::default() };
        let held = view::Amount { asset: "a".to_owned(), amount: "5".to_owned() };
        assert_eq!(amount(&held, &names), "5 ETH\\n03:14 approved (5 of a)");
    }
}
