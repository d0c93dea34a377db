//! A back-test for a terminal.

use engine::{AttackRow, BacktestReport, Change, Outcome, PageRow};

use crate::output;

/// Rules and reasons that are listed.
const LISTED: usize = 40;

pub fn print(report: &BacktestReport) {
    let line = |text: String| output::line(text);
    line(format!("{}, {} transactions, {:.2} days", blocks(report.blocks), report.transactions, report.days));
    let assumed =
        if report.block_seconds_seen { "" } else { " (taken for granted: no two blocks follow on each other)" };
    line(format!("{} s between blocks{assumed}", report.block_seconds));
    let alerts: Vec<String> = report.alerts.iter().map(|(severity, count)| format!("{count} {severity}")).collect();
    line(format!("alerts      {}, {:.1} a day", alerts.join(", "), report.alerts_a_day));
    let pages = &report.pages;
    line(format!(
        "woken       for nothing in {} of {}: {:.1} a month, between {:.1} and {:.1} at 95 % (Clopper-Pearson)",
        pages.blocks,
        blocks(pages.of),
        pages.a_month.rate,
        pages.a_month.low,
        pages.a_month.high
    ));
    for page in &report.page_list {
        line(format!("  {}", alarm(page)));
    }
    if !report.attacks.is_empty() {
        line("\nlabelled attacks".to_owned());
        report.attacks.iter().for_each(|attack| line(format!("  {}", told(attack))));
    }
    line(format!("\nrules       {:.3} s in all", report.rule_seconds));
    line(format!(
        "  {:<34} {:>7} {:>10} {:>9} {:>7} {:>6} {:>6}",
        "rule", "share", "looks", "ns/look", "alerts", "woken", "blind"
    ));
    for rule in report.rules.iter().take(LISTED) {
        line(format!(
            "  {:<34} {:>6.1}% {:>10} {:>9.0} {:>7} {:>6} {:>6}",
            rule.id, rule.share, rule.looks, rule.nanoseconds_a_look, rule.alerts, rule.pages, rule.blind
        ));
    }
    if report.rules.len() > LISTED {
        line(format!("  and {} more, which took less", report.rules.len() - LISTED));
    }
    if report.blind.is_empty() {
        line("\nblind       nowhere: everything was seen".to_owned());
    } else {
        line("\nblind".to_owned());
        for blind in report.blind.iter().take(LISTED) {
            line(format!("  {:>5}  {}", blind.blocks, output::inline(&blind.why)));
        }
    }
    if let Some(compared) = &report.comparison {
        line(format!(
            "\nagainst     {} the same, {} appear, {} disappear, {} change",
            compared.same, compared.appear, compared.disappear, compared.changed
        ));
        for change in &compared.changes {
            line(format!("  {}", changed(change)));
        }
    }
}

pub fn blocks(count: u64) -> String {
    if count == 1 { "1 block".to_owned() } else { format!("{count} blocks") }
}

fn alarm(page: &PageRow) -> String {
    format!("{:<8} block {} {}  {}", page.severity.as_str(), page.block, page.rule, output::inline(&page.message))
}

fn changed(change: &Change) -> String {
    match change {
        Change::Appears(page) => format!("+ {}", alarm(page)),
        Change::Disappears(page) => format!("- {}", alarm(page)),
        Change::Differs { before, after } => format!(
            "~ {} {}% -> {} {}%  block {} {}  {}",
            before.severity,
            before.confidence,
            after.severity,
            after.confidence,
            after.block,
            after.rule,
            output::inline(&after.message)
        ),
    }
}

fn told(attack: &AttackRow) -> String {
    let name = if attack.name.is_empty() {
        attack.tx.map(|tx| tx.to_string()).unwrap_or_default()
    } else {
        attack.name.clone()
    };
    let by = attack.rule.as_deref().map(|rule| format!(" by {rule}")).unwrap_or_default();
    let kind = match (&attack.kind, attack.kind_found) {
        (Some(kind), Some(true)) => format!(", as {kind}"),
        (Some(kind), _) => format!(", labelled {kind}"),
        _ => String::new(),
    };
    format!("{}: {}{by}{kind}", output::inline(&name), outcome(attack))
}

/// What became of an attack, in words.
pub fn outcome(attack: &AttackRow) -> String {
    let severity = attack.severity.map(|severity| severity.to_string()).unwrap_or_default();
    match attack.outcome {
        Outcome::Early => format!("noticed {} before it", seconds(attack.lead_seconds.unwrap_or_default())),
        Outcome::Noticed => format!("noticed in its own block ({severity})"),
        Outcome::Mild => format!("only {severity}: nobody is woken"),
        Outcome::Missed => "missed".to_owned(),
        Outcome::Blind => "its block could not be seen whole".to_owned(),
        Outcome::NotThere => "not in these blocks".to_owned(),
    }
}

fn seconds(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}
