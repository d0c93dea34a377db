//! A back-test for a pull request.

use std::fmt::Write as _;

use engine::{BacktestReport, Change, PageRow};
use report::code;

use super::text::{blocks, outcome};

/// Lines of a table. A pull request is read by people.
const LISTED: usize = 25;

pub fn page(report: &BacktestReport) -> String {
    let mut page = String::from("## Back-test of the rules\n\n");
    // Writing to a text cannot fail.
    let _ = verdict(&mut page, report);
    let _ = attacks(&mut page, report);
    let _ = comparison(&mut page, report);
    let _ = rules(&mut page, report);
    let _ = blind(&mut page, report);
    page
}

fn verdict(page: &mut String, report: &BacktestReport) -> std::fmt::Result {
    let chains: Vec<String> = report.chains.iter().map(|chain| format!("`{chain}`")).collect();
    write!(page, "{} and {} transactions of {}", blocks(report.blocks), report.transactions, chains.join(", "))?;
    if let Some((from, to)) = report.span {
        write!(page, ", {from} to {to}")?;
    }
    let seen = if report.block_seconds_seen { "" } else { ", which is taken for granted" };
    writeln!(page, ". At {} s a block{seen}, that is {:.2} days.\n", report.block_seconds, report.days)?;
    let pages = &report.pages;
    writeln!(page, "| | |\n|---|---|")?;
    writeln!(page, "| woken for nothing | **{}** of {} |", pages.blocks, blocks(pages.of))?;
    writeln!(
        page,
        "| a month | {:.1} ({:.1} to {:.1}, Clopper-Pearson at 95 %) |",
        pages.a_month.rate, pages.a_month.low, pages.a_month.high
    )?;
    let alerts: Vec<String> = report.alerts.iter().map(|(severity, count)| format!("{count} {severity}")).collect();
    writeln!(page, "| alerts | {}; {:.1} a day |", alerts.join(", "), report.alerts_a_day)?;
    if report.alerts_dropped > 0 {
        writeln!(page, "| not kept | {}: there were too many |", report.alerts_dropped)?;
    }
    if !report.page_list.is_empty() {
        writeln!(page, "\n<details><summary>What they would have been woken for</summary>\n")?;
        table(page, report.page_list.iter().map(|row| ("", row)))?;
        writeln!(page, "\n</details>")?;
    }
    Ok(())
}

fn attacks(page: &mut String, report: &BacktestReport) -> std::fmt::Result {
    if report.attacks.is_empty() {
        return Ok(());
    }
    writeln!(page, "\n### Labelled attacks\n\n| attack | kind | outcome | rule |\n|---|---|---|---|")?;
    for attack in &report.attacks {
        let name = if attack.name.is_empty() {
            attack.tx.map(|tx| tx.to_string()).unwrap_or_default()
        } else {
            attack.name.clone()
        };
        let kind = attack
            .kind
            .as_deref()
            .map(|kind| format!("`{kind}`{}", if attack.kind_found == Some(true) { "" } else { " (not named)" }));
        let rule = attack.rule.as_deref().map(|rule| format!("`{rule}`")).unwrap_or_default();
        writeln!(page, "| {} | {} | {} | {rule} |", code(&name), kind.unwrap_or_default(), outcome(attack))?;
    }
    Ok(())
}

fn comparison(page: &mut String, report: &BacktestReport) -> std::fmt::Result {
    let Some(compared) = &report.comparison else { return Ok(()) };
    writeln!(
        page,
        "\n### Against the other rules\n\n{} alerts are the same, **{} appear**, **{} disappear**, {} change.",
        compared.same, compared.appear, compared.disappear, compared.changed
    )?;
    if !compared.changes.is_empty() {
        writeln!(page)?;
        let rows = compared.changes.iter().take(LISTED).flat_map(|change| match change {
            Change::Appears(row) => vec![("appears", row)],
            Change::Disappears(row) => vec![("disappears", row)],
            Change::Differs { before, after } => vec![("was", before), ("is", after)],
        });
        table(page, rows)?;
        let all = compared.appear + compared.disappear + compared.changed;
        let more = all.saturating_sub(compared.changes.len().min(LISTED) as u64);
        if more > 0 {
            writeln!(page, "\nand {more} more.")?;
        }
    }
    Ok(())
}

fn table<'a>(page: &mut String, rows: impl Iterator<Item = (&'static str, &'a PageRow)>) -> std::fmt::Result {
    writeln!(page, "| | severity | block | rule | says |\n|---|---|---|---|---|")?;
    for (how, row) in rows.take(2 * LISTED) {
        let PageRow { severity, confidence, block, rule, message, .. } = row;
        writeln!(page, "| {how} | {severity}, {confidence} % | {block} | `{rule}` | {} |", code(message))?;
    }
    Ok(())
}

fn rules(page: &mut String, report: &BacktestReport) -> std::fmt::Result {
    writeln!(page, "\n### Cost\n\nAll rules together took {:.3} s.\n", report.rule_seconds)?;
    writeln!(
        page,
        "| rule | share of time | looks | ns a look | alerts | a day | woken for nothing |\n|---|--:|--:|--:|--:|--:|--:|"
    )?;
    for rule in report.rules.iter().take(LISTED) {
        writeln!(
            page,
            "| `{}` | {:.1} % | {} | {:.0} | {} | {:.1} | {} |",
            rule.rule, rule.share, rule.looks, rule.nanoseconds_a_look, rule.alerts, rule.alerts_a_day, rule.pages
        )?;
    }
    if report.rules.len() > LISTED {
        writeln!(page, "\nand {} more, which took less.", report.rules.len() - LISTED)?;
    }
    Ok(())
}

fn blind(page: &mut String, report: &BacktestReport) -> std::fmt::Result {
    writeln!(page, "\n### Blind spots\n")?;
    if report.blind.is_empty() {
        return writeln!(page, "None: everything was seen.");
    }
    for blind in report.blind.iter().take(LISTED) {
        writeln!(page, "- {}: {}", blocks(blind.blocks), code(&blind.why))?;
    }
    Ok(())
}
